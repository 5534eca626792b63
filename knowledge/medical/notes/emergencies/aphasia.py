"""What "could not speak" means: no words (aphasia), no breath for a sentence, or neither: "could not speak to him"."""

import re

from ...codes import code_of

APHASIA = code_of("HP:0002381 Aphasia")
_DYSPNEA = code_of("HP:0002094 Dyspnea")
_BREATHLESS = re.compile(
    r"\s+(?:(?:in\s+)?(?:an?\s+)?(?:(?:complete|whole|full|entire|long)\s+)*(?:sentence|phrase)s?"
    r"|more\s+than\s+(?:[\w-]+\s+){1,3}?(?:word|sentence|phrase)s?)\b",
    re.IGNORECASE,
)
_TRACH = r"trach(?:ed|eo?stom\w+)?\b"
_OTHERWISE = re.compile(
    r"\s+(?:(?:to|due|because|secondary|2/2|more\s+than)\b"
    r"|with\s+(?:the|his|her|their|him|them|my|our|us|me|family|staff|Dr)\b"
    r"|(?:(?:in|any|much)\s+)*(?:English|French|German|Dutch|Greek|Arabic|Hindi|Urdu|Punjabi|Korean|Mandarin|Cantonese|"
    r"Thai|Tagalog|Farsi|Somali|Creole|[a-z]+(?:ese|ish|ian))\b"
    rf"|\(?(?:(?:as|while|with|is|has|an?|she|he|pt)\s+)*(?:intubated\b|{_TRACH}))"
    rf"|,\s+{_TRACH}",
    re.IGNORECASE,
)
_AIRWAY = re.compile(rf"\b(?<!not )(?:intubated\b|{_TRACH})", re.IGNORECASE)
_OF_ITSELF = re.compile(
    r"\b(?:sudden|abrupt|acute|extubat|decannulat|ago|previous|prior|hx|history|20\d\d)", re.IGNORECASE
)
_TUBE = re.compile(r"(?<!否认)(?:(?:气管|经口|经鼻|口腔|鼻腔)插管|气管切开|气切)(?:(?!突|拔管)[^。；\n]){0,8}$")
_BEFORE = 20  # characters


def is_of_a_tube(text: str, start: int, end: int) -> bool:
    """Whether Chinese words for being unable to speak directly follow a tube: "气管插管，不能言语"; not "失语"."""
    return text[start:end] != "失语" and _TUBE.search(text, max(0, start - _BEFORE), start) is not None


def meaning(phrase: str, before: str, after: str) -> str:
    """The code that a ``phrase`` of aphasia means, given the text before and after it; empty if none."""
    if not phrase.lower().endswith("speak"):
        return APHASIA
    if _BREATHLESS.match(after):
        return _DYSPNEA
    has_airway = _AIRWAY.search(before) is not None and _OF_ITSELF.search(before) is None
    return "" if has_airway or _OTHERWISE.match(after) else APHASIA
