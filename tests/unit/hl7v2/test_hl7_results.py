"""Results: lines that are one text, corrections, statuses, ranges, documents, and whose codes they are."""

import base64
import json
import time
from datetime import datetime
from decimal import Decimal

import pytest
from fhir.resources.R4B import get_fhir_model_class

from adapters.fhir.elements import Json
from adapters.fhir.observations import has_value, judge, result_rules
from adapters.hl7v2.message import Encoding, Value
from adapters.hl7v2.overlay import is_partial
from adapters.hl7v2.to_fhir import Conversion
from adapters.hl7v2.to_fhir.bundle import sent
from adapters.hl7v2.to_fhir.results import limits
from adapters.hl7v2.to_fhir.units import whole_unit
from core.errors import Hl7Error
from knowledge.medical.case import Status
from tests.unit.hl7v2.hl7_conversion import converted, kept, obx, one, oru, resources
from tests.unit.hl7v2.hl7_data import message

XRAY = "71020^Chest X-ray"


def line(number: int, text: str, *, code: str = XRAY, kind: str = "TX", sub: str = "", status: str = "F") -> str:
    return f"OBX|{number}|{kind}|{code}|{sub}|{text}||||||{status}"


def texts(*segments: str) -> list[str]:
    return [found.get("valueString", "") for found in resources(converted(oru(*segments)), "Observation")]


def statuses(*segments: str) -> list[str]:
    return [found["status"] for found in resources(converted(oru(*segments)), "Observation")]


def requests(*segments: str) -> dict[str, str]:
    """How the server finds order, report and result again."""
    bundle = converted(message("PID|1||77^^^WEST", *segments)).bundle
    found = {entry["resource"]["resourceType"]: entry["request"]["url"] for entry in bundle["entry"]}
    return {kind: found[kind] for kind in ("ServiceRequest", "DiagnosticReport", "Observation")}


def test_lines_with_the_same_code_are_one_text() -> None:
    said = texts(
        line(1, "There is no evidence of"), line(2, "pneumonia", sub="2"), line(3, "", kind="FT"), line(4, "x")
    )
    assert said == ["There is no evidence of\npneumonia\n\nx"]
    assert texts(line(1, "No"), line(2, "fever", code="")) == ["No\nfever"]
    assert texts(line(1, "No", kind="ST"), "NTE|1||read twice", line(2, "mass or node", kind="ST")) == [
        "No",
        "mass or node",
    ]
    assert texts(line(1, "No mass", kind="ST"), line(2, "or node", kind="ST")) == ["No mass\nor node"]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("CWE", "1^E. coli^L~2^S. aureus^L", ["E. coli", "S. aureus"]),
        ("CWE", "^Not seen~112283007^^SCT", ["Not seen", None]),
        ("NM", "9.1~>600", [(None, Decimal("9.1"), 12), (">", 600, 12)]),
        ("NM", "9.1~clotted", [(None, Decimal("9.1"), 12), "clotted g/dL"]),
    ],
)
def test_several_values_are_components_and_never_one_value(kind: str, value: str, expected: list[object]) -> None:
    conversion = converted(oru(f"OBX|1|{kind}|718-7^Hb^LN|2|{value}|{'g/dL' if kind == 'NM' else ''}|12-16|L|||F"))

    found = one(conversion, "Observation")
    assert not has_value(found)
    assert not is_partial(found)
    assert {component["code"]["text"] for component in found["component"]} == {"Hb"}
    assert [
        flag["coding"][0]["code"] for part in (found, *found["component"]) for flag in part.get("interpretation", [])
    ] == ["L", "L"]
    assert [
        (number.get("comparator"), number["value"], component["referenceRange"][0]["low"]["value"])
        if (number := component.get("valueQuantity"))
        else component.get("valueString") or component["valueCodeableConcept"].get("text")
        for component in found["component"]
    ] == expected
    assert kept(conversion) == ["OBX-4 2"]
    get_fhir_model_class("Observation").model_validate(found)


