"""The verb that returns to the patient after a relative was mentioned in the same clause: "a girl whose brother has
measles has had a rash", "a man with a family history of colon cancer presents with rectal bleeding"."""

import re
from collections.abc import Iterator

from .cues_persons import COMPANION, RELATIVE

_COMES = (  # said of patients
    "(?:presents?|presented|comes?|came|attends?|attended|complains|"
    "(?:is|was|has been|had been) (?:seen|brought|referred|admitted|evaluated|reviewed|assessed|transferred))"
)
_OPENING = re.compile(
    r"\W{0,3}(?:an?|this|our|the)? ?(?:\d{1,3}|[a-z]+)[ -](?:years?|yrs?|months?|weeks?|days?|yo|y/?o)\b", re.IGNORECASE
)
_NOT_ITS_OWN = "".join(
    rf"(?<!\b{word}\s)" for word in ("and", "or", "but", "who", "which", "that", "also", "he", "she", "they", "it")
)
_WHOSE = re.compile(  # up to the first word of what the relative has or does
    rf"\bwhose (?:\w+ ){{0,2}}?(?:{RELATIVE}|{COMPANION})(?:'s? \w+)?"
    r"(?: (?:and|both|also|recently|just|has|have|had|is|are|was|were|been|(?:maternal|paternal) \w+))* \w+",
    re.IGNORECASE,
)
_VERB = re.compile(
    rf"{_NOT_ITS_OWN}\b(?:{_COMES}|has|had|is|was|develop(?:s|ed)|collapse[sd]|faint(?:s|ed)|fell|wakes|woke|notice[sd])\b",
    re.IGNORECASE,
)
_VERB_OF_OPENING = re.compile(rf"{_NOT_ITS_OWN}(?<!\w's\s)\b{_COMES}\b", re.IGNORECASE)
_OF_RELATIVE = re.compile(  # not "with two affected brothers is seen"
    rf"\b(?:whose|his|her|their) (?:\w+ ){{0,2}}?(?:{RELATIVE}|{COMPANION})\s$", re.IGNORECASE
)
_CLAUSE = re.compile(r"[^.;:\n]{0,200}")
_LONGEST_NAME = 60


def main_verbs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Offsets of the space before each such verb, which may itself be a finding, in a sentence about another person."""
    for whose in _WHOSE.finditer(text, start, end):
        clause = _CLAUSE.match(text, whose.end(), end)
        verb = _VERB.search(text, *clause.span()) if clause else None
        if verb:
            yield verb.start() - 1, verb.start()
    if _OPENING.match(text, start, end):
        verb = _VERB_OF_OPENING.search(text, start, end)
        if verb and not _OF_RELATIVE.search(text, max(start, verb.start() - _LONGEST_NAME), verb.start()):
            yield verb.start() - 1, verb.start()
