"""What to ask or look for next: the finding expected to best distinguish the first diseases of a ranking."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .case import Case, Sex, Status
from .case_features import CaseFeatures, FeatureExtractor
from .codes import codes_of
from .common import load_common
from .common.schema import Condition
from .icd10cm import icd10cm
from .knowledge import MedicalKnowledge
from .names import telling_words
from .ontology import Ontology

_COURSE = telling_words("acute subacute chronic recurrent severe mild primary")  # of the course, not the disease
RIVALS = 10
"""Number of first diseases to distinguish."""
_OF_ONE_SEX = {
    Sex.FEMALE: codes_of(
        "HP:0010460 Abnormality of the female genitalia",
        "HP:0030012 Abnormal female reproductive system physiology",
        "HP:0034268 Abnormal vaginal physiology",
        "HP:6000107 Cervical motion tenderness",
        "HP:0011891 Post-partum hemorrhage",
    ),
    Sex.MALE: codes_of(
        "HP:0010461 Abnormality of the male genitalia",
        "HP:0012874 Abnormal male reproductive system physiology",
        "HP:0040307 Male sexual dysfunction",
        "HP:0012041 Decreased fertility in males",
        "HP:0030155 Scrotal pain",
        "HP:0033839 Testicular pain",
    ),
}
"""Findings, with all below them, that only one sex can have."""


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
        frequency: share of its patients who have each of ``implied``, 0 to 1.
    """

    listed: NDArray[np.int64]
    implied: NDArray[np.int64]
    frequency: NDArray[np.float64]


