"""Emergencies in the problem list, through the real ontology: what is coded raises the flags that a note does."""

import datetime as dt
import json
from typing import Any

import pytest

from apps.diagnosis.service import DiagnosisService
from knowledge.medical.red_flags import Outcome

TODAY = dt.datetime.now(dt.UTC).date()


def flags(service: DiagnosisService, text: str, verified: str = "confirmed", **more: Any) -> list[str]:
    """The rules that fire for a patient with this active Condition, recorded today."""
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "subject": {"reference": "Patient/p"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": verified}]},
        "code": {"text": text},
        "recordedDate": TODAY.isoformat(),
        **more,
    }
    entries = [{"resource": resource} for resource in ({"resourceType": "Patient", "id": "p"}, condition)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    visit = service.open_file(json.dumps(bundle).encode(), name="record.json")
    return [flag.rule.id for flag in visit.red_flags if flag.outcome is Outcome.FIRED]


@pytest.mark.parametrize("verified", ["confirmed", "provisional", "differential", "unconfirmed"])
@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Stroke", "stroke"),
        ("Suspected stroke", "stroke"),
        ("STEMI", "acute-coronary-syndrome"),
        ("Pulmonary embolism", "pulmonary-embolism"),
    ],
)
def test_a_working_diagnosis_of_an_emergency_raises_its_flag(
    diagnosis_service: DiagnosisService, text: str, rule: str, verified: str
) -> None:
    assert flags(diagnosis_service, text, verified) == [rule]


@pytest.mark.parametrize("text", ["No stroke", "Stroke ruled out"])
def test_a_working_diagnosis_whose_words_deny_it_raises_none(diagnosis_service: DiagnosisService, text: str) -> None:
    assert flags(diagnosis_service, text, "provisional") == []
