"""A blood pressure that differs between the arms by 20 mmHg or more, and a wide mediastinum in numbers."""

import re
from collections.abc import Iterator

from ...codes import code_of
from ..scan import PatternScan

_UNEQUAL = code_of("R1:0661 Widened mediastinum or unequal arm pressures")
_LEAST = 20
"""mmHg (2022 ACC/AHA Guideline for the Diagnosis and Management of Aortic Disease, high-risk findings)."""
_WIDE = 8.0
"""cm of the mediastinum on a chest film."""
_SIDE = r"(?: ?mm ?Hg)?(?:,? (?:in|on)| ?\()? ?(?:the |his |her )?(?:right|left|R|L)(?: arm| upper limb)?\)?"
_ARMS = re.compile(
    rf"(?<![\d/])(?P<one>\d{{2,3}})(?:/\d{{2,3}})?{_SIDE}[\s,;/]*(?:and |but |vs\.? |versus )?(?:only )?"
    rf"(?P<other>\d{{2,3}})(?:/\d{{2,3}})?{_SIDE}(?!\w)",
    re.IGNORECASE,
)
_ARM = r"(?:right|left|R|L) arm:? ?"
_ARMS_FIRST = re.compile(
    rf"\b{_ARM}(?P<one>\d{{2,3}})/\d{{2,3}}(?: ?mm ?Hg)?[\s,;/]*(?:and |vs\.? |"
    rf"versus )?{_ARM}(?P<other>\d{{2,3}})/\d{{2,3}}",
    re.IGNORECASE,
)
_ARM_ZH = r"[左右](?:侧)?上[肢臂](?:血压|BP)?[:：为约]?\s?"
_ARMS_ZH = re.compile(
    rf"{_ARM_ZH}(?P<one>\d{{2,3}})/\d{{2,3}}(?:\s?mm\s?Hg)?[\s，,、；;]*(?:而)?{_ARM_ZH}(?P<other>\d{{2,3}})/\d{{2,3}}(?:\s?mm\s?Hg)?",
    re.IGNORECASE,
)
_MEDIASTINUM = re.compile(
    r"\bmediastin(?:al width|um)(?: (?:of|is|was|measur\w+|width))*:? ?(?P<cm>\d{1,2}(?:\.\d)?) ?cm\b", re.IGNORECASE
)
_SCAN = PatternScan([_ARMS, _ARMS_FIRST, _ARMS_ZH, _MEDIASTINUM])


def unequal_arms(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of such values, and their code."""
    for _, match in _SCAN.find(text):
        if match.re is _MEDIASTINUM:
            is_high = float(match["cm"]) > _WIDE
        else:
            one, other = int(match["one"]), int(match["other"])
            is_high = min(one, other) >= 50 and abs(one - other) >= _LEAST
        if is_high:
            yield *match.span(), _UNEQUAL
