"""How likely it is that a library answers a question.

A question that no entry answers looks much like an answerable one about the same business. What distinguishes them
differs between libraries: in one, entries lie close together and a narrow lead means nothing; in another it means
everything. So a calibrator fitted on public questions is the starting point, and each library's own wordings adjust it:
in each of five folds, a fifth of the wordings and a fifth of the entries are hidden. A hidden wording of a visible
entry is a question that the library answers; a wording of a hidden entry is a near miss.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
import numpy.typing as npt

from ..retrieval.language import Language

Numbers = npt.NDArray[np.float64]

Kind = Literal["few", "across", "sentences", "judged", "many", "read", "context", "context_judged"]
"""A calibrator; :mod:`.regime` tells which a library is read by."""

_OF_TEXTS = (
    "main_1",
    "main_5",
    "main_10",
    "main_20",
    "main_lead",
    "other_1",
    "other_5",
    "other_10",
    "other_20",
    "other_lead",
    "agreement",
    "lexical_best",
    "lexical_lead",
    "covered",
)
_OF_SENTENCES = ("sentence", "sentence_lead")
_OF_JUDGE = ("judged", "judged_lead")
_IN_CONTEXT = (
    *("mean", "mean_lead", "alone_lead", "alone_covered", "alone_right"),
    *("together_lead", "together_covered", "brevity", "brief_lead"),
)
_LEARNT = ("head", "head_chance", "kernel", "kernel_lead", "ratio", "ratio_lead")
FEATURES: Mapping[Kind, tuple[str, ...]] = {
    "few": _OF_TEXTS,
    "across": _OF_TEXTS,
    "sentences": (*_OF_TEXTS, *_OF_SENTENCES),
    "judged": (*_OF_TEXTS, *_OF_SENTENCES, *_OF_JUDGE),
    "many": (*_OF_TEXTS, *_OF_SENTENCES, *_OF_JUDGE, *_LEARNT),
    "read": ("search_covered", "search_right", "read", "read_lead"),
    "context": _IN_CONTEXT,
    "context_judged": _IN_CONTEXT,
}
"""Features of a question's best entry, by the kind of library. A ``_lead`` is the lead over the next best entry.

- ``main_N``, ``other_N``: mean cosine with the N nearest texts of the entry, by the model that reads the language best
  and by the other one, less its :func:`~knowledge.faq.cohesion.cohesion`; their lead is that of the nearest five.
- ``agreement``: share of retrievers that put the entry first. ``lexical_best``: BM25.
- ``covered``: share, weighted by inverse document frequency, of the question's content words that the entry has.
- ``sentence``: corrected cosine of the nearest sentence of its answer.
- ``judged``: log-odds by the :class:`~knowledge.retrieval.cross_encoder.Reranker`. In a library of ``many``, the
  features of sentences and judge are 0 without these. With plenty of wordings the judge comes last: ``read`` has its
  log-odds with those by the search alone, that the library answers the question (``search_covered``) and that this
  entry does if any (``search_right``).
- ``head``, ``head_chance``: score of the head, and the logarithm of its probability of the entry.
- ``kernel``: score of the :class:`~knowledge.retrieval.kernel.KernelRidge`.
- ``ratio``: log-likelihood ratio of :class:`~knowledge.retrieval.plda.Plda`.

With a question before the message:

- ``mean``: mean of its scores alone and together with that question.
- ``alone_covered``, ``together_covered``: log-odds that the library answers it. ``alone_right``: log-odds that this
  entry does; 0 if another one comes first alone.
- ``brevity``: how little the message says, from 1 for no content word down to 0. ``brief_lead``: brevity times
  ``together_lead``, as a few words mean little alone.

