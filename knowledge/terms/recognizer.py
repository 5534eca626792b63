"""Finds the terms of a glossary in a text: by dictionary, in any inflection, longest first."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from .glossary import Term

_TOKEN = re.compile(r"(?:(?<!['\u2019])|(?!s\b))\b\w+(?:[/&]\w+)*")  # P/E is one token; a possessive s is none
_GAP = re.compile(r"(?:[\s\-\u2010-\u2013]|['\u2019]s?(?=\W))*")
_SENTENCE_END = re.compile(r"[.!?;:]\s+(?=[A-Z\"'(])|\n\s*\n|[。！？]")
_IRREGULAR = {
    "analyses": "analysis",
    "bacteria": "bacterium",
    "children": "child",
    "criteria": "criterion",
    "feet": "foot",
    "indices": "index",
    "men": "man",
    "people": "person",
    "spectra": "spectrum",
    "teeth": "tooth",
    "women": "woman",
}
_LATIN = (("mata", "ma"), ("yses", "ysis"), ("oses", "osis"), ("tases", "tasis"), ("itides", "itis"), ("ae", "a"))
_SPELT = (("isation", "ization"), ("ise", "ize"), ("ised", "ized"), ("our", "or"), ("efence", "efense"), ("che", "ch"))


@dataclass(frozen=True, slots=True)
class TermMatch:
    """A term in a text: ``text[start:end]``."""

    start: int
    end: int
    term: Term


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    text: str


@dataclass(slots=True)
class _Node:
    """A beginning of phrases: what may come next, and the term that ends here, with whether it is ambiguous."""

    next: "dict[str, _Node]" = field(default_factory=dict)
    entry: tuple[Term, bool] | None = None


class TermRecognizer:
    """Finds terms.

    Words are compared in the singular, without case, hyphens or possessives, and in American spelling. An abbreviation
    (``ETF``, ``VaR``) must be written as it is in the glossary, but for the ``s`` of a plural. Where terms overlap the
    longest counts, then the first. An ambiguous name counts only if its sentence names another term of the glossary
    ("one sense per discourse", Gale, Church and Yarowsky 1992).

    Args:
        terms: of one or more glossaries; the first of two with one name counts.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self._root = _Node()
        for term in terms:
            for name in (term.name, *term.synonyms):
                for spelt in (name, re.sub(r"(?<=\w)-(?=\w)", "", name)):  # pre-eclampsia and preeclampsia
                    node = self._root
                    for token in _tokens(spelt):
                        node = node.next.setdefault(_key(token.text), _Node())
                    if node is not self._root and node.entry is None:
                        node.entry = term, name in term.ambiguous

    def find(self, text: str) -> tuple[TermMatch, ...]:
        """The terms of a text in its order; they do not overlap."""
        found: list[TermMatch] = []
        for start, end in _sentences(text):
            tokens = list(_tokens(text, start, end))
            hits = list(self._hits(text, tokens))
            sure = {hit.term.name for hit, ambiguous in hits}
            found += [hit for hit, ambiguous in hits if not ambiguous or len(sure) > 1]
        return tuple(found)

    def _hits(self, text: str, tokens: Sequence[_Token]) -> Iterator[tuple[TermMatch, bool]]:
        keys = [_keys(token.text) for token in tokens]
        place = 0
        while place < len(tokens):
            length, entry = self._longest(text, tokens, keys, place)
            if entry is None:
                place += 1
                continue
            term, ambiguous = entry
            yield TermMatch(tokens[place].start, tokens[place + length - 1].end, term), ambiguous
            place += length

    def _longest(
        self, text: str, tokens: Sequence[_Token], keys: Sequence[tuple[str, ...]], place: int
    ) -> tuple[int, tuple[Term, bool] | None]:
        """The longest phrase that begins at a token: its number of tokens and its term."""
        nodes = [self._root]
        best: tuple[int, tuple[Term, bool] | None] = (0, None)
        for length in range(1, len(tokens) - place + 1):
            token = tokens[place + length - 1]
            if length > 1 and not _GAP.fullmatch(text, tokens[place + length - 2].end, token.start):
                break
            nodes = [node.next[key] for node in nodes for key in keys[place + length - 1] if key in node.next]
            if not nodes:
                break
            entry = next((node.entry for node in nodes if node.entry is not None), None)
            if entry is not None:
                best = length, entry
        return best


def _tokens(text: str, start: int = 0, end: int | None = None) -> Iterator[_Token]:
    matches = _TOKEN.finditer(text, start, len(text) if end is None else end)
    return (_Token(match.start(), match.end(), match.group()) for match in matches)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        yield start, match.end()
        start = match.end()
    yield start, len(text)


def _is_abbreviation(word: str) -> bool:
    """``ETF``, ``VaR`` and ``P/E``, but not ``Bond``."""
    return any(letter.isupper() for letter in word[1:])


def _key(word: str) -> str:
    """What a word of a glossary is compared as."""
    return word if _is_abbreviation(word) else _singular(word.casefold())


@lru_cache(maxsize=100_000)
def _keys(word: str) -> tuple[str, ...]:
    """What a word of a text may be compared as: its word, or its abbreviation where it is written as one."""
    if not _is_abbreviation(word):
        return (_singular(word.casefold()),)
    return tuple(dict.fromkeys((word, word.removesuffix("s"), _singular(word.casefold()))))


def _singular(word: str) -> str:
    """The singular of a noun in American spelling; other words may come out odd, but always the same."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4:
        return word
    for ending, becomes in _LATIN:
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word.removesuffix(ending) + becomes
    if word.endswith("ies") and len(word) > 4:
        word = word[:-3] + "y"
    elif word.endswith(("sses", "shes", "ches", "xes", "zes")):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for british, american in _SPELT:
        if word.endswith(british) and len(word) > len(british):
            word = word.removesuffix(british) + american
    return word.replace("ae", "e").replace("oe", "e") if len(word) > 5 else word
