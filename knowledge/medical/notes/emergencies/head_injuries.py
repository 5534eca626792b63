"""Blows to the head as clinicians write them: "headstrike", "hit back of head on kerb", "枕部着地".

Patients' words for them ("I hit my head") are in :mod:`...common`. The context decides whether it happened.
"""

import re
from collections.abc import Iterator

from ...codes import code_of

HEAD_INJURY = code_of("R1:0151 Head injury")
FALL = code_of("R1:0150 Fall or injury")
_WHOSE = r"(?:(?:the|his|her|their|my|an?|R|L|right|left|back|side|front|top|of) )*"
_PART = r"(?:head|forehead|temple|occiput|scalp|skull)\b"
_NO_PART = r"(?!-on\b| on (?:collision|crash|RT[AC]|MV[AC])| ?(?:board|light|rest)| (?:teacher|bells?)\b| of\b)"
_SOUGHT = re.compile(
    "head|temple|occip|scalp|skull|brow|black eye|orbital|parietal|头|枕|额|颞|顶|后脑|眉", re.IGNORECASE
)
_BLOW = re.compile(
    r"\bhead[ -]?str(?:ike|uck)\b|\bhead inj\b"
    rf"|\b(?:hit|hits|hitting|str(?:ik(?:es?|ing)|uck)|bang(?:s|ed|ing)?|bump(?:s|ed|ing)?|knock(?:s|ed|ing)|crack(?:s|ed|ing)|"
    rf"smash(?:es|ed|ing)) {_WHOSE}{_PART}{_NO_PART}"
    rf"|\b(?:(?:hit|struck|kick(?:s|ed)?|punch(?:es|ed)?|stamped) (?:in|on|to|over)|"
    rf"(?:blows?|bump|bang|knock|impact|injury|trauma) to) {_WHOSE}{_PART}{_NO_PART}"
    rf"|\b(?:land(?:s|ed|ing)?|fell|falling) (?:(?:back|for)wards? |down )?(?:on|onto) {_WHOSE}{_PART}{_NO_PART}"
    rf"|\bdropped (?:on|onto) (?:his |her |its |(?=head (?:by|from)\b))head\b{_NO_PART}"
    r"|\b(?:scalp|forehead|head) (?:ha?ematomas?|lac(?:s|erations?)?|contusions?|bruis(?:e|es|ing))\b"
    r"|\bha?ematomas? (?:to|on|over) (?:(?:the|his|her|their) )?(?:(?:back|side|front|top) of (?:(?:the|his|her) )?)?"
    r"(?:scalp|forehead|head|occiput)\b"
    r"|头皮(?:血肿|裂伤|挫伤|挫裂伤)"
    r"|(?:(?<![石木砖枕车船镜骨肩膝指趾拳])头|枕|额|颞|(?<=[左右头])顶|后脑)(?:部|勺)?先?(?:着地|触地|落地|被[砸打撞踢击]|撞[到在击伤]|磕[到在伤])"
    r"|(?:[撞磕碰砸摔](?:到|伤|击|中|了)|击[打中])(?:头|枕|额|颞|后脑)(?:部|勺)?",
    re.IGNORECASE,
)
_WOUND = (
    r"(?:lac(?:s|erations?)?|ha?ematomas?|contusions?|bruis(?:e|es|ed|ing)|swelling|wounds?|gash|abrasions?|graze|"
    r"bump|lump)"
)
_WHERE = (
    r"(?:(?:to|on|onto|over|of|at|above|across|in|the|his|her|their|an?|R|L|right|left|back|side|front|top|both|"
    r"(?:mid|small|large|deep|boggy|superficial|fronto?|parieto?|temporo?)-?(?:al)?|\d+ ?(?:x ?\d+ ?)?[cm]m) )*"
)
_UNDER_HAIR = (  # NICE NG232 treats a merely grazed face separately
    r"(?<!radial )(?<!femoral )(?<!humeral )(?<!fibular )(?<!fibula )(?:head|forehead|temple|occiput|occipital|scalp|"
    r"parietal|eye ?brow|brow)(?! (?:of|CT|scan|inj|NAD|ok|arter\w*|heal\w*)\b)"
)
_MARK = re.compile(  # a wound left by a fall
    rf"\b{_WOUND} {_WHERE}{_UNDER_HAIR}\b|\b{_UNDER_HAIR} (?:(?:small|large|deep|boggy|scalp|\d+ ?[cm]m) )*{_WOUND}\b"
    r"|\bblack eyes?\b|\b(?:peri-?orbital|orbital) (?:ha?ematomas?|bruising|ecchymos[ie]s)\b"
    r"|(?:额|枕|颞|顶|(?<![骨肩膝指趾拳])头|后脑|眉)[部皮弓勺]?[^，。；\n]{0,4}?(?:血肿|裂伤|裂口|挫裂?伤|瘀[斑青血]|淤[青血]|肿包)",
    re.IGNORECASE,
)
_FALL = re.compile(
    r"(?<!no )(?<!any )(?<!nil )(?<!risk of )(?<!denies )(?<!prone to )(?<!sats )(?<!BP )(?<!Hb )(?<!GCS )\b(?:"
    r"f[ae]ll|falls|fallen|tripped|slipped|collapsed?)\b"
    r"(?! (?:asleep|ill|risk|clinic|alarm|precautions?|prevention|out|pregnant|(?:in|of) (?:BP|Hb|sats|GCS))\b|"
    r" (?:[\w-]+ ){1,2}(?:months?|mths?|years?|yrs?) ago\b)|"
    r"(?<!无)[摔跌][倒伤了下跤](?!史)",
    re.IGNORECASE,
)
_OF_ANOTHER_CAUSE = re.compile(
    r"\b(?:SCC|BCC|melanoma|excis\w+|biops\w+|cyst|lipoma|angio-?oedema|GCA|healed)\b", re.IGNORECASE
)
_BESIDE = 100  # characters between a fall and its mark

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
    """Whether a fall from a height or a crash cost consciousness, which implies a blow to the head.

    A fall from standing does not: a faint may have come first, and the old and drowsy fall.
    """
    is_hard = _FROM_HIGH.match(text, start) or _CRASH.search(text, start, end)
    return is_hard is not None and _STUNNED.match(text, end) is not None


def head_injuries(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets and code of each."""
    if _SOUGHT.search(text):
        blows = {match.span() for match in _BLOW.finditer(text)}
        marks = {match.span() for match in _MARK.finditer(text) if _is_of_a_fall(match)}
        yield from ((*span, HEAD_INJURY) for span in sorted(blows | marks))


def _is_of_a_fall(mark: re.Match[str]) -> bool:
    before = re.split("[,;.]", mark.string[max(0, mark.start() - 25) : mark.start()])[-1]
    after = re.split("[,;.]", mark.string[mark.end() : mark.end() + 25])[0]
    if _OF_ANOTHER_CAUSE.search(before + after):
        return False
    return _FALL.search(mark.string, max(0, mark.start() - _BESIDE), mark.end() + _BESIDE) is not None
