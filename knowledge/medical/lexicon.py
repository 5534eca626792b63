"""Names of drugs and diseases: the canonical form of a name, and which words of a text belong to one.

The names are a committed, read-only table (``ner/lexicon.tsv.gz``: words by stem, kind, canonical name); the model card
beside it says where they come from.
"""

import gzip
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from core.errors import KnowledgeError

from .stems import stem

FOLDER = Path(__file__).with_name("ner")
"""The committed model folder: names, and the recogniser that was trained with them."""
TOKEN = re.compile(r"\w+|[^\w\s]")
"""A word or a sign, the unit in which names are compared."""


class NameKind(StrEnum):
    """What a name denotes, with its letter in the table."""

    DISEASE = "D"
    DRUG = "C"


@dataclass(frozen=True, slots=True)
class Name:
    """Tokens ``start`` up to but not including ``end`` are a name of ``canonical``."""

    start: int
    end: int
    kind: NameKind
    canonical: str


class Lexicon:
    """All names, looked up by stems. Safe to share between threads.

    Args:
        rows: stems joined by spaces, kind, canonical name; of two rows with the same stems the first counts.
    """

    def __init__(self, rows: Iterator[tuple[str, NameKind, str]]) -> None:
        self._names: dict[str, tuple[NameKind, str]] = {}
        self._longest: dict[str, int] = {}
        for stems, kind, canonical in rows:
            self._names.setdefault(stems, (kind, canonical))
            first, length = stems.partition(" ")[0], stems.count(" ") + 1
            self._longest[first] = max(self._longest.get(first, 0), length)

    def find(self, words: Sequence[str]) -> Iterator[Name]:
        """Longest names from left to right, without overlap."""
        stems = [stem(word) for word in words]
        at = 0
        while at < len(stems):
            for length in range(min(self._longest.get(stems[at], 0), len(stems) - at), 0, -1):
                known = self._names.get(" ".join(stems[at : at + length]))
                if known is not None:
                    yield Name(at, at + length, *known)
                    at += length
                    break
            else:
                at += 1

    def canonical(self, words: Sequence[str], kind: NameKind) -> str:
        """The source's name for what ``words`` name, if it is of this kind; empty if unknown."""
        known = self._names.get(" ".join(stem(word) for word in words))
        return known[1] if known is not None and known[0] is kind else ""

    def names(self, kind: NameKind) -> Iterator[str]:
        """The stems of every name of a kind, joined by spaces."""
        return (stems for stems, (own, _) in self._names.items() if own is kind)

    def tags(self, words: Sequence[str]) -> list[str]:
        """One tag per word, a feature of the recogniser: ``BD``, ``ID``, ``BC``, ``IC``, or ``O`` outside names."""
        tags = ["O"] * len(words)
        for name in self.find(words):
            tags[name.start] = f"B{name.kind}"
            tags[name.start + 1 : name.end] = [f"I{name.kind}"] * (name.end - name.start - 1)
        return tags


@cache
def shipped_lexicon() -> Lexicon:
    """The committed names, read once (about half a second).

    Raises:
        KnowledgeError: the table is missing or corrupt.
    """
    return Lexicon((stems, NameKind(kind), canonical) for stems, kind, canonical in read_table("lexicon"))


def read_table(name: str) -> Iterator[list[str]]:
    """The rows of a committed table, ``NAME.tsv.gz``.

    Raises:
        KnowledgeError: it is missing or corrupt.
    """
    path = FOLDER / f"{name}.tsv.gz"
    try:
        lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise KnowledgeError(
            f"{path.name} cannot be read ({type(error).__name__})", hint="Install the suite again"
        ) from None
    return (line.split("\t") for line in lines)
