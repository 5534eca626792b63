"""A patient's record for a clinician to look things up in: results, medicines, problems, notes, each with its resource.

Nothing is interpreted here. A resource's own status (stopped, refuted, planned) is kept as it is; only what was
entered in error, and results that were cancelled or only registered, are left out.
"""

import datetime as dt
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from knowledge.medical.case import Unread
from knowledge.medical.notes.language import can_be_read

from .bundle import PatientRecord
from .chart_notes import Note, notes_of
from .elements import (
    DOUBTFUL,
    GOING_ON,
    NOT_ORDERED,
    Json,
    abated,
    codes,
    codings,
    day_of,
    effective_time,
    first_day,
    first_time,
    inner,
    named_by,
    objects,
    onset,
    reaction_words,
    shown_unit,
    source_of,
    string,
    wording,
    wordings,
)
from .observations import has_value, interpretations, normal_range, number, other_values
from .people import own_name
from .reasons import Reason
from .visits import by_reference, reasons


class EntryKind(StrEnum):
    """The kind of an entry."""

    RESULT = "result"
    MEDICATION = "medication"
    ALLERGY = "allergy"
    PROBLEM = "problem"
    PROCEDURE = "procedure"
    ENCOUNTER = "encounter"
    RELATIVE = "relative"
    IMMUNIZATION = "immunization"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Value:
    """The result of an observation.

    Attributes:
        number: None for a result in words.
        comparator: ``<``, ``<=``, ``>=`` or ``>``; empty when the number is exact.
        unit: as the record writes it.
        words: of a coded, boolean or worded result, verbatim.
        low, high: the only normal range for this patient, in ``unit``; None for a missing bound.
        flags: codes of the laboratory's interpretation, such as ``H``.
    """

    number: float | None = None
    comparator: str = ""
    unit: str = ""
    words: str = ""
    low: float | None = None
    high: float | None = None
    flags: tuple[str, ...] = ()


ROLES = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
"""The code system of relatives."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One statement of a resource.

    Attributes:
        source: ``ResourceType/id``.
        names: its wordings in the record, the one to show first; empty if it has only codes.
        codes: its codes in any system.
        time: a moment, or a day; None if the resource has none.
        end: the day it ended, if stated.
        status: FHIR code such as ``stopped`` or ``resolved``; empty if there is none.
        is_current: whether a medicine is being taken, a problem or allergy is active, or a procedure or encounter is
            in progress.
        detail: dose, reaction, reason or relative, verbatim.
        value: of a result; None for other kinds.
        role: code of a relative in :data:`ROLES`; empty if uncoded.
        part: name of the component of a result that has several, such as ``Systolic blood pressure``.
    """

    kind: EntryKind
    source: str
    names: tuple[str, ...]
    codes: frozenset[str] = frozenset()
    time: dt.date | None = None
    end: dt.date | None = None
    status: str = ""
    is_current: bool = False
    detail: str = ""
    value: Value | None = None
    role: str = ""
    part: str = ""

    @property
    def day(self) -> dt.date | None:
        """The day of :attr:`time`, as the record writes it."""
        return day_of(self.time)


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything in a record that can be looked up.

    Attributes:
        read_at: when the record was read.
        patient: the Patient resource; empty for a typed note.
        resources: by ``ResourceType/id``, the patient included.
        counts: how many resources there are of each type.
        unread: what was seen, or must exist, but could not be read.
    """

    read_at: dt.datetime
    patient: Json
    entries: tuple[Entry, ...]
    notes: tuple[Note, ...]
    resources: dict[str, Json] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    unread: tuple[Unread, ...] = ()

    def of(self, *kinds: EntryKind) -> Iterator[Entry]:
        """The entries of these kinds."""
        return (entry for entry in self.entries if entry.kind in kinds)

    def newest_notes(self) -> list[Note]:
        """The notes, newest first; those without a date come last."""
        return sorted(self.notes, key=lambda note: note.day or dt.date.min, reverse=True)


def chart_of(record: PatientRecord, *, read_at: dt.datetime) -> Chart:
    """The chart of a patient's record, including what the suite itself wrote, with its status."""
    entries: list[Entry] = []
    notes: list[Note] = []
    unread, references = list(record.unread), by_reference(record)
    for resource in record.resources:
        entries += _entries(resource, record, references)
        found, lost = notes_of(resource)
        notes += found
        unread += [*lost, *_not_understood(found)]
    named = {source_of(resource): resource for resource in (record.patient, *record.resources)}
    counts = Counter(resource["resourceType"] for resource in record.resources)
    return Chart(read_at, record.patient, tuple(entries), tuple(notes), named, dict(counts), tuple(unread))


