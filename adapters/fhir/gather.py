"""Gathers what a server has about a patient, and lists what it does not deliver: refusals, lost pages, hits, notes."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

import httpx

from core.errors import FhirBusyError, FhirServerError, InputError
from knowledge.medical.case import Unread

from .attachments import is_readable_type
from .bundle import MAX_ENTRIES, READ_TYPES, bundle_entries, next_link, warnings_in
from .capability import patient_operations
from .connection import Connection
from .elements import Json, attachments_of, is_id, named_by, objects, string, time_of
from .merges import merged_into, with_merged
from .people import bases_of, own_name
from .reasons import Reason

PAGE_SIZE = 200
MAX_PAGES = 100  # of one search
_MOST_MERGED = 20
_IDS_AT_ONCE = 100  # ids of one search
_PARALLEL = 4  # requests for one record at a time
REFUSED = {400, 403, 404, 405, 501}  # HTTP statuses of a search that a server never allows
_NOT_KNOWN = {400, 404, 405, 501}  # after these, $everything may find more
# US Core requires search by patient and category for these; some servers, such as Epic's, require a category.
# https://hl7.org/fhir/us/core/STU6.1/server.html
CATEGORIES = {
    "Observation": (
        "laboratory", "vital-signs", "social-history", "exam", "imaging", "procedure", "survey", "therapy", "activity",
    ),
    "Condition": ("problem-list-item", "encounter-diagnosis", "health-concern"),
    "DiagnosticReport": ("LAB", "LP29684-5", "LP29708-2", "LP7839-6"),
    "DocumentReference": ("clinical-note",),
}  # fmt: skip
_OUTDATED = {"entered-in-error", "superseded", "cancelled"}
_T = TypeVar("_T")


@dataclass(slots=True)
class Found:
    """``(fullUrl, resource)`` of what was found, and what could not be read."""

    entries: list[tuple[str, Json]] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        """Appends the result of another search."""
        self.entries += other.entries
        self.unread += other.unread


async def search_all(connection: Connection, kind: str, form: dict[str, str]) -> Found:
    """Every page of a search.

    Raises:
        FhirServerError: the first page was refused; a later one that is lost is listed in ``unread``.
    """
    first = await first_page(connection, kind, {"_count": str(PAGE_SIZE), **form})
    return await _pages(connection, first, (kind,))


async def first_page(connection: Connection, kind: str, form: dict[str, str]) -> Json:
    """The first Bundle of a search, made by POST, which keeps the terms out of URLs.

    Raises:
        FhirServerError: its type says what happened.
    """
    # Strict: a server that does not know a parameter must say so, not send everybody's resources.
    headers = {"Prefer": "handling=strict"}
    answer = await connection.send("POST", f"{kind}/_search", form=form, headers=headers, repeatable=True)
    return _bundle(answer.resource, kind)


async def gather_record(connection: Connection, patient_id: str, statement: Json, *, notes_until: float) -> Found:
    """The Patient, those merged into it, and the resources of ``READ_TYPES`` of all of them, in this order.

    Adds the notes that are stored elsewhere on the server, the specimens of results and the medicines of orders.

    Args:
        statement: the server's CapabilityStatement.
        notes_until: on the event loop's clock: notes not read by then are listed as lost. They are read last.

    Raises:
        FhirServerError: no such patient, no access, or no answer.
    """
    people = await _with_merged(connection, f"Patient/{patient_id}")
    whole = Found([("", patient) for patient in people.values()])
    for name in people:
        whole.add(await _resources(connection, name.removeprefix("Patient/"), statement))
    resources = [resource for _, resource in whole.entries]
    bases = bases_of((url for url, _ in whole.entries), str(connection.base))
    named = {
        "Specimen": [part.get("specimen") for part in resources if "valueQuantity" in part],  # one may have been spoilt
        "Medication": [part.get("medicationReference") for part in resources],
    }
    for kind, references in named.items():
        whole.add(await _by_id(connection, kind, _own_ids(kind, references, bases)))
    await _add_notes(connection, whole, notes_until)
    return whole


def _own_ids(kind: str, references: Iterable[object], bases: Collection[str]) -> list[str]:
    """Ids of the resources of a type on the same server that the references name, each once."""
    parts = (own_name(named_by(reference), bases).partition("/") for reference in references)
    return list(dict.fromkeys(id for of, _, id in parts if of == kind and is_id(id)))


async def _by_id(connection: Connection, kind: str, ids: list[str]) -> Found:
    """Resources that others reference, by id."""
    portions = [ids[start : start + _IDS_AT_ONCE] for start in range(0, len(ids), _IDS_AT_ONCE)]
    found = Found()
    if len(portions) > MAX_PAGES:
        found.unread.append(Unread(kind, Reason.TOO_MANY_PAGES))
    jobs = (functools.partial(search_all, connection, kind, {"_id": ",".join(some)}) for some in portions[:MAX_PAGES])
    try:
        for more in await in_parallel(jobs):
            found.add(more)
    except FhirServerError as error:  # even if it is busy: the resources that reference them were read
        found.unread.append(_told(kind, error.status or 0))
    return found


def status_of(error: FhirServerError) -> int:
    """The HTTP status with which a server refused or failed one search; others may succeed.

    Raises:
        FhirServerError: there is no answer, or none from a FHIR server, or the whole server is busy.
    """
    if error.status is None or error.status < 400 or isinstance(error, FhirBusyError):
        raise error
    return error.status


def _status_beside_others(error: FhirServerError) -> int:
    """Like :func:`status_of`, for one of several searches: 0 without a FHIR answer, which one alone may lack."""
    if isinstance(error, FhirBusyError):
        raise error
    return error.status if error.status and error.status >= 400 else 0


def _told(kind: str, status: int) -> Unread:
    """Reports a type as not read: the server refuses it, or cannot deliver it now."""
    refused = status in REFUSED or 400 <= status < 500
    return Unread(kind, Reason.REFUSED_BY_SERVER if refused else Reason.PAGE_LOST, str(status or ""))


async def _with_merged(connection: Connection, name: str) -> dict[str, Json]:
    """A patient and those that were merged into it, by ``Patient/id``; those that are refused are left out."""
    patients = {name: await _patient(connection, name)}
    waiting = [*merged_into(patients[name])]
    while waiting and len(patients) <= _MOST_MERGED:
        other = waiting.pop()
        if other in patients or not (other.startswith("Patient/") and is_id(other.removeprefix("Patient/"))):
            continue
        try:
            patients[other] = await _patient(connection, other)
        except FhirServerError as error:
            if error.status not in REFUSED | {410}:
                raise
        else:
            waiting += merged_into(patients[other])
    return with_merged(name, patients)


async def _patient(connection: Connection, name: str) -> Json:
    patient = (await connection.send("GET", name, repeatable=True)).resource
    if (patient.get("resourceType"), patient.get("id")) != ("Patient", name.removeprefix("Patient/")):
        raise FhirServerError("The server answered with something other than the patient", hint="Check R1_FHIR_URL")
    return patient


async def _resources(connection: Connection, patient_id: str, statement: Json) -> Found:
    """The resources about one patient, without the Patient."""
    kinds = [kind for kind in READ_TYPES if kind != "Patient"]
    whole, refused = await _by_type(connection, patient_id, kinds)
    unknown = [kind for kind, status in refused.items() if status in _NOT_KNOWN]
    if unknown and "everything" in patient_operations(statement):
        more = await _everything(connection, patient_id, unknown)
        whole.add(more)
        # No hits of a type may mean that the server cannot find them here either, so its refusal stays listed.
        for kind in {resource["resourceType"] for _, resource in more.entries}:
            del refused[kind]
    categorised = [kind for kind in CATEGORIES if refused.get(kind) == 400]
    jobs = (functools.partial(_by_category, connection, patient_id, kind) for kind in categorised)
    for kind, found in zip(categorised, await in_parallel(jobs), strict=True):
        whole.add(found)
        if found.unread:  # it lists the categories that were answered, or what was lost
            del refused[kind]
    whole.unread += [_told(kind, status) for kind, status in refused.items()]
    return whole


async def _by_type(connection: Connection, patient_id: str, kinds: list[str]) -> tuple[Found, dict[str, int]]:
    """Each type by its own search, and the HTTP status of each that was refused or failed, 0 without an answer.

    Raises:
        FhirServerError: the server is busy, or no type could be read and one of them may be readable later.
    """

    async def search(kind: str) -> Found | FhirServerError:
        try:
            return await search_all(connection, kind, {"patient": patient_id})
        except FhirServerError as error:
            _status_beside_others(error)
            return error

    found, refused = Found(), dict[str, int]()
    answers = await in_parallel(functools.partial(search, kind) for kind in kinds)
    for kind, answer in zip(kinds, answers, strict=True):
        if isinstance(answer, Found):
            found.add(answer)
        else:
            refused[kind] = _status_beside_others(answer)
    errors = [answer for answer in answers if isinstance(answer, FhirServerError)]
    if len(errors) == len(kinds):
        for error in errors:
            if error.status not in REFUSED:
                raise error
    return found, refused


async def _by_category(connection: Connection, patient_id: str, kind: str) -> Found:
    """A type by one category after the other. Lists those that were answered: others may hold something, too."""
    found, answered = Found(), []
    for category in CATEGORIES[kind]:
        try:
            more = await search_all(connection, kind, {"patient": patient_id, "category": category})
        except FhirServerError as error:
            if (lost := _told(kind, _status_beside_others(error))).reason is Reason.PAGE_LOST:
                found.unread.append(lost)
            continue
        answered.append(category)
        known = {resource.get("id") for _, resource in found.entries}  # one may be of several categories
        found.entries += [entry for entry in more.entries if entry[1].get("id") not in known]
        found.unread += more.unread
    if answered:
        found.unread.append(Unread(kind, Reason.BY_CATEGORY, ", ".join(answered)))
    return found


async def _everything(connection: Connection, patient_id: str, kinds: list[str]) -> Found:
    """https://hl7.org/fhir/R4/patient-operation-everything.html for some types; empty if that fails, too."""
    url = f"Patient/{patient_id}/$everything?_type={','.join(kinds)}&_count={PAGE_SIZE}"
    try:
        first = (await connection.send("GET", url, repeatable=True)).resource
        return await _pages(connection, first, tuple(kinds))
    except FhirServerError:
        return Found()


