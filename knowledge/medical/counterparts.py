"""Matches common conditions with diseases of the base: findings added from there, and diseases barred by sex."""

import re
from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from .case import Sex
from .codes import code_of
from .common import CommonKnowledge
from .common.rank import CommonRanker
from .common.schema import Condition
from .knowledge import MedicalKnowledge
from .names import numbered_words, telling_words

_TYPICAL = 0.8
"""Least share of patients (HPO's "very frequent") at which an annotated finding also supports the condition."""


def find_counterparts(common: CommonKnowledge, knowledge: MedicalKnowledge) -> dict[str, str]:
    """Condition id -> id of the only disease that has a name with the same distinctive words.

    A disease with exactly the condition's name wins, whatever else shares it. A numbered series of the base (Parkinson
    disease 1 to 26) is many diseases and nothing's counterpart, nor is the second of a series without a first.
    Diseases that a condition lists as ``distinct`` merely share a name.
    """
    by_words: dict[frozenset[str], set[str]] = defaultdict(set)
    numbered: dict[str, set[frozenset[str]]] = defaultdict(set)
    for condition in common.conditions:
        for name in _names(condition):
            by_words[telling_words(name)].add(condition.id)
            numbered[condition.id].add(numbered_words(name))
    namesakes = {condition.name.en.casefold(): condition.id for condition in common.conditions}
    distinct = {(condition.id, code_of(told)) for condition in common.conditions for told in condition.distinct}
    conditions_of: dict[str, set[str]] = defaultdict(set)
    diseases_of: dict[str, set[str]] = defaultdict(set)
    same: set[tuple[str, str]] = set()
    named_alike: dict[str, str] = {}
    for disease in knowledge.diseases.diseases:
        if own := namesakes.get(disease.name.casefold()):
            named_alike[own] = disease.id
        for name in (disease.name, *disease.other_names):
            for id_ in by_words.get(telling_words(name), ()):
                conditions_of[disease.id].add(id_)
                diseases_of[id_].add(disease.id)
                if numbered_words(name) in numbered[id_]:
                    same.add((id_, disease.id))
    single = {
        id_: other
        for id_, (other, *more) in diseases_of.items()
        if not more and len(conditions_of[other]) == 1 and (id_, other) in same - distinct
    }
    return single | named_alike


def ranker_of(common: CommonKnowledge, knowledge: MedicalKnowledge, counterparts: dict[str, str]) -> CommonRanker:
    """A ranker of the conditions that also uses the findings of their counterparts in the base."""
    described = {id_: _described(knowledge, disease) for id_, disease in counterparts.items()}
    return CommonRanker(common, knowledge.ontology, described)


def _described(knowledge: MedicalKnowledge, disease: str) -> tuple[str, ...]:
    """Codes of the findings of a disease whose stated frequency is at least :data:`_TYPICAL`."""
    base, place = knowledge.diseases, knowledge.diseases.index[disease]
    own = slice(int(base.start[place]), int(base.start[place + 1]))
    rows = ~base.excluded[own] & (base.frequency[own] >= _TYPICAL)
    return tuple(base.codes[term] for term in base.term[own][rows].tolist())


def barred_by_sex(
    common: CommonKnowledge, knowledge: MedicalKnowledge, counterparts: dict[str, str]
) -> dict[Sex, NDArray[np.bool_]]:
    """For each sex, (diseases,) whether a disease is, or is a form of, a condition that cannot occur in it.

    A form's name begins with one of the condition's: "Turner syndrome due to structural X chromosome anomalies".
    """
    barred = {}
    for sex in Sex:
        never = [condition for condition in common.conditions if condition.is_barred(sex)]
        names = "|".join(re.escape(name.casefold()) for condition in never for name in _names(condition))
        form = re.compile(rf"(?:{names})(?![\w/-])")
        own = {counterparts.get(condition.id) for condition in never}
        barred[sex] = np.array(
            [
                bool(never) and (d.id in own or any(form.match(name.casefold()) for name in (d.name, *d.other_names)))
                for d in knowledge.diseases.diseases
            ]
        )
    return barred


def _names(condition: Condition) -> list[str]:
    """Its English name and its other names, if they have any words."""
    return [name for name in (condition.name.en, *condition.also) if telling_words(name)]
