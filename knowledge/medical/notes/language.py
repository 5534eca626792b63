"""Whether a note is in a supported language: English or Chinese."""

import re
import unicodedata
from functools import cache
from importlib import import_module

OTHER_LANGUAGE = "language_not_supported"
"""The ``reason`` of an ``Unread`` that is a whole text."""

# Languages in Latin letters for which spaCy has stop words.
_OTHERS = ("ca", "cs", "da", "de", "es", "fi", "fr", "hr", "hu", "id", "it", "nb", "nl", "pl", "pt", "ro", "sv", "tr")
_FEW = 3  # least stop words of a note in another language; fewer are chance, or names
_MANY_TIMES = 2  # as many of them as of English ones
_LOOKED_AT = 20_000  # characters: a note stays in the language that it begins in
_WORD = re.compile(r"[^\W\d_]{3,}")  # shorter ones are as often abbreviations


def can_be_read(text: str) -> bool:
    """Whether most letters are Latin or Chinese, and the stop words are not those of another language.

    A text without letters can be read, and so can one that is too short to decide.
    """
    letters = [] if text.isascii() else [c for c in text if c.isalpha()]  # ASCII letters are known
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
    """Stop words of a language and of English, without those in both."""
    other, english = (
        frozenset(map(str.casefold, import_module(f"spacy.lang.{name}.stop_words").STOP_WORDS))
        for name in (language, "en")
    )
    return other - english, english - other
