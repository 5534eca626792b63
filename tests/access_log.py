"""A hand-written audit trail in memory."""

from adapters.fhir.audit import Access
from core.errors import AuditError


class MemoryLog:
    """Keeps what is recorded; a full one takes nothing more."""

    def __init__(self, room: int = 10**9) -> None:
        self.room = room
        self.accesses: list[Access] = []

    async def record(self, access: Access) -> None:
        if len(self.accesses) >= self.room:
            raise AuditError("The audit trail is full")
        self.accesses.append(access)
