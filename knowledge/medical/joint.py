"""Common conditions and the diseases of the knowledge base in one list.

Each kind is weighed in its own way: the base by learned weights over annotations (:mod:`.differential`), the common
conditions by editorial classes (:mod:`.common.rank`). Within its kind every disease has a share, the softmax of its
nats. How much of the whole belongs to the common kind is decided from the input alone, by a logistic regression on how
well common conditions explain the findings: many specific HPO findings leave them next to nothing.

Our own conditions are editorial and never certified, whatever their rank.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.errors import KnowledgeError

from .case import Case, CaseKind, Status
from .case_features import CaseFeatures
from .common import load_common
from .common.rank import SENSITIVITY, CommonContribution, RankedCondition
from .common.schema import Condition
from .counterparts import barred_by_sex, find_counterparts, ranker_of
from .differential import Abstention, Basis, Contribution, Differential, RankedDisease, Ranking, Scores
from .fitted_files import fitted
from .knowledge import MedicalKnowledge
from .next_finding import RIVALS, NextFinding, Rival, not_to_ask
from .ontology import Ontology

URGENT_PLACES = 10
"""A condition that must not be missed ranks among this many first ones when one of its red flags is present."""
PREFIX = "R1:"
"""Prefix of the ids of common conditions."""
NATS = math.log(2)
"""Nats per bit."""
_IN_NOTES = 3.0
"""Nats that favour the common kind in a note: the kind model is fitted as if both were equally frequent, but few
patients in notes have a rare disease."""
FEATURES = (
    "evidence",  # nats: log of the mean over the common conditions of prior and likelihood ratio
    "per_finding",  # nats of the best of them, divided by the number of present findings
    "explained",  # share of the present findings that it explains
)


@dataclass(frozen=True, slots=True)
class KindModel:
    """Log odds that a case is one of the common conditions: ``weights`` (``FEATURES``,) and ``bias``."""

    weights: NDArray[np.float64]
    bias: float

    def log_odds(self, conditions: Sequence[RankedCondition]) -> float:
        """From the common conditions, best first."""
        return float(features(conditions) @ self.weights) + self.bias

    @classmethod
    def shipped(cls) -> "KindModel":
        """The model that comes with the suite.

        Raises:
            KnowledgeError: it was fitted for other features.
        """
        fields = fitted("kind")
        if tuple(fields["weights"]) != FEATURES:
            raise KnowledgeError("The model of the kind belongs to another version", hint="Run: make fit-diagnosis")
        return cls(np.array(list(fields["weights"].values())), fields["bias"])


def features(conditions: Sequence[RankedCondition]) -> NDArray[np.float64]:
    """(``FEATURES``,) of the common conditions, best first."""
    nats = NATS * np.array([condition.bits for condition in conditions])
    present = [c for c in conditions[0].contributions if c.status is Status.PRESENT]
    explained = sum(c.bits > 0 for c in present)
    return np.array([_log_sum(nats) - math.log(len(nats)), nats[0] / len(present), explained / len(present)])


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the joint list: a candidate of the shortlist, or a common condition.

    Attributes:
        id: of the disease in the base, or ``R1:`` and the id of the condition.
        score: nats; the scale is that of the shortlist.
        candidate: place in the shortlist; None for a condition.
        condition: None for a candidate.
        counterpart: ``id`` of the same disease in the other kind.
        raised: ranked above higher scores because it must not be missed.
    """

    id: str
    score: float
    candidate: int | None = None
    condition: RankedCondition | None = None
    counterpart: str = ""
    raised: bool = False


