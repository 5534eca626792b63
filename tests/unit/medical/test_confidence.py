import numpy as np
import pytest

from core.errors import KnowledgeError
from knowledge.medical.case import Case, Evidence, Finding, Kind, Status, kind_of
from knowledge.medical.confidence import FEATURES, OUTCOMES, SERIES_MOST, Calibrator, features, fitted_threshold
from knowledge.medical.differential import Differential
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.versions import versions

CODED = Evidence("Condition/c1", "fits")
WRITTEN = Evidence("text", "fits", start=3, end=7)


def case(*evidence: Evidence, status: Status = Status.PRESENT) -> Case:
    return Case((Finding("HP:0001250", "Seizure", status, evidence),))


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (case(CODED), Kind.STRUCTURED),
        (case(), Kind.STRUCTURED),
        (case(WRITTEN), Kind.NOTES),
        (case(CODED, WRITTEN), Kind.STRUCTURED),
        (case(WRITTEN, status=Status.ABSENT), Kind.STRUCTURED),
    ],
)
def test_the_kind_is_decided_from_the_input(asked: Case, kind: Kind) -> None:
    assert kind_of(asked) is kind


def test_the_three_probabilities_sum_to_one(medical: MedicalKnowledge) -> None:
    differential = Differential(medical)
    evidence = differential.finder.find(case(CODED))
    scores = differential.score(evidence)
    assert features(evidence, scores).shape == (len(FEATURES),)
    confidence = Calibrator.shipped().confidence(evidence, scores)
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
    assert versions(medical).keys() == {"ontology", "annotations", "sources", "rules", "common", "fitted"}