class NextFinder:
    """Finds what best distinguishes rival diseases. Safe to share between threads."""

    def __init__(self, knowledge: MedicalKnowledge, extractor: FeatureExtractor) -> None:
        self._ontology, self._base, self._extractor = knowledge.ontology, knowledge.diseases, extractor
        self._conditions = _by_findings(knowledge.ontology)
        self._alike = _same_as(knowledge.ontology)
        self._synonyms: dict[int, list[str]] = {}
        for synonym in knowledge.ontology.synonyms:
            self._synonyms.setdefault(knowledge.ontology.index[synonym.code], []).append(synonym.text)

    def find(
        self,
        case_features: CaseFeatures,
        places: NDArray[np.int64],
        scores: NDArray[np.float64],
        open_ones: Sequence[str] = (),
        others: Sequence[Rival] = (),
    ) -> NextFinding | None:
        """The unknown finding expected to give most information about which of the diseases it is, or None.

        HPO also has many diseases as findings. One of the diseases in question is not asked for: it is the answer. Nor
        is another of its kind, such as non-infectious meningitis beside viral meningitis.

        Args:
            places: diseases of the base; ``scores`` (nats) are of these and then of the ``others``.
            open_ones: codes that :func:`not_to_ask` lists; neither they nor wider or narrower findings are proposed.
        """
        known = [self._ontology.index[code] for code in map(self._ontology.resolve, open_ones) if code is not None]
        closed = self.closed([*case_features.terms, *known])
        asked = [other.listed[~closed[other.listed]] for other in others]
        asked += [self._base.term[self.untold(int(place), closed)].astype(np.int64) for place in places]
        terms = np.unique(np.concatenate(asked)).astype(np.int64)
        if not len(terms):
            return None
        belief = np.exp(scores - scores.max())
        belief /= belief.sum()
        present = np.column_stack([self._extractor.frequencies(terms, places), *(self._of(o)[terms] for o in others)])
        bits = _entropy(belief) - sum(
            weight.sum(axis=1) * _entropy(weight / weight.sum(axis=1, keepdims=True))
            for weight in (present * belief, (1 - present) * belief)
        )
        names, known_names = self._names(places, others)
        called, known_as = {_words(name) for name in names}, {_words(name) for name in known_names}
        kinds = {kind for name in known_names for kind in _kinds(name)}
        for best in np.argsort(-np.round(bits, 9), kind="stable").tolist():
            term = int(terms[best])
            label = self._ontology.names[term]
            synonyms = self._synonyms.get(term, ())
            is_answer = _words(label) in known_as or not called.isdisjoint(map(_words, synonyms))
            if not is_answer and kinds.isdisjoint(_kinds(label)):
                return NextFinding(self._base.codes[term], label, round(float(bits[best]), 3))
        return None

    def _names(self, places: NDArray[np.int64], others: Sequence[Rival]) -> tuple[set[str], set[str]]:
        """The diseases' names, first without and then with the other names of conditions.

        Synonyms of a finding are compared with the former only: hyperthermia is another name of heat stroke.
        """
        diseases = [self._base.diseases[place] for place in places.tolist()]
        called = {name for d in diseases for name in (d.name, *d.other_names)}
        known_as = set(called)
        for condition in (c for o in others for c in self._conditions.get(frozenset(o.listed.tolist()), ())):
            called.add(condition.name.en)
            known_as.update((condition.name.en, *condition.also))
        return called, known_as

    def _of(self, rival: Rival) -> NDArray[np.float64]:
        """(terms,) frequency of a finding among its patients, or the background where it says nothing."""
        frequency = self._extractor.background.copy()
        frequency[rival.implied] = rival.frequency
        return frequency

    def closed(self, told: Sequence[int]) -> NDArray[np.bool_]:
        """(terms,) whether a finding is above, below or among ``told``, the findings that are known, or the same."""
        closed = np.zeros(len(self._base.codes), dtype=bool)
        for term in (*told, *(same for each in told for same in self._alike.get(each, ()))):
            closed[self._ontology.lineage_of(term)] = True
            closed[self._ontology.below(term)] = True
        return closed

    def untold(self, place: int, closed: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Rows of a disease's annotations, without exclusions and ``closed`` findings."""
        rows = np.arange(self._base.start[place], self._base.start[place + 1])
        return np.asarray(rows[~(self._base.excluded[rows] | closed[self._base.term[rows]])])


def not_to_ask(case: Case) -> list[str]:
    """Codes asked for without an answer, and those that only the other sex can have."""
    others = {Sex.FEMALE: Sex.MALE, Sex.MALE: Sex.FEMALE}
    barred = _OF_ONE_SEX[others[case.sex]] if case.sex in others else ()
    return [*(f.code for f in case.findings if f.status is Status.UNKNOWN), *sorted(barred)]


def _by_findings(ontology: Ontology) -> dict[frozenset[int], list[Condition]]:
    """Common conditions by the findings that they list, all that identifies a rival."""
    conditions: dict[frozenset[int], list[Condition]] = {}
    for condition in load_common().conditions:
        codes = map(ontology.resolve, condition.supporting.by_code())
        listed = frozenset(ontology.index[code] for code in codes if code is not None)
        conditions.setdefault(listed, []).append(condition)
    return conditions


def _same_as(ontology: Ontology) -> dict[int, list[int]]:
    """The findings that a finding counts as, which would tell nothing more."""
    same: dict[int, list[int]] = {}
    for row in load_common().alike:
        finding, other = ontology.resolve(row.finding.code), ontology.resolve(row.counts_as.code)
        if finding is not None and other is not None:
            same.setdefault(ontology.index[finding], []).append(ontology.index[other])
    return same


@lru_cache(maxsize=20_000)
def _kinds(name: str) -> frozenset[str]:
    """The kinds of disease that a name ends in: ``meningitis``, but not ``headache``.

    Those are what ICD-10-CM has, but for its chapter R, symptoms and signs.
    """
    words = re.findall(r"\w+", name.lower())
    ends = (tuple(words[start:]) for start in range(len(words)))
    return frozenset(" ".join(end) for end in ends if (known := icd10cm(end)) and not known[0].startswith("R"))


@lru_cache(maxsize=20_000)
def _words(name: str) -> frozenset[str]:
    """Words by which names are compared, without the course: acute cholecystitis is cholecystitis.

    Nor does a hyphen matter: "post-partum" is "postpartum".
    """
    words = telling_words(name.replace("-", ""))
    return words - _COURSE or words


def _entropy(belief: NDArray[np.float64]) -> NDArray[np.float64]:
    """Entropy in bits, over the last axis."""
    return np.asarray(-(belief * np.log2(np.maximum(belief, 1e-12))).sum(axis=-1))
