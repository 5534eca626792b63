"""Certifies the suggestions on a site's own cases: consecutive patients whose diagnosis is known by now."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.files import replacing, storage_errors
from knowledge.medical.case import Kind
from knowledge.medical.certificate import Certificate, Judged, Precision, certify, measure
from knowledge.medical.confidence import Calibrator, fitted_threshold
from knowledge.medical.differential import Differential
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.versions import versions

from .cases import Adjudicated

_AGES = ((1, "under 1 year"), (18, "1 to 17 years"), (65, "18 to 64 years"), (200, "65 years and more"))


@dataclass(frozen=True, slots=True)
class Examination:
    """What a site's cases show.

    Attributes:
        certificate: None when the lower bound is too low.
        precision: over all cases.
        threshold: least probability of a suggestion; fixed before the cases were seen.
        outside: share of the cases whose disease is not in the knowledge base.
        by_group: ``sex female``, ``age under 1 year``, ``language en`` and so on: precision there.
    """

    certificate: Certificate | None
    precision: Precision
    threshold: float
    outside: float
    by_group: dict[str, Precision]


def examine(cases: Sequence[Adjudicated], knowledge: MedicalKnowledge, kind: Kind) -> Examination:
    """Ranks every case and compares the suggestions with what was found.

    The cases are taken as they come, so they are their own reference population.

    Raises:
        InputError: no case has a present finding.
    """
    differential, calibrator = Differential(knowledge), Calibrator.shipped()
    ranked = [case for case in cases if differential.finder.used(case.case)[0]]
    if not ranked:
        raise InputError("No case has a present finding that the knowledge base knows", hint="Use HPO ids")
    judged = [_judge(case, knowledge, differential, calibrator) for case in ranked]
    outside, threshold = _outside(judged), fitted_threshold()
    groups: dict[str, list[Judged]] = defaultdict(list)
    for case, verdict in zip(ranked, judged, strict=True):
        for name in _groups(case):
            groups[name].append(verdict)
    return Examination(
        certificate=certify(judged, kind, threshold, versions(knowledge), outside),
        precision=measure(judged, threshold, outside),
        threshold=threshold,
        outside=outside,
        by_group={name: measure(members, threshold, _outside(members)) for name, members in sorted(groups.items())},
    )


def save(certificate: Certificate, folder: Path) -> Path:
    """Writes a certificate whole or not at all, over an older one of the same kind.

    Raises:
        StorageError: the folder cannot be written.
    """
    path = folder / f"certificate-{certificate.kind.value}.json"
    with storage_errors(path, hint="Point R1_HOME elsewhere"), replacing(path) as partial:
        partial.write_text(json.dumps(certificate.to_json(), indent=1), encoding="utf-8")
    return path


def _judge(
    case: Adjudicated, knowledge: MedicalKnowledge, differential: Differential, calibrator: Calibrator
) -> Judged:
    index = knowledge.diseases.index
    right = {index[id_] for id_ in case.diseases if id_ in index}
    evidence = differential.finder.find(case.case)
    scores = differential.score(evidence)
    first = int(evidence.places[scores.order[0]])
    return Judged(case.diseases[0], bool(right), first in right, calibrator.confidence(evidence, scores).right)


def _outside(cases: Sequence[Judged]) -> float:
    return sum(not case.inside for case in cases) / len(cases)


def _groups(case: Adjudicated) -> list[str]:
    return [
        f"sex {case.case.sex.value}",
        f"age {_age_band(case.case.age_years)}",
        f"language {case.language or 'not stated'}",
    ]


def _age_band(years: float | None) -> str:
    if years is None:
        return "unknown"
    return next((name for limit, name in _AGES if years < limit), "unknown")
