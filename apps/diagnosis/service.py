"""From a patient's record, a server or a note to findings and a ranking."""

import importlib.resources
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from adapters.fhir.bundle import PatientRecord, parse_bundle
from adapters.fhir.concept_map import ConceptMap, Unmapped
from adapters.fhir.to_case import to_case, unmapped_codes
from core.errors import InputFormatError, InputTooLargeError
from knowledge.medical.case import Case, kind_of
from knowledge.medical.certificate import Certificate
from knowledge.medical.confidence import Calibrator, Confidence
from knowledge.medical.differential import Differential, Ranking
from knowledge.medical.entities import FindingRecognizer
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.person import read_person
from knowledge.medical.red_flags import Outcome, RedFlag, RedFlags
from knowledge.medical.versions import versions

MAX_NOTE_BYTES = 1 << 20
"""Longest plain-text note."""


@dataclass(frozen=True, slots=True)
class Assessment:
    """A patient, the diseases to consider and what must not wait.

    Attributes:
        red_flags: those that fired, then those that cannot be assessed.
        certificate: the valid one for this kind of case; None when there is none.
        confidence: calibrated probabilities, only with a certificate.
    """

    case: Case
    ranking: Ranking
    red_flags: tuple[RedFlag, ...] = ()
    certificate: Certificate | None = None
    confidence: Confidence | None = None

    @property
    def is_suggestion(self) -> bool:
        """Whether the first disease may be called a suggestion."""
        if self.certificate is None or self.confidence is None:
            return False
        return self.confidence.right >= self.certificate.threshold


@dataclass(frozen=True, slots=True)
class SamplePatient:
    """A fictitious patient that ships with the suite."""

    key: str
    name: str
    path: Path


class DiagnosisService:
    """The diagnostic assistant behind every front end. Safe to share between threads.

    Nothing it returns is a diagnosis. Without a valid certificate for the kind of case there is no probability
    either, and every disease is one to consider.
    """

    def __init__(
        self,
        knowledge: MedicalKnowledge,
        recognizer: FindingRecognizer,
        differential: Differential,
        concept_map: ConceptMap,
        red_flags: RedFlags,
        calibrator: Calibrator | None = None,
        certificates: Sequence[Certificate] = (),
    ) -> None:
        self.knowledge = knowledge
        self._concept_map = concept_map
        self._recognizer = recognizer
        self._differential = differential
        self._red_flags = red_flags
        self._calibrator = calibrator or Calibrator.shipped()
        current = versions(knowledge)
        self._certificates = {c.kind: c for c in reversed(certificates) if c.is_valid(current)}

    def read_file(self, data: bytes, *, name: str) -> Case:
        """Reads a FHIR R4 Bundle or Patient (JSON), or a clinical note (a ``.txt`` file).

        Raises:
            InputError: too large, broken, not FHIR, or of another FHIR release.
        """
        if name.lower().endswith(".txt"):
            return self.read_note(data)
        return self.read_record(parse_bundle(data, origin=name))

    def read_record(self, record: PatientRecord) -> Case:
        """Turns a patient's resources into findings."""
        ontology, today = self.knowledge.ontology, date.today()
        return to_case(record, self._recognizer, ontology, today=today, concept_map=self._concept_map)

    def unmapped_codes(self, record: PatientRecord) -> tuple[Unmapped, ...]:
        """The record's codes that became no finding and that the site's table lacks."""
        return unmapped_codes(record, self._recognizer, self.knowledge.ontology, self._concept_map)

    def read_note(self, note: bytes) -> Case:
        """Reads a note typed or pasted by a clinician.

        Raises:
            InputTooLargeError: more than :data:`MAX_NOTE_BYTES`.
            InputFormatError: empty, or not UTF-8.
        """
        if len(note) > MAX_NOTE_BYTES:
            raise InputTooLargeError(
                f"The note has {len(note) / (1 << 20):.1f} MB; at most {MAX_NOTE_BYTES >> 20} MB are read",
                hint="Cut it down to the part that matters",
            )
        try:
            text = note.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise InputFormatError("The note is not UTF-8 text", hint="Save it as UTF-8") from None
        if not text.strip():
            raise InputFormatError("The note is empty")
        person = read_person(text)
        reading = self._recognizer.read(text, source="text", age_years=person.age_years, sex=person.sex)
        return Case(
            findings=reading.findings,
            sex=person.sex,
            age_years=person.age_years,
            unread=reading.unread,
            measurements=reading.measurements,
            pregnant=person.pregnant,
        )

    def red_flags(self, case: Case) -> tuple[RedFlag, ...]:
        """The red flags that are up now, then those that cannot be assessed for want of a value."""
        flags = self._red_flags.assess(case, now=datetime.now(UTC))
        return tuple(flag for flag in flags if flag.outcome is not Outcome.NOT_FIRED)

    def assess(self, case: Case, limit: int = 20) -> Assessment:
        """Ranks the diseases to consider, at most ``limit``."""
        ranking, flags = self._differential.rank(case, limit), self.red_flags(case)
        certificate = self._certificates.get(kind_of(case))
        if ranking.reason or certificate is None:
            return Assessment(case, ranking, flags)
        evidence = self._differential.finder.find(case)
        confidence = self._calibrator.confidence(evidence, self._differential.score(evidence))
        return Assessment(case, ranking, flags, certificate, confidence)


def sample_patients() -> tuple[SamplePatient, ...]:
    """The patients of the sample hospital."""
    folder = Path(str(importlib.resources.files("apps.diagnosis") / "sample_hospital"))
    return tuple(SamplePatient(path.stem, _official_name(path), path) for path in sorted(folder.glob("*.json")))


def _official_name(path: Path) -> str:
    entries = json.loads(path.read_text("utf-8"))["entry"]
    patient = next(entry["resource"] for entry in entries if entry["resource"]["resourceType"] == "Patient")
    return " ".join([*patient["name"][0]["given"], patient["name"][0]["family"]])
