"""What to ask or look for next: the finding that is expected to tell the first diseases of a ranking apart best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .evidence import Evidence, EvidenceFinder
from .knowledge import MedicalKnowledge

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
        frequency: how often its patients have a finding, 0 to 1, for those listed and all that they imply.
    """

    listed: tuple[int, ...]
    frequency: Mapping[int, float]


class NextFinder:
    """Compares what is known of the rivals. Safe to share between threads."""

    def __init__(self, knowledge: MedicalKnowledge, finder: EvidenceFinder) -> None:
        self._ontology, self._base, self._finder = knowledge.ontology, knowledge.diseases, finder

    def find(
        self,
        evidence: Evidence,
        places: NDArray[np.int64],
        scores: NDArray[np.float64],
        open_ones: Sequence[str] = (),
        others: Sequence[Rival] = (),
    ) -> NextFinding | None:
        """The unknown finding whose presence or absence is expected to tell most about which of the diseases it is.

        Args:
            places: diseases of the base; ``scores`` (nats) are of these and then of the ``others``.
            open_ones: codes that were asked for and are not known, so that they are no next finding.
        """
        told = evidence.terms
        asked = [self._open(other.listed, told) for other in others]
        asked += [self._base.term[self.untold(int(place), told)].astype(np.int64) for place in places]
        known = [self._ontology.index[code] for code in open_ones if code in self._ontology.index]
        terms = np.setdiff1d(np.concatenate(asked), known).astype(np.int64)
        if not len(terms):
            return None
        belief = np.exp(scores - scores.max())
        belief /= belief.sum()
        usual = zip(terms.tolist(), self._finder.background[terms].tolist(), strict=True)
        listed = np.array([[other.frequency.get(term, any_) for other in others] for term, any_ in usual])
        present = np.column_stack([self._finder.frequencies(terms, places), listed])
        bits = _entropy(belief) - sum(
            weight.sum(axis=1) * _entropy(weight / weight.sum(axis=1, keepdims=True))
            for weight in (present * belief, (1 - present) * belief)
        )
        best = int(np.argmax(np.round(bits, 9)))
        code = self._base.codes[int(terms[best])]
        return NextFinding(code, self._ontology.name(code), round(float(bits[best]), 3))

    def untold(self, place: int, told: Sequence[int]) -> NDArray[np.int64]:
        """Annotations of a disease about findings that are neither above, below nor among the given ones."""
        rows = np.arange(self._base.start[place], self._base.start[place + 1])
        rows = rows[~self._base.excluded[rows]]
        terms = self._base.term[rows]
        return np.asarray(rows[np.isin(terms, self._open(terms.tolist(), told))])

    def _open(self, terms: Sequence[int], told: Sequence[int]) -> NDArray[np.int64]:
        """Those that are neither above, below nor among the given ones."""
        own, above = set(told), {int(a) for term in told for a in self._ontology.lineage_of(term)}
        kept = [t for t in terms if t not in above and own.isdisjoint(self._ontology.lineage_of(t).tolist())]
        return np.array(kept, dtype=np.int64)


def _entropy(belief: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bits, over the last axis."""
    return np.asarray(-(belief * np.log2(np.maximum(belief, 1e-12))).sum(axis=-1))
