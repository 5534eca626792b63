"""A message that the FHIR server takes from nobody but does not refuse: what is told of it, and what ends it."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from adapters.fhir.client import FhirClient
from adapters.hl7v2.deliver import Deliverer
from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.message import parse
from adapters.hl7v2.metrics import InboxGauges, InboxMetrics
from apps.commands import root
from core.errors import InputError
from core.vault import PlainVault
from tests.access_log import MemoryLog
from tests.databases import sqlite_database
from tests.hl7_delivery import Server, status, update_of


def deliver(inbox: Inbox, *raws: bytes) -> int:
    """One round of deliveries to a server that is too busy for what has a ZPD; how often that was asked for."""
    asked: list[bytes] = []
    taking = Server()

    def server(request: httpx.Request) -> httpx.Response:
        if b"ZPD-1" not in request.content:
            return taking(request)
        asked.append(request.content)
        return status(429)

    async def run() -> None:
        for raw in raws:
            await inbox.put(raw, parse(raw))
        async with FhirClient("http://127.0.0.1/fhir", log=MemoryLog(), transport=httpx.MockTransport(server)) as fhir:
            deliverer = Deliverer(inbox, fhir)
            for _ in range(10):
                await deliverer.once()

    asyncio.run(run())
    return len(asked)


LIMITED, BEHIND, OTHER = update_of(971, 0) + b"ZPD|busy\r", update_of(971, 1), update_of(972, 0)


def test_a_busy_server_is_not_asked_without_end_and_the_reason_is_told(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    metrics = InboxMetrics()
    InboxGauges(inbox, metrics.registry)
    with caplog.at_level("WARNING"):
        asked = deliver(inbox, LIMITED, BEHIND, OTHER)

    assert asked == 3  # of one delivery
    other, behind, limited = inbox.listed()
    assert (other.state, behind.state, limited.state) == (State.DONE, State.WAITING, State.WAITING)
    assert limited.reason.startswith("The FHIR server answered with HTTP 429")
    assert limited.next_try
    assert 10 < limited.next_try.timestamp() - time.time() <= 30
    assert (behind.reason, inbox.first_before(2), inbox.first_before(1)) == ("", 1, None)
    assert metrics.registry.get_sample_value("r1_inbox_retried_messages") == 1
    assert [record.getMessage() for record in caplog.records] == [
        "Message 1 waits, and others about its patient with it: "
        "The FHIR server answered with HTTP 429 (invalid). The server is busy: try again later"
    ]


def test_why_nothing_can_be_delivered_is_told(inbox: Inbox, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING"):
        deliver(inbox, LIMITED)

    record = caplog.records[0]
    assert "Nothing can be delivered now; the next try is in 0.5 s. Of message 1: The FHIR" in record.getMessage()


def test_what_is_set_aside_holds_up_no_other_message(home: Path, tmp_path: Path) -> None:
    inbox = Inbox(sqlite_database(tmp_path), PlainVault())
    deliver(inbox, LIMITED, BEHIND, OTHER)
    own = {
        "R1_HOME": str(home),
        "R1_DATABASE_URL": inbox.database.url.render_as_string(),
        "R1_INBOX_VOLUME_ENCRYPTED": "true",
        "COLUMNS": "200",
    }

    def shell(*arguments: str) -> str:
        result = CliRunner().invoke(root.app, ["ehr", "inbox", *arguments], env=own)
        if isinstance(result.exception, InputError):
            raise result.exception
        return result.output

    assert "waiting, attempts: 0: The FHIR server answered with HTTP 429" in shell("show", "1")
    assert "It is tried again at 20" in shell("show", "1")
    assert "It waits until message 1 about the same patient is delivered" in shell("show", "2")
    assert "Message 1 is quarantined" in shell("quarantine", "1")
    assert "message 1" not in shell("show", "2")
    deliver(inbox)
    assert [item.state for item in inbox.listed()] == [State.DONE, State.DONE, State.QUARANTINED]
    assert inbox.item(1).reason.startswith("The FHIR server answered with HTTP 429")
    for number in ("1", "2", "9"):
        with pytest.raises(InputError, match="does not wait"):
            shell("quarantine", number)
    inbox.close()


def test_what_is_being_delivered_is_not_set_aside(inbox: Inbox) -> None:
    async def run() -> None:
        await inbox.put(OTHER, parse(OTHER))
        (item,) = await inbox.claim(1)
        with pytest.raises(InputError, match="being delivered"):
            await inbox.quarantine(1)
        assert await inbox.finish(item)

    asyncio.run(run())
    with inbox.database.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM hl7_lane WHERE open")).scalar_one() == 0