def test_the_flag_of_several_values_is_one_of_each() -> None:
    found = one(converted(oru("OBX|1|NM|718-7^Hb^LN||9.1~9.2|g/dL||L|||F")), "Observation")
    assert [("HP:0001903", Status.PRESENT) in judge(part, result_rules()["718-7"]) for part in found["component"]] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    ("kind", "value", "unit", "expected", "told"),
    [
        ("NM", "9.1~91", "g/dL~g/L", ["g/dL", "g/L"], []),
        ("NM", "9.1~9.2~9.3", "g/dL~g/L", ["g/dL", "g/dL", "g/dL"], ["OBX-6 g/dL~g/L"]),
        ("NM", "9.1~9.2", "g/dL^^^^^^^^^^^^^^^own", ["g/dL", "g/dL"], ["OBX-6.16 own"]),
        ("CWE", "1^a~1^b", "g/dL", [None, None], ["OBX-6 g/dL"]),
    ],
)
def test_the_unit_of_several_values(
    kind: str, value: str, unit: str, expected: list[str | None], told: list[str]
) -> None:
    conversion = converted(oru(f"OBX|1|{kind}|718-7^Hb^LN||{value}|{unit}|||||F"))
    components = one(conversion, "Observation")["component"]
    assert [part.get("valueQuantity", {}).get("unit") for part in components] == expected
    assert (kept(conversion) if told else list(conversion.unmapped)) == told


def test_a_second_method_is_kept_apart_and_not_put_into_the_first() -> None:
    conversion = converted(oru("OBX|1|NM|1^A||5||||||F||||||M^^L~^by hand"))
    assert one(conversion, "Observation")["method"] == {
        "coding": [{"system": "urn:r1:hl7v2:codes:WEST:L", "code": "M"}]
    }
    assert kept(conversion) == ["OBX-17 M^^L~^by hand"]


def test_a_text_that_begins_with_nothing_is_not_absent() -> None:
    found = one(converted(oru(line(1, '""'), line(2, "No fever"))), "Observation")
    assert (found["valueString"], "dataAbsentReason" in found) == ("No fever", False)


def test_what_is_not_the_next_line_is_a_result_of_its_own() -> None:
    assert texts(line(1, "a"), line(2, "b", code="1"), line(3, "c")) == ["a", "b", "c"]
    assert texts(line(1, "a"), "OBR|2||F10|1", line(1, "b")) == ["a", "b"]
    answers = [line(number, text, kind="ST", sub=str(number)) for number, text in ((1, "Negative"), (2, "Positive"))]
    assert texts(*answers) == ["Negative", "Positive"]
    same = ["OBX|3|ST|1^A||15||||||F", "OBX|4|ST|1^A||14||||||F"]
    assert texts("OBX|1|TX|||x", line(2, "a"), *same) == ["x", "a", "15", "14"]
    times = [f"{line(1, 'clear', kind='ST')}|||{time}" for time in ("2026010208", "2026010209", "")]
    assert texts(*times) == ["clear", "clear\nclear"]
    sections = [line(1, "a", code="71020&GDT^X-ray"), line(2, "b", code="71020&IMP^X-ray")]
    assert texts(*sections) == ["a", "b"]


def test_a_withdrawn_line_is_no_part_of_the_text() -> None:
    first, gone, last = line(1, "No"), line(2, "Pulmonary embolism.", status="D"), line(3, "fever")
    assert texts(first, gone, last) == ["No\nfever", "Pulmonary embolism."]
    assert statuses(gone, first, last) == ["entered-in-error", "final"]
    assert texts(gone, first, last) == ["Pulmonary embolism.", "No\nfever"]


def test_what_the_lines_of_a_text_share_is_kept_once() -> None:
    conversion = converted(oru("OBX|1|TX|1^A|1|a||||||F|||||own", "OBX|2|TX|1^A|1|b||||||C|||||own"))
    assert kept(conversion) == ["OBX-4 1", "OBX-11 C"]


@pytest.mark.parametrize(
    "first",
    [
        ("ORC|RE|P1|F12", "OBR|1|P1|F12|24326-1^Electrolytes^LN", "OBX|1|NM|2823-3^Potassium^LN||7.4|mmol/L|||||P"),
        ("ORC|RE||F12", "OBR|1|||24326-1^LYTES^LN", "OBX|1|NM|2823-3^K^LN||7.4|mmol/L|||||P"),
        ("OBR|1||F12|24326-1^Electrolytes^LN", "OBX|7|NM|2823-3^Kalium^LN||7.4|mmol/L|||||P"),
    ],
)
def test_a_correction_finds_the_first_report_whatever_else_it_says(first: tuple[str, ...]) -> None:
    corrected = requests("OBR|1|P1|F12|24326-1^Lytes^LN", "OBX|1|NM|2823-3^K (serum)^LN||4.1|mmol/L|||||C")
    assert requests(*first) == corrected