async def _pages(connection: Connection, first: Json, kinds: tuple[str, ...]) -> Found:
    """The resources of these types on a page and on all that follow it."""
    found, names = Found(), ", ".join(kinds)
    hits = _add(found, first, kinds)
    page = first
    seen: set[httpx.URL] = set()
    complete = True
    while (link := next_link(page)) is not None:
        url = connection.own_url(link)
        complete = False
        if url is None:
            found.unread.append(Unread(names, Reason.PAGE_LINK_REFUSED))
            break
        if url in seen or len(seen) + 1 >= MAX_PAGES or len(found.entries) >= MAX_ENTRIES:
            found.unread.append(Unread(names, Reason.TOO_MANY_PAGES))
            break
        seen.add(url)
        try:
            page = (await connection.send("GET", url, repeatable=True)).resource
            hits += _add(found, page, kinds)
        except FhirServerError as error:
            found.unread.append(Unread(names, Reason.PAGE_LOST, str(error.status or "")))
            break
        complete = True
    total = first.get("total")
    if complete and isinstance(total, int) and total > hits:
        found.unread.append(Unread(names, Reason.FEWER_THAN_TOTAL, str(total - hits)))
    return found


def _add(found: Found, page: Json, kinds: tuple[str, ...]) -> int:
    """Adds a page's resources of these types; returns how many hits it had, whatever their type."""
    names = ", ".join(kinds)
    try:
        entries = bundle_entries(_bundle(page, names))
    except InputError as error:
        raise FhirServerError(error.message, hint="The server ignores _count") from None
    found.entries += [entry for entry in entries if entry[1].get("resourceType") in kinds]
    found.unread += warnings_in(page, names)
    return len(entries)


