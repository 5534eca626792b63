"""On which part and side of the body a coded finding is."""

from typing import Any

import pytest
from fhir_fakes import SNOMED, case_of, condition, hpo

from knowledge.medical.case import Side


@pytest.mark.parametrize(
    ("extra", "site", "side"),
    [
        ({"bodySite": [{"text": "Left arm"}]}, "Left arm", Side.LEFT),
        ({"bodySite": [{"coding": [{"system": SNOMED, "code": "24028007", "display": "Right"}]}]}, "Right", Side.RIGHT),
        ({"bodySite": [{"text": "Hand"}, {"coding": [{"code": "7771000"}]}]}, "Hand", Side.LEFT),
        ({"bodySite": [{"text": "Left hand"}, {"text": "Right hand"}]}, "Left hand, Right hand", Side.BOTH),
        ({"bodySite": [{"text": "Arm"}]}, "Arm", None),
        ({}, "", None),
    ],
)
@pytest.mark.parametrize("code", [{"text": "Seizures"}, hpo("HP:0001250", "Seizures")])
def test_the_place_of_a_condition(extra: dict[str, Any], site: str, side: Side | None, code: dict[str, Any]) -> None:
    ((evidence,),) = (finding.evidence for finding in case_of(condition("active", code=code, **extra)).findings)
    assert (evidence.site, evidence.side) == (site, side)


def test_the_words_of_a_condition_tell_its_side_too() -> None:
    (finding,) = case_of(condition("active", code=hpo("HP:0001250", "Left-sided seizures"))).findings
    assert finding.sides == (Side.LEFT,)
