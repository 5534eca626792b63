"""Typing errors in English notes."""

import pytest

from knowledge.medical.entities import EntityRecognizer
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.notes.words.misspellings import misspellings


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("hypertention", "hypertension"),  # a wrong letter
        ("siezure", "seizure"),  # two that changed places
        ("hemorhage", "hemorrhage"),  # one too few
        ("vomitting", "vomiting"),  # one too many
        ("paracetmol", "paracetamol"),
        ("PNUEMONIA", "pneumonia"),
    ],
)
def test_a_single_error_in_a_long_word_is_corrected(written: str, meant: str) -> None:
    assert misspellings().corrected(["no", written]) == ["no", meant]


@pytest.mark.parametrize(
    "word",
    [
        "precious",  # an English word near "previous"
        "osmolarity",  # a word of medicine near "osmolality"
        "hemithorax",
        "dysphagia",
        "hypekalemia",  # either hypokalemia or hyperkalemia
        "hydralzine",  # hydralazine, or hydrazine
        "couhg",  # too short
        "hipertenzion",  # two errors
        "eizure",  # begins otherwise
        "Siezure",  # may be somebody's name
        "siEzure",
        "siezure2",
        "高血压",
    ],
)
def test_what_is_left_as_it_was_written(word: str) -> None:
    assert misspellings().corrected(["seen", " ", word]) == ["seen", " ", word]


@pytest.mark.parametrize("before", [[], ["."], ["fever", "\n"]])
def test_a_capital_at_the_beginning_is_no_name(before: list[str]) -> None:
    assert misspellings().corrected([*before, "Siezure"])[-1] == "seizure"


@pytest.mark.parametrize(
    ("text", "code", "phrase", "status"),
    [
        ("Pt with hypertention, no siezure", "HP:0000822", "hypertention", "present"),
        ("Pt with hypertention, no siezure", "HP:0001250", "siezure", "absent"),
        ("Fit with high blood presure", "HP:0000822", "high blood presure", "present"),
    ],
)
def test_findings_keep_the_offsets_of_the_text(
    recognizer: FindingRecognizer, text: str, code: str, phrase: str, status: str
) -> None:
    told = {f.code: f for f in recognizer.read(text, source="note").findings}
    assert (told[code].status, told[code].evidence[0].phrase) == (status, phrase)


def test_diseases_and_drugs_keep_the_offsets_of_the_text() -> None:
    text = "Hypertention, rheumatiod arthritis and siezure. Paracetmol 1 g"
    told = [(text[e.start : e.end], e.code, e.name) for e in EntityRecognizer().read(text)]
    assert [(phrase, code) for phrase, code, _ in told[:3]] == [
        ("Hypertention", "I10"),
        ("rheumatiod arthritis", "M06.9"),
        ("siezure", "R56.9"),
    ]
    assert told[3] == ("Paracetmol", "", "paracetamol")
