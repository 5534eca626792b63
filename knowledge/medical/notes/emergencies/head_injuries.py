"""Blows to the head as clinicians write them: "headstrike", "hit back of head on kerb", "枕部着地".

What patients say of them ("I hit my head") is in :mod:`...common`. Whether it happened is for the context to decide.
"""

import re
from collections.abc import Iterator

from ...codes import code_of

HEAD_INJURY = code_of("R1:0151 Head injury")
FALL = code_of("R1:0150 Fall or injury")
_WHOSE = r"(?:(?:the|his|her|their|my|an?|R|L|right|left|back|side|front|top|of) )*"
_PART = r"(?:head|forehead|temple|occiput|scalp|skull)\b"
_NO_PART = r"(?!-on\b| on (?:collision|crash|RT[AC]|MV[AC])| ?(?:board|light|rest)| (?:teacher|bells?)\b| of\b)"
_SOUGHT = re.compile("head|temple|occiput|scalp|skull|头|枕|额|颞|顶|后脑", re.IGNORECASE)
_BLOW = re.compile(
    r"\bhead[ -]?str(?:ike|uck)\b|\bhead inj\b"
    rf"|\b(?:hit|hits|hitting|str(?:ik(?:es?|ing)|uck)|bang(?:s|ed|ing)?|bump(?:s|ed|ing)?|knock(?:s|ed|ing)|crack(?:s|ed|ing)|"
    rf"smash(?:es|ed|ing)) {_WHOSE}{_PART}{_NO_PART}"
    rf"|\b(?:(?:hit|struck|kick(?:s|ed)?|punch(?:es|ed)?|stamped) (?:in|on|to|over)|"
    rf"(?:blows?|bump|bang|knock|impact|injury|trauma) to) {_WHOSE}{_PART}{_NO_PART}"
    rf"|\b(?:(?:land(?:s|ed|ing)?|fell|falling) (?:on|onto) {_WHOSE}|"
    r"dropped (?:on|onto) (?:his |her |its |(?=head (?:by|from)\b)))"
    rf"head\b{_NO_PART}"
    r"|\b(?:scalp|forehead|head) (?:ha?ematomas?|lac(?:s|erations?)?|contusions?|bruis(?:e|es|ing))\b"
    r"|\bha?ematomas? (?:to|on|over) (?:(?:the|his|her|their) )?(?:(?:back|side|front|top) of (?:(?:the|his|her) )?)?"
    r"(?:scalp|forehead|head|occiput)\b"
    r"|头皮(?:血肿|裂伤|挫伤|挫裂伤)"
    r"|(?:(?<![石木砖枕车船镜骨肩膝指趾拳])头|枕|额|颞|(?<=[左右头])顶|后脑)(?:部|勺)?先?(?:着地|触地|落地|被[砸打撞踢击]|撞[到在击伤]|磕[到在伤])"
    r"|(?:[撞磕碰砸摔](?:到|伤|击|中|了)|击[打中])(?:头|枕|额|颞|后脑)(?:部|勺)?",
    re.IGNORECASE,
)

_FROM_HIGH = re.compile(
    r"(?:fell (?:off|from)|thrown from)(?! (?:(?:a|the|her|his) )?(?:standing|sitting|chair|seat|own height)\b)"
    r"|fell down(?= (?:(?:the|a|\w+) )?(?:stairs|steps|escalator|flight|ladder)\b)",
    re.IGNORECASE,
)
_CRASH = re.compile(r"\b(?:by|crash|collision|accident|MV[AC])\b", re.IGNORECASE)
_NOT_DENIED = r"(?!\b(?:no|nil|not|denie[sd]|denying|without|w/o|never)\b(?! (?:a )?(?:wearing|helmet|seat)))[^;\n]"
_ANOTHER = (
    r"(?:(?:\bfriend|\bother (?:driver|rider|person|party)|\bpassenger,? (?:and )?(?:the )?driver)"
    r"(?: (?:was|is|found))? (?:unconscious|unresponsive|drowsy|knocked out)\b)"
)
_STUNNED = re.compile(
    rf"(?:{_ANOTHER}|(?!{_ANOTHER}){_NOT_DENIED}){{0,80}}?\b(?:LOC\b|loss of consciousness|lost consciousness|"
    r"unconscious|knocked out|(?:unequal|blown) pupils?|drowsy|obtunded|unresponsive|"
    r"GCS:? ?(?:[3-9]|1[0-4])\b)(?!\s?[:=-]| friend\b)",
    re.IGNORECASE,
)


def is_to_the_head(text: str, start: int, end: int) -> bool:
    """Whether a fall from a height, or a crash, took consciousness: a blow to the head that nobody need have seen.

    Who falls from standing may have fainted first, and who is old and drowsy falls.
    """
    is_hard = _FROM_HIGH.match(text, start) or _CRASH.search(text, start, end)
    return is_hard is not None and _STUNNED.match(text, end) is not None


def head_injuries(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets and code of each."""
    if _SOUGHT.search(text):
        yield from ((*match.span(), HEAD_INJURY) for match in _BLOW.finditer(text))
