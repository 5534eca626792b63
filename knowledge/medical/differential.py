"""Ranks diseases for a case by log-likelihood ratios.

After Robinson et al., "Interpretable clinical genomics with a likelihood ratio paradigm" (LIRICAL), American Journal
of Human Genetics 107 (2020), with the corrections in :class:`Weights`. A score is a natural-log likelihood ratio
(nats), not a probability: nothing here is calibrated.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from .case import Case, Status
from .knowledge import MedicalKnowledge

_SURE = (0.005, 0.995)  # no annotation is taken for impossible or certain


@dataclass(frozen=True, slots=True)
class Weights:
    """Corrections of the plain likelihood ratio. The defaults were tuned on published cases (benchmarks/diagnosis.py).

    Attributes:
        frequency_power: annotated frequencies are raised to this power, (0, 1]; below 1 trusts them less.
        unstated: frequency assumed where the source gives none, (0, 1).
        ancestor: share of the evidence kept when only an ancestor of the finding is annotated, [0, 1].
        exclusion: share of the evidence kept for a finding that was looked for and is absent, [0, 1].
        length: nats taken off per unit of log(findings a patient is expected to have + 3): long lists explain anything.
        cap: the most one finding may add, nats.
        unexplained: the most one finding may take away, nats: a second disease is possible.
        contradicted: what a finding takes away from a disease that is annotated not to have it, nats.
    """

    frequency_power: float = 0.4
    unstated: float = 0.5
    ancestor: float = 0.5
    exclusion: float = 0.2
    length: float = 2.2
    cap: float = 8.0
    unexplained: float = 1.0
    contradicted: float = 2.0


PLAIN = Weights(
    frequency_power=1.0,
    ancestor=1.0,
    exclusion=1.0,
    length=0.0,
    cap=20.0,
    unexplained=4.6,
    contradicted=4.6,
)
"""The likelihood ratio without corrections, for comparison; a finding the disease lacks counts 1 in 100."""


class TooThin(StrEnum):
    """Why a case was not ranked."""

    NO_PRESENT_FINDING = "no_present_finding"


class Basis(StrEnum):
    """How a finding and the annotation it is compared with relate."""

    EXACT = "exact"
    DESCENDANT = "descendant"
    """The disease has a more special finding, which implies this one."""
    ANCESTOR = "ancestor"
    """The disease has a related finding; the two share an ancestor."""
    EXCLUDED = "excluded"
    """The disease's annotations say that it does not have the finding, or one above it."""
    NONE = "none"
    """The disease's annotations say nothing about it."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one finding of the case adds to a disease's score.

    Attributes:
        code, label, status: the finding.
        nats: natural-log likelihood ratio; above 0 speaks for the disease, below 0 against.
        basis: relation to the annotation below.
        annotation_code, annotation_label: finding the disease is annotated with; empty for ``Basis.NONE``.
        frequency: frequency as the source puts it, ``3/7`` or ``Frequent (30-79%)``; empty when not stated.
        references: ids of the publications or entries it rests on.
    """

    code: str
    label: str
    status: Status
    nats: float
    basis: Basis
    annotation_code: str = ""
    annotation_label: str = ""
    frequency: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MissingFinding:
    """A finding the disease often has and the case says nothing about."""

    code: str
    label: str
    frequency: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RankedDisease:
    """One disease of the differential.

    Attributes:
        id, name: as in :class:`~knowledge.medical.diseases.Disease`.
        score: nats; comparable within one ranking only.
        supporting, opposing: contributions above and below 0, strongest first.
        missing: up to 5, most frequent first.
    """

    id: str
    name: str
    score: float
    supporting: tuple[Contribution, ...]
    opposing: tuple[Contribution, ...]
    missing: tuple[MissingFinding, ...]


