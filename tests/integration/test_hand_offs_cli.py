"""``r1 hand-offs forget``; what ``r1 hand-offs`` shows is in ``test_cli``."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from adapters.fhir.audit import AuditTrail, site_key
from apps.commands.root import app
from apps.support.store import SupportStore
from core.errors import InputFormatError
from tests.support_data import hand_off

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("R1_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return lambda *words: CliRunner().invoke(app, ["hand-offs", *words])


def notes(database: Engine, home: Path) -> list[str]:
    """What the audit trail says, newest first."""
    key = site_key(home, may_make=True)
    return [event["outcomeDesc"] for event in AuditTrail(database, key).events()]


def test_a_conversation_is_deleted_and_the_trail_tells(database: Engine, tmp_path: Path, run: Run) -> None:
    store = SupportStore(database)
    first, second = (hand_off(conversation_id=store.start("en")[0]) for _ in range(2))
    for each in (first, second):
        store.hand_off(each)
    done = run("forget", f" {first.reference.lower()} ")
    assert done.exit_code == 0
    assert done.output.splitlines() == [
        f"{first.reference} is deleted, with its conversation.",
        f"Others have the same e-mail address or telephone number: {second.reference}.",
    ]
    assert first.reference not in run().output
    assert second.reference in run().output
    assert store.thread(first.conversation_id) is None
    deleted = f"hand-off {first.reference}: conversation deleted"
    assert notes(database, tmp_path) == [deleted, f"{deleted} requested"]
    last = run("forget", second.reference)
    assert last.output == f"{second.reference} is deleted, with its conversation.\n"


def test_what_is_no_reference_is_told_and_not_recorded(database: Engine, tmp_path: Path, run: Run) -> None:
    failed = run("forget", "ann@example.com")
    assert isinstance(failed.exception, InputFormatError)
    assert "no hand-off of this reference" in str(failed.exception)
    assert notes(database, tmp_path) == []


def test_without_a_reference_nothing_is_deleted(run: Run) -> None:
    assert run("forget").exit_code == 2
