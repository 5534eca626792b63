"""Reports that come over HL7 v2 line by line: what the reader of texts makes of them."""

import json
from datetime import date

import pytest

from adapters.fhir.bundle import parse_bundle
from adapters.fhir.to_case import to_case
from adapters.hl7v2.message import parse
from adapters.hl7v2.to_fhir import convert
from knowledge.medical.case import Case, Status
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.knowledge import MedicalKnowledge
from tests.unit.hl7v2.hl7_data import message


def case_of(recognizer: FindingRecognizer, medical: MedicalKnowledge, *segments: str) -> Case:
    raw = message("PID|1||77^^^WEST", "OBR|1||F1|71020^Chest X-ray|||20260102", *segments)
    bundle = json.dumps(convert(parse(raw), source="ab" * 32).bundle, default=float)
    return to_case(parse_bundle(bundle, origin="test"), recognizer, medical.ontology, today=date(2026, 1, 3))


@pytest.mark.parametrize("kind", ["TX", "FT", "ST"])
def test_a_negation_or_heading_holds_on_the_next_line(
    recognizer: FindingRecognizer, medical: MedicalKnowledge, kind: str
) -> None:
    def lines(*texts: str) -> list[str]:
        return [f"OBX|{number}|{kind}|71020^Chest X-ray||{text}||||||F" for number, text in enumerate(texts, start=1)]

    denied = case_of(recognizer, medical, *lines("There is no evidence of", "seizures or renal cyst."))
    assert {(finding.label, finding.status) for finding in denied.findings} == {
        ("Seizure", Status.ABSENT),
        ("Renal cyst", Status.ABSENT),
    }
    of_others = case_of(recognizer, medical, *lines("FAMILY HISTORY:", "Seizures."))
    assert of_others.findings == ()


def test_numbers_off_the_scale_or_sent_as_text_are_values(
    recognizer: FindingRecognizer, medical: MedicalKnowledge
) -> None:
    case = case_of(
        recognizer,
        medical,
        "OBX|1|NM|2345-7^Glucose^LN||>600|mg/dL|70-99|HH|||F",
        "OBX|2|ST|2823-3^Potassium^LN||7.2|mmol/L|3.5-5.1|HH|||R",
        "OBX|3|ST|2744-1^pH^LN||6.9||7.35-7.45||||F",
    )
    assert [(found.quantity.name, round(found.value, 1)) for found in case.measurements] == [
        ("GLUCOSE", 33.3),
        ("POTASSIUM", 7.2),
        ("PH", 6.9),
    ]
