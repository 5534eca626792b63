"""What an operator does with a stored message, each of which the audit trail has to know first."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace as changed

from adapters.fhir.audit import Access, Action, Outcome, UserLog
from core.errors import R1Error

from .inbox import Inbox


async def read_raw(inbox: Inbox, number: int, log: UserLog) -> bytes:
    """The bytes of a message as they came, with all its patient data.

    Raises:
        InputError: there is none of that number.
        AuditError: that somebody looks could not be recorded.
        StorageError: its key is absent.
    """
    raw = await asyncio.to_thread(inbox.read, number)
    await log.record(_access(Action.READ, number))
    return raw


async def replay(inbox: Inbox, number: int, log: UserLog, *, out_of_order: bool = False) -> None:
    """Lets a message be worked on again.

    Raises:
        InputError: as :meth:`Inbox.replay`.
        AuditError: it could not be recorded; where that was before, nothing is done.
        StorageError: the database does not answer.
    """
    what = "replay out of order" if out_of_order else "replay"
    await _recorded(log, number, what, lambda: inbox.replay(number, out_of_order=out_of_order))


async def quarantine(inbox: Inbox, number: int, log: UserLog) -> None:
    """Sets a waiting message aside.

    Raises:
        InputError: as :meth:`Inbox.quarantine`.
        AuditError: it could not be recorded; where that was before, nothing is done.
        StorageError: the database does not answer.
    """
    await _recorded(log, number, "quarantine", lambda: inbox.quarantine(number))


async def _recorded(log: UserLog, number: int, what: str, change: Callable[[], Awaitable[None]]) -> None:
    """Makes a change that the trail has before, as requested, and afterwards with its outcome."""
    access = _access(Action.UPDATE, number, what)
    await log.record(changed(access, stage="requested"))
    try:
        await change()
    except R1Error:
        await log.record(changed(access, outcome=Outcome.FAILURE))
        raise
    await log.record(access)


def _access(action: Action, number: int, what: str = "") -> Access:
    return Access(action, "", ("Binary",), note=", ".join(filter(None, (f"HL7 v2 message {number}", what))))
