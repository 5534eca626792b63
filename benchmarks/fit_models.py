"""The two models fitted on patients: a conditional logit over candidates, and a logistic regression."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.diagnosis_samples import Sample
from benchmarks.left_out import SOURCES
from knowledge.medical.case_features import PER_FINDING, WHOLE
from knowledge.medical.differential import RankingWeights

_RIDGE = 3.0  # of the ranking; from 0.3 to 10, about the best likelihood on publication-clean patients
_OF_SOURCES = 0.5  # weight of a patient of a source: less like new ones, and a half serves the others better
_NOT_ABOVE = {"contradicted", "unrelated", "x_linked_female", "onset_later", "onset_years"}
_NOT_BELOW = {"ratio", "exact_frequency", "absent_frequency", "absent_agreed", "known_in_notes", "coded_in_notes"}


@dataclass(frozen=True, slots=True)
class _Rows:
    """Candidates of many patients, stacked."""

    x: NDArray[np.float64]
    right: NDArray[np.bool_]
    begin: NDArray[np.int64]
    of_case: NDArray[np.int64]
    weight: NDArray[np.float64]


def fit_ranking(samples: Sequence[Sample]) -> RankingWeights:
    """Fits a conditional logit: each patient's right disease against the others of the shortlist.

    McFadden, "Conditional logit analysis of qualitative choice behavior" (1974). The cases of a disease in a file count
    together as the square root of their number; weights of known sign are constrained to it.
    """
    rows = _rows(samples)
    scale = rows.x.std(axis=0) + 1e-9
    x = rows.x / scale
    names = [*PER_FINDING, *WHOLE]
    bounds = [(0.0 if n in _NOT_BELOW else None, 0.0 if n in _NOT_ABOVE else None) for n in names]

    def loss(b: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = x @ b
        share = np.exp(z - np.maximum.reduceat(z, rows.begin)[rows.of_case])
        share /= np.add.reduceat(share, rows.begin)[rows.of_case]
        hit = np.where(rows.right, share, 0.0)
        found = np.maximum(np.add.reduceat(hit, rows.begin), 1e-12)
        slope = (share - hit / found[rows.of_case]) * rows.weight[rows.of_case]
        value = -float(rows.weight @ np.log(found)) + _RIDGE / 2 * float(b @ b)
        return value, x.T @ slope + _RIDGE * b

    best = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 200})
    weights = best.x / scale
    return RankingWeights(weights[: len(PER_FINDING)], weights[len(PER_FINDING) :])


def _rows(samples: Sequence[Sample]) -> _Rows:
    kept = [s for s in samples if s.right.any()]
    count = Counter((s.file, s.disease) for s in kept)
    blocks = [np.column_stack([s.features.per_finding[0], s.features.whole]) for s in kept]
    lengths = np.array([len(block) for block in blocks])
    return _Rows(
        x=np.concatenate(blocks),
        right=np.concatenate([s.right for s in kept]),
        begin=np.cumsum(lengths) - lengths,
        of_case=np.repeat(np.arange(len(blocks)), lengths),
        weight=np.array([(_OF_SOURCES if s.file == SOURCES else 1.0) * count[s.file, s.disease] ** -0.5 for s in kept]),
    )


def fit_logistic(
    x: NDArray[np.float64], y: NDArray[np.int64], weight: NDArray[np.float64], classes: int, ridge: float = 5.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights (classes, features) and bias (classes,) of a multinomial logistic regression."""
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-9
    z = np.column_stack([(x - mean) / scale, np.ones(len(x))])
    onehot = np.eye(classes)[y]

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        b = flat.reshape(classes, -1)
        logits = z @ b.T
        logits -= logits.max(axis=1, keepdims=True)
        share = np.exp(logits)
        share /= share.sum(axis=1, keepdims=True)
        kept = b.copy()
        kept[:, -1] = 0.0
        value = -float(weight @ np.log(np.maximum((share * onehot).sum(axis=1), 1e-12)))
        slope = ((share - onehot) * weight[:, None]).T @ z + ridge * kept
        return value + ridge / 2 * float((kept * kept).sum()), slope.ravel()

    best = minimize(loss, np.zeros(classes * z.shape[1]), jac=True, method="L-BFGS-B").x.reshape(classes, -1)
    weights = best[:, :-1] / scale
    return weights, best[:, -1] - weights @ mean
