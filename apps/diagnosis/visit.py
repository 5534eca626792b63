"""A patient on the screen: what was read, what the clinician decided, and what follows from both."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, TypedDict

from adapters.fhir.bundle import PatientRecord
from adapters.fhir.chart import Chart, chart_of, chart_of_note
from adapters.fhir.chart_notes import Note
from adapters.fhir.elements import Json, source_of
from knowledge.medical.case import Case, Evidence, Finding, Sex, Status
from knowledge.medical.entities import Entity
from knowledge.medical.measurements import Measurement
from knowledge.medical.red_flags import RedFlag

from .assessment import Assessment

if TYPE_CHECKING:
    from .decision import Decided

Source = Literal["sample", "file", "server", "note"]

CLINICIAN = "clinician"
"""Evidence source of a finding as stated by a clinician on the page."""


class FindingDecision(StrEnum):
    """A clinician's decision about a finding, overriding what was read."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"
    REMOVED = "removed"
    """It was misread and is not in this patient's record."""


class Stated(TypedDict, total=False):
    """What a clinician states about the patient, named as in :class:`~knowledge.medical.case.Case`.

    What is not in it is as it was read; None means that it is not known.
    """

    age_years: float | None
    sex: Sex
    pregnant: bool | None
    gestation: int | None


@dataclass(frozen=True, slots=True)
class Review:
    """A clinician's decisions about a case: findings, values, the patient. Every method returns another review.

    Attributes:
        decisions: by code; other findings are as they were read.
        paused: codes that are left out for now.
        added: findings that were not read, in the order they were added.
        accepted: findings, with the status they were read with, that the required stop need not ask about again.
        misread: places of values in notes that are not this patient's.
        right: places of values that the required stop need not ask about again.
        stated: age, sex and pregnancy where the clinician corrects them. They count here only.
    """

    decisions: Mapping[str, FindingDecision] = field(default_factory=dict)
    paused: frozenset[str] = frozenset()
    added: tuple[Finding, ...] = ()
    accepted: frozenset[tuple[str, Status]] = frozenset()
    misread: frozenset[str] = frozenset()
    right: frozenset[str] = frozenset()
    stated: Stated = field(default_factory=Stated)

    def decide(self, code: str, decision: FindingDecision) -> "Review":
        """Decides about a finding. Removing one that was added deletes it."""
        if decision is FindingDecision.REMOVED and any(finding.code == code for finding in self.added):
            added = tuple(finding for finding in self.added if finding.code != code)
            return replace(self, added=added, paused=self.paused - {code}, decisions=self._without(code))
        return replace(self, decisions={**self.decisions, code: decision})

    def undo(self, code: str) -> "Review":
        """Reverts a finding to how it was read or added."""
        return replace(self, decisions=self._without(code))

    def pause(self, code: str) -> "Review":
        """Leaves a finding out for now."""
        return replace(self, paused=self.paused | {code})

    def resume(self, code: str) -> "Review":
        """Includes a paused finding again."""
        return replace(self, paused=self.paused - {code})

    def add(self, code: str, label: str, status: Status, case: Case) -> "Review":
        """Adds a finding, or decides about it if the case already has it."""
        if any(finding.code == code for finding in (*case.findings, *self.added)):
            return self.decide(code, FindingDecision(status.value)).resume(code)
        new = Finding(code, label, status, (Evidence(CLINICIAN, label),))
        return replace(self, added=(*self.added, new))

    def accept(self, findings: Iterable[Finding], values: Iterable[Measurement] = ()) -> "Review":
        """Accepts findings and values as read; the required stop does not ask about them again."""
        accepted = self.accepted | {(finding.code, finding.status) for finding in findings}
        return replace(self, accepted=accepted, right=self.right | {value.place for value in values})

    def discard(self, place: str) -> "Review":
        """Marks a value of a note, and what was concluded from it, as misread."""
        return replace(self, misread=self.misread | {place})

    def restore(self, place: str) -> "Review":
        """Undoes :meth:`discard`."""
        return replace(self, misread=self.misread - {place})

    def is_settled(self, finding: Finding) -> bool:
        """Whether a clinician has looked at a finding as it was read."""
        decided = finding.code in self.decisions or finding.code in self.paused
        return decided or (finding.code, finding.status) in self.accepted

    def apply(self, case: Case) -> Case:
        """The case as reviewed: without what is removed, misread or paused, and with what was added or stated.

        A value is removed too once the finding read from it is decided not to be present.
        """
        present = (finding for finding in case.findings if finding.status is Status.PRESENT)
        denied = {
            evidence.place
            for finding in present
            if self.decisions.get(finding.code) not in (None, FindingDecision.PRESENT)
            for evidence in finding.evidence
        }
        findings = [
            self._decided(finding)
            for finding in (*(filter(None, map(self._read, case.findings))), *self._new(case))
            if finding.code not in self.paused and self.decisions.get(finding.code) is not FindingDecision.REMOVED
        ]
        return without_values(replace(case, findings=tuple(findings), **self.stated), denied | self.misread)

    def _read(self, finding: Finding) -> Finding | None:
        """A finding without evidence from misread values; None if no evidence is left."""
        kept, others = (
            tuple(evidence for evidence in places if evidence.place not in self.misread)
            for places in (finding.evidence, finding.otherwise)
        )
        if kept == finding.evidence:
            return replace(finding, otherwise=others)
        return replace(finding, evidence=kept, otherwise=others) if kept else None

    def _new(self, case: Case) -> Iterable[Finding]:
        """Added findings that are not in the case; newer data may contain one that was added before."""
        read = {finding.code for finding in case.findings}
        return (finding for finding in self.added if finding.code not in read)

    def _decided(self, finding: Finding) -> Finding:
        decision = self.decisions.get(finding.code)
        if decision is None or decision.value == finding.status.value:
            return finding
        said = Evidence(CLINICIAN, finding.label)
        return replace(finding, status=Status(decision.value), evidence=(*finding.evidence, said))

    def _without(self, code: str) -> dict[str, FindingDecision]:
        return {other: decision for other, decision in self.decisions.items() if other != code}


