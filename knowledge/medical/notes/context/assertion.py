"""Whether, when and in whom a finding is: negation, doubt, time and other persons, from cue words in the same sentence.

After Harkema et al., "ConText: an algorithm for determining negation, experiencer, and temporal status from clinical
reports", Journal of Biomedical Informatics 42 (2009). Past findings count as present; resolved ones are left out, since
they are evidence neither for a disease now nor, unlike absent ones, against it.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from ..characters import plain
from ..scan import PatternScan
from .age import read_age
from .cue_rules import Answers, Assertion, CueRule, Effect
from .cues import NO, RULES, YES
from .cues_past import AT_AGE_RULES
from .cues_shorthand import A_DISEASE
from .cues_zh import AT_AGE_RULES_ZH, NO_ZH, RULES_ZH, YES_ZH
from .main_verbs import main_verbs
from .marks import mark_rules
from .mothers import baby_rules, mother_places
from .past import ATTEMPT, is_allergic_reaction, is_left_over, is_past, speaks_of_now
from .relatives import described_places, patient_places
from .relatives_zh import patient_places_zh
from .sections import Section, is_reaction, read_sections, states_now, tells_of_patient

_DIED = "".join(  # "PGF d. lung cancer" goes on; "for 5 d. Chest pain" does not
    rf"(?<!\b{kin} d\.)"
    for kin in (
        *("[mM]other", "[fF]ather", "[mM]um", "[dD]ad", "[bB]rother", "[sS]ister", "[sS]ib", "[sS]on", "[dD]aughter"),
        *("[uU]ncle", "[aA]unt", "[cC]ousin", "[MP]G[FM]"),
    )
)
_SENTENCE_END = re.compile(
    rf"[!;](?=\s|$)|\?(?!\s*(?i:{YES}|{NO})| {A_DISEASE}\b)(?=\s*(?:\n|$)|\s+[A-Z])"
    rf"|[。！;；!]|[？](?!\s*(?:{YES_ZH}|{NO_ZH}))(?=\s*(?:$|\n|[^\W\d_]))"
    r"|(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bvs)(?<!\bincl)(?<!\binc)(?<!\bapprox)(?<!e\.g)(?<!i\.e)"
    rf"\.(?:{_DIED}(?<!\d, d\.)|(?!\s[a-z]))(?=\s|$|[A-Z])"
    r"|\n(?=[ \t]*(?:\n|[-*•#]|\d+[.)]|[A-Z]))|(?<![、，,])\n(?=[ \t]*[\u4e00-\u9fff])"
)
_SCAN, _SCAN_ZH = (PatternScan([rule.regex for rule in rules]) for rules in (RULES, RULES_ZH))
_LONGEST_SENTENCE = 1_000  # characters; a text without full stops is cut, which also bounds the work
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+")
_COMMA = re.compile("[,，]")
_JOINT = re.compile("[,、/]|,? ?(?:and|or|&)|[和或及]")
_HEAD = re.compile(  # head of an answered list: nothing, a bullet, or systems that were asked about
    r"(?:^|[，。])[\s\-*•]{0,4}$|"
    r"((?:ros|review of systems|constitutional|general|cv|cvs|cardio\w*|cardiac|resp\w*|pulm\w*|gi|gu|gastro\w*|"
    r"genito\w*|neuro\w*|msk|musculo\w*|skin|derm\w*|heent|eyes|ent|psych\w*|endo\w*|hem\w*|symptoms|"
    r"系统回顾|伴随症状|症状)\s?[:：]\s?)$"
)
_SHORT_NAMES = re.compile(  # abbreviations that may not be findings alone, but are no tests: "DVT/PE: no"
    r"(?:\s?/\s?(?!(?:ECG|EKG|CXR|AXR|CT|CTPA|CTH|MRI|MRA|EEG|OGD|USS|US|CTG|ABG|VBG|LP|UA)\b)[A-Z]{2,4})+"
)
_OF_TESTS = re.compile("neg|ve$")
_THOUGHT = {Assertion.HYPOTHETICAL, Assertion.POSSIBLE}
_PERSONS = {Assertion.FAMILY, Assertion.OTHER_PERSON}
_PATIENT = CueRule(Effect.PATIENT, ("patient",))
_BRACKET = re.compile("[()（）]")
_OR = re.compile(r"\s*n?or\b", re.IGNORECASE)
_ROW = re.compile(  # text before a finding in a row of questions
    r"(?:^|\n|[.;:|]\s+|\s{2,}|[*•-]\s|\b(?:yes|no|none|nil|never|absent|denied),?\s+)(?:[\w-]{1,20}\s?/\s?)*"
    r"(?:(?:any|new|left|right|lower|upper|central|chest|abdominal|abdo|calf|leg|neck|night|pleuritic|productive|severe)\s)*$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+")
_YEARS_AGO = 2  # least years since an event that is dated by the patient's age
_LINE_FOLLOWS = re.compile(r"[ \t]*\n")
_DOUBTS = {Assertion.PRESENT, Assertion.NEGATED, Assertion.POSSIBLE, Assertion.HYPOTHETICAL, Assertion.RESOLVED}
_ENDED = {Assertion.NEGATED, Assertion.RESOLVED}  # by STOP_NEGATION


@dataclass(frozen=True, slots=True)
class Context:
    """What the words around a finding say about it.

    Attributes:
        assertion: present unless a cue says otherwise.
        cue: the deciding words, verbatim; empty when there are none.
        is_past: whether it is an event of the past; see :mod:`.past`.
    """

    assertion: Assertion = Assertion.PRESENT
    cue: str = ""
    is_past: bool = False


@dataclass(frozen=True, slots=True)
class _Cue:
    """A cue found in a text, by its offsets."""

    start: int
    end: int
    rule: CueRule


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence with its cues in the order of their starts."""

    start: int
    words: str
    cues: list[_Cue]
    spans: Sequence[tuple[int, int]]  # of the text's findings
    word_starts: list[int]
    word_ends: list[int]

    def words_between(self, start: int, end: int) -> int:
        """Number of words of the sentence that lie, at least partly, between two offsets."""
        return bisect_left(self.word_starts, end) - bisect_right(self.word_ends, start) if start < end else 0


