"""Certifies the suggestions on a site's own cases: consecutive patients whose diagnosis is known by now."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError
from core.files import replacing, storage_errors
from knowledge.medical.case import Case, CaseKind
from knowledge.medical.certificate import Certificate, Judged, Precision, certify, measure
from knowledge.medical.common import load_common
from knowledge.medical.confidence import fitted_threshold
from knowledge.medical.joint import PREFIX
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.ontology import Ontology
from knowledge.medical.versions import versions

from .assessment import Assessment
from .cases import Adjudicated
from .service import DiagnosisService
from .store import Opinion

_AGES = ((1, "under 1 year"), (18, "1 to 17 years"), (65, "18 to 64 years"), (200, "65 years and more"))


@dataclass(frozen=True, slots=True)
class Examination:
    """Results on a site's cases.

    Attributes:
        certificate: None if the lower bound is too low.
        cases: number of cases.
        precision: over all cases.
        threshold: minimum probability of a suggestion, fixed before the cases were seen.
        outside: share of the cases whose disease is not in the knowledge base.
        by_group: precision by group: ``sex female``, ``age under 1 year``, ``language en`` and so on.
        versions: of everything that the probabilities depend on.
    """

    certificate: Certificate | None
    cases: int
    precision: Precision
    threshold: float
    outside: float
    by_group: dict[str, Precision]
    versions: dict[str, str]


def examine(cases: Sequence[Adjudicated], service: DiagnosisService, kind: CaseKind) -> Examination:
    """Reads and ranks every case as the page does, and compares the suggestions with the final diagnoses.

    The cases are consecutive, so they are their own reference population.

    Raises:
        InputError: no case gets a list, or a note cannot be read.
    """
    listed = [service.rank(_case(case, service)) for case in cases]
    if not any(made.ranking.diseases for made in listed):
        raise InputError("For no case is there a list of diseases", hint="Use HPO ids, or notes that name findings")
    index = service.knowledge.diseases.index
    judged = [_judge(case, made, index) for case, made in zip(cases, listed, strict=True)]
    groups: dict[str, list[Judged]] = defaultdict(list)
    for case, made, verdict in zip(cases, listed, judged, strict=True):
        for name in _groups(case, made.case):
            groups[name].append(verdict)
    return _examination(judged, groups, service.knowledge, kind)


def unknown_codes(cases: Sequence[Adjudicated], ontology: Ontology) -> list[str]:
    """Codes in the cases that are not findings of this HPO release, ascending; they are ignored."""
    codes = {finding.code for case in cases for finding in case.case.findings}
    return sorted(code for code in codes if ontology.resolve(code) is None)


@dataclass(frozen=True, slots=True)
class Recorded:
    """Lists that silent mode recorded, the first of each patient.

    Attributes:
        closed: with an outcome, to judge.
        waiting: without one yet.
        outdated: made by another version.
    """

    closed: tuple[Opinion, ...]
    waiting: int
    outdated: int


def recorded(lists: Sequence[Opinion], knowledge: MedicalKnowledge) -> Recorded:
    """Sorts recorded lists, which are oldest first; a patient with a pseudonym counts once."""
    current = {kind.value: versions(knowledge, kind) for kind in CaseKind}
    first = {opinion.patient or opinion.visit: opinion for opinion in reversed(lists)}
    valid = [opinion for opinion in lists if first[opinion.patient or opinion.visit] is opinion]
    of_now = [opinion for opinion in valid if opinion.versions == current[opinion.kind]]
    closed = tuple(opinion for opinion in of_now if opinion.outcome is not None)
    return Recorded(closed, len(of_now) - len(closed), len(valid) - len(of_now))


def examine_recorded(lists: Recorded, knowledge: MedicalKnowledge, kind: CaseKind) -> Examination:
    """Compares what silent mode recorded with the outcomes that reviewers entered.

    A disease that is not among the first five is unknown here, so it counts as outside the knowledge base.

    Raises:
        InputError: no list has an outcome.
    """
    if not lists.closed:
        raise InputError("No recorded list has an outcome yet", hint="Enter them at /diagnosis/review")
    judged = [
        Judged(
            disease=opinion.codes[opinion.outcome - 1] if opinion.outcome else opinion.visit,
            inside=bool(opinion.outcome),
            right=opinion.outcome == 1,
            probability=opinion.probability or 0.0,
        )
        for opinion in lists.closed
    ]
    return _examination(judged, {}, knowledge, kind)


def _examination(
    judged: Sequence[Judged], groups: Mapping[str, list[Judged]], knowledge: MedicalKnowledge, kind: CaseKind
) -> Examination:
    outside, threshold, current = _outside(judged), fitted_threshold(), versions(knowledge, kind)
    return Examination(
        certificate=certify(judged, kind, threshold, current, outside),
        cases=len(judged),
        precision=measure(judged, threshold, outside),
        threshold=threshold,
        outside=outside,
        by_group={name: measure(members, threshold, _outside(members)) for name, members in sorted(groups.items())},
        versions=current,
    )


def save(certificate: Certificate, folder: Path) -> Path:
    """Writes a certificate atomically, replacing an older one of the same kind.

    Raises:
        StorageError: the folder cannot be written.
    """
    path = folder / f"certificate-{certificate.kind.value}.json"
    with storage_errors(path, hint="Point R1_HOME elsewhere"), replacing(path) as partial:
        partial.write_text(json.dumps(certificate.to_json(), indent=1), encoding="utf-8")
    return path


def _case(case: Adjudicated, service: DiagnosisService) -> Case:
    """The case as the page gets it; findings that a clinician would confirm there are taken as read."""
    if not case.text:
        return case.case
    return service.read_note(case.text, sex=case.case.sex, age_years=case.case.age_years)


def _judge(case: Adjudicated, listed: Assessment, index: Mapping[str, int]) -> Judged:
    """Without a probability nothing is ever suggested, whatever ranks first."""
    right = {index.get(id_, id_) for id_ in case.diseases}  # merged entries share an index
    first = [index.get(id_, id_) for disease in listed.ranking.diseases[:1] for id_ in (disease.id, *disease.aliases)]
    common = {PREFIX + condition.id for condition in load_common().conditions}
    inside = any(id_ in index or id_ in common for id_ in case.diseases)
    probability = listed.confidence.right if listed.confidence else 0.0
    return Judged(case.diseases[0], inside, not right.isdisjoint(first), probability)


def _outside(cases: Sequence[Judged]) -> float:
    return sum(not case.inside for case in cases) / len(cases)


def _groups(case: Adjudicated, read: Case) -> list[str]:
    return [
        f"sex {read.sex.value}",
        f"age {_age_band(read.age_years)}",
        f"language {case.language or 'not stated'}",
    ]


def _age_band(years: float | None) -> str:
    if years is None:
        return "unknown"
    return next((name for limit, name in _AGES if years < limit), "unknown")
