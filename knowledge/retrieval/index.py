"""Nearest-neighbour search with FAISS."""

import hashlib
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from core.files import replacing
from core.threads import one_thread

from .embed import Vectors

EXACT_UP_TO = 50_000
"""Most rows searched exhaustively; above this, a graph is used, which finds nearly all nearest neighbours."""

_LINKS, _BUILD_BREADTH, _SEARCH_BREADTH = 16, 80, 128


class VectorIndex:
    """Search by cosine over vectors of length one.

    Args:
        vectors: ``[n, dimensions]``.
        cache: folder for the graph, which takes minutes to build for 100,000 entries.
    """

    def __init__(self, vectors: Vectors, cache: Path) -> None:
        if len(vectors) <= EXACT_UP_TO:
            self._index: faiss.Index = faiss.IndexFlatIP(vectors.shape[1])
            self._index.add(vectors)
        else:
            self._index = _graph(vectors, cache)

    def nearest(self, query: Vectors, k: int) -> npt.NDArray[np.int64]:
        """The ``k`` rows nearest to ``query``, ``[dimensions]``, best first."""
        with one_thread():
            _, rows = self._index.search(query[None, :], min(k, self._index.ntotal))
        found: npt.NDArray[np.int64] = rows[0][rows[0] >= 0]
        return found


def _graph(vectors: Vectors, cache: Path) -> "faiss.Index":
    """A navigable small-world graph (Malkov and Yashunin 2020), loaded from ``cache`` or built."""
    digest = hashlib.sha256(np.ascontiguousarray(vectors).data).hexdigest()[:32]
    path = cache / f"{digest}.hnsw"
    try:
        index: Any = faiss.read_index(str(path))
    except RuntimeError:  # absent, or truncated by a crash
        index = faiss.IndexHNSWFlat(vectors.shape[1], _LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efConstruction = _BUILD_BREADTH
        index.add(vectors)
        with replacing(path) as partial:
            faiss.write_index(index, str(partial))
    index.hnsw.efSearch = _SEARCH_BREADTH
    graph: faiss.Index = index
    return graph
