"""Reads and writes patients' records on a FHIR R4 server, and records every access in the audit trail."""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self

import httpx

from core.errors import (
    FhirAccessError,
    FhirNotFoundError,
    FhirServerError,
    FhirUnreachableError,
    InputFormatError,
)

from .audit import Access, Action, UserLog, recorded
from .bundle import READ_TYPES, PatientRecord, make_record
from .connection import Connection, http_date
from .elements import Json, inner, is_id, objects, source_of, string
from .gather import Found, gather_record, search_all
from .release import refuse_version

MAX_SECONDS = 180.0  # for a whole record
_R4_ADDRESS = "Many servers have another address for R4 (4.0.1): check R1_FHIR_URL or --server"
_FOR_NOTES = 2 / 3  # of the time for a record, after which no more notes are fetched
_LOCATION = re.compile(r"(?:.*/)?([A-Z][A-Za-z]{1,39}/[A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?")


class FhirClient:
    """A connection to one FHIR server for one user; use it as an async context manager.

    Args:
        base_url: ``https://host/fhir``.
        log: the audit trail. An access that cannot be recorded writes nothing and returns nothing.
        auth: signs the requests: see :mod:`adapters.fhir.auth`. Sent to this server only.
        timeout: seconds for one answer, from the request to its last byte.
        record_seconds: for a whole record.
        transport: carries the requests; the network by default.

    Raises:
        SettingsError: the address cannot be used, or the credentials would travel unencrypted.
    """

    def __init__(
        self,
        base_url: str,
        *,
        log: UserLog,
        auth: httpx.Auth | None = None,
        timeout: float = 20.0,
        record_seconds: float = MAX_SECONDS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.connection = Connection(base_url, auth=auth, timeout=timeout, transport=transport)
        self.log = log
        self._record_seconds = record_seconds

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.connection.close()

    async def capabilities(self) -> Json:
        """The server's CapabilityStatement, checked to be of R4.

        Raises:
            FhirVersionError: the server speaks another release.
            FhirServerError: it does not answer, or not with a CapabilityStatement.
        """
        return (await self._capabilities())[0]

    async def _capabilities(self) -> tuple[Json, datetime | None]:
        """The CapabilityStatement, and the server's time."""
        try:
            answer = await self.connection.send("GET", "metadata", repeatable=True)
        except FhirNotFoundError as error:
            raise FhirNotFoundError(
                "There is no FHIR server at this address",
                hint="R1_FHIR_URL or --server is its base, such as https://host/fhir",
                status=error.status,
            ) from None
        statement = answer.resource
        if statement.get("resourceType") != "CapabilityStatement":
            raise FhirServerError("The server's metadata is no CapabilityStatement", hint="Check R1_FHIR_URL")
        refuse_version(string(statement.get("fhirVersion")), what="The server", hint=_R4_ADDRESS)
        return statement, http_date(answer.headers.get("Date", ""))

    async def may_search(self) -> bool:
        """Whether the server allows a search for patients, tried with an id that nobody has.

        A server shows its capabilities to anybody: only a search reveals a wrong token or missing scopes.

        Raises:
            FhirAccessError: it does not accept the token.
            AuditError: the access could not be recorded.
        """
        try:
            await self.search("Patient", {"_id": "r1-connect"})
        except FhirAccessError as error:
            if error.status != 403:
                raise
            return False
        except FhirServerError:  # a search that fails in another way says nothing about the token
            pass
        return True

    async def search(self, kind: str, form: dict[str, str], *, patient: str = "") -> Found:
        """Searches for resources of one type and reads every page; by POST, which keeps the terms out of URLs.

        Args:
            patient: ``Patient/id`` whose data it is, for the audit trail; empty if the search is to find that out.

        Raises:
            AuditError: the access could not be recorded.
            FhirServerError: the first page was refused; a later one that is lost is listed in ``unread``.
        """
        access = Access(Action.SEARCH, patient, (kind,))
        async with recorded(self.log.record, access) as recording:
            found = await search_all(self.connection, kind, form)
            hits = (hit for _, hit in found.entries if hit.get("resourceType") == "Patient" and "id" in hit)
            recording.access = replace(access, patient=patient or next(map(source_of, hits), ""))
        return found

    async def read_patient(self, patient_id: str, *, seconds: float | None = None) -> PatientRecord:
        """Gathers the patient, those merged into it, the resources of ``READ_TYPES``, and what these reference.

        ``unread`` lists resource types that the server refuses, lost pages and notes, what the server says it
        withholds, and the oldest notes if there is no time for all.

        Args:
            seconds: for the whole record; None for the client's default.

        Raises:
            InputFormatError: the id is not a FHIR id, or the server's Patient is not valid R4.
            FhirVersionError: the server, or its Patient, is of another FHIR release.
            AuditError: the access could not be recorded.
            FhirServerError: no such patient, no access, or no answer.
        """
        access = Access(Action.READ, f"Patient/{_checked_id(patient_id)}", READ_TYPES)
        async with recorded(self.log.record, access) as recording:
            seconds = self._record_seconds if seconds is None else seconds
            notes_until = asyncio.get_running_loop().time() + _FOR_NOTES * seconds
            try:
                async with asyncio.timeout(seconds):
                    statement, asked_at = await self._capabilities()
                    found = await gather_record(self.connection, patient_id, statement, notes_until=notes_until)
            except TimeoutError:
                raise FhirUnreachableError(
                    f"The FHIR server did not deliver the record within {seconds:g} s",
                    hint="Try again later, or raise R1_FHIR_RECORD_SECONDS",
                ) from None
            hits = [hit for _, hit in found.entries[1:]]
            more = [source_of(hit) for hit in hits if hit.get("resourceType") == "Patient"]
            kinds = {hit.get("resourceType") for hit in hits}
            more += [kind for kind in ("Specimen", "Medication") if kind in kinds]
            recording.access = replace(access, resources=(*READ_TYPES, *more))
        # Checking a large record takes seconds and must not block the event loop.
        origin = str(self.connection.base)
        unread = dict.fromkeys(found.unread)  # each page and category may say the same
        record = await asyncio.to_thread(
            make_record, found.entries, origin=origin, unread=unread, server=origin, strict=False
        )
        return replace(record, asked_at=asked_at)

    async def transaction(self, entries: Iterable[Json], *, patient: str = "") -> list[Json]:
        """Executes all entries or none, and returns the ``response`` of each in order.

        After a lost answer it is retried only if every POST among them is conditional (``ifNoneExist``).

        Args:
            patient: ``Patient/id`` whose data it is, for the audit trail; empty if only the answer shows it.

        Raises:
            AuditError: the access could not be recorded; if that was before the request, nothing is written.
            FhirConflictError: a precondition does not hold; nothing is written.
            FhirServerError: its type says what happened.
        """
        bundle: Json = {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}
        requests = [inner(entry.get("request")) for entry in bundle["entry"]]
        conditional = all(request.get("method") != "POST" or request.get("ifNoneExist") for request in requests)
        creates = any(request.get("method") == "POST" for request in requests)
        # The search of a condition may name the patient: only the type goes into the trail.
        touched = tuple(string(request.get("url")).partition("?")[0] for request in requests)
        access = Access(Action.CREATE if creates else Action.UPDATE, patient, touched)
        base = str(self.connection.base).rstrip("/")
        async with recorded(self.log.record, access) as recording:
            answer = await self.connection.send("POST", base, resource=bundle, repeatable=conditional)
            responses = [inner(entry.get("response")) for entry in objects(answer.resource.get("entry"))]
            complete = answer.resource.get("resourceType") == "Bundle" and len(responses) == len(requests)
            if complete:
                pairs = zip(responses, touched, strict=True)
                touched = tuple(_location(response) or asked for response, asked in pairs)
            patients = (reference for reference in touched if reference.startswith("Patient/"))
            recording.access = replace(access, patient=patient or next(patients, ""), resources=touched)
        if not complete:
            raise FhirServerError(
                "The server's answer does not give the outcome of each part of the transaction",
                hint="Check on the server whether it was written",
                status=answer.status,
            )
        return responses


def _checked_id(value: object) -> str:
    if not is_id(value):
        raise InputFormatError("This is not a FHIR id", hint="An id has 1 to 64 letters, digits, hyphens and dots")
    return str(value)


def _location(response: Json) -> str:
    """``Type/id`` of the resource that a transaction entry wrote or found; empty if the server does not say."""
    match = _LOCATION.fullmatch(string(response.get("location")))
    return match[1] if match else ""
