"""Enlarged lymph nodes as an examination describes them: "enlarged nontender cervical lymph nodes", "posterior cervical
lymph nodes are tender", "a 2-cm lymph node is felt"."""

import re
from collections.abc import Iterator

from ...codes import code_of
from ..scan import PatternScan

_SITES = (
    (
        re.compile(r"cervical|neck|submandib\w+|submental|occipital|auricular|jugulo\w+", re.I),
        "HP:0025289 Cervical lymphadenopathy",
    ),
    (re.compile(r"supraclavicular", re.I), "HP:0034750 Supraclavicular lymphadenopathy"),
    (re.compile(r"axill\w+", re.I), "HP:0034752 Axillary lymphadenopathy"),
    (re.compile(r"inguinal|groin|femoral", re.I), "HP:0034751 Inguinal lymphadenopathy"),
)
_ANY = code_of("HP:0002716 Lymphadenopathy")
_PAINLESS = code_of("R1:0197 Painless swollen lymph node")
_SITE = (
    r"(?:(?:left|right|bilateral|anterior|posterior|deep|upper|lower|[LR]) )*"
    r"(?:cervical|neck|submandibular|submental|(?:sub)?occipital|(?:pre|post)auricular|jugulodigastric|supraclavicular|"
    r"axillary|inguinal|groin|femoral)"
)
_OF = rf"(?:{_SITE}(?:(?:, (?:and )?| and |/){_SITE}){{0,3}} )"
_HOW = r"(?:enlarged|swollen|palpable|tender|rubbery|hard|firm|matted)"
_SOMEHOW = r"(?:non-?tender|painless|mobile|fixed|discrete|soft|small|large|multiple|several|\d(?:\.\d)? ?cm)"
_AND = r"(?:,? (?:and |but )?)"
_NODES = r"(?:lymph (?:nodes?|glands?)|(?-i:LNs?)|nodes?)"
_PATTERNS = (
    rf"\b{_HOW}(?:{_AND}(?:{_HOW}|{_SOMEHOW})){{0,4}},? {_OF}?{_NODES}\b",
    rf"\b{_OF}?lymph nodes?(?: (?:in|on|of) (?:the |his |her |both )?(?:[a-z]+ ){{0,3}}[a-z]+)? (?:is|are|was|were) "
    rf"(?:both |all |mildly |markedly |visibly )?(?:{_HOW}|felt)\b",
    rf"\b{_OF}(?:nodes|(?-i:LNs?)) (?:is |are |was |were )?{_HOW}\b",
    rf"\b\d(?:\.\d)?[ -]?cm(?:{_AND}(?:{_HOW}|{_SOMEHOW})){{0,4}},? {_OF}?lymph node\b",
)
_SCAN = PatternScan([re.compile(pattern, re.IGNORECASE) for pattern in _PATTERNS])
_PAINLESS_WORD = re.compile(r"\b(?:non-?tender|painless|rubbery)\b", re.IGNORECASE)


def lymph_nodes(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets of each, and the code of the site, or of no site if there are several; before it, that it is painless."""
    for _, match in _SCAN.find(text):
        (start, end), painless = match.span(), _PAINLESS_WORD.search(match[0])
        sites = [(place, code_of(finding)) for regex, finding in _SITES if (place := regex.search(match[0]))]
        code = sites[0][1] if len(sites) == 1 else _ANY
        if painless is None:
            yield start, end, code
        elif not sites or sites[0][0].start() < painless.end():
            yield start, end, _PAINLESS
        else:
            yield start, start + painless.end(), _PAINLESS
            yield start + min(place.start() for place, _ in sites), end, code
