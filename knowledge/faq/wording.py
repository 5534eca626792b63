"""Wordings in the form in which they are compared: without what is said before them, their case and punctuation."""

import re

from ..retrieval.language import MINUS
from .question_forms import CHINESE_BEFORE, ENGLISH_BEFORE, ENGLISH_QUESTION

_BEFORE = re.compile(rf"{ENGLISH_BEFORE}(?={ENGLISH_QUESTION})|{CHINESE_BEFORE}", re.IGNORECASE)
_GREETING = re.compile(rf"^(?:{CHINESE_BEFORE}|{ENGLISH_BEFORE})", re.IGNORECASE)  # even if no question follows
_APOSTROPHE = re.compile("['’‘`´]")
_USUAL_SIGNS = str.maketrans("＃＄％＋－￠￡￥−–", "#$%+-¢£¥--")
_CURRENCY = r"[$¢-¥\u20a0-\u20c0]"
_CURRENCY_BEHIND = re.compile(rf"(\d+(?:[.,]\d+)*)\s?({_CURRENCY})(?!\s?\d)")
# Words, and signs that distinguish them: €5 and $5, C# and C++, Pro and Pro+, 5% and 5, -5 and 5.
_TELLING = re.compile(rf"[^\W_]+|%|{_CURRENCY}|(?<=[^\W_])(?:#+|\++|\s\++(?!\w))|{MINUS}(?={_CURRENCY}?\d)")


def without_opening(text: str) -> str:
    """A question without the greeting or "also" before it: ``ok, and how do I pay?`` becomes ``how do I pay?``."""
    found = _BEFORE.match(text)
    return (text[found.end() :] if found else "") or text


def bare(text: str) -> str:
    """A text for comparison, without case, punctuation and greeting: ``Hello, Opening hours?`` is ``opening hours``.

    Signs with a meaning stay: currencies (5$ becomes $5), ``%``, ``#`` and ``+`` after a word, and a minus.
    """
    usual = _APOSTROPHE.sub("", _GREETING.sub("", text, count=1)).translate(_USUAL_SIGNS).lower()
    words = _TELLING.findall(_CURRENCY_BEHIND.sub(r"\2\1", usual))
    return " ".join(word.strip() for word in words) or text


def words_alone(bare_text: str) -> str:
    """The result of :func:`bare` without signs."""
    return " ".join(word for word in bare_text.split() if word[0].isalnum())
