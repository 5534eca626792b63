"""Tells the questions of a message apart: ``How do I reset my PIN, and what does a new card cost?`` asks two things."""

import itertools
import re
from collections.abc import Callable, Sequence

from ..retrieval.language import language_of, simplified
from ..retrieval.lexical import content_words
from .answerability import Answerability
from .search import Match, SearchResult, has_words
from .small_talk import small_talk

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_ENGLISH_BREAK = re.compile(
    r"(?<=\?)\s+|,\s(?=(?:how|what|when|where|who|which)\b)|(?:,\s*|\s)(?:and|also|plus)\s(?:also\s)?"
    r"(?=(?:how|what|when|where|who|which|(?:can|could|do) i|(?:can|do) you|(?:is|are) there)\b)",
    re.IGNORECASE,
)
_ENGLISH_ASKS = re.compile(
    r"(?:[-*•–]\s{0,3}|\(?[\da-z]{1,2}[.)]\s?)?(?:(?:hi|hello|hey|also|and|so|then|or|please)[ ,.!]{1,3}){0,3}"
    r"(?:how|what|whats|when (?:do|does|is|are|will|can)|where|who|which|can|could|may|do|does|is|are|will|would)\b",
    re.IGNORECASE,
)
_CHINESE_BREAK = re.compile(
    r"[？?，,；;。]\s*(?:还有|另外|以及|并且|顺便问一?下?)?"
    r"|(?:还有|另外|以及|并且|和)(?=怎么|怎样|如何|多少|能不能|可以|哪|你们)"
)
_CHINESE_ASKS = re.compile(
    r"怎么|怎样|如何|多少|多久|几[天个点]|什么|哪[里儿些个家]|在哪|吗|能不能|可不可以|是否|有没有|啥"
)
_POINTS_BACK = re.compile(
    r"\b(?:its?|that|this|the[my]|their|those|these|same|he|him|his|she|her|ones?|there(?! (?:is|are|an?)\b)|then)\b"
    r"|^(?:那|这|该|如果|要是)|[它他她]|[这那](?:个|样|种|笔|张)",
    re.IGNORECASE,
)
_FEWEST_WORDS = 2  # that say something, in a question that stands alone
_MOST = 4  # each is searched for


def questions(message: str) -> list[str]:
    """The questions of a message, if it has two or more that stand alone; else none.

    What is told in sentences of their own is left aside. A question that names too little, or points back to another
    one, leaves the message whole.
    """
    text = simplified(message)
    chinese = language_of(text) == "zh"
    told = [sentence for sentence in _SENTENCE_END.split(text) if asks(sentence)]
    split = itertools.chain(*map((_CHINESE_BREAK if chinese else _ENGLISH_BREAK).split, told))
    parts = [part for part in map(str.strip, split) if part and not small_talk(part)]
    several = 1 < len(parts) <= _MOST and all(map(_stands_alone, parts))
    return parts if several and not any(map(_POINTS_BACK.search, parts[1:])) else []


def asks(text: str) -> bool:
    """Whether a text has the form of a question, with a mark or without."""
    if language_of(text) == "zh":
        return bool(_CHINESE_ASKS.search(simplified(text)))
    return bool(_ENGLISH_ASKS.match(text))


def _stands_alone(part: str) -> bool:
    return asks(part) and len(content_words(part)) >= _FEWEST_WORDS


def answered_apart(
    parts: Sequence[str], whole: SearchResult, search: Callable[[str], SearchResult]
) -> tuple[list[Match], bool]:
    """What answers a message of several questions, that of the whole first, each entry once.

    Args:
        parts: its :func:`questions`.
        whole: what was found for the message as it is.
        search: finds what answers a question.

    Returns:
        The matches, of which the first answers; none unless the whole or its first question finds an answer. And
        whether one of the questions is left open, as none is where the whole finds an answer.
    """
    each = [search(part) for part in parts]
    if not each or Answerability.ANSWERABLE not in (whole.answerability, each[0].answerability):
        return [], False
    near = {match.entry.id for match in whole.matches[:3]}
    is_whole = whole.answerability is Answerability.ANSWERABLE
    found = [whole.matches[0]] if is_whole else [each[0].matches[0]]
    found += [
        result.matches[0]
        for verdict in (Answerability.ANSWERABLE, Answerability.UNSURE)
        for part, result in zip(parts, each, strict=True)
        if result.answerability is verdict
        and (result.matches[0].entry.id in near or has_words(result.matches[0].entry, part))
    ]
    is_open = not is_whole and any(result.answerability is Answerability.UNANSWERABLE for result in each)
    return list({match.entry.id: match for match in found}.values()), is_open
