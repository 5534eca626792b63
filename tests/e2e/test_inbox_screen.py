"""An integrating engineer in the browser: what failed and why, what it becomes, the raw message, and once more."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.fhir.audit import AuditTrail, site_key
from adapters.hl7v2.inbox import Inbox, Listed
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.message import parse
from apps.ui.texts import t
from core.settings import load_settings
from core.vault import PlainVault
from tests.databases import sqlite_database
from tests.e2e.conftest import Server, Visit
from tests.unit.hl7v2.hl7_data import ADMIT

WHY = "The FHIR server answered with HTTP 422 (business-rule)"


@pytest.fixture
def inbox(suite: Server) -> Iterator[Inbox]:
    made = Inbox(sqlite_database(suite.log.parent), PlainVault())
    yield made
    made.close()


@pytest.fixture
def quarantined(inbox: Inbox, request: pytest.FixtureRequest) -> Listed:
    """A message that failed. In a thread, since playwright's event loop runs in this one."""
    raw = ADMIT.replace(b"|C1|", f"|{request.node.callspec.id}|".encode())

    async def run() -> None:
        await inbox.put(raw, parse(raw))
        for item in await inbox.claim(16):
            await inbox.finish(item, State.QUARANTINED, WHY)

    in_thread(run())
    return inbox.listed(State.QUARANTINED)[0]


def in_thread(work: Any) -> None:
    import asyncio

    thread = threading.Thread(target=asyncio.run, args=(work,))
    thread.start()
    thread.join()


def test_a_failed_message_is_looked_at_and_delivered_again(
    visit: Visit, suite: Server, inbox: Inbox, quarantined: Listed
) -> None:
    page = visit.page
    page.goto(f"{suite.url}/")
    page.locator("a[href^='/ehr/inbox/?lang=']").click()
    row = page.locator("#messages tr", has_text=quarantined.control_id)
    row.wait_for()
    chinese = page.evaluate("navigator.language") == "zh-CN"
    assert ("FHIR 服务器返回 HTTP 422 (business-rule)" if chinese else WHY) in row.inner_text()
    page.wait_for_selector("#server .ib-off")
    assert page.inner_text("#state").startswith(t("inbox.messages", "zh" if chinese else "en"))  # unseen, but read out

    page.locator("#state input:checked").focus()
    page.keyboard.press("ArrowRight")
    row.wait_for(state="detached")
    page.keyboard.press("ArrowLeft")
    row.locator(".ib-choose").click()
    page.wait_for_function(f"document.querySelector('#number input').value === '{quarantined.id}'")
    page.click("#look")
    page.wait_for_selector("#said .ib-shown")
    assert "1 Patient" in page.inner_text("#said")
    assert "Okafor" not in page.content()

    page.click("#show")
    page.wait_for_selector("#said pre")
    assert "Okafor" in page.inner_text("#said pre")
    (event, *_) = AuditTrail(inbox.database, site_key(load_settings().home)).events()
    assert event["outcomeDesc"] == f"HL7 v2 message {quarantined.id}"

    page.click("#replay")
    page.wait_for_selector("#said .r1-done")
    assert quarantined.id in {item.id for item in inbox.listed(State.WAITING)}
    row.wait_for(state="detached")
    page.click("#replay")
    page.wait_for_selector("#said .r1-notice")
    page.click("#language")
    page.wait_for_selector("#said:not(:has(.r1-notice))", state="attached")
    assert "HL7 v2" in page.inner_text("h1")
