"""One patient's FHIR R4 record, from a Bundle or from what a server answers."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from core.errors import FhirVersionError, InputFormatError, InputTooLargeError
from knowledge.medical.case import Unread

from .contained import lifted
from .elements import (
    Json,
    identifier_key,
    inner,
    is_id,
    named_by,
    objects,
    source_of,
    string,
)
from .limits import read_json
from .people import (
    CORRECT,
    Whose,
    as_read,
    base_of,
    bases_of,
    own_name,
    patient_and_merged,
    reference_names,
    unread_merges,
)
from .reasons import Reason
from .release import is_known_type, problem_in, refuse_other_release
from .specimens import conditions

MAX_ENTRIES = 20_000

# Types a clinician expects to be looked at; all others are only counted.
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
# Marks of a resource that lacks elements: https://hl7.org/fhir/R4/valueset-security-labels.html
_INCOMPLETE = {"SUBSETTED", "REDACTED", "MASKED", "ABSTRED", "AGGRED"}
# What a focus may be besides the patient and still tell of it; not a relative, a fetus, a donor or a device.
_OF_THE_PATIENT = {"BodyStructure", "CarePlan", "Condition", "Encounter", "Immunization", "MedicationAdministration"}
_OF_THE_PATIENT |= {"MedicationRequest", "MedicationStatement", "NutritionOrder", "Observation", "Procedure"}
_OF_THE_PATIENT |= {"ServiceRequest"}
_BUNDLE_TYPES = ("collection", "searchset", "document", "transaction", "batch")


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """One patient's resources, each valid R4 and about this patient.

    Attributes:
        origin: where it was read from, a file's name or a server's address. Shown to the clinician, never logged.
        patient: the Patient resource.
        resources: the other resources of :data:`READ_TYPES`, in the order of the record. Every one has an ``id``; one
            that came without has it from its ``fullUrl`` or its place, ``entry-12``.
        unread: what was seen but is not in ``resources``.
        merged: the Patient resources that were merged into ``patient``; their resources are among ``resources``.
        specimens: conditions of specimens in words, by ``Specimen/id`` and by ``fullUrl``.
        medications: ``code`` of the Medications that others name, by ``Medication/id`` and by ``fullUrl``.
        holders: ``Type/id`` of the resource that one of ``resources`` stands in, which has the id ``holder#id``.
        bases: the servers that it is from, see :func:`.people.own_name`; empty where nothing tells.
        asked_at: the server's time before it was asked for the first of it; None where nothing tells.
    """

    origin: str
    patient: Json
    resources: tuple[Json, ...]
    unread: tuple[Unread, ...] = ()
    merged: tuple[Json, ...] = ()
    specimens: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    medications: Mapping[str, Json] = field(default_factory=dict)
    holders: Mapping[str, str] = field(default_factory=dict)
    bases: frozenset[str] = frozenset()
    asked_at: dt.datetime | None = None

    @property
    def given(self) -> tuple[Json, ...]:
        """The resources as they were given, those inside others only there."""
        return tuple(resource for resource in self.resources if source_of(resource) not in self.holders)


def parse_bundle(data: bytes | str, *, origin: str) -> PatientRecord:
    """Reads a Bundle (collection, searchset, document, transaction, batch) with one patient, or a single Patient.

    Raises:
        InputTooLargeError: over 32 MiB or 20,000 entries.
        InputFormatError: broken JSON, no FHIR, no patient or several.
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
        raise InputFormatError("Bundle.type is not one that is read", hint=f"Read are {', '.join(_BUNDLE_TYPES)}")
    entries = content.get("entry")
    if not isinstance(entries, list) or not entries:
        raise InputFormatError("The Bundle has no entries", hint="Export the patient's record again")
    unread = []
    if next_link(content) is not None:
        unread.append(Unread("Bundle", Reason.MORE_PAGES))
    unread += warnings_in(content, "Bundle")
    return make_record(bundle_entries(content), origin=origin, unread=unread)


