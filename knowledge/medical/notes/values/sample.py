"""Whether a laboratory's comments on a result say that its sample was spoilt."""

import re
from collections.abc import Sequence

from ..characters import plain
from .stated import HAEMOLYSED

_NEW_SENTENCE = re.compile(r"[A-Z][a-z]")
_SENTENCE_END = re.compile(r"[.;。；]")
_SPOILT = re.compile(
    r"\b(?:h[a]?emoly[sz]ed|clotted|contaminated|clumped)\b|(?:标本|样本|血样)(?:已|有|明显|严重)?(?:溶血|凝固|污染|脂血)",
    re.IGNORECASE,
)
_DOUBTED = re.compile(
    r"\b(?:n|not?|non|none|nil|un|never|without|absent|negative|previous|prior|last|first|earlier|if|may|might|possibl[ey]|"
    r"unless|slight(?:ly)?|mild(?:ly)?|minimal(?:ly)?)\b|[?？未无非排除若]|可能|轻|: ?\d",
    re.IGNORECASE,
)
_UPHELD = re.compile(r"\b(?:excluded|confirmed)\b|证实|确认", re.IGNORECASE)
# About samples in general: "hemolyzed specimens are rejected", "a clotted sample will be".
_ANY = re.compile(
    r"(?:(?:,| and| or) \w+){0,2}(?: blood| plasma| serum)? (?:samples|specimens|tubes)\b|"
    r" (?:blood|plasma|sample|serum|specimen) (?:can(?:not)?|could|should|will|would)\b",
    re.IGNORECASE,
)
_EARLIER = re.compile(r"\b(?:initial|original)\b|\b(?:samples|specimens|tubes) (?:that|which)\b", re.IGNORECASE)
# This sample replaces another one. Advice to send another one is about this one.
_INSTEAD = re.compile(
    r"\breplac|\b(?:re-?collect|re-?draw|repeat)\w*.*(?:\b(?:after|as|because|due|for|of|since)\b|:)", re.IGNORECASE
)
_ADVICE = re.compile(r"\b(?:advise|need|please|pls|recommend|request|should|suggest)", re.IGNORECASE)


def is_spoilt_sample(comments: Sequence[str], of_cells: bool) -> bool:
    """Whether comments say, without doubt, that the sample of a result was spoilt for it.

    Args:
        comments: of the laboratory, on the result; one may continue in the next.
        of_cells: whether broken cells could have raised the result, see :func:`.stated.rises_in_haemolysis`.
    """
    text = "".join(f"\n{comment}" if _NEW_SENTENCE.match(comment) else f" {comment}" for comment in comments)
    return any(_line_says_spoilt(line, of_cells) for line in plain(text).split("\n"))


def _line_says_spoilt(line: str, of_cells: bool) -> bool:
    return _UPHELD.search(line) is None and any(
        (of_cells or not HAEMOLYSED.search(spoilt[0])) and not (_DOUBTED.search(sentence) or _is_of_others(sentence))
        for sentence in _SENTENCE_END.split(line)
        for spoilt in _SPOILT.finditer(sentence)
    )


def _is_of_others(sentence: str) -> bool:
    """Whether a sentence says that other samples were spoilt."""
    spoilt = [*_SPOILT.finditer(sentence)][-1]
    before = sentence[: spoilt.start()]
    is_general = _ANY.match(sentence, spoilt.end()) or _EARLIER.search(before)
    return bool(is_general or (_INSTEAD.search(before) and not _ADVICE.search(sentence)))
