"""How similar the wordings of each entry are.

Entries differ in breadth. A question that is as near to a narrow entry's wordings as to a broad one's more likely asks
for the broad one, since that similarity is low for the narrow one's own wordings. So similarity is compared with what
is usual within the entry, as in the local outlier factor (Breunig et al. 2000).
"""

import numpy as np
import numpy.typing as npt

from ..retrieval.dense import DenseRetriever, Rows
from ..retrieval.fuse import Matrix, means_of_best

NEAREST = (1, 5, 10, 20)
"""Numbers of an entry's nearest texts over which similarity is averaged."""

_TRUST = 5.0  # wordings that weigh as much as the library's mean


def cohesion(retriever: DenseRetriever, wordings: Rows, owners: Rows, starts: Rows) -> Matrix:
    """How much more similar the wordings of an entry are than is usual in the library.

    Args:
        retriever: computes similarities.
        wordings: rows of the wordings considered, ascending, which the retriever reads.
        owners: number of each wording's entry, ``[wordings]``.
        starts: row of each entry's first text, and the end.

    Returns:
        For each of :data:`NEAREST` and each entry, the mean similarity of a wording to the entry's other texts, less
        that of all wordings; 0 for an entry with one wording: ``[nearest, entries]``.
    """
    entries = len(starts) - 1
    count = np.bincount(owners, minlength=entries)
    sums = np.zeros((len(NEAREST), entries))
    several = np.flatnonzero(count > 1)
    begins = np.searchsorted(owners, several)
    for entry, begin in zip(several, begins, strict=True):
        rows = np.arange(starts[entry], starts[entry + 1])
        likeness = retriever.among(wordings[begin : begin + count[entry]], rows[retriever.reads(rows)])
        sums[:, entry] = _of_wordings(likeness)
    total = count[several].sum()
    if not total:
        return sums.astype(np.float32)
    usual = sums.sum(1, keepdims=True) / total
    over: npt.NDArray[np.float64] = (sums - usual * count) / (count + _TRUST)
    over[:, count < 2] = 0
    return over.astype(np.float32)


def _of_wordings(likeness: Matrix) -> npt.NDArray[np.float64]:
    """Sum over wordings, ``[nearest]``, of the mean similarity to the nearest texts, from ``[wordings, texts]``."""
    wordings, texts = likeness.shape
    means = means_of_best(likeness.ravel(), np.arange(0, wordings * texts, texts), NEAREST)
    found: npt.NDArray[np.float64] = means.sum(1, dtype=np.float64)
    return found
