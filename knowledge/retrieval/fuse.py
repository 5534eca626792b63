"""Combines the scores of several retrievers for the same entries."""

from collections.abc import Iterable, Sequence
from itertools import product

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
Columns = npt.NDArray[np.int64]


def of_entries(scores: Matrix, starts: Columns) -> Matrix:
    """Scores of entries, ``[retrievers, entries]``, from those of their texts, ``[retrievers, texts]``.

    The best text counts; for an entry with 12 or more, the mean of the best two or three, which one outlier cannot
    dominate.

    Args:
        scores: with the texts of an entry in adjacent columns.
        starts: column of each entry's first text, ascending.
    """
    found = np.maximum.reduceat(scores, starts, axis=1)
    sizes = np.diff(starts, append=scores.shape[1])
    for size in np.unique(sizes):
        best = min(size // 6, 3)
        if best > 1:
            entries = np.flatnonzero(sizes == size)
            columns = starts[entries, None] + np.arange(size)
            found[:, entries] = -np.partition(-scores[:, columns], best - 1, axis=2)[..., :best].mean(2)
    return found


def means_of_best(scores: Matrix, starts: Columns, counts: Sequence[int]) -> Matrix:
    """Mean score of the best texts of each entry, ``[counts, entries]``.

    Args:
        scores: of one retriever, ``[texts]``; -1 for a text that it does not cover, which counts only if the entry has
            no other.
        starts: position of each entry's first text, ascending.
        counts: how many of the best texts to average; all if an entry has fewer.
    """
    owners = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(scores)))
    best_first = np.cumsum(np.concatenate([[0.0], scores[np.lexsort((-scores, owners))]]))
    known = np.maximum(np.add.reduceat(scores > -1, starts), 1)
    taken = np.minimum(np.asarray(counts)[:, None], known)
    found: Matrix = ((best_first[starts + taken] - best_first[starts]) / taken).astype(np.float32)
    return found


def mixed(scores: Matrix, weights: Sequence[float]) -> Matrix:
    """Weighted sum of z-scores, ``[entries]``. A retriever with the same score for every entry is ignored."""
    spread = scores.std(1, keepdims=True)
    standard = (scores - scores.mean(1, keepdims=True)) / np.where(spread > 1e-6, spread, 1)
    found: Matrix = np.asarray(weights, np.float32) @ np.where(spread > 1e-6, standard, 0)
    return found


def choose_weights(
    rankings: Sequence[tuple[Matrix, int]], default: tuple[float, ...], choices: Iterable[Sequence[float]]
) -> tuple[float, ...]:
    """The weights with the highest mean reciprocal rank of the right entry.

    The default stays unless others are better by more than one standard error of the difference: a few questions are
    not enough evidence.

    Args:
        rankings: for each question the ``[retrievers, entries]`` scores and the column of the right entry.
        default: weights of each retriever.
        choices: for each retriever the weights to try.
    """
    before = _reciprocal_ranks(rankings, default)
    chosen, chosen_gain = default, 0.0
    for weights in product(*choices):
        difference = _reciprocal_ranks(rankings, weights) - before
        gain = float(difference.mean())
        if gain > chosen_gain and gain > difference.std() / len(rankings) ** 0.5:
            chosen, chosen_gain = tuple(weights), gain
    return chosen


def _reciprocal_ranks(rankings: Sequence[tuple[Matrix, int]], weights: Sequence[float]) -> npt.NDArray[np.float64]:
    ranks = []
    for scores, right in rankings:
        fused = mixed(scores, weights)
        ranks.append(1 / (1 + (fused > fused[right]).sum()))
    return np.asarray(ranks, np.float64)