def chart_of_note(text: str, *, read_at: dt.datetime) -> Chart:
    """The chart of a note that somebody typed."""
    note = Note("text", "", None, text)
    return Chart(read_at, {}, (), (note,), unread=tuple(_not_understood([note])))


def _not_understood(notes: list[Note]) -> Iterator[Unread]:
    return (Unread(note.source, Reason.LANGUAGE_NOT_SUPPORTED) for note in notes if not can_be_read(note.text))


def _entries(resource: Json, record: PatientRecord, named: Mapping[str, Json]) -> Iterator[Entry]:
    if string(resource.get("status")) == "entered-in-error":
        return
    if "entered-in-error" in codes(resource.get("verificationStatus")):
        return
    match resource["resourceType"]:
        case "Observation":
            yield from _results(resource)
        case "MedicationRequest" | "MedicationStatement":
            yield from _medication(resource, record)
        case "AllergyIntolerance":
            yield _allergy(resource)
        case "Condition":
            yield _problem(resource)
        case "Procedure":
            yield _procedure(resource)
        case "Encounter":
            yield _encounter(resource, reasons(resource, record, named))
        case "FamilyMemberHistory":
            yield from _relative(resource)
        case "Immunization":
            yield _immunization(resource)
        case "DiagnosticReport":
            yield _report(resource)


def _results(observation: Json) -> Iterator[Entry]:
    status = string(observation.get("status"))
    if status in {"cancelled", "registered"}:
        return
    time = effective_time(observation)
    names, coded = _concept(observation.get("code"))
    components = objects(observation.get("component"))
    if has_value(observation) or not components:
        yield Entry(
            EntryKind.RESULT, source_of(observation), names, coded, time, status=status, value=_value(observation)
        )
    for component in components:
        own, own_codes = _concept(component.get("code"))
        yield Entry(
            EntryKind.RESULT,
            source_of(observation),
            names,
            coded | own_codes,
            time,
            status=status,
            value=_value(component),
            part=next(iter(own), ""),
        )


def _value(part: Json) -> Value:
    quantity = inner(part.get("valueQuantity"))
    given = number(quantity.get("value", part.get("valueInteger")))
    ranges = objects(part.get("referenceRange"))
    low, high = normal_range(ranges, quantity) or (None, None)
    boolean = part.get("valueBoolean")
    words = [
        *wordings(part.get("valueCodeableConcept")),
        string(part.get("valueString")),
        *other_values(part),
        *((str(boolean).lower(),) if isinstance(boolean, bool) else ()),
        *wordings(part.get("dataAbsentReason")),
    ]
    return Value(
        number=None if math.isnan(given) else given,
        comparator=string(quantity.get("comparator")),
        unit=shown_unit(quantity),
        words=next((word for word in words if word), ""),
        low=_finite(low),
        high=_finite(high),
        flags=tuple(sorted(interpretations(part))),
    )


def _finite(bound: float | None) -> float | None:
    return bound if bound is not None and math.isfinite(bound) else None


def _medication(resource: Json, record: PatientRecord) -> Iterator[Entry]:
    """The medicine with its names; one that only references a Medication that was not read has none."""
    status, intent = string(resource.get("status")), string(resource.get("intent"))
    if resource.get("doNotPerform") is True:
        status = "do-not-perform"
    names, coded = _concept(resource.get("medicationCodeableConcept"))
    reference = inner(resource.get("medicationReference"))
    if string(reference.get("display")):
        names = (*names, string(reference.get("display")))
    inside = {f"#{string(part.get('id'))}": part.get("code") for part in objects(resource.get("contained"))}
    name = named_by(reference)
    beside = record.medications
    own, own_codes = _concept(inside.get(name) or beside.get(name) or beside.get(own_name(name, record.bases)))
    names, coded = tuple(dict.fromkeys((*names, *own))), coded | own_codes
    period = inner(resource.get("effectivePeriod"))
    dosages = [string(d.get("text")) for d in objects(resource.get("dosageInstruction") or resource.get("dosage"))]
    yield Entry(
        EntryKind.MEDICATION,
        source_of(resource),
        names,
        coded,
        first_time((resource.get("authoredOn"), resource.get("effectiveDateTime"), period.get("start"))),
        first_day(period.get("end")),
        intent if intent in NOT_ORDERED else status,
        status in {"active", "on-hold", "unknown"} and intent not in NOT_ORDERED,
        "; ".join(filter(None, dosages)),
    )


