"""Ranking and confidence on published patients: the shipped ranker, compared with the plain likelihood ratio.

A patient whose disease was used in fitting is ranked with weights that never saw it. Held-out patients have at least
one publication, none of which is a source of the knowledge base, and neither their disease nor their publications were
used in fitting or certifying; only they count for the claims about suggestions.
"""

import importlib.resources
import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from apps.diagnosis.cases import Adjudicated, read_cases
from benchmarks.common import skip
from benchmarks.diagnosis_samples import Sample, collect, read_equivalence, right_ids, top
from benchmarks.plots import line_plot
from core.errors import InputFormatError
from knowledge.medical.case_features import FeatureExtractor
from knowledge.medical.certificate import OUTSIDE, Judged, capped, measure, weights
from knowledge.medical.confidence import Calibrator, features
from knowledge.medical.differential import Differential, RankingWeights
from knowledge.medical.fitted_files import fitted
from knowledge.medical.joint import Entry, JointDifferential
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.likelihood import LikelihoodRatio, Weights

_PLOTS = Path(__file__).parent / "results"
_BINS = 10
_DRAWS = 200  # simulated outcomes by the stated probabilities
_TIMED = 200  # cases that are timed, from findings to explanations
_PLAIN = Weights(
    frequency_power=1.0,
    ancestor=1.0,
    exclusion=1.0,
    length=0.0,
    cap=20.0,
    unexplained=4.6,
    contradicted=4.6,
)
"""The likelihood ratio without corrections, for comparison; a finding that the disease lacks counts 1 in 100."""


@dataclass(frozen=True, slots=True)
class _Scored:
    sample: Sample
    rank: float
    judged: Judged
    plain_rank: float
    plain: Judged
    held: bool


def measure_ranking(data: Path, knowledge: MedicalKnowledge) -> tuple[list[list[str]], dict[str, Any]]:
    """Table rows and figures of every case file in a folder."""
    same = read_equivalence(data / "disease_equivalence.json")
    files = {path.stem: cases for path in sorted(data.glob("*.jsonl")) if (cases := _cases(path))}
    if not files:
        skip("ranking", f"no case files in {data}")
        return [], {}
    extractor = FeatureExtractor(knowledge)
    kept = {name: fitted(name) for name in ("ranking", "confidence", "split", "evaluation")}
    shipped = Differential(knowledge, extractor=extractor)
    joint = JointDifferential(knowledge, shipped)
    crossed = [Differential(knowledge, RankingWeights.read(w), extractor) for w in kept["ranking"]["folds"]]
    calibrator, plain = Calibrator.shipped(), PlainRanker(knowledge, extractor, kept["evaluation"]["plain"])
    threshold = kept["confidence"]["threshold"]
    fold = kept["split"]["fold"]
    seen = {*fold, *kept["split"]["used"]}, set(kept["split"]["publications"])
    certificate = _certificate()
    sources = {r for text in knowledge.diseases.texts if "PMID:" in text for r in text.split(";")}
    rows, figures, scored_files = [], dict[str, Any](), {}
    for name, cases in files.items():
        usable = [case for case in cases if extractor.used(case.case)[0]]
        samples = collect({name: usable}, knowledge, extractor, same)
        scored = []
        for case, sample in zip(usable, samples, strict=True):
            differential = crossed[fold[sample.disease]] if sample.disease in fold else shipped
            score = differential.score(sample.features)
            entries = joint.order(sample.features, score, joint.ranker.rank(case.case))
            rank = _joint_rank(entries, sample, right_ids(case, knowledge, same))
            probability = float(calibrator.probabilities(features(sample.features, score))[0])
            if entries[0].condition is not None:
                probability = 0.0  # a common condition in first place is not a suggestion
            plain_rank, plain_probability = plain.judge(case, right_ids(case, knowledge, same))
            new = not {*case.diseases} & seen[0] and not {*case.publications} & seen[1]
            clean = bool(case.publications) and not {*case.publications} & sources
            scored.append(
                _Scored(
                    sample,
                    rank,
                    Judged(sample.disease, sample.inside, rank == 1, probability),
                    plain_rank,
                    Judged(sample.disease, sample.inside, plain_rank == 1, plain_probability),
                    held=new and clean,
                )
            )
        scored_files[name] = scored
        figures[name] = _file_figures(scored, threshold, certificate is not None) | {
            "ms_per_case": _speed(joint, usable)
        }
        rows += _rows(name, scored, figures[name])
    figures["ms_per_case"] = max(file["ms_per_case"] for file in figures.values())
    everything = [item for scored in scored_files.values() for item in scored]
    held = [item for item in everything if item.held]
    if held:
        figures["held"] = _held_figures(held, threshold, kept["evaluation"]["plain"]["threshold"])
        figures["held"]["certified"] = certificate is not None
        figures["ece"] = figures["held"]["ece"]
        _plot(held)
    else:
        skip("held aside", "every publication-clean case took part in fitting or certifying")
    figures["cross_fitted"] = kept["evaluation"]["cross_fitted"]
    figures["cross_fitted"]["plain"] = kept["evaluation"]["plain"]["cross_fitted"]
    figures["certificate"] = certificate
    return rows, figures


