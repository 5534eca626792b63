"""Fits ranking and confidence on published patients, and certifies the suggestions: ``make fit-diagnosis``.

Patients are split permanently by disease and publication into three parts: for fitting, for certifying, and one that is
used for neither. docs/diagnosis.md states how often the second was used to certify. Only patients whose publication is
not a source of the knowledge base (``publication clean``) or whose disease is not in it count for the certificate; the
confidence is fitted on these and on patients of :mod:`benchmarks.left_out`. LIRICAL's patients, and notes about
diseases of the first part or of none, only help to fit the ranking. Everything learned from rankings on the fitting
part uses rankings that never saw the disease (cross-fitting).
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from apps.bootstrap import open_knowledge
from apps.diagnosis.cases import Adjudicated, read_cases
from benchmarks.common import data_folder
from benchmarks.diagnosis_ranking import PlainRanker, chance_calibration_error, expected_calibration_error
from benchmarks.diagnosis_samples import (
    Sample,
    chance,
    collect,
    groups_of,
    rank_of,
    read_equivalence,
    right_ids,
    summed,
    top,
    watched,
)
from benchmarks.fit_kind import Note, collect_notes, fit_kind
from benchmarks.fit_models import fit_logistic, fit_ranking
from benchmarks.left_out import SOURCES, leave_out
from core.hub import ModelHub
from core.settings import load_settings
from knowledge.medical import certificate as certificates
from knowledge.medical.case import CaseKind
from knowledge.medical.case_features import PER_FINDING, WHOLE, FeatureExtractor
from knowledge.medical.certificate import Judged, measure
from knowledge.medical.confidence import FEATURES, OUTCOMES, Calibrator, features
from knowledge.medical.differential import Differential, RankingWeights, Scores
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.versions import versions

FITTED = Path(__file__).parents[1] / "knowledge" / "medical" / "fitted"
CLEAN, OUTSIDE, LIRICAL = "phenopackets_pmid_clean", "phenopackets_not_in_kb", "lirical385"
NOTES = "notes"
JUDGING = (CLEAN, OUTSIDE)
FOLDS = 4
T = TypeVar("T", Sample, Adjudicated)
_PARTS = {"fit": 0.25, "certify": 0.67, "held": 0.08}
_MOST = {CLEAN: 8, OUTSIDE: 5, LIRICAL: 8}  # most patients per disease used in fitting
_RIDGE = 5.0  # of the calibrator; from 1 to 40, about the best likelihood on publication-clean patients
_SURE = 0.85  # least probability of a suggestion
_SAFETY = 0.92  # precision required when choosing the threshold, so that the bound may hold on other data
_FALSE = 0.02  # most cases outside the base that may get a suggestion at it
_LEAST = 10  # least number of suggestions that a threshold must rest on
_FALLBACK = 0.95  # the threshold if none fulfils these conditions


def main() -> None:
    """Fits, certifies, and writes ``knowledge/medical/fitted``; with the argument ``kind``, after a change of common
    conditions, refits only the kind."""
    if sys.argv[1:] == ["kind"]:
        fit_kind_alone()
        return
    data = data_folder() / "diagnosis"
    settings = load_settings()
    knowledge = open_knowledge(settings)
    extractor = FeatureExtractor(knowledge)
    everything = {name: read_cases(data / f"{name}.jsonl") for name in _MOST}
    groups = groups_of(case for cases in everything.values() for case in cases)
    files = {name: cap(everything[name], most) for name, most in _MOST.items()}
    same = read_equivalence(data / "disease_equivalence.json")
    samples = collect(files, knowledge, extractor, same, groups)
    judging = {sample.group for sample in samples if sample.file != LIRICAL}
    part = {s.group: part_of(s.group) if s.group in judging else "fit" for s in samples}
    sources = read_cases(data / f"{SOURCES}.jsonl")
    samples += leave_out(SOURCES, sources, ModelHub(settings.home).folder("hpo"), knowledge, same, groups)
    part = {s.group: "fit" for s in samples if s.file == SOURCES} | part
    print(Counter((sample.file, part[sample.group]) for sample in samples), flush=True)

    recognizer = FindingRecognizer(knowledge.ontology)
    notes = collect_notes(data, knowledge, recognizer)
    told = [s for note in notes if not note.common and (s := sample_of(note, extractor, knowledge, groups))]
    part = {s.group: "fit" for s in told} | part
    samples += [s for s in told if part[s.group] == "fit"]
    fold = {s.group: int(FOLDS * chance(s.group, "fold")) for s in samples}
    seen = {s.disease for s in samples if part[s.group] != "held"}
    published = [c.case for of_file in files.values() for c in of_file if c.diseases[0] in seen]
    write("kind.json", fit_kind(notes, published, knowledge))
    learned = learn([s for s in samples if part[s.group] == "fit"], fold, knowledge, extractor)
    write_fitted(learned)
    certifying = [s for s in samples if s.file in JUDGING and part[s.group] == "certify"]
    judged = [learned.judge(s) for s in certifying]
    certifying_part = asdict(measure(judged, learned.threshold))
    if not certify(judged, learned.threshold, versions(knowledge)):
        print("Without a certificate the certifying part helps to fit instead.", flush=True)
        learned = learn([s for s in samples if part[s.group] != "held"], fold, knowledge, extractor)
        write_fitted(learned)
    taken = [case for of_file in (*everything.values(), sources) for case in of_file]
    seen |= {c.diseases[0] for c in taken if part.get(groups.get(c.diseases[0], ""), "held") != "held"}
    folds = {s.disease: fold[s.group] for s in learned.samples}
    write("split.json", {"fold": dict(sorted(folds.items())), **used(taken, seen)})
    plain_from = {s.disease: s.group for s in samples if s.file in JUDGING and part[s.group] != "held"}
    plain = fit_plain(files, plain_from, PlainRanker(knowledge, extractor), knowledge, same)
    crossed = cross_fit(samples, fold, knowledge, extractor)
    measured = {key: round(value, 4) for key, value in certifying_part.items()}
    write("evaluation.json", {"plain": plain, "cross_fitted": crossed, "certifying": measured})
    held = [learned.judge(s) for s in samples if s.file in JUDGING and part[s.group] == "held"]
    print("held aside", measure(held, learned.threshold), flush=True)


def fit_kind_alone() -> None:
    """Refits the kind on the patients of the last fit; ranking and confidence stay, any certificate becomes void."""
    data = data_folder() / "diagnosis"
    knowledge = open_knowledge(load_settings())
    used = set(json.loads((FITTED / "split.json").read_text("utf-8"))["used"])
    files = [cap(read_cases(data / f"{name}.jsonl"), most) for name, most in _MOST.items()]
    published = [case.case for of_file in files for case in of_file if case.diseases[0] in used]
    write(
        "kind.json",
        fit_kind(collect_notes(data, knowledge, FindingRecognizer(knowledge.ontology)), published, knowledge),
    )


class Learned:
    """Ranking, calibrator and threshold fitted on a set of samples, and their cross-fitted versions."""

    def __init__(
        self, samples: list[Sample], fold: dict[str, int], knowledge: MedicalKnowledge, extractor: FeatureExtractor
    ) -> None:
        self.samples, self._fold = samples, fold
        self.crossed = {k: fit_ranking([s for s in samples if fold[s.group] != k]) for k in range(FOLDS)}
        self.ranking = fit_ranking(samples)
        self._groups = {s.group for s in samples}
        self._rankers = {k: Differential(knowledge, weights, extractor) for k, weights in self.crossed.items()}
        self._ranker = Differential(knowledge, self.ranking, extractor)
        self.judging = cap([s for s in samples if s.file in (*JUDGING, SOURCES)])
        self.calibrator, self._calibrators = self._fit_confidence(self.judging)
        self.judged = [self.judge(s) for s in self.judging]
        self.threshold = choose_threshold(self.judged)

    def score(self, sample: Sample) -> Scores:
        """Scores by a ranking that never saw the sample's group."""
        seen = sample.group in self._groups
        return (self._rankers[self._fold[sample.group]] if seen else self._ranker).score(sample.features)

    def judge(self, sample: Sample) -> Judged:
        """Judgement by a calibrator that never saw the sample's group."""
        seen = sample.group in self._groups
        used = self._calibrators[self._fold[sample.group]] if seen else self.calibrator
        scores = self.score(sample)
        right = float(used.probabilities(features(sample.features, scores))[0])
        return Judged(sample.disease, sample.inside, outcome_of(sample, scores) == 0, right)

    def tops(self) -> dict[str, dict[str, float]]:
        """Top-1 and top-10 of each file with patients whose disease is in the base."""
        own = {name: [s for s in self.samples if s.file == name] for name in (CLEAN, LIRICAL)}
        return {name: top(some, [rank_of(s, self.score(s).total) for s in some]) for name, some in own.items()}

    def _fit_confidence(self, samples: list[Sample]) -> tuple[Calibrator, dict[int, Calibrator]]:
        scores = [self.score(s) for s in samples]
        x = np.stack([features(s.features, score) for s, score in zip(samples, scores, strict=True)])
        y = np.array([outcome_of(s, score) for s, score in zip(samples, scores, strict=True)])
        of_fold = np.array([self._fold[s.group] for s in samples])

        def fit(kept: NDArray[np.bool_]) -> Calibrator:
            chosen = [s for s, keep in zip(samples, kept, strict=True) if keep]
            return Calibrator(*fit_logistic(x[kept], y[kept], population(chosen), len(OUTCOMES), _RIDGE))

        return fit(of_fold >= 0), {k: fit(of_fold != k) for k in range(FOLDS)}


