"""What operators do with the inbox, from the terminal and the page: the audit trail has it first, or it is not done."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from adapters.fhir.audit import AuditTrail
from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.message import parse
from apps.commands import root
from apps.inbox.service import InboxService
from core.errors import AuditError, InputError, R1Error
from core.settings import Settings
from core.vault import PlainVault
from tests.databases import sqlite_database
from tests.hl7_delivery import KEY, update_of

Shell = Callable[..., str]


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    """With three messages that wait, the first two of one patient."""
    made = Inbox(sqlite_database(tmp_path), PlainVault())

    async def put() -> None:
        for raw in (update_of(971, 0), update_of(971, 1), update_of(972, 0)):
            await made.put(raw, parse(raw))

    asyncio.run(put())
    yield made
    made.close()


@pytest.fixture
def shell(inbox: Inbox, home: Path) -> Shell:
    own = {
        "R1_HOME": str(home),
        "R1_DATABASE_URL": inbox.database.url.render_as_string(),
        "R1_INBOX_VOLUME_ENCRYPTED": "true",
        "R1_AUDIT_KEY": KEY.decode(),
        "COLUMNS": "200",
    }

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(root.app, list(arguments), env=own)
        if isinstance(result.exception, R1Error):
            raise result.exception
        return result.output

    return run


def recorded(inbox: Inbox) -> list[tuple[str, str]]:
    """What the trail says of each event, and its outcome, oldest first."""
    events = AuditTrail(inbox.database, KEY).events()
    return [(event["outcomeDesc"], event["outcome"]) for event in reversed(events)]


def states(inbox: Inbox) -> list[str]:
    return [item.state for item in reversed(inbox.listed())]


def break_trail(inbox: Inbox) -> None:
    with inbox.database.begin() as connection:
        connection.execute(text("ALTER TABLE audit_event RENAME TO gone"))


def test_the_terminal_records_what_it_does_to_messages(shell: Shell, inbox: Inbox, tmp_path: Path) -> None:
    shell("ehr", "inbox", "quarantine", "1", "2")
    with pytest.raises(InputError):
        shell("ehr", "inbox", "quarantine", "1")
    shell("ehr", "inbox", "replay", "2")
    shell("ehr", "inbox", "replay", "1", "--out-of-order")
    (tmp_path / "more.hl7").write_bytes(update_of(973, 0) + update_of(974, 0))
    shell("ehr", "inbox", "add", str(tmp_path / "more.hl7"))

    first, *_ = AuditTrail(inbox.database, KEY).events()
    assert first["agent"][1]["who"]["identifier"]["value"].startswith("terminal:")
    assert recorded(inbox) == [
        ("HL7 v2 message 1, quarantine requested", "0"),
        ("HL7 v2 message 1, quarantine", "0"),
        ("HL7 v2 message 2, quarantine requested", "0"),
        ("HL7 v2 message 2, quarantine", "0"),
        ("HL7 v2 message 1, quarantine requested", "0"),
        ("HL7 v2 message 1, quarantine", "8"),
        ("HL7 v2 message 2, replay requested", "0"),
        ("HL7 v2 message 2, replay", "0"),
        ("HL7 v2 message 1, replay out of order requested", "0"),
        ("HL7 v2 message 1, replay out of order", "0"),
        ("2 HL7 v2 messages taken from a file requested", "0"),
        ("2 HL7 v2 messages taken from a file", "0"),
    ]
    told = shell("audit", "list")
    assert told.count("failed: HL7 v2") == told.count("failed") == 1


def test_without_the_trail_the_terminal_does_nothing(shell: Shell, inbox: Inbox, tmp_path: Path) -> None:
    (tmp_path / "more.hl7").write_bytes(update_of(973, 0))
    shell("ehr", "inbox", "quarantine", "3")
    break_trail(inbox)
    for arguments in (["quarantine", "1"], ["replay", "3"], ["add", str(tmp_path / "more.hl7")]):
        with pytest.raises(AuditError):
            shell("ehr", "inbox", *arguments)
    assert states(inbox) == [State.WAITING, State.WAITING, State.QUARANTINED]


def test_the_page_records_who_has_messages_delivered_again(inbox: Inbox) -> None:
    for number in (1, 2, 3):
        asyncio.run(inbox.quarantine(number))
    service = InboxService(inbox, Settings(inbox_volume_encrypted=True), AuditTrail(inbox.database, KEY))
    asyncio.run(service.replay(1, "ann", out_of_order=True))
    assert asyncio.run(service.replay_quarantined("ann")) == (2, 0)

    assert [said for said, _ in recorded(inbox)] == [
        f"HL7 v2 message {number}, replay{how}{stage}"
        for number, how in ((1, " out of order"), (2, ""), (3, ""))
        for stage in (" requested", "")
    ]
    users = {event["agent"][1]["who"]["identifier"]["value"] for event in service.trail.events()}
    assert users == {"ann"}


def test_without_the_trail_the_page_delivers_nothing_again(inbox: Inbox) -> None:
    asyncio.run(inbox.quarantine(3))
    service = InboxService(inbox, Settings(inbox_volume_encrypted=True), AuditTrail(inbox.database, KEY))
    break_trail(inbox)
    with pytest.raises(AuditError):
        asyncio.run(service.replay(3, "ann", out_of_order=False))
    with pytest.raises(AuditError):
        asyncio.run(service.replay_quarantined("ann"))
    assert states(inbox) == [State.WAITING, State.WAITING, State.QUARANTINED]
