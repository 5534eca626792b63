"""Pregnancy from a record: the codes, how long a statement holds, and which of several counts."""

from typing import Any

import pytest
from fhir_fakes import case_of

HL7 = "http://terminology.hl7.org/CodeSystem"
LOINC, SNOMED, ICD = "http://loinc.org", "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10-cm"


def concept(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def observed(code: str, when: str | None = "2026-03-20", **value: Any) -> dict[str, Any]:
    dated = {"effectiveDateTime": when} if when else {}
    return {"resourceType": "Observation", "status": "final", "code": concept(LOINC, code), **dated, **value}


def status(answer: str, when: str | None = "2026-03-20", system: str = LOINC) -> dict[str, Any]:
    return observed("82810-3", when, valueCodeableConcept=concept(system, answer))


def condition(system: str, code: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "code": concept(system, code), "recordedDate": "2026-02-01", **more}


YES, NO, UNKNOWN = "LA15173-0", "LA26683-5", "LA4489-6"
ENDED = {"clinicalStatus": concept(f"{HL7}/condition-clinical", "resolved"), "abatementDateTime": "2026-03-01"}


@pytest.mark.parametrize(
    ("resources", "pregnant"),
    [
        ([], None),
        ([status(YES)], True),
        ([status(NO)], False),
        ([status(UNKNOWN)], None),
        ([status("77386006", system=SNOMED)], True),
        ([status("60001007", system=SNOMED)], False),
        ([observed("11449-6", valueCodeableConcept=concept(LOINC, YES))], True),
        ([observed("2106-3", valueCodeableConcept={"text": "Positive"})], True),
        ([observed("2118-8", valueString="negative")], False),
        ([observed("2106-3", valueString="haemolysed")], None),
        ([observed("11778-8", valueDateTime="2026-09-01")], True),
        ([observed("11778-8", "2024-01-01", valueDateTime="2024-09-01")], None),
        ([condition(SNOMED, "72892002")], True),
        ([condition(ICD, "O09.529")], True),
        ([condition(ICD, "Z33.1")], True),
        ([condition(ICD, "Z33.2")], None),
        ([condition(SNOMED, "72892002", **ENDED)], None),
        ([condition(SNOMED, "72892002", verificationStatus=concept(f"{HL7}/condition-ver-status", "refuted"))], None),
        ([condition(SNOMED, "72892002", recordedDate="2024-02-01")], None),
        # how long it holds, today being 2026-04-01
        ([status(YES, "2025-06-26")], True),
        ([status(YES, "2025-06-24")], None),
        ([status(NO, "2026-03-04")], False),
        ([status(NO, "2026-03-03")], None),
        ([status(YES, None)], True),
        ([status(NO, None)], None),
        # which counts
        ([status(YES, "2026-03-01"), status(NO, "2026-03-25")], False),
        ([status(NO, "2026-03-25"), status(YES, "2026-03-26")], True),
        ([status(NO), status(YES)], True),
        ([status(YES, None), status(NO)], False),
        ([status(YES, "2026-02-01"), condition(SNOMED, "72892002", **ENDED)], None),
        ([condition(SNOMED, "72892002", **ENDED), status(YES)], True),
        ([{**status(YES), "status": "entered-in-error"}], None),
        ([{**status(YES), "code": concept("urn:other", "82810-3")}], None),
    ],
)
def test_what_the_record_said_last_counts_while_it_can_hold(
    resources: list[dict[str, Any]], pregnant: bool | None
) -> None:
    numbered = [{**resource, "id": f"r{number}"} for number, resource in enumerate(resources)]

    assert case_of(*numbered).pregnant is pregnant