def learn(
    samples: list[Sample], fold: dict[str, int], knowledge: MedicalKnowledge, extractor: FeatureExtractor
) -> Learned:
    """Fits everything on the samples, and prints cross-fitted results on them."""
    learned = Learned(samples, fold, knowledge, extractor)
    print("cross-fitted", learned.tops(), flush=True)
    print("threshold", learned.threshold, measure(learned.judged, learned.threshold), flush=True)
    clean = [j for s, j in zip(learned.judging, learned.judged, strict=True) if s.file in JUDGING]
    print("on publication-clean and outside cases", measure(clean, learned.threshold), flush=True)
    return learned


def write_fitted(learned: Learned) -> None:
    """Writes the files to be shipped."""
    crossed = [weights_json(weights) for weights in learned.crossed.values()]
    write("ranking.json", {"weights": weights_json(learned.ranking), "folds": crossed})
    write("confidence.json", {"threshold": learned.threshold, "calibrator": calibrator_json(learned.calibrator)})


def cross_fit(
    samples: list[Sample], fold: dict[str, int], knowledge: MedicalKnowledge, extractor: FeatureExtractor
) -> dict[str, Any]:
    """Cross-fitted results on all cases: each is ranked, judged and shown by models that never saw its group."""
    learned = Learned(samples, fold, knowledge, extractor)
    judged = [(s.file, fold[s.group], j) for s, j in zip(learned.judging, learned.judged, strict=True)]
    # Whether a case is shown is decided by the threshold of the other folds.
    thresholds = {k: choose_threshold([j for _, own, j in judged if own != k]) for k in range(FOLDS)}
    real = [(own, j) for file, own, j in judged if file in JUDGING]
    shown = [replace(j, probability=float(j.probability >= thresholds[own])) for own, j in real]
    cases = [j for _, j in real]
    found = asdict(measure(shown, 1.0))
    found |= {"ece": expected_calibration_error(cases), "ece_if_true": chance_calibration_error(cases)}
    result = learned.tops() | {"suggestions": {key: round(value, 4) for key, value in found.items()}}
    print("cross-fitted on all", result, flush=True)
    return result


