"""The desk's figures: colours that are seen, and numbers in the page's language."""

import re

import pytest

from apps.desk.dashboard import _COLOURS, _seconds
from apps.desk.resolution import Outcome
from apps.ui.theme import css
from knowledge.retrieval.language import Language

PAIR = r"light-dark\((#\w{6}), (#\w{6})\)"


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def pair(text: str) -> tuple[str, ...]:
    found = re.search(PAIR, text)
    assert found, text
    return found.groups()


def test_contrast_is_what_wcag_defines() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#b8c4d0", "#ffffff") < 3 < contrast("#0f766e", "#ffffff")


@pytest.mark.parametrize("outcome", list(Outcome))
def test_each_colour_is_seen_on_paper_in_light_and_dark(outcome: Outcome) -> None:
    """WCAG 1.4.11."""
    paper = pair(next(line for line in css().splitlines() if "--r1-paper:" in line))
    seen = [contrast(colour, ground) for colour, ground in zip(pair(_COLOURS[outcome]), paper, strict=True)]
    assert min(seen) >= 3


def test_no_two_outcomes_share_a_colour() -> None:
    for theme in range(2):
        assert len({pair(colours)[theme] for colours in _COLOURS.values()}) == len(Outcome)


@pytest.mark.parametrize(
    ("value", "language", "shown"), [(0.33, "en", "0.33 s"), (0.33, "zh", "0.33 秒"), (None, "zh", "–")]
)
def test_times_have_their_unit(value: float | None, language: Language, shown: str) -> None:
    assert _seconds(value, language) == shown
