"""The period of a question: "since 2018", "in March", "last 24 hours", 入院以来."""

import calendar
import contextlib
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from adapters.fhir.elements import last_day
from knowledge.retrieval.language import MONTHS

from .words import SubjectKind, named_in

_MONTH = rf"(?:{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in MONTHS)}|sept)(?![a-z])"
_DOSE = r"(?:(?:m|mc|u|µ|μ|k|n|p)?g|m?l|units?|i?u|steps|k?cal|毫克|微克|克|毫升|单位|国际单位|步|千卡)(?![a-z])"
_YEAR = rf"(?:(?:19|20)\d\d(?!\d|s\b|\s*{_DOSE}))"
_DAY = r"(?:\d{1,2}(?:st|nd|rd|th)?)"
_DATE = (
    rf"(?:(?:{_DAY} (?:of )?)?{_MONTH}\.?,? {_YEAR}|{_MONTH}\.? {_DAY},? {_YEAR}|{_DAY} (?:of )?{_MONTH}"
    rf"|{_MONTH} {_DAY}(?!\d|\s*{_DOSE})|{_YEAR}(?:[-/.]\d{{1,2}}){{0,2}}(?!\d| ?年))"
)
_ZH_DATE = (
    rf"(?:{_YEAR}(?:[-/.]\d{{1,2}}){{1,2}}|{_YEAR} ?年(?: ?\d{{1,2}} ?月(?: ?\d{{1,2}} ?[日号])?)?"
    rf"|{_YEAR}(?=以|之|至|起)|(?<!\d)\d{{1,2}} ?月(?: ?\d{{1,2}} ?[日号]|份?(?!\d|龄|经|之?内)))"
)
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NUMBERS = {word: i for i, word in enumerate(_WORDS)} | {"a": 1, "an": 1}
_A_DAY = dt.timedelta(days=1)
_UNITS = {"d": 1, "w": 7, "m": 30.44, "y": 365.25}
_UNITS |= {"天": 1, "日": 1, "周": 7, "星": 7, "礼": 7, "月": 30.44, "年": 365.25}
"""Days in a unit, by its first letter."""


@dataclass(frozen=True, slots=True)
class Period:
    """A range of days, both included; None where it is open.

    Attributes:
        admission: it starts with the current or last hospital stay, whose date only the record has.
        moment: exact start, if the question counts hours; :attr:`since` is its day.
        unread: words for a period that were not understood; they restrict nothing.
    """

    since: dt.date | None = None
    until: dt.date | None = None
    admission: bool = False
    moment: dt.datetime | None = None
    unread: str = ""

    def has(self, first: dt.date | None, last: dt.date | None = None) -> bool:
        """Whether it includes the day or moment ``first``, or overlaps the days from ``first`` to ``last``.

        Without a day, true only if the period is open on both sides.
        """
        if first is None:
            return self.since is None and self.until is None
        if self.moment and last is None and isinstance(first, dt.datetime):
            return first >= self.moment
        began = first.date() if isinstance(first, dt.datetime) else first
        ended = max(began, last_day(last or began))
        return (self.since is None or self.since <= ended) and (self.until is None or began <= self.until)

    @property
    def is_open(self) -> bool:
        """Whether it includes everything."""
        return self.since is None and self.until is None and not self.admission


ALWAYS = Period()
"""Open on both sides."""


def find_period(question: str, now: dt.datetime) -> tuple[Period, str]:
    """The period of a plain question, and the question without the words for it."""
    question = _in_digits(question, now)
    period, read, rest = _find(question, now)
    if left := [match[0].strip() for match in _LEFT_OVER.finditer(rest)]:
        # Together with the understood words it may mean more or less: "in 2018 and 2019".
        return Period(unread=", ".join(filter(None, (read.strip(), *left)))), _ITS_LAST.sub(" ", rest)
    return period, rest


def _in_digits(question: str, now: dt.datetime) -> str:
    """Rewrites Chinese months and years in digits, as the rules expect: 去年三月 becomes 2025年3月."""
    month = r"(?<![一二三四五六七八九十])([一二三四五六七八九]|十[一二]?)(?=月(?!龄|经))"
    question = re.sub(month, lambda m: f"{_count(m[1]):.0f}", question)
    for back, word in enumerate(("今年", "去年", "前年")):
        question = re.sub(rf"{word}(?=\d{{1,2}}月)", f"{now.year - back}年", question)
    return question


