"""Whether two names mean one disease, by their words, and which diseases have a name of their own in medicine at large.

``HIRSCHSPRUNG DISEASE, SUSCEPTIBILITY TO, 1`` and ``Hirschsprung's disease`` have the same telling words. A disease is
called known when ICD-10-CM or the names of :mod:`.lexicon` have one with the same telling words: a proxy for how often
it is met, since the annotations hold no prevalence.
"""

import re
from collections.abc import Iterable
from functools import cache

from .clinical import icd10cm_names
from .lexicon import Kind, shipped_lexicon
from .phrases import stem

_SAYING_NOTHING = """type form syndrome disease disorder susceptibility somatic idiopathic classic typical familial
    isolated autosomal dominant recessive linked x unspecified a an and by due in of on or other the to with without"""
_EMPTY = frozenset(stem(word) for word in _SAYING_NOTHING.split())
_NUMBER = re.compile(r"\d+[a-z]?|[ivx]+", re.IGNORECASE)


def telling_words(name: str) -> frozenset[str]:
    """Stems of a name without numbers and words that say nothing; of those, when nothing else is left."""
    return _telling(stem(word) for word in re.findall(r"\w+", re.sub(r"['\u2019]s\b", "", name)))


def _telling(stems: Iterable[str]) -> frozenset[str]:
    stems = [s for s in stems if s[0].isalnum()]
    return frozenset(s for s in stems if s not in _EMPTY and not _NUMBER.fullmatch(s)) or frozenset(stems)


def is_known(names: Iterable[str]) -> bool:
    """Whether ICD-10-CM or the lexicon of diseases has one of the names."""
    return any(telling_words(name) in _known() for name in names)


@cache
def _known() -> frozenset[frozenset[str]]:
    listed = [*icd10cm_names(), *shipped_lexicon().names(Kind.DISEASE)]
    return frozenset(_telling(words.split()) for words in listed)
