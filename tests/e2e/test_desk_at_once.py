"""Quick choices at the support desk: what is sent, closed, published or dismissed is what is shown."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.desk_server import DeskServer, desk_server
from tests.e2e.desk import PATIENT, filled_in, open_tab, opened, seeing_unanswered, sign_in


@pytest.fixture(scope="module")
def server(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskServer]:
    with desk_server(home, tmp_path_factory.mktemp("desk")) as running:
        yield running


def at_once(page: Any, *pressed: str) -> None:
    """Presses buttons (``#id``) and rows of a list (by a part of their words) before any of them is answered."""
    page.evaluate(
        """async (pressed) => {
          for (const each of pressed) {
            const rows = [...document.querySelectorAll('.desk-list label')];
            (rows.find((row) => row.textContent.includes(each)) ?? document.querySelector(each)).click();
            await new Promise((done) => setTimeout(done, 10));
          }
        }""",
        pressed,
    )


def eventually(happened: Callable[[], object]) -> None:
    """Waits for what the server does; what it says of that may be gone from the page with the next choice."""
    end = time.monotonic() + PATIENT / 1_000
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_of_two_choices_at_once_the_last_is_shown(browser: Any, server: DeskServer) -> None:
    names = [f"{name}{time.time_ns()}" for name in ("cy", "di", "ed")]
    for name in names:
        id, _ = server.chat.start("en")
        server.chat.hand_off(id, email=f"{name}@example.com", note=name, language="en")
    with opened(browser, server.url, "/desk/") as page:
        sign_in(page, "Olga")
        page.locator("#waiting-list label").filter(has_text=names[0]).click()
        page.locator("#thread").filter(has_text=names[0]).wait_for()
        at_once(page, *names[1:])
        page.locator("#thread").filter(has_text=f"{names[2]}@example.com").wait_for()
        assert names[2] in page.inner_text("#waiting-list label:has(input:checked)")


def test_what_was_typed_for_one_customer_never_goes_to_the_next(browser: Any, server: DeskServer) -> None:
    fay, gus = (f"{name}{time.time_ns()}" for name in ("fay", "gus"))
    ids = {}
    for name in (fay, gus):
        ids[name], _ = server.chat.start("en")
        server.chat.hand_off(ids[name], email=f"{name}@example.com", note=name, language="en")

    def told(name: str) -> list[str]:
        return [each.text for each in server.chat.store.messages(ids[name]) if each.author == "desk"]

    with opened(browser, server.url, "/desk/") as page:
        sign_in(page, "Olga")
        rows, text = page.locator("#waiting-list label"), page.locator("#answer textarea")
        rows.filter(has_text=fay).click()
        page.locator("#thread").filter(has_text=f"{fay}@example.com").wait_for()
        text.fill("For Fay.")
        at_once(page, gus, "#send")
        page.locator("#thread").filter(has_text=f"{gus}@example.com").wait_for()
        eventually(lambda: told(fay) + told(gus))
        assert (told(fay), told(gus)) == (["For Fay."], [])
        answered = rows.filter(has_text=fay).filter(has_text="answered")
        answered.wait_for()  # below those that wait: a click before would meet another row
        answered.click()
        page.locator("#thread").filter(has_text="For Fay.").wait_for()
        assert text.input_value() == ""  # it is sent
        text.fill("More.")
        at_once(page, "#send", gus)
        page.locator("#thread").filter(has_text=f"{gus}@example.com").wait_for()
        rows.filter(has_text=fay).click()
        page.locator("#thread").filter(has_text="More.").wait_for()
        assert text.input_value() == ""
        assert (told(fay), told(gus)) == (["For Fay.", "More."], [])
        at_once(page, gus, "#close")
        page.locator("#thread").filter(has_text=f"{gus}@example.com").wait_for()
        eventually(lambda: server.chat.store.open_hand_off(ids[fay]) is None)
        assert server.chat.store.open_hand_off(ids[gus])


def test_what_is_typed_for_a_customer_whom_somebody_else_closes_stays(browser: Any, server: DeskServer) -> None:
    name = f"hal{time.time_ns()}"
    id, _ = server.chat.start("en")
    reference = server.chat.hand_off(id, email=f"{name}@example.com", note=name, language="en").reference
    with opened(browser, server.url, "/desk/") as page:
        sign_in(page, "Olga")
        page.locator("#waiting-list label").filter(has_text=name).click()
        page.locator("#thread").filter(has_text=f"{name}@example.com").wait_for()
        page.fill("#answer textarea", "What Olga is still typing.")
        server.chat.answer(reference, "Pavel was faster.", close=True, signed="Pavel")
        page.locator("#thread").filter(has_text="Pavel was faster.").wait_for(timeout=PATIENT)
        assert "Somebody else has closed this" in page.inner_text("#thread")
        assert page.input_value("#answer textarea") == "What Olga is still typing."
        assert not page.locator("#waiting-list label").filter(has_text=name).count()
        page.click("#send")
        page.locator("#answer").wait_for(state="hidden")
        assert server.chat.store.messages(id)[-1].text == "What Olga is still typing."
        assert server.chat.store.open_hand_off(id) is None


def test_what_is_decided_about_is_the_draft_that_is_shown(browser: Any, server: DeskServer) -> None:
    names = [f"Do you sell {name}{time.time_ns()}?" for name in ("hats", "ink")]
    hats, ink = (server.drafts.write(name, "No.", "en", "Olga").id for name in names)
    with opened(browser, server.url, "/desk/") as page:
        sign_in(page, "Pavel")
        page.locator("#who form").wait_for()
        open_tab(page, "FAQ")
        page.locator("#drafts label").filter(has_text=names[0]).click()
        page.locator("#draft").filter(has_text=names[0]).wait_for()
        network = page.context.new_cdp_session(page)
        slow = {"offline": False, "latency": 0, "downloadThroughput": 300, "uploadThroughput": -1}
        network.send("Network.emulateNetworkConditions", slow)
        page.locator("#drafts label").filter(has_text=names[1]).click()
        page.wait_for_timeout(1_000)  # the server has answered, and the page does not know it yet
        assert names[0] in page.inner_text("#draft")
        page.locator("#reject-draft").click()
        page.wait_for_timeout(1_000)
        network.send("Network.emulateNetworkConditions", slow | {"downloadThroughput": -1})
        page.locator("#notice [role=status]").filter(has_text="Rejected").wait_for()
    left = [draft.id for draft in server.drafts.open()]
    assert (hats in left, ink in left) == (False, True)


def test_what_is_dismissed_or_saved_are_the_questions_that_are_shown(browser: Any, server: DeskServer) -> None:
    first, second, third = "Why do cats purr?", "Who built the pyramids of Giza?", "When does the comet return?"
    for question in (first, second):
        id, _ = server.chat.start("en")
        assert server.chat.say(id, question).action.value != "answer"
    with seeing_unanswered(browser, server, third) as (_, page):
        rows = page.locator("#clusters label")
        rows.filter(has_text=first).click()
        filled_in(page)
        at_once(page, second, "#dismiss")
        rows.filter(has_text=first).wait_for(state="detached")
        rows.filter(has_text=second).click()
        page.wait_for_function(
            "(asked) => document.querySelector('#draft-question :is(input, textarea)').value === asked", arg=second
        )
        page.fill("#draft-answer textarea", "We do not know.")
        at_once(page, third, "#save-draft")
        page.wait_for_function("document.querySelector('#draft-answer textarea').value === ''")
    saved = next(draft.entry for draft in server.drafts.open() if draft.entry.title == second)
    assert saved.questions == (second,)
