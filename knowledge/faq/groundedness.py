"""Checks that a rewording says exactly what its sources say.

The check is strict and does not interpret meaning: every number with its unit, every date, name, negation, condition
and limit of a sentence must be in a single sentence of a passage, and nearly all other words too. A true sentence in
other words may be rejected; then the passage is given as it is. It cannot see who does what to whom: "the shop pays
you" has the words of "you pay the shop".
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..retrieval.language import MINUS, MONTHS, simplified
from ..retrieval.lexical import content_words, words

_SENTENCE_END = re.compile(r"(?<=[.!?])[\"”')\]]*\s+(?=[\"“'(\[]*[A-Z0-9])|(?<=[。！？])|\n+")
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)、](?!\d))\s*")
_CITATION = re.compile(r"\s*\[\d{1,2}\]")
_MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" for month in MONTHS)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b|(\d{4})年(\d{1,2})月(\d{1,2})[日号]")
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({_MONTH})\b,?(?: (\d{{4}}))?")
_MONTH_FIRST = re.compile(rf"\b({_MONTH}) (\d{{1,2}})(?:st|nd|rd|th)?\b,?(?: (\d{{4}}))?")
_NUMBER = re.compile(
    rf"(?P<minus>{MINUS}(?=[£$€¥]?\d))?(?P<sign>[£$€¥])?\s?"
    r"(?P<number>\d+(?:[,，]\d{3})*(?:\.\d+)?)(?:st|nd|rd|th)?(?:\s?(?P<scale>hundred|thousand|million|billion)\b)?\s?"
    r"(?P<unit>%|[£$€¥]|[a-z]+(?:\s(?:days?|hours?|weeks?|months?|years?))?|(?:个)?[\u4e00-\u9fff]{1,2})?"
)
_SIGNS = {
    "%": ("percent", "per cent"),
    "£": ("pounds", "pound", "gbp", "英镑"),
    "$": ("dollars", "dollar", "usd", "美元"),
    "€": ("euros", "euro", "eur", "欧元"),
    "¥": ("yuan", "rmb", "cny", "人民币", "元"),
}
_HALF_WORD = re.compile(r"(?<![a-z])([ap])\.\s?m\b\.?")
_HALF_BEHIND = re.compile(r"(?<=\d)(?=[ap]m\b)", re.IGNORECASE)
_WHOLE_HOUR = re.compile(r"(?<=\d)[:：]00(?![\d:：])")
_HOURS = re.compile(  # 2 to 5 pm is 2 pm to 5 pm
    r"(?<![\d.:])(?P<from>(?P<first>1?\d)(?:[:.]\d\d)?)(?P<to>\s?(?:to|until|till|[-–])\s?)"
    r"(?P<until>(?P<last>1?\d)(?:[:.]\d\d)?) (?P<half>[ap])m\b"
)
_DEGREES = (
    (re.compile(r"\s?(?:°|\bdegrees?)\s?c(?:elsius)?\b|℃"), " celsius"),
    (re.compile(r"\s?(?:°|\bdegrees?)\s?f(?:ahrenheit)?\b|℉"), " fahrenheit"),
    (re.compile("°"), " degrees"),
)
_ONE = re.compile(r"\ban?\s(?=(?:hundred|thousand|million|billion|(?:quarter|third) of)\b)")
_MINUS = re.compile(r"\bminus\s(?=[£$€¥]?\d)|零下(?=\d)")
_RAISED = re.compile(r"(?<=\d)([⁰¹²³⁴-⁹₀-₉]+)")  # a footnote or an exponent, which simplified() makes normal digits
# 9 am, 下午5点: the half of the day of a number.
_HALF = re.compile(
    r"(?P<early>上午|早上|早晨|凌晨)?(?P<late>下午|晚上|傍晚)?\s?(?<!\d)(?P<hour>\d{1,2})(?:[:：.]\d{2})?\s?(?:(?P<half>[ap])m\b)?"
)
_COUNT_WORDS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_COUNTS = {word: number for number, word in enumerate(_COUNT_WORDS, start=1)}
_TEN_WORDS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TENS = {word: 10 * number for number, word in enumerate(_TEN_WORDS, start=2)}
_COUNT = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(_TENS)})(?:[ -](?P<more>{'|'.join(_COUNT_WORDS[:9])}))?"
    rf"|(?P<count>{'|'.join(_COUNTS)}))\b"
)
_HAN_COUNTS = {digit: str(number) for number, digit in enumerate("一二三四五六七八九十", start=1)} | {"两": "2"}
_HAN_COUNT = re.compile(r"[一二两三四五六七八九十](?=个?(?:工作日|小时|分钟|星期|天|周|月|年|次|张|元|笔))")

_NEGATION = re.compile(
    r"\b(?:not|no|never|none|nothing|nobody|neither|nor|cannot|without|unable|refuse[sd]?)\b|n['’]t\b"
    r"|[不没未无非勿别](?!管|论|仅|断|同)|禁止|拒绝"
)
_CONDITION = re.compile(
    r"\b(?:if|unless|except|only|until|till|before|after|when|once|provided|as long as|subject to|otherwise|depend\w*"
    r"|excluding|other than)\b"
    r"|如果|若|假如|除非|除了|除外|仅|只[有能要限]|之前|之后|以前|以后|时候?(?=，)|一旦|前提|否则|取决"
)
_UNIT_WORDS = frozenset({
    "day", "days", "working", "business", "calendar", "hour", "hours", "minute", "minutes", "week", "weeks", "month",
    "months", "year", "years", "time", "times", "kg", "km", "mb", "gb", "points", "card", "cards", "account",
    "accounts", "digit", "digits",
})  # fmt: skip
_CLAUSE_END = re.compile(
    r"[,;:，；：、](?!\d)|\s[-–—]\s|\b(?:but|and|or|while|although|though|because|so)\b|但是?|而且?|不过|以及|或者?"
    rf"|(?=(?:{_CONDITION.pattern}))"
)
_BEGINS_CLAUSE = re.compile(
    r"(?:^|[^\w\s'’%£$€)\]]|\b(?:and|but|or|so|then|while|although|though|because)|但是?|而且?|不过|以及|或者?)\s*$"
)
_MEANING_PATTERNS = {
    "at most": r"\b(?:up to|at most|no more than|maximum|limit\w*|within|less than|under|below)\b"
    r"|最多|至多|不超过|以内|以下|上限",
    "at least": r"\b(?:at least|minimum|no less than|more than|over|above|from)\b(?= ?[£$€¥]?\d)"
    r"|至少|不少于|以上|超过(?!了)",
    "always": r"\b(?:always|all|every|any|each|guarantee\w*|certain\w*|immediate\w*|instant\w*|automatic\w*)\b"
    r"|总是|所有|任何|每[^天日月年周次]|保证|立即|马上|自动|全部",
    "maybe": r"\b(?:may|might|could|usually|normally|often|sometimes|typically|about|around)\b"
    r"|可能|通常|一般|大约|左右|有时",
    "must": r"\b(?:must|have to|has to|need(?:s)? to|required?|mandatory|should)\b|必须|需要?|务必|应当?",
    "only": r"\bonly\b|[仅只](?!是)",
    "half": r"\bhal(?:f|ves)\b|一半|半[价数额]",
    "part": r"\bpartial(?:ly)?\b|部分退",
    "full": r"\b(?:full|fully|whole|entire)\b|全[额价款数]",
    "double": r"\b(?:double|twice)\b|[双两]倍|加倍",
    "free": r"\b(?:free|no charge|no fee|no cost)\b|免费|不收费|不收取",
}
_MEANINGS = {name: re.compile(pattern) for name, pattern in _MEANING_PATTERNS.items()}
_NEVER_LEFT_OUT, _NOT_BESIDE_NUMBERS = {"maybe", "only", "half", "part"}, {"at most", "at least"}
_NAME = re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][\w&-]+\b|\b[A-Z]{2,}\b|\b\w*\d\w*[A-Za-z]\w*\b|https?://\S+|\S+@\S+")
_COVERED = 0.8  # minimum share of a sentence's content words in its source
_CONDITION_KEPT = 0.6  # minimum share of a condition's content words in a sentence that keeps it


class Problem(StrEnum):
    """Which part of a sentence no passage supports."""

    NUMBER = "number"
    NEGATION = "negation"
    CONDITION = "condition"
    LIMIT = "limit"
    NAME = "name"
    WORDS = "words"
    BEGINNING = "beginning"


@dataclass(frozen=True, slots=True)
class Finding:
    """The result for one sentence.

    Attributes:
        sentence: as written, without citations.
        passage: number of the passage that supports it, from 0; None if none does.
        problem: what the nearest passage lacks; None if the sentence is supported.
    """

    sentence: str
    passage: int | None
    problem: Problem | None


def check(text: str, passages: Sequence[str]) -> list[Finding]:
    """Looks for passages that support each sentence of a text, in one language or two."""
    sources = [(number, _Source(sentence)) for number, passage in enumerate(passages) for sentence in windows(passage)]
    return [_check(sentence, sources) for sentence in sentences(_CITATION.sub("", text))]


def sentences(text: str) -> list[str]:
    """The text's sentences and list items, without bullets."""
    parts = (_BULLET.sub("", part).strip() for part in _SENTENCE_END.split(text))
    return [part for part in parts if re.search(r"\w", part)]


