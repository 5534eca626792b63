"""Patients described in running text, with the diagnosis as a name: reading, ranking, and matching the diagnosis.

Half of the examination cases, by a hash of the diagnosis, were read while the common conditions were written; the texts
of the other half were not. For both halves, the names of diagnoses missing in the base were known, and their scores
were used to choose how much a note favours common conditions.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.disease_names import DiseaseNames
from knowledge.medical.case import Case, Sex
from knowledge.medical.common import load_common
from knowledge.medical.confidence import Calibrator, fitted_threshold
from knowledge.medical.differential import RankedDisease
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.joint import URGENT_PLACES, JointDifferential
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.notes.context.person import read_person

_DATA = Path(__file__).parents[1] / "tests" / "data"
OURS = _DATA / "vignettes"
"""Read in development, and by ``fit_kind``."""
EXAM_STYLE = _DATA / "exam_style" / "english.jsonl"
"""Only measured: nothing was changed or fitted for it."""
_PLACES = {"top1": 1, "top5": 5, "top10": 10}


def read_case(recognizer: FindingRecognizer, row: dict[str, Any]) -> Case:
    """Reads a text like a note; ``age_years`` and ``sex`` of the row, if given, override those in the text."""
    person = read_person(row["text"])
    sex, age = Sex(row["sex"]) if "sex" in row else person.sex, row.get("age_years", person.age_years)
    reading = recognizer.read(row["text"], source="text", age_years=age, sex=sex)
    return Case(
        reading.findings,
        sex=sex,
        age_years=age,
        measurements=reading.measurements,
        pregnant=person.pregnant,
        gestation=person.gestation,
    )


def unread(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The half of the examination cases that was not read in development."""
    return [row for row in rows if _half(row["diagnosis"]) == 1]


def _half(diagnosis: str) -> int:
    return hashlib.sha256(f"halves:{diagnosis.strip().lower()}".encode()).digest()[5] % 2


class VignetteBench:
    """Ranks texts and compares the first diseases with the diagnosis by the rules of :mod:`.disease_names`."""

    def __init__(
        self, recognizer: FindingRecognizer, knowledge: MedicalKnowledge, differential: JointDifferential
    ) -> None:
        self._recognizer, self._differential = recognizer, differential
        self._names = DiseaseNames(knowledge, load_common())

    def score(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Top-k shares of cases whose diagnosis is in the base; without a certificate no suggestions are shown."""
        places, inside, too_low = Counter[str](), 0, 0
        doubtful: dict[str, list[str]] = {}
        outside: list[str] = []
        for row in rows:
            meant = self._names.meant_by(row["diagnosis"])
            if not meant.ids:
                outside.append(row["diagnosis"])
                continue
            inside += 1
            if meant.doubtful:
                doubtful[row["diagnosis"]] = list(meant.names[:5])
            diseases = self._differential.rank(read_case(self._recognizer, row), limit=100).diseases
            at = next((i for i, d in enumerate(diseases) if meant.ids & {d.id, *d.aliases}), len(diseases))
            places.update(name for name, most in _PLACES.items() if at < most)
            too_low += any(_is_urgent(d) for d in diseases[URGENT_PLACES:])
        shares = {name: round(places[name] / max(inside, 1), 4) for name in _PLACES}
        return {
            "cases": len(rows),
            "in_base": inside,
            **shares,
            "shown": 0.0,
            "precision_shown": None,
            "urgent_below_10": too_low,
            "doubtful": doubtful,
            "not_in_base": outside,
        }

    def suggest(self, patients: Iterable[tuple[str, Case]]) -> dict[str, Any]:
        """Suggestions for patients with known diagnoses, as if their findings were coded.

        A certificate on published patients does not cover such cases, yet a suggestion may be made for them.
        """
        base, calibrator, least = self._differential.base, Calibrator.shipped(), fitted_threshold()
        cases, suggestions, wrong = 0, 0, []
        for diagnosis, told in patients:
            case = replace(told, findings=tuple(replace(finding, evidence=()) for finding in told.findings))
            diseases = self._differential.rank(case, limit=1).diseases
            cases += 1
            if not diseases or diseases[0].condition is not None:
                continue
            case_features = base.extractor.extract(case)
            if calibrator.confidence(case_features, base.score(case_features)).right >= least:
                suggestions += 1
                if not self._names.meant_by(diagnosis).ids & {diseases[0].id, *diseases[0].aliases}:
                    wrong.append(f"{diseases[0].name} for {diagnosis}")
        return {"cases": cases, "suggestions": suggestions, "wrong": wrong}


def _is_urgent(disease: RankedDisease) -> bool:
    """Whether the disease must not be missed and one of its red flags is present."""
    return disease.condition is not None and disease.condition.must_not_miss and bool(disease.red_flags)
