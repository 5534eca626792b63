"""What an operator does with a stored message, each of which the audit trail has to know first."""

import asyncio

from adapters.fhir.audit import Access, Action, UserLog, recorded

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
    async with recorded(log.record, _access(Action.UPDATE, number, what)):
        await inbox.replay(number, out_of_order=out_of_order)


async def quarantine(inbox: Inbox, number: int, log: UserLog) -> None:
    """Sets a waiting message aside.

    Raises:
        InputError: as :meth:`Inbox.quarantine`.
        AuditError: it could not be recorded; where that was before, nothing is done.
        StorageError: the database does not answer.
    """
    async with recorded(log.record, _access(Action.UPDATE, number, "quarantine")):
        await inbox.quarantine(number)


def _access(action: Action, number: int, what: str = "") -> Access:
    return Access(action, "", ("Binary",), note=", ".join(filter(None, (f"HL7 v2 message {number}", what))))
