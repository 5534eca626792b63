"""Who has a finding, whether and when: negation, doubt, time and other persons, from cue words in the same sentence.

After Harkema et al., "ConText: an algorithm for determining negation, experiencer, and temporal status from clinical
reports", Journal of Biomedical Informatics 42 (2009). Past findings count as present; resolved ones are left out, since
they speak neither for a disease now nor, as an absent one would, against it.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from .apostrophes import plain
from .cues import HEADS, RULES
from .cues_zh import HEADS_ZH, RULES_ZH
from .relatives import patient_places
from .relatives_zh import patient_places_zh
from .rules import Assertion, Effect, Rule

_SENTENCE_END = re.compile(
    r"[!;](?=\s|$)|\?(?=\s*(?:\n|$)|\s+[A-Z])|[。！;；!]|[？](?=\s*(?:$|\n|[^\W\d_]))"
    r"|(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bvs)(?<!e\.g)(?<!i\.e)\.(?=\s|$|[A-Z])"
    r"|\n(?=[ \t]*(?:\n|[-*•#]|\d+[.)]|[A-Z]))"
)
_LONGEST_SENTENCE = 1_000  # characters; a text without full stops is cut, which also bounds the work
_HEAD = re.compile(
    r"(?:^|\n|(?<=[.;!?。；]))[ \t]*(?:[-*•#]+[ \t]*|\d+[.)][ \t]*)?"
    r"(?:(?P<head>[A-Za-z][A-Za-z/&' -]{1,40}?)[ \t]*:(?!\d)|(?P<head_zh>[\u4e00-\u9fff]{2,8})[:：])"
)
_BLANK_LINE = re.compile(r"\S[ \t]*\n[ \t]*\n")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+")
_COMMA = re.compile("[,，]")
_PERSONS = {Assertion.FAMILY, Assertion.OTHER_PERSON}
_PATIENT = Rule(Effect.PATIENT, ("patient",))
_DOUBTS = {Assertion.NEGATED, Assertion.POSSIBLE, Assertion.HYPOTHETICAL, Assertion.RESOLVED}


@dataclass(frozen=True, slots=True)
class Context:
    """What the words around a finding say about it.

    Attributes:
        assertion: present unless a cue says otherwise.
        cue: the deciding words, verbatim; empty when there are none.
    """

    assertion: Assertion = Assertion.PRESENT
    cue: str = ""


@dataclass(frozen=True, slots=True)
class _Cue:
    """A cue found in a text, by its offsets."""

    start: int
    end: int
    rule: Rule


@dataclass(frozen=True, slots=True)
class _Section:
    """A stretch of text under a head that matters."""

    start: int
    end: int
    assertion: Assertion
    head: str


def contexts(text: str, spans: Sequence[tuple[int, int]]) -> list[Context]:
    """The context of each span of ``text`` (offsets, ascending, not overlapping), in the same order."""
    if not spans:
        return []
    frame = _frame(text)
    result = []
    current, cues = -1, list[_Cue]()
    for start, end in spans:
        sentence = bisect_right(frame.starts, start) - 1
        if sentence != current:
            current, cues = sentence, frame.cues_of(sentence, end)
        place = bisect_right(frame.section_starts, start) - 1
        section = frame.sections[place] if place >= 0 and start < frame.sections[place].end else None
        result.append(_decide(text, start, end, cues, section))
    return result


def sentence_around(text: str, start: int, end: int) -> tuple[str, str]:
    """What stands before and after a span in its sentence."""
    starts = _frame(text).starts
    place = bisect_right(starts, start)
    close = starts[place] if place < len(starts) else len(text)
    return text[starts[place - 1] : start].lstrip(), text[end : max(close, end)].rstrip()


class _Frame:
    """Sentences, sections and cues of a text. Findings, values and entities ask for the same ones."""

    def __init__(self, text: str) -> None:
        self._text = plain(text)
        self.starts = list(_sentence_starts(text))
        self.sections = list(_sections(text))
        self.section_starts = [section.start for section in self.sections]
        self._patients = patient_places(self._text) or patient_places_zh(self._text)
        self._cues: dict[tuple[int, int], list[_Cue]] = {}

    def cues_of(self, sentence: int, at_least: int) -> list[_Cue]:
        """Cues of a sentence, which is read up to ``at_least`` when a finding crosses its end."""
        close = self.starts[sentence + 1] if sentence + 1 < len(self.starts) else len(self._text)
        key = self.starts[sentence], max(close, at_least)
        if key not in self._cues:
            self._cues[key] = [self._of_patient(cue) for cue in _cues(self._text, *key)]
        return self._cues[key]

    def _of_patient(self, cue: _Cue) -> _Cue:
        """The cue, or where it names the relative who is the patient, one that says so."""
        place = bisect_left(self._patients, cue.end, key=lambda p: p[0]) - 1  # the last one that begins before it ends
        named = place >= 0 and cue.start < self._patients[place][1]
        return replace(cue, rule=_PATIENT) if named and cue.rule.effect in _PERSONS else cue


@lru_cache(maxsize=1)  # only the note at hand is kept
def _frame(text: str) -> _Frame:
    return _Frame(text)


def _sentence_starts(text: str) -> Iterator[int]:
    """Offsets at which the sentences of a text begin, ascending; the first is 0."""
    start = 0
    yield start
    for match in _SENTENCE_END.finditer(text):
        while match.end() - start > _LONGEST_SENTENCE:
            start += _LONGEST_SENTENCE
            yield start
        start = match.end()
        yield start
    yield from range(start + _LONGEST_SENTENCE, len(text), _LONGEST_SENTENCE)


def _sections(text: str) -> Iterator[_Section]:
    heads = list(_HEAD.finditer(text))
    ends = [match.start(match.lastgroup or 0) for match in heads[1:]] + [len(text)]
    for match, end in zip(heads, ends, strict=False):
        head = match[match.lastgroup or 0]
        known = HEADS if match.lastgroup == "head" else HEADS_ZH
        assertion = next((a for a, regex in known.items() if regex.fullmatch(head)), None)
        if assertion is None:
            continue
        blank = _BLANK_LINE.search(text, match.end(), end)
        yield _Section(match.end(), blank.end() if blank else end, assertion, head)


def _cues(text: str, start: int, end: int) -> list[_Cue]:
    """All cues of a sentence by their start; one that lies within a longer one is dropped."""
    rules = RULES_ZH if _CHINESE.search(text, start, end) else RULES
    found = [_Cue(m.start(), m.end(), rule) for rule in rules for m in rule.regex.finditer(text, start, end)]
    found.sort(key=lambda cue: (cue.start, -cue.end))
    kept: list[_Cue] = []
    widest: _Cue | None = None
    for cue in found:
        if widest and cue.end <= widest.end and (cue.start, cue.end) != (widest.start, widest.end):
            continue
        kept.append(cue)
        if cue.rule.effect not in (Effect.STOP, Effect.STOP_ALL, Effect.PATIENT):
            widest = cue
    return kept


def _decide(text: str, start: int, end: int, cues: list[_Cue], section: _Section | None) -> Context:
    before = [cue for cue in reversed(cues) if cue.end <= start]
    after = [cue for cue in cues if cue.start >= end]
    under = section.assertion if section else None
    person = _nearest(text, start, end, before, after, _PERSONS, {Effect.PATIENT, Effect.STOP_ALL})
    if person is not None:
        return person
    if section is not None and under in _PERSONS:
        return Context(section.assertion, section.head)
    for assertions in (_DOUBTS, {Assertion.HISTORICAL}):
        nearest = _nearest(text, start, end, before, after, assertions, {Effect.STOP, Effect.STOP_ALL})
        if nearest is not None:
            return nearest
    if section is not None:
        return Context(section.assertion, section.head)
    return Context()


def _nearest(
    text: str,
    start: int,
    end: int,
    before: list[_Cue],
    after: list[_Cue],
    assertions: set[Assertion],
    ending: set[Effect],
) -> Context | None:
    """What the deciding cue says: the nearest one that points back from after the finding, else the nearest before."""
    for cues, backward in ((after, True), (before, False)):
        for cue in cues:
            effect = cue.rule.effect
            if effect in ending:
                break
            if effect in assertions and cue.rule.backward is backward:
                between = text[end : cue.start] if backward else text[cue.end : start]
                if (cue.rule.commas or not _COMMA.search(between)) and len(_WORD.findall(between)) <= cue.rule.reach:
                    return Context(Assertion(effect), text[cue.start : cue.end])
    return None
