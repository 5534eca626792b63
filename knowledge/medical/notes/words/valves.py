"""Heart valve lesions in two letters: "severe AS", "mild MR, TR".

The letters have other meanings (multiple sclerosis, magnetic resonance, allergic rhinitis, "as"), so they count only
after a grade or, as an item of a list, in a sentence about valves; AR and MS need that even with a grade.
"""

import re
from collections.abc import Iterator

_MEANINGS = {
    "AS": "aortic stenosis",
    "AR": "aortic regurgitation",
    "MS": "mitral stenosis",
    "MR": "mitral regurgitation",
    "TR": "tricuspid regurgitation",
}
_SHORT = rf"(?:{'|'.join(_MEANINGS)})"
_NAMED = re.compile(rf"\b{_SHORT}\b")
_ITEM_ENDS = r"(?=\s*(?:[,.;)/+&\n]|$)|\s(?:and|or|with|on echo|s/p)\b)"
_GRADED = re.compile(  # not in capitals: "PAIN SEVERE AS BEFORE"
    rf"\b(?:[Tt]race|[Tt]rivial|[Mm]ild|[Mm]oderate|[Mm]od|[Ss]evere|[Cc]ritical|[Tt]orrential)\s(?P<is>{_SHORT})\b"
    rf"{_ITEM_ENDS}"
)
_LISTED = re.compile(
    rf"(?:^|[,;:&+]\s?|\b(?:[Nn]o|and|has|[Kk]nown|with|[Rr]heumatic)\s)(?P<is>{_SHORT})\b{_ITEM_ENDS}", re.MULTILINE
)
_OF_VALVES = re.compile(
    r"\b(?:echo(?:cardiogra\w+)?|TTE|TOE|TEE|valv\w+|murmurs?|rheumatic|aortic|mitral|tricuspid|bicuspid|regurgitation|"
    r"AVR|MVR|TAV[IR]|AVA|MVA|(?:LV)?EF)\b",
    re.IGNORECASE,
)
_SOMETHING_ELSE = re.compile(
    r"spondyl|uveitis|HLA|BASDAI|retard|development|autis|learning|multiple sclerosis|rhinitis|"
    r"\bMRI?\s(?:brain|spine|head)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?:[^.;\n]|\.(?=\d))+")
_ALONE = {"AS", "MR", "TR"}  # for which a grade suffices


def valve_lesions(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of each, and its name in full, in the order of the text."""
    for sentence in _SENTENCE.finditer(text):
        if not _NAMED.search(sentence[0]) or _SOMETHING_ELSE.search(sentence[0]):
            continue
        graded = {found.span("is") for found in _GRADED.finditer(text, *sentence.span())}
        is_of_valves = any(text[slice(*span)] in _ALONE for span in graded) or _OF_VALVES.search(sentence[0])
        listed = {found.span("is") for found in _LISTED.finditer(text, *sentence.span())}
        for span in sorted(graded | listed) if is_of_valves else ():
            yield *span, _MEANINGS[text[slice(*span)]]