def fit_plain(
    files: dict[str, list[Adjudicated]],
    diseases: dict[str, str],
    ranker: PlainRanker,
    knowledge: MedicalKnowledge,
    same: dict[str, frozenset[str]],
) -> dict[str, Any]:
    """The calibrator of the plain likelihood ratio, with the same rule for the threshold.

    Args:
        diseases: the group of each disease whose cases are used.
    """
    cases = [c for name in JUDGING for c in files[name] if c.diseases[0] in diseases]
    cases = [c for c in cap(cases) if ranker.ranks(c)]
    right = [right_ids(c, knowledge, same) for c in cases]
    looked = [ranker.look(c, r) for c, r in zip(watched(cases, "plain"), right, strict=True)]
    x = np.stack([values for _, values in looked])
    hit = np.array([rank == 1 for rank, _ in looked])
    judged = [Judged(c.diseases[0], bool(r), bool(h), 0.0) for c, r, h in zip(cases, right, hit, strict=True)]
    weight = certificates.weights(judged, certificates.OUTSIDE) * len(judged)
    fold = np.array([int(FOLDS * chance(diseases[c.diseases[0]], "fold")) for c in cases])
    probability = np.zeros(len(cases))
    for k in range(FOLDS):
        weights, bias = fit_logistic(x[fold != k], hit[fold != k].astype(int), weight[fold != k], 2)
        logit = (x[fold == k] * (weights[1] - weights[0])).sum(axis=1) + bias[1] - bias[0]
        probability[fold == k] = 1 / (1 + np.exp(-logit))
    weights, bias = fit_logistic(x, hit.astype(int), weight, 2)
    crossed = [replace(j, probability=float(p)) for j, p in zip(judged, probability, strict=True)]
    threshold = choose_threshold(crossed)
    found = asdict(measure(crossed, threshold)) | {"ece": expected_calibration_error(crossed)}
    print("plain, cross-fitted", threshold, found, flush=True)
    return {
        "weights": (weights[1] - weights[0]).tolist(),
        "bias": float(bias[1] - bias[0]),
        "threshold": threshold,
        "cross_fitted": {key: None if value != value else round(value, 4) for key, value in found.items()},
    }


