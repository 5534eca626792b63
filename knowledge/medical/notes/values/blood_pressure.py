"""Blood pressures: "BP 118/70", "lying 120/80, standing 95/60", "血压 78/40 升至 90/60", "BP 60/palp"."""

import re
from collections.abc import Iterator

from ...measurements import Measurement, Quantity
from .trends import DATE, LINKS, TIMED, TO, missed_pressure, spans_of, to_next

_PART = r"\d{2,3}(?!\d)"  # of a pressure
_EXTREMES = r"[(\[]\d{2,3}\s?[-–]\s?\d{2,3}[)\]]"
_DAY = (
    r"(?:(?:3[01]|[12]?\d)/(?:1[0-2]|0?[1-9])|(?:1[0-2]|0?[1-9])/(?:3[01]|[12]\d))(?:/\d{2,4})?(?![\d/])(?!\s?mm ?Hg)"
)
"""A day of a month: "BP check 25/12". Nobody has such a pressure, unless its unit follows."""
_NO_DIASTOLIC = (
    r"(?:[-–—?？]{1,3}|0)(?![.,]?\d|\s\d{2,3}\b)|"
    r"(?:un(?:record|detect|obtain)\w+|not (?:recordable|detectable|obtainable)|测不[到出]|未测[到出])"
)
_PRESSURE = re.compile(
    r"(?<![A-Za-z_]|\d(?!血压))(?:(?:(?:lying|sitting|standing|supine|erect)\s)?"
    r"(?:(?:NI|A)?B/?Ps?(?![A-Za-z])|blood pressure)|"
    r"(?:[卧坐立]位)?(?<![高低])血压|"
    r"(?:(?:lying|sitting|standing|supine|erect|(?:L|R|left|right) arm|"
    r"hypotensi(?:ve|on)|hypertensive)(?=:? \d{2,3}/\d)|"
    rf"[卧坐立]位(?=[:：为]?\s?\d{{2,3}}/\d)))"
    rf"(?P<gap>[^\d\n<>]{{0,18}}?)(?:{_DAY}[):,=-]{{0,2}}\s(?:(?:was|is)\s)?)?(?:{_EXTREMES}/{_EXTREMES}\s*|{TIMED}\s)?"
    rf"(?P<between>(?:{missed_pressure()})?(?:{_PART}/{_PART}\s?(?:mm ?Hg)?\s?(?:\({DATE}\)\s?)?"
    rf"(?:>|to\b|[升降][至到为]|{to_next('mm ?Hg')})\s?){{0,6}})"
    rf"(?!{_DAY})(?P<systolic>{_PART})(?:'?s\b)?(?:{TO}(?P<systolic_end>{_PART})(?:'?s\b)?)?\s*(?:mm ?Hg(?=/))?"
    rf"(?:(?:/|over\b|by\b)\s*(?:(?P<diastolic>{_PART})(?!\s?(?:min\w*|hours?|(?-i:[Hh]rs?)(?!\s*[:=]?\s*\d)|days?)\b)(?:'?s\b)?"
    rf"(?:\s?{TO}\s?(?:(?P<other>{_PART})/(?P<other_low>{_PART})|(?P<diastolic_end>{_PART})(?!\s?/)))?|"
    rf"p(?:alp\w*)?\b|doppler\b|{_NO_DIASTOLIC})|(?:on\s)?palp(?!it)\w*\b|systolic\b)",
    re.IGNORECASE,
)
_EARLIER_PRESSURE = re.compile(
    rf"\({DATE}\)|(?P<aim>[<>≤≥]=?\s?)?(?P<high>{_PART})/(?P<low>{_PART})(?:\s?mm ?Hg)?", re.IGNORECASE
)
_LOW_DIASTOLIC = 13
_RIGHT_BEHIND = re.compile(  # between a name and such a low value: "BP f/u 60/12" is a time
    rf"(?:\s*(?:\b(?:{LINKS}|L|R|left|right|arm|leg|manual|lying|sitting|standing|supine|erect|from|low|just|arrival|"
    r"admission|scene|triage|resus)\b|[:：=~≈,()↓⬇-]|[为约是达]|测[得为]?|[降低]至))*\s*",
    re.IGNORECASE,
)


def read_pressures(text: str, source: str) -> Iterator[Measurement]:
    for match in _PRESSURE.finditer(text):
        earlier = [step for step in _EARLIER_PRESSURE.finditer(text, *match.span("between")) if step["high"]]
        readings = [([], []) if step["aim"] else ([float(step["high"])], [float(step["low"])]) for step in earlier]
        ends = (("systolic", "systolic_end", "other"), ("diastolic", "diastolic_end", "other_low"))
        last_highs, last_lows = ([float(match[name]) for name in names if match[name]] for names in ends)
        for span, (highs, lows) in zip(spans_of(match, earlier), (*readings, (last_highs, last_lows)), strict=True):
            lowest = 10 if _RIGHT_BEHIND.fullmatch(match["gap"]) else _LOW_DIASTOLIC
            if (
                highs
                and min(lows, default=lowest) >= lowest
                and max(lows, default=10) < min(highs)
                and max(highs) <= 300
            ):
                for quantity, values in ((Quantity.SYSTOLIC, highs), (Quantity.DIASTOLIC, lows)):
                    for value in values:
                        yield Measurement(quantity, value, None, source, "", *span)
