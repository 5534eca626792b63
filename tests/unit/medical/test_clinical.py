"""Diseases, drugs and procedures through the committed recogniser."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputTooLargeError
from knowledge.medical.clinical import MAX_CHARACTERS, EntityKind, EntityRecognizer, icd10cm
from knowledge.medical.lexicon import Kind, shipped_lexicon
from knowledge.medical.rules import Assertion

NOTE = (
    "He has hypertension and was treated with lisinopril 10 mg daily. No pneumonia. His mother had breast cancer. "
    "A colonoscopy was done."
)


@pytest.fixture(scope="module")
def recognizer() -> EntityRecognizer:
    return EntityRecognizer()


def test_a_note(recognizer: EntityRecognizer) -> None:
    told = {NOTE[e.start : e.end]: e for e in recognizer.read(NOTE)}
    assert told["hypertension"].kind is EntityKind.DISEASE
    assert told["hypertension"].code == "I10"
    assert told["lisinopril"].kind is EntityKind.DRUG
    assert (told["lisinopril"].name, told["lisinopril"].dose, told["lisinopril"].often) == (
        "Lisinopril",
        "10 mg",
        "daily",
    )
    assert told["pneumonia"].assertion is Assertion.NEGATED
    assert told["pneumonia"].cue == "No"
    assert told["breast cancer"].assertion is Assertion.FAMILY
    assert told["colonoscopy"].kind is EntityKind.PROCEDURE


def test_only_the_very_words_are_linked() -> None:
    assert icd10cm(("Gout",)) == ("M10", "Gout")
    assert icd10cm(("gouty", "feelings")) is None
    assert shipped_lexicon().canonical(["Tylenol"], Kind.DRUG) == "Acetaminophen"
    assert shipped_lexicon().canonical(["Tylenol"], Kind.DISEASE) == ""


def test_an_apostrophe_of_any_kind_belongs_to_a_name(recognizer: EntityRecognizer) -> None:
    entities = recognizer.read("No sign of Crohn’s disease, and he doesn’t have Parkinson´s disease.")
    assert [(e.name, e.assertion) for e in entities] == [
        ("Crohn's disease [regional enteritis]", Assertion.NEGATED),
        ("Parkinson's disease", Assertion.NEGATED),
    ]


@pytest.mark.parametrize("text", ["No wheezing; ibuprofen hasn't helped the pain", "he hasn’t got a temperature"])
def test_half_a_contraction_is_no_disease(recognizer: EntityRecognizer, text: str) -> None:
    assert "hasn" not in {text[e.start : e.end] for e in recognizer.read(text)}


def test_the_length_limit(recognizer: EntityRecognizer) -> None:
    with pytest.raises(InputTooLargeError):
        recognizer.read("x" * (MAX_CHARACTERS + 1))


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=200))
def test_any_text_is_read_in_order(recognizer: EntityRecognizer, text: str) -> None:
    end = 0
    for entity in recognizer.read(text):
        assert end <= entity.start < entity.end <= len(text)
        end = entity.end
