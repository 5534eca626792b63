"""The widget on a page of another origin: an answer, a person, a lost server; in English and Chinese."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from apps.support.retention import forget
from apps.support.service import SupportService
from apps.ui.texts import t
from tests.e2e.company_page import company_html
from tests.support_server import SupportServer, support_server

QUESTION = {"en": "How do I close my account?", "zh": "怎么注销账户？"}
CRITICAL = {"en": "I lost my card", "zh": "我的銀行卡丟了"}
DANGER = {"en": "My house is on fire", "zh": "我家着火了"}
IN_VIEW = """bubble => {
  const { top, bottom } = bubble.getBoundingClientRect(), room = bubble.closest(".talk").getBoundingClientRect();
  return top >= room.top - 1 && bottom <= room.bottom + 1;
}"""
SOLVED = {"en": "That solved it", "zh": "已解决"}
THANKS = {"en": "Thank you", "zh": "感谢"}
SOURCES = {"en": "Sources (1)", "zh": "来源（1）"}
SUBMIT = {"en": "Send to the team", "zh": "提交"}
PERSON = {"en": "Talk to a person", "zh": "联系人工客服"}
UNREAD = {"en": "1 new", "zh": "1 条新回复"}
HANDED_BACK = {"en": "Our colleague has finished", "zh": "同事已结束服务"}
HOURS = {"en": "Mon–Fri 08:00–20:00", "zh": "周一–周五 08:00–20:00"}


@pytest.fixture(scope="module")
def company_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The company's own web server, on an origin of its own."""
    folder = tmp_path_factory.mktemp("company")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def chat(
    support_service: SupportService, company_page: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SupportServer]:
    folder, origin = company_page
    with support_server(support_service, tmp_path_factory.mktemp("chat"), [origin]) as server:
        _write_pages(folder, server.url)
        yield server


def _write_pages(folder: Path, url: str) -> None:
    for language in ("en", "zh"):
        (folder / f"{language}.html").write_text(company_html(url, language), "utf-8")


@dataclass
class Opened:
    """The company's page with the widget open."""

    page: Any
    language: str
    errors: list[str] = field(default_factory=list)

    def ask(self, text: str) -> Any:
        before = self.page.locator(".bot").count()
        self.page.fill("#composer", text)
        self.page.press("#composer", "Enter")
        bubble = self.page.locator(".bot").nth(before)
        bubble.wait_for()
        return bubble

    def hand_off(self, chat: SupportServer) -> tuple[str, str]:
        """By the form; the conversation's id and the reference."""
        form = self.page.locator(".hand-off")
        if not form.is_visible():
            self.page.get_by_role("button", name=PERSON[self.language]).click()
        before = self.page.locator(".bubble.desk").count()
        self.page.fill(".hand-off input", "ann@example.com")
        self.page.get_by_role("button", name=SUBMIT[self.language]).click()
        self.page.locator(".bubble.desk").nth(before).wait_for()
        newest = chat.desk.store.waiting()[-1]
        return newest.conversation_id, newest.reference

    def see_page(self, visible: bool) -> None:
        """Brings the tab into the foreground or the background, as the page is told it."""
        state = "visible" if visible else "hidden"
        self.page.evaluate(
            """state => {
              Object.defineProperty(document, "visibilityState", { value: state, configurable: true });
              document.dispatchEvent(new Event("visibilitychange"));
            }""",
            state,
        )

    def seen(self, chat: SupportServer, id: str) -> int:
        thread = chat.desk.store.thread(id)
        assert thread
        return thread.seen

    def wait_until_seen(self, chat: SupportServer, id: str) -> None:
        newest = chat.desk.store.messages(id)[-1].id
        for _ in range(100):
            if self.seen(chat, id) == newest:
                return
            self.page.wait_for_timeout(100)
        pytest.fail("the page did not say that its customer has seen the message")


@pytest.fixture(params=[("en", 1280, 800), ("zh", 390, 844)], ids=["english-desktop", "chinese-phone"])
def opened(
    request: pytest.FixtureRequest, browser: Any, chat: SupportServer, company_page: tuple[Path, str]
) -> Iterator[Opened]:
    language, width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(60_000)
    view = Opened(page, language)
    page.on("pageerror", lambda error: view.errors.append(str(error)))
    page.goto(f"{company_page[1]}/{language}.html")
    page.locator(".launch").click()
    yield view
    kept = page.evaluate("[{...localStorage}, {...sessionStorage}, document.cookie]")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
    assert view.errors == []
    assert (kept[0], kept[2]) == ({}, "")
    assert set(kept[1]) <= {"r1-support"}
    assert QUESTION[language] not in str(kept[1])


def test_an_example_of_an_address_is_no_link(opened: Opened) -> None:
    opened.page.get_by_role("button", name=PERSON[opened.language]).click()
    opened.page.fill(".hand-off input", "nope")
    opened.page.get_by_role("button", name=SUBMIT[opened.language]).click()
    opened.page.locator(".notice").filter(has_text="name@example.com").wait_for()
    assert opened.page.locator(".notice a").count() == 0  # unlike the company's telephone, where nobody answers