def _bundle(resource: Json, kinds: str) -> Json:
    if resource.get("resourceType") != "Bundle":
        raise FhirServerError(f"The search for {kinds} was not answered with a Bundle", hint="Check R1_FHIR_URL")
    return resource


async def _add_notes(connection: Connection, found: Found, until: float) -> None:
    """Fetches notes that are stored elsewhere on the server into their resources, newest first."""
    places = sorted(range(len(found.entries)), key=lambda place: _day_number(found.entries[place][1]), reverse=True)
    notes = await in_parallel(
        functools.partial(_with_notes, connection, found.entries[place][1], until) for place in places
    )
    for place, (resource, told) in zip(places, notes, strict=True):
        found.entries[place] = found.entries[place][0], resource
        found.unread += told


def _day_number(resource: Json) -> int:
    time = time_of(resource) if resource.get("resourceType") in READ_TYPES else None
    return time.toordinal() if time else 0


async def _with_notes(connection: Connection, resource: Json, until: float) -> tuple[Json, list[Unread]]:
    """The resource, with its first readable attachment fetched if none is embedded."""
    if {string(resource.get("status")), string(resource.get("docStatus"))} & _OUTDATED:
        return resource, []
    attachments = attachments_of(resource)
    readable = [attachment for attachment in attachments if is_readable_type(attachment)]
    if not readable or any(attachment.get("data") for attachment in readable):
        return resource, []
    chosen = readable[0]
    url = connection.own_url(string(chosen.get("url"))) if chosen.get("url") else None
    if url is None:
        return resource, []  # reported by the reader of attachments
    lost = Unread(f"{resource['resourceType']}/{string(resource.get('id'))}", Reason.NOTE_LOST)
    if asyncio.get_running_loop().time() >= until:
        return resource, [lost]
    try:
        async with asyncio.timeout_at(until):
            binary = await _binary(connection, url, string(chosen.get("contentType")))
    except TimeoutError:
        return resource, [lost]
    except FhirServerError as error:
        return resource, [replace(lost, phrase=str(error.status or ""))]
    chosen = {**chosen, **binary}
    attachments = [chosen if attachment is readable[0] else attachment for attachment in attachments]
    if resource["resourceType"] == "DiagnosticReport":
        return {**resource, "presentedForm": attachments}, []
    contents = zip(objects(resource["content"]), attachments, strict=True)
    content = [{**part, "attachment": attachment} for part, attachment in contents]
    return {**resource, "content": content}, []


