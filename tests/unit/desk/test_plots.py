"""The plots of the desk's figures: axes that can be read, whatever the size of the numbers."""

import re

import pytest

from apps.desk.plots import Series, lines, stacks


def labels(svg: str) -> list[str]:
    """Of the vertical axis, from below."""
    return re.findall(r'text-anchor="end">([^<]+)</text>', svg)[:3]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1.446, ["0", "1", "2"]),
        (0.08, ["0", "0.05", "0.1"]),
        (2.0, ["0", "1", "2"]),
        (37.0, ["0", "20", "40"]),
        (0.0, ["0", "0.5", "1"]),
        (None, ["0", "0.5", "1"]),
    ],
)
def test_times_are_read_off_short_round_numbers(seconds: float | None, expected: list[str]) -> None:
    assert labels(lines("Reply time", ["11-28"], [Series("median", "red", [seconds])])) == expected


@pytest.mark.parametrize(
    ("count", "expected"), [(0, ["0", "1", "2"]), (3, ["0", "2", "4"]), (12_345, ["0", "10,000", "20,000"])]
)
def test_conversations_are_counted_in_whole_numbers(count: int, expected: list[str]) -> None:
    assert labels(stacks("Conversations", ["11-28"], [Series("confirmed", "red", [count])])) == expected
