"""Words in common, by BM25."""

import functools
import logging
import math
import re
from collections import Counter
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from .language import HAN, simplified

_TOKEN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[^\W_]+(?:[-_.'’][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """The text's words as BM25 counts them: stems of English words, Chinese words of simplified characters.

    A code of several parts (``ACME-v2``) counts whole and by its parts.
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
    """Its different words without those that only ask, such as "how", "please" or "怎么", in order."""
    return [word for word in dict.fromkeys(words(text)) if word not in _asking()]


class LexicalIndex:
    """BM25 (Robertson and Zaragoza 2009, Lucene's form) over n texts."""

    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s

        tokens = [words(text) for text in texts]
        frequencies = Counter(word for text in tokens for word in set(text))
        self._idf = {word: _rarity(len(texts), count) for word, count in frequencies.items()}
        self._unseen = _rarity(len(texts), 0)
        self._index: Any = None
        if self._idf:
            self._index = bm25s.BM25(method="lucene")
            self._index.index(tokens, show_progress=False)
        self._size = len(texts)

    def scores(self, question: Sequence[str]) -> npt.NDArray[np.float32]:
        """How much of the question, as :func:`words`, each text has: ``[n]``, 0 to 1."""
        known = [word for word in question if word in self._idf]
        attainable = sum(self.rarity(word) for word in question)
        if not known or not attainable:
            return np.zeros(self._size, np.float32)
        found: npt.NDArray[np.float32] = self._index.get_scores(known) / np.float32(attainable)
        return found

    def knows(self, word: str) -> bool:
        """Whether any text has the word."""
        return word in self._idf

    def rarity(self, word: str) -> float:
        """Inverse document frequency, more than 0; that of a word in no text is the largest."""
        return self._idf.get(word, self._unseen)


def _rarity(texts: int, with_word: int) -> float:
    return math.log(1 + (texts - with_word + 0.5) / (with_word + 0.5))


@functools.cache
def _asking() -> frozenset[str]:
    """Words that say how something is asked, not what about."""
    listed = (files(__package__) / "asking_words.txt").read_text("utf-8").split()
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