class JointDifferential:
    """Ranks common conditions and all diseases of a knowledge base for one case at a time.

    Safe to share between threads.
    """

    def __init__(
        self,
        knowledge: MedicalKnowledge,
        differential: Differential | None = None,
        kind: KindModel | None = None,
    ) -> None:
        self.base = differential or Differential(knowledge)
        self._knowledge, self._kind = knowledge, kind or KindModel.shipped()
        self._common = load_common()
        self._ids = [disease.id for disease in knowledge.diseases.diseases]
        counterparts = find_counterparts(self._common, knowledge)
        self.ranker = ranker_of(self._common, knowledge, counterparts)
        self._barred = barred_by_sex(self._common, knowledge, counterparts)
        self._counterparts = {PREFIX + id_: disease for id_, disease in counterparts.items()}
        self._counterparts |= {disease: id_ for id_, disease in self._counterparts.items()}
        self._rivals = {condition.id: _rival(condition, knowledge.ontology) for condition in self._common.conditions}

    def rank(self, case: Case, limit: int = 20) -> Ranking:
        """The ``limit`` best diseases of both kinds, each with what speaks for and against it."""
        conditions = self.ranker.rank(case)
        if not self.base.extractor.used(case)[0]:
            return self._of_own_findings(conditions, limit)
        case_features = self.base.extractor.extract(case)
        scores = self._score(case, case_features)
        entries = self.order(case_features, scores, conditions)
        listed = {entry.id: entry for entry in entries}
        # Only one of two counterparts is listed; an urgent condition that is not is still given, under its own name.
        urgent = [listed.get(entry.id, entry) for entry in _urgent(conditions)]
        closed = self.base.next.closed(case_features.terms)
        return Ranking(
            tuple(self._disease(entry, case_features, scores, closed) for entry in entries[: max(limit, 0)]),
            self._knowledge.source,
            self._knowledge.version,
            len(case_features.terms),
            pair=None if entries[0].condition else self.base.pair(case_features, scores),
            next_finding=self._next_finding(entries[:RIVALS], case_features, not_to_ask(case)),
            urgent=tuple(self._disease(entry, case_features, scores, closed) for entry in urgent),
        )

    def _of_own_findings(self, conditions: Sequence[RankedCondition], limit: int) -> Ranking:
        """The ranking if only findings of our own, such as contractions, are present: the conditions they support."""
        entries = _speaking(conditions)
        source, version = self._knowledge.source, self._knowledge.version
        if not entries:
            return Ranking((), source, version, 0, Abstention.NO_PRESENT_FINDING)
        used = sum(c.status is Status.PRESENT for c in conditions[0].contributions)
        listed = tuple(self._of_common(entry) for entry in entries[: max(limit, 0)])
        urgent = tuple(self._of_common(entry) for entry in _urgent(conditions))
        return Ranking(listed, source, version, used, urgent=urgent)

    def first(self, case: Case, count: int) -> tuple[str, ...]:
        """Ids of the ``count`` best diseases, as :meth:`rank` orders them, without explanations."""
        conditions = self.ranker.rank(case)
        if self.base.extractor.used(case)[0]:
            case_features = self.base.extractor.extract(case)
            entries = self.order(case_features, self._score(case, case_features), conditions)
        else:
            entries = _speaking(conditions)
        return tuple(entry.id for entry in entries[: max(count, 0)])

    def _score(self, case: Case, case_features: CaseFeatures) -> Scores:
        """Scores of the shortlist; their order leaves out diseases that cannot occur in the patient's sex."""
        scores = self.base.score(case_features)
        barred = self._barred[case.sex][case_features.places[scores.order]]
        return replace(scores, order=scores.order[~barred])

    def order(self, case_features: CaseFeatures, scores: Scores, conditions: Sequence[RankedCondition]) -> list[Entry]:
        """Both kinds in one order, best first; of counterparts the better one. ``conditions`` are best first."""
        offset = self._offset(case_features, scores, conditions)
        ids, places, total = self._ids, case_features.places.tolist(), scores.total.tolist()
        entries = [Entry(ids[places[i]], total[i], candidate=i) for i in scores.order.tolist()]
        entries += [_entry(condition, offset) for condition in conditions]
        # Each kind is already ordered, ties by id, and this sort is stable.
        entries.sort(key=lambda e: -e.score)
        return raise_urgent(self._without_counterparts(entries))

    def _offset(self, case_features: CaseFeatures, scores: Scores, conditions: Sequence[RankedCondition]) -> float:
        """Nats that bring the common conditions onto the scale of the shortlist."""
        if not conditions:
            return 0.0
        log_odds = self._kind.log_odds(conditions) + (_IN_NOTES if case_features.kind is CaseKind.NOTES else 0.0)
        return log_odds + _log_sum(scores.total) - _log_sum(NATS * np.array([c.bits for c in conditions]))

    def _without_counterparts(self, entries: list[Entry]) -> list[Entry]:
        """Keeps the better of two counterparts; an urgent condition is kept even if the other one is better."""
        kept: list[Entry] = []
        seen: dict[str, int] = {}  # counterpart still to come -> index of the better one
        for entry in entries:
            better = seen.get(entry.id)
            if better is None:
                if entry.id in self._counterparts:
                    seen[self._counterparts[entry.id]] = len(kept)
                kept.append(entry)
            elif entry.condition is not None and entry.condition.is_urgent:
                kept[better] = replace(entry, score=kept[better].score, counterpart=kept[better].id)
            else:
                kept[better] = replace(kept[better], counterpart=entry.id)
        return kept

    def _next_finding(
        self, entries: Sequence[Entry], case_features: CaseFeatures, open_ones: Sequence[str]
    ) -> NextFinding | None:
        base = [(entry.score, entry.candidate) for entry in entries if entry.candidate is not None]
        common = [(e.score, self._rivals[e.condition.condition.id]) for e in entries if e.condition is not None]
        places = case_features.places[np.array([candidate for _, candidate in base], dtype=np.int64)]
        scores = np.array([score for score, _ in (*base, *common)])
        return self.base.next.find(case_features, places, scores, open_ones, [rival for _, rival in common])

    def _disease(
        self, entry: Entry, case_features: CaseFeatures, scores: Scores, closed: NDArray[np.bool_]
    ) -> RankedDisease:
        if entry.condition is not None:
            return self._of_common(entry)
        assert entry.candidate is not None
        disease = self.base.explain(case_features, scores, entry.candidate, closed)
        return replace(disease, aliases=(*disease.aliases, entry.counterpart)) if entry.counterpart else disease

    def _of_common(self, entry: Entry) -> RankedDisease:
        ranked = entry.condition
        assert ranked is not None
        told = [self._contribution(c) for c in ranked.contributions]
        nats = sum(c.nats for c in told)
        return RankedDisease(
            id=entry.id,
            name=ranked.condition.name.en,
            score=entry.score,
            supporting=tuple(c for c in told if c.nats > 0),
            opposing=tuple(c for c in told if c.nats < 0),
            missing=(),
            overall=round(entry.score - nats, 4),
            aliases=(entry.counterpart,) if entry.counterpart else (),
            condition=ranked.condition,
            red_flags=tuple(ref.label for ref in ranked.condition.red_flags if ref.code in ranked.red_flags),
            raised=entry.raised,
        )

    def _contribution(self, told: CommonContribution) -> Contribution:
        local = self._common.findings.get(told.code)
        label = local.name if local else self._knowledge.ontology.name(told.code)
        basis = Basis.NONE if told.strength is None else Basis.EDITORIAL
        return Contribution(told.code, label, told.status, round(NATS * told.bits, 4), basis, strength=told.strength)


