"""Finds patients on a FHIR server, and checks whether it has newer data than a record that was read."""

import datetime as dt
import functools
import re
from dataclasses import dataclass

from core.errors import FhirServerError, InputFormatError

from .audit import Access, Action, recorded
from .bundle import READ_TYPES, PatientRecord, bundle_entries, next_link
from .client import FhirClient
from .demographics import name_of, record_number_of
from .elements import Json, first_day, inner, is_id, source_of, string
from .gather import CATEGORIES, REFUSED, Found, first_page, in_parallel, search_all, status_of
from .merges import is_out_of_use
from .reasons import Reason

MOST_HITS = 20
_MARGIN = dt.timedelta(hours=1)  # answers and resources may be stamped by two clocks; known hits are recognised
_NOT_WHOLE = {Reason.PAGE_LOST, Reason.PAGE_LINK_REFUSED, Reason.TOO_MANY_PAGES}


@dataclass(frozen=True, slots=True)
class FoundPatient:
    """A hit of a patient search, with what distinguishes two patients.

    Attributes:
        id: of the Patient on the server.
        birth_date: as the server writes it, possibly a year only.
        out_of_use: merged into another patient, or not active.
    """

    id: str
    name: str
    birth_date: str
    record_number: str
    out_of_use: bool = False


async def find_patients(
    client: FhirClient, *, name: str, birth_date: str, record_number: str
) -> tuple[list[FoundPatient], bool]:
    """At most :data:`MOST_HITS` patients that match everything given; by POST, which keeps it out of URLs.

    Args:
        birth_date: ``2010-03-14``, ``2010-03`` or ``2010``.

    Returns:
        The patients, and whether there are more.

    Raises:
        InputFormatError: too little is given, or the birth date is not a date.
        AuditError: the access could not be recorded.
        FhirServerError: its type says what happened.
    """
    form = {"name": name.strip(), "birthdate": birth_date.strip(), "identifier": record_number.strip()}
    form = {key: value for key, value in form.items() if value}
    if not form or len(form.get("name", "xx")) < 2:
        raise InputFormatError(
            "There is too little to search for", hint="Enter a name, date of birth or record number", kind="too_little"
        )
    if "birthdate" in form and not _is_partial_date(form["birthdate"]):
        raise InputFormatError("This is not a date", hint="Write it as 2010-03-14", kind="no_date")
    async with recorded(client.log.record, Access(Action.SEARCH, "", ("Patient",))):
        page = await first_page(client.connection, "Patient", {**form, "_count": str(MOST_HITS + 1)})
    patients = [resource for _, resource in bundle_entries(page) if resource.get("resourceType") == "Patient"]
    hits = [
        FoundPatient(p["id"], name_of(p), string(p.get("birthDate")), record_number_of(p), is_out_of_use(p))
        for p in patients
        if is_id(p.get("id"))
    ]
    return hits[:MOST_HITS], next_link(page) is not None or len(hits) > MOST_HITS


async def has_newer(client: FhirClient, record: PatientRecord) -> bool | None:
    """Whether the server has a resource of this patient, or a version of one, that the record lacks.

    Asks for changes since the record was read, or since the last change in it if the server gave no time. Deletions,
    and changes in types that the server does not let us search, go unnoticed.

    Returns:
        None if neither time is known, or if nothing new was found but a type that matters, or that the record has,
        could not be searched completely.

    Raises:
        AuditError: the access could not be recorded.
        FhirServerError: nothing new was found, and the server failed on such a type.
    """
    read = (record.patient, *record.merged, *record.resources)
    began = record.asked_at or max((moment for resource in read if (moment := _updated(resource))), default=None)
    if began is None:
        return None
    known = _Known(
        {source_of(resource): _version_of(resource) for resource in read},
        {unread.source for unread in record.unread},
        began - _MARGIN,
        record.asked_at,
    )
    ids = ",".join(person["id"] for person in (record.patient, *record.merged))
    refused = {unread.source for unread in record.unread if unread.reason is Reason.REFUSED_BY_SERVER}
    decisive = {"Patient", *CATEGORIES, *(resource["resourceType"] for resource in read)} - refused
    failed: dict[str, FhirServerError] = {}
    patient = f"Patient/{record.patient['id']}"
    async with recorded(client.log.record, Access(Action.SEARCH, patient, READ_TYPES)):
        answers = await in_parallel(
            functools.partial(_has_newer_of, client, kind, ids, known, failed) for kind in READ_TYPES
        )
        for kind in failed.keys() & decisive if not any(answers) else ():
            raise failed[kind]
    if any(answers):
        return True
    asked = dict(zip(READ_TYPES, answers, strict=True))
    return None if any(asked[kind] is None for kind in decisive) else False


@dataclass(frozen=True, slots=True)
class _Known:
    """What was read of a patient.

    Attributes:
        versions: by ``Type/id``.
        left_out: ``Type/id`` of resources that were seen but not read.
        since: earlier changes were read.
        asked_at: see :class:`.bundle.PatientRecord`.
    """

    versions: dict[str, str]
    left_out: set[str]
    since: dt.datetime
    asked_at: dt.datetime | None

    def lacks(self, resource: Json) -> bool:
        """Whether a hit is new. A server may ignore ``_lastUpdated``, or give no ``lastUpdated``."""
        moment = _updated(resource)
        name = f"{string(resource.get('resourceType'))}/{string(resource.get('id'))}"
        if name in self.versions:
            return self.versions[name] != _version_of(resource)
        if name in self.left_out:
            return moment is not None and self.asked_at is not None and moment > self.asked_at
        return moment is None or moment >= self.since


async def _has_newer_of(
    client: FhirClient, kind: str, ids: str, known: _Known, failed: dict[str, FhirServerError]
) -> bool | None:
    """Like :func:`has_newer`, for one type; a server error other than a refusal is put into ``failed``."""

    async def hits_of(form: dict[str, str]) -> Found | None:
        try:
            return await search_all(client.connection, kind, form)
        except FhirServerError as error:
            if status_of(error) not in REFUSED:
                failed[kind] = error
            return None

    form = {"_id" if kind == "Patient" else "patient": ids, "_lastUpdated": f"ge{known.since.isoformat()}"}
    found = [await hits_of(form)]
    if found == [None] and kind in CATEGORIES:
        found = [await hits_of({**form, "category": category}) for category in CATEGORIES[kind]]
    answered = [hits for hits in found if hits is not None]
    if any(known.lacks(resource) for hits in answered for _, resource in hits.entries):
        return True
    lost = any(unread.reason in _NOT_WHOLE for hits in answered for unread in hits.unread)
    return None if lost or not answered else False


def _version_of(resource: Json) -> str:
    meta = inner(resource.get("meta"))
    return string(meta.get("versionId")) or string(meta.get("lastUpdated"))


def _updated(resource: Json) -> dt.datetime | None:
    """``meta.lastUpdated``, an instant: https://hl7.org/fhir/R4/datatypes.html#instant."""
    try:
        moment = dt.datetime.fromisoformat(string(inner(resource.get("meta")).get("lastUpdated")))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _is_partial_date(text: str) -> bool:
    """https://hl7.org/fhir/R4/search.html#date."""
    return re.fullmatch(r"\d{4}(-\d\d){0,2}", text, re.ASCII) is not None and first_day(text) is not None
