"""A cancer that is known already: ``met prostate ca``, ``history of breast cancer``, ``in remission from lymphoma``."""

import re
from collections.abc import Iterator

from ...codes import code_of
from ..scan import PatternScan

_CANCER = code_of("R1:0188 Known cancer")
_KNOWN = (
    r"(?:known|met(?:s|astatic)?|advanced|terminal|palliative|relapsed|recurrent|resected|treated|previous|prev|"
    r"(?:past |previous )?(?:history|hx) of|h/o|(?:treat\w+|palliated|operated) for|"
    r"stage (?:I{1,3}|IV|[1-4])[A-C]?|(?:pm|past medical )hx?:?|in remission from)"
)
_ORGAN = (
    r"(?:breast|prostate|lung|bowel|colon|colorectal|rectal|gastric|stomach|pancrea(?:s|tic)|o?esophageal|bladder|"
    r"kidney|renal(?: cell)?|ovar(?:y|ian)|endometrial|uterine|cervical|thyroid|testicular|liver|hepatocellular|"
    r"head and neck|laryngeal|tongue|skin|small[ -]cell(?: lung)?|non-small[ -]cell(?: lung)?|brain)"
)
_TUMOUR = r"(?:ca|cancers?|(?:adeno)?carcinoma|malignancy)"
_NAMED = r"(?:melanoma|(?:non-)?(?:Hodgkin'?s? )?lymphoma|(?:multiple )?myeloma|leuk[ae]{1,2}mia|mesothelioma|sarcoma)"
_PATTERN = re.compile(
    rf"\b{_KNOWN} (?:{_ORGAN} {_TUMOUR}|{_TUMOUR} (?:of (?:the )?)?{_ORGAN}|{_NAMED})\b"
    rf"|\b{_ORGAN} {_TUMOUR} with (?:\w+ ){{0,2}}met(?:s|astas[ei]s)\b",
    re.IGNORECASE,
)
_SCAN = PatternScan([_PATTERN])


def known_cancers(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of a cancer that was diagnosed before, and its code."""
    for _, match in _SCAN.find(text):
        yield *match.span(), _CANCER
