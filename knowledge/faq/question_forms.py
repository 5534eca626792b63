"""The form of a question, with a mark or without: what it begins with, and where it may begin in a message."""

import re

from ..retrieval.language import language_of, simplified
from ..retrieval.lexical import content_words

ENGLISH_BEFORE = (
    r"(?:(?:hi|hello|hey|also|and|but|so|then|or|please|ok|okay|thanks|thank you|well|actually|seriously|anyway|sorry"
    r"|by the way|btw|(?:just )?(?:one|another|a|last)(?: (?:more|last|other|quick|final))? (?:thing|question))"
    r"[ ,.!:]{1,3}){0,3}"
)
CHINESE_BEFORE = (
    r"(?:(?:另外|还有|对了|不好意思)(?=[，,。！!：: ])|[你您]好|请问一?下?|顺便(?:再?问一?下)?|再问一?下"
    r"|我?想?(?:再?问|咨询)一下|[，,。！!：: ]){1,6}"
)
"""Regexes of words before a question that are not part of it."""
ENGLISH_QUESTION = (
    r"(?:how|what|whats|when (?:do|does|is|are|will|can)|where|who|which|can|could|may|do|does|is|are|will|would)\b"
)
"""A regex of how an English question begins."""
_ENGLISH_ASKS = re.compile(
    rf"(?:[-*•–]\s{{0,3}}|\(?[\da-z]{{1,2}}[.)]\s?)?{ENGLISH_BEFORE}{ENGLISH_QUESTION}", re.IGNORECASE
)
_CHINESE_ASKS = re.compile(
    r"(?<!不)怎么|怎样|如何|多少|多久|几[天个点]|什么|哪[里儿些个家]|在哪|吗|是否|啥|谁(?!知|料|想到)"
    r"|([^\W时动不没])[不没]\1"  # 能不能, 退不退, 有没有; but 时不时 is "now and then", 动不动 "at every turn"
)
_FEWEST_WORDS = 2  # content words of a standalone question
# Verbs done to what was asked about before; with any other, one content word makes a question complete: "Where can I
# park?"
_TO_THAT = (
    r"(?:apply|activate|begin|book|buy|cancel|change|check|choose|claim|continue|decide|do|enrol|find out|fix|get|go"
    r"|help|join|know|order|proceed|register|renew|resolve|return|send|sign up|solve|start|submit|subscribe|tell"
    r"|upgrade|use)"
)
_ENGLISH_SHORT = re.compile(
    rf"{ENGLISH_BEFORE}(?:how|where|when) (?:can|could|do|should|may|will) (?:i|we|you) (?!{_TO_THAT}\W*$)[^.!?]+\?+",
    re.IGNORECASE,
)
_PAUSE = re.compile(r"[.?!。？！\n]+\s*|[,，;；]\s*|\b(?:and|but|also)\b\s*", re.IGNORECASE)
_LAST_PARTS = 3


def asks(text: str) -> bool:
    """Whether a text has the form of a question, with a mark or without."""
    if language_of(text) == "zh":
        return bool(_CHINESE_ASKS.search(simplified(text)))
    return bool(_ENGLISH_ASKS.match(text))


def is_question(text: str) -> bool:
    """Whether a text asks, with at least two content words."""
    return asks(text) and len(content_words(text)) >= _FEWEST_WORDS


def is_short_question(text: str) -> bool:
    """Whether a sentence asks about one action: ``Where can I park?`` or ``怎么退货``."""
    if language_of(text) == "zh":
        return asks(text) and any(len(word) > 1 for word in content_words(_CHINESE_ASKS.sub(" ", simplified(text))))
    return bool(_ENGLISH_SHORT.fullmatch(text)) and bool(content_words(text))


def endings(message: str) -> list[str]:
    """Possible endings of a message, longest first: ``My card is lost. How do I order a new one?``."""
    places = [pause.end() for pause in _PAUSE.finditer(message)]
    return list(dict.fromkeys(rest for place in places[-_LAST_PARTS:] if (rest := message[place:].strip())))