def test_a_pasted_text_is_counted_and_not_cut(opened: Opened) -> None:
    page, over = opened.page, {"en": "1,413 too many", "zh": "已超出 1,413 个"}
    for place, send in (("#composer", "Enter"), (".hand-off textarea", "")):
        if not send:
            page.get_by_role("button", name=PERSON[opened.language]).click()
            page.fill(".hand-off input", "ann@example.com")
        page.focus(place)
        page.keyboard.insert_text("a" * 3_413)
        page.locator(".over:not(:empty)").filter(has_text=over[opened.language]).wait_for()
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
    opened.page.get_by_role("button", name=SOLVED[opened.language]).click()
    opened.page.get_by_text(THANKS[opened.language]).wait_for()


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
    reference = chat.desk.store.waiting()[-1].reference
    assert reference in note.inner_text()
    opened.page.fill("#composer", "hello?")
    opened.page.press("#composer", "Enter")
    opened.page.locator(".bubble.customer").nth(1).wait_for()
    chat.desk.answer(reference, "I am <b>here</b>.")
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
    chat.desk.answer(reference, "See https://company.example/a?b=1 (or write to ann.lee@company.example).")
    written = opened.page.locator(".bubble.desk").nth(1)
    written.wait_for()
    hrefs = [link.get_attribute("href") for link in written.locator("a").all()]
    assert hrefs == ["https://company.example/a?b=1", "mailto:ann.lee@company.example"]


def test_a_text_is_never_markup(opened: Opened) -> None:
    opened.ask('<img src=x onerror="document.title=1"> card')
    assert opened.page.locator(".log img").count() == 0
    assert opened.page.title() == "Company"


def test_an_answer_that_nobody_looks_at_is_counted_and_not_seen(opened: Opened, chat: SupportServer) -> None:
    page, (id, reference) = opened.page, opened.hand_off(chat)
    opened.see_page(False)
    chat.desk.answer(reference, "In the background")
    page.locator(".bubble.desk").nth(1).wait_for()
    assert opened.seen(chat, id) == 0
    opened.see_page(True)
    opened.wait_until_seen(chat, id)
    seen = opened.seen(chat, id)
    page.keyboard.press("Escape")
    chat.desk.answer(reference, "With the chat closed")
    page.locator(".launch .unread").filter(has_text=UNREAD[opened.language]).wait_for()
    assert opened.seen(chat, id) == seen
    page.locator(".launch").click()
    opened.wait_until_seen(chat, id)
    assert page.locator(".launch .unread").inner_text() == ""


def test_on_the_next_page_the_closed_chat_counts_what_a_person_writes(opened: Opened, chat: SupportServer) -> None:
    page, (id, reference) = opened.page, opened.hand_off(chat)
    chat.desk.answer(reference, "Seen on this page")
    opened.wait_until_seen(chat, id)
    page.reload()
    chat.desk.answer(reference, "On the next one")
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
    chat.desk.answer(reference, "Good morning!")
    page.locator(".bubble.desk").filter(has_text="Good morning!").wait_for()


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


def test_a_thumb_of_a_deleted_conversation_leaves_the_new_one(opened: Opened, chat: SupportServer) -> None:
    page, _ = opened.page, opened.ask(QUESTION[opened.language])
    _, reference = opened.hand_off(chat)
    forget(chat.desk.store, reference)
    page.fill("#composer", "Hello?")
    page.press("#composer", "Enter")
    page.locator(".notice").filter(has_text=t("chat.ended", opened.language)).wait_for()
    _, reference = opened.hand_off(chat)
    page.get_by_role("button", name=SOLVED[opened.language]).first.click()
    page.locator(".notice").filter(has_text=t("chat.failed", opened.language)).wait_for()
    chat.desk.answer(reference, "I have your new conversation.")
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
    chat.desk.answer(reference, "Good morning!")
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
    chat.desk.answer(first, "Bye.", close=True)
    opened.page.locator(".bubble").filter(has_text=HANDED_BACK[opened.language]).wait_for()
    opened.ask(CRITICAL[opened.language])
    assert opened.page.locator(".hand-off").is_visible()
    _, second = opened.hand_off(chat)
    assert second != first
    chat.desk.answer(second, "Here I am again.")
    opened.page.locator(".bubble.desk").filter(has_text="Here I am again.").wait_for()


def test_the_form_says_when_a_person_is_there(opened: Opened) -> None:
    opened.page.get_by_role("button", name=PERSON[opened.language]).click()
    form = opened.page.locator(".hand-off")
    assert HOURS[opened.language] in form.inner_text()
    assert form.locator("a[href='tel:08005550100']").count() == 1


def test_a_double_click_hands_off_once(opened: Opened, chat: SupportServer) -> None:
    before = len(chat.desk.store.waiting())
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
    assert len(chat.desk.store.waiting()) == before + 1


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_its_server_it_shows_telephone_and_hours(
    browser: Any, chat: SupportServer, company_page: tuple[Path, str], tmp_path: Path, language: str
) -> None:
    folder, base = company_page
    with support_server(chat.desk.service, tmp_path, [base]) as server:
        _write_pages(folder, server.url)
        context = browser.new_context(viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{base}/{language}.html")
        page.locator(".launch").click()
    _write_pages(folder, chat.url)
    page.fill("#composer", "Is anybody there?")
    page.press("#composer", "Enter")
    notice = page.locator(".notice")
    notice.wait_for()
    assert "0800 555 0100" in notice.inner_text()
    assert HOURS[language] in notice.inner_text()
    assert page.input_value("#composer") == "Is anybody there?"  # nothing typed is lost
    context.close()
