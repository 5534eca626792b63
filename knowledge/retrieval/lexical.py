"""Lexical search with BM25."""

import functools
import itertools
import logging
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from .language import HAN, simplified

_LETTERS = rf"(?:(?!{HAN.pattern})[^\W_])+"  # or digits; Chinese stands right beside them: 3岁, wifi密码
_TOKEN = re.compile(rf"(?:{HAN.pattern})+|{_LETTERS}(?:[-_.'’]{_LETTERS})*")
_PART = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The text's tokens for BM25: stems of English words, Chinese words in simplified characters.

    A code of several parts (``ACME-v2``) counts both as a whole and by its parts.
    """
    found: list[str] = []
    for token in _TOKEN.findall(simplified(text).lower()):
        if HAN.match(token):
            found += _segmenter().cut_for_search(token)
            continue
        parts = _PART.findall(token)
        if len(parts) > 1 and any(character.isdigit() for character in token):
            found.append(token)
        found += [str(_stemmer().stemWord(part)) for part in parts if len(part) > 1 or part.isdigit()]
    return found


def content_words(text: str) -> list[str]:
    """The text's distinct tokens in order, without stop words such as "how", "please" or "怎么"."""
    return [word for word in dict.fromkeys(words(text)) if word not in _stop_words()]


class LexicalIndex:
    """BM25 (Robertson and Zaragoza 2009, Lucene's form) over n texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s

        tokens = [words(text) for text in texts]
        frequencies = Counter(word for text in tokens for word in set(text))
        self._numbers = {word: number for number, word in enumerate(frequencies)}
        self._idfs = [_idf(len(texts), count) for count in frequencies.values()]
        self._unseen = _idf(len(texts), 0)
        of_texts = [sorted({self._numbers[word] for word in text}) for text in tokens]
        self._ends = np.cumsum([0, *map(len, of_texts)])
        self._of_texts = np.asarray(list(itertools.chain(*of_texts)), np.int32)
        self._index: Any = None
        if frequencies:
            self._index = bm25s.BM25(method="lucene")
            self._index.index(tokens, show_progress=False)

    def scores(self, question: Sequence[str]) -> npt.NDArray[np.float32]:
        """How much of the question, given as :func:`words`, each text matches: ``[n]``, 0 to 1."""
        known = [word for word in question if word in self._numbers]
        attainable = sum(self.idf(word) for word in question)
        if not known or not attainable:
            return np.zeros(len(self._ends) - 1, np.float32)
        found: npt.NDArray[np.float32] = self._index.get_scores(known) / np.float32(attainable)
        return found

    def idf(self, word: str) -> float:
        """Inverse document frequency, above 0; highest for a word that is in no text."""
        number = self._numbers.get(word)
        return self._unseen if number is None else self._idfs[number]

    def in_any(self, words: Iterable[str], rows: Iterable[int]) -> set[str]:
        """Those of ``words`` that occur in at least one of the texts ``rows``."""
        present: set[int] = set().union(*(self._words_of(row).tolist() for row in rows))
        return {word for word in words if self._numbers.get(word, -1) in present}

    def same_words(self, row: int, other: int) -> bool:
        """Whether two texts have the same words."""
        return np.array_equal(self._words_of(row), self._words_of(other))

    def _words_of(self, row: int) -> npt.NDArray[np.int32]:
        return self._of_texts[self._ends[row] : self._ends[row + 1]]


def _idf(texts: int, with_word: int) -> float:
    return math.log(1 + (texts - with_word + 0.5) / (with_word + 0.5))


@functools.cache
def _stop_words() -> frozenset[str]:
    """Words about how a question is asked, not what it is about."""
    listed = (files(__package__) / "stop_words.txt").read_text("utf-8").split()
    return frozenset(stem for word in listed for stem in (word, *words(word)))


@functools.cache
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("english")


@functools.cache
def _segmenter() -> Any:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    return jieba.Tokenizer()
