"""Clusters questions that ask for the same thing."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..retrieval.embed import Embedder

_LIKE = 0.6  # mean cosine from which two groups are merged; paraphrases lie above, related topics below
_MOST = 2_000  # distinct wordings compared: their distances take 32 MB


@dataclass(frozen=True, slots=True)
class Cluster:
    """Wordings of one question, most typical first, and how often it was asked."""

    texts: tuple[str, ...]
    count: int


def clusters(texts: Sequence[str], embedder: Embedder) -> list[Cluster]:
    """Groups questions by meaning, most frequently asked first.

    Agglomerative clustering by mean cosine, so that no chain of neighbours joins two topics. Only the first 2,000
    distinct wordings are used.
    """
    counts = Counter(" ".join(text.split()) for text in texts)
    wordings = list(counts)[:_MOST]
    if not wordings:
        return []
    vectors = embedder.encode(wordings).astype(np.float64)
    groups = [_cluster([wordings[i] for i in own], vectors[own], counts) for own in _groups(vectors) if len(own)]
    return sorted(groups, key=lambda group: (-group.count, group.texts))


def _groups(vectors: npt.NDArray[Any]) -> list[npt.NDArray[Any]]:
    if len(vectors) == 1:
        return [np.array([0])]
    from sklearn.cluster import AgglomerativeClustering

    model = AgglomerativeClustering(n_clusters=None, distance_threshold=1 - _LIKE, metric="cosine", linkage="average")
    labels = model.fit_predict(vectors)
    return [np.flatnonzero(labels == label) for label in range(labels.max() + 1)]


def _cluster(wordings: Sequence[str], vectors: npt.NDArray[Any], counts: Counter[str]) -> Cluster:
    weights = np.array([counts[text] for text in wordings])
    typical = vectors @ (weights @ vectors)
    order = sorted(range(len(wordings)), key=lambda i: (-typical[i], wordings[i]))
    return Cluster(tuple(wordings[i] for i in order), int(weights.sum()))
