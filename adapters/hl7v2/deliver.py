"""From the inbox to the FHIR server: in order, again after a failure, and into quarantine what cannot be delivered."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, tzinfo

from adapters.fhir.client import FhirClient
from adapters.fhir.elements import Json, inner, source_of, string
from core.errors import (
    AuditError,
    FhirConflictError,
    FhirNotFoundError,
    FhirRejectedError,
    FhirServerError,
    Hl7Error,
    InputError,
    R1Error,
    StorageError,
)

from .inbox import DELETED_AT_ONCE, LEASE_SECONDS, Claimed, Inbox, State
from .message import parse
from .metrics import InboxMetrics
from .overlay import in_place_of, is_known_by, is_one_of_several, is_partial, match_patient, overlaid
from .to_fhir import STATUS_EVENTS, Conversion, Entry, convert
from .to_fhir.bundle import token

_log = logging.getLogger(__name__)
_BATCH = 16  # messages at a time, each of another patient
_MOST_ATTEMPTS = 8
_LONGEST_DELAY = 300.0  # seconds between two attempts: eight take a quarter of an hour
_LONGEST_PAUSE = 15.0  # seconds while the server accepts nothing; what it has not accepted waits twice as long
_CLEANUP_EVERY = 3600.0  # seconds between two looks for old messages
_POLL = 0.25  # seconds between two looks into an empty inbox


@dataclass(frozen=True, slots=True)
class _NotDelivered:
    """A failed delivery: the message may be to blame, or the server and the network.

    Attributes:
        reason: what happened.
        suspect: whether the message may be to blame, where the server accepts others.
    """

    reason: str
    suspect: bool = True


class Deliverer:
    """Works the inbox off. Any number may run, in any number of processes.

    Args:
        inbox: where the messages are.
        client: of the FHIR server that they go to. What its audit trail does not take is not delivered.
        zone: of times that name none.
        charset: of messages that name none.
        metrics: counts what becomes of messages.
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
        """Delivers until it is cancelled; what it holds then is handed out again when its lease ends."""
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
        """
        claimed = await self._inbox.claim(_BATCH)
        results = await asyncio.gather(*(self._deliver(item) for item in claimed))
        failed = [(item, why) for item, why in zip(claimed, results, strict=True) if isinstance(why, _NotDelivered)]
        accepts = any(result is True for result in results)
        if failed and not accepts:
            self._pause = min(2 * self._pause or 0.5, _LONGEST_PAUSE)
            _log.warning("Nothing can be delivered now; the next try is in %.1f s", self._pause)
        elif claimed:
            self._pause = 0.0
        for item, why in failed:
            if why.suspect and (accepts or self._accepts):
                await self._retry(item, why.reason)
            else:  # those behind it come first
                await self._inbox.put_back(item, delay=2 * self._pause, reason=why.reason, counts=False)
        self._accepts = accepts or (self._accepts and not failed)
        return len(claimed)

    async def _deliver(self, item: Claimed) -> _NotDelivered | bool:
        """Whether the server accepted or rejected the message; False where it was not asked."""
        try:
            async with asyncio.timeout(LEASE_SECONDS - 10):
                conversion = await asyncio.to_thread(self._convert, item)
                if conversion.entries:
                    patient = await self._overlay_existing(conversion)
                    await self._client.transaction(conversion.bundle["entry"], patient=patient)
        except FhirConflictError as error:
            await self._retry(item, f"{error.message}. Somebody else changed the record meanwhile")
            return True
        except FhirServerError as error:
            if not isinstance(error, FhirNotFoundError | FhirRejectedError) or error.status in (404, 408):
                return _NotDelivered(str(error))
            await self._quarantine(item, str(error))
            return True
        except AuditError as error:
            return _NotDelivered(str(error), suspect=False)
        except TimeoutError:
            return _NotDelivered("It took too long")
        except InputError as error:
            await self._quarantine(item, str(error))
        except R1Error as error:
            await self._retry(item, str(error))
        except Exception as error:  # a fault of ours: the message must outlive it
            _log.error("Message %d: %s", item.id, type(error).__name__)
            await self._retry(item, f"It could not be converted ({type(error).__name__})")
        else:
            if await self._inbox.finish(item):
                self._metrics.delivered.inc()
                _log.info("Message %d is delivered", item.id)
                if conversion.without_visit:
                    _log.warning("Message %d tells of a visit without a number: see PV1-19", item.id)
                if conversion.unmapped and not conversion.known:
                    told = "Of message %d, %s, only patient and visit are mapped: see r1 ehr inbox show"
                    _log.warning(told, item.id, conversion.kind)
            return bool(conversion.entries)
        return False

    def _convert(self, item: Claimed) -> Conversion:
        message = parse(self._inbox.opened(item), default_charset=self._charset)
        return convert(message, source=item.digest, zone=self._zone)

    async def _overlay_existing(self, conversion: Conversion) -> str:
        """Finds patients by any of their numbers, and lays partial resources over those of the server.

        The version read goes along as If-Match, so that nobody's change in between is lost.

        Returns:
            ``Patient/id`` of the first patient that the server has, empty when it has none.

        Raises:
            Hl7Error: it cannot be told whom of the server's patients a message means.
        """
        patients: list[str] = []
        sets_status = conversion.kind in STATUS_EVENTS
        for sent, entry in zip(conversion.bundle["entry"], conversion.entries, strict=True):
            if not (found := await self._existing(entry, patients)):
                continue
            reference = source_of(found)
            if found["resourceType"] == "Patient":
                patients.append(reference)
            if entry.mode == "create":
                sent["request"]["ifNoneExist"] = f"_id={found['id']}"
                continue
            new = entry.resource
            if entry.timed and is_known_by(found, entry.timed):
                new = in_place_of(found, new, entry.known)
            if is_partial(new):
                new = overlaid(found, new, entry.deleted, sets_status=sets_status)
            sent["resource"] = new
            sent["request"] = {"method": "PUT", "url": reference}
            if version := string(inner(found.get("meta")).get("versionId")):
                sent["request"]["ifMatch"] = f'W/"{version}"'
        return patients[0] if patients else ""

    async def _existing(self, entry: Entry, patients: list[str]) -> Json | None:
        """The server's resource that an entry is about, where it is looked for; ``patients`` were found before.

        Raises:
            Hl7Error: it cannot be told which it is.
        """
        kind = entry.resource["resourceType"]
        if entry.timed and len(hits := await self._hits(kind, token(entry.timed), patients)) == 1:
            return hits[0]
        is_overlaid = entry.mode == "update" and is_partial(entry.resource)
        if not (kind == "Patient" or is_overlaid or entry.behind):
            return None
        tokens = f"{entry.tokens},{token(entry.behind)}" if entry.behind else entry.tokens
        hits = await self._hits(kind, tokens, patients)
        if entry.behind and any(is_one_of_several(hit) or is_known_by(hit, entry.behind) for hit in hits):
            raise Hl7Error(
                "A corrected result may be any of several of its order and code",
                hint="Compare OBX-14 with the results on the FHIR server",
            )
        if kind != "Patient":
            return hits[0] if is_overlaid and len(hits) == 1 else None
        if entry.resource.get("active") is False:  # is merged into one of those
            hits = [hit for hit in hits if source_of(hit) not in patients]
        return match_patient(hits, (entry.known, *entry.also))

    async def _hits(self, kind: str, tokens: str, patients: list[str]) -> list[Json]:
        """The server's resources of a kind with one of these identifiers."""
        found = await self._client.search(kind, {"identifier": tokens}, patient=patients[0] if patients else "")
        return [hit for _, hit in found.entries if hit.get("resourceType") == kind and "id" in hit]

    async def _retry(self, item: Claimed, reason: str) -> None:
        if item.attempts + 1 >= _MOST_ATTEMPTS:
            await self._quarantine(item, reason)
        else:
            await self._inbox.put_back(item, delay=min(4.0**item.attempts, _LONGEST_DELAY), reason=reason)

    async def _quarantine(self, item: Claimed, reason: str) -> None:
        _log.warning("Message %d is quarantined: %s", item.id, reason)
        if await self._inbox.finish(item, State.QUARANTINED, reason):
            self._metrics.quarantined.inc()


async def delete_old(inbox: Inbox, days: int) -> None:
    """Deletes messages some days after their delivery, until it is cancelled; 0 days deletes none."""
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
