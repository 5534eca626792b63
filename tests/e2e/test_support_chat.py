"""A customer in the browser: a cited answer, an abstention, a hand-off, in English and in Chinese."""

import sqlite3
from contextlib import closing
from typing import Any

import pytest

from apps.ui.texts import t
from tests.e2e.conftest import Server, Visit, on_the_phone

QUESTION = {"en": "How much can I transfer in a day?", "zh": "每天最多能转账多少钱？"}
FACT = {"en": "£25,000", "zh": "25,000 英镑"}
SOURCES = {"en": "Sources (1)", "zh": "来源（1）"}
OFF_TOPIC = {"en": "Who won the match last night?", "zh": "你们卖手机壳吗？"}
UNSURE = {"en": "The nearest are:", "zh": "最接近的是："}
PERSON = {"en": "I want to speak to a human", "zh": "我要找人工客服"}
CRITICAL = {"en": "I lost my card", "zh": "我的银行卡丢了"}
HOURS = {"en": "Mon–Fri 08:00–20:00", "zh": "周一–周五 08:00–20:00"}
FOLLOW_UP = {"en": "And abroad?", "zh": "那境外呢？"}
HELLO = {"en": "Hello", "zh": "您好"}
HANDED_OFF = {"en": "Your reference is", "zh": "您的编号是"}


@pytest.fixture
def chat(visit: Visit, suite: Server) -> Any:
    visit.page.goto(f"{suite.url}/support/")
    visit.page.wait_for_selector("#log .r1-greeting")
    return visit.page


def language(page: Any) -> str:
    return "zh" if "您好" in page.inner_text("#log") else "en"


def ask(page: Any, question: str) -> Any:
    """Sends a question and returns the bubble that answers it."""
    before = page.locator("#log .r1-bot").count()
    page.fill("#composer textarea", question)
    page.press("#composer textarea", "Enter")
    answer = page.locator("#log .r1-bot").nth(before)
    answer.wait_for()
    return answer


def test_a_known_question_is_answered_with_its_source(chat: Any) -> None:
    lang = language(chat)
    answer = ask(chat, QUESTION[lang])
    assert FACT[lang] in answer.inner_text()
    assert "[1]" in answer.inner_text()
    answer.get_by_text(SOURCES[lang]).click()
    assert QUESTION[lang] in answer.locator("details").inner_text()
    assert answer.locator("details a").get_attribute("href").startswith("https://harbour.example/")


def test_off_topic_is_not_answered(chat: Any) -> None:
    lang = language(chat)
    answer = ask(chat, OFF_TOPIC[lang])
    assert UNSURE[lang] in answer.inner_text()
    assert answer.locator("details").count() == 0
    assert chat.locator("#suggestions button:visible").count() == 3


def test_the_newest_reply_stays_in_view_where_the_form_opens_below(chat: Any) -> None:
    for _ in range(2):
        ask(chat, OFF_TOPIC[language(chat)])
    chat.locator("#email input").wait_for()
    chat.wait_for_function(
        "document.querySelector('#log .r1-log > :last-child').getBoundingClientRect().bottom"
        " <= document.querySelector('#log').getBoundingClientRect().bottom"
    )


def test_a_suggestion_can_be_chosen(chat: Any) -> None:
    ask(chat, OFF_TOPIC[language(chat)])
    chat.locator("#suggestions button:visible").first.click()
    chat.wait_for_selector("#log .r1-answer")


def test_each_of_two_questions_has_its_answer_and_source(chat: Any) -> None:
    both = {"en": f"{QUESTION['en']} And can I use my card abroad?", "zh": f"{QUESTION['zh']}在境外能用卡吗？"}
    answer = ask(chat, both[language(chat)])
    assert [answer.inner_text().count(mark) for mark in ("[1]", "[2]")] == [1, 1]
    assert chat.locator("#suggestions button:visible").count() == 0


def test_an_example_fills_the_composer_and_does_not_send(chat: Any) -> None:
    example = chat.locator("#examples button").first
    words = example.inner_text()
    example.click()
    chat.wait_for_function("words => document.querySelector('#composer textarea').value === words", arg=words)
    assert chat.locator("#log .r1-user").count() == 0