def contexts(text: str, spans: Sequence[tuple[int, int]]) -> list[Context]:
    """The context of each span of ``text`` (offsets, ascending, not overlapping), in the same order.

    A cue within a span does not apply to the others: "no appetite, vomiting".
    """
    if not spans:
        return []
    frame = _frame(text)
    result = []
    current, sentence = -1, _Sentence(0, "", [], (), [], [])
    for start, end in spans:
        place = bisect_right(frame.starts, start) - 1
        if place != current:
            current, sentence = place, frame.sentence(place, end, spans)
        result.append(_decide(text, start, end, sentence, frame.section_at(start)))
    return result


def sentence_around(text: str, start: int, end: int) -> tuple[str, str]:
    """The text before and after a span in its sentence."""
    starts = _frame(text).starts
    place = bisect_right(starts, start)
    close = starts[place] if place < len(starts) else len(text)
    return text[starts[place - 1] : start].lstrip(), text[end : max(close, end)].rstrip()


class _Frame:
    """Sentences, sections and cues of a text, shared by findings, values and entities."""

    def __init__(self, text: str) -> None:
        self._text = plain(text)
        self.starts = list(_sentence_starts(self._text))
        self._age, stated = read_age(self._text)
        mother = mother_places(self._text, self._age)
        of_mother = {end for _, end in mother}
        self.sections = [section for section in read_sections(self._text) if section.start not in of_mother]
        self.section_starts = [section.start for section in self.sections]
        introduced = mother or patient_places(self._text) or patient_places_zh(self._text)
        self._patients = sorted({*introduced, *described_places(self._text, self._age, stated)})
        self._of_baby = baby_rules(self._text, self._age)
        self._cues: dict[tuple[int, int], list[_Cue]] = {}

    def sentence(self, place: int, at_least: int, spans: Sequence[tuple[int, int]]) -> _Sentence:
        """A sentence, extended to ``at_least`` if a finding crosses its end, without cues that overlap a span."""
        start = self.starts[place]
        close = self.starts[place + 1] if place + 1 < len(self.starts) else len(self._text)
        key = start, max(close, at_least)
        if key not in self._cues:
            self._cues[key] = [
                self._of_patient(cue) for cue in _cues(self._text, *key, self._of_baby) if not self._is_age_now(cue)
            ]
        words = [match.span() for match in _WORD.finditer(self._text, *key)]
        starts, ends = [first for first, _ in words], [last for _, last in words]
        return _Sentence(start, self._text[slice(*key)], _outside(self._cues[key], spans), spans, starts, ends)

    def section_at(self, start: int) -> Section | None:
        """The section at an offset, or None."""
        place = bisect_right(self.section_starts, start) - 1
        return self.sections[place] if place >= 0 and start < self.sections[place].end else None

    def _is_age_now(self, cue: _Cue) -> bool:
        """Whether the cue is an age that is not known to be well below the patient's."""
        if cue.rule not in (*AT_AGE_RULES, *AT_AGE_RULES_ZH):
            return False
        number = _NUMBER.search(self._text, cue.start, cue.end)
        return number is None or self._age is None or int(number[0]) > self._age - _YEARS_AGO

    def _of_patient(self, cue: _Cue) -> _Cue:
        """The cue; if it names the relative who is the patient, one for the patient instead."""
        place = bisect_left(self._patients, cue.end, key=lambda p: p[0]) - 1  # the last that starts before the cue ends
        named = place >= 0 and cue.start < self._patients[place][1]
        return replace(cue, rule=_PATIENT) if named and cue.rule.effect in _PERSONS else cue