class PlainRanker:
    """The baseline to beat: the likelihood ratio without corrections, and a calibrator on its own features."""

    def __init__(
        self, knowledge: MedicalKnowledge, extractor: FeatureExtractor, fields: dict[str, Any] | None = None
    ) -> None:
        self._knowledge, self._extractor = knowledge, extractor
        self._ratio = LikelihoodRatio(knowledge, _PLAIN)
        self._weights = np.array(fields["weights"]) if fields else np.zeros(5)
        self._bias = fields["bias"] if fields else 0.0

    def ranks(self, case: Adjudicated) -> bool:
        """Whether a case has a present finding."""
        return bool(self._extractor.used(case.case)[0])

    def look(self, case: Adjudicated, right: set[str]) -> tuple[float, NDArray[np.float64]]:
        """Rank of the right disease, and the calibrator's features: margin, fit, number of findings, share explained,
        information."""
        present, absent = self._extractor.used(case.case)
        nats = self._ratio.nats(present, absent)
        total = nats.sum(axis=0)
        index = self._knowledge.diseases.index
        places = [index[id_] for id_ in right]
        rank = float(1 + (total > total[places].max()).sum()) if places else math.inf
        first, second = np.partition(total, -2)[-2:][::-1]
        best = int(total.argmax())
        information = self._extractor.information[present]
        explained = float((nats[: len(present), best] > 0).mean())
        values = [first - second, first / len(present), len(present), explained, float(information.sum())]
        return rank, np.array(values)

    def judge(self, case: Adjudicated, right: set[str]) -> tuple[float, float]:
        """Rank of the right disease, and the probability that the first is right."""
        rank, x = self.look(case, right)
        return rank, float(1 / (1 + np.exp(-(x * self._weights).sum() - self._bias)))


def expected_calibration_error(cases: Sequence[Judged]) -> float:
    """Mean absolute difference of probability and share right over 10 equally weighted bins, population-weighted."""
    kept = sorted(capped(cases), key=lambda case: case.probability)
    error = 0.0
    for weight, probability, right in _bins(kept, weights(kept, OUTSIDE)):
        error += weight * abs(probability - right)
    return error


def chance_calibration_error(cases: Sequence[Judged]) -> float:
    """The expected calibration error if every probability were true: it is not 0 for so few cases."""
    random = np.random.default_rng(0)
    kept = capped(cases)
    errors = [
        expected_calibration_error([replace(c, right=bool(random.random() < c.probability)) for c in kept])
        for _ in range(_DRAWS)
    ]
    return float(np.mean(errors))


def _bins(cases: Sequence[Judged], weight: NDArray[np.float64]) -> list[tuple[float, float, float]]:
    """Weight, mean probability and share right of bins of about equal weight, in ascending order."""
    p, right = np.array([c.probability for c in cases]), np.array([c.right for c in cases])
    number = np.minimum((np.cumsum(weight) * _BINS).astype(int), _BINS - 1)
    found = []
    for b in np.unique(number):
        w = weight * (number == b)
        found.append((float(w.sum()), float((w * p).sum() / w.sum()), float((w * right).sum() / w.sum())))
    return found


def _cases(path: Path) -> list[Adjudicated]:
    """Cases of a file; empty when its first row is something else."""
    try:
        return read_cases(path)
    except InputFormatError as error:
        skip(path.name, error.message)
        return []


def _joint_rank(entries: Sequence[Entry], sample: Sample, right: set[str]) -> float:
    """Rank of the right disease in the displayed list, common conditions included; infinite if it is not in it."""
    hits = (
        i
        for i, e in enumerate(entries, 1)
        if e.counterpart in right or (e.candidate is not None and sample.right[e.candidate])
    )
    return next(hits, math.inf)


