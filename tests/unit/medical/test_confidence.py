import itertools
from pathlib import Path

import numpy as np
import pytest

import knowledge.medical.versions as module
from core.errors import KnowledgeError
from knowledge.medical.case import Case, CaseKind, Evidence, Finding, Status, kind_of
from knowledge.medical.confidence import FEATURES, OUTCOMES, SERIES_MOST, Calibrator, features, fitted_threshold
from knowledge.medical.differential import Differential
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.versions import reading_files, versions

ROOT = Path(__file__).parents[3]
CODED = Evidence("Condition/c1", "fits")
WRITTEN = Evidence("text", "fits", start=3, end=7)


def case(*evidence: Evidence, status: Status = Status.PRESENT) -> Case:
    return Case((Finding("HP:0001250", "Seizure", status, evidence),))


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (case(CODED), CaseKind.STRUCTURED),
        (case(), CaseKind.STRUCTURED),
        (case(WRITTEN), CaseKind.NOTES),
        (case(CODED, WRITTEN), CaseKind.STRUCTURED),
        (case(WRITTEN, status=Status.ABSENT), CaseKind.STRUCTURED),
    ],
)
def test_the_kind_is_decided_from_the_input(asked: Case, kind: CaseKind) -> None:
    assert kind_of(asked) is kind


def test_the_three_probabilities_sum_to_one(medical: MedicalKnowledge) -> None:
    differential = Differential(medical)
    case_features = differential.extractor.extract(case(CODED))
    scores = differential.score(case_features)
    assert features(case_features, scores).shape == (len(FEATURES),)
    confidence = Calibrator.shipped().confidence(case_features, scores)
    assert confidence.right + confidence.other + confidence.outside == pytest.approx(1)


def test_one_of_a_numbered_series_is_never_a_suggestion() -> None:
    sure = Calibrator(np.zeros((len(OUTCOMES), len(FEATURES))), np.array([9.0, 0.0, 0.0]))
    alone, member = np.zeros((2, len(FEATURES)))
    member[FEATURES.index("siblings")] = np.log(6)
    assert sure.probabilities(alone)[0] > 0.99
    right, other, outside = sure.probabilities(member)
    assert right == SERIES_MOST < fitted_threshold()
    assert other == pytest.approx(1 - right - outside)


def test_a_calibrator_for_other_features_is_refused() -> None:
    with pytest.raises(KnowledgeError, match="another version"):
        Calibrator.read({"features": ["margin"], "weights": {}, "bias": {}})


def test_versions_name_what_a_probability_depends_on(medical: MedicalKnowledge) -> None:
    coded = versions(medical)
    assert coded.keys() == {"ontology", "annotations", "sources", "rules", "common", "fitted"}
    of_notes = versions(medical, CaseKind.NOTES)
    assert of_notes.keys() == coded.keys() | {"reading"}
    assert coded.items() <= of_notes.items()


def test_what_reads_a_note_is_part_of_its_version() -> None:
    folder = ROOT / "knowledge" / "medical"
    files = {path.relative_to(folder).as_posix() for path in reading_files()}
    notes = {
        "pipeline",
        "context/assertion",
        "context/cues_zh",
        "values/measurements",
        "words/phrases",
        "words/chinese",
    }
    reader = {"findings", "entities", *(f"notes/{name}" for name in notes)}
    tables = {"chinese_names.tsv", "notes/words/not_findings.txt", "common/words.yaml"}
    assert {f"{name}.py" for name in reader} | tables <= files


def test_everything_is_in_one_hash_but_what_is_no_part_of_a_probability() -> None:
    folder = ROOT / "knowledge" / "medical"
    parts = [
        {path.relative_to(folder).as_posix() for path in files()}
        for files in (module.rule_files, reading_files, module._common_files, module._fitted_files)
    ]
    for one, other in itertools.combinations(parts, 2):
        assert one.isdisjoint(other)
    assert {"case.py", "abstain.py", "likelihood.py", "names.py", "ner/icd10cm.tsv.gz", "common/rank.py"} <= parts[0]
    everything = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    left_out = {name for name in everything - set().union(*parts) if "__pycache__" not in name}
    assert not {name for name in left_out if not name.startswith(("red_flag", "fitted/", "ner/"))} - {
        *("certificate.py", "versions.py", "next_finding.py")
    }


def test_another_reader_makes_another_version(
    medical: MedicalKnowledge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cues.py").write_text("")
    before = versions(medical), versions(medical, CaseKind.NOTES)
    monkeypatch.setattr(module, "reading_files", lambda: [tmp_path / "cues.py"])
    assert versions(medical) == before[0]
    assert versions(medical, CaseKind.NOTES) != before[1]
    monkeypatch.undo()
    assert versions(medical, CaseKind.NOTES) == before[1]
