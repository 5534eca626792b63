"""What an MDM message gives as the text of its document."""

import base64

import pytest

from adapters.fhir.elements import Json
from adapters.hl7v2.to_fhir import Conversion
from tests.unit.hl7v2.hl7_conversion import converted, kept, one
from tests.unit.hl7v2.hl7_data import message


def conversion(*segments: str) -> Conversion:
    header = "MSH|^~\\&|DOC|WEST|R1|R1|20260102||MDM^T02|C1|P|2.5"
    return converted(message("PID|1||77^^^WEST", "TXA|1|CN|TX|||||||||D1", *segments, header=header))


def document(*segments: str) -> Json:
    return one(conversion(*segments), "DocumentReference")


def text(*segments: str) -> str:
    (content,) = document(*segments)["content"]
    return base64.b64decode(content["attachment"]["data"]).decode()


def test_the_name_of_each_section_stands_before_it() -> None:
    assert text(
        "OBX|1|TX|10157-6^Family history^LN||Myocardial infarction",
        "OBX|2|TX|10157-6^Family history^LN||Stroke",
        "OBX|3|TX|||Gout",
        "OBX|4|TX|11348-0^Past history^LN||Seizures",
    ) == ("Family history:\nMyocardial infarction\nStroke\nGout\n\nPast history: Seizures")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("OBX|1|TX|10157-6^Family history^LN||Stroke", "Family history: Stroke"),
        (
            "OBX|1|TX|8670-2^History of family member diseases^LN||Stroke~Gout",
            "History of family member diseases: Stroke\nHistory of family member diseases: Gout",
        ),
        ("OBX|1|TX|11488-4^Consult note^LN||Seizures", "Seizures"),
        ("OBX|1|TX|1||Seizures", "Seizures"),
    ],
)
def test_a_document_of_one_part_has_its_name_only_where_that_says_whose_it_is(line: str, expected: str) -> None:
    assert text(line) == expected


def test_what_only_numbers_the_lines_is_no_name() -> None:
    assert text("OBX|1|TX|1||Seizures", "OBX|2|TX|2||and fever") == "Seizures\nand fever"


WRAPPED = [
    "FAMILY HISTORY:",
    "Seizures, breast cancer",
    "",
    "ASSESSMENT",
    "No evidence of",
    "pulmonary embolism",
]


@pytest.mark.parametrize("name", ["{}^History and physical", "HP{}", "HP{}^", "^Line {} of 6", "HP^Note"])
def test_names_that_count_the_lines_do_not_part_them(name: str) -> None:
    lines = [f"OBX|{number}|TX|{name.format(number)}||{line}" for number, line in enumerate(WRAPPED, 1)]
    assert text(*lines) == "\n".join(WRAPPED)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["Exam||No evidence of", "Report||pulmonary embolism", "Report||Rash"], "No evidence of\n{}\nRash"),
        (["Exam||FAMILY HISTORY", "Report||pulmonary embolism"], "FAMILY HISTORY\n{}"),
        (["Exam||Mother:", "Report||pulmonary embolism"], "Mother:\n{}"),
        (["Exam||患者否认", "Report||pulmonary embolism"], "患者否认\n{}"),
        (["Exam||Rash.", "Report||pulmonary embolism"], "Exam: Rash.\n\nReport: {}"),
        (["Exam||Fever", "Report||pulmonary embolism"], "Exam: Fever\n\nReport: {}"),
        (["Fever?||No", "Report||pulmonary embolism"], "Fever: No\n\nReport: {}"),
        (["Test||negative", "Report||pulmonary embolism"], "Test: negative\n\nReport: {}"),
        (["Plan||Plan:", "Report||pulmonary embolism"], "Plan: Plan:\n\nReport: {}"),
        (["Exam||No evidence of", "Family history||pulmonary embolism"], "Exam: No evidence of\n\nFamily history: {}"),
        (["HP1||No evidence of", "HP2||pulmonary embolism"], "No evidence of\n{}"),
        (["Exam||Mother:", "2||pulmonary embolism"], "Mother:\n{}"),
        (["Notes||Family history:", "Impression||pulmonary embolism"], "Notes: Family history:\n\nImpression: {}"),
        (["Family history||Mother:", "Impression||pulmonary embolism"], "Family history: Mother:\n\nImpression: {}"),
        (["Report||Allergies:", "Medications||pulmonary embolism"], "Report: Allergies:\n\nMedications: {}"),
        (["Pain||Worse when lying on", "Result||pulmonary embolism"], "Pain: Worse when lying on\n\nResult: {}"),
        (["Exam||No evidence of", "Lung||pulmonary embolism"], "Exam: No evidence of\n\nLung: {}"),
    ],
)
def test_no_name_comes_between_a_heading_or_half_a_sentence_and_what_it_is_of(lines: list[str], expected: str) -> None:
    found = text(*(f"OBX|{number}|TX|{line}" for number, line in enumerate(lines, 1)))
    assert found == expected.format("pulmonary embolism")


