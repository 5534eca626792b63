"""A bare quadrant of the belly is a complaint ("migrated to RLQ"), unless something else is there: "scar RUQ"."""

import re

from ...codes import codes_of

QUADRANTS = codes_of(
    "R1:0003 Right lower quadrant pain",
    "R1:0004 Left lower quadrant pain",
    "R1:0005 Right upper quadrant pain",
)
_QUADRANT = r"(?:[RL][UL]Q|(?:right|left) (?:upper|lower) quadrant)"
_ALONE = re.compile(_QUADRANT, re.IGNORECASE)
_PAIN = (
    r"(?<!non-)(?<!non )(?<!not )(?<!nor )\b(?:pain\w*|tender\w*|TTP|colic\w*|aches?|aching|discomfort|cramp\w*|"
    r"sore\w*|hurt\w*|guarding|peritoni\w+|rebound|burning)(?![\w-])(?! (?:free|relief|score))"
)
_ELSE = (
    r"(?<!for )\b(?:scar\w*|drains?|\w{0,9}stom(?:a|y)|scan\w*|USS?|U/S|ultrasound\w*|sono\w*|CT|MRI|x-?ray|"
    r"mass(?:es)?|lumps?|hernias?|bulg\w+|port|PEG|PD|tube|catheter|pump|dressing|wounds?|stab\w*|incisions?|"
    r"sutur\w+|clips|stitch\w*|biops\w+|resection|surgery|graft|transplant|kidney|bruits?|bowel sounds|BS|bruis\w+|"
    r"ecchymos[ie]s|ha?ematomas?|lipomas?|cysts?|moles?|rash|lesions?|abscess\w*|collections?|fluid|asci\w+|"
    r"paracentesis|insulin|inject\w*)\b"
)
_NOTHING = (
    r"\b(?:soft|non-?\s?tender|SNT|NT|NAD|normal|unremarkable|clear|benign|"
    r"(?:no|not|nil|without)\s(?:\w+\s){0,2}?(?:tender\w*|pain\w*|mass\w*))\b"
)
_NO_PAIN = rf"(?:(?!{_PAIN})[^.,;:\n])"
_BEFORE = re.compile(  # and other quadrants with it: "bowel sounds in RUQ, RLQ"
    rf"{_ELSE}{_NO_PAIN}{{0,30}}(?:{_QUADRANT}(?:,| ?/| ?&| and| or) ?){{0,3}}$", re.IGNORECASE
)
_BEHIND = re.compile(
    rf"\s?[:-]?\s?(?:(?:is|was)\s)?{_NOTHING}|"
    # except for something that is itself tender: "RUQ mass, tender"
    rf"\s?:?{_NO_PAIN}{{0,20}}?{_ELSE}(?!{_NO_PAIN}{{0,20}}(?:,\s)?{_PAIN})",
    re.IGNORECASE,
)


def is_pain(text: str, start: int, end: int) -> bool:
    """Whether words read as pain of a quadrant mean pain."""
    if not _ALONE.fullmatch(text, start, end):
        return True
    return not _BEFORE.search(text[max(0, start - 120) : start]) and not _BEHIND.match(text, end)
