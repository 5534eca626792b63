"""Defibrillator shocks: "VF, 3 shocks, ROSC" is no shock of the circulation, "VF arrest, then in shock" is."""

import re

from ...codes import code_of
from ..context.assertion import sentence_around

SHOCK = code_of("HP:0031273 Shock")
_COUNT = re.compile(
    r"(?<![\w./])(?<!day )(?<!class )(?<!grade )(?<!stage )(?<!type )(?:x\s?)?(?:\d{1,2}|one|single)\s?(?:x\s?)?$",
    re.IGNORECASE,
)
_COUNT_BEHIND = re.compile(
    r"\s?(?:[x×]\s?\d{1,2}\b(?!\s?(?:d|h|w|m|/))|at\s\d{2,3}\s?J\b|\d{2,3}\s?J\b)", re.IGNORECASE
)
_GIVEN = re.compile(
    r"\s?(?:once|twice|into|out of|back|by (?:crew|AED|EMS|paramedics|the|his|her|ICD)|with \d{2,3}\s?J)\b",
    re.IGNORECASE,
)
_RHYTHM = re.compile(
    r"\b(?:p?VF|p?VT|V-?fib|V-?tach|arrest\w*|ROSC|defib\w*|AED|ICD|CPR|asystole|PEA)\b", re.IGNORECASE
)


def is_electric(text: str, start: int, end: int) -> bool:
    """Whether a bare "shock" is of a defibrillator: in the plural, counted or given."""
    word = text[start:end].lower()
    if word == "shocks":
        return True
    if word not in ("shock", "shocked"):
        return False
    if _COUNT_BEHIND.match(text, end) or (word == "shocked" and _GIVEN.match(text, end)):
        return True
    before, after = sentence_around(text, start, end)
    return _COUNT.search(before) is not None and _RHYTHM.search(before + after) is not None
