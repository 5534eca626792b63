"""The models that questions in a language are asked, each with what it makes of the library."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from ..retrieval.cross_encoder import Reranker
from ..retrieval.dense import DenseRetriever, Rows
from ..retrieval.embed import Embedder, Embedders
from ..retrieval.language import Language
from .texts import AnswerSentences, Texts

_ENGLISH_HUBS, _CHINESE_HUBS, _MULTILINGUAL_HUBS = 0.3, 0.3, 0.5  # shares of the correction for crowded texts


@dataclass(frozen=True, slots=True)
class Reader:
    """A model that questions in a language are asked.

    Attributes:
        retriever: what it makes of the library.
        weight: with which a library starts.
        share: factor of its numbers where those of several models stand side by side.
        sentences: makes those of answers, as it reads them; for the model of the question's own language only, since a
            question in another one finds a title rather than a detail.
        judge: reads them together with a question; of the same model only.
    """

    retriever: DenseRetriever
    weight: float
    share: float
    sentences: Callable[[], AnswerSentences | None] | None = None
    judge: Reranker | None = None


def readers(texts: Texts, embedders: Embedders, cache: Path) -> dict[Language, tuple[Reader, ...]]:
    """For questions in each language the models to ask, the one that reads it best first.

    Where the library has no text in the language, only the model that finds across languages is asked.
    """
    across = reader_across(texts, embedders, cache)

    def own(embedder: Embedder, known: Rows, hubs: float) -> Reader:
        sentences = partial(AnswerSentences.of, texts, embedder, known, hub_share=hubs, cache=cache)
        return replace(_reader(texts, embedder, known, hubs, cache), sentences=sentences)

    found: dict[Language, tuple[Reader, ...]] = {"en": (across,), "zh": (across,)}
    english, chinese = texts.rows_in("en"), texts.rows_in("zh")
    if english.size:
        main = replace(own(embedders.english, english, _ENGLISH_HUBS), judge=embedders.english_judge)
        found["en"] = main, replace(across, weight=0.2, share=0.4)
    if chinese.size:
        untranslated = np.setdiff1d(texts.owners, texts.owners[chinese])
        rows = np.sort(np.concatenate([chinese, np.flatnonzero(np.isin(texts.owners, untranslated))]))
        main = replace(own(embedders.chinese, rows, _CHINESE_HUBS), judge=embedders.chinese_judge)
        found["zh"] = main, across
    return found


def reader_across(texts: Texts, embedders: Embedders, cache: Path) -> Reader:
    """The model that finds across languages."""
    everything = np.arange(len(texts.texts))
    return replace(_reader(texts, embedders.multilingual, everything, _MULTILINGUAL_HUBS, cache), share=0.7)


def _reader(texts: Texts, embedder: Embedder, known: Rows, hubs: float, cache: Path) -> Reader:
    retriever = DenseRetriever(embedder, texts.texts, texts.owners, known, hub_share=hubs, cache=cache)
    return Reader(retriever, weight=1.0, share=1.0)
