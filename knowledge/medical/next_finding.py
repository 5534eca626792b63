"""What to ask or look for next: the finding that is expected to tell the first diseases of a ranking apart best."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .case_features import CaseFeatures, FeatureExtractor
from .common import load_common
from .knowledge import MedicalKnowledge
from .ontology import Ontology

RIVALS = 10
"""First diseases that are told apart."""


@dataclass(frozen=True, slots=True)
class NextFinding:
    """A finding worth looking for.

    Attributes:
        code, label: HPO id and name.
        bits: expected information about which of the first ten diseases it is.
    """

    code: str
    label: str
    bits: float


@dataclass(frozen=True, slots=True)
class Rival:
    """A disease that is not in the knowledge base.

    Attributes:
        listed: findings that it lists, as places in the ontology.
        implied: these and all that they imply.
        frequency: how often its patients have each of the implied, 0 to 1.
    """

    listed: NDArray[np.int64]
    implied: NDArray[np.int64]
    frequency: NDArray[np.float64]


class NextFinder:
    """Compares what is known of the rivals. Safe to share between threads."""

    def __init__(self, knowledge: MedicalKnowledge, extractor: FeatureExtractor) -> None:
        self._ontology, self._base, self._extractor = knowledge.ontology, knowledge.diseases, extractor
        self._conditions = _names_of_conditions(knowledge.ontology)

    def find(
        self,
        case_features: CaseFeatures,
        places: NDArray[np.int64],
        scores: NDArray[np.float64],
        open_ones: Sequence[str] = (),
        others: Sequence[Rival] = (),
    ) -> NextFinding | None:
        """The unknown finding whose presence or absence is expected to tell most about which of the diseases it is.

        HPO has many diseases as findings, too. One of those that are told apart is not asked for: it is the answer.

        Args:
            places: diseases of the base; ``scores`` (nats) are of these and then of the ``others``.
            open_ones: codes that were asked for and are not known, so that they are no next finding.
        """
        closed = self.closed(case_features.terms)
        asked = [other.listed[~closed[other.listed]] for other in others]
        asked += [self._base.term[self.untold(int(place), closed)].astype(np.int64) for place in places]
        known = [self._ontology.index[code] for code in open_ones if code in self._ontology.index]
        terms = np.setdiff1d(np.concatenate(asked), known).astype(np.int64)
        names = self._names(places, others)
        terms = terms[[self._ontology.names[term].casefold() not in names for term in terms.tolist()]]
        if not len(terms):
            return None
        belief = np.exp(scores - scores.max())
        belief /= belief.sum()
        present = np.column_stack([self._extractor.frequencies(terms, places), *(self._of(o)[terms] for o in others)])
        bits = _entropy(belief) - sum(
            weight.sum(axis=1) * _entropy(weight / weight.sum(axis=1, keepdims=True))
            for weight in (present * belief, (1 - present) * belief)
        )
        best = int(np.argmax(np.round(bits, 9)))
        code = self._base.codes[int(terms[best])]
        return NextFinding(code, self._ontology.name(code), round(float(bits[best]), 3))

    def _names(self, places: NDArray[np.int64], others: Sequence[Rival]) -> set[str]:
        """What the diseases are called, in lower case."""
        diseases = [self._base.diseases[place] for place in places.tolist()]
        names = {name.casefold() for d in diseases for name in (d.name, *d.aliases, *d.other_names)}
        return names.union(*(self._conditions.get(frozenset(other.listed.tolist()), ()) for other in others))

    def _of(self, rival: Rival) -> NDArray[np.float64]:
        """(terms,) how often its patients have a finding, and those of any disease where it says nothing."""
        frequency = self._extractor.background.copy()
        frequency[rival.implied] = rival.frequency
        return frequency

    def closed(self, told: Sequence[int]) -> NDArray[np.bool_]:
        """(terms,) which findings are above, below or among those that are told."""
        closed = np.zeros(len(self._base.codes), dtype=bool)
        for term in told:
            closed[self._ontology.lineage_of(term)] = True
            closed[self._ontology.below(term)] = True
        return closed

    def untold(self, place: int, closed: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Annotations of a disease about findings that are not ``closed``."""
        rows = np.arange(self._base.start[place], self._base.start[place + 1])
        return np.asarray(rows[~(self._base.excluded[rows] | closed[self._base.term[rows]])])


def _names_of_conditions(ontology: Ontology) -> dict[frozenset[int], set[str]]:
    """Names of common conditions by the findings that they list, by which alone a rival is known."""
    names: dict[frozenset[int], set[str]] = {}
    for condition in load_common().conditions:
        codes = map(ontology.resolve, condition.supporting.by_code())
        listed = frozenset(ontology.index[code] for code in codes if code is not None)
        names.setdefault(listed, set()).update(name.casefold() for name in (condition.name.en, *condition.also))
    return names


def _entropy(belief: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bits, over the last axis."""
    return np.asarray(-(belief * np.log2(np.maximum(belief, 1e-12))).sum(axis=-1))
