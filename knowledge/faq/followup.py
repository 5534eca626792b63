"""Recognises follow-up questions and makes them standalone."""

import re
from collections import Counter
from collections.abc import Sequence

from ..retrieval.language import language_of, simplified
from .question_forms import is_question

_ENGLISH_OPENING = re.compile(r"^(and|but|or|so|then|also|what about|how about|what if|ok|okay)\b", re.IGNORECASE)
_ENGLISH_REFERENCE = re.compile(
    r"\b(it|its|that|this|they|them|their|those|these|same|he|him|his|she|her)\b", re.IGNORECASE
)
# 微信可以吗, 已经发货了怎么办, 丢了怎么办; but 退款可以吗 and 已经过期的卡怎么换 name what they ask about.
_LACKS_SUBJECT = (
    r"^[^退换改取还存转开办订借提寄销查修约缴]{1,4}(?:可以|行)[吗么][？?]?$"
    r"|^(?:[丢坏错忘迟破没]|弄[丢坏错]|丢失|损坏|忘记|过期|逾期|[输填写选]错)了[，, ]?(?:怎么办|咋办)"
    r"|^已经.{1,6}了[，, ]?(?:怎么办|咋办|还?(?:能|可以|来得及)[吗么])"
)
_CHINESE_REFERENCE = re.compile(
    r"^(那|还有|还有呢|然后|如果|要是|所以)|[它他她]|这个|那个|这样|那样|这种|这笔|[这那]张|呢[？?]?$"
    rf"|{_LACKS_SUBJECT}"
)
_POINTS_BACK = re.compile(
    r"\b(?:its?|that|this|the[my]|their|those|these|same|he|him|his|she|her|ones?|there(?! (?:is|are|an?)\b)|then"
    r"|(?:what|how) about|what if)\b"
    r"|^(?:那|这|该|如果|要是)|[它他她]|[这那](?:个|样|种|笔|张)"
    rf"|{_LACKS_SUBJECT}",
    re.IGNORECASE,
)
_MANY_WORDS, _MANY_CHARACTERS = 12, 20
_FEW_WORDS, _FEW_CHARACTERS = 5, 8  # a longer question that points back at nothing is complete
_CAPITALISED = r"[A-Z][\w’'&-]*"
_NAME = re.compile(rf"{_CAPITALISED}(?:\s+(?:(?:of|the|and|on|in|for|de|van)\s+)*{_CAPITALISED})*")
# Words capitalised because they begin a sentence, not because they are names.
_BEGINS = re.compile(
    r"(?:a|after|also|and|any|are|as|at|because|but|can|could|did|do|does|for|from|had|has|have|hello|hi|how|i|i['’]\w+|if"
    r"|in|is|it|my|no|not|of|ok|okay|on|or|other|please|should|so|some|tell|than|thanks|that|the|then|there|these|this|to"
    r"|was|we|were|what|when|where|which|while|who|whose|why|will|with|would|yes|you|your)",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"['’]s$")
_NAMES_KEPT = 3


def is_follow_up(message: str) -> bool:
    """Whether a message depends on the one before it: short, with a linking opening or a reference back."""
    message = simplified(message)
    if language_of(message) == "zh":
        return len(message) <= _MANY_CHARACTERS and bool(_CHINESE_REFERENCE.search(message))
    short = len(message.split()) <= _MANY_WORDS
    return short and bool(_ENGLISH_OPENING.search(message.strip()) or _ENGLISH_REFERENCE.search(message))


def points_back(text: str) -> bool:
    """Whether a question needs the one before it to be understood."""
    return bool(_POINTS_BACK.search(text))


def is_whole(message: str) -> bool:
    """Whether a message is a complete question, though it may open like a follow-up: ``ok, and how do I pay?``."""
    return is_question(message) and not points_back(message)


def is_fragment(message: str) -> bool:
    """Whether a message is too short to be a complete question: ``what deposit do I need``."""
    if language_of(message) == "zh":
        return len(message) <= _FEW_CHARACTERS
    return len(message.split()) <= _FEW_WORDS


def standalone(message: str, earlier_messages: Sequence[str]) -> str:
    """The message as a standalone question for the search.

    A follow-up is joined to the last message that was not one, so that a chain of them neither grows nor drifts. A
    follow-up or a few words without a name are taken to be about earlier names (people, products, places).

    Args:
        message: the customer's message.
        earlier_messages: the customer's earlier messages, oldest first.
    """
    subject = ""
    if is_follow_up(message):
        first = "".join(earlier_messages[:1])  # depends on nothing, though it may contain references
        subject = next((one for one in reversed(earlier_messages) if not is_follow_up(one) or is_whole(one)), first)
    own = message if not subject else f"{subject.rstrip()} {message}"
    whole = not subject and len(message.split()) > _FEW_WORDS
    if language_of(message) == "zh" or whole or _names(message):
        return own
    counts = Counter(name for earlier in reversed(earlier_messages) for name in _names(earlier))  # the latest first
    missing = [name for name, _ in counts.most_common(_NAMES_KEPT) if name.lower() not in own.lower()]
    return f"{', '.join(missing)}: {own}" if missing else own


def _names(text: str) -> list[str]:
    """Capitalised words and runs of them, except those that only begin a sentence; none in a text in capitals."""
    if text.isupper() and len(text.split()) > _NAMES_KEPT:
        return []
    found = []
    for match in _NAME.finditer(text):
        words = match.group().split()
        while words and _BEGINS.fullmatch(_POSSESSIVE.sub("", words[0])):
            words = words[1:]
        if words:
            found.append(_POSSESSIVE.sub("", " ".join(words)))
    return found
