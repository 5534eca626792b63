"""One patient's FHIR R4 record, from a Bundle or from a server's answers."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from core.errors import FhirVersionError, InputFormatError, InputTooLargeError
from knowledge.medical.case import Unread

from .contained import lifted
from .elements import Json, inner, is_id, objects, source_of, string, wording
from .left_out import modifier, why_left_out, why_not_theirs
from .limits import read_json
from .people import CORRECT, Whose, as_read, base_of, bases_of, own_name, patient_and_merged, unread_merges
from .reasons import Reason
from .release import is_known_type, refuse_other_release

MAX_ENTRIES = 20_000

# Types that a clinician expects to be read; all others are only counted.
READ_TYPES = (
    "Patient",
    "Condition",
    "Observation",
    "AllergyIntolerance",
    "FamilyMemberHistory",
    "DocumentReference",
    "DiagnosticReport",
    "Procedure",
    "MedicationRequest",
    "MedicationStatement",
    "Immunization",
    "Encounter",
)
_KEPT_BACK = {"suppressed", "security", "forbidden"}  # https://hl7.org/fhir/R4/valueset-issue-type.html
_SAYS_NONE = re.compile(r"(?i)\breturns? no results\b|\bno (?:results|matches|records) (?:were )?found\b")  # Epic: 4101
_BUNDLE_TYPES = ("collection", "searchset", "document", "transaction", "batch")


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """One patient's resources, each valid R4 and about this patient.

    Attributes:
        origin: where it was read from, a file's name or a server's address. Shown to the clinician, never logged.
        patient: the Patient resource.
        resources: the other resources of :data:`READ_TYPES`, in the order of the record. Each has an ``id``, if need be
            from its ``fullUrl`` or its position, ``entry-12``.
        unread: what was seen but is not in ``resources``.
        merged: the Patient resources that were merged into ``patient``; their resources are among ``resources``.
        specimens: the specimens of results, by ``Specimen/id`` and by ``fullUrl``.
        medications: ``code`` of the Medications that others reference, by ``Medication/id`` and by ``fullUrl``.
        holders: ``Type/id`` of a contained resource, whose id is ``holder#id`` -> ``Type/id`` of its container.
        bases: the servers that it is from, see :func:`.people.own_name`; empty if unknown.
        asked_at: the server's time before the first request for the record; None if unknown.
    """

    origin: str
    patient: Json
    resources: tuple[Json, ...]
    unread: tuple[Unread, ...] = ()
    merged: tuple[Json, ...] = ()
    specimens: Mapping[str, Json] = field(default_factory=dict)
    medications: Mapping[str, Json] = field(default_factory=dict)
    holders: Mapping[str, str] = field(default_factory=dict)
    bases: frozenset[str] = frozenset()
    asked_at: dt.datetime | None = None

    @property
    def given(self) -> tuple[Json, ...]:
        """The resources as received: contained ones only within their containers."""
        return tuple(resource for resource in self.resources if source_of(resource) not in self.holders)


def parse_bundle(data: bytes | str, *, origin: str) -> PatientRecord:
    """Reads a Bundle (collection, searchset, document, transaction, batch) with one patient, or a single Patient.

    Raises:
        InputTooLargeError: over 32 MiB or 20,000 entries.
        InputFormatError: broken JSON, not FHIR, no patient or several.
        FhirVersionError: a resource of another FHIR release.
    """
    content = read_json(data)
    if not isinstance(content, dict):
        raise InputFormatError("The JSON is not an object", hint="Choose a FHIR Bundle or Patient")
    kind = string(content.get("resourceType"))
    if not kind:
        raise InputFormatError(
            "The JSON has no resourceType, so it is not FHIR", hint="Choose a FHIR Bundle or Patient"
        )
    refuse_other_release(content)
    if kind != "Bundle":
        return make_record([("", content)], origin=origin)
    if string(content.get("type")) not in _BUNDLE_TYPES:
        raise InputFormatError(
            "Bundle.type is not one that is read", hint=f"Accepted types: {', '.join(_BUNDLE_TYPES)}"
        )
    entries = content.get("entry")
    if not isinstance(entries, list) or not entries:
        raise InputFormatError("The Bundle has no entries", hint="Export the patient's record again")
    unread = []
    if next_link(content) is not None:
        unread.append(Unread("Bundle", Reason.MORE_PAGES))
    unread += warnings_in(content, "Bundle")
    return make_record(bundle_entries(content), origin=origin, unread=unread)


def bundle_entries(bundle: Json) -> list[tuple[str, Json]]:
    """``(fullUrl, resource)`` of each entry that has a resource, without OperationOutcomes beside the hits.

    Raises:
        InputTooLargeError: over 20,000 entries.
    """
    entries = objects(bundle.get("entry"))
    if len(entries) > MAX_ENTRIES:
        raise InputTooLargeError(f"The Bundle has over {MAX_ENTRIES:,} entries", hint="Export fewer resources")
    return [
        (string(entry.get("fullUrl")), entry["resource"])
        for entry in entries
        if isinstance(entry.get("resource"), dict) and not _is_outcome(entry)
    ]


def _is_outcome(entry: Json) -> bool:
    """Whether an entry tells about the search; ``search.mode`` would say so, but may be missing."""
    kind = inner(entry.get("resource")).get("resourceType")
    return inner(entry.get("search")).get("mode") == "outcome" or kind == "OperationOutcome"


def next_link(bundle: Json) -> str | None:
    """The address of the next page; None on the last one."""
    links = (link for link in objects(bundle.get("link")) if string(link.get("relation")) == "next")
    return next((string(link.get("url")) for link in links), None)


def warnings_in(bundle: Json, source: str) -> list[Unread]:
    """What OperationOutcomes beside the hits report as missing: https://hl7.org/fhir/R4/search.html#matching."""
    left_out = []
    entries = objects(bundle.get("entry"))
    is_empty = all(map(_is_outcome, entries))
    for entry in filter(_is_outcome, entries):
        outcome = inner(entry.get("resource"))
        for issue in objects(outcome.get("issue")):
            code = string(issue.get("code"))
            if string(issue.get("severity")) == "information" or not re.fullmatch(r"[a-z-]{2,30}", code):
                continue
            if is_empty and code not in _KEPT_BACK and _SAYS_NONE.search(wording(issue.get("details"))):
                continue
            left_out.append(Unread(source, Reason.RESTRICTED if code in _KEPT_BACK else Reason.SERVER_WARNING, code))
    return left_out


