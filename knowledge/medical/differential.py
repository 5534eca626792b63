"""Ranks diseases for a case: the likelihood ratio makes a shortlist, learned weights order it.

The weights (``fitted/ranking.json``) are those of a conditional logit over the shortlist: a disease's score is the sum
of what each finding adds and of what belongs to the case and the disease as wholes, so that every score can be taken
apart. They are learned by ``make fit-diagnosis``. A score is in nats and orders one ranking; it is no probability.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from core.errors import KnowledgeError

from .case import Case, Finding, Status
from .case_features import PER_FINDING, RELATED, WHOLE, CaseFeatures, FeatureExtractor
from .common.schema import Condition, Strength
from .diseases import UNSTATED
from .fitted_files import fitted
from .knowledge import MedicalKnowledge
from .next_finding import RIVALS, NextFinder, NextFinding, not_to_ask

_MISSING = 5  # annotated findings listed for a disease that the case does not mention


@dataclass(frozen=True, slots=True)
class RankingWeights:
    """Weights of the features of :mod:`~knowledge.medical.case_features`, in nats per unit.

    Attributes:
        per_finding: (``PER_FINDING``,)
        whole: (``WHOLE``,)
    """

    per_finding: NDArray[np.float64]
    whole: NDArray[np.float64]

    @classmethod
    def read(cls, fields: dict[str, dict[str, float]]) -> "RankingWeights":
        """From ``{"per_finding": {name: weight}, "whole": {name: weight}}``.

        Raises:
            KnowledgeError: the names are not those that this version computes.
        """
        if (tuple(fields["per_finding"]), tuple(fields["whole"])) != (PER_FINDING, WHOLE):
            raise KnowledgeError("The ranking weights belong to another version", hint="Run: make fit-diagnosis")
        return cls(np.array(list(fields["per_finding"].values())), np.array(list(fields["whole"].values())))

    @classmethod
    def shipped(cls) -> "RankingWeights":
        """The weights that come with the suite."""
        return cls.read(fitted("ranking")["weights"])


class Abstention(StrEnum):
    """Why there is no list of diseases."""

    NO_PRESENT_FINDING = "no_present_finding"
    CONFLICTING = "conflicting"
    """Present and absent findings contradict each other."""
    OUT_OF_SCOPE = "out_of_scope"
    """No listed disease explains a present finding."""


class Basis(StrEnum):
    """Relation between a finding and the annotation it is compared with."""

    EXACT = "exact"
    DESCENDANT = "descendant"
    """The disease has a more specific finding, which implies this one."""
    ANCESTOR = "ancestor"
    """The disease has a related finding; the two share an ancestor."""
    EXCLUDED = "excluded"
    """The disease's annotations say that it does not have the finding, or one above it."""
    EDITORIAL = "editorial"
    """A class in our own file of common conditions, not clinician-reviewed; it is shown as words, not as a number."""
    NONE = "none"
    """The disease's annotations, or our file, say nothing about it."""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one finding of the case adds to a disease's score.

    Attributes:
        code, label, status: the finding.
        nats: what it adds, relative to the average of the shortlist; above 0 speaks for the disease, below 0 against.
        basis: relation to the annotation below.
        annotation_code, annotation_label: finding the disease is annotated with; empty for ``Basis.NONE``.
        frequency: frequency as the source puts it, ``3/7`` or ``Frequent (30-79%)``; empty when not stated.
        references: ids of the publications or entries it rests on.
        strength: class of ``Basis.EDITORIAL``.
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
    strength: Strength | None = None


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
        id, name: as in :class:`~knowledge.medical.diseases.Disease`; of a common condition ``R1:`` and its id.
        score: nats; comparable within one ranking only. It is the sum of all contributions and of ``overall``.
        supporting, opposing: contributions above and below 0, strongest first.
        missing: up to 5, most frequent first.
        overall: nats for the case and the disease as wholes: how alike the two sets of findings are, how long the
            disease's list is, whether sex and age fit, and how common it is.
        aliases: ids of other entries that mean the same disease.
        condition: the common condition, whose evidence is editorial; None for a disease of the knowledge base.
        red_flags: labels of the condition's red flags that the case has.
        raised: its evidence alone would place it lower; it must not be missed, and a red flag of it is present.
    """

    id: str
    name: str
    score: float
    supporting: tuple[Contribution, ...]
    opposing: tuple[Contribution, ...]
    missing: tuple[MissingFinding, ...]
    overall: float = 0.0
    aliases: tuple[str, ...] = ()
    condition: Condition | None = None
    red_flags: tuple[str, ...] = ()
    raised: bool = False


@dataclass(frozen=True, slots=True)
class Ranking:
    """The differential of a case.

    Attributes:
        diseases: best first, equal scores by id.
        source, version: knowledge base and release it rests on.
        findings_used: findings that took part; the others are unknown, not in the ontology, or implied by another.
        reason: why ``diseases`` is empty, None when it is not.
        pair: two diseases that explain the case together better than the first alone does, or None.
        next_finding: the unknown finding that would best distinguish the first ten, or None.
        urgent: conditions that must not be missed and are supported by a red flag or a finding of at least moderate
            strength, whatever their rank; those with red flags first.
        conflicts: pairs of a present and an absent finding that contradict each other, when that is the reason.
    """

    diseases: tuple[RankedDisease, ...]
    source: str
    version: str
    findings_used: int
    reason: Abstention | None = None
    pair: "Pair | None" = None
    next_finding: NextFinding | None = None
    urgent: tuple[RankedDisease, ...] = ()
    conflicts: tuple[tuple[Finding, Finding], ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """Two diseases at once.

    Attributes:
        ids, names: the first of the ranking and its best partner.
        explained: labels of the findings that the partner has and the first does not.
    """

    ids: tuple[str, str]
    names: tuple[str, str]
    explained: tuple[str, ...]


class Differential:
    """Ranks all diseases of a knowledge base for one case at a time. Safe to share between threads."""

    def __init__(
        self,
        knowledge: MedicalKnowledge,
        weights: RankingWeights | None = None,
        extractor: FeatureExtractor | None = None,
    ) -> None:
        self._ontology, self._base, self._source = knowledge.ontology, knowledge.diseases, knowledge.source
        self._weights = weights or RankingWeights.shipped()
        self.extractor = extractor or FeatureExtractor(knowledge)
        self.next = NextFinder(knowledge, self.extractor)

    def rank(self, case: Case, limit: int = 20) -> Ranking:
        """The ``limit`` best diseases, each with what speaks for and against it.

        Unknown findings, and findings implied by another one of the same status, take no part.
        """
        present, absent = self.extractor.used(case)
        used = len(present) + len(absent)
        if not present:
            return Ranking((), self._source, self._base.version, used, Abstention.NO_PRESENT_FINDING)
        return self.order(self.extractor.extract(case), limit, not_to_ask(case))

    def order(self, case_features: CaseFeatures, limit: int = 20, open_ones: Sequence[str] = ()) -> Ranking:
        """The same for a case already compared with the diseases.

        Args:
            open_ones: codes that are not proposed as the next finding.
        """
        scored = self.score(case_features)
        best = scored.order[: max(limit, 0)].tolist()
        rivals, closed = scored.order[:RIVALS], self.next.closed(case_features.terms)
        return Ranking(
            tuple(self.explain(case_features, scored, i, closed) for i in best),
            self._source,
            self._base.version,
            len(case_features.terms),
            pair=self.pair(case_features, scored),
            next_finding=self.next.find(case_features, case_features.places[rivals], scored.total[rivals], open_ones),
        )

    def score(self, case_features: CaseFeatures) -> "Scores":
        """Scores of the shortlist, taken apart by finding.

        The average of the shortlist is 0 for a present finding and for the whole; an absent finding counts 0 for a
        disease that does not have it.
        """
        # einsum, not @: on these sizes a threaded BLAS loses more than it gains.
        parts = np.einsum("fdn,n->fd", case_features.per_finding, self._weights.per_finding)
        overall = np.einsum("dn,n->d", case_features.whole, self._weights.whole)
        parts[: case_features.present] -= parts[: case_features.present].mean(axis=1, keepdims=True)
        overall -= overall.mean()
        # Rounded, so that the order of the sum cannot break a tie.
        total = np.round(parts.sum(axis=0) + overall, 9)
        return Scores(parts, overall, total, np.lexsort((case_features.places, -total)))

    def explain(
        self, case_features: CaseFeatures, scored: "Scores", i: int, closed: NDArray[np.bool_]
    ) -> RankedDisease:
        """A candidate of the shortlist with what speaks for and against it.

        Args:
            closed: :meth:`NextFinder.closed` for the findings of the case.
        """
        place = int(case_features.places[i])
        rows = self._base.implied(place)
        contributions = [
            self._contribution(term, j < case_features.present, place, rows, float(scored.parts[j, i]))
            for j, term in enumerate(case_features.terms)
        ]
        disease = self._base.diseases[place]
        return RankedDisease(
            id=disease.id,
            name=disease.name,
            score=float(scored.total[i]),
            supporting=tuple(sorted((c for c in contributions if c.nats > 0), key=lambda c: (-c.nats, c.code))),
            opposing=tuple(sorted((c for c in contributions if c.nats < 0), key=lambda c: (c.nats, c.code))),
            overall=round(float(scored.overall[i]), 4),
            aliases=disease.aliases,
            missing=self._missing(place, closed),
        )

    def _contribution(self, term: int, present: bool, place: int, rows: dict[int, int], nats: float) -> Contribution:
        basis, row = self._basis(term, present, place, rows)
        code = self._base.codes[term]
        status = Status.PRESENT if present else Status.ABSENT
        label, nats = self._ontology.names[term], round(nats, 4)
        if row is None:
            return Contribution(code, label, status, nats, basis)
        annotation = self._base.annotation(row)
        return Contribution(
            code,
            label,
            status,
            nats,
            basis,
            annotation_code=annotation.code,
            annotation_label=self._ontology.name(annotation.code),
            frequency=annotation.frequency_text,
            references=annotation.references,
        )

    def _basis(self, term: int, present: bool, place: int, rows: dict[int, int]) -> tuple[Basis, int | None]:
        """The annotation of a disease that a finding is compared with: its own, an excluded or the nearest one.

        Args:
            rows: :meth:`DiseaseBase.implied` for the disease.
        """
        row = rows.get(term)
        if row is not None:
            return (Basis.EXACT if int(self._base.term[row]) == term else Basis.DESCENDANT), row
        own = slice(int(self._base.start[place]), int(self._base.start[place + 1]))
        lineage = self._ontology.lineage_of(term)
        excluded = np.flatnonzero(self._base.excluded[own]).tolist()
        if excluded:
            implied = set(lineage.tolist())
            for at in excluded:
                if int(self._base.term[own.start + at]) in implied:
                    return Basis.EXCLUDED, own.start + at
        if not present:
            return Basis.NONE, None
        information = self.extractor.information[lineage]
        for at in np.argsort(-information, kind="stable").tolist():
            if information[at] <= RELATED:
                break
            if (row := rows.get(int(lineage[at]))) is not None:
                return Basis.ANCESTOR, row
        return Basis.NONE, None

    def _missing(self, place: int, closed: NDArray[np.bool_]) -> tuple[MissingFinding, ...]:
        """The most frequent annotated findings that are neither above, below nor among the case's own."""
        rows = self.next.untold(place, closed)
        order = np.argsort(-np.nan_to_num(self._base.frequency[rows], nan=UNSTATED), kind="stable")
        missing = []
        for row in rows[order][:_MISSING].tolist():
            note = self._base.annotation(row)
            label = self._ontology.name(note.code)
            missing.append(MissingFinding(note.code, label, note.frequency_text, note.references))
        return tuple(missing)

    def pair(self, case_features: CaseFeatures, scored: "Scores") -> Pair | None:
        """The first disease and the one that best explains what it leaves open, at least two findings; or None."""
        first = int(scored.order[0])
        column = PER_FINDING.index("mean_exact")
        has = case_features.per_finding[: case_features.present, :, column] > 0
        unrelated = case_features.per_finding[: case_features.present, first, PER_FINDING.index("unrelated")] > 0
        open_ = np.flatnonzero(unrelated)
        if len(open_) < 2:
            return None
        gain = np.maximum(scored.parts[open_] - scored.parts[open_, first][:, None], 0.0).sum(axis=0)
        gain[has[open_].sum(axis=0) < 2] = 0.0
        second = int(gain.argmax())
        if gain[second] < np.log(len(gain)):  # corrects for the number of candidates
            return None
        diseases = [self._base.diseases[int(case_features.places[i])] for i in (first, second)]
        codes = [self._base.codes[case_features.terms[j]] for j in open_ if has[j, second]]
        return Pair(
            (diseases[0].id, diseases[1].id),
            (diseases[0].name, diseases[1].name),
            tuple(self._ontology.name(code) for code in codes),
        )


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of a shortlist.

    Attributes:
        parts: (findings, candidates) nats of each finding.
        overall: (candidates,) nats of the case and the disease as wholes.
        total: (candidates,)
        order: (candidates,) best first, equal scores by id.
    """

    parts: NDArray[np.float64]
    overall: NDArray[np.float64]
    total: NDArray[np.float64]
    order: NDArray[np.int64]
