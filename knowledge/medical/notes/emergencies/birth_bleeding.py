"""Bleeding after a birth that a note states by its amount: "post NVD, EBL 1500 ml", 产后2小时出血1000ml.

The limit is half a litre, after a caesarean a litre, as set by the Royal College of Obstetricians and Gynaecologists
(https://doi.org/10.1111/1471-0528.14178) and the Chinese guideline.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator

from ...codes import code_of

POSTPARTUM_HEMORRHAGE = code_of("HP:0011891 Post-partum hemorrhage")
_LITRE = r"(?:[1-9]\d{3}\s?(?:mls?|cc|毫升)(?![A-Za-z])|[1-9](?:\.\d)?\s?(?:L\b|litres?\b))"
_HALF_A_LITRE = rf"(?:[5-9]\d\d\s?(?:mls?|cc|毫升)(?![A-Za-z])|0?\.[5-9]\s?(?:L\b|litres?\b)|{_LITRE})"
_LOSS = (
    r"\b(?:[EMQ]BL|(?:(?:estimated|measured|total) )?blood loss|lost|bled)\b"
    r"(?:[\s:=~>≈]|of\b|is\b|was\b|about\b|approx\w*|over\b){0,8}"
)
_OF_NOW = r"(?<!\bprev )(?<!\bprevious )(?<!\bprior )(?<!\blast )(?<!\bh/o )(?<!\bof )"
_VAGINAL = r"forceps|ventouse|NS?VD|SVD|vaginal (?:delivery|birth)|VBAC"
_BIRTH = (
    rf"\b(?:{_VAGINAL}|post-?\s?(?:partum|natal|delivery)|"
    r"(?:after|since) (?:delivery|birth))\b"
)
_SECTION = r"\b(?:LSCS|c(?:a?esarean)?[- ]sections?|ca?esareans?)\b"
_DAYS_AGO = r"(?:\d[dwmy]|\b(?:days?|weeks?|wks?|months?|mths?|years?|yrs?|while|time)|/(?:7|52|12)) ago\b|\blong ago\b"
_UP_TO = rf"(?:(?!{_DAYS_AGO}|\bsection\b|esarean|LSCS)[^\n]){{0,60}}?"
_AFTER_BIRTH = re.compile(
    rf"{_OF_NOW}{_BIRTH}{_UP_TO}(?P<is>{_LOSS}{_HALF_A_LITRE})|{_OF_NOW}{_SECTION}{_UP_TO}(?P<by>{_LOSS}{_LITRE})|"
    rf"(?P<told>{_LOSS}{_HALF_A_LITRE})\s(?:after|post|following|at|from)\s(?:(?:an?|the|her)\s)?(?:{_BIRTH}|delivery\b)|"
    r"(?<!剖宫)(?:产后|顺产|娩出|分娩)(?!\d+年)[^。；\n剖]{0,15}?"
    rf"(?P<zh>(?:阴道)?(?:出血|流血|失血)量?[约达共已近累计超过为：:\s]{{0,4}}{_HALF_A_LITRE})|"
    rf"剖宫产[^。；\n]{{0,15}}?(?P<cut>(?:阴道)?(?:出血|流血|失血)量?[约达共已近累计超过为：:\s]{{0,4}}{_LITRE})",
    re.IGNORECASE,
)
_LOST = re.compile("[EMQ]BL|loss|lost|bled|[出流失]血", re.IGNORECASE)  # without these words nothing is searched
_NO_BLOOD = re.compile(r"\s(?:of\s(?!(?:\w+\s)?blood)|(?:\w+\s)?(?:fluid|weight|urine))", re.IGNORECASE)
_MUCH = re.compile(_LITRE, re.IGNORECASE)
_HOW = re.compile(  # by a current caesarean, or not
    rf"(?P<cut>{_OF_NOW}{_SECTION}(?!s? (?:in )?(?:19|20)\d\d|s? x ?\d)|(?<!既往)(?<!曾)剖宫产(?!史))|"
    rf"\b(?:{_VAGINAL})\b|顺产",
    re.IGNORECASE,
)


def birth_bleedings(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets and code of each amount."""
    if not _LOST.search(text):
        return
    ways = [(match.start(), match["cut"] is not None) for match in _HOW.finditer(text)]
    for match in _AFTER_BIRTH.finditer(text):
        start, end = match.span(match.lastgroup or 0)
        if text[start:end].lower().startswith("lost") and _NO_BLOOD.match(text, end):
            continue
        at = bisect_left(ways, (start, False))
        is_after_a_section = at > 0 and ways[at - 1][1]  # "Emergency LSCS. Post partum blood loss"
        if not is_after_a_section or _MUCH.search(text, start, end):
            yield start, end, POSTPARTUM_HEMORRHAGE
