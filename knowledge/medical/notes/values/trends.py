"""Several values after one name: "K 6.9 -> 4.4", "SpO2 82% on arrival, now 97%", "BP 85/50, then 118/70"."""

import re
from functools import cache

from ..characters import HAN_CLASS
from ..numbers import NUMBER
from .earlier import AGAIN, CLOCK

LINKS = (
    r"levels?|count|values?|results?|readings?|is|was|were|are|of|at|to|in the|now|currently|today|still|again|only|"
    r"about|around|approximately|measured|recorded|noted|found|came|resulted|back|as|on|room air|RA|fell|dropped|rose|"
    r"increased|decreased|remains|maintained|this morning|initially|(?:elevated|low|high|up|down)(?= (?:at|of|to))|"
    # not "improved 10 minutes later", "falling 60% O2", "improving on 6 units"
    r"(?:clear(?:ed|ing)|recover(?:ed|ing)|improv(?:ed|ing)|worsen(?:ed|ing)|rising|falling)"
    r"(?!\s(?:on|with|in|by|over|after|within)\b|\s\d[\d.]*\s?(?:[a-z/]{1,6}\s)?(?:in|per|an?|each|every)\b|"
    r"\s\d[\d.]*\s?[a-z/]{0,6}/(?:h|hr|hour|d|day)\b|\s[123]0 ?(?:g/L|bpm)\b|\s[123](?:\.\d)? ?g/dL\b|"  # by how much
    r"\s\d[\d.]*,\s\d|"  # the last one is current
    r"\s\d[\d.]*\s?(?:[a-z/]{1,6} (?:in|over) \d|min(?:ute)?s?\b|sec|h\b|hrs?\b|hours?|days?|weeks?|points?|later|"
    r"after|L\b|%?\s?(?:O2|oxygen|FiO2|venturi|HFNO|NRB|mask|neb)))"
)
"""Words between a name and its value."""
TO = r"(?:[-–—~～至到]|to(?![A-Za-z]))"
"""Between the ends of a range."""
DATE = r"\d{1,2}/\d{1,2}(?:/\d{2,4})?"
_ARROW = r"(?:-+>|→|>(?=\s?\d))"
_WHEN = (
    r"(?:yesterday|this morning|initially|earlier(?: today)?|previously|overnight|last (?:night|week|month)|"
    r"(?:on|at) (?:admission|presentation|arrival|triage|baseline|(?:the )?scene)|pre-?(?:op|treatment|transfusion)|"
    r"before (?:treatment|transfusion|fluids|the fluids))"
)
_HOUR = r"(?:[01]\d|2[0-3])[0-5]\d(?:\s?h(?:rs)?\b)?(?!\d|\.\d)"
_AT = rf"(?:[(（@]? ?(?:at )?(?:\d{{1,2}}[:h]\d\d|1?\d\s?[ap]m\b)[)）]?|(?:[(（]|@ ?|at ){_HOUR}[)）]?)"
_TIMED = rf"(?:(?=0){_HOUR}:?|{_HOUR}:)"
TIMED = rf"(?:{_TIMED}(?=\s\d))"
"""The time that nurses write before a value: "0600 4.2", "1000: 78/40"."""
_AIR = r"(?:(?:on )?(?:RA|room air)|on \d{1,2} ?L(?:/min)?(?: O2| NC| oxygen)?)"
_PRESSURE = r"\d{2,3}/\d{2,3}"
_TODAY = r"(?:now|today|currently|here|after|post|this (?:morning|afternoon|evening))\b"
_MOVED = (
    r"(?:(?:dropp|desaturat|ris|increas|decreas|improv|recover|deteriorat)(?:ed|ing)|f(?:ell|alling)|rose|"
    r"c(?:ame|oming) (?:up|down)|up|down|back(?: up)?) to"
)
MOVED_ZH = "(?:[上下]?[升降]|[减变加增])[高低慢快少加]?[至到为]"
"""Chinese words between two values, or a name and its last value: 下降至, 减慢到."""
_PASSED = (  # a missed target: "keep SpO2 > 92%, fell to 84%"
    (
        r"[>≥]",
        r"(?:(?:f(?:ell|alling)|dropp(?:ed|ing)|desaturat(?:ed|ing)|decreas(?:ed|ing)|down) to\b|[下]?[降跌][至到为])",
    ),
    (r"[<≤]", r"(?:(?:rose|ris(?:en|ing)|increas(?:ed|ing)|up) to\b|上?升[至到为])"),
)
_BUT = (
    r"(?:[,;]?\s(?:(?:but|then|and|overnight|today|this morning|now)\s){0,2}|"
    r"[，；]?(?:今[晨日早天]|夜间|凌晨|随后)?但?(?:又|仍)?)"
)
_NOT_MET = (  # before the actual value after a target: "target 94-98%, currently 85%"
    r"[,;，；(]?\s?(?:(?:but|and)\s)?(?:(?:now|currently|actual(?:ly)?|at present|today)\b|目前|现在?|实测|今[日天晨]?)"
    r"[:：]?\s?(?:(?:is|at|only|reads)\s|[为是仅])?"
)
_AIMED = (
    r"(?:(?:target(?:ed|s)?|aim(?:s|ed|ing)?|goals?)\s?[:=]?\s?(?:(?:of|is|for|range)\s){0,2}|目标[值为是：:]{0,2})"
    r"(?:[<>≤≥]=?\s?)?"
)
_MEANWHILE = r"(?:despite|while|during|when|and|but|at)\b|in\b(?!\s?\d)"
_THEN = (
    rf"(?:[,;]?\s(?:(?:and|but)\s)?(?:(?:then|later|subsequently)\s(?:{_MOVED}\s)?|{_MOVED}\s)|"
    rf"[,，;；、]?(?:随?后|又)?{MOVED_ZH})"
)
_REPEATED = (  # "6.9 (haemolysed), repeat 4.4"
    r"\s?(?:[(（][^()（）\n]{1,40}[)）]\s?|ha?emoly[sz]ed\s?|"
    r"[,，；]\s?(?:考虑|可能)?(?:标本|样本)?溶血(?:标本|样本|所致)?)?[,;，；(（–-]?\s?(?:(?:but|and|on)\s)?"
    rf"(?:(?:{HAN_CLASS}{{1,6}}后)?(?:今[晨日天早]|次[日晨]))?"
    rf"{AGAIN}(?:\s(?:(?:is|was|level|value|result|sample)\b|(?:post|after)[ -]?[a-z]{{1,12}})|后|结果|[为示是])*"
    r"\s?[:：=]?\s?(?=\d\d|\d[.,]\d)"
)


