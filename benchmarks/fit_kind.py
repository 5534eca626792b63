"""Fits the model that separates cases of common conditions from others (:mod:`knowledge.medical.joint`).

Each kind has half of the weight, divided equally among its sources. Common: our own vignettes, and patients sampled
from the probabilities of DDXPlus. Others: published patients, and our vignettes whose disease is not among the common
conditions. DDXPlus has only common diseases, so one that we lack is an example of neither kind.
"""

import json
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.common import read_jsonl, skip
from benchmarks.disease_names import DiseaseNames
from benchmarks.fit_models import fit_logistic
from benchmarks.vignettes import OURS, read_case
from knowledge.medical.case import Case, Evidence, Finding, Status
from knowledge.medical.common import load_common
from knowledge.medical.counterparts import find_counterparts, ranker_of
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.joint import FEATURES, PREFIX, features
from knowledge.medical.knowledge import MedicalKnowledge

_DRAWN = 10  # patients drawn of each condition of DDXPlus


@dataclass(frozen=True, slots=True)
class Note:
    """A patient read from text.

    Attributes:
        source: ``ours`` or ``ddxplus``.
        diagnosis: its name.
        right: ids of the entries that it matches.
        common: whether a common condition is among them.
    """

    source: str
    diagnosis: str
    case: Case
    right: frozenset[str]
    common: bool


def collect_notes(data: Path, knowledge: MedicalKnowledge, recognizer: FindingRecognizer) -> list[Note]:
    """Our vignettes, and patients sampled from DDXPlus if it is available."""
    names = DiseaseNames(knowledge, load_common())
    rows = [
        ("ours", row["diagnosis"], read_case(recognizer, row))
        for path in sorted(OURS.glob("*.jsonl"))
        for row in read_jsonl(path)
    ]
    rows += [("ddxplus", *drawn) for drawn in draw_patients(data / "ddxplus", recognizer)]
    notes = []
    for source, diagnosis, case in rows:
        right = names.meant_by(diagnosis).ids
        if right and any(f.status is Status.PRESENT for f in case.findings):
            common = any(id_.startswith(PREFIX) for id_ in right)
            if common or source == "ours":
                notes.append(Note(source, diagnosis, case, right, common))
    return notes


def fit_kind(notes: Sequence[Note], published: Sequence[Case], knowledge: MedicalKnowledge) -> dict[str, Any]:
    """Weights and bias of :class:`~knowledge.medical.joint.KindModel` as JSON values."""
    conditions = load_common()
    ranker = ranker_of(conditions, knowledge, find_counterparts(conditions, knowledge))
    rows: list[tuple[str, bool, NDArray[np.float64]]] = []
    cases = [(note.source, note.common, note.case) for note in notes]
    for source, common, case in [*cases, *(("published", False, case) for case in published)]:
        if ranked := ranker.rank(case):
            rows.append((source, common, features(ranked)))
    size = Counter((source, common) for source, common, _ in rows)
    sources = Counter(common for _, common in size)
    weight = np.array([len(rows) / size[source, common] / sources[common] for source, common, _ in rows])
    x, y = np.stack([values for _, _, values in rows]), np.array([int(common) for _, common, _ in rows])
    # Scaled to a total of 400 patients, so that the ridge keeps its meaning.
    weights, bias = fit_logistic(x, y, 400 * weight / weight.sum(), 2, ridge=1.0)
    print("kind", dict(size), flush=True)
    return {
        "weights": dict(zip(FEATURES, np.round(weights[1] - weights[0], 6).tolist(), strict=True)),
        "bias": round(float(bias[1] - bias[0]), 6),
    }


def draw_patients(folder: Path, recognizer: FindingRecognizer) -> list[tuple[str, Case]]:
    """Patients sampled from DDXPlus: each yes/no symptom with its condition's frequency, in the question's words."""
    if not folder.is_dir():
        skip("ddxplus", f"{folder} does not exist")
        return []
    questions = json.loads((folder / "release_evidences.json").read_text("utf-8"))
    shares = json.loads((folder / "symptom_condition_probs.json").read_text("utf-8"))["probabilities"]
    asked = {
        name: {mention.code for mention in recognizer.mentions(evidence["question_en"])}
        for name, evidence in questions.items()
        if evidence["data_type"] == "B" and not evidence["is_antecedent"]
    }
    drawing = random.Random(1)
    return [
        (condition, _case(sorted({c for q, codes in asked.items() if drawing.random() < own[q] for c in codes})))
        for condition, own in shares.items()
        for _ in range(_DRAWN)
    ]


def _case(codes: list[str]) -> Case:
    evidence = (Evidence("text", "", start=0, end=0),)
    return Case(tuple(Finding(code, "", Status.PRESENT, evidence) for code in codes))
