"""Looks at a stored message as it came, which the audit trail has to know first."""

import asyncio

from adapters.fhir.audit import Access, Action, UserLog

from .inbox import Inbox


async def read_raw(inbox: Inbox, number: int, log: UserLog) -> bytes:
    """The bytes of a message as they came, with all its patient data.

    Raises:
        InputError: there is none of that number.
        AuditError: that somebody looks could not be recorded.
        StorageError: its key is absent.
    """
    raw = await asyncio.to_thread(inbox.read, number)
    await log.record(Access(Action.READ, "", ("Binary",), note=f"HL7 v2 message {number}"))
    return raw
