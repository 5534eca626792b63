"""Models that a library learns from many wordings of the same questions."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..retrieval.dense import Rows
from ..retrieval.embed import Vectors
from ..retrieval.fuse import Matrix
from ..retrieval.head import Head, learn_head, train_head
from ..retrieval.kernel import KernelRidge, learn_kernel
from ..retrieval.plda import Plda, learn_plda


@dataclass(frozen=True, slots=True)
class Learnt:
    """Three models of the same wordings: of whole entries, of single wordings, and of how both scatter."""

    head: Head
    kernel: KernelRidge
    plda: Plda

    def scores(self, query: Vectors, entries: Rows) -> Matrix:
        """Scores of entries for a question, ``[dimensions]``, by head and kernel: ``[2, entries]``."""
        return np.stack([self.head.scores(query, entries), self.kernel.scores(query, entries)])

    def features(self, scores: Matrix, query: Vectors, entries: Rows, place: int) -> dict[str, float]:
        """Features of the entry at a place, named as in :data:`knowledge.faq.answerability.FEATURES`.

        Args:
            scores: from :meth:`scores`.
            query, entries: as passed there.
            place: index of the entry among them.
        """
        by_head, by_kernel = scores
        ratios = self.plda.ratios(query, entries)
        return {
            "head": float(by_head[place]),
            "head_chance": float(self.head.log_probabilities(by_head)[place]),
            "kernel": float(by_kernel[place]),
            "kernel_lead": lead(by_kernel, place),
            "ratio": float(ratios[place]),
            "ratio_lead": lead(ratios, place),
        }


def learn_if_worth_it(vectors: Vectors, owners: Rows, entries: int, cache: Path) -> Learnt | None:
    """Like :func:`learn`, with the head stored in ``cache``; None if there are too few wordings for a head."""
    head = train_head(vectors, owners, entries, cache)
    if head is None:
        return None
    return Learnt(head, learn_kernel(vectors, owners, entries), learn_plda(vectors, owners, entries))


def learn(vectors: Vectors, owners: Rows, entries: int) -> Learnt:
    """Learns from wordings.

    Args:
        vectors: ``[texts, dimensions]``.
        owners: number of each text's entry, ``[texts]``.
        entries: number of entries.
    """
    return Learnt(
        learn_head(vectors, owners, entries),
        learn_kernel(vectors, owners, entries),
        learn_plda(vectors, owners, entries),
    )


def lead(scores: npt.NDArray[np.floating[Any]], place: int) -> float:
    """Lead of an entry over the best other one; 1 if there is no other."""
    others = np.delete(scores, place)
    return float(scores[place] - others.max()) if others.size else 1.0
