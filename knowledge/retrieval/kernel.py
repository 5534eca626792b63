"""Learns from many wordings of the same questions how much a new one is like those of each entry.

Kernel ridge regression (Saunders, Gammerman and Vovk 1998, Ridge regression learning algorithm in dual variables), one
entry against the others: near 1 where wordings like the question are the entry's, near 0 where they are others' or
where there are none. A linear head sees entries as wholes; this one sees the places where two of them meet.
"""

import numpy as np
import numpy.typing as npt

from .embed import Vectors

_NARROW, _RIDGE = 1.5, 0.1  # how much faster likeness fades than distances usually are in the library; regularisation
_MOST_TEXTS = 10_000  # which take four seconds, and 400 MB meanwhile


class KernelRidge:
    """What was learnt; see :func:`learn_kernel`.

    Args:
        texts: of length one, ``[texts, dimensions]``.
        narrow: by which squared distances count.
        weights: ``[texts, entries]``.
    """

    def __init__(self, texts: Vectors, narrow: float, weights: npt.NDArray[np.float32]) -> None:
        self._texts, self._narrow, self._weights = texts, narrow, weights

    def scores(self, query: Vectors, entries: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """How much a question, ``[dimensions]``, is like the wordings of some entries, ``[entries]``."""
        alike = _likeness(self._texts @ (query / np.linalg.norm(query)), self._narrow)
        found: npt.NDArray[np.float32] = (alike @ self._weights)[entries]
        return found


def learn_kernel(vectors: Vectors, owners: npt.NDArray[np.int64], entries: int) -> KernelRidge:
    """Learns from wordings: from 10,000 of them by chance where there are more.

    Args:
        vectors: ``[texts, dimensions]``, two texts at least.
        owners: number of each text's entry, ``[texts]``.
        entries: how many there are; those without texts get nought.
    """
    from scipy.linalg import cho_factor, cho_solve

    if len(vectors) > _MOST_TEXTS:
        some = np.random.default_rng(0).permutation(len(vectors))[:_MOST_TEXTS]
        vectors, owners = vectors[some], owners[some]
    texts = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = texts @ texts.T
    usual = 2 - 2 * (float(cosines.sum(dtype=np.float64)) - len(texts)) / (len(texts) * (len(texts) - 1))
    narrow = _NARROW / max(usual, 1e-6)
    alike = _likeness(cosines, narrow)
    alike[np.diag_indices_from(alike)] += np.float32(_RIDGE)
    wanted = np.zeros((len(texts), entries), np.float32)
    wanted[np.arange(len(texts)), owners] = 1
    factor = cho_factor(alike, lower=True, overwrite_a=True, check_finite=False)
    weights = cho_solve(factor, wanted, overwrite_b=True, check_finite=False)
    return KernelRidge(texts, narrow, weights.astype(np.float32, copy=False))


def _likeness(cosines: npt.NDArray[np.float32], narrow: float) -> npt.NDArray[np.float32]:
    """A Gaussian of the distance."""
    found: npt.NDArray[np.float32] = np.exp(np.float32(2 * narrow) * (cosines - np.float32(1)))
    return found