def _find(question: str, now: dt.datetime) -> tuple[Period, str, str]:
    """The period, the words for it, and the rest of the question."""
    if match := _HOURS.search(question):
        moment = now - dt.timedelta(hours=_count(match[1] or match[2] or match[3] or "1"))
        period = Period(moment.date(), now.date(), moment=moment)
        return period, match[0], f"{question[: match.start()]} {question[match.end() :]}"
    for pattern, make in _RULES:
        for match in re.finditer(pattern, question):
            before, behind = question[: match.start()], question[match.end() :]
            word, word_behind = _BEFORE.search(before), _BEHIND.match(behind)
            if make is _month and not word:
                continue
            try:
                period = make(match, now.date())
            except (ValueError, OverflowError):
                continue
            if word:
                period, before = _limited(period, word[1]), before[: word.start()]
            elif match[0].isdecimal() and _ends_with_a_drug(before):
                period = Period(unread=match[0])
            if word_behind:
                period, behind = _limited(period, word_behind[0]), behind[word_behind.end() :]
            return period, question[len(before) : len(question) - len(behind)], f"{before} {behind}"
    return ALWAYS, "", question


def _ends_with_a_drug(text: str) -> bool:
    """Whether a text ends with a drug, so that a bare number after it may be a dose."""
    named = named_in(text)
    kinds = {subject.kind for subject in named[-1].subjects} if named else set()
    return bool(kinds & {SubjectKind.DRUG, SubjectKind.DRUG_CLASS}) and not text[named[-1].end :].strip()


def _limited(period: Period, word: str) -> Period:
    """The period after applying a word such as "since" or "before" to one with both ends."""
    since, until, word = period.since, period.until, word.strip()
    if since is None or until is None:
        return period
    if word in {"since", "from", "starting"} or word in _ZH_SINCE.split("|"):
        return Period(since)
    if word == "after":
        return Period(until + _A_DAY)
    if word in {"before", "prior to", "以前", "之前", "前"}:
        return Period(until=since - _A_DAY)
    return Period(until=until) if word in {"until", "up to", "till"} else period


