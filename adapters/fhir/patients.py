"""Finding a patient on a FHIR server, and asking whether the server has newer data than a record that was read."""

import datetime as dt
import functools
import re
from dataclasses import dataclass

from core.errors import FhirServerError, InputFormatError

from .audit import Access, Action, recorded
from .bundle import READ_TYPES, PatientRecord, bundle_entries, next_link
from .client import FhirClient
from .demographics import name_of, record_number_of
from .elements import Json, first_day, inner, is_id, string
from .gather import REFUSED, first_page, in_parallel
from .merges import is_out_of_use

MOST_HITS = 20


@dataclass(frozen=True, slots=True)
class FoundPatient:
    """A hit of a search for patients, as much as tells two of them apart.

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
    """At most :data:`MOST_HITS` patients to whom everything that is given applies; by POST, so that no URL holds it.

    Args:
        birth_date: ``2010-03-14`` or the first parts of one.

    Returns:
        The patients, and whether there are more.

    Raises:
        InputFormatError: nothing is given, or the birth date is none.
        AuditError: the access could not be recorded.
        FhirServerError: the kind tells what happened.
    """
    form = {"name": name.strip(), "birthdate": birth_date.strip(), "identifier": record_number.strip()}
    form = {key: value for key, value in form.items() if value}
    if not form or len(form.get("name", "xx")) < 2:
        raise InputFormatError("There is too little to search for", hint="Give a name, birth date or record number")
    if "birthdate" in form and not _is_partial_date(form["birthdate"]):
        raise InputFormatError("This is not a date", hint="Write it as 2010-03-14")
    async with recorded(client.log.record, Access(Action.SEARCH, "", ("Patient",))):
        page = await first_page(client.connection, "Patient", {**form, "_count": str(MOST_HITS + 1)})
    patients = [resource for _, resource in bundle_entries(page) if resource.get("resourceType") == "Patient"]
    hits = [
        FoundPatient(p["id"], name_of(p), string(p.get("birthDate")), record_number_of(p), is_out_of_use(p))
        for p in patients
        if is_id(p.get("id"))
    ]
    return hits[:MOST_HITS], next_link(page) is not None or len(hits) > MOST_HITS


async def has_newer(client: FhirClient, record: PatientRecord) -> bool:
    """Whether the server has a resource of this patient that changed after the last change in the record.

    What was deleted meanwhile, and what lies in types that the server does not let search, is not noticed.

    Raises:
        AuditError: the access could not be recorded.
        FhirServerError: the server does not answer.
    """
    latest = max((moment for r in (record.patient, *record.resources) if (moment := _updated(r))), default=None)
    if latest is None:
        return False
    patient = f"Patient/{record.patient['id']}"
    ids = ",".join(person["id"] for person in (record.patient, *record.merged))

    async def newer(kind: str) -> bool:
        key = "_id" if kind == "Patient" else "patient"
        form = {key: ids, "_lastUpdated": f"gt{latest.isoformat()}", "_count": "1"}
        try:
            page = await first_page(client.connection, kind, form)
        except FhirServerError as error:
            if error.status in REFUSED:
                return False
            raise
        return any((moment := _updated(resource)) and moment > latest for _, resource in bundle_entries(page))

    async with recorded(client.log.record, Access(Action.SEARCH, patient, READ_TYPES)):
        found = await in_parallel(functools.partial(newer, kind) for kind in READ_TYPES)
    return any(found)


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
