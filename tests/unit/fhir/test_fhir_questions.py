"""What an Observation asks decides what its text or coded value says of the patient."""

import time
from typing import Any

import pytest
from fhir_fakes import NO, YES, case_of, hpo, observation, statuses

from adapters.fhir.questions import heading
from adapters.fhir.reasons import Reason
from knowledge.medical.case import Status, Unread

VALUES = [{"valueString": "Seizures"}, {"valueCodeableConcept": hpo("HP:0001250", "Seizures")}]


def loinc(code: str, text: str = "") -> dict[str, Any]:
    return {"coding": [{"system": "http://loinc.org", "code": code}], **({"text": text} if text else {})}


@pytest.mark.parametrize(
    "code",
    [
        loinc("8670-2"),
        loinc("10157-6"),
        {"text": "Family history"},
        {"text": "FHx"},
        {"text": "History of family member diseases Narrative"},
        {"text": "Family members with seizures"},
        {"text": "Seizures in family members"},
        {"text": "Seizures (family member)"},
        {"text": "Family member diagnosis"},
        {"text": "Cancer diagnosed by age 50 in family members"},
        {"text": "Social/Family history"},
        {"text": "Medications and family history"},
        {"text": "用药及家族史"},
        {"text": "Mother's diagnosis"},
        {"text": "Half-brother’s disease"},
        {"text": "家族史"},
    ],
)
@pytest.mark.parametrize("value", VALUES)
def test_a_disease_of_the_family_is_told_and_not_the_patients(code: dict[str, Any], value: dict[str, Any]) -> None:
    case = case_of(observation(code, **value))

    assert case.findings == ()
    words = f"{code['text']}: Seizures" if "text" in code else "Seizures"
    assert case.unread == (Unread("Observation/x", Reason.FAMILY_HISTORY, words),)


def test_a_part_of_an_observation_about_the_family_is_of_the_family() -> None:
    part = {"code": {"text": "Diagnosis"}, "valueString": "Seizures"}

    assert case_of(observation({"text": "Family history"}, component=[part])).findings == ()


@pytest.mark.parametrize(
    "code",
    [
        loinc("18785-6"),
        loinc("42349-1"),
        {"text": "Radiology Reason for study (narrative)"},
        {"text": "Clinical indication"},
        {"text": "Reason for referral"},
        {"text": "Reason for the CT"},
        {"text": "Indication for MRI brain"},
        {"text": "Reason for left knee MRI"},
        {"text": "Reason for lower extremity ultrasound"},
        {"text": "Reason for Doppler"},
        {"text": "Reason for lumbar puncture"},
        {"text": "Reason for consultation"},
        {"text": "Reason for visit/referral"},
        {"text": "Reason for ventilation perfusion scan"},
        {"text": "Indication for surgery consult"},
        {"text": "Indication for colonoscopy"},
        {"text": "Indication for dobutamine stress echo"},
        {"text": "胃镜指征"},
        {"text": "CT指征"},
        {"text": "检查目的"},
        {"text": "适应症"},
    ],
)
@pytest.mark.parametrize("value", VALUES)
def test_what_is_looked_for_may_not_be_there(code: dict[str, Any], value: dict[str, Any]) -> None:
    (finding,) = case_of(observation(code, **value)).findings

    assert (finding.code, finding.status) == ("HP:0001250", Status.UNKNOWN)
    assert finding.evidence[0].cue == "reason for a study"


@pytest.mark.parametrize(
    "code",
    [
        loinc("29299-5"),
        *(
            {"text": text}
            for text in (
                "Reason for visit",
                "Reason for ICU admission",
                "Reason for call",
                "Reason for emergency department visit",
                "Reason for transfer to ICU",
                "Indication for intubation",
                "Indication for mechanical ventilation",
                "Indication for cesarean section",
                "Indication for antibiotics",
                "Indication for heparin infusion",
                "就诊原因",
                "剖宫产指征",
                "History obtained from family member",
                "History given by patient and family members",
                "Accompanied by a family member",
                "Parent/family member concern",
                "Mother's main concern",
                "Findings",
                "Contraindications",
                "FH rate",
                "CT without contrast",
                "Family doctor",
            )
        ),
    ],
)
def test_other_texts_are_read_as_they_are(code: dict[str, Any]) -> None:
    case = case_of(observation(code, valueString="no fever, but seizures"))

    assert statuses(case) == {"HP:0001945": NO, "HP:0001250": YES}


@pytest.mark.parametrize(
    "panel",
    [
        "Personal and family history panel",
        "Past medical/family history",
        "个人史及家族史",
        "Interview with family members",
    ],
)
def test_a_part_of_an_observation_about_the_patient_as_well_is_read(panel: str) -> None:
    parts = [
        {"code": {"text": "Current symptoms"}, "valueString": "Seizures"},
        {"code": {"text": "Family history"}, "valueString": "Fever"},
    ]

    assert statuses(case_of(observation({"text": panel}, component=parts))) == {"HP:0001250": YES}


@pytest.mark.parametrize("words", ["maternal ", "half-", "great-", "family ", "reason for ", "indication ", "from "])
def test_a_long_question_takes_no_longer(words: str) -> None:
    began = time.perf_counter()
    case_of(observation({"text": words * (100_000 // len(words))}, valueString="Seizures"))

    assert time.perf_counter() - began < 1


def test_only_a_heading_that_says_whose_or_when_stands_before_the_value() -> None:
    assert heading({"text": "Past medical history"}) == "Past medical history:\n"
    assert heading({"text": "CT head without contrast"}) == heading({"text": "Fever"}) == ""
