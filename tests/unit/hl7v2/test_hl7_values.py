"""What fields become: values of results, codes, times, numbers, addresses."""

import json
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from fhir.resources.R4B import get_fhir_model_class

from adapters.fhir.elements import THO, Json
from adapters.fhir.printed import decimal
from adapters.hl7v2.message import Encoding, Value, parse
from adapters.hl7v2.precedence import is_outdated
from adapters.hl7v2.to_fhir import convert
from adapters.hl7v2.to_fhir.datatypes import structured_numeric, xad, xtn
from adapters.hl7v2.to_fhir.times import date_time
from tests.unit.hl7v2.hl7_conversion import SOURCE, adt, converted, obx, one, oru, resources
from tests.unit.hl7v2.hl7_data import message


def field(raw: str) -> Value:
    return Value(raw, Encoding(), "^")


@pytest.mark.parametrize(
    ("kind", "value", "unit", "expected"),
    [
        (
            "NM",
            "9.1",
            "g/dL^^UCUM",
            {"valueQuantity": {"value": 9.1, "unit": "g/dL", "code": "g/dL", "system": "http://unitsofmeasure.org"}},
        ),
        ("NM", "<0.5", "mg", {"valueQuantity": {"value": 0.5, "comparator": "<", "unit": "mg"}}),
        ("NM", ">= 600", "", {"valueQuantity": {"value": 600, "comparator": ">="}}),
        ("NM", "<<5", "mg", {"valueString": "<<5 mg"}),
        ("NM", "\\H\\\\N\\", "mg", {}),
        ("IS", "POS", "", {"valueCodeableConcept": {"coding": [{"code": "POS"}]}}),
        (
            "IS",
            "POS^Positive",
            "",
            {"valueCodeableConcept": {"coding": [{"code": "POS", "display": "Positive"}], "text": "Positive"}},
        ),
        ("ST", "7.2", "mg", {"valueQuantity": {"value": 7.2, "unit": "mg"}}),
        ("TX", "> 7,2", "mg", {"valueQuantity": {"value": 7.2, "comparator": ">", "unit": "mg"}}),
        ("ST", "< 7.2 mg", "mg", {"valueQuantity": {"value": 7.2, "comparator": "<", "unit": "mg"}}),
        ("NM", "7.2%", "%", {"valueQuantity": {"value": 7.2, "unit": "%"}}),
        ("NM", "7.2 g", "mg", {"valueString": "7.2 g mg"}),
        ("ST", "7.2 ++", "mg", {"valueString": "7.2 ++"}),
        ("NM", "250", "10^9/L", {"valueQuantity": {"value": 250, "unit": "10*9/L"}}),
        ("NM", "250", "x10^3/uL", {"valueQuantity": {"value": 250, "unit": "x10*3/uL"}}),
        ("NM", "1,200", "10^9/L", {"valueString": "1,200 10*9/L"}),
        ("NM", "23", "kg/m^2", {"valueQuantity": {"value": 23, "unit": "kg/m2"}}),
        ("NM", "88", "mL/min/1.73m^2", {"valueQuantity": {"value": 88, "unit": "mL/min/1.73m2"}}),
        ("NM", "9", "10^3/mm^3", {"valueQuantity": {"value": 9, "unit": "10*3/mm3"}}),
        ("NM", "9", "m^2nd unit", {"valueQuantity": {"value": 9, "unit": "2nd unit"}}),
        (
            "NM",
            "250",
            "10*9/L^10^9/L^UCUM",
            {
                "valueQuantity": {
                    "value": 250,
                    "unit": "10*9/L",
                    "code": "10*9/L",
                    "system": "http://unitsofmeasure.org",
                }
            },
        ),
        ("ST", "≥600", "mg", {"valueQuantity": {"value": 600, "comparator": ">=", "unit": "mg"}}),
        ("NM", "4,9", "mg", {"valueQuantity": {"value": 4.9, "unit": "mg"}}),
        ("NM", "-12,50", "mg", {"valueQuantity": {"value": -12.5, "unit": "mg"}}),
        ("NM", "7,214", "mg", {"valueString": "7,214 mg"}),
        ("SN", "600", "mg", {"valueQuantity": {"value": 600, "unit": "mg"}}),
        ("SN", ">600", "mg", {"valueQuantity": {"value": 600, "comparator": ">", "unit": "mg"}}),
        ("SN", "≥600", "mg", {"valueQuantity": {"value": 600, "comparator": ">=", "unit": "mg"}}),
        ("SN", "≤^5", "mg", {"valueQuantity": {"value": 5, "comparator": "<=", "unit": "mg"}}),
        ("SN", "=^5", "mg", {"valueQuantity": {"value": 5, "unit": "mg"}}),
        ("SN", ">^3^-^5", "", {"valueString": "> 3 - 5"}),
        ("SN", "<^5", "mg", {"valueQuantity": {"value": 5, "comparator": "<", "unit": "mg"}}),
        ("SN", "^1^:^128", "", {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}),
        ("SN", "^3^-^5", "", {"valueRange": {"low": {"value": 3}, "high": {"value": 5}}}),
        ("SN", "^2^+", "", {"valueString": "2 +"}),
        ("ST", "a^b", "", {"valueString": "a^b"}),
        ("TX", "line 1~line 2", "", {"valueString": "line 1\nline 2"}),
        (
            "CWE",
            "260385009^Negative^SCT",
            "",
            {
                "valueCodeableConcept": {
                    "coding": [{"system": "http://snomed.info/sct", "code": "260385009", "display": "Negative"}],
                    "text": "Negative",
                }
            },
        ),
        ("DT", "20260102", "", {"valueDateTime": "2026-01-02"}),
        ("TM", "0930", "", {"valueTime": "09:30:00"}),
        ("DR", "20260101^20260102", "", {"valuePeriod": {"start": "2026-01-01", "end": "2026-01-02"}}),
        ("NM", "", "", {}),
    ],
)
def test_values(kind: str, value: str, unit: str, expected: Json) -> None:
    observation = json.loads(json.dumps(obx(kind, value, unit), default=float))
    assert {name: found for name, found in observation.items() if name.startswith("value")} == expected