@pytest.mark.parametrize(
    "named",
    [
        ["HIV 1 antibody: Negative", "HIV 2 antibody: Positive"],
        ["HSV 1 IgG: Reactive", "HSV 2 IgG: Nonreactive"],
        ["HSV 1: 阴性", "HSV 2: 阳性"],
        ["Diabetes type 1: Mother", "Diabetes type 2: Diet"],
        ["COVID dose 1: Tolerated", "COVID dose 2: Anaphylaxis", "COVID dose 3: Not given"],
        ["Day 1: Fever", "Day 2: Rash", "Day 3: Better"],
        ["Apgar 1 min: 3", "Apgar 5 min: 9"],
        ["Report 1: 3 mm", "Report 2: 9 mm"],
        ["Exam 1: Rash", "Exam 2: Negative"],
        ["Titre 1: No growth in", "Titre 2: 1:160", "Titre 3: 1:320"],
        ["2024 note: Seizures", "2025 note: Rash"],
        ["Note 1: Seizures", "Note 5: Rash"],
    ],
)
def test_names_that_differ_in_a_number_are_kept_where_that_tells_parts_apart(named: list[str]) -> None:
    parts = [line.split(": ", 1) for line in named]
    lines = [f"OBX|{number}|TX|{name}||{said}" for number, (name, said) in enumerate(parts, 1)]
    assert text(*lines) == "\n\n".join(named)


@pytest.mark.parametrize("name", ["Line {}", "Progress note {}", "报告{}", "Page {} of 3"])
def test_numbers_behind_a_name_that_says_nothing_count_its_lines(name: str) -> None:
    lines = [f"OBX|{number}|TX|{name.format(number)}||{said}" for number, said in enumerate(["Rash.", "Fever."], 1)]
    assert text(*lines) == "Rash.\nFever."


def test_an_answer_has_its_name_even_where_the_one_before_has_the_same() -> None:
    lines = ("OBX|1|TX|1^HIV antibody||Negative", "OBX|2|TX|2^HIV antibody||Positive")
    assert text(*lines) == "HIV antibody: Negative\n\nHIV antibody: Positive"


def test_names_of_values_may_differ_in_a_number() -> None:
    lines = ("OBX|1|NM|1^Vitamin B6||10|nmol/L", "OBX|2|NM|2^Vitamin B12||90|pmol/L")
    assert text(*lines) == "Vitamin B6: 10 nmol/L\n\nVitamin B12: 90 pmol/L"


def test_a_name_does_not_deny_what_stands_below_it() -> None:
    lines = ("OBX|1|TX|1^CT without contrast^L||Stroke", "OBX|2|TX|2^Plan^L||Thrombolysis")
    assert text(*lines) == "CT without contrast:\nStroke\n\nPlan: Thrombolysis"


@pytest.mark.parametrize(
    ("line", "expected", "lost"),
    [
        ("OBX|1||N^Note^L||Seizures", "Seizures", ["OBX-3 N^Note^L"]),
        ("OBX|1|NM|Hb||9.1|g/dL", "Hb: 9.1 g/dL", []),
        ("OBX|1|CWE|Dx||91175000^Seizure^SCT", "Dx: Seizure", ["OBX-5 91175000^Seizure^SCT"]),
        ("OBX|1|CE|Dx||Seizure", "Dx: Seizure", []),
        ("OBX|1|SN|K||>^5.0|mmol/L", "K: > 5.0 mmol/L", []),
        ("OBX|1|SN|ANA||^1^:^160", "ANA: 1 : 160", []),
        ("OBX|1|DT|Onset||20260101", "Onset: 2026-01-01", []),
        ("OBX|1|TS|Onset||202601010800", "Onset: 2026-01-01T08:00:00+00:00", []),
        ("OBX|1|TM|Onset||0800", "Onset: 0800", []),
        ("OBX|1|XPN|Seen by||Rose^Ann", "Seen by: Rose Ann", []),
    ],
)
def test_lines_of_other_types_are_text(line: str, expected: str, lost: list[str]) -> None:
    assert text(line) == expected
    assert [item for item in kept(conversion(line)) if item.startswith("OBX")] == lost


@pytest.mark.parametrize("status", ["D", "W", "X"])
def test_a_line_that_does_not_hold_is_no_text_and_kept_apart(status: str) -> None:
    lines = ("OBX|1|TX|N||Fever", f"OBX|2|TX|N||Seizures||||||{status}")
    assert text(*lines) == "Fever"
    assert f"OBX-11 {status}" in kept(conversion(*lines))
    assert "OBX-5 Seizures" in kept(conversion(*lines))


@pytest.mark.parametrize(("status", "expected"), [("D", "entered-in-error"), ("X", "current")])
def test_a_document_whose_text_is_taken_back_does_not_hold(status: str, expected: str) -> None:
    """Its earlier text may be on the server and would stay."""
    found = document(f"OBX|1|TX|N||Seizures||||||{status}")
    assert (found["status"], found["content"]) == (
        expected,
        [{"attachment": {"title": "The message holds no document"}}],
    )
