"""Overdoses stated by amount, in short or by empty packs; pesticides: "took 40 tablets", "口服百草枯".

The patterns are in :mod:`.overdose_patterns` and :mod:`.overdose_patterns_zh`.
"""

import re
from collections.abc import Iterator

from ...case import Evidence
from ...codes import code_of
from ..characters import plain
from ..scan import PatternScan
from .overdose_patterns import AMOUNTS, SHORT_FORMS
from .overdose_patterns_zh import overdoses_zh

OVERDOSE, PESTICIDE = code_of("R1:0173 Overdose of tablets"), code_of("R1:0175 Pesticide contact")
THOUGHT_OF = code_of("HP:0031589 Suicidal ideation")
_END_LIFE = (
    r"(?:end(?:ing)? (?:my|his|her|their)(?: own)?|tak(?:e|ing) (?:my|his|her|their) own) li(?:fe|ves)\b"
    r"(?![ -](?:support|jackets?|insurance|raft|seriously|story))"
)
_THOUGHT = re.compile(
    r"\b(?:thoughts? (?:of|about)|thinking (?:of|about)|thought about|plan(?:s|ned|ning)? (?:to|of|on)|"
    r"consider(?:ed|ing|s)|(?:want|wish)(?:e?s|ed|ing)? to|threat\w+ (?:to|of|with)|urges? to|"
    r"inten(?:ds|ded|t|tion)s? (?:to|of)|going to|(?:command|tell|order)\w* (?:him|her|them|me|patient|pt) to)\s"
    r"(?:(?:(?:tak(?:e|ing)|an?|another)\s){0,2}(?:overdos(?:e|ing)|OD)\b|"
    r"(?:harm|hurt|kill|hang|cut)(?:t?ing)? (?:my|him|her|them)sel(?:f|ves)\b|"
    rf"{_END_LIFE}|be(?:ing)? dead\b(?![ -](?:certain|sure|lift\w*|set|on)\b)|"
    r"jump(?:ing)? (?:off|from|out of|in front of|under) (?:\w+ ){0,3}"
    r"(?:bridge|building|cliff|roof|window|balcony|car park|train|tube|car|bus|lorry|truck|traffic)\b)|"
    r"\b(?:threat\w+|intent(?:ions?)?) (?:to|of) jump(?:ing)?\b|"
    rf"\b(?:tried|trying|attempt(?:ed|ing)?) (?:to )?{_END_LIFE}|"
    # not "she wishes he was dead"
    r"\bwish(?:es|ed|ing)? (?:I|(?<!he wishes )they|"
    r"(?<!\bhe wishes )(?<!\dM wishes )she|(?<!she wishes )(?<!\dF wishes )he) (?:was|were) dead\b",
    re.IGNORECASE,
)
_OF_A_FILM = re.compile(
    r"\b(?:film|movie|novel|drama|soap|documentary|song|story|play)\b[^.;,]{0,15}"
    r"\b(?:in which|about|where|hero\w*|character)\b[^.;,]{0,30}$",
    re.IGNORECASE,
)
_DRUNK = re.compile(
    r"\b(?:drank|drinking|drunk|swallowed|ingest(?:ed|ing|ion)|consumed|took|taken)\s(?:[^\s.,;]{1,12}\s){0,4}?"
    r"(?:pesticide|insecticide|herbicide|weed ?killer|paraquat|organophosph\w+|glyphosate|rat poison|rodenticide|"
    r"alumini?um phosphide|celphos)\b"
    r"|\b(?:(?-i:OP)(?: compound)?|organophosph\w+|paraquat|rat poison|celphos) (?:poisoning|ingestion|consumption)\b"
    r"|(?:口服|误服|自服|吞服|喝下?|服|饮)了?[^，,。；;\n]{0,8}?(?:农药|百草枯|巴拉刈|敌敌畏|敌草快|草甘膦|年年春|有机磷|除草剂|杀虫剂|[老灭]?鼠[药强])"
    r"|(?:有机磷|农药|百草枯|敌草快|鼠药)(?:农药)?中毒",
    re.IGNORECASE,
)
_MEANT = re.compile(
    r"(?<!un)(?<!non-)\b(?:intentional|deliberate|on purpose|self-?(?:harm|poison)|suicid|(?:to|wish\w*) die\b|"
    r"end(?:ing)? (?:it all|(?:his|her|their) life)|t(?:ak\w+|ook) (?:his|her|their) own life|kill (?:him|her|them)sel)"
    r"|故意|自杀|轻生|服毒|自尽|寻死|不想活",
    re.IGNORECASE,
)
_AFTER_A_QUARREL = re.compile(  # then swallowing is meant, unless by accident
    r"\b(?:after|following) (?:an? |the )?(?:\w+ )?(?:argument|row|fight|quarrel|break-?up)\b|\bargu(?:ed|ing) with\b"
    r"|争吵|吵[架嘴]|(?:发生|因)口角|口角[之争]?后|(?:家庭|感情|情感|婚姻|夫妻)[^，。；\n]{0,4}(?:纠纷|矛盾|问题|不[和睦])|赌气",
    re.IGNORECASE,
)
_BY_ITSELF = re.compile("自[行己]?[^，。；\n]{0,2}[服饮喝]")
"""Said of a poison, which nobody takes as a medicine."""
_BY_ACCIDENT = re.compile("误[服食饮吃喝]|不慎|accident", re.IGNORECASE)
_DENIED = re.compile(
    r"(?:\b(?:den\w+|not?|without|nor|never)\b[^.,;]{0,30}|(?:否认|[无非不未])[^，。；]{0,4})$", re.IGNORECASE
)
_OF_OLD = re.compile(
    r"\b(?:previously(?! (?:fit|well|healthy)\b)|"
    r"(?:previous|prior|past(?!\s(?:\w+\s)?(?:min|h(?:ou)?r|day|night|week))|last year's?)"
    r"(?:\s\w+){0,2})\s$",
    re.IGNORECASE,
)
_PATTERNS = (*AMOUNTS, *SHORT_FORMS)
_SCAN = PatternScan([_THOUGHT, *(pattern.regex for pattern in _PATTERNS), _DRUNK])


