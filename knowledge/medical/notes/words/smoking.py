"""Whether smoking is over: "ex-smoker", "stopped smoking 2010", "吸烟30年，已戒5年". It remains a risk, of the past."""

import re

from ...codes import code_of

SMOKING = code_of("R1:0181 Smoking")
_ENDED = r"(?:stopped|(?<!to )quit|gave up|given up|ceased|packed in)"
_NOT = r"(?<!not )(?<!n't )(?<!never )(?<!yet )"
_BEFORE = re.compile(
    rf"(?:\b(?:ex|former|used to)|{_NOT}\b{_ENDED})[ -](?:(?:heavy|cigarettes?|tobacco|all)[ -])?$|"
    r"\b(?:ex|former)[ -]?smoker[\W\d]{0,8}$",
    re.IGNORECASE,
)
_AMOUNT = (
    r"(?:(?:status|history|hx|heavy|cigarettes?|cigs?|tobacco|pack[- ]?years?|years?|yrs?|a|per|/|day|week|for|from|x|"
    r"of|he|she|but|and|then|has|had|now)\b|[\d~,:=()/ –-])*"
)
_AFTER = re.compile(
    rf"{_AMOUNT}\b(?:ex\b|former\b|until (?:19|20)\d\d|{_ENDED}"
    r"(?=\s*(?:[.,;)\n]|$)|\s(?:smok\w+|in|at|on|for|since|aged?|last|\d+|(?:a few|several|many|some) years)\b))",
    re.IGNORECASE,
)
_GIVEN_UP_ZH = re.compile(
    r"[^。；\n]{0,16}?(?<![未没劝嘱不议需应求法])(?P<is>(?:已经?|现|后|均|遂)戒(?!酒)烟?|戒烟(?:已|了|(?=\d|[一二两三四五六七八九十])))"
)


def given_up(text: str, start: int, end: int) -> str:
    """The words at a mention of smoking that tell that it is over; empty if none do."""
    before = _BEFORE.search(text, max(0, start - 30), start)
    after = _AFTER.match(text, end, min(len(text), end + 60))
    told = before or after or _GIVEN_UP_ZH.match(text, end)
    if told is None:
        return ""
    return (told["is"] if "is" in told.re.groupindex else told[0]).strip(" ,，-:")