def make_record(
    entries: Iterable[tuple[str, Json]],
    *,
    origin: str,
    unread: Iterable[Unread] = (),
    server: str = "",
    strict: bool = True,
) -> PatientRecord:
    """Keeps what is valid R4 and about the one patient, and lists the rest.

    Args:
        entries: ``(fullUrl, resource)``; ``fullUrl`` may be empty.
        server: the address of the server that gave all of them; empty for a file.
        strict: whether a resource of another FHIR release raises an error, or is left out like other invalid ones.

    Raises:
        InputFormatError: no patient, several patients, or the patient is not valid R4.
        FhirVersionError: the patient is of another FHIR release, or if ``strict`` any resource is.
    """
    given = _by_use(entries, strict=strict)
    people, doubts = _people(given.named)
    whose = Whose.of(people, {identity: given.named.pop(identity)[0] for identity in people})
    theirs = _of_the_patient(given.named, whose, strict=strict)
    bases = frozenset({whose.base}) if whose.base else bases_of(_addresses(given, theirs, server), server)
    specimens, of_others = _specimens_of(given.specimens, whose, bases)
    patient, *merged = people.values()
    return PatientRecord(
        origin,
        patient,
        tuple(theirs.resources),
        (*unread, *given.left_out, *doubts, *theirs.left_out, *of_others, *_not_used(given.unused)),
        tuple(merged),
        specimens,
        _codes_of(given.medications, bases),
        theirs.holders,
        bases,
    )


@dataclass(frozen=True, slots=True)
class _Given:
    """The entries by their use, each ``(fullUrl, resource)`` and with an id; ``named`` by ``Type/id``."""

    named: dict[str, tuple[str, Json]] = field(default_factory=dict)
    specimens: list[tuple[str, Json]] = field(default_factory=list)
    medications: list[tuple[str, Json]] = field(default_factory=list)
    unused: Counter[str] = field(default_factory=Counter)
    left_out: list[Unread] = field(default_factory=list)


def _by_use(entries: Iterable[tuple[str, Json]], *, strict: bool) -> _Given:
    given = _Given()
    for place, (full_url, resource) in enumerate(entries):
        kind = string(resource.get("resourceType"))
        if not kind:
            given.left_out.append(Unread(f"entry {place}", Reason.NO_RESOURCE_TYPE))
        elif _is_of_other_release(resource, kind, strict=strict):
            given.left_out.append(Unread(f"{kind} at entry {place}", Reason.NOT_VALID_R4, kind))
        elif kind in ("Specimen", "Medication", *READ_TYPES):
            resource = {**resource, "id": resource.get("id") or _id_from(full_url, place)}
            _keep(given, kind, (full_url, resource), place)
        else:
            given.unused[kind if is_known_type(kind) else ""] += 1
    return given


