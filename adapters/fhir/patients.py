"""Finding a patient on a FHIR server, and asking whether the server has newer data than a record that was read."""

import asyncio
import datetime as dt
from dataclasses import dataclass

from core.errors import FhirServerError, InputFormatError

from .audit import Access, Action, Outcome
from .bundle import READ_TYPES, PatientRecord, bundle_entries
from .client import FhirClient
from .elements import Json, inner, is_id, objects, string
from .merges import is_out_of_use
from .to_case import name_of, record_number_of

MOST_HITS = 20
_ELSEWHERE = {400, 403, 404, 405, 501}  # of these a type cannot be asked for at all


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
    access = Access(Action.SEARCH, "", ("Patient",))
    try:
        page = await _search(client, "Patient", {**form, "_count": str(MOST_HITS + 1)})
    except FhirServerError as error:
        await client.log.record(
            Access(access.action, access.patient, access.resources, Outcome.FAILURE, status=error.status or 0)
        )
        raise
    await client.log.record(access)
    patients = [resource for _, resource in bundle_entries(page) if resource.get("resourceType") == "Patient"]
    hits = [
        FoundPatient(p["id"], name_of(p), string(p.get("birthDate")), record_number_of(p), is_out_of_use(p))
        for p in patients
        if is_id(p.get("id"))
    ]
    further = any(link.get("relation") == "next" for link in objects(page.get("link")))
    return hits[:MOST_HITS], further or len(hits) > MOST_HITS


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
    await client.log.record(Access(Action.SEARCH, patient, READ_TYPES))
    ids = ",".join(person["id"] for person in (record.patient, *record.merged))
    slots = asyncio.Semaphore(4)

    async def newer(kind: str) -> bool:
        key = "_id" if kind == "Patient" else "patient"
        form = {key: ids, "_lastUpdated": f"gt{latest.isoformat()}", "_count": "1"}
        try:
            async with slots:
                page = await _search(client, kind, form)
        except FhirServerError as error:
            if error.status in _ELSEWHERE:
                return False
            raise
        return any((moment := _updated(resource)) and moment > latest for _, resource in bundle_entries(page))

    return any(await asyncio.gather(*map(newer, READ_TYPES)))


async def _search(client: FhirClient, kind: str, form: dict[str, str]) -> Json:
    """The first page. Strict: a server that ignores a parameter would send everybody's resources."""
    headers = {"Prefer": "handling=strict"}
    answer = await client.connection.send("POST", f"{kind}/_search", form=form, headers=headers, repeatable=True)
    if answer.resource.get("resourceType") != "Bundle":
        raise FhirServerError(f"The search for {kind} was not answered with a Bundle", hint="Check R1_FHIR_URL")
    return answer.resource


def _updated(resource: Json) -> dt.datetime | None:
    """``meta.lastUpdated``, an instant: https://hl7.org/fhir/R4/datatypes.html#instant."""
    try:
        moment = dt.datetime.fromisoformat(string(inner(resource.get("meta")).get("lastUpdated")))
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _is_partial_date(text: str) -> bool:
    """https://hl7.org/fhir/R4/search.html#date."""
    for pattern in ("%Y-%m-%d", "%Y-%m", "%Y"):
        try:
            dt.datetime.strptime(text, pattern)
        except ValueError:
            continue
        return True
    return False