def _file_figures(scored: Sequence[_Scored], threshold: float, certified: bool) -> dict[str, Any]:
    """Figures on ranking and suggestions; without a certificate nothing is shown, and the figures on what would be are
    under ``uncertified``."""
    shown = [item for item in scored if item.judged.probability >= threshold]
    hits = [item.rank == 1 for item in shown]
    outside = [item.judged.probability >= threshold for item in scored if not item.sample.inside]
    found: dict[str, Any] = {
        "shown": round(len(shown) / len(scored), 4),
        "precision_shown": round(float(np.mean(hits)), 4) if hits else None,
        "false_shown": round(float(np.mean(outside)), 4) if outside else None,
    }
    if not certified:
        nothing = {"shown": 0.0, "precision_shown": None, "false_shown": 0.0 if outside else None}
        found = nothing | {"uncertified": found}
    return {"cases": len(scored), **top([i.sample for i in scored], [i.rank for i in scored]), **found}


def _held_figures(held: Sequence[_Scored], threshold: float, plain_threshold: float) -> dict[str, Any]:
    ours, plain = [item.judged for item in held], [item.plain for item in held]
    found, baseline = measure(ours, threshold), measure(plain, plain_threshold)
    inside = [item for item in held if item.sample.inside]
    figures = {} if not inside else top([i.sample for i in inside], [i.rank for i in inside])
    return {
        "cases": len(held),
        "diseases": len({item.sample.disease for item in held}),
        **figures,
        "precision_shown": None if math.isnan(found.precision) else round(found.precision, 4),
        "bound": round(found.bound, 4),
        "suggestions": found.shown,
        "shown_inside": round(found.shown_inside, 4),
        "false_shown": round(found.shown_outside, 4),
        "plain_shown_inside": round(baseline.shown_inside, 4),
        "plain_precision": None if math.isnan(baseline.precision) else round(baseline.precision, 4),
        "ece": round(expected_calibration_error(ours), 4),
        "ece_if_true": round(chance_calibration_error(ours), 4),
    }


def _speed(differential: JointDifferential, cases: Sequence[Adjudicated]) -> float:
    """Milliseconds of CPU time per case, from findings to explanations of the first ten; other load does not count."""
    timed = cases[:_TIMED]
    with threadpool_limits(limits=1):  # to measure a single core
        begin = time.process_time()
        for case in timed:
            differential.rank(case.case, limit=10)
        spent = time.process_time() - begin
    return round(1000 * spent / len(timed), 2)


def _rows(name: str, scored: Sequence[_Scored], figures: dict[str, Any]) -> list[list[str]]:
    plain = top([item.sample for item in scored], [item.plain_rank for item in scored])
    rows = []
    for ranker, shares in (("plain", plain), ("shipped", figures)):
        cells = [f"{shares[key]:.3f}" for key in ("top1", "top10", "top1_macro")]
        speed = f"{figures['ms_per_case']:.1f} ms a case" if ranker == "shipped" else ""
        rows.append([name, str(len(scored)), ranker, *cells, speed])
    return rows


def _plot(held: Sequence[_Scored]) -> None:
    """Plots reliability and risk-coverage of the held-out cases, capped and weighted like the certificate's."""
    reliability: dict[str, list[tuple[float, float]]] = {}
    coverage: dict[str, list[tuple[float, float]]] = {}
    for name, cases in (("shipped", [i.judged for i in held]), ("plain", [i.plain for i in held])):
        kept = sorted(capped(cases), key=lambda case: case.probability)
        weight = weights(kept, OUTSIDE)
        reliability[name] = [(p, right) for _, p, right in _bins(kept, weight)]
        shown = np.cumsum(weight[::-1])
        right = np.cumsum((weight * [case.right for case in kept])[::-1])
        coverage[name] = list(zip(shown.tolist(), (1 - right / shown).tolist(), strict=True))
    reliability["ideal"] = [(0.0, 0.0), (1.0, 1.0)]
    line_plot(
        _PLOTS / "reliability.svg", "Reliability, cases held aside", "probability", "right", reliability, dots=True
    )
    line_plot(_PLOTS / "risk-coverage.svg", "Risk and coverage, cases held aside", "shown", "wrong", coverage)


def _certificate() -> dict[str, Any] | None:
    path = importlib.resources.files("knowledge.medical") / "fitted" / "certificate-structured.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else None
