"""The way to a person in the widget, and what that person writes; in English and Chinese."""

from pathlib import Path
from typing import Any

from apps.support.retention import forget
from apps.ui.texts import t
from tests.e2e.company_page import CRITICAL, HOURS, PERSON, QUESTION, SOLVED, SUBMIT, Opened
from tests.support_server import SupportServer

IN_VIEW = """bubble => {
  const { top, bottom } = bubble.getBoundingClientRect(), room = bubble.closest(".talk").getBoundingClientRect();
  return top >= room.top - 1 && bottom <= room.bottom + 1;
}"""
UNREAD = {"en": "1 new", "zh": "1 条新回复"}
HANDED_BACK = {"en": "Our colleague has finished", "zh": "同事已结束服务"}


def test_an_example_of_an_address_is_no_link(opened: Opened) -> None:
    opened.page.get_by_role("button", name=PERSON[opened.language]).click()
    opened.page.fill(".hand-off input", "nope")
    opened.page.get_by_role("button", name=SUBMIT[opened.language]).click()
    opened.page.locator(".notice").filter(has_text="name@example.com").wait_for()
    assert opened.page.locator(".notice a").count() == 0  # unlike the company's telephone, where nobody answers


def test_the_whole_form_is_reached_on_a_low_screen(
    browser: Any, chat: SupportServer, company_page: tuple[Path, str]
) -> None:
    page = browser.new_page(viewport={"width": 640, "height": 400})  # 1280 x 800 at 200%
    page.goto(f"{company_page[1]}/en.html")
    page.locator(".launch").click()
    page.get_by_role("button", name=PERSON["en"]).click()
    page.locator(".hand-off").hover()
    page.mouse.wheel(0, 1000)
    page.wait_for_timeout(300)
    boxes = page.locator(".panel").bounding_box(), page.locator("#composer").bounding_box()
    assert boxes[1]["y"] + boxes[1]["height"] <= boxes[0]["y"] + boxes[0]["height"]
    submit = page.get_by_role("button", name=SUBMIT["en"]).bounding_box()
    assert submit["y"] + submit["height"] <= boxes[1]["y"]
    page.close()


def test_a_link_that_a_person_writes_can_be_touched(opened: Opened, chat: SupportServer) -> None:
    _, reference = opened.hand_off(chat)
    chat.support.answer(reference, "See https://company.example/a?b=1 (or write to ann.lee@company.example).")
    written = opened.page.locator(".bubble.desk").nth(1)
    written.wait_for()
    hrefs = [link.get_attribute("href") for link in written.locator("a").all()]
    assert hrefs == ["https://company.example/a?b=1", "mailto:ann.lee@company.example"]


def test_an_answer_that_nobody_looks_at_is_counted_and_not_seen(opened: Opened, chat: SupportServer) -> None:
    page, (id, reference) = opened.page, opened.hand_off(chat)
    opened.see_page(False)
    chat.support.answer(reference, "In the background")
    page.locator(".bubble.desk").nth(1).wait_for()
    assert opened.seen(chat, id) == 0
    opened.see_page(True)
    opened.wait_until_seen(chat, id)
    seen = opened.seen(chat, id)
    page.keyboard.press("Escape")
    chat.support.answer(reference, "With the chat closed")
    page.locator(".launch .unread").filter(has_text=UNREAD[opened.language]).wait_for()
    assert opened.seen(chat, id) == seen
    page.locator(".launch").click()
    opened.wait_until_seen(chat, id)
    assert page.locator(".launch .unread").inner_text() == ""


def test_on_the_next_page_the_closed_chat_counts_what_a_person_writes(opened: Opened, chat: SupportServer) -> None:
    page, (id, reference) = opened.page, opened.hand_off(chat)
    chat.support.answer(reference, "Seen on this page")
    opened.wait_until_seen(chat, id)
    page.reload()
    chat.support.answer(reference, "On the next one")
    page.locator(".launch .unread").filter(has_text=UNREAD[opened.language]).wait_for()
    page.locator(".launch").click()
    opened.wait_until_seen(chat, id)
    newest = page.locator(".bubble.desk").last
    assert "On the next one" in newest.inner_text()
    assert newest.evaluate(IN_VIEW)


def test_who_opens_it_again_gets_what_could_not_be_loaded(opened: Opened, chat: SupportServer) -> None:
    page, (_, reference) = opened.page, opened.hand_off(chat)
    page.route("**/messages?after=*", lambda route: route.abort())
    page.reload()
    page.locator(".launch").click()
    page.locator(".notice a[href^='tel:']").wait_for()
    page.unroute("**/messages?after=*")
    page.keyboard.press("Escape")
    page.locator(".launch").click()
    page.locator(".notice").wait_for(state="hidden")
    chat.support.answer(reference, "Good morning!")
    page.locator(".bubble.desk").filter(has_text="Good morning!").wait_for()


