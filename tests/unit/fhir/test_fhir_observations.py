"""Laboratory results and vital signs: interpretation, reference range, limits, and the table behind them."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from stdnum import luhn

import adapters.fhir
from adapters.fhir.measurements import QUANTITIES
from adapters.fhir.observations import answer, judge, result_rules
from knowledge.medical.case import Status

P, A = Status.PRESENT, Status.ABSENT
LOW, HIGH = "HP:0002900", "HP:0002153"  # potassium


def result(
    loinc: str, value: float | None = None, *, flag: str = "", quantity: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    part: dict[str, Any] = {"code": {"coding": [{"system": "http://loinc.org", "code": loinc}]}, **more}
    if value is not None:
        part["valueQuantity"] = {"value": value, "unit": "mmol/L", "code": "mmol/L", **(quantity or {})}
    if flag:
        part["interpretation"] = [{"coding": [{"code": flag}]}]
    return part


def judged(part: dict[str, Any]) -> list[tuple[str, Status]]:
    return judge(part, result_rules()[part["code"]["coding"][0]["code"]])


def within(low: float | None, high: float | None, **more: Any) -> list[dict[str, Any]]:
    sides = {"low": low, "high": high}
    return [{**{side: {"value": bound} for side, bound in sides.items() if bound is not None}, **more}]


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        # The laboratory's interpretation comes first, whatever the range says.
        (result("2823-3", 3.0, flag="L"), [(LOW, P), (HIGH, A)]),
        (result("2823-3", 3.0, flag="LL"), [(LOW, P), (HIGH, A)]),
        (result("2823-3", 5.4, flag="N", referenceRange=within(3.5, 5.1)), [(LOW, A), (HIGH, A)]),
        (result("2823-3", 7.0, flag="HH"), [(LOW, A), (HIGH, P)]),
        # "A" and an unknown flag say nothing of the side, so the range decides.
        (result("2823-3", 7.0, flag="A"), []),
        (result("2823-3", 7.0, flag="A", referenceRange=within(3.5, 5.1)), [(LOW, A), (HIGH, P)]),
        # The range, bounds included.
        (result("2823-3", 3.5, referenceRange=within(3.5, 5.1)), [(LOW, A), (HIGH, A)]),
        (result("2823-3", 5.2, referenceRange=within(3.5, 5.1)), [(LOW, A), (HIGH, P)]),
        (result("2823-3", 4.0, referenceRange=within(None, 5.1)), [(HIGH, A)]),
        (result("2823-3", 4.0), []),
        (result("2823-3", referenceRange=within(3.5, 5.1)), []),
        # A range of another unit, for somebody else, or one of several decides nothing.
        (result("2823-3", 6.0, referenceRange=[{"high": {"value": 5.1, "unit": "mg/dL"}}]), []),
        (result("2823-3", 6.0, referenceRange=[{"high": {"value": 5100, "unit": "umol/L"}}]), [(HIGH, P)]),
        (result("2823-3", 5.1, referenceRange=[{"high": {"value": 5.1, "unit": "mmol/l"}}]), [(HIGH, A)]),
        (result("2823-3", 6.0, referenceRange=within(3.5, 5.1, age={"high": {"value": 1}})), []),
        (result("2823-3", 6.0, referenceRange=within(3.5, 5.1) * 2), []),
        (result("2823-3", 6.0, referenceRange=within(1, 9, type={"coding": [{"code": "critical"}]})), []),
        # Comparators.
        (result("2823-3", 3.5, quantity={"comparator": "<"}, referenceRange=within(3.5, 5.1)), [(LOW, P), (HIGH, A)]),
        (result("2823-3", 3.5, quantity={"comparator": "<="}, referenceRange=within(3.5, 5.1)), [(HIGH, A)]),
        (result("2823-3", 4.0, quantity={"comparator": ">"}, referenceRange=within(3.5, 5.1)), [(LOW, A)]),
        (result("2823-3", 5.1, quantity={"comparator": ">"}, referenceRange=within(3.5, 5.1)), [(LOW, A), (HIGH, P)]),
        # Body temperature has limits of its own; a range of the resource replaces them.
        (result("8310-5", 38.0, quantity={"code": "Cel"}), [("HP:0002045", A), ("HP:0001945", P)]),
        (result("8310-5", 100.3, quantity={"code": "[degF]"}), [("HP:0002045", A), ("HP:0001945", A)]),
        (result("8310-5", 38.0, quantity={"code": "K"}), []),
        # A range in words is none.
        (
            result("8310-5", 38.0, quantity={"code": "Cel"}, referenceRange=[{"text": "see note"}]),
            [("HP:0002045", A), ("HP:0001945", P)],
        ),
        (result("2823-3", 5.2, referenceRange=[*within(3.5, 5.1), {"text": "adults"}]), [(LOW, A), (HIGH, P)]),
        # A range in its text alone, with the unit of the value or none.
        (result("2823-3", 3.0, referenceRange=[{"text": "3.5 - 5.1 mmol/L"}]), [(LOW, P), (HIGH, A)]),
        (result("2823-3", 5.2, referenceRange=[{"text": "(3.5～5.1)"}]), [(LOW, A), (HIGH, P)]),
        (result("2823-3", 5.2, referenceRange=[{"text": "＜5.1"}]), [(HIGH, P)]),
        (result("2823-3", 5.2, referenceRange=[{"text": "13.7-19.9 mg/dL"}]), []),
        (result("2823-3", 5.2, referenceRange=[{"text": "m 3.5-5.1, f 3.4-5.0"}]), []),
        (result("2823-3", 5.2, referenceRange=[{"text": "3.5-5.1"}, {"text": "2.0-8.0"}]), []),
        # An interpretation in words, and one that is unknown.
        (result("2823-3", 3.0, interpretation=[{"text": "Low"}]), [(LOW, P), (HIGH, A)]),
        (result("2823-3", 7.0, interpretation=[{"text": "↑"}]), [(LOW, A), (HIGH, P)]),
        (result("2823-3", 7.0, flag="HIGH"), [(LOW, A), (HIGH, P)]),
        (
            result("2823-3", 7.0, interpretation=[{"text": "see comment"}], referenceRange=within(3, 5)),
            [(LOW, A), (HIGH, P)],
        ),
        # Units as thermometers print them.
        (result("8310-5", 39.5, quantity={"code": "", "unit": "℃"}), [("HP:0002045", A), ("HP:0001945", P)]),
        (result("8310-5", 103, quantity={"code": "", "unit": "°F"}), [("HP:0002045", A), ("HP:0001945", P)]),
        # Presence tests.
        (result("20454-5", flag="POS"), [("HP:0000093", P)]),
        (result("20454-5", flag="A"), [("HP:0000093", P)]),
        (result("20454-5", valueCodeableConcept={"coding": [{"code": "260415000"}]}), [("HP:0000093", A)]),
        (result("20454-5", valueString="trace"), []),
    ],
)
def test_a_result_becomes_findings(part: dict[str, Any], expected: list[tuple[str, Status]]) -> None:
    assert judged(part) == expected


@pytest.mark.parametrize("value", [float("inf"), 10**400, True, "7"])
def test_a_value_that_is_no_finite_number_decides_nothing(value: Any) -> None:
    assert judged(result("2823-3", value, referenceRange=within(3.5, 5.1))) == []


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"valueBoolean": True}, P),
        ({"valueBoolean": False}, A),
        ({"valueString": "Not detected"}, A),
        ({"valueCodeableConcept": {"text": "Positive"}}, P),
        ({"valueCodeableConcept": {"coding": [{"code": "LA33-6"}], "text": "No"}}, None),
        ({"valueString": "perhaps"}, None),
        ({}, None),
    ],
)
def test_a_yes_or_a_no(part: dict[str, Any], expected: Status | None) -> None:
    assert answer(part) is expected


def test_the_table_is_well_formed() -> None:
    table = tomllib.loads((Path(adapters.fhir.__path__[0]) / "loinc.toml").read_text(encoding="utf-8"))
    loinc = [code for row in table["result"] for code in row["loinc"]]

    assert len(loinc) == len(set(loinc))
    for code in loinc:
        assert re.fullmatch(r"\d{3,5}-\d", code)
        assert luhn.is_valid(code.replace("-", "")), code
    for row in table["result"]:
        assert row.keys() <= {"name", "loinc", "quantity", "low", "high", "positive", "limits"}
        findings = [row[side] for side in ("low", "high", "positive") if side in row]
        assert findings or "quantity" in row
        assert all(re.fullmatch(r"HP:\d{7} \S.*", finding) for finding in findings)


@pytest.mark.parametrize("loinc", ["2341-6", "14743-9", "32016-8", "41653-7"])
def test_a_glucose_of_capillary_blood_is_a_finding_too(loinc: str) -> None:
    assert ("HP:0001943", P) in judged(result(loinc, 2.1, flag="L"))


def test_a_quantity_of_the_red_flags_alone_is_no_finding() -> None:
    assert "2744-1" in QUANTITIES
    assert not {"2744-1", "8328-7"} & result_rules().keys()


@pytest.mark.parametrize(("words", "expected"), [("高", [(LOW, A), (HIGH, P)]), ("L*", [(LOW, P), (HIGH, A)])])
def test_flags_of_chinese_laboratories_and_with_a_star(words: str, expected: list[tuple[str, Status]]) -> None:
    assert judged(result("2823-3", 5.0, flag=words)) == expected
