"""How vendors write what HL7 wants otherwise: codes without a system, dates with dashes, arrows as flags."""

from datetime import date
from decimal import Decimal

import pytest

from adapters.fhir.bundle import make_record
from adapters.fhir.concept_map import ConceptMap, Unmapped
from adapters.fhir.elements import Json, codes
from adapters.fhir.to_case import to_case, unmapped_codes
from adapters.hl7v2.to_fhir import Conversion
from knowledge.medical.case import Case, Status
from tests.medical_fakes import Names, Reader
from tests.unit.hl7v2.hl7_conversion import adt, converted, one, oru, resources
from tests.unit.hl7v2.hl7_data import message

OWN = "urn:r1:hl7v2:codes:WEST:L"
UNIT = "10^9/L"


def case_of(conversion: Conversion, site: ConceptMap | None = None) -> Case:
    entries = [(entry["fullUrl"], entry["resource"]) for entry in conversion.bundle["entry"]]
    record = make_record(entries, origin="test")
    return to_case(record, Reader(), Names(), today=date(2026, 1, 3), concept_map=site or ConceptMap())


def test_a_code_without_a_system_is_the_senders_own_and_can_be_mapped() -> None:
    conversion = converted(oru("OBX|1|NM|HGB^血色||85|g/L|130-175|↓|||F"))
    observation = one(conversion, "Observation")
    (coding,) = observation["code"]["coding"]
    assert (coding["system"], coding["code"]) == (OWN, "HGB")
    assert codes(observation["interpretation"][0]) >= {"L"}

    entries = [(entry["fullUrl"], entry["resource"]) for entry in conversion.bundle["entry"]]
    record = make_record(entries, origin="test")
    assert unmapped_codes(record, Reader(), Names(), ConceptMap()) == (Unmapped(OWN, "HGB", "血色", 1),)
    case = case_of(conversion, ConceptMap({(OWN, "HGB"): "718-7"}))
    assert {finding.code: finding.status for finding in case.findings}["HP:0001903"] is Status.PRESENT


@pytest.mark.parametrize(
    ("segment", "resource", "path"),
    [
        ("AL1|1|DA|PEN^Penicillin", "AllergyIntolerance", "code"),
        ("DG1|1||HTN^Hypertension", "Condition", "code"),
        ("OBX|1|CE|GRAM^Gram stain||GPC^Cocci||||||F", "Observation", "valueCodeableConcept"),
    ],
)
def test_other_statements_too(segment: str, resource: str, path: str) -> None:
    (coding,) = one(converted(adt("PID|1||77^^^WEST", "PV1|1|I", segment)), resource)[path]["coding"]
    assert coding["system"] == OWN


def test_a_code_of_a_table_gets_no_system_of_the_sender() -> None:
    patient = one(converted(adt("PID|1||77^^^WEST||||||||||||ENG")), "Patient")
    assert patient["communication"][0]["language"]["coding"] == [{"code": "ENG"}]


@pytest.mark.parametrize(
    ("segment", "system", "kept"),
    [
        ("DG1|1|I10|I26.9^Embolism", "http://hl7.org/fhir/sid/icd-10", False),
        ("DG1|1|ICD-10|I26.9^Embolism", "http://hl7.org/fhir/sid/icd-10", False),
        ("DG1|1|I10|I26.9^Embolism^I10C", "http://hl7.org/fhir/sid/icd-10-cm", True),
        ("DG1|1|OWN|^Embolism", None, True),
    ],
)
def test_the_system_of_a_diagnosis_may_be_in_dg1_2(segment: str, system: str | None, kept: bool) -> None:
    conversion = converted(adt("PID|1||77^^^WEST", "PV1|1|I", segment))
    codings: list[Json] = one(conversion, "Condition")["code"].get("coding", [])
    assert [coding["system"] for coding in codings] == ([system] if system else [])
    assert ("DG1-2" in conversion.unmapped) is kept


