"""The period that a question asks about: "since 2018", "in March", "last three months", 入院以来."""

import calendar
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

_MONTHS = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
]  # fmt: skip
_MONTH = rf"(?:{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in _MONTHS)})"
_YEAR = r"(?:19|20)\d\d"
_DATE = rf"(?:(?:\d{{1,2}} )?{_MONTH}\.?,? {_YEAR}|{_YEAR}(?:[-/.]\d{{1,2}}){{0,2}}(?!\d)|{_MONTH}(?= |$|\?|\.|,))"
_ZH_DATE = rf"(?:{_YEAR}(?:[-/.]\d{{1,2}}){{1,2}}|{_YEAR} ?年(?: ?\d{{1,2}} ?月(?: ?\d{{1,2}} ?[日号])?)?"
_ZH_DATE += rf"|{_YEAR}(?=以|之|至|起))"
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_WORDS = "zero one two three four five six seven eight nine ten eleven twelve"
_NUMBERS = {word: i for i, word in enumerate(_WORDS.split())}
_A_DAY = dt.timedelta(days=1)
_UNITS = {"day": 1, "week": 7, "month": 30.44, "year": 365.25}  # days
_UNITS |= {"天": 1, "日": 1, "周": 7, "星期": 7, "月": 30.44, "年": 365.25}


@dataclass(frozen=True, slots=True)
class Period:
    """Days, both included; None where it is open.

    Attributes:
        admission: it begins with the present or last stay in hospital, which the record has to tell.
    """

    since: dt.date | None = None
    until: dt.date | None = None
    admission: bool = False

    def has(self, first: dt.date | None, last: dt.date | None = None) -> bool:
        """Whether something lies in it that was on one day, or from a first to a last one.

        Of what has no day that is so only where the period is open to both sides.
        """
        if first is None:
            return self.since is None and self.until is None
        ended = max(first, last or first)
        return (self.since is None or self.since <= ended) and (self.until is None or first <= self.until)

    @property
    def is_open(self) -> bool:
        """Whether everything lies in it."""
        return self.since is None and self.until is None and not self.admission


ALWAYS = Period()
"""Open to both sides."""


def find_period(question: str, today: dt.date) -> tuple[Period, str]:
    """The period of a plain question, and the question without the words for it."""
    for pattern, make in _RULES:
        if match := re.search(pattern, question):
            try:
                period = make(match, today)
            except (ValueError, OverflowError):
                continue
            return period, f"{question[: match.start()]} {question[match.end() :]}"
    return ALWAYS, question


def _day(text: str, today: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of ``2018``, ``march 2018``, ``2018-03-04``, ``2018年3月``, ``march``."""
    if name := re.search(_MONTH, text):
        month = next(i for i, full in enumerate(_MONTHS, start=1) if full.startswith(name[0][:3]))
        numbers = [int(number) for number in re.findall(r"\d+", text)]
        year = next((number for number in numbers if number > 31), today.year - (month > today.month))
        parts = [year, month, *(number for number in numbers if number <= 31)]
    else:
        parts = [int(number) for number in re.findall(r"\d+", text)]
    year, month, day = (*parts, 0, 0)[:3]
    first = dt.date(year, month or 1, day or 1)
    last = dt.date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])
    return first, last


def _back(count: str, unit: str, today: dt.date) -> Period:
    number = float(count) if count.isdigit() else _NUMBERS.get(count, 0) or _chinese(count)
    return Period(today - dt.timedelta(days=round(number * _UNITS[unit])), today)


def _chinese(text: str) -> float:
    if text == "半":
        return 0.5
    tens, ten, ones = text.rpartition("十")
    return 10 * (_DIGITS.get(tens, 1) if ten else 0) + _DIGITS.get(ones, 0)


_Rule = tuple[str, Callable[[re.Match[str], dt.date], Period]]
_COUNT = rf"(\d{{1,3}}|{'|'.join(_NUMBERS)})"
_ZH_COUNT = r"(\d{1,3}|半|[一二两三四五六七八九]?十?[一二两三四五六七八九]?)"
_RULES: tuple[_Rule, ...] = (
    (
        r"(?:since|after|during|on|in|from)\s+(?:the |this |her |his |current |hospital )*(?:admission|stay)"
        r"|since (?:she|he|they)?\s*(?:was |were |being )*admitted|this admission"
        r"|入院以来|入院之?后|入院至今|[本这]次住院(?:期间)?|住院期间|住院以来",
        lambda m, today: Period(admission=True),
    ),
    (
        rf"(?:between|from)\s+({_DATE})\s+(?:and|to|until|till|-)\s+({_DATE})",
        lambda m, today: Period(_day(m[1], today)[0], _day(m[2], today)[1]),
    ),
    (
        rf"从?({_ZH_DATE})\s?(?:到|至|-)\s?({_ZH_DATE})",
        lambda m, today: Period(_day(m[1], today)[0], _day(m[2], today)[1]),
    ),
    (rf"\bafter ({_DATE})", lambda m, today: Period(_day(m[1], today)[1] + _A_DAY)),
    (rf"\b(?:since|from|starting)\s+(?:in )?({_DATE})", lambda m, today: Period(_day(m[1], today)[0])),
    (rf"自?从?({_ZH_DATE})\s?(?:以来|以后|之后|起|至今|开始)", lambda m, today: Period(_day(m[1], today)[0])),
    (
        rf"\b(?:before|prior to) ({_DATE})|({_ZH_DATE})\s?(?:以前|之前)",
        lambda m, today: Period(until=_day(m[1] or m[2], today)[0] - _A_DAY),
    ),
    (rf"\b(?:until|up to|till) ({_DATE})", lambda m, today: Period(until=_day(m[1], today)[1])),
    (
        rf"\b(?:(?:in|during|over|within) )?(?:the )?(?:last|past|previous)\s+{_COUNT}?\s*(day|week|month|year)s\b",
        lambda m, today: _back(m[1] or "2", m[2], today),
    ),
    (
        rf"(?:最近|近|过去|前){_ZH_COUNT}\s?个?(天|日|周|星期|月|年)(?:以?来|内|里|之?内|中)?",
        lambda m, today: _back(m[1] or "一", m[2], today),
    ),
    (r"\bthis year\b|今年|本年", lambda m, today: Period(*_day(f"{today:%Y}", today))),
    (r"\blast year\b|去年", lambda m, today: Period(*_day(f"{today.year - 1}", today))),
    (r"\bthis month\b|本月|这个月", lambda m, today: Period(*_day(f"{today:%Y-%m}", today))),
    (r"\blast month\b|上个?月", lambda m, today: Period(*_day(f"{today.replace(day=1) - _A_DAY:%Y-%m}", today))),
    (r"\bthis week\b|本周|这周|这个?星期", lambda m, today: Period(today - dt.timedelta(days=today.weekday()), today)),
    (r"\btoday\b|今天|今日", lambda m, today: Period(today, today)),
    (r"\byesterday\b|昨天|昨日", lambda m, today: Period(today - _A_DAY, today - _A_DAY)),
    (rf"\b(?:in|during|of|on|for) ({_DATE})", lambda m, today: Period(*_day(m[1], today))),
    (rf"在?({_ZH_DATE})\s?(?:的|里|内|间|期间)?", lambda m, today: Period(*_day(m[1], today))),
    (r"\b((?:19|20)\d\d(?:-\d\d){0,2})\b", lambda m, today: Period(*_day(m[1], today))),
)  # fmt: skip
"""A pattern over the plain question, and the period that it means; the first that fits counts."""
