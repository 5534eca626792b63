"""A patient as the diagnosis code sees one: findings with their evidence, from any source."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from .measurements import Measurement, place_of

ASSUMED_AGE = 40.0
"""Age in years (an adult's) that ranges and rules assume when it is unknown."""


class Status(StrEnum):
    """What is known about a finding."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Sex(StrEnum):
    """Administrative sex, as FHIR R4 codes it (AdministrativeGender)."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class Side(StrEnum):
    """Side of the body."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One place a finding was read from.

    Attributes:
        source: ``ResourceType/id`` of a FHIR resource, or ``text`` for a typed note.
        date: clinical date of the statement, when the source gives one.
        phrase: the words or code display it was read from, verbatim.
        start, end: character offsets of ``phrase`` in the note; None for coded sources.
        cue: the words that made it absent or unknown (``denies``), verbatim; empty when there are none.
        before, after: the rest of the sentence, or of a code's words, verbatim.
        began: the last day on which it can have begun, if the source says; ``date`` is when it was recorded.
        is_past: whether the words place it long ago ("melena in 2015"); a chronic disease persists regardless.
        side, site: where the adjacent words place it, ``site`` verbatim ("left forearm"); None and empty if nowhere.
    """

    source: str
    phrase: str
    date: dt.date | None = None
    start: int | None = None
    end: int | None = None
    cue: str = ""
    before: str = field(default="", compare=False)
    after: str = field(default="", compare=False)
    began: dt.date | None = field(default=None, compare=False)
    is_past: bool = False
    side: Side | None = None
    site: str = ""

    @property
    def is_from_text(self) -> bool:
        """Whether it was read from running text."""
        return self.start is not None

    @property
    def place(self) -> str:
        """Source, offsets and words; equal to the place of the measured value that it was derived from."""
        return place_of(self.source, self.start, self.end, self.phrase)


@dataclass(frozen=True, slots=True)
class Finding:
    """One phenotype of the patient.

    Attributes:
        code: HPO id, ``HP:0001250``, or ``R1:0001`` of a finding of :mod:`knowledge.medical.common` that HPO lacks.
        label: name of the code.
        status: present, absent or unknown.
        evidence: where it was read, at least one entry.
        otherwise: evidence of another status ("no fever at home, T 39.1 here").
    """

    code: str
    label: str
    status: Status
    evidence: tuple[Evidence, ...]
    otherwise: tuple[Evidence, ...] = ()

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides of the body it is on, each once, in the order of its evidence."""
        return tuple(dict.fromkeys(evidence.side for evidence in self.evidence if evidence.side))

    @property
    def is_from_text(self) -> bool:
        """Whether it was read only from running text."""
        return bool(self.evidence) and all(evidence.is_from_text for evidence in self.evidence)

    @property
    def is_past(self) -> bool:
        """Whether all of its evidence is of the past."""
        return bool(self.evidence) and all(evidence.is_past for evidence in self.evidence)


@dataclass(frozen=True, slots=True)
class Unread:
    """Something in the record that did not become a finding, and why; reported, never dropped silently.

    Attributes:
        source: as in :class:`Evidence`.
        reason: a short code such as ``another_person``; the screens put it into words.
        phrase: the words concerned, verbatim; empty when the whole source is meant.
    """

    source: str
    reason: str
    phrase: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything the ranking may use about one patient.

    Attributes:
        findings: one entry per code.
        sex: administrative sex.
        birth_date: None when the record has none.
        age_years: age at the time the record was read, 0 to 130; None when unknown.
        patient: ``Patient/id``, or empty for a typed case.
        name: as the record writes it, for the banner only.
        record_number: medical record number, for the banner only.
        unread: what was seen but not used.
        measurements: vital signs and laboratory values, in any order.
        pregnant, gestation: as in :class:`~knowledge.medical.notes.context.person.Person`.
    """

    findings: tuple[Finding, ...]
    sex: Sex = Sex.UNKNOWN
    birth_date: dt.date | None = None
    age_years: float | None = None
    patient: str = ""
    name: str = ""
    record_number: str = ""
    unread: tuple[Unread, ...] = field(default=())
    measurements: tuple[Measurement, ...] = ()
    pregnant: bool | None = None
    gestation: int | None = None


class CaseKind(StrEnum):
    """Kind of case, decided from the input alone; each kind needs its own certificate."""

    STRUCTURED = "structured"
    """Coded findings, as a clinician or a record enters them."""
    NOTES = "notes"
    """At least one present finding was read only from running text."""


def kind_of(case: Case) -> CaseKind:
    """The kind of a case."""
    from_text = any(finding.status is Status.PRESENT and finding.is_from_text for finding in case.findings)
    return CaseKind.NOTES if from_text else CaseKind.STRUCTURED


def merge_findings(findings: list[Finding]) -> tuple[Finding, ...]:
    """Joins findings with the same code into one, in order of first appearance.

    Where present and absent statements contradict each other, the latest dated one decides; without dates, or on one
    date, the finding is present (a missed symptom costs more than an extra one). The rest goes to ``otherwise``.
    """
    merged: dict[str, list[Finding]] = {}
    for finding in findings:
        merged.setdefault(finding.code, []).append(finding)
    return tuple(_join(same) for same in merged.values())


def _join(same: list[Finding]) -> Finding:
    known = [f for f in same if f.status is not Status.UNKNOWN]
    if not known:
        status = Status.UNKNOWN
    elif len({f.status for f in known}) == 1:
        status = known[0].status
    else:
        dated = [(e.date, f.status) for f in known for e in f.evidence if e.date is not None]
        latest = max((d for d, _ in dated), default=None)
        decisive = {s for d, s in dated if d == latest}
        status = decisive.pop() if len(decisive) == 1 else Status.PRESENT
    evidence = dict.fromkeys(e for f in same if f.status is status for e in f.evidence)
    others = dict.fromkeys(e for f in same for e in (*f.evidence, *f.otherwise) if e not in evidence)
    return Finding(same[0].code, same[0].label, status, tuple(evidence), tuple(others))
