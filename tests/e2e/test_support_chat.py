"""A customer in the browser: a cited answer, an abstention, a hand-off, in English and in Chinese."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from apps.ui.texts import t
from tests.e2e.chat_page import CRITICAL, FACT, OFF_TOPIC, QUESTION, ask, language
from tests.e2e.conftest import Server

SOURCES = {"en": "Sources (1)", "zh": "来源（1）"}
UNSURE = {"en": "The nearest are:", "zh": "最接近的是："}
PERSON = {"en": "I want to speak to a human", "zh": "我要找人工客服"}
HANDED_OFF = {"en": "Your reference is", "zh": "您的编号是"}


def test_a_known_question_is_answered_with_its_source(customer: Any) -> None:
    lang = language(customer)
    answer = ask(customer, QUESTION[lang])
    assert FACT[lang] in answer.inner_text()
    assert "[1]" in answer.inner_text()
    answer.get_by_text(SOURCES[lang]).click()
    assert QUESTION[lang] in answer.locator("details").inner_text()
    assert answer.locator("details a").get_attribute("href").startswith("https://harbour.example/")


def test_off_topic_is_not_answered(customer: Any) -> None:
    lang = language(customer)
    answer = ask(customer, OFF_TOPIC[lang])
    assert UNSURE[lang] in answer.inner_text()
    assert answer.locator("details").count() == 0
    assert customer.locator("#suggestions button:visible").count() == 3


def test_a_suggestion_can_be_chosen(customer: Any) -> None:
    ask(customer, OFF_TOPIC[language(customer)])
    customer.locator("#suggestions button:visible").first.click()
    customer.wait_for_selector("#log .r1-answer")


def test_each_of_two_questions_has_its_answer_and_source(customer: Any) -> None:
    both = {"en": f"{QUESTION['en']} And can I use my card abroad?", "zh": f"{QUESTION['zh']}在境外能用卡吗？"}
    answer = ask(customer, both[language(customer)])
    assert [answer.inner_text().count(mark) for mark in ("[1]", "[2]")] == [1, 1]
    assert customer.locator("#suggestions button:visible").count() == 0


def test_the_conversation_reaches_a_person(customer: Any) -> None:
    lang = language(customer)
    ask(customer, PERSON[lang])
    customer.fill("#email input", "not an address")
    customer.click("#submit")
    customer.wait_for_selector("#form-notice [role=alert]")
    customer.fill("#email input", "customer@example.com")
    customer.click("#submit")
    customer.wait_for_function(
        "words => document.querySelector('#log').innerText.includes(words)", arg=HANDED_OFF[lang]
    )


def test_who_was_not_helped_says_so_and_is_led_to_the_form(customer: Any, suite: Server) -> None:
    """By the keyboard, on a phone too; the desk lists it."""
    lang = language(customer)
    ask(customer, QUESTION[lang])
    assert customer.locator("#unsolved").bounding_box()["height"] >= 44
    customer.locator("#unsolved").press("Enter")
    customer.wait_for_function("() => document.activeElement.matches('#email input')")
    assert customer.locator("#log .r1-thanks").inner_text().endswith(t("chat.thanks", lang))
    assert not customer.locator("#unsolved").is_visible()
    id = customer.get_attribute("#log .r1-log", "data-key").partition(" ")[0]
    with closing(sqlite3.connect(suite.log.with_name("r1.db"))) as database:
        thumbs = database.execute(
            "SELECT thumb FROM support_message WHERE conversation_id = ? AND author = 'bot'", (id,)
        ).fetchall()
    assert thumbs == [(-1,)]


def test_who_wants_a_person_is_led_to_the_form(customer: Any) -> None:
    customer.click("#person")
    customer.wait_for_function("() => document.activeElement.matches('#email input')")
    customer.fill("#email input", "customer@example.com")
    customer.press("#email input", "Enter")
    words = HANDED_OFF[language(customer)]
    customer.wait_for_function("words => document.querySelector('#log').innerText.includes(words)", arg=words)


def test_an_address_in_an_answer_can_be_touched(customer: Any) -> None:
    answer = ask(customer, {"en": "What's your phone number?", "zh": "你们的客服电话是多少？"}[language(customer)])
    assert answer.locator("a[href='mailto:help@example.com']").count() == 1


def test_a_number_that_must_be_called_can_be_touched(customer: Any) -> None:
    ask(customer, CRITICAL[language(customer)])
    assert customer.locator("#log .r1-critical a[href='tel:08005550100']").count() == 1


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_conversation_comes_back_by_its_own_token_only(customer: Any, token: str) -> None:
    ask(customer, QUESTION[language(customer)])
    id = customer.get_attribute("#log .r1-log", "data-key").partition(" ")[0]
    customer.evaluate("key => sessionStorage.setItem('r1-key', key)", f"{id} {token}")
    customer.reload()
    customer.wait_for_selector("#log .r1-greeting")
    assert customer.locator("#log .r1-user").count() == 0


def test_titles_stay_in_the_conversation(customer: Any) -> None:
    lang = language(customer)
    titles = ask(customer, OFF_TOPIC[lang]).locator("li")
    assert not titles.first.is_visible()  # they are buttons now
    ask(customer, QUESTION[lang])
    assert titles.count() == 3
    assert titles.first.is_visible()


def test_markup_in_a_message_stays_text(customer: Any) -> None:
    ask(customer, '<img src="https://elsewhere.example/x.png" onerror="document.title=1"><b>card</b>')
    assert customer.locator("#log img").count() == 0
    assert "<b>card</b>" in customer.inner_text("#log .r1-user")
