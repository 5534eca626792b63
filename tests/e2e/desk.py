"""What people do on the support desk's pages."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.desk_server import PASSWORD, DeskServer

PATIENT = 60_000  # ms


@contextmanager
def opened(browser: Any, url: str, path: str, locale: str = "en-US", width: int = 1440) -> Iterator[Any]:
    """A page of a new visitor; afterwards nothing has failed, left loopback, or been kept where scripts can read it."""
    context = browser.new_context(locale=locale, viewport={"width": width, "height": 900})
    page, wrong = context.new_page(), []
    page.set_default_timeout(PATIENT)
    page.on("request", lambda sent: sent.url.startswith((url, "data:", "blob:")) or wrong.append(sent.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(url + path)
    yield page
    storage = page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]")
    context.close()
    assert wrong == []
    assert storage == [[], [], ""]


def sign_in(page: Any, name: str, password: str = PASSWORD) -> None:
    """By keyboard alone."""
    page.fill("#name", name)
    page.keyboard.press("Tab")
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def open_tab(page: Any, name: str) -> None:
    """Opens a tab, which on a phone is in a menu."""
    tab = page.get_by_role("tab", name=re.compile(f"^({name})$"))
    in_menu = page.locator(".overflow-dropdown button").filter(has_text=re.compile(f"^\\s*({name})\\s*$"))
    # While the tabs' widths are measured, a tab is in neither place.
    tab.or_(in_menu).first.wait_for(state="attached")
    if in_menu.count():
        page.locator(".overflow-menu > button").first.click()
        in_menu.first.click()
    else:
        tab.first.click()


def filled_in(page: Any) -> None:
    """Waits until the draft's form has the question that was chosen: it would clear an answer typed before."""
    page.wait_for_function("document.querySelector('#draft-question :is(input, textarea)').value !== ''")


@contextmanager
def seeing_unanswered(browser: Any, server: DeskServer, question: str) -> Iterator[tuple[str, Any]]:
    """The id of a conversation that the chat left without an answer, and the page on which an operator sees it."""
    id, _ = server.chat.start("en")
    assert server.chat.say(id, question).action.value != "answer"
    with opened(browser, server.url, "/desk/") as operator:
        sign_in(operator, "Olga")
        operator.locator("#who form").wait_for()
        open_tab(operator, "Unanswered")
        yield id, operator
