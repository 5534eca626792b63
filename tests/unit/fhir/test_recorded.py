"""What the audit trail gets of an access: before, afterwards, and when either cannot be written."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import cast

import pytest

from adapters.fhir.audit import Access, Action, AuditTrail, Outcome, UserLog, recorded
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


class QueueingTrail:
    def __init__(self) -> None:
        self.stages: list[str] = []

    def append(self, access: Access, *, user: str) -> None:
        self.stages.append(access.stage or access.outcome)


def test_what_came_of_a_change_is_recorded_though_it_is_cancelled_meanwhile() -> None:
    """The one thread is not free when the change is made, and whoever asked for it waits no longer."""
    trail, written = QueueingTrail(), asyncio.Event()

    async def write() -> None:
        async with recorded(UserLog(cast(AuditTrail, trail), "nurse").record, WRITE):
            asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.3)
            written.set()

    async def go() -> None:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        writing = asyncio.create_task(write())
        await written.wait()
        await asyncio.sleep(0.05)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing

    asyncio.run(go())
    assert trail.stages == ["requested", Outcome.SUCCESS]
