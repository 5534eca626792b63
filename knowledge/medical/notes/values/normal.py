"""Words that say by themselves that a finding is not there: "afebrile", "normotensive", "体温正常"."""

import re
from collections.abc import Iterator

from ...case import Status
from ..characters import plain
from ..context.assertion import contexts
from ..context.cue_rules import Assertion
from .analytes import Result

_WORDS = {
    r"afebrile|apyrexi[ac]l?|apyretic|体温正常(?![值范])": ("HP:0001945",),
    r"normothermic": ("HP:0001945", "HP:0002045"),
    r"normotensive(?!\s+(?:on|with|under|since)\b)": ("HP:0000822", "HP:0002615"),  # under treatment it is no denial
    r"eupno?eic": ("HP:0002094", "HP:0002789"),
    r"normocardi[ac]": ("HP:0001649", "HP:0001662"),
    r"acyanotic|acyanosed": ("HP:0000961",),
    r"anicteric": ("HP:0000952",),
    r"normocephalic": ("HP:0000252", "HP:0000256"),
}
_WORD = re.compile(
    rf"(?<![A-Za-z-])(?=[aen体])(?:{'|'.join(f'({words})' for words in _WORDS)})(?![A-Za-z])", re.IGNORECASE
)
_CODES = tuple(_WORDS.values())


def read_normal(text: str) -> Iterator[Result]:
    """Each such word that is said of the patient now, and the findings that it denies."""
    found = list(_WORD.finditer(plain(text)))
    said = contexts(text, [match.span() for match in found])
    for match, context in zip(found, said, strict=True):
        if context.assertion is Assertion.PRESENT and not context.is_past:
            yield Result(*match.span(), tuple((code, Status.ABSENT) for code in _CODES[(match.lastindex or 1) - 1]))
