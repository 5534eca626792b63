"""What the audit trail gets of an access: before, afterwards, and when either cannot be written."""

import asyncio
from dataclasses import replace

import pytest

from adapters.fhir.audit import Access, Action, Outcome, recorded
from core.errors import AuditError, FhirConflictError, Hl7Error, StorageError
from tests.access_log import MemoryLog

WRITE, READ = (Access(action, "Patient/p", ("Condition",)) for action in (Action.UPDATE, Action.READ))
REQUESTED = replace(WRITE, stage="requested")


def run(log: MemoryLog, access: Access, *, error: BaseException | None = None, told: Access | None = None) -> list[str]:
    """What was done within."""
    done: list[str] = []

    async def go() -> None:
        async with recorded(log.record, access) as recording:
            done.append("done")
            if error:
                raise error
            recording.access = told or access

    try:
        asyncio.run(go())
    except AuditError as failed:
        done.append(failed.kind or "not recorded")
    return done


def test_a_change_is_recorded_before_and_afterwards_and_a_read_once() -> None:
    log = MemoryLog()
    more = replace(WRITE, resources=("Condition/1",))

    run(log, WRITE, told=more)
    run(log, READ)

    assert log.accesses == [REQUESTED, more, READ]


@pytest.mark.parametrize("access", [WRITE, READ, replace(WRITE, action=Action.EXPORT)])
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (FhirConflictError("x", status=412), 412),
        (Hl7Error("x"), 0),
        (StorageError("x"), 0),
        (ValueError("x"), 0),
        (asyncio.CancelledError(), 0),
        (KeyboardInterrupt(), 0),
    ],
)
def test_whatever_ends_it_is_recorded_as_a_failure(access: Access, error: BaseException, status: int) -> None:
    log = MemoryLog()

    with pytest.raises(type(error)):
        run(log, access, error=error)

    assert log.accesses[-1] == replace(access, outcome=Outcome.FAILURE, status=status)


def test_without_the_first_record_nothing_is_done() -> None:
    assert run(MemoryLog(0), WRITE) == ["not recorded"]


@pytest.mark.parametrize("error", [None, Hl7Error("x")])
def test_without_the_last_record_a_change_is_told_as_perhaps_done(error: Exception | None) -> None:
    assert run(MemoryLog(1), WRITE, error=error) == ["done", "outcome_not_recorded"]


def test_a_read_without_its_record_is_not_handed_out() -> None:
    assert run(MemoryLog(0), READ) == ["done", "not recorded"]
