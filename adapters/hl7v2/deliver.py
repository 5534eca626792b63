"""Delivers the inbox to the FHIR server: in order, with retries, and with a quarantine for what cannot be delivered."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, tzinfo
from enum import Enum, auto

from adapters.fhir.client import FhirClient
from core.errors import (
    AuditError,
    FhirConflictError,
    FhirNotFoundError,
    FhirRejectedError,
    FhirServerError,
    InputError,
    R1Error,
    StorageError,
)

from .inbox import DELETED_AT_ONCE, LEASE_SECONDS, Claimed, Inbox
from .inbox_tables import State
from .message import parse
from .metrics import InboxMetrics
from .reconcile import Reconciled, reconcile
from .to_fhir import Conversion, convert

_log = logging.getLogger(__name__)
_BATCH = 16  # messages at a time, each of another patient
_MOST_ATTEMPTS = 8
_LONGEST_DELAY = 300.0  # seconds between two attempts: eight take a quarter of an hour
_TO_DO = "The server accepts other messages: see its log, and replay this one when the cause is gone"
_LONGEST_PAUSE = 15.0  # seconds while the server accepts nothing; messages that it did not accept wait twice as long
_CLEANUP_EVERY = 3600.0  # seconds between two searches for old messages
_POLL = 0.25  # seconds between two polls of an empty inbox


@dataclass(frozen=True, slots=True)
class _NotDelivered:
    """A failed delivery: the message may be to blame, or the server and the network.

    Attributes:
        reason: what happened.
        suspect: whether the message may be to blame, if the server accepts others.
        wait: seconds that the server asks us to wait.
    """

    reason: str
    suspect: bool = True
    wait: float = 0.0


class _Settled(Enum):
    """A message that this round is done with: delivered, quarantined, or put back because it may be at fault."""

    ANSWERED = auto()  # the server accepted or rejected it
    NOT_ASKED = auto()  # which says nothing about the server


class Deliverer:
    """Works through the inbox. Any number may run, in any number of processes.

    Args:
        inbox: where the messages are.
        client: of the FHIR server that they go to. What its audit trail cannot record is not delivered.
        zone: for times that name none.
        charset: for messages that name none.
        metrics: counts the outcomes of messages.
    """

    def __init__(
        self,
        inbox: Inbox,
        client: FhirClient,
        *,
        zone: tzinfo = UTC,
        charset: str = "utf-8",
        metrics: InboxMetrics | None = None,
    ) -> None:
        self._inbox = inbox
        self._client = client
        self._zone = zone
        self._charset = charset
        self._metrics = metrics or InboxMetrics()
        self._pause = 0.0
        self._accepts = False  # whether the server has accepted anything since a whole batch failed

    async def run(self) -> None:
        """Delivers until it is cancelled; messages held then are handed out again when their leases expire."""
        while True:
            try:
                found = await self.once()
            except StorageError as error:
                _log.error("The inbox cannot be read: %s", error.message)
                found, self._pause = 0, min(2 * self._pause or 1.0, _LONGEST_PAUSE)
            if self._pause:
                await asyncio.sleep(self._pause)
            elif not found:
                await asyncio.sleep(_POLL)

    async def once(self) -> int:
        """Delivers what may be delivered now.

        Returns:
            How many messages were tried.

        Raises:
            StorageError: what became of one cannot be stored; it is handed out again when its lease expires.
        """
        claimed = await self._inbox.claim(_BATCH)
        results = await asyncio.gather(*(self._deliver(item) for item in claimed), return_exceptions=True)
        failed = [(item, why) for item, why in zip(claimed, results, strict=True) if isinstance(why, _NotDelivered)]
        lost = [why for why in results if isinstance(why, BaseException)]
        accepts = _Settled.ANSWERED in results
        if failed and not accepts:
            self._pause = max(min(2 * self._pause or 0.5, _LONGEST_PAUSE), *(why.wait for _, why in failed))
            text = "Nothing can be delivered now; the next try is in %.1f s. Of message %d: %s"
            _log.warning(text, self._pause, failed[0][0].id, failed[0][1].reason)
        elif claimed and not lost:
            self._pause = 0.0
        for item, why in failed:
            if why.suspect and (accepts or self._accepts):
                await self._retry(item, why.reason, wait=why.wait, at_last=_TO_DO)
            else:  # later ones of other patients come first
                # If others are accepted there is no pause, but a busy server must not be asked endlessly.
                delay = max(2 * self._pause or _LONGEST_PAUSE, why.wait)
                if accepts:
                    _log.warning("Message %d waits, and others about its patient with it: %s", item.id, why.reason)
                await self._inbox.put_back(item, delay=delay, reason=why.reason, counts=False)
        self._accepts = accepts or (self._accepts and not failed)
        for error in lost:
            raise error
        return len(claimed)

    async def _deliver(self, item: Claimed) -> _NotDelivered | _Settled:
        try:
            async with asyncio.timeout(LEASE_SECONDS - 10):
                conversion = await asyncio.to_thread(self._convert, item)
                note = ""
                if conversion.entries:
                    reconciled = await reconcile(conversion, self._client)
                    await self._client.transaction(reconciled.entries, patient=reconciled.patient)
                    note = _told(reconciled)
        except FhirConflictError as error:
            await self._retry(item, f"{error.message}. Somebody else changed the record meanwhile")
            return _Settled.ANSWERED
        except FhirServerError as error:
            if not isinstance(error, FhirNotFoundError | FhirRejectedError) or error.status in (404, 408):
                wait = min(error.retry_after or 0.0, _LONGEST_DELAY)
                return _NotDelivered(str(error), suspect=error.status != 429, wait=wait)
            await self._quarantine(item, str(error))
            return _Settled.ANSWERED
        except AuditError as error:
            return _NotDelivered(str(error), suspect=False)
        except TimeoutError:
            return _NotDelivered("It took too long")
        except InputError as error:
            await self._quarantine(item, str(error))
        except R1Error as error:
            await self._retry(item, str(error))
        except Exception as error:  # a fault of ours: the message must survive it
            _log.error("Message %d: %s", item.id, type(error).__name__)
            await self._retry(item, f"It could not be converted ({type(error).__name__})")
        else:
            await self._finish(item, conversion, note)
            return _Settled.ANSWERED if conversion.entries else _Settled.NOT_ASKED
        return _Settled.NOT_ASKED

    async def _finish(self, item: Claimed, conversion: Conversion, note: str) -> None:
        if not await self._inbox.finish(item, reason=note):
            return
        self._metrics.delivered.inc()
        _log.info("Message %d is delivered", item.id)
        if note:
            _log.warning("Message %d: %s", item.id, note)
        if conversion.without_visit:
            _log.warning("Message %d has a visit without a number: see PV1-19", item.id)
        if conversion.unmapped and not conversion.known:
            text = "Of message %d, %s, only patient and visit are mapped: see r1 ehr inbox show"
            _log.warning(text, item.id, conversion.kind)

    def _convert(self, item: Claimed) -> Conversion:
        message = parse(self._inbox.opened(item), default_charset=self._charset)
        return convert(message, source=item.digest, zone=self._zone, systems=self._inbox.systems)

    async def _retry(self, item: Claimed, reason: str, *, wait: float = 0.0, at_last: str = "") -> None:
        """Has a message retried after at least ``wait`` seconds; ``at_last`` says what to do after the last attempt."""
        if item.attempts + 1 >= _MOST_ATTEMPTS:
            await self._quarantine(item, ". ".join(filter(None, (reason, at_last))))
        else:
            delay = max(wait, min(4.0**item.attempts, _LONGEST_DELAY))
            await self._inbox.put_back(item, delay=delay, reason=reason)

    async def _quarantine(self, item: Claimed, reason: str) -> None:
        _log.warning("Message %d is quarantined: %s", item.id, reason)
        if await self._inbox.finish(item, State.QUARANTINED, reason):
            self._metrics.quarantined.inc()


def _told(done: Reconciled) -> str:
    """What somebody may have to check: data older than the server's, and times that were corrected."""
    warnings = []
    if done.outdated["Patient"]:
        warnings.append("Newer data of its patient are on the FHIR server and stay; see EVN-2, MSH-7")
    if done.merges:
        warnings.append(
            "A newer merge of its patients, the other way round, stays on the FHIR server; see EVN-2, MSH-7"
        )
    if done.outdated["Encounter"]:
        warnings.append("Newer data of its visit are on the FHIR server and stay; see MSH-7")
    if allergies := done.outdated["AllergyIntolerance"]:
        warnings.append(f"Newer versions of {allergies} of its allergies are on the FHIR server and stay; see MSH-7")
    if others := sum(done.outdated[kind] for kind in ("Appointment", "Condition", "DocumentReference", "Immunization")):
        warnings.append(
            f"Newer versions of {others} of its diagnoses, documents, vaccinations or appointments "
            "are on the FHIR server and stay; see MSH-7"
        )
    if results := done.outdated["Observation"]:
        warnings.append(
            f"Newer versions of {results} of its results are on the FHIR server and stay; see MSH-7, OBR-22"
        )
    if done.moved:
        warnings.append(
            f"{done.moved} of its corrections replaced a result of another time; see OBX-14 and its versions"
        )
    return ". ".join(warnings)


async def delete_old(inbox: Inbox, days: int) -> None:
    """Deletes messages ``days`` days after their delivery, until it is cancelled; 0 days deletes none."""
    while days:
        try:
            deleted = await inbox.delete_delivered(days)
        except StorageError as error:
            _log.error("Old messages cannot be deleted: %s", error.message)
            deleted = 0
        if deleted:
            _log.info("%d messages were deleted, %d days after their delivery", deleted, days)
        if deleted < DELETED_AT_ONCE:
            await asyncio.sleep(_CLEANUP_EVERY)
