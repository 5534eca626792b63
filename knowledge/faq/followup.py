"""Makes a follow-up question stand on its own."""

import re

from ..retrieval.language import language_of

_ENGLISH_OPENING = re.compile(r"^(and|but|or|so|then|also|what about|how about|what if|ok|okay)\b", re.IGNORECASE)
_ENGLISH_REFERENCE = re.compile(r"\b(it|its|that|this|they|them|their|those|these|same)\b", re.IGNORECASE)
_CHINESE_REFERENCE = re.compile(r"^(那|还有|然后|如果|要是|所以)|它|这个|那个|这样|那样|这种|这笔|呢[？?]?$")
_MANY_WORDS, _MANY_CHARACTERS = 12, 20


def is_follow_up(message: str) -> bool:
    """Whether a message leans on the one before it: short, and opening or pointing back."""
    if language_of(message) == "zh":
        return len(message) <= _MANY_CHARACTERS and bool(_CHINESE_REFERENCE.search(message))
    short = len(message.split()) <= _MANY_WORDS
    return short and bool(_ENGLISH_OPENING.search(message.strip()) or _ENGLISH_REFERENCE.search(message))


def standalone(message: str, earlier_messages: list[str]) -> str:
    """The message as a question that can be searched for alone.

    A follow-up is joined to the last message that was none, so that a chain of them neither grows nor drifts.

    Args:
        message: what the customer wrote now.
        earlier_messages: what the customer wrote before, oldest first.
    """
    if not is_follow_up(message):
        return message
    subject = next((earlier for earlier in reversed(earlier_messages) if not is_follow_up(earlier)), "")
    return f"{subject.rstrip()} {message}" if subject else message