def windows(passage: str) -> Iterator[str]:
    """Each sentence of a passage, alone and with the next one, since a sentence may combine both."""
    parts = sentences(passage)
    yield from parts
    for first, second in itertools.pairwise(parts):
        yield f"{first} {second}"


class _Source:
    """A sentence, analysed."""

    def __init__(self, sentence: str) -> None:
        self.text = _plain(sentence)
        self.words = set(words(self.text))
        self.numbers = _numbers(self.text)
        self.counted, self.halves = _counted(self.text), _halves(self.text)
        names = _NAME.findall(_HALF_BEHIND.sub(" ", sentence))
        self.names = {name.lower() for name in names if name.lower() not in MONTHS}
        self.clauses = [_Clause(part) for part in _CLAUSE_END.split(self.text) if part and part.strip()]
        self.means = {name for name, pattern in _MEANINGS.items() if pattern.search(self.text)}
        self.conditions = [clause for clause in self.clauses if clause.is_condition]


class _Clause:
    def __init__(self, text: str) -> None:
        self.words = set(content_words(text))
        self.numbers = _numbers(text)
        self.is_negated = bool(_NEGATION.search(text))
        self.is_condition = bool(_CONDITION.search(text))


def _check(sentence: str, sources: Sequence[tuple[int, _Source]]) -> Finding:
    mine, nearest = _Source(sentence), (-1.0, Problem.WORDS)
    for number, source in sources:
        problem = _missing(mine, source)
        if problem is None:
            return Finding(sentence, number, None)
        nearest = max(nearest, (_share(_content(mine), source.words), problem), key=lambda found: found[0])
    return Finding(sentence, None, nearest[1])


