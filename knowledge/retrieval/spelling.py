"""Corrects typing errors in English questions."""

import functools
import json
import re
import string
from collections.abc import Collection, Iterable
from pathlib import Path

from .lexical import words

_SHORTEST = 4  # letters; shorter words have too many neighbours, and more than 30 letters are not a word
_WORD = re.compile(r"[a-z]+")
# A lower-case word, or the first word. Excludes codes, addresses, names, parts of "don't" and masked text.
_CORRECTABLE = re.compile(r"(?<![\w'’@/.\[-])(?:\A[A-Z])?[a-z]{3,30}(?![\w'’@/\]-]|\.\w)")


class Spelling:
    """Corrects mistyped words to words of a library.

    A word whose stem occurs neither in the library nor in everyday English is replaced by the library word one error
    away (Damerau 1964: a letter added, missing or wrong, or two swapped), if all such words share one stem. Most errors
    are single ones, and hardly any changes the first letter. Chinese and names are not corrected.

    Args:
        texts: of the library.
        everyday: lower-case English words that are never errors, even if the library lacks them; if empty, nothing is
            corrected.
    """

    def __init__(self, texts: Iterable[str], everyday: Collection[str]) -> None:
        self._own = {word for text in texts for word in _WORD.findall(text.lower())}
        self._stems = {stem for word in (*self._own, *everyday) for stem in words(word)}
        self._everyday = everyday

    def corrected(self, question: str) -> str:
        """The question with typing errors corrected."""
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
        if word.endswith("e") and word + "r" in self._own:  # "browse" is known from "browser"
            return True
        return word.endswith("nt") and word[:-1] in self._everyday  # "cant" is near "want"


@functools.lru_cache(maxsize=1)  # the search and the critical topics ask for them
def everyday_words(model: Path) -> frozenset[str]:
    """The whole English words among the tokens of an uncased BERT, from the folder of :class:`~.embed.BgeSmall`."""
    tokens = json.loads((model / "tokenizer.json").read_text("utf-8"))["model"]["vocab"]
    return frozenset(token for token in tokens if _WORD.fullmatch(token))


def one_error_away(word: str) -> set[str]:
    """All strings one error away, words or not, and the word itself; as in https://norvig.com/spell-correct.html."""
    parts = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    fewer = {left + right[1:] for left, right in parts if right}
    swapped = {left + right[1] + right[0] + right[2:] for left, right in parts if len(right) > 1}
    other = {left + letter + right[1:] for left, right in parts if right for letter in string.ascii_lowercase}
    more = {left + letter + right for left, right in parts for letter in string.ascii_lowercase}
    return fewer | swapped | other | more