def test_a_result() -> None:
    conversion = converted(oru("OBX|1|NM|718-7^Hb^LN||9.1|g/dL|12-16|L|||C|||20260102", "NTE|1||haemolysed"))
    observation, report = one(conversion, "Observation"), one(conversion, "DiagnosticReport")
    assert (observation["status"], observation["interpretation"][0]["coding"][0]["code"]) == ("corrected", "L")
    low, high = ({"value": bound, "unit": "g/dL"} for bound in (12, 16))
    assert observation["referenceRange"] == [{"text": "12-16", "low": low, "high": high}]
    assert observation["note"] == [{"text": "haemolysed"}]
    assert len(report["result"]) == len(report["basedOn"]) == 1


def test_codes_that_a_table_of_hl7_lacks_do_not_claim_to_be_of_it() -> None:
    (local, known) = one(converted(adt("PID|1||77^^^WEST^WEST CARD~78^^^WEST^MR")), "Patient")["identifier"]
    assert local["type"] == {"text": "WEST CARD"}
    assert known["type"]["coding"][0]["code"] == "MR"
    order = one(converted(oru("SPM|1|S1^L1&LAB&1.2.3&ISO||BLD")), "Specimen")
    assert [number["type"]["coding"][0]["code"] for number in order["identifier"][:2]] == ["PLAC", "FILL"]
    grouped = one(
        converted(message("PID|1||77^^^WEST", "ORC|RE|P1|F1|G1", "OBR|1|P1|F1|718-7^Hb^LN")), "ServiceRequest"
    )
    assert grouped["requisition"]["type"] == {"text": "placer group number"}


