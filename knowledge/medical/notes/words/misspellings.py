"""Typing errors in English notes: "hypertention", "siezure". Words are corrected; offsets stay those of the text."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from ....retrieval.spelling import one_error_away
from ...common import load_common
from ...drugs import load_drugs
from ...lexicon import read_table
from ...stems import stem

_SHORTEST = 6  # least letters of a word and of its correction; shorter ones have too many neighbours
_LONGEST = 24
_WORD = re.compile("[A-Za-z]+")
_BEGINS = frozenset("\n.!?;-*•")


class Misspellings:
    """Corrects words that are in none of the tables.

    Such a word becomes the only word of our own findings, conditions and drugs that is a single error away (Damerau
    1964: a letter too many, too few or wrong, or two transposed) and begins with the same letter, unless another word
    of any table is as near, or it is in ``not_misspelt.txt``: the English words and names, and words of the Human
    Phenotype Ontology, that are that near.
    """

    def __init__(self) -> None:
        own = _own_words()
        self._not_misspelt = frozenset(files(__package__).joinpath("not_misspelt.txt").read_text("utf-8").split())
        self._known = {*map(stem, own), *_table_stems()}
        self._meant: dict[str, set[str]] = {}  # a word, whole or without one of its letters -> what it may be
        for word in own:
            if len(word) >= _SHORTEST:
                for rest in (word, *_without_one(word)):
                    self._meant.setdefault(rest, set()).add(word)

    def corrected(self, words: Sequence[str]) -> list[str]:
        """The words of a text, with typing errors corrected."""
        meant = {word: self._correct(word.lower()) for word in set(words) if _may_be_one(word)}
        result = list(words)
        for place, word in enumerate(words):
            other = meant.get(word)
            if other is not None and (not word[0].isupper() or word.isupper() or _begins(words, place)):
                result[place] = other
        return result

    def _correct(self, word: str) -> str | None:
        if word in self._not_misspelt or stem(word) in self._known:
            return None
        near = {one for rest in (word, *_without_one(word)) for one in self._meant.get(rest, ())}
        near = {one for one in near if one[0] == word[0] and _is_one_error(word, one)}
        stems = {stem(one) for one in near}
        if len(stems) != 1:
            return None
        (meant,) = stems
        rivals = {stem(one) for one in one_error_away(word) if one[0] == word[0]} & self._known
        return min(near) if all(_is_alike(meant, rival) for rival in rivals) else None


@cache
def misspellings() -> Misspellings:
    """The shared instance, built in about a second; safe to share between threads."""
    return Misspellings()


def _may_be_one(word: str) -> bool:
    if not (_SHORTEST <= len(word) <= _LONGEST and word.isascii() and word.isalpha()):
        return False
    return word.islower() or word[1:].islower() or word.isupper()


def _begins(words: Sequence[str], place: int) -> bool:
    """Whether a word begins a sentence or a line; elsewhere a capital may be a name's."""
    return place == 0 or words[place - 1][-1] in _BEGINS or words[place - 1].strip(" ") == "\n"


def _is_one_error(written: str, meant: str) -> bool:
    if abs(len(written) - len(meant)) > 1:
        return False
    at = next(
        (i for i, (a, b) in enumerate(zip(written, meant, strict=False)) if a != b), min(len(written), len(meant))
    )
    if len(written) != len(meant):
        shorter, longer = sorted((written, meant), key=len)
        return shorter[at:] == longer[at + 1 :]
    swapped = written[at + 1 : at + 2] + written[at : at + 1]
    return written[at + 1 :] == meant[at + 1 :] or (swapped + written[at + 2 :] == meant[at:])


def _is_alike(stem: str, other: str) -> bool:
    """Whether two stems differ only in their endings, like those of "diabetes" and "diabetic"."""
    shorter = min(len(stem), len(other)) - 1
    return stem[:shorter] == other[:shorter]


def _without_one(word: str) -> list[str]:
    return [word[:at] + word[at + 1 :] for at in range(len(word))]


def _words(texts: Iterable[str]) -> set[str]:
    return {word.lower() for text in texts for word in _WORD.findall(text)}


def _own_words() -> frozenset[str]:
    common, drugs = load_common(), load_drugs()
    texts = [text for words in common.words for text in (words.finding.label, *words.en)]
    texts += [text for condition in common.conditions for text in (condition.name.en, *condition.also)]
    texts += [text for table in (drugs.products, drugs.ingredients) for name in table for text in (name, *table[name])]
    return frozenset(_words(texts))


def _table_stems() -> frozenset[str]:
    """Stems of single words in the names of diseases and drugs, and in ICD-10-CM."""
    return frozenset(part for name in ("lexicon", "icd10cm") for row in read_table(name) for part in row[0].split())
