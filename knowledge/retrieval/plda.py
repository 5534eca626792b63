"""Tells wordings of the same question from wordings of similar ones.

Probabilistic linear discriminant analysis (Ioffe 2006, https://doi.org/10.1007/11744085_41), as recognisers of speakers
use it (Brümmer and de Villiers 2010, The speaker partitioning problem): wordings of an entry scatter around it, and
entries around the middle of all, each normally. What a library's own wordings say of both scatters decides how near is
near enough, in each direction, so that an entry that nobody wrote is not taken for its neighbour.
"""

import numpy as np
import numpy.typing as npt

from .embed import Vectors

Numbers = npt.NDArray[np.float64]

_ROUND = 0.85  # share of the wordings' scatter that counts as alike in all directions: there are few for so many
_TINY = 1e-6  # scatter of wordings that are all the same
_LEAST = 1e-3  # scatter of the entries beside that of wordings, below which a direction says nothing


class Plda:
    """What was learnt; see :func:`learn_plda`.

    Args:
        middle: of all texts, ``[dimensions]``.
        directions: in which a wording's scatter is 1, ``[dimensions, k]``.
        spread: scatter of the entries there, ``[k]``.
        means: of each entry's wordings there, ``[entries, k]``.
        counts: of each entry's wordings, ``[entries]``.
    """

    def __init__(self, middle: Numbers, directions: Numbers, spread: Numbers, means: Numbers, counts: Numbers) -> None:
        self._middle, self._directions, self._spread = middle, directions, spread
        known = spread / (spread + 1 / counts[:, None])
        self._expected, self._scatter = known * means, 1 + known / counts[:, None]

    def ratios(self, query: Vectors, entries: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """Log-likelihood of a question, ``[dimensions]``, as a wording of some entries, over that of one of its own."""
        place = (query - self._middle) @ self._directions
        scatter, whole = self._scatter[entries], 1 + self._spread
        theirs = ((place - self._expected[entries]) ** 2 / scatter + np.log(scatter)).sum(1)
        own = (place**2 / whole + np.log(whole)).sum()
        found: npt.NDArray[np.float32] = ((own - theirs) / 2).astype(np.float32)
        return found


def learn_plda(vectors: Vectors, owners: npt.NDArray[np.int64], entries: int) -> Plda:
    """Learns from wordings; takes about a second.

    Args:
        vectors: ``[texts, dimensions]``, more texts than entries that have some.
        owners: number of each text's entry, ``[texts]``.
        entries: how many there are; those without texts get no sensible ratios.
    """
    texts = vectors.astype(np.float64)
    size, middle = texts.shape[1], texts.mean(0)
    counts = np.bincount(owners, minlength=entries).astype(np.float64)
    sums = np.zeros((entries, size))
    np.add.at(sums, owners, texts - middle)
    means = sums / np.maximum(counts, 1)[:, None]
    rest = texts - middle - means[owners]
    there = counts > 0
    within = rest.T @ rest / max(1, len(texts) - int(there.sum()))
    within = (1 - _ROUND) * within + _ROUND * np.trace(within) / size * np.eye(size)
    values, vectors_of = np.linalg.eigh(within)
    whiten = vectors_of / np.sqrt(np.maximum(values, _TINY))
    placed = means @ whiten
    # means of few wordings scatter by themselves
    between = placed[there].T @ placed[there] / there.sum() - np.mean(1 / counts[there]) * np.eye(size)
    spread, turned = np.linalg.eigh(between)
    kept = spread > _LEAST
    return Plda(middle, whiten @ turned[:, kept], spread[kept], placed @ turned[:, kept], np.maximum(counts, 1))
