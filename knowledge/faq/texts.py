"""The texts of a library that are searched."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np

from ..retrieval.dense import DenseRetriever, Rows
from ..retrieval.embed import Embedder, Vectors
from ..retrieval.fuse import Matrix
from ..retrieval.language import Language, simplified
from .groundedness import sentences
from .sources import Entry

_MOST_SENTENCES = 40  # per answer
_NEAREST = 2
_SENTENCES_UP_TO = 5_000  # entries; there are several times as many texts
_END = re.compile("[.!?。！？]")


class Texts:
    """The texts of entries, grouped by id.

    Attributes:
        ids: number -> id of an entry, in any language.
        texts: the searched texts: each wording and each answer.
        owners: number of each text's entry, ascending.
        starts: row of each entry's first text, and the end.
        is_wording: whether each text is a wording of a question.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.ids = list(dict.fromkeys(entry.id for entry in entries))
        number = {id: i for i, id in enumerate(self.ids)}
        rows = [
            (number[entry.id], entry, text, kind)
            for entry in entries
            for text, kind in [*((question, True) for question in entry.questions), (entry.answer, False)]
        ]
        rows.sort(key=lambda row: row[0])
        self._entries = [entry for _, entry, _, _ in rows]
        self.texts = [simplified(text) for _, _, text, _ in rows]
        self.owners = np.asarray([owner for owner, *_ in rows], np.int64)
        self.starts = np.searchsorted(self.owners, np.arange(len(self.ids) + 1))
        self.is_wording = np.asarray([kind for *_, kind in rows], np.bool_)
        self._languages = np.asarray([entry.language for entry in self._entries])

    def entry_at(self, row: int) -> Entry:
        """The entry that a text belongs to."""
        return self._entries[row]

    def rows_in(self, language: Language) -> Rows:
        """Rows in a language."""
        return np.flatnonzero(self._languages == language)

    def rows_of(self, entries: Rows) -> Rows:
        """Rows of some entries, entry by entry."""
        return np.concatenate([np.arange(self.starts[entry], self.starts[entry + 1]) for entry in entries])


class AnswerSentences:
    """The sentences of a library's answers, as read by one model.

    Customers ask for details, of which a title says nothing and the answer as a whole little.

    Attributes:
        are_told: most answers are sentences, rather than names of intents.

    Args:
        parts: the sentences of each answer; there is at least one.
        owners: number of each answer's entry, ascending.
        entries: number of entries.
        embedder, hub_share, cache: see :class:`~knowledge.retrieval.dense.DenseRetriever`.
    """

    def __init__(
        self,
        parts: Sequence[Sequence[str]],
        owners: Rows,
        entries: int,
        embedder: Embedder,
        *,
        hub_share: float,
        cache: Path,
    ) -> None:
        of_each = np.repeat(owners, [len(part) for part in parts])
        self._texts = [text for part in parts for text in part]
        self.are_told = sum(any(map(_END.search, part)) for part in parts) > len(parts) / 2
        self._rows = np.arange(len(self._texts))
        self._retriever = DenseRetriever(embedder, self._texts, of_each, self._rows, hub_share=hub_share, cache=cache)
        self._starts = np.searchsorted(of_each, np.arange(entries + 1))

    @classmethod
    def of(cls, texts: Texts, embedder: Embedder, known: Rows, *, hub_share: float, cache: Path) -> Self | None:
        """The sentences of the answers that the model reads; None if there are none, or over 5,000 entries.

        Args:
            known: rows of the texts that the model reads, ascending.
        """
        if len(texts.ids) > _SENTENCES_UP_TO:
            return None
        answers = known[~texts.is_wording[known]]
        parts = [sentences(texts.texts[row])[:_MOST_SENTENCES] for row in answers]
        if not any(parts):
            return None
        return cls(parts, texts.owners[answers], len(texts.ids), embedder, hub_share=hub_share, cache=cache)

    def scores(self, query: Vectors, entries: Rows, *, otherwise: Matrix) -> Matrix:
        """Corrected cosine of each entry's best sentence, ``[entries]``.

        Args:
            query: the question's vector.
            otherwise: scores used for entries without sentences, ``[entries]``.
        """
        starts, ends = self._starts[entries], self._starts[entries + 1]
        has_some = ends > starts
        found = otherwise.copy()
        if has_some.any():
            spans = [self._rows[start:end] for start, end in zip(starts[has_some], ends[has_some], strict=True)]
            likeness = self._retriever.scores(query, np.concatenate(spans))
            lengths = ends[has_some] - starts[has_some]
            found[has_some] = np.maximum.reduceat(likeness, np.cumsum(lengths) - lengths)
        return found

    def nearest(self, query: Vectors, entry: int) -> str:
        """The two sentences of an entry nearest to a question, in their order; may be empty.

        Args:
            query: the question's vector.
            entry: its number.
        """
        rows = self._rows[self._starts[entry] : self._starts[entry + 1]]
        best = np.argsort(-self._retriever.scores(query, rows), kind="stable")[:_NEAREST]
        return " ".join(self._texts[row] for row in rows[np.sort(best)])
