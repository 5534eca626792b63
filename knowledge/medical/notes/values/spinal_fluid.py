"""Spinal fluid: ``CSF: 3,200 WBC/uL (94% neutrophils), glucose 18 mg/dL``, ``脑脊液白细胞 260×10^6/L，蛋白 2.1g/L``.

Limits of adults, rounded outwards: Seehusen et al., "Cerebrospinal Fluid Analysis", Am Fam Physician 68 (2003) 1103.
"""

import re
from collections.abc import Iterator

from ...case import Status
from ...codes import code_of
from ..characters import plain
from ..context.assertion import contexts
from ..context.cue_rules import Assertion
from ..numbers import number, readings
from ..scan import PatternScan
from .results import Result

_MANY_CELLS = code_of("HP:0012229 CSF pleocytosis")
_OF_BACTERIA = code_of("R1:0665 Neutrophilic spinal fluid")
_LITTLE_GLUCOSE = code_of("HP:0011972 Hypoglycorrhachia")
_MUCH_PROTEIN = code_of("HP:0002922 Increased CSF protein concentration")

_MOST_CELLS = 5.0
"""White cells per microlitre."""
_MANY_OF_BACTERIA, _SHARE_OF_BACTERIA = 100.0, 50.0
"""Cells per microlitre, and percent of neutrophils among them, from which they speak of bacteria; "mostly" will do."""
_LEAST_GLUCOSE = {"mg/dl": 40.0, "mmol/l": 2.2}
_MOST_PROTEIN = {"mg/dl": 60.0, "g/l": 0.6, "mg/l": 600.0}

_SCAN = PatternScan(
    [
        re.compile(
            r"\b(?:CSF|LP|cerebrospinal fluid|spinal (?:fluid|tap)|lumbar puncture)\b|脑脊液|腰椎?穿", re.IGNORECASE
        )
    ]
)
_REST = re.compile(r"(?:[^.;。；\n]|\.\d|;(?! ?(?:blood|serum|plasma|CT|MRI|EEG|CXR|ECG)\b)){0,240}", re.IGNORECASE)
_UNIT = r"(?: ?(?:/|per )\s?(?:[uµμ]L|mm3|mm³|mL)| ?(?:[x×] ?)?10\^?6 ?/L)"
_WHITE = (
    r"(?:WBCs?|WCCs?|(?:white|nucleated) (?:blood )?cells?|leu[ck]ocytes?|lymphocytes?|neutrophils?|poly(?:morph)?s?|"
    r"PMNs?|cells?(?! count))"
)
_WHITE_ZH = "(?:白细胞|有核细胞|细胞(?=数|计数|总数))(?:总数|计数|数)?[:：为约]?"
_IS = r"(?: count)?(?: of| is| was| are|:)? ?"
_CELLS = re.compile(
    rf"{number('before')}{_UNIT}? {_WHITE}\b|(?<!red )(?<!blood )\b{_WHITE}{_IS}{number('behind')}(?! ?%)|"
    rf"{_WHITE_ZH} ?{number('behind_zh')}(?! ?[%％]| ?[x×*] ?10[\^*]?9)",
    re.IGNORECASE,
)
_SHARE = re.compile(
    rf"{number('before')} ?% (?:of )?(?:neut|poly|PMN|segmented)\w*|\b(?:neutrophils?|poly\w*|"
    rf"PMNs?) {number('behind')} ?%|(?:多个?核|中性)(?:粒?细胞)?(?:占|为|比例)?[:：]? ?{number('behind_zh')} ?[%％]",
    re.IGNORECASE,
)
_MOSTLY = re.compile(
    r"\b(?:mostly|mainly|predominantly|chiefly) (?:neutrophil|poly|PMN)\w*|\bneutrophil(?:ic)? predominan\w+|"
    r"以(?:中性粒?|多[个形]?核)(?:细胞)?为主",
    re.IGNORECASE,
)
_GLUCOSE = re.compile(
    rf"(?:\bglucose{_IS}|(?<![血尿])(?:葡萄)?糖(?:含量|定量)?[:：为约仅]? ?){number('value')} ?(?P<unit>mg/dL|mmol/L)",
    re.IGNORECASE,
)
_PROTEIN = re.compile(
    rf"(?:\bproteins?{_IS}|(?<![白球应])蛋白质?(?:含量|定量)?[:：为约]? ?){number('value')} ?(?P<unit>mg/dL|g/L|mg/L)",
    re.IGNORECASE,
)

_MEASURED = (Assertion.PRESENT, Assertion.POSSIBLE, Assertion.NEGATED)
"""Doubt and denial are about the disease: "possible meningitis, CSF WBC 3,200"."""


def read_spinal_fluid(text: str) -> Iterator[Result]:
    """Abnormal results of the patient, in the order of the text; not those of the past, as after "PMH:"."""
    found = sorted(_abnormal(plain(text)))
    said = contexts(text, [(start, end) for start, end, _ in found])
    for (start, end, code), context in zip(found, said, strict=True):
        if context.assertion in _MEASURED and not context.is_past:
            yield Result(start, end, ((code, Status.PRESENT),))


def _abnormal(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of values that are not normal, and their codes."""
    read_to = 0
    for _, head in _SCAN.find(text):
        rest = _REST.match(text, head.end())
        if rest is None or head.start() < read_to:  # named again in what is read already
            continue
        read_to = rest.end()
        yield from _cells(text, *rest.span())
        glucose = _GLUCOSE.search(text, *rest.span())
        if glucose and readings(glucose["value"])[0] < _LEAST_GLUCOSE[glucose["unit"].lower()]:
            yield *glucose.span(), _LITTLE_GLUCOSE
        protein = _PROTEIN.search(text, *rest.span())
        if protein and readings(protein["value"])[0] > _MOST_PROTEIN[protein["unit"].lower()]:
            yield *protein.span(), _MUCH_PROTEIN


def _cells(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    """White cells above what is normal, and what they speak of: in ``94% neutrophils`` the share is no count."""
    cells = _CELLS.search(text, start, end)
    if cells is None or (count := _value(cells)) <= _MOST_CELLS:
        return
    yield *cells.span(), _MANY_CELLS
    share = _SHARE.search(text, start, end)
    mostly = share if share and _value(share) >= _SHARE_OF_BACTERIA else _MOSTLY.search(text, start, end)
    if mostly and count >= _MANY_OF_BACTERIA:
        yield *mostly.span(), _OF_BACTERIA


def _value(match: re.Match[str]) -> float:
    return readings(match["before"] or match["behind"] or match["behind_zh"])[0]
