"""Published patients as samples: features are extracted once, then ranked with any weights."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from apps.diagnosis.cases import Adjudicated
from benchmarks.common import skip
from knowledge.medical.case_features import CaseFeatures, FeatureExtractor
from knowledge.medical.knowledge import MedicalKnowledge

_PROGRESS = Console(stderr=True)


@dataclass(frozen=True, slots=True)
class Sample:
    """One patient.

    Attributes:
        file: stem of the source file.
        disease: the diagnosis.
        group: cases of one group share diseases or publications; a group must never be split.
        inside: whether the disease is in the knowledge base.
        features: with the findings summed up, which does not change any score.
        right: (candidates,) which of them are right.
    """

    file: str
    disease: str
    group: str
    inside: bool
    features: CaseFeatures
    right: NDArray[np.bool_]


def read_equivalence(path: Path) -> dict[str, frozenset[str]]:
    """Disease id -> all ids of the same group."""
    if not path.is_file():
        skip(path.name, "absent, so only the very same id counts as right")
        return {}
    groups: dict[str, set[str]] = defaultdict(set)
    group_of: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    for id_, group in group_of.items():
        groups[group].add(id_)
    return {id_: frozenset(groups[group]) for id_, group in group_of.items()}


def right_ids(case: Adjudicated, knowledge: MedicalKnowledge, same: dict[str, frozenset[str]]) -> set[str]:
    """Ids, in the base's form, of the diseases that count as right; empty if none is in the base."""
    index = knowledge.diseases.index
    named = {twin for id_ in case.diseases for twin in same.get(id_, frozenset({id_}))}
    return {knowledge.diseases.diseases[index[id_]].id for id_ in named if id_ in index}


def groups_of(cases: Iterable[Adjudicated]) -> dict[str, str]:
    """Group of each disease and publication: diseases that share a publication are in one group."""
    parent: dict[str, str] = {}

    def find(node: str) -> str:
        parent.setdefault(node, node)
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for case in cases:
        for linked in (*case.diseases, *case.publications):
            one, other = sorted((find(case.diseases[0]), find(linked)))
            parent[other] = one
    return {node: find(node) for node in list(parent)}


def chance(group: str, salt: str) -> float:
    """A pseudo-random number in [0, 1) that is fixed for the group."""
    return int.from_bytes(hashlib.sha256(f"{salt} {group}".encode()).digest()[:6]) / 2**48


def collect(
    files: dict[str, list[Adjudicated]],
    knowledge: MedicalKnowledge,
    extractor: FeatureExtractor,
    same: dict[str, frozenset[str]],
    groups: dict[str, str] | None = None,
) -> list[Sample]:
    """Extracts features of every case with a present finding; ``groups`` is from :func:`groups_of`."""
    groups = groups or groups_of(case for cases in files.values() for case in cases)
    samples = []
    for file, cases in files.items():
        for case in watched(cases, file):
            if not extractor.used(case.case)[0]:
                continue
            right = right_ids(case, knowledge, same)
            case_features = extractor.extract(case.case)
            candidates = [knowledge.diseases.diseases[place].id in right for place in case_features.places]
            samples.append(
                summed(
                    Sample(
                        file=file,
                        disease=case.diseases[0],
                        group=groups[case.diseases[0]],
                        inside=bool(right),
                        features=case_features,
                        right=np.array(candidates, dtype=bool),
                    )
                )
            )
    return samples


def summed(sample: Sample) -> Sample:
    """The sample with its findings summed up."""
    case_features = sample.features
    per_finding = case_features.per_finding.sum(axis=0, keepdims=True)
    return replace(sample, features=replace(case_features, per_finding=per_finding, terms=case_features.terms[:1]))


def rank_of(sample: Sample, total: NDArray[np.float64]) -> float:
    """Rank of the best right disease, from 1; infinite if none is on the shortlist."""
    if not sample.right.any():
        return float("inf")
    return float(1 + (total > total[sample.right].max()).sum())


def top(samples: Sequence[Sample], ranks: Sequence[float]) -> dict[str, float]:
    """Top-1 and top-10 as shares of cases, and top-1 as the mean over diseases."""
    by_disease: dict[str, list[bool]] = defaultdict(list)
    for sample, rank in zip(samples, ranks, strict=True):
        by_disease[sample.disease].append(rank == 1)
    values = np.asarray(ranks)
    return {
        "top1": round(float((values == 1).mean()), 4),
        "top10": round(float((values <= 10).mean()), 4),
        "top1_macro": round(float(np.mean([np.mean(hits) for hits in by_disease.values()])), 4),
    }


def watched(items: Sequence[Any], what: str) -> Iterator[Any]:
    """Yields the items and shows progress: a bar in a terminal, otherwise a line for every 500."""
    if _PROGRESS.is_terminal:
        yield from track(items, what, console=_PROGRESS, transient=True)
        return
    for number, item in enumerate(items):
        if number and number % 500 == 0:
            _PROGRESS.print(f"{what}: {number} of {len(items)}")
        yield item