def _missing(mine: _Source, source: _Source) -> Problem | None:
    """The first part of a sentence that a source does not support; None if it supports all."""
    if not mine.numbers <= source.numbers or not mine.halves <= source.halves:
        return Problem.NUMBER
    others = source.words - {unit for _, unit in source.counted}  # 5 books may be 5 unread books
    if any(one not in source.counted and one[1] not in others for one in mine.counted):
        return Problem.NUMBER
    if _share(_content(mine), source.words) < _COVERED:
        return Problem.WORDS
    if any(name not in source.text for name in mine.names):
        return Problem.NAME
    kept = _NEVER_LEFT_OUT | (_NOT_BESIDE_NUMBERS if mine.numbers else set())
    if mine.means - source.means or (source.means & kept) - mine.means:
        return Problem.LIMIT
    if _is_cut_off(mine.text, source.text):
        return Problem.BEGINNING
    content = _content(mine)
    if any(
        _share(one.words, content) < _CONDITION_KEPT or not one.numbers <= mine.numbers for one in source.conditions
    ):
        return Problem.CONDITION
    if mine.conditions and not source.conditions:
        return Problem.CONDITION
    for clause in mine.clauses:
        there = _where(clause, source)
        if there is None:
            continue
        if clause.is_negated != there.is_negated:
            return Problem.NEGATION
        if not clause.numbers <= there.numbers and len(source.numbers) > 1:
            return Problem.NUMBER  # a number of something else in the same sentence
    return None


def _is_cut_off(sentence: str, source: str) -> bool:
    """Whether it is a fragment of the source that begins within a clause: "need" from "data we no longer need"."""
    part = sentence.strip(" .!?。！？")
    before = [source[: match.start()] for match in re.finditer(re.escape(part), source)]
    return bool(before) and not any(_BEGINS_CLAUSE.search(text) for text in before)


