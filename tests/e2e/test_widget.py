"""The widget on a page of another origin: its look, an answer, a lost server; in English and Chinese."""

from pathlib import Path
from typing import Any

import pytest

from apps.ui.texts import t
from tests.e2e.company_page import CRITICAL, HOURS, PERSON, QUESTION, SOLVED, SUBMIT, Opened, write_pages
from tests.support_server import SupportServer, support_server

DANGER = {"en": "My house is on fire", "zh": "我家着火了"}
THANKS = {"en": "Thank you", "zh": "感谢"}
SOURCES = {"en": "Sources (1)", "zh": "来源（1）"}


def test_a_pasted_text_is_counted_and_not_cut(opened: Opened) -> None:
    page, over = opened.page, {"en": "1,413 too many", "zh": "已超出 1,413 个"}
    for place, send in (("#composer", "Enter"), (".hand-off textarea", "")):
        if not send:
            page.get_by_role("button", name=PERSON[opened.language]).click()
            page.fill(".hand-off input", "ann@example.com")
        page.focus(place)
        page.keyboard.insert_text("a" * 3_413)
        page.locator(".over:not(:empty)").filter(has_text=over[opened.language]).wait_for()
        assert page.locator("form:has(#composer) .primary").bounding_box()["height"] < 60, "as high as beside one line"
        page.keyboard.press(send) if send else page.get_by_role("button", name=SUBMIT[opened.language]).click()
        page.wait_for_timeout(500)
        assert len(page.input_value(place)) == 3_413
        page.fill(place, "")
        assert page.locator(".over:not(:empty)").count() == 0
    assert page.locator(".bubble.customer, .bubble.desk").count() == 0


def test_a_question_is_answered_with_its_source(opened: Opened) -> None:
    bubble = opened.ask(QUESTION[opened.language])
    bubble.get_by_text(SOURCES[opened.language]).click()
    assert bubble.locator("a").get_attribute("href").startswith("https://harbour.example/")
    assert bubble.locator(".whole").evaluate(LINES) == 1, "a date is not broken"
    opened.page.get_by_role("button", name=SOLVED[opened.language]).click()
    opened.page.get_by_text(THANKS[opened.language]).wait_for()


LINES = "e => e.getClientRects().length"
TWO = {
    "en": "How much can I transfer in a day? And can I use my card abroad?",
    "zh": "每天最多能转账多少？在境外能用卡吗？",
}
SECOND = {"en": "Can I use my card abroad and what does it cost?", "zh": "在境外可以用卡吗，怎么收费？"}


def test_each_of_two_questions_has_its_answer_and_source(opened: Opened) -> None:
    bubble = opened.ask(TWO[opened.language])
    assert SECOND[opened.language] in bubble.inner_text()
    assert bubble.inner_text().count("[1]") == bubble.inner_text().count("[2]") == 1


def test_a_critical_message_shows_the_number_and_the_way_to_a_person(opened: Opened, chat: SupportServer) -> None:
    bubble = opened.ask(CRITICAL[opened.language])
    assert "0800 555 0100" in bubble.inner_text()
    opened.page.fill(".hand-off input", "ann@example.com")
    opened.page.get_by_role("button", name=SUBMIT[opened.language]).click()
    note = opened.page.locator(".bubble.desk").first
    note.wait_for()
    reference = chat.support.store.waiting()[-1].reference
    assert reference in note.inner_text()
    assert note.get_by_text(reference, exact=True).evaluate(LINES) == 1, "it is not broken"
    opened.page.fill("#composer", "hello?")
    opened.page.press("#composer", "Enter")
    opened.page.locator(".bubble.customer").nth(1).wait_for()
    chat.support.answer(reference, "I am <b>here</b>.")
    written = opened.page.locator(".bubble.desk").nth(1)
    written.wait_for()
    assert "I am <b>here</b>." in written.inner_text()
    assert opened.page.locator(".bot").count() == 1  # the bot is silent