@dataclass(frozen=True, slots=True)
class Ranking:
    """The differential of a case.

    Attributes:
        diseases: best first, equal scores by id.
        source, version: knowledge base and release it rests on.
        findings_used: findings that took part; the others are unknown, not in the ontology, or implied by another.
        reason: why ``diseases`` is empty, None when it is not.
    """

    diseases: tuple[RankedDisease, ...]
    source: str
    version: str
    findings_used: int
    reason: TooThin | None = None


@dataclass(frozen=True, slots=True)
class _Evidence:
    """One finding of the case against all diseases: (diseases,) nats, and (diseases,) annotation row or -1."""

    term: int
    status: Status
    nats: NDArray[np.float64]
    row: NDArray[np.int32]


class Differential:
    """Ranks all diseases of a knowledge base for one case at a time. Safe to share between threads."""

    def __init__(self, knowledge: MedicalKnowledge, weights: Weights | None = None) -> None:
        self._ontology, self._base, self._source = knowledge.ontology, knowledge.diseases, knowledge.source
        self._weights = w = weights or Weights()
        base = self._base
        diseases, terms = len(base.diseases), len(base.codes)
        frequency = np.nan_to_num(base.frequency.astype(np.float64), nan=w.unstated)
        self._row_frequency = np.clip(frequency, *_SURE)
        share = self._row_frequency[base.implied_row]
        trusted = share**w.frequency_power
        of_term = np.repeat(np.arange(terms), np.diff(base.implied_start))
        # How often a finding is met in any disease, each disease counting the same.
        background = np.bincount(of_term, weights=trusted, minlength=terms) / max(diseases, 1)
        with np.errstate(divide="ignore"):
            self._present = np.minimum(np.log(trusted / background[of_term]), w.cap)
        self._absent = np.maximum(w.exclusion * np.log(1 - share), -w.cap)
        self._of_row = np.repeat(np.arange(diseases), np.diff(base.start))
        self._excluded_rows: dict[int, list[int]] = {}
        for row in np.flatnonzero(base.excluded).tolist():
            self._excluded_rows.setdefault(int(base.term[row]), []).append(row)
        expected = np.bincount(self._of_row, weights=np.where(base.excluded, 0.0, self._row_frequency))
        self._prior = -w.length * np.log(expected + 3.0)

    def rank(self, case: Case, limit: int = 20) -> Ranking:
        """The ``limit`` best diseases, each with what speaks for and against it.

        Unknown findings, and findings implied by another one of the same status, take no part.
        """
        present, absent = self._used(case)
        used = len(present) + len(absent)
        if not present:
            return Ranking((), self._source, self._base.version, used, TooThin.NO_PRESENT_FINDING)
        evidence = [self._weigh_present(term) for term in present] + [self._weigh_absent(term) for term in absent]
        # Rounded, so that the order of the sum cannot break a tie.
        scores = np.round(self._prior + np.sum([e.nats for e in evidence], axis=0), 9)
        best = np.lexsort((np.arange(len(scores)), -scores))[: max(limit, 0)]
        ranked = tuple(self._explain(int(place), float(scores[place]), evidence) for place in best)
        return Ranking(ranked, self._source, self._base.version, used)

    def _used(self, case: Case) -> tuple[list[int], list[int]]:
        places: dict[Status, set[int]] = {status: set() for status in Status}
        for finding in case.findings:
            code = self._ontology.resolve(finding.code)
            if code is not None:
                places[finding.status].add(self._ontology.index[code])
        present = places[Status.PRESENT]
        implied = {int(a) for place in present for a in self._ontology.lineage_of(place)[1:]}
        # What is present, or implied to be, is not absent; of nested absent findings the widest says it all.
        absent = places[Status.ABSENT] - present - implied
        widest = {p for p in absent if absent.isdisjoint(self._ontology.lineage_of(p)[1:].tolist())}
        return sorted(present - implied), sorted(widest)

    def _column(self, term: int) -> slice:
        return slice(int(self._base.implied_start[term]), int(self._base.implied_start[term + 1]))

    def _weigh_present(self, term: int) -> _Evidence:
        """The finding's own likelihood ratio where a disease has it, else the best damped one of its ancestors."""
        w = self._weights
        nats = np.full(len(self._base.diseases), -w.unexplained)
        row = np.full(len(nats), -1, dtype=np.int32)
        own, *ancestors = self._ontology.lineage_of(term).tolist()
        for ancestor in ancestors:
            column = self._column(ancestor)
            disease, value = self._base.implied_disease[column], w.ancestor * self._present[column]
            better = (value > 0) & (value > nats[disease])
            nats[disease[better]] = value[better]
            row[disease[better]] = self._base.implied_row[column][better]
        for excluded in (own, *ancestors):
            rows = self._excluded_rows.get(excluded, [])
            nats[self._of_row[rows]], row[self._of_row[rows]] = -w.contradicted, rows
        column = self._column(own)
        disease = self._base.implied_disease[column]
        nats[disease] = np.maximum(self._present[column], -w.unexplained)
        row[disease] = self._base.implied_row[column]
        return _Evidence(term, Status.PRESENT, nats, row)

    def _weigh_absent(self, term: int) -> _Evidence:
        """An absence speaks only against diseases that have the finding."""
        nats = np.zeros(len(self._base.diseases))
        row = np.full(len(nats), -1, dtype=np.int32)
        column = self._column(term)
        disease = self._base.implied_disease[column]
        nats[disease] = self._absent[column]
        row[disease] = self._base.implied_row[column]
        return _Evidence(term, Status.ABSENT, nats, row)

    def _explain(self, place: int, score: float, evidence: list[_Evidence]) -> RankedDisease:
        contributions = [self._contribution(place, e) for e in evidence if e.nats[place] != 0]
        disease = self._base.diseases[place]
        return RankedDisease(
            id=disease.id,
            name=disease.name,
            score=score,
            supporting=tuple(sorted((c for c in contributions if c.nats > 0), key=lambda c: (-c.nats, c.code))),
            opposing=tuple(sorted((c for c in contributions if c.nats < 0), key=lambda c: (c.nats, c.code))),
            missing=self._missing(place, [e.term for e in evidence]),
        )

    def _contribution(self, place: int, evidence: _Evidence) -> Contribution:
        code, nats = self._base.codes[evidence.term], round(float(evidence.nats[place]), 4)
        label = self._ontology.name(code)
        row = int(evidence.row[place])
        if row < 0:
            return Contribution(code, label, evidence.status, nats, Basis.NONE)
        annotation = self._base.annotation(row)
        if annotation.excluded:
            basis = Basis.EXCLUDED
        elif int(self._base.term[row]) == evidence.term:
            basis = Basis.EXACT
        elif evidence.term in self._ontology.lineage_of(int(self._base.term[row])):
            basis = Basis.DESCENDANT
        else:
            basis = Basis.ANCESTOR
        return Contribution(
            code=code,
            label=label,
            status=evidence.status,
            nats=nats,
            basis=basis,
            annotation_code=annotation.code,
            annotation_label=self._ontology.name(annotation.code),
            frequency=annotation.frequency_text,
            references=annotation.references,
        )

    def _missing(self, place: int, terms: list[int], most: int = 5) -> tuple[MissingFinding, ...]:
        """Most frequent annotated findings that are neither above, below nor among the case's own."""
        told = {int(a) for term in terms for a in self._ontology.lineage_of(term)}
        rows = np.arange(self._base.start[place], self._base.start[place + 1])
        rows = rows[~self._base.excluded[rows]]
        missing: list[MissingFinding] = []
        for row in rows[np.argsort(-self._row_frequency[rows], kind="stable")]:
            lineage = self._ontology.lineage_of(int(self._base.term[row])).tolist()
            if lineage[0] in told or not set(terms).isdisjoint(lineage):
                continue
            note = self._base.annotation(int(row))
            label = self._ontology.name(note.code)
            missing.append(MissingFinding(note.code, label, note.frequency_text, note.references))
            if len(missing) == most:
                break
        return tuple(missing)
