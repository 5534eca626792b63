"""How likely the first disease of a ranking is right, and whether that may be called a suggestion.

There are three outcomes: the first disease is right, another disease of the base is, or the patient's disease is not in
the base. A percentage is shown, and the first disease suggested, only with a certificate
(:mod:`~knowledge.medical.certificate`) for the kind of case at hand.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import KnowledgeError

from .case_features import PER_FINDING, WHOLE, CaseFeatures
from .differential import Scores
from .fitted_files import fitted

FEATURES = (
    "belief",  # log odds of the first disease within the shortlist
    "margin",  # nats between the first and the second disease
    "tenth",  # nats between the first and the tenth disease
    "explained",  # share of the case's information that the first disease explains
    "exact",  # share of the present findings that it has exactly
    "information",  # log of the information of the present findings, nats
    "findings",  # log of the number of present findings
    "per_finding",  # information of a present finding on average, nats
    "disease_coverage",  # share of the disease's expected information that the case shows
    "simgic",
    "siblings",  # log of the number of diseases in the first one's numbered series
    "sibling_near",  # 1 when another one of them is among the first ten
    "few",  # present findings short of five
    "belief_alone",  # belief, margin and explained where no sibling is among the first ten, else 0
    "margin_alone",
    "explained_alone",
    "belief_single",  # belief and margin where the first disease has no sibling at all, else 0
    "margin_single",
)
OUTCOMES = ("right", "other", "outside")
SERIES_MOST = 0.84
"""Highest probability of a first disease that belongs to a numbered series: a gene can distinguish its members
(Loeys-Dietz syndrome 1 to 6), findings cannot. It is less than a suggestion needs, so none is ever suggested."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """Probabilities of the three outcomes; they sum to 1.

    Attributes:
        right: the first disease is the right one.
        other: another disease of the base is.
        outside: the disease is not in the knowledge base.
    """

    right: float
    other: float
    outside: float


def features(case_features: CaseFeatures, scores: Scores) -> NDArray[np.float64]:
    """(``FEATURES``,) inputs of the confidence."""
    first = int(scores.order[0])
    ordered = scores.total[scores.order]
    shares = np.exp(ordered - ordered[0])
    others = max(float(shares[1:].sum()), 1e-9)
    present = case_features.per_finding[: case_features.present, first]
    information = case_features.information[: case_features.present]
    whole = dict(zip(WHOLE, case_features.whole[first].tolist(), strict=True))
    total = float(information.sum())
    belief, margin = -np.log(others), ordered[0] - ordered[min(1, len(ordered) - 1)]
    explained = present[:, PER_FINDING.index("coverage")].sum()
    # The members of a numbered series look alike, so which of them it is stays open.
    near = bool((case_features.series[scores.order[1:10]] == case_features.series[first]).any())
    single = int(case_features.siblings[first]) == 1
    return np.array(
        [
            belief,
            margin,
            ordered[0] - ordered[min(9, len(ordered) - 1)],
            explained,
            present[:, PER_FINDING.index("mean_exact")].sum(),
            np.log(total + 1.0),
            np.log(case_features.present),
            total / case_features.present,
            whole["disease_coverage"],
            whole["weighted_simgic"],
            np.log(case_features.siblings[first]),
            float(near),
            max(5 - case_features.present, 0),
            *(0.0 if near else value for value in (belief, margin, explained)),
            *(value if single else 0.0 for value in (belief, margin)),
        ]
    )


@dataclass(frozen=True, slots=True)
class Calibrator:
    """A multinomial logistic regression.

    Attributes:
        weights: (``OUTCOMES``, ``FEATURES``)
        bias: (``OUTCOMES``,)
    """

    weights: NDArray[np.float64]
    bias: NDArray[np.float64]

    def probabilities(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., ``OUTCOMES``) from (..., ``FEATURES``)."""
        logits = np.einsum("...n,kn->...k", x, self.weights) + self.bias
        shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        in_series = x[..., FEATURES.index("siblings")] > 0
        excess = np.where(in_series, np.maximum(shares[..., 0] - SERIES_MOST, 0.0), 0.0)
        shares[..., 0] -= excess
        shares[..., 1] += excess  # another of the series
        return np.asarray(shares)

    def confidence(self, case_features: CaseFeatures, scores: Scores) -> Confidence:
        """Probabilities for one case."""
        return Confidence(*self.probabilities(features(case_features, scores)).tolist())

    @classmethod
    def read(cls, fields: dict[str, Any]) -> "Calibrator":
        """From ``{"features": [...], "weights": {outcome: [...]}, "bias": {outcome: ...}}``.

        Raises:
            KnowledgeError: it was fitted for other features or outcomes.
        """
        if tuple(fields["features"]) != FEATURES or tuple(fields["weights"]) != OUTCOMES:
            raise KnowledgeError("The calibrator belongs to another version", hint="Run: make fit-diagnosis")
        return cls(np.array(list(fields["weights"].values())), np.array(list(fields["bias"].values())))

    @classmethod
    def shipped(cls) -> "Calibrator":
        """The calibrator that comes with the suite."""
        return cls.read(fitted("confidence")["calibrator"])


def fitted_threshold() -> float:
    """Least probability of a suggestion, chosen on the cases the calibrator was fitted on."""
    return float(fitted("confidence")["threshold"])
