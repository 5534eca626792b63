"""ICD-10-CM (April 2026) by the words of its descriptions and included terms: ``ner/icd10cm.tsv.gz``."""

from collections.abc import Iterator
from functools import cache

from .lexicon import read_table
from .stems import stem


def icd10cm(words: tuple[str, ...]) -> tuple[str, str] | None:
    """Code and description of the name that these words match by stem, or None."""
    return _codes().get(" ".join(stem(word) for word in words))


def icd10cm_names() -> Iterator[str]:
    """The stems of every description and included term of ICD-10-CM, joined by spaces."""
    return iter(_codes())


@cache
def _codes() -> dict[str, tuple[str, str]]:
    return {stems: (code, description) for stems, code, description in read_table("icd10cm")}


@cache
def categories() -> dict[str, str]:
    """Descriptions of the categories of ICD-10-CM: codes of three characters."""
    return {code: description for code, description in _codes().values() if len(code) == 3}
