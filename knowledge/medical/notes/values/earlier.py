"""Values of a note that a newer one of the same quantity supersedes, as its words say.

"K 6.8. Repeat K 4.1", "K 2.3 yesterday, 3.9 today", "K 6.9 (11/25) > 4.2 (11/27)", lines that begin with their dates.
Otherwise all are kept, so that the worst counts: one better than on arrival may be so only by treatment.
"""

import re
from collections.abc import Iterator, Sequence

from ...measurements import Measurement, Quantity
from ..context.sections import DISCHARGE_NOTE, is_discharge_note
from ..tables import DATE_OF_ROW

Q = Quantity

CLOCK = r"(?:[01]\d|2[0-3])\.[0-5]\d(?![\d.])"
"""A time of day, which may follow "repeat" as a value does."""
AGAIN = r"(?:(?:repeat|recheck|retest)(?:ed)?\b|rpt\b|复查)"
VITAL_SIGNS = {Q.HEART_RATE, Q.RESPIRATORY_RATE, Q.TEMPERATURE, Q.SATURATION, Q.GCS, Q.SYSTOLIC, Q.DIASTOLIC}
"""They change from hour to hour: if measured again, they were right both times."""
_IS_AGAIN = re.compile(
    rf"{AGAIN}(?:\s?(?:the|serum|blood|venous|plasma|formal|lab(?:oratory)?|his|her|sample|level|value|result|is|was|"
    r"后|结果|[为示是:：=]))*\s?$",
    re.IGNORECASE,
)
"""Text before a value that was measured again; "repeat after insulin 5.9" is better only by treatment."""
_TREATED = re.compile(
    r"\b(?:given|gave|treated|replaced|transfus\w+|(?<!on )insulin|dex(?:trose)?|glucogel|"
    r"glucagon|D(?:10|50)|calcium gluconate|fluids?)\b",
    re.IGNORECASE,
)
"""Between two values: then the first was right."""
_OF_DRIP = re.compile(
    r"\b(?:(?:same|drip|fluids?|infusion) arm|contamin\w+|from (?:the |a )?(?:line|drip))\b", re.IGNORECASE
)
"""Unless the infusion was measured."""
_ENDS_IN_TIME = re.compile(rf"\s{CLOCK}$")
_DISCHARGE_NOTE = re.compile(DISCHARGE_NOTE, re.IGNORECASE)
_AT_DISCHARGE = re.compile(
    r"(?:\b(?:on|at|upon) discharge\b|\bnow (?:well|better|stable|improved)\b|\bdischarge (?:vital|obs|lab|exam)\w*|"
    r"出院(?:时|查体|情况)|现(?!病史))(?:[^.\n。]|\.\d)*$",
    re.IGNORECASE,
)
_OPENS_DISCHARGE = re.compile(
    r"\b(?:(?:on|at) discharge|discharge (?:bloods?|results|values|vitals|obs|labs|exam\w*)):|"
    r"出院(?:时(?:情况|查体|化验)?|情况|查体|化验)[:：]",
    re.IGNORECASE,
)
_NEXT_PART = re.compile(r"\n[ \t]*\n|(?:\n|[.。]\s?)[ \t]*(?:[A-Z][A-Za-z ]{2,30}|[\u4e00-\u9fff]{2,8})[:：]")
"""A blank line or another heading, which ends the part under such a heading; "BP: 130/70" is no heading."""
_DAY_BEHIND = re.compile(
    r"\s?(?:\((?:\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{1,2} ?(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)|"
    r"(?:mon|tues?|wed|thu(?:rs)?|fri|sat|sun)(?:day)?|(?:day|d) ?\d{1,2}|\d+天前)(?: \d{1,2}:\d\d)?\)|"
    r"\(?(?:yesterday|last (?:week|month)|\d+ ?(?:d|days?|weeks?|months?) ago)\b)",
    re.IGNORECASE,
)
_POOR_TRACE = re.compile(r"\s?\((?:poor|bad) (?:trace|signal|waveform|pleth\w*)\)", re.IGNORECASE)
_ON_AIR = re.compile(r",?\s?(?:(?:on|in)\s)?(?:RA|(?:room )?air)\b", re.IGNORECASE)
_OVER_DAYS = re.compile(r"\s?(?:over|in|within) (?:[\w~-]+ ){0,3}?(?:days|weeks?|months?|years?)\b", re.IGNORECASE)
_SENTENCE = 160  # characters read before a value
_PART = 600  # and for the heading of its part