def used(cases: Sequence[Adjudicated], seen: set[str]) -> dict[str, list[str]]:
    """Diseases used in fitting or certifying, and all publications about them."""
    publications = {name for case in cases if case.diseases[0] in seen for name in case.publications}
    return {"used": sorted(seen), "publications": sorted(publications)}


def sample_of(
    note: Note, extractor: FeatureExtractor, knowledge: MedicalKnowledge, groups: dict[str, str]
) -> Sample | None:
    """A note as a sample for fitting only the ranking, in the group of its disease's patients, if any.

    None if its disease is not on the shortlist.
    """
    case_features = extractor.extract(note.case)
    right = np.array([knowledge.diseases.diseases[place].id in note.right for place in case_features.places])
    if not right.any():
        return None
    group = next((groups[id_] for id_ in sorted(note.right) if id_ in groups), f"note {note.diagnosis}")
    return summed(Sample(NOTES, note.diagnosis, group, True, case_features, right))


def part_of(group: str) -> str:
    """The part of a group, deterministic."""
    place = chance(group, "part")
    for name, share in _PARTS.items():
        if place < share:
            return name
        place -= share
    return "held"


def certify(cases: Sequence[Judged], threshold: float, version: dict[str, str]) -> bool:
    """Measures once, and writes a certificate if the bound holds; an older one is removed either way."""
    path = FITTED / f"certificate-{CaseKind.STRUCTURED.value}.json"
    path.unlink(missing_ok=True)
    made = certificates.certify(
        cases, CaseKind.STRUCTURED, threshold, version, population=certificates.Population.PUBLISHED
    )
    print("certifying part", measure(cases, threshold), flush=True)
    if made is None:
        print(f"NO CERTIFICATE: the lower bound of precision is below {certificates.REQUIRED}")
        return False
    write(path.name, made.to_json())
    print("certificate written:", path.name)
    return True


def outcome_of(sample: Sample, scores: Scores) -> int:
    """Index into ``OUTCOMES``."""
    if not sample.inside:
        return OUTCOMES.index("outside")
    return OUTCOMES.index("right" if rank_of(sample, scores.total) == 1 else "other")


def population(samples: Sequence[Sample]) -> NDArray[np.float64]:
    """Weights of the samples, (samples,), for the reference population, 1 on average."""
    return len(samples) * certificates.weights(
        [Judged(s.disease, s.inside, False, 0.0) for s in samples], certificates.OUTSIDE
    )


def cap(items: Sequence[T], most: int = certificates.MOST_PER_DISEASE) -> list[T]:
    """The first ``most`` samples or cases of each disease."""
    seen: Counter[str] = Counter()
    kept = []
    for item in items:
        disease = item.disease if isinstance(item, Sample) else item.diseases[0]
        seen[disease] += 1
        if seen[disease] <= most:
            kept.append(item)
    return kept


def choose_threshold(cases: Sequence[Judged]) -> float:
    """The lowest probability, at least ``_SURE``, above which suggestions are precise enough and rarely made for
    diseases outside the base."""
    kept = sorted(certificates.capped(cases), key=lambda case: -case.probability)
    weight = certificates.weights(kept, certificates.OUTSIDE)
    right, inside = np.array([case.right for case in kept]), np.array([case.inside for case in kept])
    probability = np.array([case.probability for case in kept])
    precision = np.cumsum(weight * right) / np.cumsum(weight)
    outside = np.cumsum(~inside) / max(int((~inside).sum()), 1)
    last = np.append(np.diff(probability) < 0, True)  # equal probabilities are shown together
    fits = last & (precision >= _SAFETY) & (outside <= _FALSE) & (np.arange(1, len(kept) + 1) >= _LEAST)
    return max(_SURE, round(float(probability[fits].min()) - 5e-7, 6)) if fits.any() else _FALLBACK


def weights_json(weights: RankingWeights) -> dict[str, dict[str, float]]:
    """Inverse of :meth:`RankingWeights.read`."""
    return {
        "per_finding": dict(zip(PER_FINDING, np.round(weights.per_finding, 6).tolist(), strict=True)),
        "whole": dict(zip(WHOLE, np.round(weights.whole, 6).tolist(), strict=True)),
    }


def calibrator_json(calibrator: Calibrator) -> dict[str, Any]:
    """Inverse of :meth:`Calibrator.read`."""
    return {
        "features": list(FEATURES),
        "weights": dict(zip(OUTCOMES, np.round(calibrator.weights, 6).tolist(), strict=True)),
        "bias": dict(zip(OUTCOMES, np.round(calibrator.bias, 6).tolist(), strict=True)),
    }


def write(name: str, value: dict[str, Any]) -> None:
    """Writes one of the fitted files."""
    FITTED.mkdir(exist_ok=True)
    (FITTED / name).write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
