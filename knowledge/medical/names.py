"""Compares names of diseases by their words, and tests whether general vocabularies have a name for a disease.

``HIRSCHSPRUNG DISEASE, SUSCEPTIBILITY TO, 1`` and ``Hirschsprung's disease`` have the same distinctive words. Whether
ICD-10-CM or the names of :mod:`.lexicon` include a disease is a proxy for its prevalence, which the annotations lack.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import IntEnum
from functools import cache

from .icd10cm import icd10cm_names
from .lexicon import NameKind, shipped_lexicon
from .stems import stem

_SAYING_NOTHING = """type form syndrome disease disorder susceptibility somatic idiopathic classic typical familial
    isolated autosomal dominant recessive linked x unspecified a an and by due in of on or other s the to with
    without"""
_EMPTY = frozenset(stem(word) for word in _SAYING_NOTHING.split())
_ARABIC = {"ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8"}
_NUMBER = re.compile(r"\d+[a-z]?|[ivx]+", re.IGNORECASE)


def telling_words(name: str) -> frozenset[str]:
    """Stems of a name without numbers and generic words; all of them if nothing else is left."""
    stems = _stems(name)
    return frozenset(s for s in stems if s not in _EMPTY and not _NUMBER.fullmatch(s)) or frozenset(stems)


def numbered_words(name: str) -> frozenset[str]:
    """The distinctive words with their numbers, except 1: type 2 is not the same disease as type 1."""
    return _numbered(_stems(name))


def _stems(name: str) -> list[str]:
    return [stem(word) for word in re.findall(r"\w+", _without_accents(name))]


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


class Fame(IntEnum):
    """Which general vocabulary has a name for a disease."""

    NONE = 0
    LEXICON = 1
    CODED = 2
    """ICD-10-CM."""


def fame(names: Iterable[str]) -> Fame:
    """The highest fame of any of the names.

    Numbers other than 1 count here: ICD-10-CM has spinocerebellar ataxia, but not its type 36.
    """
    words = [numbered_words(name) for name in names]
    coded, listed = _known()
    if any(w in coded for w in words):
        return Fame.CODED
    return Fame.LEXICON if any(w in listed for w in words) else Fame.NONE


def _numbered(stems: list[str]) -> frozenset[str]:
    kept = (_ARABIC.get(s, s) for s in stems if s not in _EMPTY and s not in ("1", "i"))
    return frozenset(kept) or frozenset(stems)


@cache
def _known() -> tuple[frozenset[frozenset[str]], frozenset[frozenset[str]]]:
    def words(names: Iterable[str]) -> frozenset[frozenset[str]]:
        return frozenset(_numbered([s for s in _without_accents(name).split() if s[0].isalnum()]) for name in names)

    return words(icd10cm_names()), words(shipped_lexicon().names(NameKind.DISEASE))
