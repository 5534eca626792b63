"""Fits ``knowledge/faq/answerability.json``: the calibrators that libraries start with, and their thresholds.

Training data: libraries assembled from CLINC150's training part (8 of its 10 domains, without banking and credit cards,
nor any intent of Banking77's); for few wordings per entry also StackFAQ and, for the calibrator with sentences of
answers, sixteen invented companies (``data/companies.jsonl``); for the judged calibrator, eleven companies that the
cross-encoder was not trained on (from these and ``data/invented_faqs.jsonl``) and the domains for the thresholds; for
many wordings those of the eleven that have enough, six of them with even more (``data/more_questions.jsonl``). In
Chinese, four libraries of invented companies (``data/chinese_libraries.jsonl``) and, where sentences count, sixteen of
``data/invented_faqs.jsonl``; for Chinese questions to English entries the first sixteen
(``data/companies_in_chinese.jsonl``). Language models wrote the companies; none is a bank. In each library (except one
of each company's three) a third of the intents is left out, and their questions are the near misses. CLINC150's
out-of-scope questions are not used; nor is anything from Banking77. Four of the domains are for the thresholds of many
wordings; the others were set by hand, as was the least for these, see ``knowledge/faq/answerability.md``.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.common import data_folder
from benchmarks.faq_companies import apart_from_judge, asked_much, in_chinese, in_english, invented
from benchmarks.faq_data import (
    CACHE,
    Models,
    clinc150,
    clinc_domains,
    embedders,
    together,
    wordings,
)
from benchmarks.faq_episodes import (
    MOST_WORDINGS,
    MUCH,
    Episode,
    after_another,
    asked_often,
    of_chinese_libraries,
    of_clinc,
    of_companies,
    of_stackfaq,
)
from knowledge.faq import answerability
from knowledge.faq.answerability import (
    FEATURES,
    Examples,
    Fit,
    Kind,
    Numbers,
    Thresholds,
    beside_judge,
    chances,
    shipped,
    standardised,
)
from knowledge.faq.features import View
from knowledge.faq.in_context import rank_in_context
from knowledge.faq.readers import readers
from knowledge.faq.texts import Texts
from knowledge.retrieval.language import Language, simplified
from knowledge.retrieval.lexical import LexicalIndex

_TARGET = Path(answerability.__file__).parent / "answerability.json"
_THRESHOLDS: dict[Kind, Thresholds] = {
    "few": Thresholds(0.7, 0.35),
    "across": Thresholds(0.8, 0.45),
    "sentences": Thresholds(0.7, 0.45),
    "judged": Thresholds(0.75, 0.5),
    "many": Thresholds(0.7, 0.2),  # at least; domains that are kept out may need more
    "read": Thresholds(0.65, 0.25),
    "context": Thresholds(0.8, 0.55),
    "context_judged": Thresholds(0.9, 0.55),
}
_EPISODES, _BESIDE_COMPANIES, _FOR_THRESHOLDS_EPISODES, _OF_OTHERS = 10, 4, 5, 40
_KEPT_OUT: tuple[Kind, ...] = ("judged", "across", "read", "context", "context_judged")
"""Kinds for which cross-validated results, leaving out one company at a time, are printed."""
_RIDGE = 40.0
NEAR_MISSES, MOST_WRONG, MOST_NEAR = 0.3, 0.03, 0.10
"""Share of near misses among questions; most wrong answers among those shown; most near misses answered."""
_KEPT = 0.98  # share of answerable questions that get at least titles


def main() -> None:
    """Fits, prints results on held-out data, and writes the file; only the kinds named on the command line, if any."""
    data, models = data_folder() / "faq", embedders()
    fitting, kept_out = clinc_domains(data / "clinc150")
    texts = wordings(clinc150(data / "clinc150")["train"], MOST_WORDINGS)
    chosen = sys.argv[1:] or list(FEATURES)
    if "few" in chosen:
        english = [*of_clinc(fitting, texts, _EPISODES, "few"), *of_stackfaq(data / "stackfaq", 2)]
        _fit("few", {"en": english, "zh": list(of_chinese_libraries("few"))}, models)
    if "across" in chosen:  # fitted on Chinese questions to English entries; used for the other direction too
        fits = _fit("across", {"zh": list(of_companies(in_chinese(), "en"))}, models)
        _write("across", {"en": fits["zh"], "zh": fits["zh"]})
    stackfaq = list(of_stackfaq(data / "stackfaq", _BESIDE_COMPANIES))
    if "sentences" in chosen:
        clinc = of_clinc(fitting, texts, _BESIDE_COMPANIES, "few")
        english = [*of_companies(in_english(), "en"), *clinc, *stackfaq]
        _fit("sentences", {"en": english, "zh": list(of_companies(invented("zh"), "zh"))}, models)
    if "judged" in chosen:  # without the cross-encoder's training data, on which it is too good
        clinc = of_clinc(kept_out, texts, _BESIDE_COMPANIES, "few")
        english = [*of_companies(apart_from_judge()[1], "en"), *clinc, *stackfaq]
        _fit("judged", {"en": english, "zh": list(of_companies(invented("zh"), "zh"))}, models)
    if "many" in chosen:
        unfitted = _unfitted("many")
        _write("many", {"en": unfitted, "zh": unfitted})
        english = [*of_clinc(fitting, texts, _EPISODES, "many"), *asked_often(apart_from_judge()[1], "en")]
        fits = {"en": _many(english, "en", unfitted, models)}
        chinese = [*of_chinese_libraries("many"), *asked_often(invented("zh"), "zh")]
        fits["zh"] = _many(chinese, "zh", fits["en"], models)
        _write("many", fits)
        _write("many", fits, _thresholds(of_clinc(kept_out, texts, _FOR_THRESHOLDS_EPISODES, "many"), models))
    if "read" in chosen:  # uses the probabilities of `many`
        _fit("read", {"en": list(asked_often(asked_much(), "en", MUCH, of_others=_OF_OTHERS))}, models)
    of_context: dict[Kind, bool] = {"context": False, "context_judged": True}
    for kind, judged in of_context.items():  # uses the probabilities of the others
        if kind in chosen:
            _fit(kind, {language: list(after_another(language, judged=judged)) for language in ("en", "zh")}, models)


def _fit(kind: Kind, episodes: Mapping[Language, Sequence[Episode]], models: Models) -> dict[Language, Fit]:
    """Fits and writes each language's calibrator, starting from the previous language's."""
    fit, fits = _unfitted(kind), {}
    # The features of the last fit may have had other names.
    _write(kind, dict.fromkeys(episodes, fit))
    for language, own in episodes.items():
        parts = [_asked(episode, language, kind, models)[1] for episode in own]
        if kind in _KEPT_OUT:
            _print_kept_out(kind, language, fit, _by_company(own, parts))
        found = _pooled(parts)
        fits[language] = fit = fit.rescaled(found).adjusted(found, _RIDGE)
    _write(kind, fits)
    return fits


def _by_company(episodes: Sequence[Episode], parts: Sequence[Examples]) -> list[Examples]:
    """The examples of each company; those without a company are one group."""
    groups = defaultdict[str, list[Examples]](list)
    for episode, part in zip(episodes, parts, strict=True):
        groups[episode.company].append(part)
    return [_pooled(group) for group in groups.values()]


def _print_kept_out(kind: Kind, language: Language, start: Fit, groups: Sequence[Examples]) -> None:
    """Prints leave-one-company-out results at several thresholds."""
    likely: list[float] = []
    for number, own in enumerate(groups):
        others = _pooled([other for at, other in enumerate(groups) if at != number])
        likely += _likely(start.rescaled(others).adjusted(others, _RIDGE), own)
    _print_at_thresholds(f"{kind}, {language}", likely, _pooled(groups))


def _likely(fit: Fit, asked: Examples) -> list[float]:
    """How likely the best entry of each search is right."""
    return [chances(fit, dict(zip(fit.names, row, strict=True))).right for row in asked.features]


def _print_at_thresholds(what: str, likely: Sequence[float], asked: Examples) -> None:
    chance, is_covered, is_right = np.asarray(likely), asked.covered, asked.right & asked.covered
    weight = weights(is_covered)
    for answer_at in (0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9):
        shown = chance >= answer_at
        wrong = (weight * ~is_right)[shown].sum() / max(weight[shown].sum(), 1e-9)
        print(
            f"{what}, from {answer_at}: answered {shown[is_covered].mean():.3f}, wrong of those shown "
            f"{wrong:.3f}, near misses answered {shown[~is_covered].mean():.3f}",
            flush=True,
        )


def _many(episodes: Sequence[Episode], language: Language, start: Fit, models: Models) -> Fit:
    """Fits with each library's features standardised by its own wordings, as they will be in production."""
    libraries = []
    for number, episode in enumerate(episodes):
        view, own = _asked(episode, language, "many", models, learnt=_fresh(f"fit-{language}-{number}"))
        libraries.append(_Standardised(own, view.fit.mean, view.fit.spread))
        print(f"many wordings, {language}: library {number + 1} of {len(episodes)}", flush=True)
    if language == "en":  # for the thresholds
        _print_kept_out_of_many(episodes, libraries, start, models)
    return _together(start, libraries)


