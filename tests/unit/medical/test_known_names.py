"""Diseases and drugs of our own tables in texts."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.medical.lexicon import NameKind
from knowledge.medical.notes.characters import plain
from knowledge.medical.notes.words.known_names import known_names


def named(text: str) -> list[tuple[str, str]]:
    """What a text names, with the name in the table."""
    return [(text[found.start : found.end], found.name) for found in known_names(plain(text))]


def test_a_list_of_medicines() -> None:
    text = "Medications: metformin, Eliquis 5 mg bid;\n- Ramipril 5mg od"
    assert named(text) == [("metformin", "metformin"), ("Eliquis", "apixaban"), ("Ramipril", "ramipril")]


def test_a_product_of_several_ingredients_has_them_all() -> None:
    text = "Bactrim DS, Augmentin 625 mg, 多巴丝肼, trimethoprim 200 mg"
    assert [name for _, name in named(text)] == [
        "sulfamethoxazole + trimethoprim",
        "amoxicillin + clavulanic acid",
        "trimethoprim",
        "levodopa + benserazide",  # Chinese names come last
    ]


def test_conditions_by_their_abbreviation_and_their_category() -> None:
    found = list(known_names("PMH: HTN, T2DM, AF, COPD"))
    assert [(one.kind, one.code) for one in found] == [
        (NameKind.DISEASE, "I10"),
        (NameKind.DISEASE, "E11"),
        (NameKind.DISEASE, "I48"),
        (NameKind.DISEASE, "J44"),
    ]


def test_simplified_and_traditional_chinese() -> None:
    assert named("2型糖尿病，口服二甲双胍") == [("2型糖尿病", "Type 2 diabetes mellitus"), ("二甲双胍", "metformin")]
    assert named("高血壓，服用氨氯地平") == [("高血壓", "Essential hypertension"), ("氨氯地平", "amlodipine")]
    assert named("去甲肾上腺素泵入") == [("去甲肾上腺素", "norepinephrine")]


@pytest.mark.parametrize(
    "text",
    [
        "add sugar",  # not ADD
        "he had a tia maria",  # not TIA
        "ST depression in V2",
        "vitamin D deficiency",
        "insulin resistance",
        "digoxin level pending",
        "vancomycin trough 22",
        "serum lithium 1.8",
        "胰岛素抵抗",
    ],
)
def test_what_is_something_else(text: str) -> None:
    assert named(text) == []


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=200))
def test_any_text_is_read(text: str) -> None:
    for found in known_names(text):
        assert 0 <= found.start < found.end <= len(text)


@pytest.mark.parametrize("text", ["metformin " * 1_000, "type 2 " * 2_000, "糖尿" * 5_000, "- " * 5_000])
def test_long_texts_take_no_time(text: str) -> None:
    began = time.process_time()
    list(known_names(text))
    assert time.process_time() - began < 5
