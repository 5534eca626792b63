"""Tokens of a text: its words and signs, with normalized characters."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from core.characters import INVISIBLE, UNSPACED

from .inflection import american, singulars

Token = re.Match[str]
"""A word or a sign of a text, with its place."""

_HYPHEN = re.compile("[\u2010-\u2013\u2212]")
_APOSTROPHE = re.compile("[\u00b4\u02bc\u2019]")
_WORD = rf"[^\W{UNSPACED}]+"
# A possessive or a hyphen inside a word is no token. P/E is one token; so is each letter of an unspaced script.
_TOKEN = re.compile(rf"(?<=\w)'s?(?!\w)|(?<=\w)-(?:\r?\n)?(?=\w)|({_WORD}(?:[/&]{_WORD})*|\S)")
_GAP = re.compile(r"(?:'s?)?(?:-(?:\r?\n)?|[^\S\n]*\n?[^\S\n]*)")
_CASED = 5  # letters of an abbreviation that, beside other words, may also be in lower case: COVID-19


def normalized(text: str) -> tuple[str, Sequence[int], Sequence[int]]:
    """The text in NFC, with one form of hyphens and apostrophes, without invisible characters.

    Returns:
        The text, and where each of its characters starts and ends in the original.
    """
    text = _APOSTROPHE.sub("'", _HYPHEN.sub("-", text))
    if unicodedata.is_normalized("NFC", text) and not INVISIBLE.search(text):
        return text, range(len(text)), range(1, len(text) + 1)
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    borders = [place for place, character in enumerate(text) if place == 0 or not _continues(character)]
    for start, end in pairwise((*borders, len(text))):
        piece = unicodedata.normalize("NFC", INVISIBLE.sub("", text[start:end]))
        characters.append(piece)
        starts += [start] * len(piece)
        ends += [end] * len(piece)
    return "".join(characters), starts, ends


def _continues(character: str) -> bool:
    """Whether it may combine with the preceding character: a mark, a Hangul vowel or final, or an invisible one."""
    is_mark = unicodedata.category(character).startswith("M")
    return is_mark or "\u1160" <= character <= "\u11ff" or INVISIBLE.match(character) is not None


def tokens(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The words and signs of a part of a normalized text."""
    return [token for token in _TOKEN.finditer(text, start, len(text) if end is None else end) if token[1]]


def adjoin(first: Token, second: Token) -> bool:
    """Whether two tokens may belong to one term: between them is a hyphen, or spaces with at most one line break."""
    return _GAP.fullmatch(first.string, first.end(), second.start()) is not None


def hyphenated(first: Token, second: Token) -> bool:
    """Whether two consecutive tokens are separated by a hyphen and no space."""
    return first.string.startswith("-", first.end()) and first.end() < second.start()


def without_marks(text: str) -> str:
    """The text without accents on its letters."""
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not "\u0300" <= letter <= "\u036f")


def glossary_key(word: str, *, alone: bool) -> str:
    """Key of a word of a glossary.

    Args:
        word: as it is written there.
        alone: whether it is the whole name.
    """
    exact = _is_abbreviation(word) and (alone or len(word) < _CASED)
    return word if exact else american(word.casefold())


@lru_cache(maxsize=100_000)
def keys(word: str) -> tuple[str, ...]:
    """Keys of a word of a text: itself and its singulars and, if written like an abbreviation, its exact form."""
    small = word.casefold()
    exact = (word, word.removesuffix("s")) if _is_abbreviation(word) else ()
    return tuple(dict.fromkeys((*exact, *map(american, (small, *singulars(small))))))


def _is_abbreviation(word: str) -> bool:
    """``ETF``, ``VaR`` and ``P/E``, but not ``Bond`` or ``McNaughton``."""
    return any(letter.isupper() for letter in word[1:]) and not re.search("[a-z]{3}", word)
