"""An operator's actions on stored messages, none of them without a record in the audit trail."""

import asyncio

from adapters.fhir.audit import Access, Action, UserLog, recorded

from .inbox import Inbox


async def read_raw(inbox: Inbox, number: int, log: UserLog) -> bytes:
    """The original bytes of a message, with all its patient data.

    Raises:
        InputError: there is no such message.
        AuditError: the access could not be recorded.
        StorageError: its key is missing, or the database does not answer.
    """
    raw = await asyncio.to_thread(inbox.read, number)
    await log.record(_access(Action.READ, number))
    return raw


async def replay(inbox: Inbox, number: int, log: UserLog, *, out_of_order: bool = False) -> None:
    """Makes a message wait for delivery again.

    Raises:
        InputError: see :meth:`Inbox.replay`.
        AuditError: it could not be recorded; if that was before the change, nothing is done.
        StorageError: the database does not answer.
    """
    what = "replay out of order" if out_of_order else "replay"
    async with recorded(log.record, _access(Action.UPDATE, number, what)):
        await inbox.replay(number, out_of_order=out_of_order)


async def quarantine(inbox: Inbox, number: int, log: UserLog) -> None:
    """Quarantines a waiting message.

    Raises:
        InputError: see :meth:`Inbox.quarantine`.
        AuditError: it could not be recorded; if that was before the change, nothing is done.
        StorageError: the database does not answer.
    """
    async with recorded(log.record, _access(Action.UPDATE, number, "quarantine")):
        await inbox.quarantine(number)


def _access(action: Action, number: int, what: str = "") -> Access:
    return Access(action, "", ("Binary",), note=", ".join(filter(None, (f"HL7 v2 message {number}", what))))
