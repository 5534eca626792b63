"""Finds numbered series of diseases, such as Noonan syndrome 1 and 2, distinguished by a gene, not by findings."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .twins import name_words

_NUMBER = re.compile(r"(?<=\w)[\s,(-]+(?:type\s*)?(?:\d{1,3}|[ivx]+)[a-z]?(?=$|[\s,;:)/])", re.IGNORECASE)
_DIGIT = re.compile(r"\d")

_Key = frozenset[str] | str


def numbered_series(names: Sequence[str]) -> NDArray[np.int64]:
    """(names,) the same number for diseases of one series: their names have the same words before the number.

    Or the same letters, since sources also write "infarctsand" for "infarcts and". What follows the number is about one
    disease of the series: "Spinocerebellar ataxia 29, congenital nonprogressive".
    """
    joined: dict[_Key, _Key] = {}
    heads = []
    for name in names:
        words, letters = _head(name)
        heads.append(words)
        joined[_first(joined, letters)] = _first(joined, words)
    number: dict[_Key, int] = {}
    return np.array([number.setdefault(_first(joined, words), len(number)) for words in heads])


def _head(name: str) -> tuple[frozenset[str], str]:
    """Words and letters of the name before its number, or of the whole name if it has none."""
    for number in _NUMBER.finditer(name):
        head = name[: number.start()]
        words = frozenset(word for word in name_words(head) if len(word) > 1 and not word.isdigit())
        if words - {"type"}:
            return words, _letters(head)
    words = name_words(name)
    return frozenset(word for word in words if len(word) > 1 and not _DIGIT.search(word)) or words, _letters(name)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _first(joined: dict[_Key, _Key], key: _Key) -> _Key:
    """The representative of all keys joined with this one."""
    while (other := joined.setdefault(key, key)) != key:
        key = other
    return key