def test_the_name_that_a_sender_gives_a_code_of_hl7_is_the_text() -> None:
    result = one(converted(oru("OBX|1|NM|718-7^Hb^LN||9|||Q^ODD^HL70078|||F")), "Observation")["interpretation"]
    assert result == [
        {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0078", "code": "Q"}], "text": "ODD"}
    ]


def test_two_results_with_the_same_code_are_two() -> None:
    twice = converted(oru("OBX|1|NM|718-7^Hb^LN||9|||||||F", "OBX|2|NM|718-7^Hb^LN||8|||||||F"))
    assert [item["valueQuantity"]["value"] for item in resources(twice, "Observation")] == [9, 8]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026", "2026"),
        ("202602", "2026-02"),
        ("20260228", "2026-02-28"),
        ("2026022815", "2026-02-28T15:00:00+01:00"),
        ("202602281530", "2026-02-28T15:30:00+01:00"),
        ("20260728153015.123", "2026-07-28T15:30:15.123+02:00"),
        ("20260228153015-0430", "2026-02-28T15:30:15-04:30"),
        ("20260230", None),
        ("0000", None),
        ("20261301", None),
        ("202602281561", None),
        ("20260228150000+9900", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_times(text: str, expected: str | None) -> None:
    assert date_time(text, ZoneInfo("Europe/Berlin")) == expected


def test_numbers_addresses_and_telephones() -> None:
    assert [decimal(text) for text in ("1", "+2", "-.5", "1.")] == [1, 2, -0.5, 1]
    assert [decimal(text) for text in ("1e5", "NaN", "")] == [None, None, None]
    assert structured_numeric(field("<>^5"), "quantity") is None
    assert xad(field("1 Road&Road&1^Flat 2^Leeds^^LS1^GBR^H")) == {
        "use": "home",
        "line": ["1 Road", "Road", "1", "Flat 2"],
        "city": "Leeds",
        "postalCode": "LS1",
        "country": "GBR",
    }
    assert xtn(field("^NET^Internet^a@b.example")) == {"system": "email", "value": "a@b.example"}
    assert xtn(field("^PRS^CP^^^555^0100")) == {"system": "phone", "value": "555 0100", "use": "mobile"}
    assert xtn(field("(555)0100")) == {"system": "phone", "value": "(555)0100"}
    assert xtn(field("^PRN^PH")) is None
    assert date_time("202601021200", timezone(timedelta(hours=8))) == "2026-01-02T12:00:00+08:00"


@pytest.mark.parametrize(
    ("sent", "own", "order", "effective"),
    [  # MSH-7, OBX-14, OBR-7
        ("20260102030405-0500", "20260102103000", "", "2026-01-02T10:30:00-05:00"),
        ("20260102030405-0500", "20260102103000+0100", "", "2026-01-02T10:30:00+01:00"),
        ("20260102030405", "20260102103000", "", "2026-01-02T10:30:00+08:00"),
        ("20260102030405+9900", "20260102103000", "", "2026-01-02T10:30:00+08:00"),
        ("20260102030405-0500", "", "20260101220000", "2026-01-01T22:00:00-05:00"),
        ("20260102030405-0500", "20269902", "20260101220000", "2026-01-01T22:00:00-05:00"),
        ("20260102030405-0500", "20260102", "20260101220000", "2026-01-02"),
        ("20260102030405-0500", "", "", None),
    ],
)
def test_when_a_result_was_taken(sent: str, own: str, order: str, effective: str | None) -> None:
    raw = message(
        "PID|1||77^^^WEST",
        f"OBR|1||F9|24326-1^Electrolytes^LN|||{order}",
        f"OBX|1|NM|2823-3^K^LN||6.9|mmol/L|||||F|||{own}",
        "OBX|2|NM|2951-2^Na^LN||140|mmol/L|||||F|||20260102",
        header=f"MSH|^~\\&|LAB|WEST|R1|R1|{sent}||ORU^R01|C1|P|2.5",
    )
    conversion = convert(parse(raw), source=SOURCE, zone=timezone(timedelta(hours=8)))
    potassium, sodium = resources(conversion, "Observation")
    assert potassium.get("effectiveDateTime") == effective
    assert sodium["effectiveDateTime"] == "2026-01-02"


@pytest.mark.parametrize(
    ("event", "reported", "issued"),
    [  # EVN-2, OBR-22
        ("20230101060000", "", "2023-01-01T06:00:00+00:00"),
        ("", "", "2026-01-02T03:04:05+00:00"),
        ("20230101060000", "20230101070000", "2023-01-01T07:00:00+00:00"),
    ],
)
def test_a_result_without_a_time_is_no_newer_than_its_message(event: str, reported: str, issued: str) -> None:
    order = [f"OBR|1||F9|24326-1^Electrolytes^LN{'|' * 18}{reported}"] if reported else []
    raw = message(
        *([f"EVN||{event}"] if event else []),
        "PID|1||77^^^WEST",
        *order,
        "OBX|1|NM|8480-6^SBP^LN||62|mm[Hg]|||||F",
        "OBX|2|NM|8462-4^DBP^LN||40|mm[Hg]|||||F|||20260101",
        header=f"MSH|^~\\&|ADT|WEST|R1|R1|20260102030405||{'ORU^R01' if reported else 'ADT^A04'}|C1|P|2.5",
    )
    systolic, diastolic = resources(converted(raw), "Observation")
    assert (systolic["issued"], "effectiveDateTime" in systolic) == (issued, False)
    assert diastolic.get("issued") == (issued if reported else None)


def test_a_preliminary_result_without_a_time_that_is_sent_again_does_not_replace_the_final_one() -> None:
    def result(sent: str, status: str) -> Json:
        raw = message(
            "PID|1||77^^^WEST",
            "OBR|1||F9|24326-1^Electrolytes^LN",
            f"OBX|1|NM|2823-3^K^LN||6.9|mmol/L|||||{status}",
            header=f"MSH|^~\\&|LAB|WEST|R1|R1|{sent}||ORU^R01|C1|P|2.5",
        )
        return one(converted(raw), "Observation")

    again, final = result("202601030800", "P"), result("202601020800", "F")
    assert again["issued"] > final["issued"]
    assert is_outdated(again, final)
    assert not is_outdated(final, again)


@pytest.mark.parametrize(
    ("sent", "reported", "outdated"), [("03", "03", False), ("03", "01", True), ("02", "01", True)]
)
def test_of_results_with_a_time_the_one_that_was_reported_later_is_the_newer(
    sent: str, reported: str, outdated: bool
) -> None:
    def result(sent: str, reported: str, status: str) -> Json:
        raw = message(
            "PID|1||77^^^WEST",
            f"OBR|1||F9|24326-1^Electrolytes^LN|||20260101{'|' * 15}202601{reported}0800",
            f"OBX|1|NM|2823-3^K^LN||6.9|mmol/L|||||{status}",
            header=f"MSH|^~\\&|LAB|WEST|R1|R1|202601{sent}0800||ORU^R01|C1|P|2.5",
        )
        return one(converted(raw), "Observation")

    corrected = result("02", "02", "C")  # reported in the minute in which it was sent
    assert is_outdated(result(sent, reported, "F"), corrected) is outdated
    assert is_outdated(corrected, result(sent, reported, "C")) is not outdated


def test_a_result_has_no_time_of_another_order() -> None:
    raw = message(
        "PID|1||77^^^WEST",
        "OBR|1||F8|1|||20250101",
        "OBX|1|NM|2951-2^Na^LN||140|||||||F",
        "OBR|2||F9|2",
        "OBX|1|NM|2823-3^K^LN||6.9|||||||F",
    )
    times = [observation.get("effectiveDateTime") for observation in resources(converted(raw), "Observation")]
    assert times == ["2025-01-01", None]


@pytest.mark.parametrize(
    ("sent", "drawn", "read"),
    [
        # The offset of the site's zone is that of one season, the time may be of the other one.
        ("20260328110000+0100", "20260328100000", "2026-03-28T10:00:00+01:00"),
        ("20260330110000+0200", "20260328100000", "2026-03-28T10:00:00+01:00"),
        ("20260328110000+0100", "20250701100000", "2025-07-01T10:00:00+02:00"),
        ("20261025024500+0100", "20261024100000", "2026-10-24T10:00:00+02:00"),
        ("20261025024500+0200", "20261026100000", "2026-10-26T10:00:00+01:00"),
        # Another offset is the sender's own, and a time may name one itself.
        ("20260330110000+0100", "20260328100000", "2026-03-28T10:00:00+01:00"),
        ("20260330110000+0100", "20260330100000", "2026-03-30T10:00:00+01:00"),
        ("20260330110000+0200", "20260328100000+0300", "2026-03-28T10:00:00+03:00"),
        ("20260330110000", "20260328100000", "2026-03-28T10:00:00+01:00"),
        ("20260330+0200", "20260328100000", "2026-03-28T10:00:00+02:00"),
    ],
)
def test_an_offset_of_the_message_is_that_of_its_season(sent: str, drawn: str, read: str) -> None:
    header = f"MSH|^~\\&|LAB|WEST|R1|R1|{sent}||ORU^R01|C1|P|2.5"
    raw = message("PID|1||77^^^WEST", f"OBR|1||F9|718-7^Hb^LN|||{drawn}", header=header)
    conversion = convert(parse(raw), source=SOURCE, zone=ZoneInfo("Europe/Berlin"))
    assert one(conversion, "DiagnosticReport")["effectiveDateTime"] == read


@pytest.mark.parametrize(
    ("written", "coding"),
    [
        ("B1^Bone pain^L^^Ostealgia^SCT", {"system": "http://snomed.info/sct", "display": "Ostealgia"}),
        ("B1^Bone pain^L^^Ostealgia", {"display": "Ostealgia"}),
        ("B1^Bone pain^L^^Bone pain^HL70136", {"system": f"{THO}v2-0136", "display": "Bone pain"}),
    ],
)
def test_an_alternate_name_without_a_code_is_kept(written: str, coding: Json) -> None:
    value = obx("CWE", written)["valueCodeableConcept"]
    get_fhir_model_class("CodeableConcept").model_validate(value)
    assert value["coding"][1:] == [coding]
    assert value["text"] == "Bone pain"


def test_a_name_without_a_code_is_the_text_alone() -> None:
    assert obx("CWE", "^Bone pain^L")["valueCodeableConcept"] == {"text": "Bone pain"}


@pytest.mark.parametrize(
    ("kind", "subtype", "media_type"),
    [
        ("IM", "JPEG", "image/jpeg"),
        ("SI", "TIFF", "image/tiff"),
        ("AU", "basic", "audio/basic"),
        ("AP", "PDF", "application/pdf"),
        ("SD", "PDF", "application/pdf"),
        ("TX", "HTML", "text/html"),
        ("FT", "", "text/plain"),
        ("IM", "", "application/octet-stream"),
        ("image", "png", "image/png"),
        ("other", "pdf", "application/pdf"),
    ],
)
def test_kinds_of_data_of_table_0191_are_media_types(kind: str, subtype: str, media_type: str) -> None:
    report = one(converted(oru(f"OBX|1|ED|P^Picture||^{kind}^{subtype}^Base64^AAAA||||||F")), "DiagnosticReport")
    assert report["presentedForm"][0]["contentType"] == media_type


@pytest.mark.parametrize(
    ("rank", "expected"), [("2", 2), ("0000000002", 2), ("9" * 22, None), ("0" * 5000 + "1", None)]
)
def test_a_number_beyond_what_fhir_holds_is_none(rank: str, expected: int | None) -> None:
    visit, diagnosis = "PV1|1|I|||||||||||||||||V1^^^WEST", f"DG1|1||I10^Hypertension^I10|||F|||||||||{rank}"
    (use,) = one(converted(adt("PID|1||77^^^WEST", visit, diagnosis)), "Encounter")["diagnosis"]
    assert use.get("rank") == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("99991231235959", "9999-12-31"),
        ("00010101000000+1400", "0001-01-01"),
        ("20260101000000+1400", "2026-01-01T00:00:00+14:00"),
    ],
)
def test_a_time_at_the_end_of_all_days_is_a_date(written: str, expected: str) -> None:
    assert date_time(written, timezone(timedelta(hours=-8))) == expected