def test_a_pasted_text_is_counted_and_not_cut(chat: Any) -> None:
    lang = language(chat)
    ends = "🙂" * 1_990 + " PLEASE CANCEL IT"
    over = {"en": "At most 2,000 characters: 7 too many.", "zh": "最多 2,000 个字符，已超出 7 个。"}
    chat.focus("#composer textarea")
    chat.keyboard.insert_text(ends)
    chat.locator("#composer-count").filter(has_text=over[lang]).wait_for()
    assert chat.get_attribute("#composer textarea", "aria-describedby") == "composer-count"
    chat.keyboard.press("Enter")
    chat.wait_for_timeout(1_000)
    assert chat.locator("#log .r1-user").count() == 0
    assert chat.input_value("#composer textarea") == ends
    chat.click("#language")
    chat.locator("#composer-count").filter(has_text=over["zh" if lang == "en" else "en"]).wait_for()
    chat.fill("#composer textarea", ends[7:])
    chat.wait_for_function("document.querySelector('#composer-count').textContent === ''")
    chat.press("#composer textarea", "Enter")
    chat.locator("#log .r1-user").filter(has_text="PLEASE CANCEL IT").wait_for()


@on_the_phone("visit")
def test_a_note_that_is_too_long_is_not_sent(chat: Any) -> None:
    chat.click("#person")
    chat.fill("#email input", "customer@example.com")
    chat.fill("#note textarea", "a" * 2_001)
    chat.locator("#note-count").filter(has_text="已超出 1 个").wait_for()
    chat.click("#submit")
    chat.locator("#form-notice [role=alert]").filter(has_text="已超出 1 个").wait_for()
    assert chat.input_value("#note textarea") == "a" * 2_001
    chat.fill("#note textarea", "a" * 2_000)
    chat.click("#submit")
    chat.locator("#log .r1-hand_off").wait_for()


def test_the_conversation_reaches_a_person(chat: Any) -> None:
    lang = language(chat)
    ask(chat, PERSON[lang])
    chat.fill("#email input", "not an address")
    chat.click("#submit")
    chat.wait_for_selector("#form-notice [role=alert]")
    chat.fill("#email input", "customer@example.com")
    chat.click("#submit")
    chat.wait_for_function("words => document.querySelector('#log').innerText.includes(words)", arg=HANDED_OFF[lang])


@on_the_phone("visit")
def test_the_keyboard_goes_on_in_the_composer(chat: Any) -> None:
    """2.4.3: the button that was pressed is gone with its row."""
    in_composer = "() => document.activeElement.matches('#composer textarea')"
    ask(chat, QUESTION["zh"])
    chat.locator("#solved").press("Enter")
    chat.wait_for_function(in_composer)
    chat.locator("#person").press("Enter")
    chat.wait_for_function("() => document.activeElement.matches('#email input')")
    chat.get_by_role("button", name=t("chat.cancel", "zh")).press("Enter")
    chat.wait_for_function(in_composer)


def test_who_was_not_helped_says_so_and_is_led_to_the_form(chat: Any, suite: Server) -> None:
    """By the keyboard, on a phone too; the desk lists it."""
    lang = language(chat)
    ask(chat, QUESTION[lang])
    assert chat.locator("#unsolved").bounding_box()["height"] >= 44
    chat.locator("#unsolved").press("Enter")
    chat.wait_for_function("() => document.activeElement.matches('#email input')")
    assert chat.locator("#log .r1-thanks").inner_text().endswith(t("chat.thanks", lang))
    assert not chat.locator("#unsolved").is_visible()
    id = chat.get_attribute("#log .r1-log", "data-key").partition(" ")[0]
    with closing(sqlite3.connect(suite.log.with_name("r1.db"))) as database:
        thumbs = database.execute(
            "SELECT thumb FROM support_message WHERE conversation_id = ? AND author = 'bot'", (id,)
        ).fetchall()
    assert thumbs == [(-1,)]


def test_who_wants_a_person_is_led_to_the_form(chat: Any) -> None:
    chat.click("#person")
    chat.wait_for_function("() => document.activeElement.matches('#email input')")
    chat.fill("#email input", "customer@example.com")
    chat.press("#email input", "Enter")
    words = HANDED_OFF[language(chat)]
    chat.wait_for_function("words => document.querySelector('#log').innerText.includes(words)", arg=words)


@on_the_phone("visit")
def test_what_is_pressed_before_the_greeting_counts(visit: Visit, suite: Server) -> None:
    visit.page.goto(f"{suite.url}/support/", wait_until="commit")
    visit.page.fill("#composer textarea", QUESTION["zh"])
    visit.page.press("#composer textarea", "Enter")
    visit.page.wait_for_selector("#log .r1-answer")


