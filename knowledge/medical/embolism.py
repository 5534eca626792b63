"""Where "PE" is an embolism and not the physical examination: next to a word of doubt, denial or kind."""

import re

PULMONARY_EMBOLISM = "HP:0002204"
_EMBOLISM = re.compile(
    r"(?:\?\s?|(?i:\b(?:r/?o|rul(?:e|ed|es|ing) out|query|suspect\w*|suspicion of|possible|probable|(?:un)?likely|"
    r"exclud\w+|acute|massive|sub-?massive|bilateral|saddle|(?:sub)?segmental|(?:un)?provoked|recurrent|prior|previous|"
    r"history of|h/o|hx of|for|no|with|known)\s|\bDVTs?(?:\s?[/&]\s?|\s(?:and|or)\s)))(?P<is>PEs?)\b(?!\s?[:=])"
    r"|\b(?P<named>PEs?)(?=\s(?:on|seen on|confirmed)\b|\s?(?:/|\bor\b|\band\b)\s?DVT\b)"
)


def embolisms(text: str) -> list[tuple[int, int]]:
    """Offsets of each "PE" that is one."""
    return [match.span(match.lastgroup or 0) for match in _EMBOLISM.finditer(text)]
