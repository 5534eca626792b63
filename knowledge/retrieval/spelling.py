"""Typing errors in English questions."""

import functools
import json
import re
import string
from collections.abc import Collection, Iterable
from pathlib import Path

from .lexical import words

_SHORTEST = 4  # letters; a shorter word has too many neighbours, and one of more than 30 is none
_WORD = re.compile(r"[a-z]+")
# A word in small letters, or the first one. Codes, addresses, names, parts of "don't" and what was masked are none.
_CORRECTABLE = re.compile(r"(?<![\w'’@/.\[-])(?:\A[A-Z])?[a-z]{3,30}(?![\w'’@/\]-]|\.\w)")


class Spelling:
    """Knows the words of a library, and reads a mistyped one as the word that was meant.

    A word that neither the library nor everyday English has, whatever its endings, is taken for the library's word that
    is one error away (Damerau 1964: a letter too many, too few or wrong, or two that changed places), if there is only
    one, whatever its endings. Most errors are single ones, and hardly any puts another letter at the beginning. In
    Chinese and in names nothing is corrected.

    Args:
        texts: the library's.
        everyday: English words in small letters, which are no errors though the library may have none of them; without
            any, nothing is corrected.
    """

    def __init__(self, texts: Iterable[str], everyday: Collection[str]) -> None:
        self._own = {word for text in texts for word in _WORD.findall(text.lower())}
        self._stems = {stem for word in (*self._own, *everyday) for stem in words(word)}
        self._everyday = everyday

    def corrected(self, question: str) -> str:
        """The question to search for."""
        if not self._everyday:
            return question
        return _CORRECTABLE.sub(lambda match: self._meant(match[0]), question)

    def _meant(self, written: str) -> str:
        word = written.lower()
        if len(word) < _SHORTEST or self._knows(word):
            return written
        near = sorted(one for one in one_error_away(word) & self._own if len(one) >= _SHORTEST)
        is_one = len({tuple(words(one)) for one in near}) == 1
        return near[0] if is_one and word[0] in near[0][:2] else written

    def _knows(self, word: str) -> bool:
        if not self._stems.isdisjoint(words(word)):
            return True
        if word.endswith("e") and word + "r" in self._own:  # a browser is there to browse
            return True
        return word.endswith("nt") and word[:-1] in self._everyday  # "cant" is near "want"


@functools.lru_cache(maxsize=1)  # the search and the critical topics ask for them
def everyday_words(model: Path) -> frozenset[str]:
    """The whole English words among the tokens of an uncased BERT, from the folder of :class:`~.embed.MiniLM`."""
    tokens = json.loads((model / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    return frozenset(token for token in tokens if _WORD.fullmatch(token))


def one_error_away(word: str) -> set[str]:
    """All that lie so near, words or not, itself too; as Norvig's corrector, https://norvig.com/spell-correct.html."""
    parts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    fewer = {left + right[1:] for left, right in parts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in parts if len(right) > 1}
    other = {left + letter + right[1:] for left, right in parts if right for letter in string.ascii_lowercase}
    more = {left + letter + right for left, right in parts for letter in string.ascii_lowercase}
    return fewer | swapped | other | more