def test_who_opens_the_page_can_type_at_once(chat: Any) -> None:
    chat.wait_for_function("() => document.activeElement.matches('#composer textarea')")


@on_the_phone("visit")
def test_on_a_low_screen_greeting_and_composer_are_in_view(visit: Visit, suite: Server) -> None:
    """A phone held sideways, or a laptop at 200%."""
    visit.page.set_viewport_size({"width": 720, "height": 400})
    visit.page.goto(f"{suite.url}/support/")
    visit.page.wait_for_selector("#log .r1-greeting")
    visit.page.wait_for_function("() => document.activeElement.matches('#composer textarea')")
    assert visit.page.locator("#log .r1-greeting").bounding_box()["y"] >= 0
    composer = visit.page.locator("#composer textarea").bounding_box()
    assert composer["y"] + composer["height"] <= 400


def test_an_address_in_an_answer_can_be_touched(chat: Any) -> None:
    answer = ask(chat, {"en": "What's your phone number?", "zh": "你们的客服电话是多少？"}[language(chat)])
    assert answer.locator("a[href='mailto:help@example.com']").count() == 1


def test_a_number_that_must_be_called_can_be_touched(chat: Any) -> None:
    ask(chat, CRITICAL[language(chat)])
    assert chat.locator("#log .r1-critical a[href='tel:08005550100']").count() == 1


def test_a_question_stands_there_while_it_is_looked_up(chat: Any) -> None:
    question, held = QUESTION[language(chat)], []
    chat.route("**/queue/join*", lambda route: held.append(route))  # playwright takes no built-in method
    chat.fill("#composer textarea", question)
    chat.press("#composer textarea", "Enter")
    chat.wait_for_selector("#log .r1-waiting.r1-meta")
    assert chat.inner_text("#log .r1-waiting.r1-user") == question
    for route in held:
        route.continue_()
    chat.wait_for_selector("#log .r1-answer")
    assert chat.locator("#log .r1-waiting").count() == 0
    assert chat.locator("#log .r1-user").count() == 1


def test_what_is_sent_before_the_answer_is_there_stays_in_the_composer(chat: Any) -> None:
    lang, held = language(chat), []
    ask(chat, OFF_TOPIC[lang])
    chat.route("**/queue/join*", lambda route: route.continue_() if held else held.append(route))
    chat.fill("#composer textarea", QUESTION[lang])
    chat.press("#composer textarea", "Enter")
    chat.wait_for_selector("#log .r1-waiting.r1-meta")
    chat.click("#language")  # draws the log anew
    chat.wait_for_function("words => !document.querySelector('#log').innerText.includes(words)", arg=HELLO[lang])
    chat.fill("#composer textarea", CRITICAL[lang])
    chat.press("#composer textarea", "Enter")
    chat.locator("#suggestions button:visible").first.click()
    chat.wait_for_timeout(1_000)
    assert chat.input_value("#composer textarea") == CRITICAL[lang]
    assert QUESTION[lang] in chat.locator("#log .r1-user").last.inner_text()
    assert chat.locator("#log .r1-user").count() == 2
    held[0].continue_()
    chat.wait_for_selector("#log .r1-answer")
    assert chat.input_value("#composer textarea") == CRITICAL[lang]
    chat.press("#composer textarea", "Enter")
    chat.wait_for_selector("#log .r1-critical")
    assert chat.locator("#log .r1-user").count() == 3
    assert chat.input_value("#composer textarea") == ""


@on_the_phone("visit")
def test_what_the_server_refuses_comes_back(visit: Visit, chat: Any) -> None:
    """As when too many wait already."""
    chat.route("**/queue/join*", lambda route: route.fulfill(status=503, json={"detail": "Queue is full."}))
    chat.fill("#composer textarea", QUESTION["zh"])
    chat.press("#composer textarea", "Enter")
    chat.wait_for_selector("#log .r1-down a[href^='tel:']")
    assert chat.input_value("#composer textarea") == QUESTION["zh"]
    assert chat.locator("#log .r1-waiting").count() == 0
    chat.unroute("**/queue/join*")
    chat.press("#composer textarea", "Enter")
    chat.wait_for_selector("#log .r1-answer")
    visit.errors.clear()