@pytest.mark.parametrize("status", ["C", "D", "W"])
def test_a_correction_that_nothing_tells_from_others_is_refused(status: str) -> None:
    """Beside it what it corrects would stay, as a final result."""

    def result(order: str, own: str = "", status: str = status) -> list[str]:
        return statuses(order, f"OBX|1|NM|2823-3^Potassium^LN||4.1|mmol/L|||||{status}||||||||||{own}")

    with pytest.raises(Hl7Error, match="nothing distinguishes from others"):
        result("OBR|1|||24326-1^Electrolytes^LN")
    with pytest.raises(Hl7Error, match="nothing distinguishes from others"):
        result(f"OBR|1|||24326-1^Electrolytes^LN{'|' * 21}{status}", status="")
    assert result("OBR|1|||24326-1^Electrolytes^LN", status="F") == ["final"]
    assert result("OBR|1|||24326-1^Electrolytes^LN", own="R1") == result("OBR|1|P1||24326-1^Electrolytes^LN")


def test_what_is_another_result_has_another_key() -> None:
    def key(order: str, result: str) -> str:
        return requests(f"OBR|1|{order}", f"OBX|1|NM|{result}||||||F")["Observation"]

    orders = ("P1||1^A^L", "|P1|1^A^L", "|P1|2^A^L", "|P1|1^A^LN", "|P1|^A", "|P1|^B", "|P2|1^A^L")
    results = ("1^A^L||5", "2^A^L||5", "1^A^LN||5", "^A||5", "^B||5", "1^A^L|1|5", "1^A^L|2|5")
    assert len({key(order, results[0]) for order in orders}) == len(orders)
    assert len({key(orders[0], result) for result in results}) == len(results)