def without_values(case: Case, places: Collection[str]) -> Case:
    """The case without the values read at these places."""
    return replace(case, measurements=tuple(value for value in case.measurements if value.place not in places))


@dataclass(frozen=True, slots=True)
class Question:
    """A finding from a note that a clinician must confirm before anything is ranked.

    Attributes:
        finding: as it was read.
        flags: ids of the red flags whose outcome changes if it is reversed.
        moved: how many of the first five diseases are replaced if it is reversed, 0 to 5.
        first: whether the first disease changes.
    """

    finding: Finding
    flags: tuple[str, ...]
    moved: int
    first: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """The required stop before a ranking.

    Attributes:
        questions: most influential first.
        untested: number of findings from notes whose influence was not computed, since there are too many.
        values: from notes; without one of them a red flag would not fire.
    """

    questions: tuple[Question, ...] = ()
    untested: int = 0
    values: tuple[Measurement, ...] = ()

    @property
    def count(self) -> int:
        """Number of things to confirm; 0 if the stop is passed."""
        return len(self.questions) + len(self.values)


@dataclass(frozen=True, slots=True)
class NamedNote:
    """A note, and the diseases, drugs and procedures that it names."""

    note: Note
    entities: tuple[Entity, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """One patient on one page, made by the service, so that its parts belong together.

    Attributes:
        id: random, of this reading; the page's buttons carry it, so that two patients are never confused.
        origin: name of the file or address of the server; empty for the others.
        read_at: in UTC.
        record: the FHIR resources it was read from; None for a note.
        note: the text it was read from; empty for a record.
        case: as it was read, for the age and sex that the clinician stated.
        review: what the clinician decided.
        red_flags: of the reviewed case, one per rule: first those that fired, then those that cannot be assessed.
        stop: what must be confirmed first.
        assessment: of the reviewed case; None before the stop is passed.
        seen: a list of the patient was shown before this assessment.
        decided: the clinician's decision on this assessment.
        in_record: decisions on earlier assessments that are in the record and not withdrawn.
        named: entities in its notes, newest note first; None before they were read.
    """

    source: Source
    origin: str
    read_at: datetime
    record: PatientRecord | None
    note: str
    case: Case
    review: Review = field(default_factory=Review)
    red_flags: tuple[RedFlag, ...] = ()
    stop: Stop = Stop()
    assessment: Assessment | None = None
    seen: bool = False
    decided: "Decided | None" = None
    in_record: "tuple[Decided, ...]" = ()
    named: tuple[NamedNote, ...] | None = None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(12))

    @property
    def is_of_server(self) -> bool:
        """Whether there is a record that can be written into."""
        return self.source == "server" and self.record is not None

    @property
    def written(self) -> "tuple[Decided, ...]":
        """Decisions that are in the record, newest last."""
        return tuple(each for each in (*self.in_record, self.decided) if each is not None and each.stands)

    def of_draft(self, digest: str) -> "Decided | None":
        """The current or an earlier decision whose draft has this digest."""
        every = (self.decided, *self.in_record)
        return next((each for each in every if each and each.draft and each.draft.digest == digest), None)

    def with_decision(self, after: "Decided") -> "Visit":
        """The visit with an updated decision about its draft: approved, sent or withdrawn."""
        if self.decided is not None and self.decided.draft is after.draft:
            return replace(self, decided=after)
        return replace(self, in_record=tuple(after if e.draft is after.draft else e for e in self.in_record))

    @property
    def was_seen(self) -> bool:
        """Whether a list of the patient was shown, now or before."""
        return self.seen or (self.assessment is not None and not self.assessment.switched_off)

    @property
    def reviewed(self) -> Case:
        """The case with the clinician's decisions."""
        return self.review.apply(self.case)

    @property
    def resources(self) -> dict[str, Json]:
        """The record's resources by ``ResourceType/id``; none for a note."""
        return {source_of(resource): resource for resource in (self.record.resources if self.record else ())}

    @property
    def chart(self) -> Chart:
        """The record, or the note, as a chart for look-ups."""
        if self.record is None:
            return chart_of_note(self.note, read_at=self.read_at)
        return chart_of(self.record, read_at=self.read_at)
