"""Turns a patient's record or a note into findings and a ranking."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from adapters.fhir.bundle import PatientRecord, parse_bundle
from adapters.fhir.chart import Chart
from adapters.fhir.concept_map import ConceptMap, Unmapped
from adapters.fhir.to_case import to_case, unmapped_codes
from core.errors import InputFormatError, InputTooLargeError
from core.files import packaged
from knowledge.medical.abstain import set_aside, withheld
from knowledge.medical.case import Case, CaseKind, Sex, kind_of
from knowledge.medical.certificate import Certificate
from knowledge.medical.common import load_common
from knowledge.medical.confidence import Calibrator
from knowledge.medical.differential import Ranking
from knowledge.medical.entities import EntityRecognizer
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.joint import JointDifferential
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.notes.context.person import Person, read_person
from knowledge.medical.notes.language import can_be_read
from knowledge.medical.red_flags import RedFlag, RedFlags
from knowledge.medical.versions import versions

from .ask.answer import Answer
from .ask.asker import Asker
from .assessment import Assessment
from .safety import State
from .search import FindingSearch
from .stop import FIRST, stop_for
from .visit import NamedNote, Review, Source, Visit
from .warning_signs import warning_signs

MAX_NOTE_BYTES = 1 << 20
"""Longest plain-text note."""
MAX_NAMED = 100_000
"""Characters of notes, newest first, that are searched for entities: two or three seconds."""
_DEEP = 200  # diseases that a "why" question searches for one that is not listed


@dataclass(frozen=True, slots=True)
class SamplePatient:
    """A fictitious patient that ships with the suite."""

    name: str
    path: Path


def parse_file(data: bytes, *, name: str) -> PatientRecord | str:
    """A FHIR R4 Bundle or Patient (JSON), or the text of a clinical note (a ``.txt`` file).

    Raises:
        InputError: too large, broken, empty, not FHIR, or of another FHIR release.
    """
    return decode_note(data) if name.lower().endswith(".txt") else parse_bundle(data, origin=name)


def decode_note(note: bytes) -> str:
    """The text of a clinical note.

    Raises:
        InputTooLargeError: more than :data:`MAX_NOTE_BYTES`.
        InputFormatError: empty, or not UTF-8.
    """
    if len(note) > MAX_NOTE_BYTES:
        raise InputTooLargeError(
            f"The note has {len(note) / (1 << 20):.2f} MB; at most {MAX_NOTE_BYTES >> 20} MB are read",
            hint="Cut it down to the part that matters",
            kind="long_note",
        )
    try:
        text = note.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputFormatError("The note is not UTF-8 text", hint="Save it as UTF-8", kind="not_utf8") from None
    if not text.strip():
        raise InputFormatError("The note is empty", kind="empty_note")
    return text


class DiagnosisService:
    """The diagnostic assistant, shared by all front ends. Safe to share between threads.

    Nothing it returns is a diagnosis. Without a valid certificate for the kind of case there are no probabilities
    either, and every disease is merely to be considered.

    Args:
        certificates: earlier ones are preferred; those of other versions are left out.
        state: says what may be shown at the moment.
        unseen: records the lists that silent mode does not show.
    """

    def __init__(
        self,
        knowledge: MedicalKnowledge,
        recognizer: FindingRecognizer,
        entities: EntityRecognizer,
        differential: JointDifferential,
        concept_map: ConceptMap,
        red_flags: RedFlags,
        certificates: Sequence[Certificate] = (),
        state: Callable[[], State] = State,
        unseen: Callable[[Visit, Assessment, MedicalKnowledge], None] | None = None,
    ) -> None:
        self.knowledge = knowledge
        self._state, self._unseen = state, unseen
        self._concept_map = concept_map
        self._recognizer = recognizer
        self._entities = entities
        self._differential = differential
        self._red_flags = red_flags
        self._asker = Asker(recognizer, knowledge.ontology)
        self.search = FindingSearch(knowledge.ontology, load_common())
        self._calibrator = Calibrator.shipped()
        current = {kind: versions(knowledge, kind) for kind in CaseKind}
        self._certificates = {c.kind: c for c in reversed(certificates) if c.is_valid(current[c.kind])}

    def read(self, content: PatientRecord | str, person: Person | None = None) -> Case:
        """Turns a patient's resources, or a clinical note, into findings.

        Args:
            person: the patient, if known from elsewhere; otherwise as the resources or the note say.
        """
        return self._read_note(content, person) if isinstance(content, str) else self.read_record(content, person)

    def read_record(self, record: PatientRecord, person: Person | None = None) -> Case:
        """Turns a patient's resources into findings; ``person`` as in :meth:`read`."""
        ontology, today = self.knowledge.ontology, date.today()
        return to_case(record, self._recognizer, ontology, today=today, concept_map=self._concept_map, person=person)

    def unmapped_codes(self, record: PatientRecord) -> tuple[Unmapped, ...]:
        """The record's codes that became no finding and are missing from the site's table."""
        return unmapped_codes(record, self._recognizer, self.knowledge.ontology, self._concept_map)

    def read_note(self, text: str, *, sex: Sex = Sex.UNKNOWN, age_years: float | None = None) -> Case:
        """Reads a note typed or pasted by a clinician.

        Args:
            sex, age_years: if known from elsewhere; otherwise they are read from the note.
        """
        person = read_person(text)
        if sex is not Sex.UNKNOWN:
            person = replace(person, sex=sex)
        if age_years is not None:
            person = replace(person, age_years=age_years)
        return self._read_note(text, person)

    def _read_note(self, text: str, person: Person | None) -> Case:
        person = person or read_person(text)
        reading = self._recognizer.read(text, source="text", age_years=person.age_years, sex=person.sex)
        return Case(
            findings=reading.findings,
            sex=person.sex,
            age_years=person.age_years,
            unread=reading.unread,
            measurements=reading.measurements,
            pregnant=person.pregnant,
            gestation=person.gestation,
        )

    def open_file(self, data: bytes, *, name: str, source: Source = "file") -> Visit:
        """Opens a file on the screen: findings and red flags, nothing ranked yet.

        Raises:
            InputError: see :func:`parse_file`.
        """
        return self._open(parse_file(data, name=name), source, name if source == "file" else "")

    def open_record(self, record: PatientRecord) -> Visit:
        """Like :meth:`open_file`, for a record from the FHIR server."""
        return self._open(record, "server", record.origin)

    def open_note(self, note: bytes) -> Visit:
        """Like :meth:`open_file`, for a note.

        Raises:
            InputError: see :func:`decode_note`.
        """
        return self._open(decode_note(note), "note", "")

    def _open(self, content: PatientRecord | str, source: Source, origin: str) -> Visit:
        case = self.read(content)
        record, note = (None, content) if isinstance(content, str) else (content, "")
        return Visit(source, origin, datetime.now(UTC), record, note, case, red_flags=self.red_flags(case))

    def reopen(self, visit: Visit, newer: Visit) -> Visit:
        """Applies the decisions already taken to newer data of the same patient; the stop asks about what is new.

        Raises:
            InputFormatError: it is another patient.
        """
        if (newer.case.patient, newer.source, newer.origin) != (visit.case.patient, visit.source, visit.origin):
            raise InputFormatError("The newer record is of another patient", hint="Open that patient again")
        return self.review(replace(newer, seen=visit.was_seen, in_record=visit.written), visit.review)

    def review(self, visit: Visit, review: Review) -> Visit:
        """The visit after a clinician's decisions, with what is still to be confirmed, or the ranking."""

        def first(case: Case) -> tuple[str, ...]:
            return self._differential.first(set_aside(case, self.knowledge.ontology)[0], FIRST)

        if visit.named is None:
            visit = replace(visit, named=tuple(self._named(visit)))
        visit = replace(visit, case=self._read_for(visit, review))
        stop = stop_for(visit.case, review, first, self.red_flags)
        if not stop.count:  # findings that did not matter when the stop was passed are not asked about later
            review = review.accept(visit.case.findings, visit.case.measurements)
        reviewed = review.apply(visit.case)
        assessment = None if stop.count else self.assess(reviewed)
        if assessment and assessment.switched_off:
            self._record_unseen(visit, reviewed)
        flags = assessment.red_flags if assessment else self.red_flags(reviewed)
        return replace(
            visit,
            review=review,
            red_flags=flags,
            stop=stop,
            assessment=assessment,
            seen=visit.was_seen,
            decided=None,
            in_record=visit.written,
        )

    def _read_for(self, visit: Visit, review: Review) -> Case:
        """The case, with findings read again where a clinician corrects age or sex, which values are judged by.

        What was read about the patient stays.
        """
        read, before, now = visit.case, visit.reviewed, review.apply(visit.case)
        if (before.age_years, before.sex) == (now.age_years, now.sex):
            return read
        again = self.read(visit.record or visit.note, Person(now.age_years, now.sex, now.pregnant, now.gestation))
        return replace(read, findings=again.findings, unread=again.unread, measurements=again.measurements)

    def _record_unseen(self, visit: Visit, reviewed: Case) -> None:
        """In silent mode, records the list that would have been shown, unless a clinician has seen one before."""
        state = self._state()
        if self._unseen and state.silent and not visit.was_seen:
            listed = self.rank(reviewed)
            certificate = self._certificate(listed, state)
            self._unseen(visit, replace(listed, certificate=certificate), self.knowledge)

    def _named(self, visit: Visit) -> Iterator[NamedNote]:
        """Entities in the newest notes, up to :data:`MAX_NAMED` characters."""
        left = MAX_NAMED
        for note in visit.chart.newest_notes():
            left -= len(note.text)
            if left < 0:
                return
            if can_be_read(note.text):
                yield NamedNote(note, self._entities.read(note.text))

    def accept(self, visit: Visit) -> Visit:
        """Passes the stop: everything that was not decided otherwise is accepted as read."""
        return self.review(visit, visit.review.accept(visit.case.findings, visit.case.measurements))

    def ask(self, visit: Visit, question: str, chart: Chart) -> Answer:
        """Looks up the answer to a question in the patient's record; "why" is answered from the ranking.

        Raises:
            InputTooLargeError: the question is too long.
        """

        def deeper() -> Ranking:
            return self._differential.rank(set_aside(visit.reviewed, self.knowledge.ontology)[0], _DEEP)

        return self._asker.ask(question, chart, visit.case, visit.assessment, deeper, visit.review.stated)

    def red_flags(self, case: Case) -> tuple[RedFlag, ...]:
        """The current outcome of every rule: it fires, lacks a value, or does not fire."""
        return self._red_flags.assess(case, now=datetime.now(UTC))

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """Certificates valid for this version, withdrawn or not."""
        return tuple(self._certificates.values())

    def may_show(self, assessment: Assessment) -> bool:
        """Whether an assessment is still current: the switch has not changed and its certificate is not withdrawn."""
        state, certificate = self._state(), assessment.certificate
        withdrawn = certificate is not None and certificate.id in state.withdrawn
        return assessment.switched_off == state.off and not withdrawn

    def assess(self, case: Case, limit: int = 20) -> Assessment:
        """Ranks the diseases to consider, at most ``limit``, or says why not; when switched off, only red flags.

        While there is a doubt to ask about, nothing is a suggestion and there is no probability.
        """
        state = self._state()
        if state.off:
            nothing = Ranking((), self.knowledge.source, self.knowledge.version, 0)
            return Assessment(case, nothing, self.red_flags(case), switched_off=True)
        listed = self.rank(case, limit)
        certificate = self._certificate(listed, state)
        return replace(listed, certificate=certificate, confidence=listed.confidence if certificate else None)

    def rank(self, case: Case, limit: int = 20) -> Assessment:
        """The list and probability as under a valid certificate, whatever the current state: for evaluation only."""
        case, doubts = set_aside(case, self.knowledge.ontology)
        whole = self._differential.rank(case, limit)
        ranking = withheld(whole, case, self.knowledge.ontology)
        now = datetime.now(UTC)
        flagged = [disease for disease in (*ranking.diseases, *ranking.urgent) if disease.red_flags]
        signs = {disease.id: warning_signs(disease, case, self.knowledge.ontology, now) for disease in flagged}
        assessment = Assessment(case, ranking, self.red_flags(case), doubts=doubts, signs=signs)
        # A first place from our own file of common conditions is editorial and has no probability.
        editorial = bool(ranking.diseases) and ranking.diseases[0].condition is not None
        moved = ranking.diseases[:1] != whole.diseases[:1]  # a probability is for the first before withholding
        if ranking.reason or doubts or editorial or moved:
            return assessment
        base = self._differential.base
        case_features = base.extractor.extract(case)
        scores = base.score(case_features)
        best = self.knowledge.diseases.diseases[int(case_features.places[scores.order[0]])].id
        if any(disease.id != best for disease in ranking.diseases[:1]):  # the best cannot occur in the patient's sex
            return assessment
        return replace(assessment, confidence=self._calibrator.confidence(case_features, scores))

    def _certificate(self, listed: Assessment, state: State) -> Certificate | None:
        """The certificate that applies to a list; None if there is none, or no probability."""
        certificate = self._certificates.get(kind_of(listed.case)) if listed.confidence else None
        return None if certificate is None or certificate.id in state.withdrawn else certificate


def sample_patients() -> tuple[SamplePatient, ...]:
    """The patients of the sample hospital."""
    folder = packaged("apps.diagnosis", "sample_hospital")
    return tuple(SamplePatient(_official_name(path), path) for path in sorted(folder.glob("*.json")))


def _official_name(path: Path) -> str:
    entries = json.loads(path.read_text("utf-8"))["entry"]
    patient = next(entry["resource"] for entry in entries if entry["resource"]["resourceType"] == "Patient")
    return " ".join([*patient["name"][0]["given"], patient["name"][0]["family"]])