@pytest.mark.parametrize(
    ("own", "of_order", "status"),
    [  # OBX-11, OBR-25
        ("R", "F", "preliminary"),
        ("S", "", "preliminary"),
        ("V", "", "final"),
        ("B", "", "amended"),
        ("U", "", "final"),
        ("", "F", "final"),
        ("", "R", "preliminary"),
        ("", "A", "preliminary"),
        ("", "C", "corrected"),
        ("", "X", "cancelled"),
        ("", "S", "unknown"),
        ("O", "F", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_the_status_of_a_result(own: str, of_order: str, status: str) -> None:
    raw = message(
        "PID|1||77^^^WEST",
        f"OBR|1||F9|2823-3^K^LN|||20260101||||||||||||||||||{of_order}",
        f"OBX|1|NM|2823-3^K^LN||7.2|mmol/L|||||{own}|||20260102",
    )
    found = one(converted(raw), "Observation")
    assert (found["status"], found["effectiveDateTime"]) == (status, "2026-01-02")


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("12.0-16.0", 12, 16),
        ("3,5 \u2013 5,1", 3.5, 5.1),
        ("-2--1", -2, -1),
        ("3.5--5.1", 3.5, 5.1),
        ("3.5\uff5e5.1", 3.5, 5.1),
        ("3.5 ~ 5.1", 3.5, 5.1),
        ("3.5 to 5.1", 3.5, 5.1),
        ("0-5 g/dL", 0, 5),
        ("<5", None, 5),
        ("<= 5", None, 5),
        (">60", 60, None),
        (">= 60 g/dL", 60, None),
        ("5", None, None),
        ("9-3", None, None),
        ("150,000-400,000", None, None),
        ("negative", None, None),
        ("M: 13-17, F: 12-15", None, None),
        ("<", None, None),
        ("", None, None),
    ],
)
def test_a_range(text: str, low: float | None, high: float | None) -> None:
    found = limits(text, Value("g/dL^^UCUM", Encoding(), "^"))
    assert {side: float(found[side]["value"]) for side in found} == {
        side: bound for side, bound in (("low", low), ("high", high)) if bound is not None
    }
    assert {bound["code"] for bound in found.values()} <= {"g/dL"}


@pytest.mark.parametrize(
    ("text", "unit", "low", "high"),
    [
        ("0.36-0.41", "1^^UCUM", 0.36, 0.41),
        ("0.9-1.1 ", "1", 0.9, 1.1),
        ("0.9 - 1", "1", 0.9, 1),
        ("0.9-1.1 1", "1", 0.9, 1.1),
        ("<1", "1", None, 1),
        (">= 11 1", "1", 11, None),
        ("36-41%", "%", 36, 41),
        ("4-11 10*9/L", "10*9/L", 4, 11),
        ("4-1110*9/L", "10*9/L", 4, 11),
    ],
)
def test_the_unit_behind_a_range_is_no_part_of_it(text: str, unit: str, low: float | None, high: float | None) -> None:
    found = limits(text, Value(unit, Encoding(), "^"))
    bounds = [float(found[side]["value"]) if side in found else None for side in ("low", "high")]
    assert bounds == [low, high]


def test_a_range_alone_makes_a_number_of_a_text() -> None:
    assert float(obx("ST", "6.9")["valueQuantity"]["value"]) == 6.9
    assert texts("OBX|1|ST|1^A||6.9||||||F") == ["6.9"]


def test_a_segment_of_nothing_is_no_result() -> None:
    assert texts("OBX|1", "OBX|2|ST|1^A||yes||||||F", "OBX|3|||||||||F") == ["yes"]
    assert texts(line(1, "no"), "OBX|2|TX|||", line(3, "fever")) == ["no\n\nfever"]


def test_a_number_without_a_type_is_one() -> None:
    assert float(obx("", "6.9", "mmol/L")["valueQuantity"]["value"]) == 6.9
    assert obx("", "hemolyzed")["valueString"] == "hemolyzed"


def test_what_a_document_is_stays_beside_its_title() -> None:
    def letter(named: str) -> Conversion:
        return converted(oru(f"OBX|1|ED|{named}||^application^pdf^Base64^JVBE||||||"))

    assert one(letter("11502-2^Report^LN"), "DiagnosticReport")["presentedForm"][0]["title"] == "Report"
    assert letter("11502-2^Report^LN").unmapped == ("OBX-3",)
    assert letter("^Report").unmapped == letter("11502-2").unmapped == ()


@pytest.mark.parametrize("data", ["JVBER", "\u00a4\u00a4\u00a4\u00a4"])
def test_a_document_that_is_no_base64_is_kept_as_it_came(data: str) -> None:
    conversion = converted(oru(f"OBX|1|ED|1^Letter||^application^pdf^Base64^{data}||||||F"))
    assert "presentedForm" not in one(conversion, "DiagnosticReport")
    assert one(conversion, "Observation")["valueString"] == f"^application^pdf^Base64^{data}"


def test_a_document_of_text_is_kept_with_its_ampersands() -> None:
    conversion = converted(oru("OBX|1|ED|1^Letter||^TEXT^^A^Smith & Sons||||||F"))
    (letter,) = one(conversion, "DiagnosticReport")["presentedForm"]
    assert base64.b64decode(letter["data"]) == b"Smith & Sons"


def test_a_document_goes_into_the_report() -> None:
    data = base64.b64encode(b"%PDF").decode()
    pdf = f"OBX|2|ED|2^Scan||^application^pdf^Base64^{data}||||||"
    conversion = converted(oru(line(1, "No"), f"{pdf}F", "NTE|1||of the scan", line(3, "fever")))
    expected: Json = {"contentType": "application/pdf", "data": data, "title": "Scan"}
    assert one(conversion, "DiagnosticReport")["presentedForm"] == [expected]
    assert [found["valueString"] for found in resources(conversion, "Observation")] == ["No", "fever"]
    assert "NTE-3 of the scan" in kept(conversion)
    pointed = one(converted(oru("OBX|1|RP|2^Scan||https://pacs.example/1^^application^pdf||||||F")), "DiagnosticReport")
    assert pointed["presentedForm"] == [
        {"contentType": "application/pdf", "url": "https://pacs.example/1", "title": "Scan"}
    ]
    withdrawn = converted(oru(f"{pdf}D"))
    assert "presentedForm" not in one(withdrawn, "DiagnosticReport")
    assert one(withdrawn, "Observation")["status"] == "entered-in-error"
    for said_before in (converted(oru(f"OBX|1|ED|2^Scan||{value}||||||U")) for value in ("", '""')):
        assert {"presentedForm", "result"}.isdisjoint(one(said_before, "DiagnosticReport"))
        assert is_partial(one(said_before, "DiagnosticReport"))


def test_local_codes_are_those_of_the_sender() -> None:
    def system(facility: str, name: str) -> str:
        raw = message(
            "PID|1||77^^^WEST",
            "OBX|1|NM|2^x^LN^100^Glucose^" + name,
            header=f"MSH|^~\\&|LAB|{facility}|R1|R1|20260102||ORU^R01|C1|P|2.5",
        )
        found: str = one(converted(raw), "Observation")["code"]["coding"][1]["system"]
        return found

    assert system("WEST", "L") == "urn:r1:hl7v2:codes:WEST:L"
    assert system("EAST^1.2.3^ISO", "99LAB") == "urn:r1:hl7v2:codes:1.2.3:99LAB"
    assert system("", "LB") == "urn:r1:hl7v2:codes:LAB:LB"
    assert system("WEST", "LABX") == "urn:r1:hl7v2:codes:LABX"
    assert system("WEST", "LN") == "http://loinc.org"


def test_short_texts_of_two_parts_are_two_results() -> None:
    organisms = [
        line(number, text, code="600-7^Bacteria^LN", kind="ST", sub=str(number))
        for number, text in enumerate(("Escherichia coli", "Klebsiella"), start=1)
    ]
    assert texts(*organisms) == ["Escherichia coli", "Klebsiella"]


@pytest.mark.parametrize("unit", ["10^9/L^^UCUM", "10*9/L^10^9/L^UCUM", r"10*9/L^10\S\9/L^UCUM"])
@pytest.mark.parametrize("normal", ["4-10", "4-10 10^9/L", "4-10 10*9/L"])
def test_a_unit_with_a_power_is_one_also_beside_its_range(unit: str, normal: str) -> None:
    conversion = converted(oru(f"OBX|1|NM|6690-2^WBC^LN||25|{unit}|{normal}||||F"))

    found = one(conversion, "Observation")
    assert found["valueQuantity"]["code"] == found["referenceRange"][0]["high"]["code"] == "10*9/L"
    assert conversion.unmapped == ()
    shown = json.loads(json.dumps(found, default=float))
    assert ("HP:0001974", Status.PRESENT) in judge(shown, result_rules()["6690-2"])


@pytest.mark.parametrize(("marks", "unit"), [("*~\\&", "10*9/L"), ("^*\\&", "10^9/L"), ("^~\\*", "10^9/L")])
def test_a_unit_with_a_power_is_one_whatever_the_delimiters_are(marks: str, unit: str) -> None:
    header = f"MSH|{marks}|LAB|WEST|R1|R1|20260102||ORU{marks[0]}R01|C1|P|2.5"
    conversion = converted(message("PID|1||77", f"OBX|1|NM|1||25|{unit}|||||F", header=header))
    assert one(conversion, "Observation")["valueQuantity"] == {"value": 25, "unit": "10*9/L"}


def test_units_of_any_length_are_read_in_no_time() -> None:
    for hostile in ("10^" * 5000, "m^2" * 5000, "10^9" * 5000, "1" * 10_000, "m" * 10_000 + "^2"):
        began = time.perf_counter()
        whole_unit(hostile)
        assert time.perf_counter() - began < 0.5


def test_a_time_of_analysis_that_is_the_specimens_is_not_said_twice() -> None:
    for analysed, said in (("20261128081500", 0), ("20261128093000", 1)):
        (result,) = resources(
            converted(oru(f"OBX|1|NM|2345-7^^LN||5||||||F|||20261128081500+0000|||||{analysed}+0000")), "Observation"
        )
        assert len(result.get("extension", ())) == said


def test_what_a_message_updates_says_when_it_was_sent() -> None:
    result = obx("NM", "13")
    time = sent(result)
    assert datetime.fromisoformat(time).tzinfo
    source = result["meta"]["source"]
    assert sent({"meta": {"source": f"{source}#of-the-server"}}) == time
    for other in ("urn:other:1:2", source.removesuffix(f":{time}"), 7):
        assert not sent({"meta": {"source": other}})
    assert not sent({})