def _allergy(resource: Json) -> Entry:
    names, coded = _concept(resource.get("code"))
    if not names:
        substances = [inner(part.get("substance")) for part in objects(resource.get("reaction"))]
        names = tuple(word for substance in substances for word in wordings(substance))
    status = _clinical(resource)
    return Entry(
        EntryKind.ALLERGY,
        source_of(resource),
        names,
        coded,
        first_time((resource.get("recordedDate"), resource.get("onsetDateTime"))),
        status=status,
        is_current=status in {"active", ""},
        detail=reaction_words(resource),
    )


def _problem(resource: Json) -> Entry:
    names, coded = _concept(resource.get("code"))
    ended, status = abated(resource), _clinical(resource)
    return Entry(
        EntryKind.PROBLEM,
        source_of(resource),
        names,
        coded,
        onset(resource) or first_time((resource.get("recordedDate"),)),
        ended,
        status,
        status in {"active", "recurrence", "relapse"} or (not status and ended is None),
    )


def _clinical(resource: Json) -> str:
    """Its verification status if that refutes or doubts the statement, else its clinical status."""
    verified = codes(resource.get("verificationStatus")) & {"refuted", *DOUBTFUL}
    return min(verified, default="") or min(codes(resource.get("clinicalStatus")), default="")


def _procedure(resource: Json) -> Entry:
    names, coded = _concept(resource.get("code"))
    period = inner(resource.get("performedPeriod"))
    return Entry(
        EntryKind.PROCEDURE,
        source_of(resource),
        names,
        coded,
        first_time((resource.get("performedDateTime"), period.get("start"))),
        first_day(period.get("end")),
        string(resource.get("status")),
        string(resource.get("status")) == "in-progress",
    )


def _encounter(resource: Json, told: Iterable[str]) -> Entry:
    period = inner(resource.get("period"))
    kinds = [word for concept in objects(resource.get("type")) for word in wordings(concept)]
    setting = inner(resource.get("class"))
    display = string(setting.get("display")) or string(setting.get("code"))
    status = string(resource.get("status"))
    return Entry(
        EntryKind.ENCOUNTER,
        source_of(resource),
        tuple(dict.fromkeys(filter(None, (*kinds[:1], display)))),
        frozenset(filter(None, (string(setting.get("code")),))),
        first_time((period.get("start"),)),
        first_day(period.get("end")),
        status,
        status in GOING_ON,
        ", ".join(told),
    )


def _relative(resource: Json) -> Iterator[Entry]:
    relation = wording(resource.get("relationship"))
    role = next((code for system, code, _ in codings(resource.get("relationship")) if system == ROLES), "")
    conditions = [_concept(part.get("code")) for part in objects(resource.get("condition"))]
    for names, coded in conditions or [((), frozenset())]:
        yield Entry(
            EntryKind.RELATIVE,
            source_of(resource),
            names,
            coded,
            first_day(resource.get("date")),
            status=string(resource.get("status")),
            detail=relation,
            role=role,
        )


def _immunization(resource: Json) -> Entry:
    names, coded = _concept(resource.get("vaccineCode"))
    given = first_time((resource.get("occurrenceDateTime"), resource.get("recorded")))
    status = string(resource.get("status"))
    return Entry(EntryKind.IMMUNIZATION, source_of(resource), names, coded, given, status=status)


def _report(resource: Json) -> Entry:
    names, coded = _concept(resource.get("code"))
    status = string(resource.get("status"))
    return Entry(EntryKind.REPORT, source_of(resource), names, coded, effective_time(resource), status=status)


def _concept(concept: object) -> tuple[tuple[str, ...], frozenset[str]]:
    return tuple(wordings(concept)), frozenset(code for _, code, _ in codings(concept) if code)
