"""Blows to the head as clinicians write them: "headstrike", "hit back of head on kerb", "枕部着地".

What patients say of them ("I hit my head") is in :mod:`.common`. Whether it happened is for the context to decide.
"""

import re
from collections.abc import Iterator

HEAD_INJURY = "R1:0151"
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
    r"|(?:(?<![石木砖枕车船镜骨肩膝指趾拳])头|枕|额|颞|(?<=[左右头])顶|后脑)(?:部|勺)?先?(?:着地|触地|落地|被[砸打撞踢击]|撞[到在击伤]|磕[到在伤])"
    r"|(?:[撞磕碰砸摔](?:到|伤|击|中|了)|击[打中])(?:头|枕|额|颞|后脑)(?:部|勺)?",
    re.IGNORECASE,
)


def head_injuries(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets and code of each."""
    if _SOUGHT.search(text):
        yield from ((*match.span(), HEAD_INJURY) for match in _BLOW.finditer(text))
