"""Derives findings from the value of an Observation or of one of its components."""

import math
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from knowledge.medical.case import Status

from .elements import Json, codes, codings, inner, objects, shown_unit, string, unit_of, wordings
from .printed import bounds
from .ucum import convert, spelled

LOINC = "http://loinc.org"

# http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation. Without "<" and ">": off the instrument's scale
# is not out of range.
_LOW = {"L", "LL", "LU", "LX"}
_HIGH = {"H", "HH", "HU", "HX"}
# Interpretations in words, of systems that give no code, and arrows.
_FLAGS = {
    **dict.fromkeys(("high", "above normal", "above high normal", "↑", "高", "偏高", "升高"), "H"),
    **dict.fromkeys(("low", "below normal", "below low normal", "↓", "低", "偏低", "降低"), "L"),
    **dict.fromkeys(("critical high", "critically high", "high critical", "↑↑", "h*"), "HH"),
    **dict.fromkeys(("critical low", "critically low", "low critical", "↓↓", "l*"), "LL"),
    **dict.fromkeys(("normal", "正常"), "N"),
    **dict.fromkeys(("abnormal", "异常"), "A"),
    **dict.fromkeys(("positive", "阳性"), "POS"),
    **dict.fromkeys(("negative", "阴性"), "NEG"),
}
_CODES = {*_LOW, *_HIGH, "N", "A", "AA", "POS", "NEG", "DET", "ND"}
_YES_INTERPRETATIONS = {"POS", "DET"}
_NO_INTERPRETATIONS = {"NEG", "ND"}

# Answers as coded by SNOMED CT, LOINC and HL7 v2 table 0136, and as words for answers that are only text.
_YES = {"52101004", "260373001", "10828004", "373066001", "LA33-6", "LA9633-4", "LA6576-8", "LA11882-0", "Y"}
_NO = {"2667000", "260415000", "260385009", "373067005", "LA32-8", "LA9634-2", "LA6577-6", "LA11883-8", "N"}
_YES_WORDS = {"yes", "present", "positive", "pos", "detected", "reactive", "是", "检出"}
_YES_WORDS |= {"阳性", "阳性(+)", "阳性（+）"}
_NO_WORDS = {"no", "absent", "negative", "neg", "not detected", "not present", "non-reactive", "否", "未检出"}
_NO_WORDS |= {"阴性", "阴性(-)", "阴性（-）"}
_PLAIN = {"yes", "no", "是", "否", "Y", "N", "373066001", "373067005", "LA33-6", "LA32-8"}
_PRESENT_OR_NOT = {"present", "absent", "not present", "52101004", "2667000", "LA9633-4", "LA9634-2"}


@dataclass(frozen=True, slots=True)
class ResultRule:
    """One quantity of ``loinc.toml``: the HPO code of a low, high or positive result, each empty if there is none."""

    low: str
    high: str
    positive: str
    limits: tuple[tuple[str, float, float], ...]  # (UCUM unit, low, high): normal is low <= value < high


def has_value(part: Json) -> bool:
    """Whether there is any ``value[x]``."""
    return any(key.startswith("value") and value is not None for key, value in part.items())


def other_values(part: Json) -> list[str]:
    """A time, a period, a ratio or a range in words: ``1:640``, ``5 mg/L - 10 mg/L``."""
    period, ratio, span = (inner(part.get(f"value{kind}")) for kind in ("Period", "Ratio", "Range"))
    over, under = _quantity_words(ratio.get("numerator")), _quantity_words(ratio.get("denominator"))
    low, high = _quantity_words(span.get("low")), _quantity_words(span.get("high"))
    return [
        string(part.get("valueDateTime")),
        string(part.get("valueTime")),
        " - ".join(filter(None, (string(period.get("start")), string(period.get("end"))))),
        f"{over}:{under}" if over and under else "",
        f"{low} - {high}" if low and high else f"≥ {low}" if low else f"≤ {high}" if high else "",
    ]


def _quantity_words(quantity: object) -> str:
    given = inner(quantity)
    if math.isnan(number(given.get("value"))):
        return ""
    return f"{string(given.get('comparator'))}{given['value']} {shown_unit(given)}".strip()


def interpretations(part: Json) -> set[str]:
    """The codes of ``interpretation``; of one without a code, the code of its words, if they are known."""
    concepts = objects(part.get("interpretation"))
    given = {_FLAGS.get(code.lower(), code) for concept in concepts for code in codes(concept)}
    words = {word for concept in concepts if not codes(concept) for word in wordings(concept)}
    return given | {_FLAGS[word.lower()] for word in words if word.lower() in _FLAGS} | words & _CODES


def answer(part: Json) -> Status | None:
    """PRESENT or ABSENT if the value or its interpretation is a yes or a no; None if it is neither or both."""
    value = part.get("valueBoolean")
    if isinstance(value, bool):
        return Status.PRESENT if value else Status.ABSENT
    concept = inner(part.get("valueCodeableConcept"))
    given = codes(concept)
    words = {string(concept.get("text")).lower(), string(part.get("valueString")).lower()}
    words |= {display.lower() for _, _, display in codings(concept)} | {code.lower() for code in given}
    flags = interpretations(part)
    yes = bool(given & _YES or words & _YES_WORDS or flags & _YES_INTERPRETATIONS)
    no = bool(given & _NO or words & _NO_WORDS or flags & _NO_INTERPRETATIONS)
    if yes == no:
        return None
    return Status.PRESENT if yes else Status.ABSENT