def _where(clause: _Clause, source: _Source) -> _Clause | None:
    """The clause of a source that corresponds to a clause; None if that has no content words."""
    if not clause.words:
        return None
    return max(source.clauses, key=lambda other: len(clause.words & other.words) - 0.01 * len(other.words))


def _content(source: _Source) -> set[str]:
    found: set[str] = set()
    return found.union(*(clause.words for clause in source.clauses))


def _share(some: set[str], others: set[str]) -> float:
    return len(some & others) / len(some) if some else 1.0


def _plain(text: str) -> str:
    """Normalises text: lower case, simplified characters, uniform dates, small counts as digits."""
    text = simplified(_RAISED.sub(r"^\1^", text)).lower().replace("’", "'")
    text = re.sub(r"(?<=\d)-(?=[a-z])", " ", text)
    text = _WHOLE_HOUR.sub("", text)
    text = _HOURS.sub(_hours, _HALF_BEHIND.sub(" ", _HALF_WORD.sub(r"\1m", text)))
    for degrees, name in _DEGREES:
        text = degrees.sub(name, text)
    text = _ISO.sub(lambda m: _date(*(m.groups()[:3] if m[1] else m.groups()[3:])), text)
    text = _DAY_FIRST.sub(lambda m: _date(m[3], m[2], m[1]), text)
    text = _MONTH_FIRST.sub(lambda m: _date(m[3], m[1], m[2]), text)
    text = _HAN_COUNT.sub(lambda m: _HAN_COUNTS[m[0]], text)
    text = _ONE.sub("1 ", text)
    text = _COUNT.sub(
        lambda m: str(_COUNTS[m["count"]] if m["count"] else _TENS[m["tens"]] + _COUNTS.get(m["more"], 0)), text
    )
    return _MINUS.sub(" -", text)


def _date(year: str | None, month: str, day: str) -> str:
    number = int(month) if month.isdigit() else 1 + [name[:3] for name in MONTHS].index(month[:3])
    return f" {f'{year}.' if year else ''}{number:02}{int(day):02}th "


def _hours(match: re.Match[str]) -> str:
    """Both hours with their half of the day: 2 to 5 pm is 2 pm to 5 pm, but 9 to 5 pm is 9 am to 5 pm."""
    half = match["half"]
    if int(match["first"]) % 12 > int(match["last"]) % 12:
        half = "a" if half == "p" else "p"
    return f"{match['from']} {half}m{match['to']}{match['until']} {match['half']}m"


def _found_numbers(text: str) -> Iterator[tuple[str, re.Match[str]]]:
    """Each number, normalised for comparison, and its match."""
    for match in _NUMBER.finditer(text):
        number = re.sub("[,，]", "", match["number"])
        number = number.rstrip("0").rstrip(".") if "." in number else number
        yield f"{'-' if match['minus'] else ''}{number} {match['scale'] or ''}".strip(), match


def _numbers(text: str) -> set[tuple[str, str]]:
    """Each number with its unit: ``30 days`` is (30, day), ``£2 million`` is (2 million, £)."""
    return {(number, match["sign"] or _unit(match["unit"] or "")) for number, match in _found_numbers(text)}


def _counted(text: str) -> set[tuple[str, str]]:
    """Each number with the word after it: ``100 litres`` is (100, litre)."""
    units = ((number, match["unit"].split()[0]) for number, match in _found_numbers(text) if match["unit"])
    return {
        (number, stem)
        for number, unit in units
        if "a" < unit < "{" and _unit(unit) not in _SIGNS
        for stem in content_words(unit) or [unit][len(unit) - 1 :]
    }


def _halves(text: str) -> set[tuple[str, str]]:
    """The hours with a stated half of the day: ``9 am`` is (9, a)."""
    halves = (
        (match["hour"], "a" if match["early"] else "p" if match["late"] else match["half"])
        for match in _HALF.finditer(text)
    )
    return {(hour, half) for hour, half in halves if half}


def _unit(after: str) -> str:
    for sign, names in _SIGNS.items():
        if after == sign or any(after.startswith(name) for name in names):
            return sign
    if not after or after[0] > "\u3000":
        return after.removeprefix("个")[:1]
    stems = content_words(after)
    return " ".join(stems[:2]) if stems and after.split()[0] in _UNIT_WORDS else ""
