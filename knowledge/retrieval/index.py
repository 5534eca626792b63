"""Nearest vectors, by FAISS."""

from dataclasses import dataclass

import faiss

from .embed import Vectors


@dataclass(frozen=True, slots=True)
class Hit:
    """A row of the index and its cosine similarity, -1 to 1."""

    row: int
    score: float


class VectorIndex:
    """Exact search by cosine over vectors of length one, ``[n, dimensions]``."""

    def __init__(self, vectors: Vectors) -> None:
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(vectors)

    def search(self, query: Vectors, k: int) -> list[Hit]:
        """The ``k`` rows nearest to ``query``, ``[dimensions]``, best first."""
        scores, rows = self._index.search(query[None, :], min(k, self._index.ntotal))
        return [Hit(int(row), float(score)) for row, score in zip(rows[0], scores[0], strict=True)]
