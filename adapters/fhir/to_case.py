"""Turns a patient's FHIR record into a :class:`~knowledge.medical.case.Case`."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

from knowledge.medical.case import Case, Finding, Sex, Status, Unread, merge_findings
from knowledge.medical.measurements import Measurement
from knowledge.medical.red_flag_findings import LASTING

from .bundle import PatientRecord
from .collector import Collector
from .concept_map import ConceptMap, Unmapped
from .demographics import name_of, record_number_of
from .drafts import is_unconfirmed_own
from .elements import Json, first_day, source_of, string
from .pregnancy import pregnancy
from .reasons import Reason
from .resources import READERS
from .specimens import groups

if TYPE_CHECKING:
    from knowledge.medical.findings import FindingRecognizer
    from knowledge.medical.notes.context.person import Person
    from knowledge.medical.ontology import Ontology

MAX_AGE_YEARS = 130


def to_case(
    record: PatientRecord,
    recognizer: "FindingRecognizer",
    ontology: "Ontology",
    *,
    today: date,
    concept_map: ConceptMap | None = None,
    person: "Person | None" = None,
) -> Case:
    """Reads the findings, sex and age of a record; ``Case.unread`` lists what is not used.

    Args:
        today: the day for which the age is computed, unless the patient died earlier, and by which a problem has ended.
        concept_map: the site's own codes.
        person: sex, age and pregnancy, if known from elsewhere than the record.
    """
    patient = record.patient
    birth_date, age, unread = _age(patient, today)
    sex, sex_unread = _sex(patient)
    pregnant, gestation = pregnancy(record.resources, today), None
    if person is not None:
        age, sex, pregnant, gestation = person.age_years, person.sex, person.pregnant, person.gestation
    collector = Collector(
        recognizer,
        ontology,
        concept_map or ConceptMap(),
        today=today,
        age_years=age,
        sex=sex,
        specimens=record.specimens,
        groups=groups(record.resources, record.specimens, record.bases),
        bases=record.bases,
    )
    _collect(record, collector)
    return Case(
        findings=merge_findings(_upheld(collector.findings, collector.measurements)),
        sex=sex,
        birth_date=birth_date,
        age_years=age,
        patient=source_of(patient),
        name=name_of(patient),
        record_number=record_number_of(patient),
        unread=(*record.unread, *unread, *sex_unread, *collector.unread()),
        measurements=tuple(collector.measurements),
        pregnant=pregnant,
        gestation=gestation,
    )


def unmapped_codes(
    record: PatientRecord,
    recognizer: "FindingRecognizer",
    ontology: "Ontology",
    concept_map: ConceptMap | None = None,
) -> tuple[Unmapped, ...]:
    """The codes of a record that yielded no finding and that the site's table lacks."""
    collector = Collector(
        recognizer,
        ontology,
        concept_map or ConceptMap(),
        today=date.today(),
        specimens=record.specimens,
        groups=groups(record.resources, record.specimens, record.bases),
        bases=record.bases,
    )
    _collect(record, collector)
    return collector.unmapped()


def _collect(record: PatientRecord, collector: Collector) -> None:
    for resource in record.resources:
        if is_unconfirmed_own(resource):
            collector.skip(resource, Reason.WRITTEN_BY_US)
        else:
            READERS[resource["resourceType"]](collector, resource)


def _upheld(findings: list[Finding], measurements: list[Measurement]) -> list[Finding]:
    """Without the normal values of a lasting illness that is stated: a treated hypertension has them."""
    stated = LASTING & {finding.code for finding in findings if finding.status is Status.PRESENT}
    values = {measurement.place for measurement in measurements}
    return [
        finding
        for finding in findings
        if not (finding.code in stated and finding.status is Status.ABSENT)
        or not values.issuperset(evidence.place for evidence in finding.evidence)
    ]


def _sex(patient: Json) -> tuple[Sex, list[Unread]]:
    gender = string(patient.get("gender"))
    if gender in set(Sex):
        return Sex(gender), []
    return Sex.UNKNOWN, [Unread(source_of(patient), Reason.UNKNOWN_GENDER_CODE)] if gender else []


def _age(patient: Json, today: date) -> tuple[date | None, float | None, list[Unread]]:
    """Birth date if it is complete, age in years today or at death, and what to report about them.

    A birth date that is only a year or a month counts as the middle of it.
    """
    unread: list[Unread] = []
    died = first_day(patient.get("deceasedDateTime"))
    if died or patient.get("deceasedBoolean") is True:
        unread.append(Unread(source_of(patient), Reason.DECEASED))
    written = string(patient.get("birthDate"))
    born = first_day(written)
    if born is None:
        return None, None, unread
    counted_to = min(died or today, today)
    half = timedelta(days={4: 182, 7: 15}.get(len(written), 0))
    age = max(0.0, (counted_to - born - half).days / 365.25)
    if born > counted_to or age > MAX_AGE_YEARS:
        return None, None, [*unread, Unread(source_of(patient), Reason.IMPOSSIBLE_AGE)]
    if half:
        unread.append(Unread(source_of(patient), Reason.APPROXIMATE_AGE))
    return (None if half else born), round(age, 4 if age < 1 else 2), unread  # 4: to the day
