"""Laboratory results that only stand for a finding, as numbers or in words: "ALT 340", "ferritin: low".

The tests are in :mod:`.analyte_table`. A child's value is judged only if the range also holds for children, or by a
range printed after it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ...case import Status
from ...codes import code_of
from ..characters import plain
from ..numbers import readings
from ..scan import PatternScan
from ..tables import as_prose
from .analyte import GLUED, Analyte
from .analyte_table import ANALYTES
from .fluids import is_of_drain, is_of_fluid
from .ranges import GROWN
from .stated import left_out, without_overlaps
from .urine import urine_results

_OTHER_UNIT = re.compile(
    r"\s?(?:[a-zµμ]{1,4}/|%|mmol|mEq|kPa|[x×*]\s?10|(?:mins?|hrs?|hours?|hourly|days?|weeks?|wks?|months?|years?|times|tab\w*)\b|(?!(?:in|on|at|to|is|as|by|an?|or|of|if)\b)[a-z]{1,2}\b)",
    re.IGNORECASE,
)
_ANY_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_ASIDE = re.compile(r"\([^()]*\)")
_NO_LEVEL = re.compile(r"[-−–]|neg|non|阴", re.IGNORECASE)
"""Begins what is said of a test for an antibody, not of the level of all antibodies: "EBV IgM negative"."""
_IN_FLUIDS = {  # also measured in other fluids
    "HP:0011897 Neutrophilia",
    "HP:0100827 Lymphocytosis",
    "HP:0001880 Eosinophilia",
    "HP:0001974 Leukocytosis",
    "HP:0001943 Hypoglycemia",
    "HP:0002155 Hypertriglyceridemia",
    "HP:0003073 Hypoalbuminemia",
    "HP:0003113 Hypochloremia",
    "HP:0025435 Increased circulating lactate dehydrogenase concentration",
}
_NAMED = [(re.compile(analyte.names, re.IGNORECASE), analyte) for analyte in ANALYTES]
_NAMES = re.compile(
    rf"(?<![A-Za-z0-9_-])(?:{'|'.join(analyte.names for analyte in ANALYTES)})(?:(?![\w-])|{GLUED})",
    re.IGNORECASE,
)
"""Where a result may begin: one pass over the text instead of one for each analyte."""
_SCAN = PatternScan([_NAMES])
_AND = re.compile(r"\s?[,/&、和与及]\s?|,?\s(?:and|plus)\s", re.IGNORECASE)
_PRINTED = re.compile(  # the laboratory's own range, after a value and its unit: "4.9 mU/L (0.4-4.0)", "86 U/L (<40)"
    r"\s?(?:[a-zµμ]{1,5}/[a-z]{1,5}|%)?\s?[(\[](?:(?:N|normal|ref(?:erence)?)(?: range)?[:=]?\s?)?"
    r"(?:(?:(?P<low>\d+(?:\.\d+)?)\s?[-–]\s?|[<≤]\s?)(?P<high>\d+(?:\.\d+)?)|[>≥]\s?(?P<least>\d+(?:\.\d+)?))(?:\s?(?:[a-zµμ]{1,5}/[a-z]{1,5}|%))?[)\]]",
    re.IGNORECASE,
)
_OPEN = {"<": ("high",), ">": ("low", "normal")}
"""Sides that a value off the scale leaves open: "LDH <500" may be normal."""


@dataclass(frozen=True, slots=True)
class Result:
    """A result, by its offsets, and the findings that it shows to be present or absent."""

    start: int
    end: int
    findings: tuple[tuple[str, Status], ...]


def read_results(text: str, age_years: float | None) -> list[Result]:
    """Current results of the patient, in the order of the text."""
    written = as_prose(plain(text))
    of_urine = (Result(start, end, ((code, status),)) for start, end, code, status in urine_results(written))
    found = sorted((*_results(written, age_years), *of_urine), key=lambda r: (r.start, -r.end))
    by_span: dict[tuple[int, int], Result] = {}
    for result in found:
        by_span.setdefault((result.start, result.end), result)
    kept = without_overlaps(by_span)
    return [by_span[span] for span, reason in zip(kept, left_out(text, kept), strict=True) if not reason]


def _results(text: str, age_years: float | None) -> Iterator[Result]:
    child = age_years is not None and age_years < GROWN
    listed: list[re.Match[str]] = []  # names before this one that share its result: "C3 and C4 are low"
    for _, name in _SCAN.find(text):
        if listed and not _AND.fullmatch(text, listed[-1].end(), name.start()):
            listed = []
        listed.append(name)
        for named, analyte in _NAMED:
            match = named.match(text, name.start()) and analyte.regex.match(text, name.start())
            if match is None or is_of_drain(match):
                continue
            if _IN_FLUIDS & {analyte.below, analyte.above} and is_of_fluid(match, in_lists=True):
                continue
            side = _side(analyte, match, child)
            if side and (findings := _shown(analyte, side)):
                yield Result(match.start(), match.end(), findings)
            if side and match["value"] is None:
                yield from (Result(*other.span(), _shown(a, side)) for other in listed[:-1] for a in _named(other))
                listed = []


def _shown(analyte: Analyte, side: str) -> tuple[tuple[str, Status], ...]:
    bounds = (("low", analyte.below), ("high", analyte.above))
    return tuple(
        (code_of(finding), Status.PRESENT if side == bound else Status.ABSENT) for bound, finding in bounds if finding
    )


def _named(name: re.Match[str]) -> Iterator[Analyte]:
    return (analyte for named, analyte in _NAMED if named.fullmatch(name[0]))


def _side(analyte: Analyte, match: re.Match[str], child: bool) -> str:
    """``low``, ``high`` or ``normal``: by the laboratory's word, its range, or ours; empty when none decides."""
    if match["positive"] or (not child and _was_high(analyte, match)):
        return "" if analyte.is_a_level else "high"
    if analyte.is_a_level and _NO_LEVEL.match(match["normal"] or ""):
        return ""
    for side in ("high", "low", "normal"):
        if match[side]:
            return side
    if match["value"] is None:
        return ""
    unit, value = match["unit"], readings(match["value"])[0]
    if side := _side_of_printed(analyte, value, match):
        return "" if side in _OPEN.get(match["than"], ()) else side
    if not analyte.scales:
        return ""
    if unit is None and _OTHER_UNIT.match(match.string, match.end("value")):
        return ""
    side = _side_of(analyte, value, unit)
    if child and not analyte.of_children and (side != "high" or value <= analyte.high_in_children):
        return ""
    return "" if side in _OPEN.get(match["than"], ()) else side


