"""Emergencies in the problem list, through the real ontology: what is coded raises the flags that a note does."""

import datetime as dt
import json
from typing import Any

import pytest

from adapters.fhir.chart import EntryKind
from apps.diagnosis.service import DiagnosisService
from apps.diagnosis.visit import Visit
from knowledge.medical.case import Status
from knowledge.medical.red_flags import Outcome

TODAY = dt.datetime.now(dt.UTC).date()


ONE_OF_EACH = [
    ("Anaphylaxis", "anaphylaxis"),
    ("Sepsis", "sepsis"),
    ("Meningitis", "meningitis"),
    ("Status epilepticus", "status-epilepticus"),
    ("Diabetic ketoacidosis", "diabetic-ketoacidosis"),
    ("Cardiogenic shock", "shock"),
]


def opened(service: DiagnosisService, text: str, verified: str = "confirmed", **more: Any) -> Visit:
    """A patient with this active Condition, recorded today."""
    condition = {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": verified}]},
        "code": {"text": text},
        "recordedDate": TODAY.isoformat(),
        **more,
    }
    return of_patient(service, condition)


def of_patient(service: DiagnosisService, resource: dict[str, Any]) -> Visit:
    """A patient of whom this is known."""
    known = {"id": "c", "subject": {"reference": "Patient/p"}, **resource}
    entries = [{"resource": each} for each in ({"resourceType": "Patient", "id": "p"}, known)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    return service.open_file(json.dumps(bundle).encode(), name="record.json")


def flags(service: DiagnosisService, text: str, verified: str = "confirmed", **more: Any) -> list[str]:
    """The rules that fire for that patient."""
    return fired(opened(service, text, verified, **more))


def fired(visit: Visit) -> list[str]:
    """The rules that fire."""
    return [flag.rule.id for flag in visit.red_flags if flag.outcome is Outcome.FIRED]


@pytest.mark.parametrize("verified", ["confirmed", "provisional", "differential", "unconfirmed"])
@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Stroke", "stroke"),
        ("Suspected stroke", "stroke"),
        ("STEMI", "acute-coronary-syndrome"),
        ("Pulmonary embolism", "pulmonary-embolism"),
        *ONE_OF_EACH,
    ],
)
def test_a_working_diagnosis_of_an_emergency_raises_its_flag(
    diagnosis_service: DiagnosisService, text: str, rule: str, verified: str
) -> None:
    assert flags(diagnosis_service, text, verified) == [rule]


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("Reason for visit", "Sudden onset facial droop and arm weakness 1 hour ago", ["stroke"]),
        ("Reason for admission", "Septic shock", ["shock", "sepsis"]),
        ("Indication for intubation", "Status epilepticus", ["status-epilepticus"]),
        ("Reason for call", "Anaphylaxis", ["anaphylaxis"]),
        ("Reason for study", "Pulmonary embolism", ["pulmonary-embolism"]),
        ("Reason for study", "r/o pulmonary embolism", []),
        ("Reason for study", "No pulmonary embolism", []),
        ("Reason for study", "History of stroke", []),
        ("Family history", "Pulmonary embolism", []),
    ],
)
def test_what_somebody_comes_for_or_a_study_looks_for_raises_its_flag(
    diagnosis_service: DiagnosisService, question: str, text: str, expected: list[str]
) -> None:
    observation = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": question},
        "valueString": text,
        "effectiveDateTime": TODAY.isoformat(),
    }
    assert fired(of_patient(diagnosis_service, observation)) == expected


@pytest.mark.parametrize("text", ["No stroke", "Stroke ruled out"])
def test_a_working_diagnosis_whose_words_deny_it_raises_none(diagnosis_service: DiagnosisService, text: str) -> None:
    assert flags(diagnosis_service, text, "provisional") == []


@pytest.mark.parametrize(
    "text",
    [
        "Personal history of pulmonary embolism",
        "H/O: stroke",
        "History of stroke",
        "Status post myocardial infarction",
        "Old myocardial infarction",
        "Healed myocardial infarction",
        "Stroke, history of",
        "Pulmonary embolism (past)",
        "Chronic pulmonary embolism",
        *(f"Personal history of {text.lower()}" for text, _ in ONE_OF_EACH),
    ],
)
def test_what_its_words_call_history_is_no_emergency(diagnosis_service: DiagnosisService, text: str) -> None:
    assert flags(diagnosis_service, text) == []


@pytest.mark.parametrize(
    ("text", "finding", "status", "cue"),
    [
        ("Personal history of pulmonary embolism", "Pulmonary embolism", Status.UNKNOWN, "Personal history of"),
        ("Old myocardial infarction", "Myocardial infarction", Status.UNKNOWN, "Old"),
        ("Stroke 2015", "Stroke", Status.UNKNOWN, "2015"),
        ("既往脑梗死", "Ischemic stroke", Status.UNKNOWN, "既往"),
        ("Known pulmonary embolism", "Pulmonary embolism", Status.PRESENT, ""),
        ("Chronic pulmonary embolism", "Pulmonary embolism", Status.PRESENT, ""),
        ("History of asthma", "Asthma", Status.PRESENT, "History of"),  # who had it mostly has it
        ("History of diabetic ketoacidosis", "Diabetic ketoacidosis", Status.PRESENT, "History of"),  # has diabetes
    ],
)
def test_an_event_that_its_words_call_history_is_not_ranked(
    diagnosis_service: DiagnosisService, text: str, finding: str, status: Status, cue: str
) -> None:
    visit = opened(diagnosis_service, text)
    (found,) = visit.case.findings
    assert (found.label, found.status, found.evidence[0].cue) == (finding, status, cue)
    (problem,) = visit.chart.of(EntryKind.PROBLEM)
    assert problem.names == (text,)


@pytest.mark.parametrize(
    ("text", "onset", "rules"),
    [
        ("Subarachnoid hemorrhage", {"onsetDateTime": "2009-05-01"}, []),  # a problem list that was taken over today
        ("Subarachnoid hemorrhage", {"onsetPeriod": {"start": "2009"}}, []),
        ("Subarachnoid hemorrhage", {"onsetDateTime": str(TODAY.year)}, ["subarachnoid-hemorrhage"]),
        ("Subarachnoid hemorrhage", {"onsetDateTime": f"{TODAY:%Y-%m}"}, ["subarachnoid-hemorrhage"]),
        ("Subarachnoid hemorrhage", {"onsetDateTime": str(TODAY - dt.timedelta(days=1))}, ["subarachnoid-hemorrhage"]),
        (
            "Pulmonary embolism",
            {"onsetDateTime": "2009", "clinicalStatus": {"coding": [{"code": "recurrence"}]}},
            ["pulmonary-embolism"],
        ),
        ("Pulmonary embolism", {"onsetString": "2009"}, []),
        ("Pulmonary embolism", {"onsetString": "while walking"}, ["pulmonary-embolism"]),
        ("Pulmonary embolism", {"abatementDateTime": "2010"}, []),
        ("Pulmonary embolism", {"abatementDateTime": str(TODAY.year)}, ["pulmonary-embolism"]),
        *((text, {"onsetDateTime": "2009-05-01"}, []) for text, _ in ONE_OF_EACH),
        ("Suicidal ideation", {"onsetDateTime": "2009"}, ["suicide-risk"]),
    ],
)
def test_an_event_counts_by_when_it_began(
    diagnosis_service: DiagnosisService, text: str, onset: dict[str, Any], rules: list[str]
) -> None:
    assert flags(diagnosis_service, text, **onset) == rules
