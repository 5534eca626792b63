"""Patterns that are looked for together are found where each would be found alone."""

import re
import string
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.common import read_jsonl
from knowledge.medical.notes.context.cues import RULES
from knowledge.medical.notes.context.cues_zh import RULES_ZH
from knowledge.medical.notes.emergencies.overdose_patterns import AMOUNTS, SHORT_FORMS
from knowledge.medical.notes.scan import PatternScan, _folded, beginnings
from knowledge.medical.notes.values.measurements import _SCAN, SYNTAXES, _named
from tests.note_lines import PATH

_PATTERNS = [
    *(re.compile(p) for p in (r"\Aa|b\d", r"(?<=a)b*", r"[^a]b", r"a(?=b)|(?<!\w)k+", r"^\s?a|s", r"(a)\1?b", r"\W*a")),
    *(
        re.compile(p, re.IGNORECASE)
        for p in (r"(?:as ?){2,}k", r"(?>i|ik)s", r"é|µ", r"[0-9]+(?:st|k)", r"(?-i:K)s?|ß")
    ),
]
_SCANS = {
    "cues": [rule.regex for rule in RULES],
    "Chinese cues": [rule.regex for rule in RULES_ZH],
    "overdoses": [pattern.regex for pattern in (*AMOUNTS, *SHORT_FORMS)],
}


def _alone(patterns: Sequence[re.Pattern[str]], text: str, *place: int) -> list[tuple[int, tuple[int, int]]]:
    return [(n, match.span()) for n, pattern in enumerate(patterns) for match in pattern.finditer(text, *place)]


def _together(scan: PatternScan, text: str, *place: int) -> list[tuple[int, tuple[int, int]]]:
    return [(n, match.span()) for n, match in scan.find(text, *place)]


@given(st.text("aAbikKsSı\u0130\u017f\u212aéÉµμß1٣ \t\n-", max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_together_they_find_what_each_finds_alone(text: str, start: int, end: int) -> None:
    start, end = min(start, len(text)), min(end, len(text))
    scan = PatternScan(_PATTERNS)
    assert _together(scan, text) == _alone(_PATTERNS, text)
    assert _together(scan, text, start, end) == _alone(_PATTERNS, text, start, end)


@pytest.mark.parametrize("patterns", _SCANS.values(), ids=_SCANS)
def test_in_notes_too(patterns: list[re.Pattern[str]]) -> None:
    scan = PatternScan(patterns)
    texts = [row["text"] for row in read_jsonl(PATH)]
    assert any(_alone(patterns, text) for text in texts)
    for text in texts:
        assert _together(scan, text) == _alone(patterns, text)


def test_values_begin_as_their_names_do() -> None:
    named = [_named(syntax).regex for syntax in SYNTAXES]
    for row in read_jsonl(PATH):
        assert _together(_SCAN, row["text"]) == _alone(named, row["text"])


@pytest.mark.parametrize(
    ("pattern", "begins"),
    [
        ("(?i:No|ne(?:ither|ver))", {"no", "nei", "nev"}),
        (r"\b(?:a )?\d\d+", {"a 0", "00", "000"}),
        ("[xX]?yz|(?i:É)", {"xyz", "yz", "é"}),
        (r"\Aage|\s无", {" 无", "\n无"}),
        (r"(?<=a)\w", None),
        ("a*", None),
    ],
)
def test_how_a_match_begins(pattern: str, begins: set[str] | None) -> None:
    assert beginnings(re.compile(pattern)) == begins


def test_letters_are_folded_as_they_are_compared() -> None:
    every = "".join(map(chr, range(0x110000)))
    for letter in string.ascii_letters:
        assert {_folded(c) for c in re.findall(letter, every, re.IGNORECASE)} == {letter.lower()}
    assert len(_folded(every)) == len(every)