def _value(units: str) -> str:
    return rf"\d{{1,6}}(?:[.,]\d{{1,3}})?\s?(?:(?:{units})\s?)?"


def _alone(units: str, *also: str) -> str:
    """A lookahead for a value and no more, or with one of ``also`` after it."""
    end = "|".join((rf"[,;)\n，；。）]|\.(?!\d)|$|(?:on|with)\b|{_TODAY}|{_ARROW}", *also))
    return rf"(?={_PRESSURE}|{_value(units)}(?:{end}))"


def to_next(units: str) -> str:
    """A pattern of the text between a value and the next one: an arrow, "yesterday, now", "at triage, ... after".

    After a word there must be a value and no more: "now 2 L crystalloid" is no lactate, "repeat 6 hourly" no value.

    Args:
        units: a pattern of the units that the value may have.
    """
    value, alone, of_then = _value(units), _alone(units), _alone(units, _MEANWHILE)
    return (
        rf"(?:{_ARROW}|\s?{_WHEN}\s?(?:{_ARROW}|[,;]?\s(?:(?:and|but)\s)?(?:(?:is\s)?(?:now|today|currently)\s"
        rf"(?:is\s|at\s|up to\s|down to\s)?{alone}|(?=(?:{_PRESSURE}\s?|{value})(?:{_TODAY}|{_WHEN}))))"
        rf"|\s?{_AT}(?:\s?{_ARROW}|(?:[,;]?\s(?:and\s)?|[，；、])(?=(?:{_PRESSURE}\s?|{value}){_AT}))"
        rf"|[,;]?\s{_HOUR}:?\s{alone}|{_THEN}{of_then}"
        rf"|[,;]?\s(?:(?:and|but)\s)?(?:now|currently)\s(?:is\s|at\s|up to\s|down to\s)?{alone}"
        rf"|(?:\s?{_AT}|\s{_HOUR}){_THEN}{of_then}"
        rf"|[,;]\s(?:(?:and|but)\s)?today\s(?:is\s|it is\s|at\s)?{alone}"
        rf"|{_REPEATED}(?!(?:{CLOCK}|\d{{4}}\b)(?!\s?(?:{units}))){alone})"
    )


def earlier_values(units: str) -> str:
    """A pattern of an earlier value of a trend, up to the next: "from 4.1 to", "4.2 (5/1) >", "3.2 yesterday, now"."""
    value = rf"\d[\d.,]*(?:[-–]\d[\d.,]*)?\s?(?:{units})?\s?(?:{_AIR}\b\s?)?"
    missed = _alone(units, _MEANWHILE, r"(?:RA|overnight|again)\b")
    passed = "|".join(rf"{aim}=?\s?{value}{_BUT}{moved}\s?{missed}" for aim, moved in _PASSED)
    not_met = (
        rf"(?:{_AIMED}{value}|\d[\d.,]*\s?[-–]\s?\d[\d.,]*\s?(?:{units})?\s?(?:(?:target|aim)\s?)?){_NOT_MET}{missed}"
    )
    return (
        rf"(?>{not_met}|{value}(?:\([^()\n]{{1,16}}\)\s?)?{to_next(units)}|{passed}|"
        rf"(?:from |[由从]){value}(?:to(?![A-Za-z])|{MOVED_ZH}))"
    )


def spans_of(match: re.Match[str], earlier: list[re.Match[str]]) -> list[tuple[int, int]]:
    """Spans of the ``earlier`` values of a trend (group ``between``) and of its last; the name belongs to the first."""
    last = match[0][match.end("between") - match.start() :]
    starts = [step.start() for step in earlier] + [match.end() - len(last.lstrip())]
    ends = [step.end() for step in earlier] + [match.start() + len(match[0].rstrip())]
    return list(zip([match.start(), *starts[1:]], ends, strict=True))


def missed_pressure() -> str:
    """A pattern of a target pressure, up to the one that was reached: "> 100/60, fell to"."""
    return "|".join(rf"{aim}=?\s?{_PRESSURE}(?:\s?mm ?Hg)?{_BUT}{moved}\s?(?={_PRESSURE})" for aim, moved in _PASSED)


@cache
def numbers_between(units: str) -> re.Pattern[str]:
    """A pattern of the values in a match of :func:`earlier_values`: groups ``value`` and ``unit``, or neither."""
    aside = (
        r"\[[^\[\]]*\]|[(（][^()（）]*[)）]|on \d{1,2} ?L|\d{1,2}[:h]\d\d|"
        rf"{_TIMED}|{_HOUR}(?=\s(?:\d|$))|(?:(?<=at )|(?<=@ )|(?<=@)){_HOUR}|1?\d\s?[ap]m\b"
    )
    return re.compile(rf"{aside}|(?<![\d.,]){NUMBER}(?:\s?(?P<unit>{units}))?", re.IGNORECASE)
