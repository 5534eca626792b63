"""Words that by themselves say that a finding is absent: "afebrile", "normotensive", "体温正常"."""

import re
from collections.abc import Iterator

from ...case import Status
from ...codes import code_of
from ..characters import plain
from ..context.assertion import contexts
from ..context.cue_rules import Assertion
from .results import Result

_WORDS = {
    r"afebrile|apyrexi[ac]l?|apyretic|体温正常(?![值范])": ("HP:0001945 Fever",),
    r"双下肢(?:均|亦)?(?:不肿|[未无]肿)(?![块物瘤痛])": ("HP:0010741 Pedal edema",),
    r"normothermic": ("HP:0001945 Fever", "HP:0002045 Hypothermia"),
    r"normotensive(?!\s+(?:on|with|under|since)\b)": (
        "HP:0000822 Hypertension",
        "HP:0002615 Hypotension",
    ),  # under treatment it negates nothing
    r"eupno?eic": ("HP:0002094 Dyspnea", "HP:0002789 Tachypnea"),
    r"normocardi[ac]": ("HP:0001649 Tachycardia", "HP:0001662 Bradycardia"),
    r"acyanotic|acyanosed": ("HP:0000961 Cyanosis",),
    r"anicteric": ("HP:0000952 Jaundice",),
    r"normocephalic": ("HP:0000252 Microcephaly", "HP:0000256 Macrocephaly"),
}
_WORD = re.compile(
    rf"(?<![A-Za-z-])(?=[aen体双])(?:{'|'.join(f'({words})' for words in _WORDS)})(?![A-Za-z])", re.IGNORECASE
)
_CODES = tuple(tuple(map(code_of, findings)) for findings in _WORDS.values())


def read_normal(text: str) -> Iterator[Result]:
    """Each such word about the patient's present state, and the findings that it negates."""
    found = list(_WORD.finditer(plain(text)))
    said = contexts(text, [match.span() for match in found])
    for match, context in zip(found, said, strict=True):
        if context.assertion is Assertion.PRESENT and not context.is_past:
            yield Result(*match.span(), tuple((code, Status.ABSENT) for code in _CODES[(match.lastindex or 1) - 1]))