A judge makes leads larger, so ``context_judged`` is fitted separately.
"""

_TRUST = 100.0  # number of searches that weigh as much as the shipped calibrator
_STEPS = 25
_LEAST = 0.01


class Answerability(StrEnum):
    """How certain it is that the best match answers the question."""

    ANSWERABLE = "answerable"
    UNSURE = "unsure"
    UNANSWERABLE = "unanswerable"


@dataclass(frozen=True, slots=True)
class Chances:
    """Probabilities for a question.

    Attributes:
        covered: that the library answers it, 0 to 1.
        right: that its best entry does, 0 to ``covered``.
    """

    covered: float
    right: float


@dataclass(frozen=True, slots=True)
class Examples:
    """Searches for a library's own wordings, one row each.

    Attributes:
        features: ``[searches, features]``.
        covered: whether the library had the wording's entry, ``[searches]``.
        right: whether that entry came first, ``[searches]``.
    """

    features: Numbers
    covered: npt.NDArray[np.bool_]
    right: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds that decide between an answer, titles and neither.

    Attributes:
        answer_at: minimum probability that the best entry is right for it to be given.
        suggest_at: minimum probability that the library answers for titles to be offered.
    """

    answer_at: float
    suggest_at: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A calibrator's numbers.

    Attributes:
        names: some of :data:`FEATURES`.
        mean, spread: of each of these in the library, or in the data the calibrator was fitted on.
        covered: coefficients of the standardised features, then the constant: does the library answer the question?
        right: the same for: if it does, is the best entry the right one?
    """

    names: tuple[str, ...]
    mean: Numbers
    spread: Numbers
    covered: Numbers
    right: Numbers
    thresholds: Thresholds

    def rescaled(self, examples: Examples) -> "Fit":
        """With the library's own means and spreads, which make its features comparable with other libraries'."""
        return replace(self, mean=examples.features.mean(0), spread=examples.features.std(0) + 1e-3)

    def adjusted(self, examples: Examples, trust: float = _TRUST) -> "Fit":
        """With coefficients refitted to other searches, shrunk towards the present ones.

        Args:
            examples: the searches.
            trust: weight of the present coefficients, in searches.
        """
        features = standardised(examples.features, self.mean, self.spread)
        covered = fit_logistic(features, examples.covered, around=self.covered, trust=trust)
        inside = examples.covered
        right = fit_logistic(features[inside], examples.right[inside], around=self.right, trust=trust)
        return replace(self, covered=covered, right=right)


@cache
def shipped(language: Language, kind: Kind) -> Fit:
    """The numbers in ``answerability.json``, fitted by ``make fit-answerability``."""
    part = json.loads((files(__package__) / "answerability.json").read_text("utf-8"))[kind]
    names = FEATURES[kind]
    fit = part["languages"][language]
    mean, spread = (np.asarray([fit[of][name] for name in names]) for of in ("mean", "spread"))
    covered, right = (
        np.asarray([*(fit[of][name] for name in names), fit[of]["constant"]]) for of in ("covered", "right")
    )
    return Fit(names, mean, spread, covered, right, Thresholds(part["answer_at"], part["suggest_at"]))


def decide(thresholds: Thresholds, chances: Chances) -> Answerability:
    """The decision: answer if the best entry is likely enough right, offer titles if the library may have one."""
    if chances.right >= thresholds.answer_at:
        return Answerability.ANSWERABLE
    return Answerability.UNSURE if chances.covered >= thresholds.suggest_at else Answerability.UNANSWERABLE


def chances(fit: Fit, features: Mapping[str, float]) -> Chances:
    """The probabilities for a question, from the features of its best entry."""
    row = standardised(np.asarray([[features[name] for name in fit.names]]), fit.mean, fit.spread)
    covered, right = (float(_probabilities(row, coefficients)[0]) for coefficients in (fit.covered, fit.right))
    return Chances(covered, covered * right)


def beside_judge(features: Mapping[str, float], search: Chances) -> dict[str, float]:
    """The features of ``read``, from those of the judge and the probabilities without it."""
    likely = {"search_covered": search.covered, "search_right": search.right / max(search.covered, _LEAST)}
    return {**features, **{name: log_odds(chance) for name, chance in likely.items()}}


def standardised(features: Numbers, mean: Numbers, spread: Numbers) -> Numbers:
    """Features in spreads from their mean, clipped to ±5, and a column of ones: ``[n, features + 1]``."""
    return np.hstack([np.clip((features - mean) / spread, -5, 5), np.ones((len(features), 1))])


def fit_logistic(features: Numbers, right: npt.NDArray[np.bool_], *, around: Numbers, trust: float = _TRUST) -> Numbers:
    """Logistic regression by Newton's method, regularised towards the coefficients ``around``.

    Args:
        features: ``[n, coefficients]``, the last column ones.
        right: ``[n]``.
        around: ``[coefficients]``.
        trust: strength of the regularisation, in questions.
    """
    found = around.copy()
    pull = np.full(len(found), trust / 4)  # a question's information is at most a quarter

    def loss(coefficients: Numbers) -> float:
        scores = np.where(right, -1, 1) * (features @ coefficients)
        return float(np.logaddexp(0, scores).sum() + (pull * (coefficients - around) ** 2).sum() / 2)

    for _ in range(_STEPS):
        chance = _probabilities(features, found)
        slope = features.T @ (chance - right) + pull * (found - around)
        curve = (features * (chance * (1 - chance))[:, None]).T @ features + np.diag(pull)
        step = np.linalg.solve(curve, slope)
        while np.abs(step).max() > 1e-6 and loss(found - step) > loss(found):
            step = step / 2  # far from the minimum a full step may diverge
        found = found - step
        if np.abs(step).max() < 1e-6:
            break
    return found


def log_odds(chance: float) -> float:
    """Log-odds of a probability, between -4.6 and 4.6."""
    return float(np.log((chance + _LEAST) / (1 - chance + _LEAST)))


def _probabilities(features: Numbers, coefficients: Numbers) -> Numbers:
    found: Numbers = 1 / (1 + np.exp(-np.clip(features @ coefficients, -30, 30)))
    return found
