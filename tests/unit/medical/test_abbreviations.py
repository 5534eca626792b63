"""Abbreviations in brackets behind what they stand for, and what the recognisers make of them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.medical.entities import EntityKind, EntityRecognizer
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.notes.words.abbreviations import abbreviations


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("He has obstructive sleep apnea (OSA).", ["OSA = obstructive sleep apnea"]),
        ("chronic kidney diseases (CKD)", ["CKD = chronic kidney diseases"]),
        ("insulin-dependent diabetes mellitus (IDDM)", ["IDDM = insulin - dependent diabetes mellitus"]),
        ("acetylsalicylic acid (ASA) and heart failure (HF)", ["ASA = acetylsalicylic acid", "HF = heart failure"]),
        ("phenytoin (PHT)", ["PHT = phenytoin"]),
        ("pain in the chest. Echo (TTE)", []),
        ("seen in May (CT)", []),
        ("heart failure (severe)", []),
        ("heart failure (HF", []),
        ("(HF)", []),
        ("a cough (ACE)", []),
    ],
)
def test_definitions(text: str, told: list[str]) -> None:
    words = re.findall(r"\w+|[^\w\s]", text)
    assert [f"{words[a.short]} = {' '.join(words[a.start : a.end])}" for a in abbreviations(words)] == told


@given(st.lists(st.sampled_from(["(", ")", "-", ".", "HF", "Heart", "failure", "İİ", "x1"]), max_size=30))
def test_an_abbreviation_stands_behind_what_it_stands_for(words: list[str]) -> None:
    for found in abbreviations(words):
        assert 0 <= found.start < found.end == found.short - 1
        assert words[found.start][0].lower() == words[found.short][0].lower()


def test_a_finding_goes_by_its_abbreviation(recognizer: FindingRecognizer) -> None:
    text = "Low muscle tone (LMT). No LMT now. He has an acetylated short domain (ASD)."
    told = [(text[m.start : m.end], m.code) for m in recognizer.mentions(text)]
    assert told == [("Low muscle tone", "HP:0001252"), ("LMT", "HP:0001252"), ("LMT", "HP:0001252")]


def test_a_disease_or_a_drug_goes_by_its_abbreviation() -> None:
    text = "Heart failure (HF) was treated with hydrochlorothiazide (HCT). The HF got better on HCT."
    told = [(text[e.start : e.end], e.kind) for e in EntityRecognizer().read(text)]
    assert told == [
        ("Heart failure", EntityKind.DISEASE),
        ("HF", EntityKind.DISEASE),
        ("hydrochlorothiazide", EntityKind.DRUG),
        ("HCT", EntityKind.DRUG),
        ("HF", EntityKind.DISEASE),
        ("HCT", EntityKind.DRUG),
    ]