_WHEN = re.compile(
    r"(?P<days_ago>\b(?:yesterday|at baseline|last (?:week|month)|\d+ ?(?:d|days?|weeks?) ago)\b|昨[日天]|"
    r"(?:\d{1,2}|[一二两三四五六七八九十数])[日天周]前|前[日天])|"
    r"(?P<today>\b(?:today|this (?:morning|afternoon|evening|am|pm)|tonight|now|currently|at present|presently)\b|"
    r"今[日天晨早晚]|目前|当前|(?<![出发呈表])现在?(?![病症]))",
    re.IGNORECASE,
)
_DAY = re.compile(r"(?:(?P<year>\d{4})[年-])?(?<!\d)(?P<month>\d{1,2})[月-](?P<day>\d{1,2})(?(year)(?!\d)|日)")
_CLAUSES_END = re.compile("[。；\n]")
_A_YEAR = 12 * 31  # days, with all months equally long
_BETWEEN = re.compile(  # a time and its value: names and numbers of others, and filler words
    r"(?:[\s,;:：，、/()=（）-]|"
    r"[A-Za-z][A-Za-z0-9+]{0,9}\s?[:=]?\s?\d[\d./]{0,6}\s?(?:%|m?mol/L|mEq/L|mg/dL|g/d?L|mm ?Hg|[°℃]?C\b)?|"
    r"\b(?:is|was|were|are|the|his|her|an?|of|at|on|with|and|labs?|bloods?|vitals?|obs(?:ervations)?|results?|serum|"
    r"venous|show(?:s|ed)?|RA|air|room|level|again|repeat|still|up|down|to)\b|[的查示为是测血复])*+",
    re.IGNORECASE,
)
_OF_STAY = {
    "arrival": re.compile(r"\b(?:on|at) (?:admission|arrival|presentation)\b", re.IGNORECASE),
    "discharge": re.compile(  # of this stay: neither "(on discharge K 4.1)" nor "aim on discharge K 4.1"
        r"(?:\A|[.,;\n])\s*(?:and\s)?(?:(?:condition|status|obs(?:ervations)?|vitals|bloods|labs|results)\s)?"
        r"(?:on|at|upon) discharge\b",
        re.IGNORECASE,
    ),
}
_CAME_BACK = re.compile(
    r"\b(?:re-?(?:admi|attend|present)\w+|bounced?[- ]?back|back in|returned|failed discharge|"
    r"(?:since|after|post) discharge|(?:last|previous|prior|recent) (?:admission|discharge|stay)|"
    r"discharged (?!with|on|home|to)\w+)",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"\s?(?:(?:on (?:RA|room air|air)|taken|measured|mmol/L|mm ?Hg)\s)?[(\[（]?\s?")


def superseded(text: str, values: Sequence[Measurement]) -> Iterator[tuple[int, int]]:
    """Spans of ``values`` (in the order of the text) that a newer one of the same quantity supersedes.

    Values of a discharge note from before the discharge are also superseded.
    """
    yield from _of_earlier_lines(text, values)
    yield from _earlier_in_trend(text, values)
    yield from _measured_again(text, values)
    yield from _earlier_by_words(text, values)
    yield from _of_earlier_days(text, values)
    yield from _before_discharge(text, values)


def _of_earlier_lines(text: str, values: Sequence[Measurement]) -> Iterator[tuple[int, int]]:
    """Values of an earlier day by the date at the start of each line."""
    dates = [_date_of_line(text, value.span[0]) for value in values]
    last = {value.quantity: date for date, value in sorted(zip(dates, values, strict=True), key=lambda pair: pair[0])}
    for date, value in zip(dates, values, strict=True):
        if date and date < last[value.quantity]:
            yield value.span


def _earlier_in_trend(text: str, values: Sequence[Measurement]) -> Iterator[tuple[int, int]]:
    """Values of another day after one name: "K 6.9 (11/25) > 4.2 (11/27)", "K 6.9 -> 4.2 over 3 days"; and those that
    the note itself doubts, unless oxygen raised the next: "SpO2 62% (poor trace) -> 98% on RA".

    In a discharge note, all but the last.
    """
    of_discharge = is_discharge_note(text)
    last: dict[Quantity, Measurement] = {}  # after the name that is still to come
    for value in reversed(values):
        start, end = value.span
        if (newest := last.get(value.quantity)) is not None and end < newest.span[0]:
            day, behind = _DAY_BEHIND.match(text, end), newest.span[1]
            is_doubted = _POOR_TRACE.match(text, end) and _ON_AIR.match(text, behind)
            is_of_another_day = _OVER_DAYS.match(text, behind) or (day and not text.startswith(day[0], behind))
            if of_discharge or is_doubted or is_of_another_day:
                yield start, end
        if text[start].isdigit():
            last.setdefault(value.quantity, value)
        else:
            last.pop(value.quantity, None)


