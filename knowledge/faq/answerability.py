"""How likely it is that a library answers a question.

A question that no entry answers looks much like one that an entry does when both are about the same business. What
tells them apart differs between libraries: in one, entries lie close together and a narrow lead means nothing; in
another it means all. So a calibrator that was fitted on public questions is the starting point, and each library's own
wordings adjust it: every wording, searched for without itself, is a question that the library answers; searched for
without its whole entry, one that it does not.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from ..retrieval.language import Language

Numbers = npt.NDArray[np.float64]

FEATURES = (
    "main_best",
    "main_best_3",
    "main_best_10",
    "main_lead",
    "other_best",
    "other_best_3",
    "other_best_10",
    "other_lead",
    "agreement",
    "lexical_best",
    "lexical_lead",
    "covered",
)
"""What is known of a question's best entry.

Cosines of the model that reads the language best (main) and of the other one: with the nearest text of the entry, mean
of the nearest three and ten, lead over the next entry. Share of retrievers that put the entry first. BM25 and its lead.
Share, by rarity, of the question's content words that the entry has (covered).
"""


_TRUST = 30.0  # wordings that weigh as much as the shipped calibrator
_STEPS = 25


class Answerability(StrEnum):
    """How sure it is that the best match answers the question."""

    ANSWERABLE = "answerable"
    UNSURE = "unsure"
    UNANSWERABLE = "unanswerable"


@dataclass(frozen=True, slots=True)
class Shipped:
    """The calibrator in ``answerability.json``, fitted by ``make fit-answerability``.

    Attributes:
        mean, spread: of each of :data:`FEATURES` where it was fitted.
        coefficients: for the standardised features, then the constant.
        answer_at: probability from which an answer is given.
        suggest_at: probability from which titles are offered.
    """

    mean: Numbers
    spread: Numbers
    coefficients: Numbers
    answer_at: float
    suggest_at: float


@cache
def shipped(language: Language) -> Shipped:
    """The shipped calibrator for questions in a language."""
    kept = json.loads((files(__package__) / "answerability.json").read_text("utf-8"))
    fit = kept["languages"][language]
    numbers = (np.asarray([fit[part][name] for name in FEATURES]) for part in ("mean", "spread", "coefficients"))
    mean, spread, coefficients = numbers
    return Shipped(mean, spread, np.append(coefficients, fit["constant"]), kept["answer_at"], kept["suggest_at"])


class Calibrator:
    """Turns what a search found into a probability.

    Args:
        language: the language of the questions.
        own: what the library's own wordings show, ``[wordings, features]`` with whether the best entry was right,
            ``[wordings]``; none where there are too few.
    """

    def __init__(self, language: Language, own: tuple[Numbers, npt.NDArray[np.bool_]] | None = None) -> None:
        self._shipped = shipped(language)
        self.coefficients = self._shipped.coefficients
        if own is not None:
            self.coefficients = fit_logistic(self._standardised(own[0]), own[1], around=self.coefficients)

    def probability(self, features: Mapping[str, float]) -> float:
        """That the best entry answers the question, 0 to 1."""
        row = self._standardised(np.asarray([[features[name] for name in FEATURES]]))
        return float(_probabilities(row, self.coefficients)[0])

    def judge(self, probability: float) -> Answerability:
        """What to do at a probability."""
        if probability >= self._shipped.answer_at:
            return Answerability.ANSWERABLE
        return Answerability.UNSURE if probability >= self._shipped.suggest_at else Answerability.UNANSWERABLE

    def _standardised(self, features: Numbers) -> Numbers:
        return standardised(features, self._shipped.mean, self._shipped.spread)


def standardised(features: Numbers, mean: Numbers, spread: Numbers) -> Numbers:
    """Features in spreads from their mean, at most 5, and a column of ones: ``[n, features + 1]``."""
    return np.hstack([np.clip((features - mean) / spread, -5, 5), np.ones((len(features), 1))])


def fit_logistic(features: Numbers, right: npt.NDArray[np.bool_], *, around: Numbers, trust: float = _TRUST) -> Numbers:
    """Logistic regression, by Newton's method, whose coefficients are drawn to ``around``.

    Args:
        features: ``[n, coefficients]``, the last column ones.
        right: ``[n]``.
        around: ``[coefficients]``, where they stay as long as the questions say nothing else.
        trust: how firmly, in questions.
    """
    found = around.copy()
    pull = np.full(len(found), trust / 4)  # a question's information is at most a quarter
    for _ in range(_STEPS):
        chance = _probabilities(features, found)
        slope = features.T @ (chance - right) + pull * (found - around)
        curve = (features * (chance * (1 - chance))[:, None]).T @ features + np.diag(pull)
        step = np.linalg.solve(curve, slope)
        found = found - step
        if np.abs(step).max() < 1e-6:
            break
    return found


def _probabilities(features: Numbers, coefficients: Numbers) -> Numbers:
    found: Numbers = 1 / (1 + np.exp(-np.clip(features @ coefficients, -30, 30)))
    return found