class _Standardised(NamedTuple):
    """A library's examples, and the mean and spread of the features of its own wordings."""

    examples: Examples
    mean: Numbers
    spread: Numbers


def _together(start: Fit, libraries: Sequence[_Standardised]) -> Fit:
    plain = _unfitted("many")  # the features are standardised already
    parts = [replace(own, features=standardised(own.features, mean, spread)[:, :-1]) for own, mean, spread in libraries]
    fit = replace(start, mean=plain.mean, spread=plain.spread).adjusted(_pooled(parts), _RIDGE)
    _, means, spreads = zip(*libraries, strict=True)
    return replace(fit, mean=np.mean(means, axis=0), spread=np.mean(spreads, axis=0))


def _print_kept_out_of_many(
    episodes: Sequence[Episode], libraries: Sequence[_Standardised], start: Fit, models: Models
) -> None:
    """Prints results of companies that learn from their wordings, beginning with a fit without them."""
    likely: list[float] = []
    asked = []
    for number, episode in enumerate(episodes):
        if episode.company:
            fit = _together(start, [other for at, other in enumerate(libraries) if at != number])
            _write("many", {"en": fit, "zh": fit})
            view, own = _asked(episode, "en", "many", models, learnt=_fresh("kept-out"))
            likely += _likely(view.fit, own)
            asked.append(own)
    _print_at_thresholds("many, en", likely, _pooled(asked))


