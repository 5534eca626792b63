"""Every page but the clinician's against WCAG 2.2 AA, in light and dark, as far as a browser can measure it.

What it measures of the support chat, the widget and the desk stands in docs/support-accessibility.md.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from tests.desk_server import DeskServer, desk_server
from tests.e2e.accessibility import NOTHING_WRONG, SPACING, settled
from tests.e2e.chat_page import GREETING, ask, open_chat, send
from tests.e2e.company_page import company_html
from tests.e2e.conftest import Server
from tests.e2e.desk import open_tab, sign_in
from tests.servers import serve
from tests.support_server import support_server

PAGES = {
    "/": ".r1-cards",
    "/sign-in": "main",
    "/train": "#trainings",
    "/diagnosis/review": "#outcomes",
    "/support/": GREETING,
    "/ehr/inbox/": "#messages p, #messages table",
}
TABS = ["Queue", "Unanswered", "Conversations", "FAQ", "Figures", "Try a question"]
CHINESE = "你们卖手机壳吗？"
ACTIVE = """
  let e = document.activeElement;
  while (e.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
"""
RING = f"""() => {{
  {ACTIVE}
  const {{ outlineStyle, outlineWidth }} = getComputedStyle(e);
  const foreign = e === document.body || e.matches("[href='#']");  // the company's own
  const seen = foreign || (outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2);
  return seen ? '' : e.outerHTML.slice(0, 90);
}}"""
# Where what has the focus is not the topmost element at its middle, or as much of it as fits the window.
COVERED = f"""() => {{
  {ACTIVE}
  if (e === document.body) return '';
  const box = e.getBoundingClientRect(), within = (x, end) => Math.min(Math.max(x, 0), end - 1);
  const y = within(box.top + Math.min(box.height / 2, 20), innerHeight);
  const top = e.getRootNode().elementFromPoint(within(box.left + box.width / 2, innerWidth), y);
  const area = e.closest('label') ?? e;
  return top && (area.contains(top) || top.contains(e)) ? '' : e.outerHTML.slice(0, 90);
}}"""
CUT = """() => {
  const root = [...document.body.children].find((e) => e.shadowRoot)?.shadowRoot ?? document;
  return [...root.querySelectorAll('*')].filter((e) => e.innerText && e.checkVisibility()
      && !e.closest('[class*=hidden], .sr-only') && getComputedStyle(e).overflowY === 'hidden'
      && e.scrollHeight > e.clientHeight + 2)
    .map((e) => e.outerHTML.slice(0, 90));
}"""
SPACED = """(css) => {
  const root = [...document.body.children].find((e) => e.shadowRoot)?.shadowRoot ?? document.head;
  const style = document.createElement('style');
  style.textContent = css;
  root.append(style);
}"""
EDGES = """() => [...document.querySelectorAll('input:is([type=checkbox], [type=radio]):not(:checked)')]
  .filter((e) => e.checkVisibility()).map((e) => getComputedStyle(e).borderTopColor)"""
EDGE = {"light": "rgb(123, 138, 153)", "dark": "rgb(112, 131, 154)"}


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Any) -> Iterator[Any]:
    context = browser.new_context(locale="en-US", color_scheme=request.param)
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    opened.scheme = request.param
    yield opened
    context.close()


@pytest.fixture
def small(browser: Any) -> Iterator[Any]:
    """1280 x 1024 px at 400%."""
    context = browser.new_context(locale="en-US", viewport={"width": 320, "height": 256}, reduced_motion="reduce")
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    yield opened
    context.close()


@pytest.fixture(scope="module")
def server(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    """A desk with something in each of its tabs."""
    with desk_server(home, tmp_path_factory.mktemp("desk")) as running:
        chat = running.chat
        for language, email, text in (("en", "ann@example.com", "I lost my card"), ("zh", "li@example.com", CHINESE)):
            id, _ = chat.start(language)
            chat.say(id, text)
            chat.hand_off(id, email=email, note=text, language=language)
        for asked in ("How do I open a current account?", "Will penguins ever rule over Antarctica?", CHINESE):
            chat.say(chat.start("en")[0], asked)
        running.drafts.write("Do you sell gold bars?", "We do not.", "en", "Olga", wordings=["Do you sell gold bars?"])
        yield running


@pytest.fixture(scope="module")
def company(server: DeskServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The company's own page with the widget, and a link below it."""
    site, folder = FastAPI(), tmp_path_factory.mktemp("widget")
    with serve(site) as (origin, _), support_server(server.chat.service, folder, [origin]) as chat:
        html = company_html(chat.url, "en").replace("<h1>", "<a href='#'>Home</a><h1>") + "<a href='#'>Below</a>"
        site.get("/")(lambda: HTMLResponse(html))
        yield origin


def open_desk(page: Any, server: DeskServer) -> None:
    page.goto(f"{server.url}/desk/")
    sign_in(page, "Pavel")
    page.locator("#waiting-list label").nth(1).wait_for()


def open_widget(page: Any, company: str) -> None:
    """With an answer and the form."""
    page.goto(company)
    page.locator(".launch").click()
    page.fill("#composer", "How do I close my account?")
    page.press("#composer", "Enter")
    page.locator(".bubble.answer").wait_for()
    page.get_by_role("button", name="Talk to a person").click()


def open_form(page: Any, server: DeskServer) -> None:
    """The chat's page with an answer and the form."""
    ask(open_chat(page, server.url), "How do I close my account?")
    page.click("#person")
    page.locator("#email input").wait_for()


def show(page: Any, tab: str) -> None:
    """A tab of the desk with everything in it."""
    open_tab(page, tab)
    rows = {"Queue": "#waiting-list", "Unanswered": "#clusters", "Conversations": "#talks", "FAQ": "#drafts"}
    if tab in rows:
        page.locator(f"{rows[tab]} label").first.click()
    elif tab == "Figures":
        page.locator(".desk-numbers summary").click()
    else:
        page.fill("#try :is(input, textarea)", "How do I open a current account?")
        page.keyboard.press("Enter")
        page.locator("#tried table").wait_for()


def walk(page: Any, look: str, steps: int = 25) -> list[str]:
    """What ``look`` says of each place to which Tab leads."""
    page.evaluate("document.activeElement.blur()")
    found = []
    for _ in range(steps):
        page.keyboard.press("Tab")
        page.wait_for_timeout(50)  # it may scroll
        found.append(page.evaluate(look))
    return [place for place in found if place]


@pytest.mark.parametrize("path", PAGES)
def test_texts_controls_and_focus_hold(page: Any, suite: Server, path: str) -> None:
    """1.4.3, 2.4.7, 2.5.8 and 4.1.2."""
    page.goto(suite.url + path)
    page.wait_for_selector(PAGES[path])
    assert settled(page) == NOTHING_WRONG
    assert walk(page, RING) == []


def test_every_tab_of_the_desk_holds(page: Any, server: DeskServer) -> None:
    """The same, and 1.4.1: the tab that is chosen has a bar below it, which is not cut off."""
    open_desk(page, server)
    for tab in TABS:
        show(page, tab)
        assert (tab, settled(page)) == (tab, NOTHING_WRONG)
        bar = (
            "e => [getComputedStyle(e, '::after').height, e.offsetTop + e.offsetHeight <= e.parentElement.clientHeight]"
        )
        assert page.locator("[role=tab][aria-selected=true]").evaluate(bar) == ["2px", True]
        assert (tab, walk(page, RING)) == (tab, [])


def test_the_widget_holds(page: Any, company: str) -> None:
    """The same."""
    page.goto(company)
    assert walk(page, RING, 4) == []
    open_widget(page, company)
    page.locator(".bubble summary").click()
    assert settled(page) == NOTHING_WRONG
    assert walk(page, RING) == []


def test_chat_widget_and_desk_reflow_and_bear_wide_spacing(small: Any, server: DeskServer, company: str) -> None:
    """1.4.4, 1.4.10 and 1.4.12."""

    def fits() -> tuple[bool, list[str]]:
        small.evaluate(SPACED, SPACING)
        return small.evaluate("document.documentElement.scrollWidth <= innerWidth"), small.evaluate(CUT)

    open_form(small, server)
    assert fits() == (True, [])
    open_widget(small, company)
    assert fits() == (True, [])
    open_desk(small, server)
    for tab in TABS:
        show(small, tab)
        assert (tab, fits()) == (tab, (True, []))


def test_what_has_the_focus_is_never_covered(small: Any, server: DeskServer, company: str) -> None:
    """2.4.11, and 2.1.2: Tab goes on, and Escape leads out of the widget, which covers a small screen."""
    for open_one, place in ((open_form, server), (open_desk, server), (open_widget, company)):
        open_one(small, place)  # type: ignore[operator]
        assert walk(small, COVERED) == []
    small.locator("#composer").focus()
    small.keyboard.press("Escape")
    assert small.evaluate(f"() => {{ {ACTIVE} return e.className; }}") == "launch"
    assert "Home" in walk(small, "document.activeElement.innerText", 3)


def test_escape_shows_what_the_widget_covers(page: Any, company: str) -> None:
    """2.4.11: on a wide screen the page behind it can be used, and the focus stays there."""
    open_widget(page, company)
    page.get_by_text("Below").focus()
    page.keyboard.press("Escape")
    assert not page.locator(".panel").is_visible()
    assert page.evaluate("document.activeElement.innerText") == "Below"


def test_words_of_the_other_language_are_marked(small: Any, server: DeskServer, company: str) -> None:
    """3.1.2."""

    def tongue(text: str) -> str:
        found = small.locator(f":text('{text}')").last
        found.wait_for()
        return str(found.evaluate("e => (e.closest('[lang]') ?? e.getRootNode().host).lang"))[:2]

    open_chat(small, server.url)
    send(small, CHINESE)
    small.locator("#suggestions button:visible").first.wait_for()
    assert {tongue(text) for text in (CHINESE, "不确定帮助中心是否有文章能回答这个问题", "中文")} == {"zh"}
    assert small.locator("#suggestions button:visible").first.get_attribute("lang") == "zh-CN"
    assert tongue("Hello, this is") == tongue("Talk to a person") == "en"
    small.goto(company)
    small.locator(".launch").click()
    small.fill("#composer", CHINESE)
    small.press("#composer", "Enter")
    small.locator(".bubble.bot").wait_for()
    assert {tongue(text) for text in (CHINESE, "不确定帮助中心是否有文章能回答这个问题")} == {"zh"}
    assert small.locator(".chips button").first.get_attribute("lang") == "zh-CN"
    assert tongue("Hello, this is") == "en"
    open_desk(small, server)
    small.locator("#waiting-list label").filter(has_text=CHINESE).click()
    small.locator("#thread .desk-thread").wait_for()
    assert small.locator("#waiting-list label").filter(has_text=CHINESE).get_attribute("lang") == "zh-CN"
    assert small.locator("#thread .r1-turn p").filter(has_text=CHINESE).first.get_attribute("lang") == "zh-CN"


def test_the_menu_of_tabs_keeps_the_focus_and_has_a_name(small: Any, server: DeskServer) -> None:
    """2.4.3, 3.1.2 and 4.1.2."""
    open_desk(small, server)
    menu = small.locator(".overflow-menu > button")
    assert (menu.get_attribute("aria-label"), menu.get_attribute("aria-expanded")) == ("More tabs", "false")
    menu.press("Enter")
    small.wait_for_function("document.querySelector('.overflow-menu > button').ariaExpanded === 'true'")
    small.keyboard.press("Tab")
    small.keyboard.press("Enter")
    small.wait_for_function("document.activeElement.matches('#tab-conversations-button')")
    small.click("#language")
    small.wait_for_function("document.querySelector('.overflow-menu > button').ariaLabel === '更多选项卡'")


def test_what_comes_of_an_action_is_said(small: Any, server: DeskServer) -> None:
    """4.1.3; what the desk has done is a status that takes the focus, as test_support_desk.py shows."""
    open_desk(small, server)
    show(small, TABS[-1])
    assert small.locator("#tried").get_attribute("aria-live") == "polite"
    open_chat(small, server.url)
    send(small, CHINESE)
    said = small.locator(".r1-hidden[aria-live=polite]:not([role])").filter(has_text="不确定帮助中心")
    said.wait_for(state="attached")
    assert said.get_attribute("lang") == "zh-CN"


def test_who_does_nothing_is_warned_before_the_desk_signs_out(small: Any, server: DeskServer) -> None:
    """2.2.1."""
    small.clock.install()
    open_desk(small, server)
    warning = small.get_by_role("alert").filter(has_text="less than two minutes")
    small.clock.fast_forward("27:30")
    small.wait_for_timeout(1_000)
    assert warning.count() == 0
    small.clock.fast_forward("00:40")
    warning.wait_for()
    assert small.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with small.expect_request("**/session?used=true"):
        small.keyboard.press("Shift")
        small.clock.fast_forward("00:20")
    assert warning.count() == 0


def test_a_use_that_the_server_did_not_hear_of_is_told_again(small: Any, server: DeskServer) -> None:
    """The page gives up a question that gets no answer, before it asks the next one."""
    small.clock.install()
    open_desk(small, server)
    small.route("**/session?*", lambda _: None)
    small.keyboard.press("Shift")
    with small.expect_event("requestfailed", lambda request: "/session" in request.url, timeout=40_000):
        small.clock.fast_forward("00:20")
    small.unroute("**/session?*")
    with small.expect_request("**/session?used=true"):
        small.clock.fast_forward("00:20")


def test_an_address_can_be_filled_in_by_the_browser(small: Any, server: DeskServer, company: str) -> None:
    """1.3.5 and 3.3.7."""
    open_form(small, server)
    assert small.get_attribute("#email input", "autocomplete") == "email"
    open_widget(small, company)
    assert small.get_attribute(".hand-off input", "autocomplete") == "email"


def test_nothing_moves_for_who_prefers_it(small: Any, company: str) -> None:
    """2.2.2 and 2.3.1: the widget scrolls at once."""
    open_widget(small, company)
    assert small.locator(".talk").evaluate("e => getComputedStyle(e).scrollBehavior") == "auto"
    assert small.evaluate("document.getAnimations().length") == 0


def test_the_form_that_reaches_a_person_shows_the_focus(page: Any, suite: Server) -> None:
    open_chat(page, suite.url)
    page.click("#person")
    page.wait_for_function("() => document.activeElement.matches('#email input')")
    assert page.evaluate(RING) == ""
    assert walk(page, RING) == []
    assert settled(page) == NOTHING_WRONG


def test_boxes_have_an_edge_that_is_seen(page: Any, suite: Server, server: DeskServer) -> None:
    """1.4.11."""
    page.goto(f"{suite.url}/ehr/inbox/")
    page.wait_for_selector("#late input")
    assert set(page.evaluate(EDGES)) == {EDGE[page.scheme]}
    open_desk(page, server)
    assert set(page.evaluate(EDGES)) == {EDGE[page.scheme]}
