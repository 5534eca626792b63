"""Distinguishes wordings of the same question from wordings of similar ones.

Probabilistic linear discriminant analysis (Ioffe 2006, https://doi.org/10.1007/11744085_41), as used in speaker
recognition (Brümmer and de Villiers 2010, The speaker partitioning problem): the wordings of an entry are normally
distributed around it, and the entries around the overall mean. Both covariances are estimated from the library's own
wordings and decide how near is near enough in each direction, so that a question without an entry is not taken for a
wording of the nearest one.
"""

import numpy as np
import numpy.typing as npt

from .embed import Vectors

Numbers = npt.NDArray[np.float64]

_ROUND = 0.85  # shrinkage of the wordings' covariance to a spherical one: few wordings for that many dimensions
_TINY = 1e-6  # least variance of wordings, for identical ones
_LEAST = 1e-3  # least variance of the entries, relative to that of wordings, for a direction to be used


class Plda:
    """A trained model; see :func:`learn_plda`.

    Args:
        middle: mean of all texts, ``[dimensions]``.
        directions: projection in which a wording's variance is 1, ``[dimensions, k]``.
        spread: variances of the entries in it, ``[k]``.
        means: of each entry's wordings in it, ``[entries, k]``.
        counts: number of wordings of each entry, ``[entries]``.
    """

    def __init__(self, middle: Numbers, directions: Numbers, spread: Numbers, means: Numbers, counts: Numbers) -> None:
        self._middle, self._directions, self._spread = middle, directions, spread
        known = spread / (spread + 1 / counts[:, None])
        self._expected, self._scatter = known * means, 1 + known / counts[:, None]

    def ratios(self, query: Vectors, entries: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Log-likelihood ratios: a question, ``[dimensions]``, as a wording of each entry against a new entry's."""
        place = (query - self._middle) @ self._directions
        scatter, whole = self._scatter[entries], 1 + self._spread
        theirs = ((place - self._expected[entries]) ** 2 / scatter + np.log(scatter)).sum(1)
        own = (place**2 / whole + np.log(whole)).sum()
        found: npt.NDArray[np.float32] = ((own - theirs) / 2).astype(np.float32)
        return found


def learn_plda(vectors: Vectors, owners: npt.NDArray[np.int64], entries: int) -> Plda:
    """Trains on the wordings; takes about a second.

    Args:
        vectors: ``[texts, dimensions]``, more texts than entries with texts.
        owners: number of each text's entry, ``[texts]``.
        entries: how many entries there are; those without texts get no meaningful ratios.
    """
    texts = vectors.astype(np.float64)
    size, middle = texts.shape[1], texts.mean(0)
    counts = np.bincount(owners, minlength=entries).astype(np.float64)
    sums = np.zeros((entries, size))
    np.add.at(sums, owners, texts - middle)
    means = sums / np.maximum(counts, 1)[:, None]
    rest = texts - middle - means[owners]
    present = counts > 0
    within = rest.T @ rest / max(1, len(texts) - int(present.sum()))
    within = (1 - _ROUND) * within + _ROUND * np.trace(within) / size * np.eye(size)
    values, vectors_of = np.linalg.eigh(within)
    whiten = vectors_of / np.sqrt(np.maximum(values, _TINY))
    placed = means @ whiten
    # minus the sampling variance of the means
    between = placed[present].T @ placed[present] / present.sum() - np.mean(1 / counts[present]) * np.eye(size)
    spread, turned = np.linalg.eigh(between)
    kept = spread > _LEAST
    return Plda(middle, whiten @ turned[:, kept], spread[kept], placed @ turned[:, kept], np.maximum(counts, 1))