def test_codes_of_monitors_are_those_of_ieee_11073() -> None:
    found = one(converted(oru("OBX|1|NM|147842^MDC_ECG_HEART_RATE^MDC||142|||||R")), "Observation")
    assert found["code"]["coding"][0]["system"] == "urn:iso:std:iso:11073:10101"


@pytest.mark.parametrize("value", ["POSITIVE", "POS^Positive^L", "^阳性(+)", "阳性", "^Reactive"])
def test_a_yes_may_be_a_code_or_a_word_of_the_laboratory(value: str) -> None:
    case = case_of(converted(oru(f"OBX|1|CE|2106-3^HCG^LN||{value}||||||F")))
    assert case.pregnant is True


@pytest.mark.parametrize("value", ["NEGATIVE", "NEG^Negative^L", "^阴性(-)", "阴性", "^Non-reactive"])
def test_so_may_a_no(value: str) -> None:
    case = case_of(converted(oru(f"OBX|1|CE|2106-3^HCG^LN||{value}||||||F|||20260102")))
    assert case.pregnant is False


@pytest.mark.parametrize(
    ("sent", "born"),
    [("19710000", "1971"), ("19710500", "1971-05"), ("1971-05-30", "1971-05-30"), ("1971/05/30", "1971-05-30")],
)
def test_a_birth_date_without_a_day_or_with_marks_is_one(sent: str, born: str) -> None:
    assert one(converted(adt(f"PID|1||77^^^WEST||||{sent}")), "Patient")["birthDate"] == born


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("2026-01-02 08:30:00", "2026-01-02T08:30:00+08:00"),
        ("2026-01-02T08:30", "2026-01-02T08:30:00+08:00"),
        ("2026/01/02 08:30", "2026-01-02T08:30:00+08:00"),
        ("2026-01-02T08:30:00Z", "2026-01-02T08:30:00+00:00"),
        ("2026-01-02 08:30:00.5+09:00", "2026-01-02T08:30:00.5+09:00"),
        ("2026-01-0208", None),
        ("2026-02-30 08:30", None),
        ("30/01/2026", None),
    ],
)
def test_times_with_marks_are_read_in_the_zone_of_the_header(sent: str, read: str | None) -> None:
    raw = message(
        "PID|1||77^^^WEST",
        f"OBX|1|NM|718-7^Hb^LN||9|g/dL|||||F|||{sent}",
        header="MSH|^~\\&|LAB|WEST|R1|R1|2026-01-03 10:00:00+0800||ORU^R01|C1|P|2.4",
    )
    found = one(converted(raw), "Observation")
    assert found.get("effectiveDateTime") == read
    assert "effectiveDateTime" in found or found["issued"] == "2026-01-03T10:00:00+08:00"


def culture(number: str, sub: str, organism: str) -> tuple[str, str]:
    return (
        f"OBR|1||{number}|600-7^Culture^LN|||20260102|||||||||||||||20260103||MB|F",
        f"OBX|1|CE|600-7^Organism^LN|{sub}|{organism}||||||F",
    )


def susceptibility(sub: str, drug: str, *, parent: str = "", number: str = "F1") -> tuple[str, str]:
    named = f"600-7&Organism&LN^{sub}^text|||{parent}"
    obr = f"OBR|2||{number}|18769-0^Panel^LN|||20260102|||||||||||||||20260103||MB|F|{named}"
    return obr, f"OBX|1|ST|{drug}|1|>=4|ug/mL||R|||F"


def rests_on(*segments: str) -> dict[str, str]:
    """Code of each susceptibility -> the organism."""
    conversion = converted(message("PID|1||77^^^WEST", *segments))
    organisms = {
        entry["fullUrl"]: entry["resource"]["valueCodeableConcept"]["text"]
        for entry in conversion.bundle["entry"]
        if "valueCodeableConcept" in entry["resource"]
    }
    others = [one for one in resources(conversion, "Observation") if "valueCodeableConcept" not in one]
    return {
        one["code"]["text"]: ", ".join(organisms[parent["reference"]] for parent in one.get("derivedFrom", ()))
        for one in others
    }


