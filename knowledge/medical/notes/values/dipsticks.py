"""What a dipstick or a microscope found in urine: "dip nit + leuc +++ bld +", "urinalysis: blood 2+, nitrite negative",
"urine dipstick positive for leukocytes and nitrites", "U/A: WBC 30-40/hpf"."""

import re
from collections.abc import Iterator

from ...case import Status
from ...codes import code_of
from ..characters import plain
from .results import Result
from .stated import left_out

_FINDINGS = {
    "nitrites": (r"nit(?:rites?)?", "HP:0031812 Nitrituria"),
    "leukocytes": (r"leu[ck]o?(?:cyte)?s?(?: esterase)?|(?-i:LE)|white cells", "HP:0012085 Pyuria"),
    "blood": (r"bl(?:oo)?d|ha?em(?:oglobin)?|red cells|(?-i:RBCs?)", "HP:0000790 Hematuria"),
    "protein": (r"prot(?:ein)?", "HP:0000093 Proteinuria"),
    "ketones": (r"ket(?:one)?s?", "HP:0002919 Ketonuria"),
    "glucose": (r"(?<!blood )gluc?(?:ose)?", "HP:0003076 Glycosuria"),
}
_HEAD = re.compile(
    r"(?<![A-Za-z])(?:dip(?:s?tick|ped)?|urinalysis|U/?A|urine(?: micro\w*|(?=\s?(?::|[1-4]\s?\+|\+\+))))(?![A-Za-z])",
    re.IGNORECASE,
)
_REACH = re.compile(r"(?:[^.;\n]|\.\d){0,200}")
_NAME = "|".join(names for names, _ in _FINDINGS.values())
_NAMES = rf"(?<![A-Za-z])(?:{_NAME})(?:(?:\s?[/&,]\s?| and | or )(?:{_NAME})(?![A-Za-z])){{0,5}}"
_FOUND = r"(?:[1-4]\s?\+|\+{1,4})(?:ve\b)?|pos(?:itive)?\b"
_FOUND_FIRST = r"(?:[1-4]\s?\+|\+{2,4}|\+(?=[a-z]))(?:ve\b)?|pos(?:itive)?\b"  # a plus alone is "and"
_MISSING = r"neg(?:ative)?\b|nil\b|[-–−](?:ve\b|(?=\s?(?:[,.;)]|$)))"
_ITEM = re.compile(
    rf"(?P<names>{_NAMES})(?:\s?[:=]|\s(?:is|are|was|were|both))?\s?(?:(?P<found>{_FOUND})|(?P<missing>{_MISSING}))|"
    rf"(?:(?P<found_first>{_FOUND_FIRST})|(?P<missing_first>neg(?:ative)?\b))\s?(?:for )?"
    rf"(?P<named>{_NAMES})(?![A-Za-z])|"
    rf"(?<![A-Za-z])(?:(?P<white>[WP]BCs?|pus cells|white cells|leu[ck]ocytes)|(?P<red>RBCs?|red cells))\s?[:=]?\s?"
    r"[>≥]?\s?(?P<cells>\d{1,4})(?:\s?[-–]\s?\d{1,4})?\s?(?:per|/)\s?HPF",
    re.IGNORECASE,
)
_MOST_WHITE, _MOST_RED = 5, 3  # cells in a high-power field
_OF = [
    (re.compile(rf"(?<![A-Za-z])(?:{names})(?![A-Za-z])", re.IGNORECASE), code_of(f)) for names, f in _FINDINGS.values()
]
_PYURIA, _HEMATURIA = code_of(_FINDINGS["leukocytes"][1]), code_of(_FINDINGS["blood"][1])


def read_dipsticks(text: str) -> Iterator[Result]:
    """Each item of a strip that was found, or was not, in the order of the text."""
    text = plain(text)
    items: dict[tuple[int, int], re.Match[str]] = {}
    read = 0
    for head in _HEAD.finditer(text):
        reach = _REACH.match(text, head.end())
        if reach and head.end() >= read:
            read = reach.end()
            items |= {item.span(): item for item in _ITEM.finditer(text, *reach.span())}
    spans = list(items)
    for span, reason in zip(spans, left_out(text, spans), strict=True):
        if not reason:
            yield Result(*span, tuple(_told(items[span])))


def _told(item: re.Match[str]) -> Iterator[tuple[str, Status]]:
    if item["cells"]:
        finding, most = (_PYURIA, _MOST_WHITE) if item["white"] else (_HEMATURIA, _MOST_RED)
        return iter([(finding, Status.PRESENT if int(item["cells"]) > most else Status.ABSENT)])
    status = Status.PRESENT if item["found"] or item["found_first"] else Status.ABSENT
    names = item["names"] or item["named"]
    return ((code, status) for regex, code in _OF if regex.search(names))