@pytest.mark.parametrize(("language", "width", "height"), [("en", 1280, 800), ("zh", 390, 844), ("en", 640, 400)])
def test_a_critical_text_is_read_from_its_beginning_and_the_form_stands_below(
    browser: Any, chat: SupportServer, company_page: tuple[Path, str], language: str, width: int, height: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(f"{company_page[1]}/{language}.html")
    page.locator(".launch").click()
    page.fill("#composer", DANGER[language])
    page.get_by_role("button", name=t("chat.send", language), exact=True).click()
    page.locator(".bubble.critical").wait_for()
    page.wait_for_timeout(1_000)  # it scrolls smoothly
    room, text, form = (page.locator(name).bounding_box() for name in (".talk", ".bubble.critical", ".hand-off"))
    end = text["y"] + text["height"]
    assert room["y"] <= text["y"]
    assert end <= form["y"]
    assert end <= room["y"] + room["height"] or height == 400
    page.close()


def test_the_conversation_goes_on_on_the_next_page(opened: Opened) -> None:
    opened.ask(QUESTION[opened.language])
    opened.page.reload()
    opened.page.locator(".launch").click()
    opened.page.locator(".bot").wait_for()
    asked = opened.page.locator(".customer").inner_text()
    # Whose it is, for those who don't see the side.
    assert asked.split("\n") == [t("chat.you", opened.language), QUESTION[opened.language]]


def test_it_is_used_by_keyboard_alone(opened: Opened) -> None:
    page = opened.page
    focused = "document.querySelector('div[lang]').shadowRoot.activeElement?.className"
    page.keyboard.press("Escape")
    assert page.evaluate(focused) == "launch"
    page.keyboard.press("Enter")
    page.keyboard.type("line one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("line two")
    assert page.input_value("#composer") == "line one\nline two"
    small = page.evaluate(
        """[...document.querySelector('div[lang]').shadowRoot.querySelectorAll('.panel button, .panel textarea')]
        .filter(each => each.offsetParent && each.getBoundingClientRect().height < 44).length"""
    )
    assert small == 0


STRICT = "default-src 'none'; style-src 'self'; script-src {chat}; connect-src {chat}"
RESET = """
  * { margin: 0 !important; border: 0 !important; font: 10px/1 serif !important; }
  html { font-size: 62.5%; }
  body > div { display: none; opacity: 0; transform: scale(0.1); }
"""


def test_neither_the_page_s_style_sheet_nor_its_security_policy_changes_the_look(
    browser: Any, chat: SupportServer, company_page: tuple[Path, str]
) -> None:
    folder, base = company_page
    plain = (folder / "en.html").read_text("utf-8")
    policy = STRICT.format(chat=chat.url.removesuffix("/api/support"))
    head = f'<meta http-equiv="Content-Security-Policy" content="{policy}"><link rel="stylesheet" href="reset.css">'
    (folder / "reset.css").write_text(RESET, "utf-8")
    (folder / "strict.html").write_text(plain.replace("<title>", f"{head}<title>"), "utf-8")
    looks = []
    for name in ("en", "strict"):
        page = browser.new_page()
        page.goto(f"{base}/{name}.html")
        page.locator(".launch").click()
        page.locator(".examples").wait_for()
        page.mouse.move(0, 0)
        looks.append(page.locator(".panel").screenshot(animations="disabled"))
        page.close()
    assert looks[0] == looks[1]


def test_it_opens_where_style_sheets_cannot_be_constructed(browser: Any, company_page: tuple[Path, str]) -> None:
    page = browser.new_page()
    page.add_init_script("CSSStyleSheet = class { constructor() { throw new TypeError(); } }")  # Safari before 16.4
    page.goto(f"{company_page[1]}/en.html")
    page.locator(".launch").click()
    assert page.locator(".panel").evaluate("panel => getComputedStyle(panel).position") == "fixed"
    page.close()


def test_a_text_is_never_markup(opened: Opened) -> None:
    opened.ask('<img src=x onerror="document.title=1"> card')
    assert opened.page.locator(".log img").count() == 0
    assert opened.page.title() == "Company"


def test_a_message_whose_answer_was_lost_is_sent_again_as_the_same(opened: Opened) -> None:
    page, lost = opened.page, []

    def lose(route: Any) -> None:
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/messages", lose)
    page.fill("#composer", QUESTION[opened.language])
    page.press("#composer", "Enter")
    page.locator(".notice a[href^='tel:']").wait_for()
    page.unroute("**/messages")
    assert lost == [200]
    assert page.input_value("#composer") == QUESTION[opened.language]
    page.press("#composer", "Enter")
    page.locator(".bot").first.wait_for()
    assert (page.locator(".bot").count(), page.locator(".customer").count()) == (1, 1)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_its_server_it_shows_telephone_and_hours(
    browser: Any, chat: SupportServer, company_page: tuple[Path, str], tmp_path: Path, language: str
) -> None:
    folder, base = company_page
    with support_server(chat.support.service, tmp_path, [base]) as server:
        write_pages(folder, server.url)
        context = browser.new_context(viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{base}/{language}.html")
        page.locator(".launch").click()
    write_pages(folder, chat.url)
    page.fill("#composer", "Is anybody there?")
    page.press("#composer", "Enter")
    notice = page.locator(".notice")
    notice.wait_for()
    assert "0800 555 0100" in notice.inner_text()
    assert HOURS[language] in notice.inner_text()
    assert page.input_value("#composer") == "Is anybody there?"  # nothing typed is lost
    context.close()
