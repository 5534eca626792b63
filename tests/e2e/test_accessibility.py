"""Every page but the clinician's against WCAG 2.2 AA, in light and dark, as far as a browser can measure it."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import Server
from tests.e2e.test_diagnosis_accessibility import NOTHING_WRONG, settled

PAGES = {
    "/": ".r1-cards",
    "/sign-in": "main",
    "/train": "#trainings",
    "/diagnosis/review": "#outcomes",
    "/support/": "#log .r1-greeting",
    "/ehr/inbox/": "#messages p, #messages table",
}
RING = """() => {
  const e = document.activeElement, { outlineStyle, outlineWidth } = getComputedStyle(e);
  const seen = e === document.body || (outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2);
  return seen ? '' : e.outerHTML.slice(0, 90);
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


def without_ring(page: Any) -> list[str]:
    """Where the keyboard's place is not seen."""
    page.evaluate("document.activeElement.blur()")
    hidden = []
    for _ in range(25):
        page.keyboard.press("Tab")
        hidden.append(page.evaluate(RING))
    return [place for place in hidden if place]


@pytest.mark.parametrize("path", PAGES)
def test_texts_controls_and_focus_hold(page: Any, suite: Server, path: str) -> None:
    """1.4.3, 2.4.7, 2.5.8 and 4.1.2."""
    page.goto(suite.url + path)
    page.wait_for_selector(PAGES[path])
    assert settled(page) == NOTHING_WRONG
    assert without_ring(page) == []


def test_the_form_that_reaches_a_person_shows_the_focus(page: Any, suite: Server) -> None:
    page.goto(f"{suite.url}/support/")
    page.wait_for_selector("#log .r1-greeting")
    page.click("#person")
    page.wait_for_function("() => document.activeElement.matches('#email input')")
    assert page.evaluate(RING) == ""
    assert without_ring(page) == []
    assert settled(page) == NOTHING_WRONG


def test_boxes_have_an_edge_that_is_seen(page: Any, suite: Server) -> None:
    """1.4.11."""
    page.goto(f"{suite.url}/ehr/inbox/")
    page.wait_for_selector("#late input")
    assert set(page.evaluate(EDGES)) == {EDGE[page.scheme]}