@lru_cache(maxsize=1)  # only the current note is kept
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


def _cues(text: str, start: int, end: int, more: tuple[CueRule, ...]) -> list[_Cue]:
    """All cues of a sentence by start; one within a longer cue or a match of :attr:`Effect.NOTHING` is dropped."""
    rules, scan = (RULES_ZH, _SCAN_ZH) if _CHINESE.search(text, start, end) else (RULES, _SCAN)
    found = [_Cue(match.start(), match.end(), rules[number]) for number, match in scan.find(text, start, end)]
    more = (*mark_rules(text, start, end), *more)
    found += [
        _Cue(match.start(), match.end(), rule) for rule in more for match in rule.regex.finditer(text, start, end)
    ]
    if any(cue.rule.effect in _PERSONS for cue in found):
        found += [_Cue(*verb, _PATIENT) for verb in main_verbs(text, start, end)]
    found.sort(key=lambda cue: (cue.start, -cue.end, cue.rule.effect is not Effect.NOTHING))
    kept: list[_Cue] = []
    widest: _Cue | None = None
    for cue in found:
        same = widest and (cue.start, cue.end) == (widest.start, widest.end)
        if widest and cue.end <= widest.end and (not same or widest.rule.effect is Effect.NOTHING):
            continue
        kept.append(cue)
        if cue.rule.effect not in (Effect.STOP, Effect.STOP_NEGATION, Effect.STOP_ALL, Effect.PATIENT):
            widest = cue
    return kept


def _outside(cues: list[_Cue], spans: Sequence[tuple[int, int]]) -> list[_Cue]:
    """The cues that overlap no span, and two that may: an end of a denied list ("no allergies,"), and a relative with
    whom a finding begins ("father died suddenly of a stroke").

    The first word of "signs negative" may belong to the finding; the rest is then the cue.
    """
    kept = []
    for cue in cues:
        place = bisect_right(spans, cue.start, key=lambda span: span[1])  # the first that ends after the cue's start
        is_answer = cue.rule.backward and cue.rule.reach == 0 and cue.rule.effect is Assertion.NEGATED
        if is_answer and place < len(spans) and spans[place][0] < cue.start < spans[place][1] < cue.end:
            cue = replace(cue, start=spans[place][1])
            place += 1
        apart = place == len(spans) or cue.end <= spans[place][0]
        is_of_kin = cue.rule.effect is Assertion.FAMILY and not apart and spans[place][0] == cue.start
        if apart or is_of_kin or cue.rule.effect is Effect.STOP_NEGATION:
            kept.append(cue)
    return kept


def _decide(text: str, start: int, end: int, sentence: _Sentence, section: Section | None) -> Context:
    before = [cue for cue in reversed(sentence.cues) if cue.end <= start]
    after = [cue for cue in sentence.cues if cue.start >= end]
    person = _nearest(text, start, end, sentence, before, after, _PERSONS, {Effect.PATIENT, Effect.STOP_ALL})
    if person is not None:
        return _context(text, person)
    if section is not None and section.assertion in _PERSONS:
        return Context(section.assertion, section.head)
    stops = {Effect.STOP, Effect.STOP_ALL}
    said = _nearest(text, start, end, sentence, before, after, _DOUBTS, stops)
    if said is not None:
        return _context(text, said)
    if section is not None and section.assertion is Assertion.NEGATED:
        return Context(section.assertion, section.head)
    at, words = sentence.start, sentence.words
    old = (
        (section is not None and section.is_over and not ATTEMPT.search(text, start, end))
        or _is_listed_as_past(text, sentence, section)
        or is_left_over(words[start - at : end - at], start - at, words)
        or is_allergic_reaction(words[: start - at], words[end - at :], text[end : end + 200])
    )
    then = _nearest(text, start, end, sentence, before, after, {Assertion.HISTORICAL}, stops)
    if then is not None:
        between = (end, then.start) if then.rule.backward else (then.end, start)
        cue, between_them = (sentence.words[a - at : b - at] for a, b in ((then.start, then.end), between))
        past = old or is_past(cue, between_them, sentence.words)
        return replace(_context(text, then), is_past=past)
    if section is None or (section.assertion in _THOUGHT and states_now(sentence.words)):
        return Context(is_past=old)
    if section.assertion is Assertion.POSSIBLE and tells_of_patient(sentence.words):
        return Context(is_past=old)
    return Context(section.assertion, section.head, old)


def _context(text: str, cue: _Cue) -> Context:
    return Context(Assertion(cue.rule.effect), text[cue.start : cue.end])