def bundle_entries(bundle: Json) -> list[tuple[str, Json]]:
    """``(fullUrl, resource)`` of each entry that has a resource; an OperationOutcome beside the hits is none.

    Raises:
        InputTooLargeError: over 20,000 entries.
    """
    entries = objects(bundle.get("entry"))
    if len(entries) > MAX_ENTRIES:
        raise InputTooLargeError(f"The Bundle has over {MAX_ENTRIES:,} entries", hint="Export fewer resources")
    return [
        (string(entry.get("fullUrl")), entry["resource"])
        for entry in entries
        if isinstance(entry.get("resource"), dict) and inner(entry.get("search")).get("mode") != "outcome"
    ]


def next_link(bundle: Json) -> str | None:
    """The address of the page that follows, None on the last one."""
    links = (link for link in objects(bundle.get("link")) if string(link.get("relation")) == "next")
    return next((string(link.get("url")) for link in links), None)


def warnings_in(bundle: Json, source: str) -> list[Unread]:
    """What the OperationOutcomes beside the hits say is missing: https://hl7.org/fhir/R4/search.html#matching."""
    left_out = []
    for entry in objects(bundle.get("entry")):
        outcome = inner(entry.get("resource"))
        if inner(entry.get("search")).get("mode") != "outcome" or outcome.get("resourceType") != "OperationOutcome":
            continue
        for issue in objects(outcome.get("issue")):
            code = string(issue.get("code"))
            if string(issue.get("severity")) == "information" or not re.fullmatch(r"[a-z-]{2,30}", code):
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
        strict: whether a resource of another FHIR release refuses the record, or is left out as other faulty ones.

    Raises:
        InputFormatError: no patient, several patients, or the patient is not valid R4.
        FhirVersionError: a resource of another FHIR release, or the patient.
    """
    left_out = list(unread)
    unused: Counter[str] = Counter()
    named: dict[str, tuple[str, Json]] = {}
    specimens: list[tuple[str, Json]] = []
    medications: list[tuple[str, Json]] = []
    for place, (full_url, resource) in enumerate(entries):
        kind = string(resource.get("resourceType"))
        if not kind:
            left_out.append(Unread(f"entry {place}", Reason.NO_RESOURCE_TYPE))
            continue
        try:
            refuse_other_release({**resource, "resourceType": kind})
        except FhirVersionError:
            if strict or kind == "Patient":
                raise
            left_out.append(Unread(f"{kind} at entry {place}", Reason.NOT_VALID_R4, kind))
            continue
        if kind == "Specimen":
            specimens.append((full_url, {**resource, "id": resource.get("id") or _id_from(full_url, place)}))
            continue
        if kind == "Medication":
            medication = {**resource, "id": resource.get("id") or _id_from(full_url, place)}
            if element := _modifier(medication, kind):
                left_out.append(Unread(source_of(medication), Reason.MODIFIED_MEANING, element))
            else:
                medications.append((full_url, medication))
            continue
        if kind not in READ_TYPES:
            unused[kind if is_known_type(kind) else ""] += 1
            continue
        resource = {**resource, "id": resource.get("id") or _id_from(full_url, place)}
        identity = source_of(resource) if is_id(resource["id"]) else f"{kind} at entry {place}"
        if identity in named:
            left_out.append(Unread(identity, Reason.REPEATED))
        else:
            named[identity] = (full_url, resource)

    people = patient_and_merged(named)
    name = next(iter(people))
    people[name], problem = as_read(people[name])
    left_out += [Unread(name, Reason.NOT_VALID_R4, problem)] if problem else []
    if element := _modifier(people[name], "Patient"):
        raise InputFormatError(f"The Patient resource is not valid R4 ({element})", hint=CORRECT)
    patient, *merged = people.values()
    urls = {identity: named.pop(identity)[0] for identity in people}
    references = {name for identity, person in people.items() for name in reference_names(person, urls[identity])}
    base = next(filter(None, map(base_of, urls.values())), "")
    identifiers = {
        identifier_key(identifier) for person in people.values() for identifier in objects(person.get("identifier"))
    }
    left_out += unread_merges(people)
    resources, addresses = [], [full_url for full_url, _ in (*specimens, *medications)] if server else []
    holders: dict[str, str] = {}
    for identity, (full_url, resource) in named.items():
        whose = Whose(references, identifiers, base or base_of(full_url))
        if why := _why_left_out(resource, whose, checked=False, strict=strict):
            left_out.append(Unread(identity, *why))
            continue
        resources.append(resource)
        addresses.append(full_url)
        for place, part in enumerate(lifted(resource, READ_TYPES[1:])):
            own = {**part, "id": f"{resource['id']}#{part.get('id') or place}"}
            if why := _why_left_out(part, whose, checked=False, strict=strict):
                left_out.append(Unread(source_of(own), *why))
            else:
                resources.append(own)
                holders[source_of(own)] = identity
    bases = frozenset({base}) if base else bases_of(addresses, server)
    of_specimens: dict[str, tuple[str, ...]] = {}
    for full_url, specimen in specimens:
        whose = Whose(references, identifiers, base or base_of(full_url))
        why = _why_left_out(specimen, whose, checked=True)  # of all of it only the condition is read
        if why and why[0] is not Reason.NO_PATIENT:  # the result that names it says whose it is
            left_out.append(Unread(source_of(specimen), *why))
        else:
            of_specimens |= dict.fromkeys(_names(full_url, specimen, bases), conditions(specimen))
    of_medications = {
        name: inner(medication.get("code"))
        for full_url, medication in medications
        for name in _names(full_url, medication, bases)
    }
    for kind, count in sorted(unused.items()):
        left_out.append(
            Unread(kind, Reason.NOT_USED, str(count)) if kind else Unread("Bundle", Reason.UNKNOWN_TYPE, str(count))
        )
    return PatientRecord(
        origin, patient, tuple(resources), tuple(left_out), tuple(merged), of_specimens, of_medications, holders, bases
    )


def _names(full_url: str, resource: Json, bases: Collection[str]) -> Iterator[str]:
    """By what others may name a resource: its address, and its type and id where it is on a server of the record."""
    if full_url:
        yield full_url
    if own_name(full_url, bases) != full_url or not base_of(full_url):
        yield source_of(resource)


def _why_left_out(resource: Json, whose: "Whose", *, checked: bool, strict: bool = True) -> tuple[Reason, str] | None:
    """Why a resource is not to be read as one of this patient, and the element that says so."""
    kind = resource["resourceType"]
    if not checked and (element := _problem_in(resource, strict)):
        return Reason.NOT_VALID_R4, element
    if element := _modifier(resource, kind):
        return Reason.MODIFIED_MEANING, element
    meta = inner(resource.get("meta"))
    if _INCOMPLETE & {string(mark.get("code")) for mark in (*objects(meta.get("tag")), *objects(meta.get("security")))}:
        # It may lack the very element that denies it, such as a verificationStatus.
        return Reason.INCOMPLETE, ""
    subject = inner(resource.get("subject") or resource.get("patient"))
    if not (string(subject.get("reference")) or inner(subject.get("identifier"))):
        # R4 lets an Observation, a report or a document lack its subject only until it is matched to a patient.
        return Reason.NO_PATIENT, ""
    if not whose.is_named_by(subject):
        return Reason.ANOTHER_PATIENT, ""
    others = (focus for focus in objects(resource.get("focus")) if not whose.is_named_by(focus))
    if any(_kind_of(focus) not in _OF_THE_PATIENT for focus in others):
        return Reason.OTHER_FOCUS, ""  # https://hl7.org/fhir/R4/observation-definitions.html#Observation.focus
    return None


def _problem_in(resource: Json, strict: bool) -> str:
    try:
        return problem_in(resource)
    except FhirVersionError as error:
        if strict:
            raise
        return error.message.partition(" is ")[0]  # the path, of names that are all FHIR's own


def _kind_of(reference: Json) -> str:
    """The type of what a Reference names, empty where it does not say."""
    return string(reference.get("type")) or "".join(named_by(reference).split("/")[-2:-1])


def _modifier(element: Json, path: str) -> str:
    """Path of the first element that forbids reading the resource without understanding it, empty when there is none.

    https://hl7.org/fhir/R4/extensibility.html#modifierExtension, https://hl7.org/fhir/R4/resource.html#implicitRules
    """
    for name in ("modifierExtension", "implicitRules"):
        if element.get(name):
            return f"{path}.{name}"
    for name, value in element.items():
        if name != "contained":  # contained resources are judged by themselves
            for child in objects(value if isinstance(value, list) else [value]):
                if found := _modifier(child, f"{path}.{name}"):
                    return found
    return ""


def _id_from(full_url: str, place: int) -> str:
    last = re.split(r"[/:]", full_url)[-1]
    return last if is_id(last) else f"entry-{place}"
