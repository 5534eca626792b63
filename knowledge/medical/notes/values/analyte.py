"""How the result of a laboratory test is written. The tests are in :mod:`.analyte_table`."""

import math
import re
from dataclasses import dataclass, field

from ..characters import HAN_CLASS
from ..numbers import NUMBER
from ..scan import Deferred
from .earlier import CLOCK

_NUMBER = rf"{NUMBER}(?![\d./-]*\d|\s?\+|\s?[:：]\s?\d\d\d)"  # not the start of a longer number or a titer
_HOW_MUCH = "(?:明显|显著|[轻中重]度)"


def _arrows(kind: str) -> str:
    """The laboratory's mark behind a value or name, not in front of a value: there it may tell only a trend."""
    return rf"\s?[{kind}]{{1,3}}(?!\s?[<>]?\s?\d)"


_WORDS = {
    "high": r"(?:very |markedly |mildly |slightly |significantly )?(?:elevated|increased|high|raised)|"
    rf"{_HOW_MUCH}?(?:升高|增高|偏高|增快|加快|延长)|{_arrows('↑⬆')}",
    "low": r"(?:very |markedly |mildly |slightly |significantly )?(?:decreased|low|reduced|depressed)|"
    rf"{_HOW_MUCH}?(?:降低|减低|偏低|下降|缩短)|{_arrows('↓⬇')}",
    "normal": r"normal|unremarkable|within (?:the )?(?:normal|reference) (?:limits|range)|WNL|neg(?:ative)?|[-−]ve|"
    r"not detected|阴性|正常(?![值范上高])|[(（]\s?[-−－]\s?[)）]",
    "positive": r"(?:strongly |weakly )?pos(?:itive)?|\+ve|[1-4]\s?\+|reactive(?! protein)|detected|"
    # a titer, of which 1:160 is high
    r"(?:titres? |titers? )?1\s?[:：]\s?(?:1[6-9]\d|[2-9]\d\d|\d{4,5})(?![\dA-Za-z_])(?:\s?[(（]?[弱强]?阳性[)）]?)?|"
    r"[弱强]?阳性|[(（]\s?[+＋]{1,4}\s?[)）]",
}
_RESULT = "|".join(f"(?P<{name}>{words})" for name, words in _WORDS.items())
_ANY_RESULT = "|".join(_WORDS.values())
_RANGE = r"(?!(?:\s*(?:range|values?|limits?|for \w+|is|up to|less than|below|under|:|=))*\s*[<>≤≥]?\s*\d)"
"""After a result word that follows a value: "normal 10-40" is a range, not a verdict."""
_RESULT_ZH = (
    rf"(?={_HOW_MUCH}?(?:[升增降减偏下][高低降]|[增加]快|延长|缩短)|[弱强]?阳性|阴性|正常|"
    r"[(（]\s?[-−－+＋]{1,4}\s?[)）]|[↑↓⬆⬇])"
)
TEST_ZH = "(?:计数|总数|测定值?|浓度|含量|水平|定量)"
"""Behind the name of what is measured, in the full name of a test."""
NAMED_ZH = rf"(?={_HOW_MUCH}?(?:[升增]高|偏[高低]|[降减]低)|\s?[↑↓⬆⬇])"
"""Behind the name of a test whose values are read as measurements; not "下降", which may be the effect of treatment."""
GLUED = (
    rf"(?:(?<={HAN_CLASS})(?:(?:为|是|占|约|高?达|升至|升高至|降至)\s?)?(?=\d)|(?=[<>]\s?\d)|"
    rf"(?<=[A-Za-z])(?=\d[\d.,]*\s?(?:[mnpuµμ]?(?:g|mol|I?U)/|mm ?Hg|%))|(?-i:(?<=N)(?=0\.\d))|{_RESULT_ZH})"
)
"""Where a value follows its name without a space: a Chinese name, a sign, letters if it has a unit, or a word."""
_OTHER_UNIT = r"(?:[^\s\d,，.。;；、()（）]{1,5}/[^\s\d,，.。;；、()（）]{1,4}(?=\s?[↑↓⬆⬇]))?"
"""A unit of which no range is known, before the laboratory's mark."""


def _earlier(units: str) -> str:
    """The values of a trend before the present one: "12 -> 340", "from 12 to 340", "12, repeat 340"."""
    value = rf"[<>~]?\s?\d[\d.,]{{0,7}}(?<![.,])\s?(?:(?:{units})\s?)?(?:\([^()\n]{{1,16}}\)\s?)?"
    again = rf"(?:then|now|(?:on )?repeat(?:ed)?)\b:?\s(?!{CLOCK}(?!\s?(?:{units})))(?=[<>~]?\s?\d\d|\d[.,]\d)"
    return (
        rf"(?:(?:(?:rose|rising|risen|up|increased|fell|down)\s)?from\s{value}to\s(?=\d))?"
        rf"(?:{value}(?:(?:-+>|→|>(?=\s?\d))\s?(?:{again})?|[,;]?\s?{again}))"
        "{0,6}"
    )


@dataclass(frozen=True, slots=True)
class Scale:
    """The normal range in a unit, and the values (``least`` to ``most``) plausible in it if no unit is written."""

    unit: str
    low: float
    high: float
    least: float = 0
    most: float = math.inf


@dataclass(frozen=True, slots=True)
class Analyte:
    """A laboratory test.

    Attributes:
        names: pattern of its names.
        below, above: findings of a low value, and of a high or positive one, each as
            :func:`~knowledge.medical.codes.code_of` takes it; empty when it stands for none.
        scales: normal values by unit; none if only words are read. Without a unit in the text, all scales in which the
            value is plausible must agree.
        of_children: whether the scales also hold for children.
        high_in_children: in the first scale's unit: what is above it and the range is high at any age; of other values
            of children nothing is known.
        is_a_level: whether "positive" and "negative" are never said of it: "anti-HAV IgM positive" is no raised IgM.
        of_injury: whether the highest of several values counts, as for heart muscle, since it falls after the injury.
    """

    names: str
    below: str = ""
    above: str = ""
    scales: tuple[Scale, ...] = ()
    of_children: bool = False
    high_in_children: float = math.inf
    is_a_level: bool = False
    of_injury: bool = False
    regex: Deferred = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        unit = "|".join(scale.unit for scale in self.scales) or r"(?!)"
        object.__setattr__(
            self,
            "regex",
            Deferred(
                rf"(?:{self.names})(?: (?:levels?|titers?|count|conc\w*)|{TEST_ZH})?"
                rf"(?:\s*[:=：]\s*|\s+(?:(?:is|was|are|were|of)\s+)?(?:(?:both|all)\s+)?|{GLUED})(?:[↑↓⬆⬇]{{1,3}}\s?(?=[<>~]?\s?\d))?(?P<earlier>(?>{_earlier(unit)}))"
                rf"(?:(?:(?P<than>[<>])|~)?\s?{_NUMBER}\s*(?P<unit>{unit})?{_OTHER_UNIT}(?:[^.;,\n()]{{0,12}}\((?:[^()]{{0,12}}\s)?(?=(?:{_ANY_RESULT}){_RANGE}))?"
                rf")?(?:(?:{_RESULT})(?(value){_RANGE}))?(?:(?<=[↑↓⬆⬇])|(?(unit)(?![A-Za-z0-9_-])|(?![\w-])))",
                re.IGNORECASE,
            ),
        )


def in_unit(unit: str, low: float, high: float, least: float = 0) -> tuple[Scale, ...]:
    """The scales of a test that is measured in one unit."""
    return (Scale(unit, low, high, least),)
