"""Abbreviations that a text defines: "obstructive sleep apnea (OSA)".

After Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text", Pacific
Symposium on Biocomputing (2003): the letters of the abbreviation are searched for in the words before the bracket, from
right to left, and the first of them begins a word.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SHORTEST, _LONGEST = 2, 10  # characters of an abbreviation
_BREAK = "\n"


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """Word ``short`` stands for the words ``start`` up to but not including ``end``."""

    short: int
    start: int
    end: int


def abbreviations(words: Sequence[str]) -> Iterator[Abbreviation]:
    """Every abbreviation in brackets after what it stands for, in order."""
    for short in range(2, len(words) - 1):
        if words[short - 1] == "(" and words[short + 1] == ")" and _is_abbreviation(words[short]):
            start = _start(words, short - 1, words[short])
            if start is not None:
                yield Abbreviation(short, start, short - 1)


def _is_abbreviation(word: str) -> bool:
    return _SHORTEST <= len(word) <= _LONGEST and word.isalnum() and any(char.isupper() for char in word)


def _start(words: Sequence[str], end: int, short: str) -> int | None:
    """Start of the words before ``end`` that ``short`` stands for; None if its letters are not all there."""
    farthest, more = end, min(len(short) + 5, 2 * len(short))
    while farthest and more and (words[farthest - 1][0].isalnum() or words[farthest - 1] in ("-", "/", "'")):
        farthest -= 1
        more -= words[farthest][0].isalnum()
    before = _BREAK.join(words[farthest:end]).lower()
    at = len(before)
    for place, letter in reversed(list(enumerate(short.lower()))):
        at = before.rfind(letter, 0, at)
        while place == 0 and at > 0 and before[at - 1].isalnum():
            at = before.rfind(letter, 0, at)
        if at < 0:
            return None
    return farthest + before.count(_BREAK, 0, at) if len(before) - at > len(short) else None
