"""The audit trail in a real database: what it keeps, and that no change goes unseen."""

import asyncio
import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy.event
from sqlalchemy import Engine, text

from adapters.fhir.audit import Access, Action, AuditTrail, Outcome, has_events, site_key
from core.errors import AuditError, SettingsError

KEY = b"k" * 32


@pytest.fixture
def database(each_database: Engine) -> Engine:
    return each_database


@pytest.fixture
def trail(database: Engine) -> AuditTrail:
    """Five reads of three patients."""
    trail = AuditTrail(database, KEY)
    for number in range(5):
        access = Access(Action.READ, f"Patient/{number % 3}", ("Condition", f"Observation/secret-{number}"))
        trail.append(access, user="dr-who")
    return trail


def change(database: Engine, *statements: str) -> None:
    with database.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_an_event_says_who_and_what_and_no_patient(trail: AuditTrail) -> None:
    (event,) = trail.events("Patient/1", limit=1)
    written = json.dumps(event)

    assert event["meta"]["profile"] == [
        "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead"
    ]
    assert event["agent"][1]["who"]["identifier"]["value"] == "dr-who"
    assert event["entity"][0]["what"]["identifier"]["value"] == trail.pseudonym("Patient/1")
    assert "Patient/1" not in written
    assert "secret" not in written
    assert len(trail.events("Patient/1")) == 2
    assert len(trail.events()) == 5


def test_events_are_valid_r4(trail: AuditTrail) -> None:
    from fhir.resources.R4B.auditevent import AuditEvent

    trail.append(Access(Action.CREATE, "Patient/1", ("Condition",), Outcome.FAILURE, "requested", 412), user="u")
    trail.append(Access(Action.EXPORT, "", ("Patient",)), user="u")
    for event in trail.events():
        AuditEvent.model_validate(event)


def test_pseudonyms_need_the_key(database: Engine, trail: AuditTrail) -> None:
    other = AuditTrail(database, b"o" * 32)

    assert trail.pseudonym("Patient/1") != other.pseudonym("Patient/1")
    assert trail.pseudonym("") == ""
    with pytest.raises(AuditError):
        other.verify()
    with pytest.raises(SettingsError, match="32 bytes"):
        AuditTrail(database, b"short")


def test_an_untouched_trail_is_verified(trail: AuditTrail) -> None:
    before = trail.verify()
    trail.append(Access(Action.READ, "Patient/9"), user="u")
    after = trail.verify(before.head)

    assert (before.events, after.events) == (5, 6)


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["UPDATE audit_event SET event = replace(event, 'dr-who', 'dr-no') WHERE number = 3"], "Event 3 .* changed"),
        (["UPDATE audit_event SET patient = 'nobody' WHERE number = 2"], "Event 2 .* changed"),
        (["UPDATE audit_event SET seal = 'x' WHERE number = 4"], "Event 4 .* changed"),
        (["DELETE FROM audit_event WHERE number = 2"], "Event 2 .* missing"),
        (["DELETE FROM audit_event WHERE number = 5"], "Event 5 .* missing"),
        (
            ["DELETE FROM audit_event WHERE number = 2", "UPDATE audit_event SET number = number - 1 WHERE number > 2"],
            "Event 2 .* changed or moved",
        ),
        (
            [
                "UPDATE audit_event SET number = 99 WHERE number = 2",
                "UPDATE audit_event SET number = 2 WHERE number = 3",
                "UPDATE audit_event SET number = 3 WHERE number = 99",
            ],
            "Event 2 .* changed or moved",
        ),
        (
            [
                "INSERT INTO audit_event SELECT 6, patient, event, seal FROM audit_event WHERE number = 5",
                "UPDATE audit_head SET count = 6",
            ],
            "Event 6 .* changed",
        ),
        (
            ["DELETE FROM audit_event WHERE number = 5", "UPDATE audit_head SET count = 4"],
            "Event 5 .* missing",
        ),
    ],
)
def test_a_change_a_removal_and_a_new_order_are_seen(
    database: Engine, trail: AuditTrail, statements: list[str], message: str
) -> None:
    change(database, *statements)

    with pytest.raises(AuditError, match=message):
        trail.verify()


def test_a_trail_that_was_put_back_is_seen_by_a_noted_seal(database: Engine, trail: AuditTrail) -> None:
    noted = trail.verify().head
    change(database, "DELETE FROM audit_event", "UPDATE audit_head SET count = 0, seal = ''")

    assert trail.verify().events == 0
    with pytest.raises(AuditError, match="noted seal"):
        trail.verify(noted)


def test_what_is_added_while_the_trail_is_verified_is_no_tampering(database: Engine, trail: AuditTrail) -> None:
    added: list[int] = []

    @sqlalchemy.event.listens_for(database, "before_cursor_execute")
    def add_one(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM audit_event" in statement and not added:
            added.append(trail.append(Access(Action.READ, "Patient/9"), user="u"))

    verified = trail.verify()

    assert added == [verified.events] == [6]
    assert trail.verify(verified.head) == verified


def test_many_writers_make_one_chain(trail: AuditTrail) -> None:
    def write() -> None:
        for _ in range(10):
            trail.append(Access(Action.READ, "Patient/1"), user="u")

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert trail.verify().events == 45


@pytest.mark.parametrize("break_it", ["DROP TABLE audit_event", "DELETE FROM audit_head"])
def test_a_trail_that_cannot_be_written_says_so(database: Engine, trail: AuditTrail, break_it: str) -> None:
    change(database, break_it)

    with pytest.raises(AuditError, match="cannot be written"):
        asyncio.run(trail.user("u").record(Access(Action.READ, "Patient/1")))


def test_a_trail_that_cannot_be_read_says_so(database: Engine, trail: AuditTrail) -> None:
    change(database, "DROP TABLE audit_event", "DROP TABLE audit_head")

    for read in (trail.verify, trail.events, lambda: has_events(database)):
        with pytest.raises(AuditError, match="cannot be read"):
            read()


def test_the_key_of_the_site_is_made_once_and_private(tmp_path: Path) -> None:
    keys: list[bytes] = []
    make: Callable[[], None] = lambda: keys.append(site_key(tmp_path / "home"))  # noqa: E731
    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert len(keys[0]) >= 32
    assert [(file.name, file.stat().st_mode & 0o777) for file in (tmp_path / "home").iterdir()] == [
        ("audit.key", 0o600)
    ]
    assert site_key(tmp_path, "configured") == b"configured"


def test_no_new_key_is_made_for_a_trail_that_has_one(database: Engine, tmp_path: Path) -> None:
    assert not has_events(database)
    AuditTrail(database, site_key(tmp_path, may_make=True)).append(Access(Action.READ, "Patient/1"), user="u")
    key = (tmp_path / "audit.key").read_bytes()
    (tmp_path / "audit.key").unlink()

    assert has_events(database)
    with pytest.raises(AuditError, match="is gone"):
        site_key(tmp_path, may_make=not has_events(database))
    assert list(tmp_path.glob("audit.key*")) == []
    assert site_key(tmp_path, key.decode(), may_make=False) == key


def test_a_damaged_key_is_told_as_the_file_that_it_is(tmp_path: Path) -> None:
    (tmp_path / "audit.key").write_bytes(b"")
    with pytest.raises(AuditError, match=r"audit\.key in R1_HOME is damaged"):
        site_key(tmp_path)