def test_a_thumb_of_a_deleted_conversation_leaves_the_new_one(opened: Opened, chat: SupportServer) -> None:
    page, _ = opened.page, opened.ask(QUESTION[opened.language])
    _, reference = opened.hand_off(chat)
    forget(chat.support.store, reference)
    page.fill("#composer", "Hello?")
    page.press("#composer", "Enter")
    page.locator(".notice").filter(has_text=t("chat.ended", opened.language)).wait_for()
    _, reference = opened.hand_off(chat)
    page.get_by_role("button", name=SOLVED[opened.language]).first.click()
    page.locator(".notice").filter(has_text=t("chat.failed", opened.language)).wait_for()
    chat.support.answer(reference, "I have your new conversation.")
    page.locator(".bubble.desk").filter(has_text="I have your new conversation.").wait_for()


def test_on_the_next_page_no_form_is_offered_while_a_person_has_the_conversation(
    opened: Opened, chat: SupportServer
) -> None:
    opened.ask(CRITICAL[opened.language])  # offers a person
    opened.hand_off(chat)
    opened.page.reload()
    opened.page.locator(".launch").click()
    opened.page.locator(".bot").wait_for()
    assert not opened.page.locator(".hand-off").is_visible()
    opened.page.get_by_role("button", name=PERSON[opened.language]).click()  # but who wants to add something can
    opened.page.fill(".hand-off textarea", "after six")
    opened.page.fill(".hand-off input", "ann@example.com")
    opened.page.get_by_role("button", name=SUBMIT[opened.language]).click()
    opened.page.locator(".bubble.customer").filter(has_text="after six").wait_for()


def test_the_next_page_names_the_hand_off_where_it_was(opened: Opened, chat: SupportServer) -> None:
    page, (id, reference) = opened.page, opened.hand_off(chat)
    chat.support.answer(reference, "Good morning!")
    opened.wait_until_seen(chat, id)
    page.reload()
    page.locator(".launch").click()
    page.locator(".bubble.desk").nth(1).wait_for()
    passed, answer = page.locator(".bubble.desk").all_inner_texts()
    assert reference in passed
    assert "Good morning!" in answer


def test_an_offer_is_over_with_the_next_answer_unless_the_form_is_in_use(opened: Opened) -> None:
    page, form = opened.page, opened.page.locator(".hand-off")
    opened.ask(CRITICAL[opened.language])
    assert form.is_visible()
    opened.ask(QUESTION[opened.language])
    assert not form.is_visible()
    page.reload()
    page.locator(".launch").click()
    page.locator(".bot").nth(1).wait_for()
    assert not form.is_visible()
    opened.ask(CRITICAL[opened.language])
    page.focus(".hand-off input")
    opened.ask(QUESTION[opened.language])
    assert form.is_visible()


def test_after_the_desk_has_closed_a_person_can_be_reached_again(opened: Opened, chat: SupportServer) -> None:
    _, first = opened.hand_off(chat)
    chat.support.answer(first, "Bye.", close=True)
    opened.page.locator(".bubble").filter(has_text=HANDED_BACK[opened.language]).wait_for()
    opened.ask(CRITICAL[opened.language])
    assert opened.page.locator(".hand-off").is_visible()
    _, second = opened.hand_off(chat)
    assert second != first
    chat.support.answer(second, "Here I am again.")
    opened.page.locator(".bubble.desk").filter(has_text="Here I am again.").wait_for()


def test_the_form_says_when_a_person_is_there(opened: Opened) -> None:
    opened.page.get_by_role("button", name=PERSON[opened.language]).click()
    form = opened.page.locator(".hand-off")
    assert HOURS[opened.language] in form.inner_text()
    assert form.locator("a[href='tel:08005550100']").count() == 1


def test_a_double_click_hands_off_once(opened: Opened, chat: SupportServer) -> None:
    before = len(chat.support.store.waiting())
    opened.page.get_by_role("button", name=PERSON[opened.language]).click()
    opened.page.fill(".hand-off input", "ann@example.com")
    opened.page.evaluate(
        """() => {
          const form = document.querySelector("div[lang]").shadowRoot.querySelector(".hand-off");
          form.requestSubmit();
          form.requestSubmit();
        }"""
    )
    opened.page.locator(".bubble.desk").first.wait_for()
    opened.page.wait_for_timeout(500)
    assert opened.page.locator(".bubble.desk").count() == 1
    assert len(chat.support.store.waiting()) == before + 1
