"""Operations on the inbox that the page offers."""

import asyncio
from dataclasses import dataclass

from adapters.fhir.audit import AuditTrail
from adapters.fhir.capability import missing
from adapters.fhir.elements import inner, string
from adapters.hl7v2.inbox import Inbox, Listed
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.message import parse, readable
from adapters.hl7v2.metrics import lag_of
from adapters.hl7v2.operating import read_raw, replay
from adapters.hl7v2.to_fhir import Conversion, convert
from apps.bootstrap import open_fhir
from core.errors import InputError
from core.settings import Settings

SHOWN = 50  # messages in a list


@dataclass(frozen=True, slots=True)
class Overview:
    """The inbox at a point in time.

    Attributes:
        counts: number of messages by state.
        lag: seconds that the oldest message has been waiting; 0 if none is.
        messages: the newest ones in the requested state.
        zone: assumed for times without one.
    """

    counts: dict[State, int]
    lag: float
    messages: list[Listed]
    zone: str


@dataclass(frozen=True, slots=True)
class FhirServer:
    """The FHIR server that messages go to.

    Attributes:
        software: its name and version, if stated.
        missing: what it cannot do, one sentence each.
    """

    url: str
    software: str
    missing: list[str]


@dataclass(frozen=True, slots=True)
class InboxService:
    """The inbox and the FHIR server that it delivers to."""

    inbox: Inbox
    settings: Settings
    trail: AuditTrail

    def overview(self, state: State) -> Overview:
        """Counts, lag and the newest messages in a state, without patient data."""
        return Overview(
            self.inbox.counts(), lag_of(self.inbox), self.inbox.listed(state, SHOWN), self.settings.message_timezone
        )

    def look(self, number: int) -> Conversion:
        """What a message becomes in FHIR.

        Raises:
            InputError: there is no message with that number, or it cannot be converted.
            StorageError: its key is missing.
        """
        message = parse(self.inbox.read(number), default_charset=self.settings.message_charset)
        return convert(message, source="0" * 64, systems=self.inbox.systems)

    async def raw(self, number: int, user: str) -> str:
        """A message as received, once the access by ``user`` is in the audit trail.

        Raises:
            InputError: there is no message with that number.
            AuditError: the access could not be recorded.
            StorageError: its key is missing.
        """
        body = await read_raw(self.inbox, number, self.trail.user(user))
        return readable(body, default_charset=self.settings.message_charset)

    async def replay(self, number: int, user: str, *, out_of_order: bool) -> None:
        """Queues a message for delivery again, once the request by ``user`` is in the audit trail.

        Raises:
            InputError: it cannot be replayed, or a later message of the same patient is done.
            AuditError: it could not be recorded.
            StorageError: the database cannot be written.
        """
        await replay(self.inbox, number, self.trail.user(user), out_of_order=out_of_order)

    async def replay_quarantined(self, user: str) -> tuple[int, int]:
        """Queues all quarantined messages for delivery again, oldest first, each as by :meth:`replay`.

        Returns:
            How many wait again, and how many stay because a later message of the same patient is done.

        Raises:
            AuditError: one could not be recorded; it and the later ones stay.
            StorageError: the database cannot be written.
        """
        quarantined = await asyncio.to_thread(self.inbox.numbers, State.QUARANTINED)
        again = 0
        for number in quarantined:
            try:
                await self.replay(number, user, out_of_order=False)
                again += 1
            except InputError:
                pass
        return again, len(quarantined) - again

    async def server(self, user: str) -> FhirServer | None:
        """What the FHIR server says about itself; None if none is configured.

        Raises:
            FhirServerError: it does not answer.
            FhirVersionError: it speaks another release.
            SettingsError: its address or the token cannot be used.
        """
        if self.settings.fhir_url is None:
            return None
        async with open_fhir(self.settings, self.trail.user(user)) as client:
            statement = await client.capabilities()
        told = inner(statement.get("software"))
        software = " ".join(filter(None, (string(told.get("name")), string(told.get("version")))))
        return FhirServer(self.settings.fhir_url, software, missing(statement))