def _is_listed_as_past(text: str, sentence: _Sentence, section: Section | None) -> bool:
    """Whether a sentence in a history section is its first, a separate line or a drug reaction, and not about now."""
    if section is None or section.is_over or section.assertion is not Assertion.HISTORICAL:
        return False
    line = text.endswith("\n", 0, sentence.start) or _LINE_FOLLOWS.match(text, sentence.start) is not None
    line = line or is_reaction(text, section, sentence.start)
    return (line or sentence.start <= section.start) and not speaks_of_now(sentence.words)


def _nearest(
    text: str,
    start: int,
    end: int,
    sentence: _Sentence,
    before: list[_Cue],
    after: list[_Cue],
    assertions: set[Assertion],
    ending: set[Effect],
) -> _Cue | None:
    """The deciding cue: the nearest backward one after the finding, otherwise the nearest before it."""
    for cues, backward in ((after, True), (before, False)):
        reached, stop = assertions, None
        for cue in cues:
            effect = cue.rule.effect
            if effect in ending:
                break
            if effect is Effect.STOP_NEGATION and not backward:
                if cue.rule.commas:
                    reached = reached - _ENDED
                else:
                    stop = cue
            if effect in reached and cue.rule.backward is backward:
                if not backward and effect in _DOUBTS and _leaves_bracket(text, cue, start, sentence):
                    continue
                if cue.rule.heads_only and not _ROW.search(sentence.words, 0, start - sentence.start):
                    continue
                # the first comma after a denial may end it, a later one is within its list
                if stop and effect in _ENDED and not _COMMA.search(text[cue.end : stop.start]):
                    reached = reached - _ENDED
                    continue
                gap = (end, cue.start) if backward else (cue.end, start)
                near = sentence.words_between(*gap) <= cue.rule.reach
                if near and (cue.rule.commas or not _COMMA.search(text, *gap)):
                    return cue
                if cue.rule.answers and _ends_list(text, start, end, cue, sentence):
                    return cue
                if cue.rule.begins_list and _is_listed_behind(text, start, cue, sentence):
                    return cue
    return None


def _leaves_bracket(text: str, cue: _Cue, start: int, sentence: _Sentence) -> bool:
    """Whether a cue and words after it are in parentheses that close before a finding: "(RT, no mets), lymphoedema".

    "1) fever" opens none, and "(no) fever" has only the cue.
    """
    opened = list[int]()
    for mark in _BRACKET.finditer(text, sentence.start, start):
        if mark[0] in "(（":
            opened.append(mark.start())
        elif opened and opened.pop() < cue.start < mark.start():
            return bool(text[cue.end : mark.start()].strip()) and not _OR.match(text, mark.end(), start)
    return False


def _is_listed_behind(text: str, start: int, cue: _Cue, sentence: _Sentence) -> bool:
    """Whether there are only findings and separators between a cue and a finding: ``不发热、咳嗽``."""
    at = cue.end
    for first, last in sentence.spans[bisect_left(sentence.spans, at, key=lambda span: span[0]) :]:
        joint = text[at:first].strip()
        if joint and not (_JOINT.fullmatch(joint) and joint not in ",，"):
            return False
        if first == start:
            return True
        at = last
    return False


def _ends_list(text: str, start: int, end: int, cue: _Cue, sentence: _Sentence) -> bool:
    """Whether a cue follows a list of only findings that contains this one: ``fever/chills`` or, from the start of the
    sentence or a heading of systems, ``fever, chills, sweats``. Two with only a comma are no list: the first may be the
    presenting complaint."""
    spans, joints = sentence.spans, list[str]()
    first = last = bisect_left(spans, start, key=lambda span: span[0])
    while last + 1 < len(spans) and spans[last + 1][1] <= cue.start:
        joints.append(text[end : spans[last + 1][0]].strip().lower())
        last += 1
        end = spans[last][1]
    rest = text[end : cue.start].strip(" \t\n:：=")
    if cue.rule.answers is Answers.SLASHES and _SHORT_NAMES.fullmatch(rest):
        joints, rest = [*joints, "/"], ""
    if not joints or rest:
        return False
    slashes = set(joints) == {"/"}
    if cue.rule.answers is Answers.SLASHES and not slashes:
        return False
    while first and spans[first - 1][1] > sentence.start:
        joint = text[spans[first - 1][1] : start].strip().lower()
        if not (joint == "/" if slashes else _JOINT.fullmatch(joint)):
            break
        joints.append(joint)
        first -= 1
        start = spans[first][0]
    answer = text[cue.start : cue.end].lower()
    if slashes:  # of two, the second may be a test
        return len(joints) > 1 or _OF_TESTS.search(answer) is None
    head = _HEAD.search(text[sentence.start : start].lower())
    if head is None or not all(map(_JOINT.fullmatch, joints)) or (answer.startswith("both") and len(joints) > 1):
        return False
    return joints != [","] or head[1] is not None or answer.startswith(("all", "both"))