def test_susceptibilities_rest_on_their_organism() -> None:
    order, staph = culture("F1", "1", "3092008^Staphylococcus aureus^SCT")
    coli = "OBX|2|CE|600-7^Organism^LN|2|112283007^Escherichia coli^SCT||||||F"
    oxacillin, ampicillin = susceptibility("1", "1^Oxacillin^LN"), susceptibility("2", "2^Ampicillin^LN")
    assert rests_on(order, staph, coli, *ampicillin, *oxacillin) == {
        "Ampicillin": "Escherichia coli",
        "Oxacillin": "Staphylococcus aureus",
    }
    conversion = converted(message("PID|1||77^^^WEST", order, staph, *oxacillin))
    assert "OBR-26" not in conversion.unmapped


def test_of_two_cultures_the_number_tells_the_organism() -> None:
    cultures = (*culture("F1", "1", "1^Staph^SCT"), *culture("F2", "1", "2^Coli^SCT"))
    assert rests_on(*cultures, *susceptibility("1", "1^Oxacillin^LN", parent="^F1")) == {"Oxacillin": "Staph"}
    assert rests_on(*cultures, *susceptibility("1", "1^Oxacillin^LN", parent="^F2&LAB")) == {"Oxacillin": "Coli"}
    assert rests_on(*cultures, *susceptibility("1", "1^Oxacillin^LN")) == {"Oxacillin": ""}
    assert rests_on(*cultures, *susceptibility("9", "1^Oxacillin^LN", parent="^F1")) == {"Oxacillin": ""}


@pytest.mark.parametrize(
    ("sent", "kind"), [("Inpatient", "IMP"), ("i", "IMP"), ("Emergency", "EMER"), ("O", "AMB"), ("住院", "IMP")]
)
def test_the_class_of_a_visit_in_words(sent: str, kind: str) -> None:
    visit = one(converted(adt("PID|1||77^^^WEST", f"PV1|1|{sent}|||||||||||||||||V1^^^WEST")), "Encounter")
    assert (visit["class"]["code"], visit["status"]) == (kind, "in-progress")


def test_codes_of_hl7_in_lower_case_are_the_same() -> None:
    raw = oru("OBX|1|NM|718-7^Hb^LN||9|g/dL|12-16|ll|||F").replace(b"|||20260102", b"|||20260102" + b"|" * 17 + b"Lab")
    conversion = converted(raw)
    assert codes(one(conversion, "Observation")["interpretation"][0]) == {"LL", "ll"}
    assert "LAB" in codes(one(conversion, "DiagnosticReport")["category"][0])


@pytest.mark.parametrize(
    ("sent", "ranges"),
    [
        ("3.5~5.3", [("3.5~5.3", 3.5, 5.3)]),
        ("136-145^136^145", [("136-145", 136, 145)]),
        ("136-145^men", [("136-145^men", None, None)]),
        ("12-16~0-1", [("12-16", 12, 16), ("0-1", 0, 1)]),
        ("3.5~5.3~7", [("3.5", None, None), ("5.3", None, None), ("7", None, None)]),
    ],
)
def test_a_range_with_delimiters_in_it(sent: str, ranges: list[tuple[str, float | None, float | None]]) -> None:
    found = one(converted(oru(f"OBX|1|NM|2823-3^Potassium^LN||6.8|mmol/L|{sent}||||F")), "Observation")
    assert [
        (normal["text"], *(normal.get(side, {}).get("value") for side in ("low", "high")))
        for normal in found["referenceRange"]
    ] == [(text, *(None if bound is None else Decimal(str(bound)) for bound in bounds)) for text, *bounds in ranges]
