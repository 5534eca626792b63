"""Semantic similarity between a question and the texts of a library."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .embed import Embedder, Vectors, encode_once
from .index import VectorIndex

Rows = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]

ABSENT = np.float32(-1)
"""Score of a text that a retriever does not cover."""

_NEIGHBOURS, _SAMPLE, _BLOCK = 10, 2_000, 1_024


class DenseRetriever:
    """Retrieves the texts of a library that one embedding model covers.

    A hub, a text near to everything, would be found for every question. So a share of each text's mean similarity with
    the nearest texts of other entries, relative to the average text, is subtracted from its score (as Conneau et al.
    2018, "Word translation without parallel data", section 2.3, do for words).

    Args:
        embedder: the model.
        texts: all texts of the library.
        owners: number of the entry that each belongs to, ``[texts]``.
        known: rows of ``texts`` that the model covers, ascending.
        hub_share: the share that is subtracted, 0 to 1.
        cache: folder for vectors and index.
    """

    def __init__(
        self, embedder: Embedder, texts: Sequence[str], owners: Rows, known: Rows, *, hub_share: float, cache: Path
    ) -> None:
        self.embedder = embedder
        self.known = known
        self.vectors = encode_once(embedder, [texts[row] for row in known], cache)
        self._index = VectorIndex(self.vectors, cache)
        self._place = np.full(len(texts), -1)
        self._place[known] = np.arange(len(known))
        crowding = _crowding(self.vectors, owners[known])
        self._penalty = hub_share * (crowding - crowding.mean())

    def nearest(self, query: Vectors, k: int) -> Rows:
        """Rows of the ``k`` texts nearest to ``query``, ``[dimensions]``, best first."""
        found: Rows = self.known[self._index.nearest(query, k)]
        return found

    def scores(self, query: Vectors, rows: Rows) -> Scores:
        """Corrected cosine with the texts ``rows``, about -1 to 1; :data:`ABSENT` for those it does not cover."""
        places = self._place[rows]
        here = places >= 0
        some = places[here]
        # Selecting rows copies them: if most are wanted, multiplying all is faster.
        cosines = (self.vectors @ query)[some] if 2 * len(some) > len(self.vectors) else self.vectors[some] @ query
        found = np.full(len(rows), ABSENT)
        found[here] = cosines - self._penalty[some]
        return found

    def among(self, some: Rows, rows: Rows) -> Scores:
        """Corrected cosine of each text of ``some`` with each of ``rows``, ``[some, rows]``; :data:`ABSENT` for a text
        with itself."""
        places, others = self._place[some], self._place[rows]
        found: Scores = self.vectors[places] @ self.vectors[others].T - self._penalty[others]
        found[places[:, None] == others[None]] = ABSENT
        return found

    def reads(self, rows: Rows) -> npt.NDArray[np.bool_]:
        """Whether the model covers each of the texts ``rows``."""
        return self._place[rows] >= 0


def _crowding(vectors: Vectors, owners: Rows) -> Scores:
    """Mean cosine of each text with the nearest texts of other entries in a sample, ``[n]``."""
    sample = np.random.default_rng(0).permutation(len(vectors))[:_SAMPLE]
    found = np.zeros(len(vectors), np.float32)
    for start in range(0, len(vectors), _BLOCK):
        rows = slice(start, start + _BLOCK)
        cosines = vectors[rows] @ vectors[sample].T
        own = owners[rows, None] == owners[sample][None]
        cosines[own] = -1
        k = min(_NEIGHBOURS, len(sample))
        top = np.partition(cosines, len(sample) - k, axis=1)[:, len(sample) - k :]
        others = np.maximum((top > -1).sum(1), 1)
        found[rows] = np.where(top > -1, top, 0).sum(1) / others
    return found