def is_plain_answer(part: Json) -> bool:
    """Whether a yes or no answers a question, rather than reporting a test outcome such as "positive" or "detected".

    "Present" may be either: under a LOINC code, which most tests have, it counts as an outcome.
    """
    is_of_loinc = any(system == LOINC for system, _, _ in codings(part.get("code")))
    concept = part.get("valueCodeableConcept")
    words = {word.lower() for word in (*wordings(concept), string(part.get("valueString")))}
    plain = _PLAIN if is_of_loinc else _PLAIN | _PRESENT_OR_NOT
    return "valueBoolean" in part or bool(plain & (words | codes(concept)))


def judge(part: Json, rule: ResultRule) -> list[tuple[str, Status]]:
    """``(HPO code, status)`` of each finding that a result decides; empty if it decides none.

    The laboratory's interpretation takes precedence, then the resource's own reference range, then our limits.
    """
    found: list[tuple[str, Status]] = []
    if rule.positive and (status := answer(part) or _abnormality(part)):
        found.append((rule.positive, status))
    if rule.low or rule.high:
        low, high = sides(part, rule)
        found += [(code, status) for code, status in ((rule.low, low), (rule.high, high)) if code and status]
    return found


def _abnormality(part: Json) -> Status | None:
    """Status of a presence test that the laboratory flags only as abnormal or normal."""
    flags = interpretations(part)
    return _verdict(bool(flags & {"A", "AA"}), flags == {"N"})


def sides(part: Json, rule: ResultRule) -> tuple[Status | None, Status | None]:
    """Whether the result is low, and whether it is high; None where unknown."""
    flags = interpretations(part)
    if flags & _LOW and not flags & _HIGH:
        return Status.PRESENT, Status.ABSENT
    if flags & _HIGH and not flags & _LOW:
        return Status.ABSENT, Status.PRESENT
    if flags == {"N"}:
        return Status.ABSENT, Status.ABSENT
    quantity = inner(part.get("valueQuantity"))
    least, most = _span(quantity)
    if math.isnan(least):
        return None, None
    unit = spelled(unit_of(quantity))
    ranges = [_bounded(given, quantity) for given in objects(part.get("referenceRange"))]
    if not any(map(_has_bounds, ranges)) and not flags:
        for limit_unit, low, high in rule.limits:
            if unit == limit_unit:
                return _verdict(most < low, least >= low), _verdict(least >= high, most < high)
    normal = normal_range(ranges, quantity)
    if normal is None:
        return None, None
    low, high = normal
    return (
        _verdict(most < low, least >= low) if math.isfinite(low) else None,
        _verdict(least > high, most <= high) if math.isfinite(high) else None,
    )


def _verdict(yes: bool, no: bool) -> Status | None:
    return Status.PRESENT if yes else Status.ABSENT if no else None


def _span(quantity: Json) -> tuple[float, float]:
    """Least and greatest value a Quantity allows: ``< 5`` is (-inf, just below 5). NaN if there is no number."""
    value = number(quantity.get("value"))
    match string(quantity.get("comparator")):
        case "":
            return value, value
        case "<":
            return -math.inf, math.nextafter(value, -math.inf)
        case "<=":
            return -math.inf, value
        case ">":
            return math.nextafter(value, math.inf), math.inf
        case ">=":
            return value, math.inf
    return math.nan, math.nan


def normal_range(ranges: list[Json], quantity: Json) -> tuple[float, float] | None:
    """Bounds of the only normal range for this patient, in the unit of the value.

    None without exactly one that can be converted.
    """
    unit = spelled(unit_of(quantity))
    normal = [
        r
        for r in (_bounded(given, quantity) for given in ranges)
        if _has_bounds(r)
        and "appliesTo" not in r
        and "age" not in r
        and (codes(r.get("type")) or {"normal"}) == {"normal"}
    ]
    if len(normal) != 1:
        return None
    low, high = inner(normal[0].get("low")), inner(normal[0].get("high"))
    converted_bounds = []
    for side in (low, high):
        bound, own = number(side.get("value")), spelled(unit_of(side)) or unit
        converted = convert(bound, own, unit)
        if converted is None:
            return None
        converted_bounds.append(converted)
    least, most = converted_bounds
    return -math.inf if math.isnan(least) else least, math.inf if math.isnan(most) else most


def _bounded(given: Json, quantity: Json) -> Json:
    """A range with the bounds in its text, in the unit of the value, where it has no others: ``12.0 - 16.0 g/dL``."""
    if _has_bounds(given):
        return given
    found = bounds(string(given.get("text")), shown_unit(quantity))
    return {**given, **{side: {"value": float(value)} for side, value in found.items()}}


def _has_bounds(given: Json) -> bool:
    """Whether a range has a bound, not only words that no value can be compared with."""
    return bool(inner(given.get("low")) or inner(given.get("high")))


def number(value: object) -> float:
    """A finite number, or NaN."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:
            return math.nan
        return number if math.isfinite(number) else math.nan
    return math.nan


@cache
def result_table() -> list[dict[str, Any]]:
    """The rows of ``loinc.toml``."""
    table = tomllib.loads(Path(__file__).with_name("loinc.toml").read_text(encoding="utf-8"))
    return list(table["result"])


@cache
def result_rules() -> dict[str, ResultRule]:
    """LOINC code -> rule, for the quantities that may be a finding."""

    def code(row: dict[str, Any], key: str) -> str:
        return str(row.get(key, "")).partition(" ")[0]

    rules: dict[str, ResultRule] = {}
    for row in result_table():
        limits = tuple((item["unit"], item["low"], item["high"]) for item in row.get("limits", ()))
        rule = ResultRule(code(row, "low"), code(row, "high"), code(row, "positive"), limits)
        if rule.low or rule.high or rule.positive:
            rules.update(dict.fromkeys(row["loinc"], rule))
    return rules
