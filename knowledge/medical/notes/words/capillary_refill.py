"""A slow capillary refill: ``CRT 5 s``, ``cap refill > 2``, ``毛细血管再充盈时间4秒``.

More than two seconds is slow (https://doi.org/10.1016/j.resuscitation.2015.01.010). HPO has no term for it but its
wider one.
"""

import re
from collections.abc import Iterator

from ...codes import code_of
from ..scan import PatternScan

SLOW_REFILL = code_of("HP:0025018 Abnormal capillary physiology")
_NAME = r"(?:cap(?:illary)?[ -]refill(?:ing)?(?: ?time)?|(?-i:CRT|CFT|CRFT))"
_HOW = r"(?:\s?[:=,(]|\s?(?:is|was|of|at|now|time|about|approx\w*|central(?:ly)?|peripheral(?:ly)?|~))*"
_SECONDS = r"(?:\s?(?:s|secs?|seconds?|秒)(?![A-Za-z])|\s?''|\s?\")"
_END = r"(?=\s*(?:[,;)\n，。；）]|\.(?!\d)|$))"
_NAME_ZH = r"(?:毛细血管再?充盈时间|甲床再?充盈时间|毛细血管再?充盈|CRT)"
_PATTERNS = (
    rf"(?<![A-Za-z-])(?P<is>{_NAME}{_HOW}\s?"
    rf"(?:[>≥]=?\s?[2-9](?:\.\d)?(?:{_SECONDS}|(?![.\d/%]))|(?:[3-9]|1\d)(?:\.\d)?(?:\s?[-–]\s?\d)?(?:{_SECONDS}|{_END})|"
    r"(?:prolonged|delayed|slow|sluggish|poor|increased)\b))",
    rf"(?<![A-Za-z])(?P<is>(?:prolonged|delayed|slow|sluggish|poor) {_NAME})(?![A-Za-z])",
    rf"(?P<is>{_NAME_ZH}(?:约|为|[:：]|\s|明显){{0,3}}"
    r"(?:[>＞≥]\s?[2-9]\s?(?:s|秒)?|(?:[3-9]|1\d)(?:\.\d)?(?:[-~]\d)?\s?(?:s|秒)|延长|缓慢|减慢))",
)
_SCAN = PatternScan([re.compile(pattern, re.IGNORECASE) for pattern in _PATTERNS])


def slow_capillary_refills(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of each, and its code."""
    return ((*match.span("is"), SLOW_REFILL) for _, match in _SCAN.find(text))
