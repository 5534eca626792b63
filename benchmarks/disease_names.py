"""Matches a diagnosis written as a name to entries of the knowledge base.

Names are compared by their significant words (:func:`~knowledge.medical.names.telling_words`); an abbreviation in
brackets after a diagnosis, "Chronic kidney disease (CKD)", is ignored. An entry matches if

1. one of its names has the same significant words,
2. the words of one of its names and of the diagnosis map to the same ICD-10-CM code, or those of the diagnosis to the
   code of exactly one common condition, or
3. the lexicon of diseases has the same canonical name for both.

Only if nothing matches this way, an entry is a doubtful match if

4. the significant words of one name contain those of the other, with at most two more, and both have the same head noun
   ("stenosis" in "Pyloric stenosis" and "Hypertrophic pyloric stenosis").
"""

import re
from collections import Counter, defaultdict
from dataclasses import dataclass

from knowledge.medical.common import CommonKnowledge
from knowledge.medical.icd10cm import icd10cm
from knowledge.medical.joint import PREFIX
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.lexicon import NameKind, shipped_lexicon
from knowledge.medical.names import telling_words
from knowledge.medical.stems import stem

_MOST_MORE = 2
_ABBREVIATION = re.compile(r"\s*\([A-Z][A-Za-z]{0,4}[A-Z]\)\s*$")


@dataclass(frozen=True, slots=True)
class Meant:
    """The entries that a diagnosis matches.

    Attributes:
        ids: entries of the knowledge base, and common conditions with the prefix ``R1:``.
        names: their names that matched.
        doubtful: whether only rule 4 found them.
    """

    ids: frozenset[str]
    names: tuple[str, ...]
    doubtful: bool


class DiseaseNames:
    """All names of the knowledge base and of the common conditions."""

    def __init__(self, knowledge: MedicalKnowledge, common: CommonKnowledge) -> None:
        self._names = [(d.id, name) for d in knowledge.diseases.diseases for name in (d.name, *d.other_names)]
        self._names += [(PREFIX + c.id, name) for c in common.conditions for name in (c.name.en, c.name.zh, *c.also)]
        self._sure: dict[object, set[int]] = defaultdict(set)
        self._by_word: dict[str, set[int]] = defaultdict(set)
        for place, (_, name) in enumerate(self._names):
            for key in _keys(name):
                self._sure[key].add(place)
            for word in telling_words(name):
                self._by_word[word].add(place)
        filed = Counter(condition.icd10cm for condition in common.conditions)
        for condition in common.conditions:
            if filed[condition.icd10cm] > 1:  # "malignant neoplasm of bone" is not any one of its kinds
                continue
            own = next(i for i, (id_, _) in enumerate(self._names) if id_ == PREFIX + condition.id)
            self._sure["code", condition.icd10cm].add(own)

    def meant_by(self, diagnosis: str) -> Meant:
        """The entries that a diagnosis matches; empty if no rule finds one."""
        diagnosis = _ABBREVIATION.sub("", diagnosis) or diagnosis
        places = {place for key in _keys(diagnosis) for place in self._sure.get(key, ())}
        if places:
            return self._meant(places, doubtful=False)
        words, head = telling_words(diagnosis), _head(diagnosis)
        near = {place for word in words for place in self._by_word.get(word, ())}
        return self._meant({place for place in near if self._contains(place, words, head)}, doubtful=True)

    def _contains(self, place: int, words: frozenset[str], head: str) -> bool:
        name = self._names[place][1]
        other = telling_words(name)
        nested = words < other or other < words
        return nested and len(words ^ other) <= _MOST_MORE and _head(name) == head

    def _meant(self, places: set[int], doubtful: bool) -> Meant:
        found = [self._names[place] for place in sorted(places)]
        return Meant(frozenset(id_ for id_, _ in found), tuple(dict.fromkeys(name for _, name in found)), doubtful)


def _keys(name: str) -> list[object]:
    """Keys of a name (words, code, name in the lexicon); two names that share one mean the same."""
    keys: list[object] = [telling_words(name) or name]
    tokens = tuple(re.findall(r"\w+|[^\w\s]", name))
    if (code := icd10cm(tokens)) is not None:
        keys.append(("code", code[0]))
    if canonical := shipped_lexicon().canonical(tokens, NameKind.DISEASE):
        keys.append(("lexicon", canonical))
    return keys


def _head(name: str) -> str:
    """The last significant word; in an inverted name ("Lymphoma, Hodgkin") the last one before the comma."""
    telling = telling_words(name)
    for part in name.split(","):
        stems = [stem(word) for word in re.findall(r"\w+", part)]
        kept = [s for s in stems if s in telling]
        if kept:
            return kept[-1]
    return ""
