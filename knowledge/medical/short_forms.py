"""Abbreviations of two letters that name an emergency only next to a word of doubt, denial or kind.

"PE" is the physical examination, too; "SI" the sacroiliac joint, a unit, or the first heart sound.
"""

import re
from collections.abc import Iterator

_DOUBT = (
    r"r/?o|rul(?:e|ed|es|ing) out|query|suspect\w*|possible|probable|prior|previous|history of|h/o|hx of|no|with|known"
)
_PE = re.compile(
    rf"(?:\?\s?|(?i:\b(?:{_DOUBT}|suspicion of|(?:un)?likely|exclud\w+|acute|massive|sub-?massive|bilateral|saddle|"
    r"(?:sub)?segmental|(?:un)?provoked|recurrent|for)\s|\bDVTs?(?:\s?[/&]\s?|\s(?:and|or)\s)))(?P<is>PEs?)\b(?!\s?[:=])"
    r"|\b(?P<named>PEs?)(?=\s(?:on|seen on|confirmed)\b|\s?(?:/|\bor\b|\band\b)\s?DVT\b)"
)
_SI = re.compile(
    rf"(?:[?+]\s?|(?i:\b(?:{_DOUBT}|denie[sd]|denying|endors\w+|reports?|express\w+|active|passive|current|ongoing|chronic|"
    r"positive for|negative for|neg|has|having|w/)\s))(?P<is>SI)\b"
    r"(?!\s?(?:[+&,/]|and)?\s?(?:S2|SII|units?|joints?|tender\w*|pain|dysfunction|fusion|injection|screw)\b)"
    r"|\b(?P<named>SI)(?=\s?(?:/|or\s|and\s)\s?HI\b)"
)
_FORMS = (("HP:0002204", _PE), ("HP:0031589", _SI))


def short_forms(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of each that is one, and the code of what it names."""
    for code, regex in _FORMS:
        for match in regex.finditer(text):
            yield *match.span(match.lastgroup or 0), code
