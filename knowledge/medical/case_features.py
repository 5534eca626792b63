"""Features for the ranking: how closely a case resembles each of the most likely diseases.

Two kinds of numbers: some belong to one finding (how well a disease explains it) and some to the case and the disease
as wholes (set similarity, length of the annotation list, sex and onset). The set similarities are simGIC (Pesquita et
al., "Metrics for GO based protein semantic similarity", BMC Bioinformatics 9, 2008) and the two directions of the
best-match average of Resnik similarity (Köhler et al., "Clinical diagnostics in human genetics with semantic
similarity searches in ontologies" (Phenomizer), American Journal of Human Genetics 85, 2009).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .case import Case, CaseKind, Sex, Status, kind_of
from .diseases import UNSTATED
from .knowledge import MedicalKnowledge
from .likelihood import SURE, LikelihoodRatio
from .names import Fame
from .series import numbered_series

PER_FINDING = (
    "ratio",  # nats of the likelihood ratio, present or absent
    "exact",  # information of the finding when the disease has it, or one below it; at most _MOST nats
    "exact_frequency",  # log of the annotated frequency then
    "related",  # information shared with the nearest annotated finding otherwise; at most _MOST nats
    "related_frequency",  # log of that one's frequency
    "lost",  # information that is not shared, at most _MOST nats
    "lost_squared",
    "unrelated",  # 1 when next to nothing is shared
    "contradicted",  # 1 when the disease is annotated not to have the finding
    "coverage",  # exact and related, as a share of the information of the whole case
    "coverage_by_number",  # coverage times log of the number of present findings
    "mean_share",  # shared information over that of the finding, divided by the number of findings
    "mean_exact",  # 1 when exact, divided by the number of findings
    "absent_frequency",  # of an absent finding: log of 1 - its frequency in the disease
    "absent_agreed",  # of an absent finding: 1 when the disease is annotated not to have it
)
WHOLE = (
    "disease_coverage",  # share of the disease's expected information that the case shows
    "log_disease_coverage",
    "unmet",  # log of the expected information that the case does not show
    "simgic",  # simGIC with equally weighted annotations
    "weighted_simgic",  # simGIC with annotations weighted by frequency
    "log_simgic",
    "unmet_by_number",  # these three times log of the number of present findings
    "log_disease_coverage_by_number",
    "log_simgic_by_number",
    "expected",  # log of the number of findings that a patient is expected to have
    "annotations",  # log of the number of annotations
    "annotations_by_number",  # times log of the number of present findings
    "x_linked_female",  # 1 for an X-linked recessive disease of a female patient
    "onset_later",  # 1 when the disease begins at an age the patient has not reached
    "onset_years",  # log of 1 + the years between
    "known",  # 1 when ICD-10-CM or the lexicon has a name for the disease
    "known_in_notes",  # the same if findings were read from notes, which are not only about rare diseases
    "coded_in_notes",  # for notes, 1 when ICD-10-CM has a name for it
)
RELATED = 0.3
"""Least information, nats, that two findings must share to be called related."""

_MOST = 8.0
_SHORTLIST = 300
_KNOWN_IN_NOTES = 3.0  # nats added to known diseases when making the shortlist of a note


@dataclass(frozen=True, slots=True)
class CaseFeatures:
    """A case compared with its most likely diseases.

    Attributes:
        terms: findings used, as places in the ontology; the first ``present`` of them are present.
        places: (candidates,) diseases, ascending.
        per_finding: (findings, candidates, ``PER_FINDING``).
        whole: (candidates, ``WHOLE``).
        information: (findings,) nats: how rare each finding is among the diseases.
        series: (candidates,) the same number for diseases of one numbered series.
        siblings: (candidates,) how many diseases of the base are in its series, itself included.
        kind: of the case.
    """

    terms: tuple[int, ...]
    present: int
    places: NDArray[np.int64]
    per_finding: NDArray[np.float64]
    whole: NDArray[np.float64]
    information: NDArray[np.float64]
    series: NDArray[np.int64]
    siblings: NDArray[np.int64]
    kind: CaseKind


class FeatureExtractor:
    """Compares cases with the diseases of a knowledge base. Safe to share between threads."""

    def __init__(self, knowledge: MedicalKnowledge) -> None:
        self._ontology, self._base = knowledge.ontology, knowledge.diseases
        self._likelihood = LikelihoodRatio(knowledge)
        base = self._base
        diseases, terms = len(base.diseases), len(base.codes)
        spread = np.diff(base.implied_start)
        self.information = np.log(max(diseases, 1) / np.maximum(spread, 1))
        """(terms,) nats: how rare a finding is among the diseases."""
        frequency = np.clip(np.nan_to_num(base.frequency.astype(np.float64), nan=UNSTATED), *SURE)
        share = frequency[base.implied_row]
        self._share = frequency[base.by_disease[2]]
        self._frequency = np.where(base.excluded, 0.0, frequency)
        of_row = np.repeat(np.arange(diseases), np.diff(base.start))
        expected = np.bincount(of_row, weights=self._frequency, minlength=diseases)
        annotations = np.bincount(of_row, weights=~base.excluded, minlength=diseases)
        self._expected, self._annotations = np.log(expected + 3.0), np.log(annotations + 3.0)
        of_term = np.repeat(np.arange(terms), spread)
        mean = np.bincount(of_term, weights=share, minlength=terms) / max(diseases, 1)
        self.background = np.clip(mean, *SURE)
        """(terms,) mean frequency of a finding over all diseases of the base."""
        information = self.information[of_term]
        self._total = np.bincount(base.implied_disease, weights=information, minlength=diseases)
        self._weighted = np.bincount(base.implied_disease, weights=information * share, minlength=diseases)
        recessive = (
            {"X-linked recessive"},
            {"X-linked", "X-linked dominant", "Autosomal dominant", "Autosomal recessive"},
        )
        self._x_linked = np.array(
            [bool(recessive[0] & set(d.inheritance)) and not recessive[1] & set(d.inheritance) for d in base.diseases]
        )
        self._series = numbered_series([d.name for d in base.diseases])
        self._siblings = np.bincount(self._series)
        onset = [d.earliest_onset for d in base.diseases]
        self._onset = np.array([-1.0 if years is None else years for years in onset])

    def used(self, case: Case) -> tuple[list[int], list[int]]:
        """Present and absent findings that take part, as places in the ontology.

        Unknown findings, and findings implied by another one of the same status, do not. A finding that is present,
        or implied to be, does not count as absent; of nested absent findings only the widest counts.
        """
        places: dict[Status, set[int]] = {status: set() for status in Status}
        for finding in case.findings:
            code = self._ontology.resolve(finding.code)
            if code is not None:
                places[finding.status].add(self._ontology.index[code])
        present = places[Status.PRESENT]
        implied = {int(a) for place in present for a in self._ontology.lineage_of(place)[1:]}
        absent = places[Status.ABSENT] - present - implied
        widest = {p for p in absent if absent.isdisjoint(self._ontology.lineage_of(p)[1:].tolist())}
        return sorted(present - implied), sorted(widest)

    def frequencies(self, terms: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.float64]:
        """(terms, places) frequency of a finding in a disease: as annotated, otherwise the background frequency."""
        share = self.shares(terms, places)
        return np.where(share > 0, share, self.background[terms][:, None])

    def shares(self, terms: NDArray[np.int64], places: NDArray[np.int64]) -> NDArray[np.float64]:
        """(terms, places) annotated frequency of a finding or of one below it; 0 if none is annotated."""
        at = np.full(len(self._base.codes), -1)
        at[terms] = np.arange(len(terms))
        start, term, _ = self._base.by_disease
        entry, of_place = _ranges(start, places)
        line = at[term[entry]]
        kept = np.flatnonzero(line >= 0)
        share = np.zeros((len(terms), len(places)))
        share[line[kept], of_place[kept]] = self._share[entry[kept]]
        return share

    def extract(self, case: Case) -> CaseFeatures:
        """Compares a case, which must have a present finding, with the diseases of the best likelihood ratios."""
        present, absent = self.used(case)
        nats = self._likelihood.nats(present, absent)
        # Rounded, so that the order of the sum cannot break a tie.
        scores = np.round(self._likelihood.prior + nats.sum(axis=0), 9)
        if kind_of(case) is CaseKind.NOTES:
            scores += _KNOWN_IN_NOTES * (self._base.fame > Fame.NONE)
        places = best_places(scores, _SHORTLIST)
        lookup = _Lookup(self, present, absent, places)
        per_finding = np.zeros((len(present) + len(absent), len(places), len(PER_FINDING)))
        per_finding[:, :, 0] = nats[:, places]
        total = max(float(self.information[present].sum()), 1e-9)
        for i, term in enumerate(present):
            per_finding[i, :, 1:] = lookup.present(term, len(present), total)
        for i, term in enumerate(absent, start=len(present)):
            per_finding[i, :, 1:] = lookup.absent(term)
        log_number = float(np.log(len(present)))
        whole = np.column_stack([*lookup.similarities(log_number), *self._of_patient(case, places, log_number)])
        information = self.information[[*present, *absent]]
        series = self._series[places]
        siblings = self._siblings[series]
        terms = (*present, *absent)
        kind = kind_of(case)
        return CaseFeatures(terms, len(present), places, per_finding, whole, information, series, siblings, kind)

    def _of_patient(self, case: Case, places: NDArray[np.int64], log_number: float) -> list[NDArray[np.float64]]:
        female = self._x_linked[places] & (case.sex is Sex.FEMALE)
        age = np.inf if case.age_years is None else case.age_years
        later = self._onset[places] > age + 1
        years = np.where(later, np.log1p(np.maximum(self._onset[places] - age, 0)), 0.0)
        annotations = self._annotations[places]
        lengths = [self._expected[places], annotations, annotations * log_number]
        fame, in_notes = self._base.fame[places], kind_of(case) is CaseKind.NOTES
        known, coded = (fame > Fame.NONE).astype(np.float64), (fame == Fame.CODED).astype(np.float64)
        named = [known, known * in_notes, coded * in_notes]
        return [*lengths, female.astype(np.float64), later.astype(np.float64), years, *named]


class _Lookup:
    """The annotations of the candidates that matter for one case, as small dense arrays."""

    def __init__(
        self, extractor: FeatureExtractor, present: list[int], absent: list[int], places: NDArray[np.int64]
    ) -> None:
        self._extractor, self._places = extractor, places
        base, ontology = extractor._base, extractor._ontology
        self._closure = np.unique(np.concatenate([ontology.lineage_of(term) for term in present]))
        terms = np.union1d(self._closure, np.asarray(absent, dtype=np.int64)).astype(np.int64)
        self._at = np.full(len(base.codes), -1)
        self._at[terms] = np.arange(len(terms))
        self._share = extractor.shares(terms, places)
        self._has = self._share > 0
        self._information = np.where(self._has, extractor.information[terms][:, None], 0.0)
        self._log_share = np.log(np.where(self._has, self._share, 1.0))
        self._rows, self._of_candidate = _ranges(base.start, places)
        row_term = self._at[base.term[self._rows]]
        excluded = base.excluded[self._rows] & (row_term >= 0)
        self._excluded = np.zeros((len(terms), len(places)), dtype=bool)
        self._excluded[row_term[excluded], self._of_candidate[excluded]] = True

    def present(self, term: int, findings: int, total: float) -> NDArray[np.float64]:
        """(candidates, ``PER_FINDING`` without the ratio) of a present finding."""
        lineage = self._at[self._extractor._ontology.lineage_of(term)]
        information = float(self._extractor.information[term])
        own = lineage[0]
        exact = self._has[own]
        nearest = lineage[self._information[lineage].argmax(axis=0)]
        across = np.arange(len(self._places))
        shared = np.where(exact, information, self._information[nearest, across])
        related = ~exact & (shared > RELATED)
        gain = np.where(exact | related, np.minimum(shared, _MOST), 0.0)
        zero = np.zeros(len(self._places))
        return np.column_stack(
            [
                np.where(exact, gain, 0.0),
                np.where(exact, self._log_share[own], 0.0),
                np.where(related, gain, 0.0),
                np.where(related, self._log_share[nearest, across], 0.0),
                np.minimum(information - shared, _MOST),
                (information - shared) ** 2,
                ~exact & (shared < 1.0),
                ~exact & self._excluded[lineage].any(axis=0),
                gain / total,
                gain / total * np.log(findings),
                shared / max(information, 1e-9) / findings,
                exact / findings,
                zero,
                zero,
            ]
        )

    def absent(self, term: int) -> NDArray[np.float64]:
        """(candidates, ``PER_FINDING`` without the ratio) of an absent finding."""
        values = np.zeros((len(self._places), len(PER_FINDING) - 1))
        place = self._at[term]
        values[:, -2] = np.log(1 - self._share[place])
        values[:, -1] = self._excluded[place]
        return values

    def similarities(self, log_number: float) -> list[NDArray[np.float64]]:
        """``WHOLE`` up to ``log_simgic_by_number``, each (candidates,)."""
        extractor, count = self._extractor, len(self._places)
        # (terms,) most information that a finding of the case shares with each; rarer ones overwrite commoner ones.
        nearest = np.zeros(len(extractor.information))
        for term in self._closure[np.argsort(extractor.information[self._closure])].tolist():
            nearest[extractor._ontology.below(term)] = extractor.information[term]
        terms = extractor._base.term[self._rows].astype(np.int64)
        best = nearest[terms]
        weight, information = extractor._frequency[self._rows], extractor.information[terms]
        expected = np.bincount(self._of_candidate, weights=weight * information, minlength=count)
        met = np.bincount(self._of_candidate, weights=weight * best, minlength=count)
        covered = met / (expected + 1e-9)
        closure = self._at[self._closure]
        common = self._information[closure].sum(axis=0)
        weighted = (self._information * self._share)[closure].sum(axis=0)
        own = float(extractor.information[self._closure].sum())
        simgic = common / (own + extractor._total[self._places] - common + 1e-9)
        frequent = weighted / (own + extractor._weighted[self._places] - weighted + 1e-9)
        log_covered, log_frequent = np.log(covered + 0.02), np.log(frequent + 0.01)
        unmet = np.log(np.maximum(expected - met, 0.0) + 5.0)
        by_number = [value * log_number for value in (unmet, log_covered, log_frequent)]
        return [covered, log_covered, unmet, simgic, frequent, log_frequent, *by_number]


def best_places(scores: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """Indices of the ``most`` best scores, ascending; ties go to the first."""
    if len(scores) <= most:
        return np.arange(len(scores))
    least = np.partition(scores, len(scores) - most)[len(scores) - most]
    better = np.flatnonzero(scores > least)
    return np.sort(np.concatenate([better, np.flatnonzero(scores == least)[: most - len(better)]]))


def _ranges(
    start: NDArray[np.int32] | NDArray[np.int64], items: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All rows ``start[i] : start[i + 1]`` of the items, and which item each belongs to."""
    begin = start[items].astype(np.int64)
    length = start[items + 1] - begin
    of_item = np.repeat(np.arange(len(items)), length)
    return np.arange(int(length.sum())) + (begin - (np.cumsum(length) - length))[of_item], of_item
