"""The likelihood ratio of each finding for each disease.

After Robinson et al., "Interpretable clinical genomics with a likelihood ratio paradigm" (LIRICAL), American Journal
of Human Genetics 107 (2020), with the corrections in :class:`Weights`. Values are natural logarithms (nats).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .diseases import UNSTATED
from .knowledge import MedicalKnowledge

SURE = (0.005, 0.995)
"""Bounds of a frequency: no annotation counts as impossible or certain."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Corrections of the plain likelihood ratio.

    Attributes:
        frequency_power: annotated frequencies are raised to this power, (0, 1]; below 1 trusts them less.
        ancestor: share of the evidence kept when only an ancestor of the finding is annotated, [0, 1].
        exclusion: share of the evidence kept for a finding that was looked for and is absent, [0, 1].
        length: nats taken off per unit of log(findings a patient is expected to have + 3): long lists explain anything.
        cap: the most one finding may add, nats.
        unexplained: the most one finding may take away, nats: a second disease is possible.
        contradicted: what a finding takes away from a disease that is annotated not to have it, nats.
    """

    frequency_power: float = 0.4
    ancestor: float = 0.5
    exclusion: float = 0.2
    length: float = 2.2
    cap: float = 8.0
    unexplained: float = 1.0
    contradicted: float = 2.0


class LikelihoodRatio:
    """Weighs findings against all diseases of a knowledge base. Safe to share between threads."""

    def __init__(self, knowledge: MedicalKnowledge, weights: Weights | None = None) -> None:
        self._ontology, self._base = knowledge.ontology, knowledge.diseases
        self._weights = w = weights or Weights()
        base = self._base
        diseases, terms = len(base.diseases), len(base.codes)
        frequency = np.clip(np.nan_to_num(base.frequency.astype(np.float64), nan=UNSTATED), *SURE)
        share = frequency[base.implied_row]
        trusted = share**w.frequency_power
        of_term = np.repeat(np.arange(terms), np.diff(base.implied_start))
        # Frequency of a finding over all diseases, equally weighted.
        background = np.bincount(of_term, weights=trusted, minlength=terms) / max(diseases, 1)
        with np.errstate(divide="ignore"):
            self._present = np.minimum(np.log(trusted / background[of_term]), w.cap)
        self._absent = np.maximum(w.exclusion * np.log(1 - share), -w.cap)
        # An ancestor can only support a disease, so values up to 0 are left out.
        speaks = np.flatnonzero(self._present > 0)
        self._for_start = np.concatenate(([0], np.cumsum(np.bincount(of_term[speaks], minlength=terms)))).tolist()
        self._for_disease, self._for = base.implied_disease[speaks].astype(np.int64), w.ancestor * self._present[speaks]
        of_row = np.repeat(np.arange(diseases), np.diff(base.start))
        self._excluding: dict[int, list[int]] = {}
        for row in np.flatnonzero(base.excluded).tolist():
            self._excluding.setdefault(int(base.term[row]), []).append(int(of_row[row]))
        expected = np.bincount(of_row, weights=np.where(base.excluded, 0.0, frequency), minlength=diseases)
        self.prior = -w.length * np.log(expected + 3.0)
        """(diseases,) nats, independent of the findings."""

    def present(self, term: int) -> NDArray[np.float64]:
        """(diseases,) nats of a present finding: its own ratio if a disease has it, otherwise an ancestor's best."""
        w = self._weights
        nats = np.full(len(self.prior), -w.unexplained)
        own, *ancestors = self._ontology.lineage_of(term).tolist()
        for ancestor in ancestors:
            some = slice(self._for_start[ancestor], self._for_start[ancestor + 1])
            disease = self._for_disease[some]
            nats[disease] = np.maximum(nats[disease], self._for[some])
        for excluded in (own, *ancestors):
            if excluded in self._excluding:
                nats[self._excluding[excluded]] = -w.contradicted
        column = self._column(own)
        nats[self._base.implied_disease[column]] = np.maximum(self._present[column], -w.unexplained)
        return nats

    def absent(self, term: int) -> NDArray[np.float64]:
        """(diseases,) nats of an absent finding, which speaks only against diseases that have it."""
        nats = np.zeros(len(self.prior))
        column = self._column(term)
        nats[self._base.implied_disease[column]] = self._absent[column]
        return nats

    def nats(self, present: list[int], absent: list[int]) -> NDArray[np.float64]:
        """(findings, diseases) nats, the present findings first."""
        return np.stack([self.present(term) for term in present] + [self.absent(term) for term in absent])

    def _column(self, term: int) -> slice:
        return slice(int(self._base.implied_start[term]), int(self._base.implied_start[term + 1]))