def _measured_again(text: str, values: Sequence[Measurement]) -> Iterator[tuple[int, int]]:
    """Laboratory values that were measured again, and values from before a discharge."""
    of_discharge = _DISCHARGE_NOTE.search(text, 0, 300)
    again: dict[Quantity, int] = {}
    for value in reversed(values):
        start, end = value.span
        if end <= (next_one := again.get(value.quantity, 0)):
            is_treated = _TREATED.search(text, end, next_one) and not _OF_DRIP.search(text, end, next_one)
            if is_treated and not of_discharge:
                continue
            yield start, end
        elif (value.quantity not in VITAL_SIGNS and _is_again(text, start, end)) or (
            of_discharge and _is_at_discharge(text, start)
        ):
            again[value.quantity] = start


def _is_at_discharge(text: str, start: int) -> bool:
    """Whether a value of a discharge note is of the discharge, by its sentence or the heading of its part."""
    if _AT_DISCHARGE.search(text, max(0, start - _SENTENCE), start):
        return True
    if not is_discharge_note(text):
        return False
    head = max(_OPENS_DISCHARGE.finditer(text, max(0, start - _PART), start), key=re.Match.start, default=None)
    return head is not None and _NEXT_PART.search(text, head.end(), start) is None


def _earlier_by_words(text: str, values: Sequence[Measurement]) -> Iterator[tuple[int, int]]:
    """Values of an earlier day by the word beside them, if another is of today."""
    when = {span: _when(text, span) for span in {value.span for value in values}}
    of_today = {value.quantity for value in values if when[value.span] == "today"}
    for value in values:
        if value.quantity in of_today and when[value.span] == "days_ago":
            yield value.span


def _of_earlier_days(text: str, values: Sequence[Measurement]) -> Iterator[tuple[int, int]]:
    """Values of an earlier day by its date in the same sentence: "11月20日血钾2.2，11月30日血钾3.8"."""
    days = {value.span: day for value in values if (day := _day_before(text, value.span[0]))}
    if len({day[0] for day in days.values()}) < 2:
        return
    for value in values:
        others = (days[other.span] for other in values if other.quantity is value.quantity and other.span in days)
        if value.span in days and any(_is_later(other, days[value.span]) for other in others):
            yield value.span


def _day_before(text: str, start: int) -> tuple[str, int, int] | None:
    """The last date before a place in its sentence: as written, its year or 0, and its day in the year."""
    before = _CLAUSES_END.split(text[max(0, start - _SENTENCE) : start])[-1]
    day = max(_DAY.finditer(before), key=re.Match.start, default=None)
    return day and (day[0], int(day["year"] or 0), int(day["month"]) * 31 + int(day["day"]))


def _is_later(day: tuple[str, int, int], than: tuple[str, int, int]) -> bool:
    """Whether a day is later; without years the shorter way round counts, so that January follows December."""
    if day[1] and than[1]:
        return day[1:] > than[1:]
    return 0 < (day[2] - than[2]) % _A_YEAR < _A_YEAR // 2


def _before_discharge(text: str, values: Sequence[Measurement]) -> Iterator[tuple[int, int]]:
    """Values of the arrival or admission, if one of the discharge follows and the patient has not come back since."""
    if not _OF_STAY["discharge"].search(text) or _CAME_BACK.search(text):
        return
    stage = {span: _stage(text, span[0]) for span in {value.span for value in values}}
    at_discharge = {value.quantity: value.span[0] for value in values if stage[value.span] == "discharge"}
    yield from (v.span for v in values if stage[v.span] == "arrival" and v.span[0] < at_discharge.get(v.quantity, 0))


def _stage(text: str, start: int) -> str:
    """The last stage named before a value, with only other values in between; empty if none."""
    before = max(0, start - _SENTENCE)
    found = [(m.end(), name) for name, regex in _OF_STAY.items() for m in regex.finditer(text, before, start)]
    end, name = max(found, default=(start, ""))
    return name if _BETWEEN.fullmatch(text, end, start) else ""


def _when(text: str, span: tuple[int, int]) -> str:
    """The group of :data:`_WHEN` after a value, within it or, across other values, before it; empty if none."""
    behind = _BEHIND.match(text, span[1])
    when = _WHEN.match(text, behind.end()) if behind else None
    when = when or _last(text, *span)
    if when is None:
        when = _last(text, max(0, span[0] - _SENTENCE), span[0])
        if when is None or _BETWEEN.fullmatch(text, when.end(), span[0]) is None:
            return ""
    return when.lastgroup or ""


def _last(text: str, start: int, end: int) -> re.Match[str] | None:
    return max(_WHEN.finditer(text, start, end), key=re.Match.start, default=None)


def _date_of_line(text: str, start: int) -> str:
    """The date at the start of the line around ``start``, if it is in a form that sorts; otherwise empty."""
    date = DATE_OF_ROW.match(text, text.rfind("\n", 0, start) + 1)
    return date["day"] or "" if date else ""


def _is_again(text: str, start: int, end: int) -> bool:
    """Whether a value was measured again; "repeat K 16.00" is still to be."""
    return _IS_AGAIN.search(text, max(0, start - 40), start) is not None and not _ENDS_IN_TIME.search(text, start, end)