def _entry(condition: RankedCondition, offset: float = 0.0) -> Entry:
    """``offset`` (nats) brings its own score onto the scale of the shortlist."""
    return Entry(PREFIX + condition.condition.id, NATS * condition.bits + offset, condition=condition)


def _speaking(conditions: Sequence[RankedCondition]) -> list[Entry]:
    """Conditions that our own findings alone support; none unless one is urgent, since smoking is no illness."""
    speaking = [condition for condition in conditions if condition.speaks]
    return raise_urgent([_entry(c) for c in speaking]) if any(c.is_urgent for c in speaking) else []


def _urgent(conditions: Sequence[RankedCondition]) -> list[Entry]:
    """The first supported conditions that must not be missed, those with red flags first."""
    urgent = [c for c in conditions if c.condition.must_not_miss and c.speaks]
    return [_entry(c) for c in sorted(urgent, key=lambda c: not c.red_flags)[:URGENT_PLACES]]


def _rival(condition: Condition, ontology: Ontology) -> Rival:
    """How often patients have the findings that a condition lists, as its classes imply."""
    strengths = {
        ontology.index[known]: strength
        for code, strength in condition.supporting.by_code().items()
        if (known := ontology.resolve(code)) is not None
    }
    frequency: dict[int, float] = {}
    for term, strength in strengths.items():
        for implied in ontology.lineage_of(term).tolist():
            frequency[implied] = max(frequency.get(implied, 0.0), SENSITIVITY[strength])
    implied = np.array(list(frequency), dtype=np.int64)
    return Rival(np.array(list(strengths), dtype=np.int64), implied, np.array(list(frequency.values())))


def raise_urgent(entries: list[Entry]) -> list[Entry]:
    """Raises urgent conditions into the first ten; if there are more than ten, they precede all others.

    ``entries`` are best first; those not marked as raised keep that order.
    """
    urgent = [_is_urgent(entry) for entry in entries]
    if not any(urgent[URGENT_PLACES:]):
        return entries
    others = [place for place, is_urgent in enumerate(urgent) if not is_urgent]
    room = max(URGENT_PLACES - sum(urgent), 0)
    own = others[room] if room < len(others) else len(entries)  # this many keep their place by score
    raised = [replace(entry, raised=True) for entry in entries[own:] if _is_urgent(entry)]
    return [*entries[:own], *raised, *(entry for entry in entries[own:] if not _is_urgent(entry))]


def _is_urgent(entry: Entry) -> bool:
    return entry.condition is not None and entry.condition.is_urgent


def _log_sum(nats: NDArray[np.float64]) -> float:
    """Log of the sum of the exponentials."""
    most = float(nats.max())
    return most + math.log(float(np.exp(nats - most).sum()))