def _is_of_other_release(resource: Json, kind: str, *, strict: bool) -> bool:
    try:
        refuse_other_release({**resource, "resourceType": kind})
    except FhirVersionError:
        if strict or kind == "Patient":
            raise
        return True
    return False


def _keep(given: _Given, kind: str, entry: tuple[str, Json], place: int) -> None:
    resource = entry[1]
    if kind == "Specimen":
        given.specimens.append(entry)
        return
    if kind == "Medication":
        if element := modifier(resource, kind):
            given.left_out.append(Unread(source_of(resource), Reason.MODIFIED_MEANING, element))
        else:
            given.medications.append(entry)
        return
    identity = source_of(resource) if is_id(resource["id"]) else f"{kind} at entry {place}"
    if identity in given.named:
        given.left_out.append(Unread(identity, Reason.REPEATED))
    else:
        given.named[identity] = entry


def _people(named: dict[str, tuple[str, Json]]) -> tuple[dict[str, Json], list[Unread]]:
    """The patient as read, then those merged into it, by ``Patient/id``; and what is doubtful about them.

    Raises:
        InputFormatError: no patient, several patients, or the patient is not valid R4.
    """
    people = patient_and_merged(named)
    name = next(iter(people))
    people[name], problem = as_read(people[name])
    if element := modifier(people[name], "Patient"):
        raise InputFormatError(f"The Patient resource is not valid R4 ({element})", hint=CORRECT)
    faults = [Unread(name, Reason.NOT_VALID_R4, problem)] if problem else []
    return people, [*faults, *unread_merges(people)]


@dataclass(frozen=True, slots=True)
class _Theirs:
    """The patient's resources: ``addresses`` are their fullUrls, the rest is as in :class:`PatientRecord`."""

    resources: list[Json] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    holders: dict[str, str] = field(default_factory=dict)
    left_out: list[Unread] = field(default_factory=list)


def _of_the_patient(named: Mapping[str, tuple[str, Json]], whose: Whose, *, strict: bool) -> _Theirs:
    theirs = _Theirs()
    for identity, (full_url, resource) in named.items():
        owner = whose.at(full_url)
        if why := why_left_out(resource, owner, strict=strict):
            theirs.left_out.append(Unread(identity, *why))
            continue
        theirs.resources.append(resource)
        theirs.addresses.append(full_url)
        for place, part in enumerate(lifted(resource, READ_TYPES[1:])):
            own = {**part, "id": f"{resource['id']}#{part.get('id') or place}"}
            if why := why_left_out(part, owner, strict=strict):
                theirs.left_out.append(Unread(source_of(own), *why))
            else:
                theirs.resources.append(own)
                theirs.holders[source_of(own)] = identity
    return theirs


def _addresses(given: _Given, theirs: _Theirs, server: str) -> list[str]:
    """Addresses of the resources that show which servers the record is from."""
    named_by_others = (*given.specimens, *given.medications) if server else ()
    return [*(full_url for full_url, _ in named_by_others), *theirs.addresses]


def _specimens_of(
    specimens: Iterable[tuple[str, Json]], whose: Whose, bases: Collection[str]
) -> tuple[dict[str, Json], list[Unread]]:
    """Specimens by their names, and those that are left out."""
    found: dict[str, Json] = {}
    left_out = []
    for full_url, specimen in specimens:
        why = why_not_theirs(specimen, whose.at(full_url))
        if why and why[0] is not Reason.NO_PATIENT:  # the result that references it says whose it is
            left_out.append(Unread(source_of(specimen), *why))
        else:
            found |= dict.fromkeys(_names(full_url, specimen, bases), specimen)
    return found, left_out


def _codes_of(medications: Iterable[tuple[str, Json]], bases: Collection[str]) -> dict[str, Json]:
    return {
        name: inner(medication.get("code"))
        for full_url, medication in medications
        for name in _names(full_url, medication, bases)
    }


def _not_used(unused: Mapping[str, int]) -> list[Unread]:
    return [
        Unread(kind, Reason.NOT_USED, str(count)) if kind else Unread("Bundle", Reason.UNKNOWN_TYPE, str(count))
        for kind, count in sorted(unused.items())
    ]


def _names(full_url: str, resource: Json, bases: Collection[str]) -> Iterator[str]:
    """The names by which others may reference a resource: its address, and ``Type/id`` on a server of the record."""
    if full_url:
        yield full_url
    if own_name(full_url, bases) != full_url or not base_of(full_url):
        yield source_of(resource)


def _id_from(full_url: str, place: int) -> str:
    last = re.split(r"[/:]", full_url)[-1]
    return last if is_id(last) else f"entry-{place}"