async def _binary(connection: Connection, url: httpx.URL, kind: str) -> Json:
    """The data of an Attachment of content type ``kind`` that is stored elsewhere, in a Binary or as the document.

    Raises:
        FhirServerError: it cannot be fetched, or a web page came instead of it.
    """
    headers = {"Accept": f"application/fhir+json, {kind.partition(';')[0].strip()};q=0.9"}
    binary = (await connection.send("GET", url, headers=headers, repeatable=True, native=True)).resource
    content_type = string(binary.get("contentType"))
    if content_type.lower().startswith("text/html") and not kind.lower().startswith("text/html"):
        raise FhirServerError("The server answered with a web page, not a note", hint="Check R1_FHIR_URL", status=200)
    of_text = (
        kind.lower().startswith("text/") and ";" not in kind and content_type.lower().startswith(f"{kind.lower()};")
    )
    return {"data": string(binary.get("data")), **({"contentType": content_type} if of_text else {})}


async def in_parallel(jobs: Iterable[Callable[[], Awaitable[_T]]]) -> list[_T]:
    """Runs a few jobs at a time and returns their results in order.

    Raises:
        Exception: that of the first job to fail, which stops the others.
    """
    slots = asyncio.Semaphore(_PARALLEL)

    async def one(job: Callable[[], Awaitable[_T]]) -> _T:
        async with slots:
            return await job()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(job)) for job in jobs]
    except ExceptionGroup as errors:  # one failed and the group has stopped the others
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]
