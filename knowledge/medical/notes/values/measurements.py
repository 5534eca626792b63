"""Values that are kept as numbers, in our unit: vital signs, and laboratory values that the red flags compare.

How they are written: :mod:`.quantities`. The findings that they stand for: :mod:`.ranges`.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from ...case import Unread
from ...measurements import Measurement, Quantity
from ..characters import HAN_CLASS, plain
from ..numbers import NUMBER, number, readings
from ..scan import Deferred, PatternScan
from ..tables import as_prose
from .analyte import TEST_ZH
from .blood_pressure import read_pressures
from .coma_scale import is_under_sedation, read_coma_scales
from .earlier import VITAL_SIGNS, superseded
from .fluids import is_of_fluid
from .quantities import SYNTAXES, QuantitySyntax
from .ranges import normal_of_adults
from .stated import EARLIER, left_out, rises_in_haemolysis, without_overlaps
from .tpr import read_tpr
from .trends import DATE, LINKS, MOVED_ZH, TIMED, TO, earlier_values, numbers_between, spans_of

Q = Quantity

UNCLEAR = "unknown_unit"
"""Reason for a value that fits two units, or none."""
TABLE = "table"
"""Reason for a row of names whose values, in the rows below, are not read."""
_BOUNDS = rf"[<>≤≥]=?\s?\d[\d.,]*|\d[\d.,]*\s?(?:[-–]|to)\s?\d[\d.,]*|\d+ ?L|{DATE}"
_ASIDE = (  # the normal range, the extremes of a day, oxygen, the date or time
    rf"[(\[][^()\[\]\d]{{0,20}}(?:(?:{_BOUNDS})[^()\[\]\d]{{0,12}})?[)\]]|\[[^\[\]\n]{{1,60}}\](?=\s*\d)|"
    rf"on \d{{1,2}} ?L(?:/min)?(?: O2| NC| oxygen)?|(?:at|@) ?\d{{1,2}}:\d\d(?: ?[ap]m)?|{TIMED}"
)
_COMPACT = (  # "T39.5℃", "Hb65g/L", "K7.1", "P132"
    r"\d{1,3}(?:[.,]\d{1,2})?\s?(?:次|℃|°|bpm|分(?![之钟])|/ ?min|mmol|g/L|mg/dL|[x×] ?10)|"
    r"(?:(?<=[HKTb])\d{1,2}[.,]\d{1,2}|(?<=[PRas])\d{2,3})(?![\w.,]*\d)"
)
_GLUED = r"|(?<=[A-Za-z2₂]-)"
"""Where the value of a vital sign may also begin: "T-39.6", "SpO2-86%"."""
_BEGIN = rf"(?<![A-Za-z_-]|\d(?!{HAN_CLASS}))"
"""Where a name may begin; a Chinese one also after a time, as in "08:00体温"."""
_CELL = r"[\s|]{0,8}"
_BEFORE_UNIT = (  # the flag and the range in a table: "3.21 | H | 2.2-2.6 | mmol/L"
    rf"(?:(?:(?-i:HH?|LL?)(?![A-Za-z])|[↑↓⬆⬇]{{1,2}}|\*{{1,2}}|[(\[]?\d[\d.,]{{0,6}}\s?[-–]\s?\d[\d.,]{{0,6}}[)\]]?){_CELL}){{0,2}}"
)


def _gap(units: str, glued: str) -> str:
    """A pattern of the text between a name and its value."""
    return (
        rf"(?P<between>(?:\s*(?:(?<![A-Za-z])(?:{_ASIDE}|{earlier_values(units)}|"
        rf"(?:{LINKS})(?![A-Za-z]))|"
        rf"[:=：|↑↓⬆⬇]|[-–](?=\s?\d)|[为约是达仅]|波动[于在]|{MOVED_ZH}|[低高]至|最高|最低|高达))*)"
        r"(?:\s*(?P<than>[<>≤≥]=?|(?:above|over|greater than|more than|below|under|less than)(?![A-Za-z])))?"
        r"(?:\s*[(\[])?\s*"
        rf"(?:(?<![A-Za-z0-9-])|(?<=[A-Za-z])(?={_COMPACT}){glued})"
    )


_OTHER = (  # after the number: a date, a dose, a length, a time, "2+", "90s", "1.8E4"
    r"(?!-\d|/(?!15\b)\d|E\d|\s?\+|:\d|(?<=90)(?<!\d90)'?s\b|\s?(?:天|小时|分钟|周|月|年|日|片|粒|支|克|毫升|点)|"
    r"(?:\s?[x×]\s?\d[\d.]*)?\s?(?:cm|mm(?! ?Hg))\b|\s?m?mol ?(?:/ ?|per |a )(?:24|day|d\b)|"  # of a diet, or of urine
    # of tablets, or of a drip; a value may be followed by what was given for it: "K 2.1 mmol IV KCl"
    r"\s?mmol (?:(?:KCl |oral )?(?:tab\w*|"
    r"(?:bd|tds|qds|od|daily|PO|IV)(?=\s*(?:[.,;)\n]|$|(?:over|for|bd|tds|qds|od)\b|\d)))|in (?=\d+ ?ml\b))|"
    r"(?<!\d[.,]\d)\s?[x×]\s?\d{2}\s?mmol\b(?!/)|"
    # in lower case, since HR and Mg are the next values; so are "mg" before a fraction and "hr" before a number
    r"\s?(?:(?-i:mg(?!\s*[:=]?\s*\d+[.,]\d)|mcg|g|m[lL]|h|[Hh]rs?(?!\s*[:=]?\s*\d))|tabs?|tablets?|amps?|units?|hours?|"
    r"hourly|days?|weeks?|months?|years?|times)\b(?!/)|(?<![.,]\d)(?<![.,]\d\d)\s?[ap]\.?m\b)"
)


def _name(syntax: QuantitySyntax) -> str:
    """A pattern of what each value of this kind begins with."""
    return f"{_BEGIN}(?:{syntax.names})"


def _units(syntax: QuantitySyntax) -> str:
    return "|".join(unit for unit, _ in (*syntax.units, *syntax.written))


def _named(syntax: QuantitySyntax) -> Deferred:
    """A pattern of a value of this kind with its name and the earlier values between the two."""
    units = _units(syntax)
    glued = _GLUED if syntax.quantity in VITAL_SIGNS else ""
    no_share = "" if "%" in units else r"(?!\s?%)"  # "glucose 5%" is an infusion
    return Deferred(
        rf"{_name(syntax)}{TEST_ZH}?(?:\s*[(\[]?(?P<unit_before>{units})[)\]]?(?![A-Za-z]))?"
        rf"{_gap(units, glued)}{NUMBER}"
        rf"(?:(?:'?s\b)?\s?(?:{units})?(?P<to>\s?{TO}\s?){number('end')})?{_OTHER}{no_share}"
        rf"(?:{_CELL}{_BEFORE_UNIT}(?P<unit>{units}))?",
        re.IGNORECASE,
    )


_SCAN = PatternScan(
    [_named(syntax) for syntax in SYNTAXES],
    heads=[re.compile(_name(syntax), re.IGNORECASE) for syntax in SYNTAXES],
)
IN_FLUIDS = {Q.GLUCOSE, Q.KETONES, Q.PH, Q.LEUKOCYTES, Q.NEUTROPHILS, Q.BILIRUBIN, Q.LACTATE}
"""Quantities that are measured under the same name in urine and other fluids."""
_DIGIT = re.compile(r"\d")
_NAMES = re.compile(
    rf"(?<![A-Za-z0-9_-])(?:B/?P|血压|{'|'.join(syntax.names for syntax in SYNTAXES)})(?![A-Za-z0-9])", re.IGNORECASE
)

_IN_SI = re.compile(  # values of others, which tell that urea is in mmol/L, too
    r"(?<![A-Za-z])(?:(?:Hb|Hgb)(?=\W{0,3}(?:[4-9]\d|1\d\d)(?![.\d]))|(?:S?Cr|[Cc]reat(?:inine)?)(?=\W{0,3}[3-9]\d|\W{0,3}\d{3}))|"
    r"[uµμ]mol/"
)
_BESIDE = 300  # characters
_CO2 = re.compile("t?CO2", re.IGNORECASE)
_GAS = re.compile(r"\b(?:pH|[AV]?BG|gas)\b[^\n]*$")  # before it in the line: then it is the pressure of a gas
_ROW = re.compile(r"^[^\n|\t]*[|\t][^\n]*$(?=\n(?:[-|:+ \t]*\n)?[^\n]*\d)", re.MULTILINE)  # with a number below it


def read_measurements(text: str, source: str = "text") -> tuple[list[Measurement], list[Unread]]:
    """Current values of the patient, in the order of the text, with both ends of a range; and what was left out.

    Left out are values of others, past ones, mere targets, those without a clear unit, and tables.
    """
    if not _DIGIT.search(text):
        return [], []
    written, text = text, as_prose(plain(text))
    found = [*read_pressures(text, source), *read_coma_scales(text, source), *read_tpr(text, source)]
    unclear: list[tuple[int, int]] = []
    for place, match in _SCAN.find(text):
        syntax = SYNTAXES[place]
        if is_of_fluid(match, syntax.quantity in IN_FLUIDS):
            continue
        if syntax.quantity is Q.BICARBONATE and _CO2.match(match[0]) and _GAS.search(text, 0, match.start()):
            continue
        if syntax.quantity is Q.GCS and is_under_sedation(text, *match.span()):
            continue
        for span, values in _readings(syntax, match):
            found.extend(Measurement(syntax.quantity, value, None, source, "", *span) for value in values)
            if not values and (match["than"] is None or span[1] < match.end("between")):
                unclear.append(span)
    found.sort(key=lambda m: (m.span[0], m.quantity))
    kept = without_overlaps(sorted({m.span for m in found}))
    of_cells = {m.span for m in found if rises_in_haemolysis(m.quantity, m.value)}
    why = dict(zip(kept, left_out(written, kept, of_cells), strict=True))
    found = [replace(m, phrase=written[m.start : m.end]) for m in found]  # verbatim
    why |= dict.fromkeys(superseded(text, [m for m in found if why.get(m.span) == ""]), EARLIER)
    measured = [m for m in found if why.get(m.span) == ""]
    unread = [(span, reason) for span, reason in why.items() if reason]
    unread += [(span, UNCLEAR) for span in without_overlaps(sorted({*kept, *unclear})) if span not in why]
    unread += [(span, TABLE) for span in _tables(text)]
    return measured, [Unread(source, reason, written[start:end]) for (start, end), reason in sorted(unread)]


def _tables(text: str) -> Iterator[tuple[int, int]]:
    """Rows of names above a row of numbers."""
    for match in _ROW.finditer(text):
        if len(_NAMES.findall(match[0])) > 1 and not _DIGIT.search(_NAMES.sub("", match[0])):
            yield match.span()


def _readings(syntax: QuantitySyntax, match: re.Match[str]) -> Iterator[tuple[tuple[int, int], list[float]]]:
    """Each value after the name with its offsets: the earlier ones of a trend, and the last by :func:`_values`."""
    between = numbers_between(_units(syntax))
    earlier = [step for step in between.finditer(match.string, *match.span("between")) if step["value"]]
    *spans, last = spans_of(match, earlier)
    for span, step in zip(spans, earlier, strict=True):
        value = _convert(syntax, step["value"], step["unit"] or match["unit"] or match["unit_before"])
        yield span, [] if value is None else [value]
    yield last, _values(syntax, match)


def _values(syntax: QuantitySyntax, match: re.Match[str]) -> list[float]:
    """The value in our unit, or both ends of a range; empty if it is implausible or its unit is not clear.

    A value off the scale (``> 600``) counts as the end of the scale, if that is itself out of the normal range.
    """
    unit, than = match["unit"] or match["unit_before"], match["than"]
    if unit is None and syntax.quantity is Q.UREA and _is_among_si_units(match):
        unit = "mmol/L"
    ends = [_convert(syntax, match[name], unit) for name in ("value", "end") if match[name]]
    if match["to"] and not _is_range(match["to"], *ends):
        ends.pop()
    values = [end for end in ends if end is not None]
    if len(values) < len(ends):
        return []
    return [value for value in values if than is None or _is_beyond(syntax.quantity, than, value)]


def _is_among_si_units(match: re.Match[str]) -> bool:
    beside = match.string[max(0, match.start() - _BESIDE) : match.end() + _BESIDE]
    return _IN_SI.search(beside) is not None and "mg/d" not in beside


def _is_range(to: str, first: float | None, last: float | None) -> bool:
    """False if a dash with spaces begins something else: "GCS 15 - 3 falls", "HR 130 - 2 L of oxygen"."""
    if to == to.strip():
        return True
    return last is not None and ("to" in to.lower() or first is None or first < last)


def _convert(syntax: QuantitySyntax, written: str, unit: str | None) -> float | None:
    """A value in our unit; None if it is implausible, or fits two units. 1,150 is 1.15 only if 1150 is implausible."""
    if syntax.quantity is Q.NEUTROPHILS and set(written) <= set("0.,"):
        return 0.0  # in whatever unit
    for value in readings(written):
        possible = set[float]()
        for name, factor in (*syntax.units, *syntax.written) if unit else syntax.units:
            if re.fullmatch(name, unit, re.IGNORECASE) if unit else _is_usual(syntax.quantity, factor, value):
                converted = value * factor if factor else (value - 32) / 1.8
                if syntax.believable[0] <= converted <= syntax.believable[1]:
                    possible.add(round(converted, 3))
        if possible:
            return possible.pop() if len(possible) == 1 else None
    return None


def _is_usual(quantity: Quantity, factor: float, value: float) -> bool:
    """Whether a value without a unit may be in this one: glucose with a fraction is in mmol/L, as is calcium up to 4.

    So is urea (not its nitrogen) with a fraction or below 15; CRP of 10 or more is in mg/L, and high in mg/dL, too.
    """
    if quantity is Q.UREA and factor == 1 / 6.006:
        return value >= 15 and value.is_integer()
    if quantity is Q.CRP:
        return factor == 1 or value < 10
    if quantity is Q.CALCIUM:
        return value <= 4 if factor == 1 else value > 5
    return factor == 1 or quantity is not Q.GLUCOSE or value.is_integer()


def _is_beyond(quantity: Quantity, than: str, value: float) -> bool:
    low, high = normal_of_adults(quantity)
    return value > high if than[0].lower() in ">≥aogm" else value < low
