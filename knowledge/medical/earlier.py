"""Which of several values of one quantity in a note are not the newest, where its words say so.

"K 6.8. Repeat K 4.1", "K 2.3 -> K 3.9", "K 2.3 on admission, K 3.9 today", lines that begin with their dates. Where the
words do not say which is newer, all are kept, so that the worst counts.
"""

import re
from collections.abc import Iterator, Sequence

from .measurements import Measurement, Quantity
from .tables import DATE_OF_ROW

Q = Quantity

CLOCK = r"(?:[01]\d|2[0-3])\.[0-5]\d(?![\d.])"
"""A time of day, which stands behind "repeat" as a value does."""
AGAIN = r"(?:(?:repeat|recheck|retest)(?:ed)?\b|复查)"
VITAL_SIGNS = {Q.HEART_RATE, Q.RESPIRATORY_RATE, Q.TEMPERATURE, Q.SATURATION, Q.GCS, Q.SYSTOLIC, Q.DIASTOLIC}
"""What changes from hour to hour: measured again, it was right both times. "SpO2 82% on arrival. SpO2 now 97%" may be
so by treatment only, so both count."""
_IS_AGAIN = re.compile(
    rf"{AGAIN}(?:\s?(?:the|serum|blood|venous|plasma|formal|lab(?:oratory)?|his|her|sample|[:：]))*\s?$", re.IGNORECASE
)
"""What stands before a value that was measured again."""
_ENDS_IN_TIME = re.compile(rf"\s{CLOCK}$")
_DISCHARGE_NOTE = re.compile(r"\bdischarge (?:summary|letter|note)|\bdischarged:|出院(?:小结|记录|摘要)", re.IGNORECASE)
_AT_DISCHARGE = re.compile(
    r"(?:\b(?:on|at|upon) discharge\b|\bdischarge (?:vital|obs|lab|exam)\w*|"
    r"出院(?:时|查体|情况)|现(?!病史))(?:[^.\n。]|\.\d)*$",
    re.IGNORECASE,
)
_SENTENCE = 160  # characters that are looked at before a value

_WHEN = re.compile(  # the groups from the earliest to the latest
    r"(?P<days_ago>\b(?:yesterday|last (?:week|month)|\d+ ?(?:d|days?|weeks?) ago)\b|昨[日天]|前[日天])|"
    r"(?P<before>\b(?:initial(?:ly)?|at first|first|earlier|previously|overnight|"
    r"last (?:night|evening)|\d+ ?(?:h|hrs?|hours?) ago|"
    r"(?:on|at|upon) (?:admission|presentation|arrival|triage|baseline|scene|the scene)|admission|"
    r"pre-?(?:op|treatment|transfusion)|before (?:treatment|transfusion|fluids|the fluids))\b|"
    r"昨[晚夜晨]|(?:入院|来院|就诊|发病)(?:时|初)|(?:术|治疗|输血)前|初诊时?|首次|初次|起初)|"
    r"(?P<today>\b(?:today|this (?:morning|afternoon|evening|am|pm)|tonight)\b|今[日天晨早晚])|"
    r"(?P<now>\b(?:now|currently|at present|presently)\b|目前|当前|(?<![出发呈表])现在?(?![病症]))",
    re.IGNORECASE,
)
_ORDER = ("days_ago", "before", "today", "now")
_BETWEEN = re.compile(  # a time and its value: names and numbers of others, and words that say nothing
    r"(?:[\s,;:：，、/()=（）-]|"
    r"[A-Za-z][A-Za-z0-9+]{0,9}\s?[:=]?\s?\d[\d./]{0,6}\s?(?:%|m?mol/L|mEq/L|mg/dL|g/d?L|mm ?Hg|[°℃]?C\b)?|"
    r"\b(?:is|was|were|are|the|his|her|an?|of|at|on|with|and|labs?|bloods?|vitals?|obs(?:ervations)?|results?|serum|"
    r"venous|show(?:s|ed)?|RA|air|room|level|again|repeat|still|up|down|to)\b|[的查示为是测血复])*+",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"\s?(?:(?:on (?:RA|room air|air)|taken|measured|mmol/L|mm ?Hg)\s)?[(\[（]?\s?")
