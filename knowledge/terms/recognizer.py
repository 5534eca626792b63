"""Finds the terms of a glossary in a text: by dictionary, in any inflection, longest first."""

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from .glossary import Term
from .tokens import Token, adjoin, glossary_key, hyphenated, keys, normalized, tokens, without_marks

_PARAGRAPH = re.compile(r".+(?:\n.+)*")  # no term spans an empty line
_LIST_MARK = r"(?:[-*+•‣·]|\d+[.)]|[A-Za-z][.)])\s"
_SENTENCE_END = re.compile(rf"[.!?;:]\s+(?=[A-Z\"'(])|\n\s*\n|\n(?=[^\S\n]*{_LIST_MARK})|\s[-—]+\s|[。！？]")


@dataclass(frozen=True, slots=True)
class TermMatch:
    """A term in a text: ``text[start:end]``."""

    start: int
    end: int
    term: Term


class _Entry(NamedTuple):
    term: Term
    is_ambiguous: bool


class _Hit(NamedTuple):
    start: int
    end: int
    entry: _Entry


@dataclass(slots=True)
class _Node:
    """A trie node: the words that may come next, and the term that ends here."""

    next: "dict[str, _Node]" = field(default_factory=dict)
    entry: _Entry | None = None


class TermRecognizer:
    """Finds terms.

    Words are compared without case, hyphens or possessives, and in American spelling; a plural in the text also as its
    singular. An abbreviation (``ETF``, ``VaR``) must be written as in the glossary, except for a plural ``s``. Accents
    and punctuation of a name may be left out unless that gives another name; its other signs (``C++``) may not. Of
    overlapping terms the first counts, and the longest at each place. An ambiguous name counts only if its sentence
    names another term of the glossary ("one sense per discourse", Gale, Church and Yarowsky 1992).

    Args:
        terms: of one or more glossaries; of two with the same name the first counts.
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        self._root = _Node()
        names = [
            (normalized(name)[0], _Entry(term, name in term.ambiguous))
            for term in terms
            for name in (term.name, *term.synonyms)
        ]
        for name, entry in names:
            self._add(name, entry)
        for spelling in (_without_hyphens, without_marks, _without_punctuation):
            for name, entry in names:
                if (other := spelling(name)) != name:
                    self._add(other, entry)

    def _add(self, name: str, entry: _Entry) -> None:
        node, words = self._root, tokens(name)
        for word in words:
            node = node.next.setdefault(glossary_key(word[0], alone=len(words) == 1), _Node())
        if words and node.entry is None:
            node.entry = entry

    def find(self, text: str) -> tuple[TermMatch, ...]:
        """The terms of a text, in order and without overlap."""
        plain, starts, ends = normalized(text)
        borders = [match.end() for match in _SENTENCE_END.finditer(plain)]
        found: list[TermMatch] = []
        for _, sentence in groupby(self._hits(plain), key=lambda hit: bisect(borders, hit.start)):
            hits = list(sentence)
            is_sure = len({hit.entry.term.name for hit in hits}) > 1
            found += [
                TermMatch(starts[hit.start], ends[hit.end - 1], hit.entry.term)
                for hit in hits
                if is_sure or not hit.entry.is_ambiguous
            ]
        return tuple(found)

    def _hits(self, text: str) -> Iterator[_Hit]:
        for paragraph in _PARAGRAPH.finditer(text):
            words = tokens(text, *paragraph.span())
            place = 0
            while place < len(words):
                after, entry = self._longest(words, place)
                if entry is not None:
                    yield _Hit(words[place].start(), words[after - 1].end(), entry)
                place = max(after, place + 1)

    def _longest(self, words: Sequence[Token], place: int) -> tuple[int, _Entry | None]:
        """The longest phrase that begins at a token: the index after it, and its term."""
        after, entry = place, None
        paths = _steps(self._root, words, place)
        while paths:
            node, at = paths.pop()
            if node.entry is not None and at > after:
                after, entry = at, node.entry
            if at < len(words) and adjoin(words[at - 1], words[at]):
                paths += _steps(node, words, at)
        return after, entry


def _steps(node: _Node, words: Sequence[Token], place: int) -> list[tuple[_Node, int]]:
    """Nodes that a token leads to, alone or joined over a hyphen, with the index after it; as written comes last."""
    word = words[place][0]
    steps = [(node.next[key], place + 1) for key in keys(word) if key in node.next]
    if place + 1 < len(words) and hyphenated(words[place], words[place + 1]):
        joined = word + words[place + 1][0]
        steps += [(node.next[key], place + 2) for key in keys(joined) if key in node.next]
    return steps[::-1]


def _without_hyphens(name: str) -> str:
    return re.sub(r"(?<=\w)-(?=\w)", "", name)  # pre-eclampsia and preeclampsia


def _without_punctuation(name: str) -> str:
    return re.sub(r"[.,;:!?()\[\]\"]|(?<!\w)'", " ", name)  # St. John's wort and St John's wort
