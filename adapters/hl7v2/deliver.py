"""From the inbox to the FHIR server: in order, again after a failure, and into quarantine what cannot be delivered."""

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, tzinfo
from typing import Any

from adapters.fhir.elements import Json, inner, objects, string
from core.errors import FhirServerError, InputError, R1Error, StorageError

from .inbox import LEASE_SECONDS, Claimed, Inbox, State
from .message import parse
from .sink import FhirSink
from .to_fhir import convert

_log = logging.getLogger(__name__)
_BATCH = 16  # messages at a time, each of another patient
_MOST_ATTEMPTS = 8
_LONGEST_DELAY = 300.0  # seconds between two attempts
_LONGEST_PAUSE = 30.0  # seconds while the server is away
_POLL = 0.25  # seconds between two looks into an empty inbox
# The server, the network or our access is at fault: no message is, so none counts an attempt.
_AWAY = {None, 401, 403, 404, 408, 429, 502, 503, 504}
_AGAIN = {409, 412, 500}
_READ_FIRST = ("Patient", "Encounter")
_MERGED = ("identifier", "link", "extension", "diagnosis")


class Deliverer:
    """Works the inbox off. Any number may run, in any number of processes.

    Args:
        inbox: where the messages are.
        sink: where they go.
        zone: of times that name none.
        charset: of messages that name none.
    """

    def __init__(self, inbox: Inbox, sink: FhirSink, *, zone: tzinfo = UTC, charset: str = "utf-8") -> None:
        self._inbox = inbox
        self._sink = sink
        self._zone = zone
        self._charset = charset
        self._pause = 0.0

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
        away = await asyncio.gather(*(self._deliver(item) for item in claimed))
        if any(away):
            self._pause = min(2 * self._pause or 0.5, _LONGEST_PAUSE)
            _log.warning("The FHIR server does not take messages; the next try is in %.1f s", self._pause)
        elif claimed:
            self._pause = 0.0
        return len(claimed)

    async def _deliver(self, item: Claimed) -> bool:
        """Whether the server is away."""
        try:
            async with asyncio.timeout(LEASE_SECONDS - 10):
                bundle = await asyncio.to_thread(self._convert, item)
                if bundle["entry"]:
                    await self._sink.transaction(await self._over_what_is_there(bundle))
        except FhirServerError as error:
            return await self._failed(item, error)
        except TimeoutError:
            await self._later(item, "It took too long")
        except InputError as error:
            await self._quarantine(item, error.message)
        except R1Error as error:
            await self._later(item, error.message)
        except Exception as error:  # a fault of ours: the message must outlive it
            _log.error("Message %d: %s", item.id, type(error).__name__)
            await self._later(item, f"It could not be converted ({type(error).__name__})")
        else:
            if await self._inbox.finish(item):
                _log.info("Message %d is delivered", item.id)
        return False

    def _convert(self, item: Claimed) -> Json:
        message = parse(item.body, default_charset=self._charset)
        return convert(message, source=item.digest, zone=self._zone).bundle

    async def _over_what_is_there(self, bundle: Json) -> Json:
        """Lays patients and encounters over those that the server has: what a message does not say, it leaves alone.

        The version read goes along as If-Match, so that nobody's change in between is lost.
        """
        updates = [entry for entry in bundle["entry"] if _is_update(entry)]
        if not updates:
            return bundle
        asked = [{"request": {"method": "GET", "url": entry["request"]["url"]}} for entry in updates]
        answer = await self._sink.transaction({"resourceType": "Bundle", "type": "transaction", "entry": asked})
        for entry, response in zip(updates, objects(answer.get("entry")), strict=False):
            hits = [inner(hit.get("resource")) for hit in objects(inner(response.get("resource")).get("entry"))]
            hits = [hit for hit in hits if hit.get("resourceType") == entry["resource"]["resourceType"]]
            if len(hits) == 1 and (version := string(inner(hits[0].get("meta")).get("versionId"))):
                entry["resource"] = _overlaid(hits[0], entry["resource"])
                url = f"{hits[0]['resourceType']}/{hits[0]['id']}"
                entry["request"] = {"method": "PUT", "url": url, "ifMatch": f'W/"{version}"'}
        return bundle

    async def _failed(self, item: Claimed, error: FhirServerError) -> bool:
        told = " ".join([error.message, *error.diagnostics])
        if error.status in _AWAY:
            await self._inbox.put_back(item, delay=0.0, reason=told, counts=False)
            return True
        if error.status in _AGAIN:
            await self._later(item, told)
        else:
            await self._quarantine(item, told)
        return False

    async def _later(self, item: Claimed, reason: str) -> None:
        if item.attempts + 1 >= _MOST_ATTEMPTS:
            await self._quarantine(item, reason)
        else:
            await self._inbox.put_back(item, delay=min(2.0**item.attempts, _LONGEST_DELAY), reason=reason)

    async def _quarantine(self, item: Claimed, reason: str) -> None:
        _log.warning("Message %d is quarantined: %s", item.id, reason)
        await self._inbox.finish(item, State.QUARANTINED, reason)


def _is_update(entry: Json) -> bool:
    return entry["request"]["method"] == "PUT" and entry["resource"]["resourceType"] in _READ_FIRST


def _overlaid(old: Json, new: Json) -> Json:
    """The server's resource with what the message says; lists of things that others add to are united."""
    found = {**old, **new, "id": old["id"], "meta": {**inner(old.get("meta")), **new["meta"]}}
    for server_side in ("versionId", "lastUpdated"):
        found["meta"].pop(server_side, None)
    for name in _MERGED:
        united = _united(objects(new.get(name)), objects(old.get(name)))
        if united:
            found[name] = united
    return found


def _united(first: Iterable[Json], second: Iterable[Json]) -> list[Json]:
    found: dict[Any, Json] = {}
    for item in (*first, *second):
        is_identifier = "value" in item and "system" in item
        key: Any = (item["system"], item["value"]) if is_identifier else repr(item)
        found.setdefault(key, item)
    return list(found.values())
