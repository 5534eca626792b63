"""Whether a note is in a language that is read here: English or Chinese."""

import re
import unicodedata
from functools import cache
from importlib import import_module

OTHER_LANGUAGE = "language_not_supported"
"""The ``reason`` of an ``Unread`` that is a whole text."""

# Those in Latin letters whose small words spaCy has.
_OTHERS = ("ca", "cs", "da", "de", "es", "fi", "fr", "hr", "hu", "id", "it", "nb", "nl", "pl", "pt", "ro", "sv", "tr")
_FEW = 3  # small words that a note of another language has at least; fewer are chance, or names
_MANY_TIMES = 2  # more of them than of English ones
_LOOKED_AT = 20_000  # characters: a note goes on in the language that it begins in
_WORD = re.compile(r"[^\W\d_]{3,}")  # shorter ones are abbreviations as often


def can_be_read(text: str) -> bool:
    """Whether most letters are Latin or Chinese, and the small words are not those of another language.

    A text without letters can be read, and so can one that is too short to tell.
    """
    letters = [] if text.isascii() else [c for c in text if c.isalpha()]  # those of ASCII are known
    known = sum(
        c.isascii() or unicodedata.name(c, "").startswith(("LATIN", "FULLWIDTH LATIN", "CJK UNIFIED")) for c in letters
    )
    if 2 * known < len(letters):
        return False
    words = set(_WORD.findall(text[:_LOOKED_AT].casefold()))
    return not any(_speaks(words, language) for language in _OTHERS)


def _speaks(words: set[str], language: str) -> bool:
    """Whether words are of a language rather than English."""
    other, english = _telling(language)
    found = len(words & other)
    return found >= _FEW and found > _MANY_TIMES * len(words & english)


@cache
def _telling(language: str) -> tuple[frozenset[str], frozenset[str]]:
    """Small words of a language, and English ones, without those that both have."""
    other, english = (
        frozenset(map(str.casefold, import_module(f"spacy.lang.{name}.stop_words").STOP_WORDS))
        for name in (language, "en")
    )
    return other - english, english - other
