"""Whether two names mean one disease, by their words, and which diseases have a name of their own in medicine at large.

``HIRSCHSPRUNG DISEASE, SUSCEPTIBILITY TO, 1`` and ``Hirschsprung's disease`` have the same telling words. Whether
ICD-10-CM or the names of :mod:`.lexicon` have a disease is a proxy for how often it is met, since the annotations hold
no prevalence.
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
    """Stems of a name without numbers and words that say nothing; of those, when nothing else is left."""
    stems = _stems(name)
    return frozenset(s for s in stems if s not in _EMPTY and not _NUMBER.fullmatch(s)) or frozenset(stems)


def numbered_words(name: str) -> frozenset[str]:
    """The telling words with their numbers, but for the first of a series: type 2 is another disease than type 1."""
    return _numbered(_stems(name))


def _stems(name: str) -> list[str]:
    return [stem(word) for word in re.findall(r"\w+", _without_accents(name))]


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


class Fame(IntEnum):
    """Who else has a name for a disease."""

    NONE = 0
    LEXICON = 1
    CODED = 2
    """ICD-10-CM."""


def fame(names: Iterable[str]) -> Fame:
    """The greatest fame that one of the names has.

    Here a number counts, unless it is the first of its series: ICD-10-CM knows spinocerebellar ataxia, not its type 36.
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
