"""Finds the entries of an FAQ that answer a question."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..retrieval.embed import Embedder, encode_once
from ..retrieval.index import VectorIndex
from ..retrieval.language import Language, language_of
from .answerability import Answerability, judge
from .sources import Entry


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that may answer a question.

    Attributes:
        entry: in the language of the question where the FAQ has it, else in the language that matched.
        score: best cosine similarity between the question and any of the entry's texts, -1 to 1.
    """

    entry: Entry
    score: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The entries that may answer a question, best first, and whether the best one does."""

    matches: tuple[Match, ...]
    answerability: Answerability


class FaqSearch:
    """An FAQ, searchable.

    English questions are matched to English texts by an English model, which tells near neighbours apart best; all
    others by a multilingual model to texts of every language, so that a Chinese question also finds an English entry.
    Each question variant and the answer are texts of their own, and an entry counts by its best.

    Args:
        entries: from :func:`knowledge.faq.sources.read_faq`.
        english, multilingual: the two embedding models.
        cache: folder for the vectors, which are made once.
    """

    def __init__(self, entries: Sequence[Entry], *, english: Embedder, multilingual: Embedder, cache: Path) -> None:
        self.entries = tuple(entries)
        self.version = _digest(self.entries)
        self._translation = {(entry.id, entry.language): entry for entry in self.entries}
        english_entries = [entry for entry in self.entries if entry.language == "en"]
        everything = _TextIndex(self.entries, multilingual, cache)
        self._indexes: dict[Language, _TextIndex] = {
            "en": _TextIndex(english_entries, english, cache) if english_entries else everything,
            "zh": everything,
        }

    def search(self, question: str, k: int = 5) -> SearchResult:
        """The ``k`` (at least 2) best entries, best first, each id once."""
        language = language_of(question)
        index = self._indexes[language]
        best: dict[str, Match] = {}
        for entry, score in index.search(question):
            if entry.id not in best:
                best[entry.id] = Match(self._translation.get((entry.id, language), entry), score)
            if len(best) == k:
                break
        matches = tuple(best.values())
        margin = matches[0].score - matches[1].score if len(matches) > 1 else 2.0
        return SearchResult(matches, judge(matches[0].score, margin, index.embedder.name))


class _TextIndex:
    """The texts of some entries, one vector each."""

    _HITS = 100  # texts looked at for one question: enough for several entries with many variants each

    def __init__(self, entries: Sequence[Entry], embedder: Embedder, cache: Path) -> None:
        texts = [(entry, text) for entry in entries for text in (*entry.questions, entry.answer)]
        self._owners = [entry for entry, _ in texts]
        self.embedder = embedder
        self._index = VectorIndex(encode_once(embedder, [text for _, text in texts], cache))

    def search(self, question: str) -> list[tuple[Entry, float]]:
        hits = self._index.search(self.embedder.encode([question])[0], self._HITS)
        return [(self._owners[hit.row], hit.score) for hit in hits]


def _digest(entries: Sequence[Entry]) -> str:
    """A name for exactly these entries, whatever their order."""
    lines = sorted(entry.model_dump_json() for entry in entries)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