def overdoses(text: str) -> Iterator[tuple[int, int, str]]:
    """Offsets and code of each, up to the amount; one only thought of has the code :data:`THOUGHT_OF`."""
    for number, match in _SCAN.find(text):
        if match.re is _THOUGHT:
            if not _OF_A_FILM.search(text, 0, match.start()):
                yield *match.span(), THOUGHT_OF
        elif match.re is _DRUNK:
            yield *match.span(), PESTICIDE
        elif (pattern := _PATTERNS[number - 1]).counts(match):
            yield *match.span("is" if "is" in pattern.regex.groupindex else 0), OVERDOSE
    for span in overdoses_zh(text):
        yield *span, OVERDOSE


def is_only_near(evidence: Evidence) -> bool:
    """Whether a pesticide is not said to have been swallowed."""
    return _DRUNK.fullmatch(plain(evidence.phrase)) is None


def is_of_old(evidence: Evidence) -> bool:
    """Whether the words before an overdose call it an earlier one."""
    return _OF_OLD.search(plain(evidence.before)) is not None


def is_not_meant(evidence: Evidence) -> bool:
    """Whether nothing in the sentence says that it was meant to harm, or it is an earlier one."""
    said = plain(f"{evidence.before}{evidence.phrase}{evidence.after}")
    intentions = [*_MEANT.finditer(said)]
    if not _BY_ACCIDENT.search(said):
        intentions += _AFTER_A_QUARREL.finditer(said)
    return is_of_old(evidence) or all(_DENIED.search(said, 0, match.start()) for match in intentions)


def is_no_attempt(evidence: Evidence) -> bool:
    """Whether no pesticide was swallowed, or nothing in the sentence says that it was meant."""
    if is_only_near(evidence):
        return True
    by_itself = _BY_ITSELF.search(plain(evidence.before[-4:] + evidence.phrase))
    return is_not_meant(evidence) and (by_itself is None or is_of_old(evidence))