def _unfitted(kind: Kind) -> Fit:
    nothing = np.zeros(len(FEATURES[kind]) + 1)
    return Fit(FEATURES[kind], nothing[1:], nothing[1:] + 1, nothing, nothing, _THRESHOLDS[kind])


def _write(kind: Kind, fits: Mapping[Language, Fit], thresholds: Thresholds | None = None) -> None:
    kept = json.loads(_TARGET.read_text("utf-8"))
    kept[kind] = {
        **asdict(thresholds or _THRESHOLDS[kind]),
        "languages": {language: _named(fit) for language, fit in fits.items()},
    }
    _TARGET.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    shipped.cache_clear()


def _named(fit: Fit) -> dict[str, dict[str, float]]:
    parts = {"mean": fit.mean, "spread": fit.spread, "covered": fit.covered, "right": fit.right}
    names = (*fit.names, "constant")
    return {part: dict(zip(names, values.round(4).tolist(), strict=False)) for part, values in parts.items()}


def _pooled(parts: Sequence[Examples]) -> Examples:
    names = ("features", "covered", "right")
    return Examples(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _asked(
    episode: Episode, language: Language, kind: Kind, models: Models, *, learnt: Path | None = None
) -> tuple[View, Examples]:
    """Examples from a library's questions; if ``learnt`` is given, after the library has learnt from its wordings."""
    texts = Texts(episode.entries)
    asked = readers(texts, together(models), CACHE)[language]
    if kind == "few":
        asked = tuple(replace(reader, sentences=None) for reader in asked)
    if kind == "sentences" or not episode.judged:
        asked = tuple(replace(reader, judge=None) for reader in asked)
    view = View(texts, language, asked, LexicalIndex(texts.texts), CACHE)
    if learnt or kind == "read" or kind.startswith("context"):
        view.learn(learnt or _fresh(kind))
    for model in models[::2] if language == "en" else models[1:]:
        model.prepare(simplified(f"{before} {text}".lstrip()) for text, _, before in episode.questions)
    features, covered, right = [], [], []
    for text, id, before in episode.questions:
        ranking = rank_in_context(view, simplified(text), simplified(before))[0] if before else view.rank(text)
        found = ranking.features
        if kind == "read":
            found = beside_judge(found, chances(view.fit, found))
        features.append([found[name] for name in FEATURES[kind]])
        covered.append(bool(id))
        right.append(texts.ids[ranking.entries[ranking.order[0]]] == id)
    return view, Examples(np.asarray(features), np.asarray(covered), np.asarray(right))


def _fresh(name: str) -> Path:
    learnt = CACHE / f"{name}.npz"
    learnt.unlink(missing_ok=True)
    return learnt


def _thresholds(episodes: Iterator[Episode], models: Models) -> Thresholds:
    """The lowest thresholds at which few answers are wrong and few near misses are answered."""
    covers, rights, found = [], [], []
    for number, episode in enumerate(episodes):
        view, own = _asked(episode, "en", "many", models, learnt=_fresh(f"thresholds-{number}"))
        for row in own.features:
            likely = chances(view.fit, dict(zip(view.fit.names, row, strict=True)))
            rights.append(likely.right)
            covers.append(likely.covered)
        found.append(own)
    asked, first = _pooled(found), np.asarray(rights)
    answer_at, suggest_at = choose_thresholds(np.asarray(covers), first, asked)
    shown = first >= answer_at
    print(
        f"domains kept out: answer at {answer_at:.2f}, titles at {suggest_at:.3f}; answered "
        f"{shown[asked.covered].mean():.3f}, near misses answered {shown[~asked.covered].mean():.3f}"
    )
    return Thresholds(max(round(answer_at, 2), _THRESHOLDS["many"].answer_at), round(suggest_at, 3))


def weights(covered: npt.NDArray[np.bool_]) -> Numbers:
    """Weights of questions such that :data:`NEAR_MISSES` of the total are near misses."""
    found: Numbers = np.where(covered, (1 - NEAR_MISSES) / covered.mean(), NEAR_MISSES / (1 - covered.mean()))
    return found


def choose_thresholds(covered: Numbers, right: Numbers, examples: Examples) -> tuple[float, float]:
    """The lowest probabilities at which to answer and to offer titles.

    Answers: with :data:`NEAR_MISSES` mixed in, at most :data:`MOST_WRONG` of those shown are wrong, and at most
    :data:`MOST_NEAR` of the near misses are answered. Titles: all but a few answerable questions get some.

    Args:
        covered, right: the probabilities of each search, ``[searches]``.
        examples: the ground truth.
    """
    is_near, weight = ~examples.covered, weights(examples.covered)
    order = np.argsort(-right, kind="stable")
    wrong = np.cumsum((weight * ~(examples.right & examples.covered))[order]) / np.cumsum(weight[order])
    near = np.cumsum(is_near[order]) / is_near.sum()
    allowed = np.flatnonzero((wrong <= MOST_WRONG) & (near <= MOST_NEAR))
    last = allowed[-1] if allowed.size else 0
    answer_at = float(np.clip(right[order[last]], 0.5, 0.99))
    return answer_at, min(float(np.quantile(covered[examples.covered], 1 - _KEPT)), answer_at)


if __name__ == "__main__":
    main()
