"""Which journeys are to the tropics."""

import pytest

from knowledge.medical.notes.words.travel import tropical_travel


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        (
            "He came back 12 days ago from a 3-week visit to his family in rural Nigeria; no tablets.",
            ["visit to his family in rural Nigeria"],
        ),
        ("returned from Ghana, trip to South-East Asia", ["returned from Ghana", "trip to South-East Asia"]),
        ("a holiday in Thailand, travelled through Peru", ["holiday in Thailand", "travelled through Peru"]),
        ("born in India, lives in Kenya, emigrated from Mexico", []),
        ("back from the gym; trip to Norway, visited Indianapolis", []),
        ("returned to work and saw a man from Ghana", []),
    ],
)
def test_a_journey_names_where_it_went(text: str, phrases: list[str]) -> None:
    assert [text[start:end] for start, end, _ in tropical_travel(text)] == phrases
