"""Scores how much a question resembles the wordings of each entry, trained on many wordings.

Kernel ridge regression (Saunders, Gammerman and Vovk 1998, Ridge regression learning algorithm in dual variables),
one-vs-rest: near 1 where similar wordings belong to the entry, near 0 where they belong to others or there are none. A
linear head separates entries globally; this one also models the local boundary between two of them.
"""

import numpy as np
import numpy.typing as npt

from .embed import Vectors

_GAMMA, _RIDGE = 1.5, 0.1  # kernel width factor, relative to the library's mean squared distance; regularisation
_MOST_TEXTS = 10_000  # these take four seconds and 400 MB


class KernelRidge:
    """A trained model; see :func:`learn_kernel`.

    Args:
        texts: of length one, ``[texts, dimensions]``.
        gamma: factor of squared distances in the Gaussian kernel.
        weights: ``[texts, entries]``.
    """

    def __init__(self, texts: Vectors, gamma: float, weights: npt.NDArray[np.float32]) -> None:
        self._texts, self._gamma, self._weights = texts, gamma, weights

    def scores(self, query: Vectors, entries: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """How much a question, ``[dimensions]``, resembles the wordings of some entries, ``[entries]``."""
        alike = _gaussian(self._texts @ (query / np.linalg.norm(query)), self._gamma)
        found: npt.NDArray[np.float32] = (alike @ self._weights)[entries]
        return found


def learn_kernel(vectors: Vectors, owners: npt.NDArray[np.int64], entries: int) -> KernelRidge:
    """Trains on the wordings: on a random 10,000 if there are more.

    Args:
        vectors: ``[texts, dimensions]``, at least two texts.
        owners: number of each text's entry, ``[texts]``.
        entries: how many entries there are; those without texts score 0.
    """
    from scipy.linalg import cho_factor, cho_solve

    if len(vectors) > _MOST_TEXTS:
        some = np.random.default_rng(0).permutation(len(vectors))[:_MOST_TEXTS]
        vectors, owners = vectors[some], owners[some]
    texts = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = texts @ texts.T
    usual = 2 - 2 * (float(cosines.sum(dtype=np.float64)) - len(texts)) / (len(texts) * (len(texts) - 1))
    gamma = _GAMMA / max(usual, 1e-3)  # less is rounding
    alike = _gaussian(cosines, gamma)
    alike[np.diag_indices_from(alike)] += np.float32(_RIDGE)
    wanted = np.zeros((len(texts), entries), np.float32)
    wanted[np.arange(len(texts)), owners] = 1
    factor = cho_factor(alike, lower=True, overwrite_a=True, check_finite=False)
    weights = cho_solve(factor, wanted, overwrite_b=True, check_finite=False)
    return KernelRidge(texts, gamma, weights.astype(np.float32, copy=False))


def _gaussian(cosines: npt.NDArray[np.float32], gamma: float) -> npt.NDArray[np.float32]:
    """Gaussian kernel of the distance; rounding may put the cosine of equal texts above 1."""
    found: npt.NDArray[np.float32] = np.exp(np.float32(2 * gamma) * np.minimum(cosines - np.float32(1), 0))
    return found
