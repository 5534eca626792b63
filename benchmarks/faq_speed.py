"""Search latency in large libraries."""

import time
from collections.abc import Sequence

import numpy as np

from benchmarks.common import Add
from benchmarks.faq_data import CACHE, Models, Remembered, entry, everyday
from knowledge.faq.search import FaqSearch
from knowledge.retrieval.embed import Embedders, Vectors

_SIZES = {"10k": 10_000, "100k": 100_000}
_QUESTIONS = 200
_SUBJECTS = ("card", "loan", "transfer", "account", "invoice", "parcel", "ticket", "router", "contract", "refund")
_VERBS = ("cancel", "change", "find", "order", "pay", "return", "renew", "track", "open", "close")


class _Invented:
    """Real vectors for a question, random ones for a library's texts, as encoding those would take an hour."""

    def __init__(self, model: Remembered) -> None:
        self.name, self._model = f"invented-{model.name}", model.model()
        self._dimensions = self._model.encode(["x"]).shape[1]

    def encode(self, texts: Sequence[str]) -> Vectors:
        if len(texts) == 1:
            return self._model.encode(texts)
        vectors = np.random.default_rng(len(texts)).standard_normal((len(texts), self._dimensions), np.float32)
        normal: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normal


def speed(models: Models, add: Add) -> None:
    """95th percentile of a search, including the question's embedding."""
    english, chinese, multilingual = map(_Invented, models)
    invented = Embedders(english, chinese, multilingual)
    for name, size in _SIZES.items():
        entries = [
            entry(f"e{i}", "en", [_question(i)], f"Answer {i} about {_SUBJECTS[i % 10]} {i // 7}.") for i in range(size)
        ]
        search = FaqSearch(entries, embedders=invented, cache=CACHE / "speed", everyday=everyday())
        seconds = []
        for i in range(_QUESTIONS):
            begin = time.perf_counter()
            search.search(f"please help, {_question(i * 37 + 5)}")
            seconds.append(time.perf_counter() - begin)
        add(
            f"p95_ms_{name}", f"ms a search, {size:,} entries, 95th percentile", float(np.percentile(seconds, 95)) * 1e3
        )


def _question(i: int) -> str:
    return f"how do I {_VERBS[i % 10]} my {_SUBJECTS[i // 10 % 10]} number {i // 100} in area {i % 97}?"
