"""A quadrant of the belly named alone, which is a pain only beside words of one: "tender RUQ", not "scar RUQ"."""

import re

from ...codes import code_of

QUADRANTS = frozenset(
    map(
        code_of,
        (
            "R1:0003 Right lower quadrant pain",
            "R1:0004 Left lower quadrant pain",
            "R1:0005 Right upper quadrant pain",
        ),
    )
)
_ALONE = re.compile(r"(?:right|left) (?:upper|lower) quadrant|[RL][UL]Q", re.IGNORECASE)
_PAIN = (
    r"(?<!non-)(?<!non )(?<!not )(?<!nor )\b(?:pain\w*|tender\w*|colic\w*|aches?|aching|discomfort|cramp\w*|sore\w*|"
    r"hurt\w*|guarding|peritonism|rebound|burning)(?![\w-])(?! (?:free|relief|score))"
)
_BEFORE = re.compile(  # in the same clause, or as the place behind a comma: "pain, mainly RUQ"
    rf"{_PAIN}[^.,;:\n]{{0,60}}[ /(]$|"
    rf"{_PAIN}[^.,;:\n]{{0,30}}[,:] "
    r"(?:(?:in|to|the|mainly|mostly|worse|worst|esp\w*|locali[sz]ed|max\w*|over|now) ){0,4}$",
    re.IGNORECASE,
)
_BEHIND = re.compile(rf"[^.,;:\n]{{0,30}}?{_PAIN}", re.IGNORECASE)


def is_pain(text: str, start: int, end: int) -> bool:
    """Whether words that name the pain of a quadrant tell of one."""
    if not _ALONE.fullmatch(text, start, end):
        return True
    return _BEFORE.search(text[max(0, start - 120) : start]) is not None or _BEHIND.match(text, end) is not None
