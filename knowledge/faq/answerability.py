"""How likely it is that a library answers a question.

A question that no entry answers looks much like one that an entry does when both are about the same business. What
tells them apart differs between libraries: in one, entries lie close together and a narrow lead means nothing; in
another it means all. So a calibrator that was fitted on public questions is the starting point, and each library's own
wordings adjust it: a fifth of them at a time is hidden, and so are a fifth of the entries. A hidden wording of an entry
that is there is a question that the library answers; one of a hidden entry is a near miss.
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
"""What a library has beside its texts: nothing, nor texts in the question's language, the sentences of its answers,
these and a :class:`~knowledge.retrieval.cross_encoder.PairJudge` of the language, or wordings enough to learn from,
with these or without (many); behind that one, where they are plenty, a judge (read). Of whatever library: that a
message has a question before it (context), and that the library has a judge besides."""

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
"""What is known of a question's best entry, by the kind of library.

Mean cosines of the model that reads the language best (main) and of the other one with the nearest 1, 5, 10 and 20
texts of the entry, less its :func:`~knowledge.faq.cohesion.cohesion`; lead of the nearest five over the next entry.
Share of retrievers that put the entry first. BM25 and its lead. Share, by rarity, of the question's content words that
the entry has (covered). Corrected cosine of the nearest sentence of its answer (sentence), and its lead. Log-odds of
the :class:`~knowledge.retrieval.cross_encoder.PairJudge` (judged), and their lead over the next entry's; nought where
a library of many has no sentences, or is not judged; where wordings are plenty, they are not among what these teach
(read), but beside the log-odds, by that, that the library answers the question (search_covered), and that this entry
does if any (search_right). Score of the head, and the logarithm of its probability of the
entry. Score of the :class:`~knowledge.retrieval.kernel.KernelRidge`, and its lead. Log-likelihood ratio of
:class:`~knowledge.retrieval.plda.Plda`, and its lead.

With a question before it: the mean of what a message finds by itself and behind that question, its lead, and the lead
alone and together. Log-odds that the library answers it, alone and together, and that this entry does, alone; nought
where another one comes first. How little the message says (brevity), 1 for no content word down to 0, and that share of
the lead together: a few words mean little alone. A judge makes leads larger.
"""

_TRUST = 100.0  # searches that weigh as much as the shipped calibrator
_STEPS = 25
_LEAST = 0.01


class Answerability(StrEnum):
    """How sure it is that the best match answers the question."""

    ANSWERABLE = "answerable"
    UNSURE = "unsure"
    UNANSWERABLE = "unanswerable"


@dataclass(frozen=True, slots=True)
class Chances:
    """What is likely of a question.

    Attributes:
        covered: that the library answers it, 0 to 1.
        right: that its best entry does, 0 to ``covered``.
    """

    covered: float
    right: float


@dataclass(frozen=True, slots=True)
class Examples:
    """What a library's own wordings show, one row a search.

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
    """What decides between an answer, titles and neither.

    Attributes:
        answer_at: chance that the best entry is right from which it is given.
        suggest_at: chance that the library answers from which titles are offered.
    """

    answer_at: float
    suggest_at: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A calibrator's numbers.

    Attributes:
        names: some of :data:`FEATURES`.
        mean, spread: of each of these in the library, or where the calibrator was fitted.
        covered: coefficients of the standardised features, then the constant: does the library answer the question?
        right: the same: if it does, is the best entry the one?
    """

    names: tuple[str, ...]
    mean: Numbers
    spread: Numbers
    covered: Numbers
    right: Numbers
    thresholds: Thresholds

    def rescaled(self, examples: Examples) -> "Fit":
        """With the library's own means and spreads, by which its features are as usual as another's."""
        return replace(self, mean=examples.features.mean(0), spread=examples.features.std(0) + 1e-3)

    def adjusted(self, examples: Examples, trust: float = _TRUST) -> "Fit":
        """With coefficients drawn towards what other searches show.

        Args:
            examples: the searches.
            trust: how firm the coefficients are, in searches.
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


def judge(thresholds: Thresholds, chances: Chances) -> Answerability:
    """What to do: answer when the best entry is likely enough the one, offer titles when the library may have it."""
    if chances.right >= thresholds.answer_at:
        return Answerability.ANSWERABLE
    return Answerability.UNSURE if chances.covered >= thresholds.suggest_at else Answerability.UNANSWERABLE


def chances(fit: Fit, features: Mapping[str, float]) -> Chances:
    """The chances of a question, from the features of its best entry."""
    row = standardised(np.asarray([[features[name] for name in fit.names]]), fit.mean, fit.spread)
    covered, right = (float(_probabilities(row, coefficients)[0]) for coefficients in (fit.covered, fit.right))
    return Chances(covered, covered * right)


def beside_judge(features: Mapping[str, float], search: Chances) -> dict[str, float]:
    """Those of ``read``, from what a judge says and what is likely without it."""
    likely = {"search_covered": search.covered, "search_right": search.right / max(search.covered, _LEAST)}
    return {**features, **{name: log_odds(chance) for name, chance in likely.items()}}


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

    def loss(coefficients: Numbers) -> float:
        scores = np.where(right, -1, 1) * (features @ coefficients)
        return float(np.logaddexp(0, scores).sum() + (pull * (coefficients - around) ** 2).sum() / 2)

    for _ in range(_STEPS):
        chance = _probabilities(features, found)
        slope = features.T @ (chance - right) + pull * (found - around)
        curve = (features * (chance * (1 - chance))[:, None]).T @ features + np.diag(pull)
        step = np.linalg.solve(curve, slope)
        while np.abs(step).max() > 1e-6 and loss(found - step) > loss(found):
            step = step / 2  # far from the minimum a whole step may overshoot for good
        found = found - step
        if np.abs(step).max() < 1e-6:
            break
    return found


def log_odds(chance: float) -> float:
    """The logarithm of a chance against its contrary, between -4.6 and 4.6."""
    return float(np.log((chance + _LEAST) / (1 - chance + _LEAST)))


def _probabilities(features: Numbers, coefficients: Numbers) -> Numbers:
    found: Numbers = 1 / (1 + np.exp(-np.clip(features @ coefficients, -30, 30)))
    return found
