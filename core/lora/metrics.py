"""Metrics of answers, with confidence intervals."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Metric = Literal["accuracy", "macro_f1"]

_UNEQUAL = 0.8  # share of the commonest label above which accuracy says little

_RESAMPLES = 2_000
_AT_ONCE = 4_000_000  # counts in memory


@dataclass(frozen=True, slots=True)
class Intervals:
    """95% intervals, each (low, high): of a score, and of its difference from another."""

    own: tuple[float, float]
    difference: tuple[float, float]


def metric_of(truth: Sequence[str]) -> Metric:
    """The metric for a task with these right labels, at least one: macro F1 if over 80% are the same, else accuracy."""
    return "macro_f1" if max(Counter(truth).values()) > _UNEQUAL * len(truth) else "accuracy"


def score(metric: Metric, truth: Sequence[str], chosen: Sequence[str]) -> float:
    """0 to 1. Macro F1 is the mean over all labels that are right or chosen at least once."""
    return float(_scores(np.ones((1, len(truth))), _facts(metric, truth, chosen))[0])


def intervals(metric: Metric, truth: Sequence[str], chosen: Sequence[str], others: Sequence[str]) -> Intervals:
    """Paired percentile bootstrap (Efron and Tibshirani 1993, chapter 13): 2,000 resamples, the same every time.

    Args:
        truth: right labels.
        chosen: labels to score.
        others: labels to compare with, on the same questions.
    """
    facts = [_facts(metric, truth, labels) for labels in (chosen, others)]
    both = [[_scores(counts, fact) for fact in facts] for counts in _resampled(len(truth))]
    mine, theirs = (np.concatenate(parts) for parts in zip(*both, strict=True))
    return Intervals(_middle(mine), _middle(mine - theirs))


def _middle(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _resampled(questions: int) -> Iterator[NDArray[np.float64]]:
    """How often each question was drawn, ``[resamples, questions]``, in pieces."""
    random, piece = np.random.default_rng(0), max(1, min(_RESAMPLES, _AT_ONCE // questions))
    for start in range(0, _RESAMPLES, piece):
        count = min(piece, _RESAMPLES - start)
        drawn = random.integers(questions, size=(count, questions)) + np.arange(count)[:, None] * questions
        yield np.bincount(drawn.ravel(), minlength=count * questions).reshape(count, questions).astype(np.float64)


def _facts(metric: Metric, truth: Sequence[str], chosen: Sequence[str]) -> NDArray[np.float64]:
    """What a metric needs: for accuracy whether each answer is right, ``[n]``; for F1 ``[3, n, labels]``: hits, true
    and chosen labels as one-hot rows."""
    right, given = np.array(truth, dtype=object), np.array(chosen, dtype=object)
    if metric == "accuracy":
        return np.asarray(right == given, np.float64)
    labels = np.array(sorted({*truth, *chosen}), dtype=object)
    is_true, is_chosen = right[:, None] == labels, given[:, None] == labels
    facts: NDArray[np.float64] = np.stack([is_true & is_chosen, is_true, is_chosen]).astype(np.float64)
    return facts


def _scores(counts: NDArray[np.float64], facts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The metric of each resample, ``[resamples]``."""
    if facts.ndim == 1:
        accuracy: NDArray[np.float64] = counts @ facts / counts.sum(1)
        return accuracy
    hits, true, chosen = counts @ facts
    total: NDArray[Any] = true + chosen
    f1 = np.divide(2 * hits, total, out=np.full_like(hits, np.nan), where=total > 0)
    means: NDArray[np.float64] = np.nanmean(f1, axis=1)
    return means
