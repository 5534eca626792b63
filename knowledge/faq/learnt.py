"""What many wordings of the same questions teach a library."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..retrieval.dense import Rows
from ..retrieval.embed import Vectors
from ..retrieval.fuse import Matrix
from ..retrieval.head import Head, learn_head, train_head
from ..retrieval.kernel import KernelRidge, learn_kernel
from ..retrieval.plda import Plda, learn_plda


@dataclass(frozen=True, slots=True)
class Learnt:
    """Three views of the same wordings: of entries as wholes, of single wordings, and of how both scatter."""

    head: Head
    kernel: KernelRidge
    plda: Plda

    def scores(self, query: Vectors, entries: Rows) -> Matrix:
        """What ranks some entries for a question, ``[dimensions]``: head and kernel, ``[2, entries]``."""
        return np.stack([self.head.scores(query, entries), self.kernel.scores(query, entries)])

    def features(self, scores: Matrix, query: Vectors, entries: Rows, place: int) -> dict[str, float]:
        """Those of the entry at a place, named as in :data:`knowledge.faq.answerability.FEATURES`.

        Args:
            scores: from :meth:`scores`.
            query, entries: as there.
            place: of the entry among them.
        """
        by_head, by_kernel = scores
        ratios = self.plda.ratios(query, entries)
        return {
            "head": float(by_head[place]),
            "head_chance": float(self.head.chances(by_head)[place]),
            "kernel": float(by_kernel[place]),
            "kernel_lead": lead(by_kernel, place),
            "ratio": float(ratios[place]),
            "ratio_lead": lead(ratios, place),
        }


def learn_if_worth_it(vectors: Vectors, owners: Rows, entries: int, cache: Path) -> Learnt | None:
    """As :func:`learn`; None where there are too few wordings for a head, which is kept in ``cache``."""
    head = train_head(vectors, owners, entries, cache)
    if head is None:
        return None
    return Learnt(head, learn_kernel(vectors, owners, entries), learn_plda(vectors, owners, entries))


def learn(vectors: Vectors, owners: Rows, entries: int) -> Learnt:
    """Learns from wordings.

    Args:
        vectors: ``[texts, dimensions]``.
        owners: number of each text's entry, ``[texts]``.
        entries: how many there are.
    """
    return Learnt(
        learn_head(vectors, owners, entries),
        learn_kernel(vectors, owners, entries),
        learn_plda(vectors, owners, entries),
    )


def lead(scores: Matrix, place: int) -> float:
    """How far an entry is ahead of the best other one; 1 when there is none."""
    others = np.delete(scores, place)
    return float(scores[place] - others.max()) if others.size else 1.0
