"""Signs, boxes and letters of a list of findings: ``fever (+), cough (-)``, ``(-) fever``, ``[x] syncope``, ``rash N``.

In both languages.
"""

import re

from .cue_rules import Assertion, CueRule, Effect

_OPEN, _CLOSE, _DASH = r"[(\[（【]\s?", r"\s?[)\]）】]", "[-−–—－]"
_ENDED = r"(?=\s*(?:[,;.)、，；。]|$))"
_STARTS = r"(?:(?<!\w)(?<!\w\s)\+\s?|(?<=\s)\+)(?=[a-z])"  # "+fever"
_LEADS = r"(?<![^\s,;/])[-−](?=[a-z])"  # "-fever", where "+cough" or another one shows that it is no bullet
_APART = r"(?<=[,;]\s)- (?=[a-z])"  # "+ cough, - fever", if a plus comes first; otherwise it is a bullet
_PLUS = rf"{_OPEN}(?:[+＋]{{1,4}}|(?-i:Y)){_CLOSE}"
_MINUS = rf"{_OPEN}(?:{_DASH}|(?-i:N)){_CLOSE}"
_NOUN = "(?:观念|意念|想法|念头|倾向|行为)?"  # the finding may be only the word before it: "自杀观念（-）"
_TICK, _CROSS = r"[✓✔✅⊕](?!\s?[\])）])", "[✗✘❌⊖⊝]"
TICKED, EMPTY = r"[\[(（]\s?[x✓✔√]\s?[\])）]|[☑☒■√]", r"[\[(（]\s{0,3}[\])）]|[☐□]"
_BARE_PLUS = rf"(?<![\d+])[+＋]{{1,4}}{_ENDED}|{_TICK}"
_BARE_MINUS = rf"(?<=[\s:：\u4e00-\u9fff]){_DASH}(?=\s*[,;.、，；。])|(?:(?<=[:：])|(?<=[:：]\s)){_DASH}(?=\s*$)"

_BEHIND_UNSURE = (
    CueRule(
        Assertion.PRESENT,
        (rf"{_NOUN}(?:{_PLUS})", _BARE_PLUS, TICKED),
        backward=True,
        reach=0,
        commas=False,
        spaced=False,
    ),
    CueRule(Effect.STOP, (_PLUS, _BARE_PLUS, TICKED), spaced=False),
    CueRule(
        Assertion.NEGATED,
        (rf"{_NOUN}(?:{_MINUS})", _BARE_MINUS),
        backward=True,
        reach=0,
        commas=False,
        spaced=False,
    ),
    CueRule(Assertion.HYPOTHETICAL, (EMPTY,), backward=True, reach=0, commas=False, spaced=False),
)
_BEHIND = (
    *_BEHIND_UNSURE,
    CueRule(Assertion.NEGATED, (_CROSS,), backward=True, reach=0, commas=False, spaced=False),
)
"""Marks after what they mark; a cross only if it cannot also be before it: "FAST ✓ droop ✗ speech"."""
_BEFORE = (
    CueRule(Assertion.PRESENT, (_PLUS, _STARTS, _TICK, TICKED), spaced=False),
    CueRule(Assertion.NEGATED, (_MINUS,), spaced=False),
    CueRule(Assertion.NEGATED, (_CROSS,), reach=0, commas=False, spaced=False),
    CueRule(Assertion.HYPOTHETICAL, (EMPTY,), spaced=False),
)
_LEADING = (
    CueRule(Assertion.PRESENT, (_STARTS,), spaced=False),
    CueRule(Assertion.NEGATED, (_LEADS,), reach=2, commas=False, spaced=False),
)
"""Marks before what they mark. An unticked box says nothing about it."""
_LEADING_APART = (*_LEADING, CueRule(Assertion.NEGATED, (_APART,), reach=2, commas=False, spaced=False))

_NEXT = r"(?=\s*(?:[,;.\n]|$)|\s[/|]\s)"
_YES_OR_NO = re.compile(rf"(?<=[a-z]\s)[NY]{_NEXT}", re.IGNORECASE)
_ANSWERED = (
    CueRule(Assertion.PRESENT, (rf"Y{_NEXT}",), backward=True, reach=0, commas=False),
    CueRule(Assertion.NEGATED, (rf"N{_NEXT}",), backward=True, reach=0, commas=False),
)
"""Answers in a list: "chest pain N, SOB Y"."""

_MARK = re.compile(
    rf"(?=[-−–—－+＋(\[（【☐□☑☒■√✓✔✅⊕✗✘❌⊖⊝])(?:{_PLUS}|{_MINUS}|{_CROSS}|{TICKED}|{EMPTY}|{_BARE_PLUS}|{_BARE_MINUS}|{_STARTS})",
    re.IGNORECASE,
)
_SIGN = re.compile(
    rf"(?<![^\s,;/])\+(?=[a-z])(?!ve\b)|(?<![^\s])(?<![^,;:.\n]\s)\+ (?=[a-z])(?!ve\b)|{_LEADS}|{_APART}", re.IGNORECASE
)
_AT_END = re.compile(_ENDED)
_AFTER_A_WORD = re.compile(r"(?<!\w)(?!(?:ros|systems|pt|patient|for|with|has|he|she|and|but|symptoms)\s)\w+\s*$", re.I)
_AFTER_A_COLON = re.compile(r"[:：]\s*$")
_SQUARES = ("□", "■")  # also bullets
_BACK = 30  # characters read before a mark
_AROUND = 120  # and around a sentence, for further answers that may each have their own line


def mark_rules(text: str, start: int, end: int) -> tuple[CueRule, ...]:
    """The rules for the marks of a sentence, which are all on the same side; none if it has no marks."""
    signs = [match[0] for match in _SIGN.finditer(text, start, end)]
    if "- " in signs and signs[0].startswith("+"):
        return _LEADING_APART
    glued = [sign for sign in signs if not sign.endswith(" ")]
    if len(glued) > 1 and set(glued) != {"+"}:
        return _LEADING
    marks = [mark for mark in _MARK.finditer(text, start, end) if mark[0] not in _SQUARES or _has_boxes(text)]
    if not marks:
        answers = _YES_OR_NO.findall(text, max(0, start - _AROUND), end + _AROUND)
        return _ANSWERED if len(answers) > 1 else ()
    before = [text[max(start, mark.start() - _BACK) : mark.start()] for mark in marks]
    if any(_AT_END.match(text, mark.end(), end) for mark in marks) or any(map(_AFTER_A_COLON.search, before[1:])):
        return _BEHIND
    return _BEHIND_UNSURE if _AFTER_A_WORD.search(before[0]) else _BEFORE


def _has_boxes(text: str) -> bool:
    """Whether squares are boxes: some are ticked and some are not."""
    return "□" in text and any(tick in text for tick in "■☑☒√✓✔")
