"""Allergies as findings."""

from datetime import date
from typing import Any

import pytest
from fhir_fakes import (
    NO,
    SNOMED,
    YES,
    case_of,
    hpo,
    statuses,
)

from knowledge.medical.case import Evidence, Status


def allergy(verified: str = "confirmed", clinical: str = "active", **more: Any) -> dict[str, Any]:
    resource: dict[str, Any] = {"resourceType": "AllergyIntolerance", "code": {"text": "Peanut"}, **more}
    resource["verificationStatus"] = {"coding": [{"code": verified}]}
    if verified != "entered-in-error":
        resource["clinicalStatus"] = {"coding": [{"code": clinical}]}
    return resource


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        (allergy(), {"HP:0012393": YES}),
        (allergy(category=["food"]), {"HP:0500093": YES}),
        (allergy(category=["medication"]), {"HP:0410323": YES}),
        (allergy(category=["food", "environment"]), {"HP:0012393": YES}),
        (allergy("unconfirmed"), {"HP:0012393": Status.UNKNOWN}),
        (allergy(code=hpo("716186003", "No known allergy", SNOMED)), {"HP:0012393": NO}),
        (allergy(code=hpo("409137002", "No known drug allergy", SNOMED)), {"HP:0410323": NO}),
        (allergy(code={"text": "No known allergies"}), {"HP:0012393": NO}),
        (allergy(code={"text": "NKDA"}), {"HP:0410323": NO}),
        (allergy(code={"coding": [{"code": "NKDA"}]}), {"HP:0410323": NO}),
        (allergy(code={"coding": [{"code": "NONE"}]}), {}),
        (allergy(code={"text": "No known food allergies"}), {"HP:0500093": NO}),
        (allergy(code=hpo("1631000175102", "Patient not asked", SNOMED) | {"text": "Not on File"}), {}),
        (allergy(code={"text": "No known latex allergy"}), {}),
        (allergy(code={"text": "NONE"}), {}),
        (allergy(code={"text": "Allergies: none recorded"}), {}),
        (allergy(code={"text": "Unknown"}), {}),
        (allergy(code={"text": "否认过敏史"}), {}),
        (allergy(code={}), {}),
        (allergy(code={"text": "Unknown antibiotic"}), {"HP:0012393": YES}),
        (allergy(code={"text": "No known drug allergies except penicillin"}), {"HP:0012393": YES}),
        (allergy(code={"text": "None to food; penicillin"}), {"HP:0012393": YES}),
        (allergy(code={"text": "No. 5 yellow dye"}), {"HP:0012393": YES}),
        (allergy(code={"text": "NO (nitric oxide)"}), {"HP:0012393": YES}),
        (allergy(code={"text": "Not tolerated: ibuprofen"}), {"HP:0012393": YES}),
        (allergy(code={"text": "Penicillin", "coding": [{"code": "NKA"}]}), {"HP:0012393": YES}),
        (allergy(code={"text": "无花果过敏"}), {"HP:0012393": YES}),
        (allergy(code={"text": "无药物及食物过敏史"}), {}),
        (
            allergy(code={"text": "Unknown"}, reaction=[{"manifestation": [{"text": "Anaphylaxis"}]}]),
            {"HP:0012393": YES},
        ),
        (allergy(code={"text": "Nonoxynol"}), {"HP:0012393": YES}),
        (allergy(code={"text": "无水酒精"}), {"HP:0012393": YES}),
        (allergy(code={}, reaction=[{"manifestation": [{"text": "Hives"}]}]), {"HP:0012393": YES}),
        (allergy(type="intolerance"), {}),
        (allergy("refuted"), {}),
        (allergy("entered-in-error"), {}),
        (allergy(clinical="resolved"), {}),
    ],
)
def test_an_allergy(resource: dict[str, Any], expected: dict[str, Status]) -> None:
    case = case_of(resource)

    assert statuses(case) == expected
    assert len(case.findings) + len(case.unread) == 1


def test_an_allergy_shows_its_reaction_and_date() -> None:
    reaction = [{"manifestation": [{"text": "Fever"}]}]

    (finding,) = case_of(allergy(recordedDate="2020-05-06", reaction=reaction)).findings

    assert finding.evidence == (Evidence("AllergyIntolerance/x", "Peanut (Fever)", date(2020, 5, 6)),)