_THEN = re.compile(  # between two values
    r"[\s,;，；]{0,2}(?:-+>|=+>|→|>|(?:and )?then|followed by|随后|之后|"
    r"(?:\d+|two|three|four|six|several|a few) ?(?:min(?:ute)?s?|h(?:ou)?rs?|days?) later|"
    r"\d+ ?(?:小时|分钟|天)后)[\s:,，]{0,2}",
    re.IGNORECASE,
)


def superseded(text: str, values: Sequence[Measurement]) -> Iterator[tuple[int, int]]:
    """Spans of ``values`` (in the order of the text) that a newer one of the same quantity stands for.

    A discharge note's values before the discharge are over, too.
    """
    yield from _of_earlier_lines(text, values)
    yield from _measured_again(text, values)
    yield from _earlier_by_words(text, values)


def _of_earlier_lines(text: str, values: Sequence[Measurement]) -> Iterator[tuple[int, int]]:
    """Those of an earlier day where each line begins with its date."""
    dates = [_date_of_line(text, value.start or 0) for value in values]
    last = {value.quantity: date for date, value in sorted(zip(dates, values, strict=True), key=lambda pair: pair[0])}
    for date, value in zip(dates, values, strict=True):
        if date and date < last[value.quantity]:
            yield _span(value)


def _measured_again(text: str, values: Sequence[Measurement]) -> Iterator[tuple[int, int]]:
    """Laboratory values that were measured again, and what was measured before a discharge."""
    of_discharge = _DISCHARGE_NOTE.search(text, 0, 300)
    again: dict[Quantity, int] = {}
    for value in reversed(values):
        start, end = _span(value)
        if end <= again.get(value.quantity, 0):
            yield start, end
        elif (value.quantity not in VITAL_SIGNS and _is_again(text, start, end)) or (
            of_discharge and _AT_DISCHARGE.search(text, max(0, start - _SENTENCE), start)
        ):
            again[value.quantity] = start


def _earlier_by_words(text: str, values: Sequence[Measurement]) -> Iterator[tuple[int, int]]:
    """Those that a word or an arrow beside them puts before another."""
    when = {span: _when(text, span) for span in {_span(value) for value in values}}
    newest: dict[Quantity, int] = {}
    for value in values:
        newest[value.quantity] = max(newest.get(value.quantity, -1), when[_span(value)])
    last: dict[Quantity, tuple[int, int]] = {}
    for value in values:
        span, of_any_day = _span(value), value.quantity not in VITAL_SIGNS
        if 0 <= when[span] < newest[value.quantity] and (of_any_day or when[span] == _ORDER.index("days_ago")):
            yield span
        before = last.get(value.quantity, span)
        if of_any_day and before != span and _THEN.fullmatch(text, before[1], span[0]):
            yield before
        last[value.quantity] = span


def _when(text: str, span: tuple[int, int]) -> int:
    """The place in :data:`_ORDER` of the time behind a value, within it or, over others, before it; -1 without one."""
    behind = _BEHIND.match(text, span[1])
    told = _WHEN.match(text, behind.end()) if behind else None
    told = told or _last(text, *span)
    if told is None:
        told = _last(text, max(0, span[0] - _SENTENCE), span[0])
        if told is None or _BETWEEN.fullmatch(text, told.end(), span[0]) is None:
            return -1
    return _ORDER.index(told.lastgroup or "")


def _last(text: str, start: int, end: int) -> re.Match[str] | None:
    return max(_WHEN.finditer(text, start, end), key=re.Match.start, default=None)


def _span(value: Measurement) -> tuple[int, int]:
    return value.start or 0, value.end or 0


def _date_of_line(text: str, start: int) -> str:
    """The day with which the line around ``start`` begins, if it is written so that days sort; else empty."""
    date = DATE_OF_ROW.match(text, text.rfind("\n", 0, start) + 1)
    return date["day"] or "" if date else ""


def _is_again(text: str, start: int, end: int) -> bool:
    """Whether a value was measured again; "repeat K 16.00" is to be."""
    return _IS_AGAIN.search(text, max(0, start - 40), start) is not None and not _ENDS_IN_TIME.search(text, start, end)