def _side_of_printed(analyte: Analyte, value: float, match: re.Match[str]) -> str:
    """Side by the range printed after the value; empty without one, or if it does not overlap ours: then a target."""
    printed = _PRINTED.match(match.string, match.end("value"))
    if printed is None:
        return ""
    low, high = float(printed["low"] or printed["least"] or 0), float(printed["high"] or "inf")
    if analyte.scales and not any(low < scale.high and scale.low < high for scale in analyte.scales):
        return ""
    return "low" if value < low else "high" if value > high else "normal"


def _was_high(analyte: Analyte, match: re.Match[str]) -> bool:
    """Whether an earlier value of the trend was raised, if ``of_injury`` makes that count."""
    values = _ANY_NUMBER.findall(_ASIDE.sub("", match["earlier"])) if analyte.of_injury else []
    return any(_side_of(analyte, float(value.replace(",", ".")), match["unit"]) == "high" for value in values)


def _side_of(analyte: Analyte, value: float, unit: str | None) -> str:
    scales = [
        scale
        for scale in analyte.scales
        if (re.fullmatch(scale.unit, unit, re.IGNORECASE) if unit else scale.least <= value <= scale.most)
    ]
    sides = {"low" if value < scale.low else "high" if value > scale.high else "normal" for scale in scales}
    return sides.pop() if len(sides) == 1 else ""