def _day(text: str, today: dt.date) -> Period:
    """``2018``, ``march 2018``, ``2018-03-04``, ``2018年3月``, ``19 nov``; without a year, the most recent such one."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if name := re.search(_MONTH, text):
        numbers.insert(0, next(i for i, full in enumerate(MONTHS, start=1) if full.startswith(name[0][:3])))
    month, day = (*(number for number in numbers if number <= 31), 0, 0)[:2]
    is_ahead = (month, day) > (today.month, today.day if day else 0)
    year = next((number for number in numbers if number > 31), today.year - is_ahead)
    last = dt.date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])
    return Period(dt.date(year, month or 1, day or 1), last)


def _month(match: re.Match[str], today: dt.date) -> Period:
    """A month by name alone, only after a word such as "in", since "may" is also a verb."""
    return _day(match[0], today)


def _between(match: re.Match[str], today: dt.date) -> Period:
    texts = (match[1], match[2])
    years = [year[0] if (year := re.search(_YEAR, text)) else "" for text in texts]
    if any(years):  # "1 march to 5 april 2019"
        texts = (f"{'' if years[0] else years[1]} {match[1]}", f"{'' if years[1] else years[0]} {match[2]}")
    one, other = (_day(text, today) for text in texts)
    if one.since and other.until and one.since > other.until and not years[0]:
        one = _day(f"{one.since.year - 1} {match[1]}", today)  # "from November to March"
    return Period(one.since, other.until)


def _numeric(match: re.Match[str], today: dt.date) -> Period:
    """``19/11/2026`` or ``11/18/2026``; ambiguous dates are not read."""
    one, other, year = (int(number) for number in match.groups())
    days = set()
    for day, month in ((one, other), (other, one)):
        with contextlib.suppress(ValueError):
            days.add(dt.date(year, month, day))
    return Period(min(days), max(days)) if len(days) == 1 else Period(unread=match[0])


def _back(count: str, unit: str, today: dt.date) -> Period:
    return Period(today - dt.timedelta(days=round(_count(count) * _UNITS[unit.strip(" 个")[0]])), today)


def _ago(match: re.Match[str], today: dt.date) -> Period:
    """``3 days ago`` is a day, ``3 weeks ago`` a calendar week."""
    count, unit = match[1], match[2].strip(" 个")[0]
    day = today - dt.timedelta(days=round(_count(count) * _UNITS[unit]))
    if _UNITS[unit] == 1:
        return Period(day, day)
    return _week(day) if _UNITS[unit] == 7 else _day(f"{day:%Y-%m}" if unit in "m月" else f"{day:%Y}", today)


def _week(day: dt.date) -> Period:
    monday = day - dt.timedelta(days=day.weekday())
    return Period(monday, monday + 6 * _A_DAY)


def _count(text: str) -> float:
    if text.isdigit():
        return float(text)
    if text == "半":
        return 0.5
    tens, ten, ones = text.rpartition("十")
    return _NUMBERS.get(text, 0) or 10 * (_DIGITS.get(tens, 1) if ten else 0) + _DIGITS.get(ones, 0)


_Rule = tuple[str, Callable[[re.Match[str], dt.date], Period]]
_COUNT = rf"(\d{{1,3}}|{'|'.join(_WORDS)})"
_ZH_COUNT = r"(?<![\d年月])(\d{1,3}|半|[一二两三四五六七八九十]{1,3})"
_UNIT = r"(days?|d|weeks?|wks?|w|months?|mths?|mo|years?|yrs?|y)"
_ZH_UNIT = r"\s?个?(天|日(?!常)|周(?!围|期|岁)|星期|礼拜|月(?!龄|经)|年)"
_ZH_SPAN = r"(\s?个?(?:天|日(?!常)|周(?!围|期|岁)|星期|礼拜|年)|\s?个月|月(?=之?内))"  # 3月 is March, 3个月 is not
_LAST = r"(?:last|past|previous|preceding)"
_ZH_LAST = r"(?:最近|近|过去|前)"
_ZH_IN = r"(?:之?内|以?来|里|中)"
_ZH_HOURS = r"\s?个?(?:小时|h)"
_HOURS = re.compile(
    rf"\b(?:(?:in|during|over|within|for|from) )?(?:the )?{_LAST}\s+{_COUNT}?[\s-]*(?:hours?|hrs?|h)\b"
    rf"|{_ZH_LAST}?{_ZH_COUNT}{_ZH_HOURS}{_ZH_IN}|{_ZH_LAST}{_ZH_COUNT}{_ZH_HOURS}"
)
_BEFORE = re.compile(
    r"(?<![a-z])(since|from|starting|after|before|prior to|until|up to|till|in|during|over|within|of|on|for|自|从|在)"
    r"\s*(?:(?:in|on|the|early|late) )*$"
)
_ZH_SINCE = "以来|以后|之后|起|至今|开始|到现在|到目前|到今天"
_BEHIND = re.compile(rf"\s?(?:{_ZH_SINCE}|以前|之前|前(?!列|壁|额|臂|房|庭|胸|白))|\s?(?:的|里|内|间|期间)")
_TODAY = (
    r"\btoday\b|\bthis (?:morning|afternoon|evening)\b|\btonight\b|今[天日](?:早上|上午|中午|下午|晚上)?|今[早晨晚]"
)
_NIGHT = r"\blast night\b|\bovernight\b|昨天?[晚夜]上?"
_RULES: tuple[_Rule, ...] = (
    (
        r"(?:since|after|during|on|in|from)\s+(?:the |this |her |his |current |hospital )*(?:admission|stay)"
        r"|since (?:she|he|they)?\s*(?:was |were |being )*admitted|this admission"
        r"|入院以来|入院之?后|入院至今|[本这]次住院(?:期间)?|住院期间|住院以来",
        lambda m, today: Period(admission=True),
    ),
    (rf"(?:between|from)\s+({_DATE}|{_MONTH})\s+(?:and|to|until|till|-)\s+({_DATE}|{_MONTH})", _between),
    (rf"({_YEAR})\s?(?:-|–|to|到|至)\s?({_YEAR})(?! ?年)", _between),
    (rf"从?({_ZH_DATE})\s?(?:到|至|-)\s?({_ZH_DATE})", _between),
    (r"(?<![\d/.-])(\d{1,2})[/.-](\d{1,2})[/.-]((?:19|20)\d\d)(?!\d)", _numeric),
    (rf"(?<!over )(?<!than )(?<!least )\b(\d{{1,3}}|{'|'.join(_NUMBERS)})\s+{_UNIT}\s+ago\b", _ago),
    (rf"{_ZH_COUNT}{_ZH_SPAN}[以之]?前", _ago),
    (rf"\b(?:the )?{_LAST}\s+{_COUNT}\s*{_UNIT}\b", lambda m, today: _back(m[1], m[2], today)),
    (rf"\b(?:the )?{_LAST}\s+(day|week|month|year)s\b", lambda m, today: _back("2", m[1], today)),
    (rf"{_ZH_LAST}{_ZH_COUNT}{_ZH_UNIT}{_ZH_IN}?|{_ZH_COUNT}{_ZH_SPAN}(?:之?内|以?来)",
     lambda m, today: _back(m[1] or m[3], m[2] or m[4], today)),
    (rf"{_ZH_LAST}(天|日|周|星期|月|年){_ZH_IN}", lambda m, today: _back("1", m[1], today)),
    # "Last year" is the calendar year, "in the last year" and "the past year" end today.
    (rf"\b(?:the {_LAST}|past)\s+(day|week|month|year)\b", lambda m, today: _back("1", m[1], today)),
    (r"\bthis year\b|今年|本年", lambda m, today: _day(f"{today:%Y}", today)),
    (r"\blast year\b|去年", lambda m, today: _day(f"{today.year - 1}", today)),
    (r"\bthis month\b|本月|这个月", lambda m, today: _day(f"{today:%Y-%m}", today)),
    (r"\blast month\b|上个?月", lambda m, today: _day(f"{today.replace(day=1) - _A_DAY:%Y-%m}", today)),
    (r"\bthis week\b|本周|这周|这个?(?:星期|礼拜)", lambda m, today: Period(_week(today).since, today)),
    (r"\blast week\b|上周|上个?(?:星期|礼拜)", lambda m, today: _week(today - 7 * _A_DAY)),
    (_NIGHT, lambda m, today: Period(today - _A_DAY, today)),
    (r"\bthe day before yesterday\b|前天", lambda m, today: Period(today - 2 * _A_DAY, today - 2 * _A_DAY)),
    (r"\byesterday\b|昨[天日](?:早上|上午|中午|下午)?", lambda m, today: Period(today - _A_DAY, today - _A_DAY)),
    (_TODAY, lambda m, today: Period(today, today)),
    (rf"(?<!\w)({_DATE})", lambda m, today: _day(m[1], today)),
    (rf"({_ZH_DATE})", lambda m, today: _day(m[1], today)),
    (rf"(?<!\w){_MONTH}(?= |$|\?|\.|,)", _month),
)  # fmt: skip
"""Patterns for the plain question, each with the period it means; the first match wins."""

_LEFT_OVER = re.compile(
    r"(?<!per )(?<!each )(?<!every )(?<!many )(?<!pack )(?<!pack-)(?<!which )(?<!what )(?<!\ba )"
    r"(?<![a-z0-9])(?:(?:\d{1,4}|few|couple of|several) ?)?"
    r"(?:(?:day|week|month|year|weekend|fortnight)s?|(?<!24 )(?<!24-)(?:hours?|hrs?))(?![a-z]| old|-old)(?: ago\b)?"
    r"|(?<![a-z])(?:ago|yesterday|today|tonight|overnight|(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?![a-z])"
    r"|(?<![a-z])(?:since|before|after|until|till|during|between(?= \d))\s+(?!(?:when|that|this|now|and|or)\b)"
    r"(?:(?:the|her|his|their|a|an|last|first|previous)\s+)*[a-z0-9][a-z0-9/.:-]*"
    rf"|(?<![\w/.-]){_YEAR}|\b(?:19|20)\d0s\b|\b\d{{1,2}}(?::\d\d)? ?[ap]m\b|\b\d{{1,2}}:\d\d\b"
    r"|(?<![a-z])(?:january|february|march|april|june|july|august|september|october|november|december"
    r"|jan|feb|apr|jun|jul|aug|sept?|oct|nov|dec)(?![a-z])|\d{1,2}月(?!龄|经)"
    r"|(?<![\w/.])\d{1,2}/\d{1,2}(?:/\d{2,4})?(?![\w/])"
    r"|(?<![每孕\d])(?<!多少)(?:\d{1,3}|[一二两三四五六七八九十半]+) ?个?"
    r"(?:小时(?!尿|动态|心电|血压)|天(?!天|几)|周(?!围|期|岁)|星期|礼拜)"
    r"|(?:最近|近|过去|这|前)几个?(?:小时|天|日|周|月|年)|(?:周|星期|礼拜)[一二三四五六日天末]|[昨今前]天|昨日|今日|[上下]午|凌晨|以来"
    r"|(?:入院|出院|住院|手术|术|用药|治疗|化疗)[以之]?[前后]"
)
"""Words for a period that no rule covers: a question must not be answered as if they were absent."""
_ITS_LAST = re.compile(
    rf"\b{_LAST}\s+(?=\d+\s?-|few|couple|several|fortnight|weekend|\w+day\b|{_MONTH})|(?:最近|过去)(?=几)"
)
"""The word "last" as part of these, where it does not ask for the last value."""