def test_without_its_server_it_shows_telephone_and_hours(visit: Visit, chat: Any) -> None:
    question, lang = QUESTION[language(chat)], language(chat)
    ask(chat, question)
    chat.context.set_offline(True)
    chat.fill("#composer textarea", question)
    chat.press("#composer textarea", "Enter")
    chat.wait_for_selector("#log .r1-down a[href^='tel:']")
    assert HOURS[lang] in chat.inner_text("#log .r1-down")
    assert chat.input_value("#composer textarea") == question  # nothing typed is lost
    assert chat.locator(".toast-wrap:visible").count() == 0  # Gradio's own words, which are English
    lost = chat.locator(".r1-lost")
    lost.wait_for()
    chat.context.set_offline(False)
    chat.wait_for_timeout(5_000)  # in which Gradio would look twice, and load the page anew
    assert chat.input_value("#composer textarea") == question
    lost.locator("button").click()
    chat.wait_for_function("() => !document.querySelector('.r1-lost') && document.querySelector('#log .r1-greeting')")
    chat.locator("#log .r1-answer").wait_for()  # what was said before is there again
    assert question in chat.locator("#log .r1-user").inner_text()
    assert chat.evaluate("Object.keys(sessionStorage)") == []
    ask(chat, FOLLOW_UP[lang])
    assert chat.locator("#log .r1-user").count() == 2
    visit.errors.clear()


@pytest.mark.parametrize("token", ["", "wrong"])
def test_a_conversation_comes_back_by_its_own_token_only(chat: Any, token: str) -> None:
    ask(chat, QUESTION[language(chat)])
    id = chat.get_attribute("#log .r1-log", "data-key").partition(" ")[0]
    chat.evaluate("key => sessionStorage.setItem('r1-key', key)", f"{id} {token}")
    chat.reload()
    chat.wait_for_selector("#log .r1-greeting")
    assert chat.locator("#log .r1-user").count() == 0


def test_titles_stay_in_the_conversation(chat: Any) -> None:
    lang = language(chat)
    titles = ask(chat, OFF_TOPIC[lang]).locator("li")
    assert not titles.first.is_visible()  # they are buttons now
    ask(chat, QUESTION[lang])
    assert titles.count() == 3
    assert titles.first.is_visible()


def test_the_newest_bubble_is_in_view(chat: Any) -> None:
    lang = language(chat)
    for question in (QUESTION[lang], OFF_TOPIC[lang], QUESTION[lang], OFF_TOPIC[lang]):
        ask(chat, question)
    chat.wait_for_function(
        """() => {
          const log = document.querySelector("#log").getBoundingClientRect();
          const newest = document.querySelector("#log .r1-log > :last-child").getBoundingClientRect();
          return newest.top >= log.top - 1 && newest.bottom <= log.bottom + 1;
        }"""
    )


def test_the_language_changes_in_place(chat: Any) -> None:
    lang = language(chat)
    ask(chat, QUESTION[lang])
    chat.click("#language")
    other = "zh" if lang == "en" else "en"
    chat.wait_for_function("words => document.querySelector('#log').innerText.includes(words)", arg=HELLO[other])
    assert FACT[lang] in chat.inner_text("#log")  # what was said stays


def test_markup_in_a_message_stays_text(chat: Any) -> None:
    ask(chat, '<img src="https://elsewhere.example/x.png" onerror="document.title=1"><b>card</b>')
    assert chat.locator("#log img").count() == 0
    assert "<b>card</b>" in chat.inner_text("#log .r1-user")


def test_nothing_is_wider_than_the_screen(chat: Any) -> None:
    chip = chat.locator("#examples button").first
    chip.evaluate("(chip) => { chip.textContent = `https://example.org/${'x'.repeat(280)}`; }")  # a title may be long
    assert chip.evaluate("({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth")
    ask(chat, QUESTION[language(chat)])
    assert chat.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_works_where_site_storage_is_blocked(visit: Visit, suite: Server) -> None:
    visit.page.add_init_script("""
      for (const name of ["getItem", "setItem", "removeItem"]) {
        const real = Storage.prototype[name];
        Storage.prototype[name] = function (...given) {
          if (this === sessionStorage) throw new DOMException("blocked", "SecurityError");
          return real.apply(this, given);
        };
      }
    """)
    visit.page.goto(f"{suite.url}/support/")
    visit.page.wait_for_selector("#log .r1-greeting")
    ask(visit.page, QUESTION[language(visit.page)])
