"""How far liver and spleen reach below the ribs: ``liver 5 cm, spleen 2 cm``, ``spleen palpable 4 cm BCM``.

A liver of up to 2 cm may be normal, in infants above all; a spleen that can be felt is large. The Chinese ones stand
in :mod:`.qualities`.
"""

import re
from collections.abc import Iterator

from ...codes import code_of
from ..numbers import readings
from ..scan import PatternScan

_LARGE = {  # with the most that may be normal, cm
    "liver": (code_of("HP:0002240 Hepatomegaly"), 2.0),
    "spleen": (code_of("HP:0001744 Splenomegaly"), 0.5),
}
_BELOW = (
    r"\s?(?:\w+ )?(?:below|under|beneath|from|past) (?:the )?(?:\w+ )?(?:costal |rib )?(?:margins?|ribs?|rib cage)|"
    r"\s?(?:BCM|BLCM|BRCM|\(?below)"
)
_BARE = r"(?=\s*(?:[,;.)\n]|$|(?:and|with|firm|soft|smooth|tender|palpable|no)\b))"
_SIZE = re.compile(
    r"\b(?P<organ>liver|spleen)(?: (?:edge|tip|is|was|palpable|palpated|felt|enlarged|firm|soft|smooth|tender|"
    r"non-?tender|"
    r"extends|to|at|about|just|approximately|~|and))*:? ?"
    rf"(?P<cm>\d{{1,2}}(?:[.,]\d)?)(?:\s?[-–]\s?\d{{1,2}})?\s?cm(?! (?:x|by)\b)(?:(?P<below>{_BELOW})|{_BARE})",
    # "Liver 5 cm and spleen 14 cm below the costal margins" is below of both
    re.IGNORECASE,
)
_MOST_BARE = 10.0
"""cm; more is how long the organ is, unless the ribs are named."""
_SCAN = PatternScan([_SIZE])


def large_organs(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of a size that is not normal, and the code of the large organ."""
    for _, match in _SCAN.find(text):
        code, most_normal = _LARGE[match["organ"].lower()]
        size = readings(match["cm"])[0]
        if size > most_normal and (match["below"] or size <= _MOST_BARE):
            yield *match.span(), code
