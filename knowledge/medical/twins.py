"""Finds OMIM and Orphanet entries of the same disease, which would otherwise split its evidence.

A pair's likeness is a weighted sum of how alike the names, the causal genes and the findings are. Two entries are
twins when each is the other's best partner and the likeness reaches a limit. Weights and limit are rounded from a
logistic regression on the groups of RareBench (https://github.com/chenxz1111/RareBench, Apache-2.0);
``benchmarks/diagnosis.py`` reports precision and recall of the rule.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NAME, _GENES, _OTHER_GENES, _FINDINGS = 5.0, 3.5, -3.5, 7.0
_ENOUGH = 6.5
_TELLING = 60  # most entries that a word of a name may occur in to propose partners
_ROMAN = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
    "x": "10",
}
_EMPTY = frozenset(
    {"type", "form", "syndrome", "disease", "disorder", "autosomal", "dominant", "recessive", "linked"}
    | {"a", "and", "by", "due", "in", "of", "or", "the", "to", "with", "without"}
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What two entries are compared by.

    Attributes:
        name: as its source writes it.
        genes: symbols of the genes its source links it to.
        terms: places of its findings and everything above them, ascending.
        weights: (terms,) information of each finding, nats.
    """

    name: str
    genes: Set[str]
    terms: NDArray[np.int32]
    weights: NDArray[np.float64]


def find_twins(profiles: Mapping[str, Profile]) -> dict[str, str]:
    """Orphanet id -> OMIM id of the same disease; every id occurs once at most."""
    words = {id_: name_words(profile.name) for id_, profile in profiles.items()}
    spread = Counter(word for own in words.values() for word in own)
    weight = {word: float(np.log(len(profiles) / count)) for word, count in spread.items()}
    by_key: dict[tuple[str, str], list[str]] = defaultdict(list)
    for id_, profile in profiles.items():
        if id_.startswith("OMIM:"):
            for key in _keys(words[id_], profile.genes, spread):
                by_key[key].append(id_)
    room = max((int(p.terms[-1]) + 1 for p in profiles.values() if len(p.terms)), default=0)
    likeness: list[tuple[float, str, str]] = []
    for orpha, profile in profiles.items():
        if not orpha.startswith("ORPHA:"):
            continue
        partners = sorted({p for key in _keys(words[orpha], profile.genes, spread) for p in by_key[key]})
        alike = _findings_alike(profile, [profiles[p] for p in partners], room)
        for omim, findings in zip(partners, alike, strict=True):
            score = (
                _NAME * _shared(words[orpha], words[omim], weight)
                + _genes_alike(profile.genes, profiles[omim].genes)
                + _FINDINGS * findings
            )
            if score >= _ENOUGH:
                likeness.append((score, orpha, omim))
    return _best_of_each_other(likeness)


def name_words(name: str) -> frozenset[str]:
    """Words of a name in one spelling, without generic ones; all of them if nothing else is left."""
    found = re.findall(r"[a-z0-9]+", name.casefold().replace("'s", "").replace("aemia", "emia"))
    found = [_ROMAN.get(word, word) for word in found]
    found = [word[:-1] if word.endswith("s") and len(word) > 4 else word for word in found]
    return frozenset(found) - _EMPTY or frozenset(found)


def _best_of_each_other(likeness: list[tuple[float, str, str]]) -> dict[str, str]:
    twins: dict[str, str] = {}
    seen: set[str] = set()
    for _, orpha, omim in sorted(likeness, key=lambda row: (-row[0], row[1], row[2])):
        if not seen & {orpha, omim}:
            twins[orpha] = omim
        seen |= {orpha, omim}
    return twins


def _keys(words: Set[str], genes: Set[str], spread: Counter[str]) -> list[tuple[str, str]]:
    """Keys of an entry; two entries are compared only if they share one."""
    return [("gene", gene) for gene in genes] + [("word", word) for word in words if spread[word] <= _TELLING]


def _shared(one: Set[str], other: Set[str], weight: Mapping[str, float]) -> float:
    """Share of rare words in common, 0 to 1."""
    union = sum(weight[word] for word in one | other)
    return sum(weight[word] for word in one & other) / union if union else 0.0


def _genes_alike(one: Set[str], other: Set[str]) -> float:
    if not one or not other:
        return 0.0
    shared = len(one & other) / len(one | other)
    return _GENES * shared if shared else _OTHER_GENES


def _findings_alike(profile: Profile, others: list[Profile], room: int) -> list[float]:
    """Cosine of the findings with each of the others, 0 to 1."""
    own = np.zeros(room)
    own[profile.terms] = profile.weights
    length = _length(profile.weights)
    return [
        float((own[other.terms] * other.weights).sum() / max(length * _length(other.weights), 1e-9)) for other in others
    ]


def _length(weights: NDArray[np.float64]) -> float:
    return math.sqrt(float((weights * weights).sum()))
