"""Recognises critical topics in wordings that no rule foresaw."""

from importlib.resources import files
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt

from ..retrieval.embed import Embedder, Vectors
from ..retrieval.language import simplified
from .critical_topics import Topic

TOPICS_BY_MEANING: tuple[Topic, ...] = tuple(topic for topic in get_args(Topic) if topic != "emergency")
"""All but emergencies, which are told by rules alone: there are no messages about them to fit with."""
_SCALE = 8.0  # of the vectors, whose length is one


class TopicsByMeaning:
    """Softmax regression over a message's vector, with the numbers in ``critical_topics.npz``.

    ``make fit-critical`` fits them. ``weights`` are of no topic and then of :data:`TOPICS_BY_MEANING`,
    ``[topics + 1, dimensions + 1]``, the last column the constant; ``at_least`` is the probability of any topic from
    which a message counts as critical, 0 to 1.

    Args:
        embedder: the multilingual model that they were fitted with.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        with np.load(Path(str(files(__package__) / "critical_topics.npz")), allow_pickle=False) as kept:
            self._weights: Vectors = kept["weights"].astype(np.float32)
            self._at_least = float(kept["at_least"])

    def topic_of(self, message: str) -> Topic | None:
        """The likeliest topic of a message that is likely enough about any."""
        likely = probabilities(self._weights, self._embedder.encode([simplified(message)]))[0]
        if 1 - likely[0] < self._at_least:
            return None
        return TOPICS_BY_MEANING[int(likely[1:].argmax())]


def with_constant(vectors: Vectors) -> Vectors:
    """What the weights are multiplied with, ``[n, dimensions + 1]``."""
    scaled: Vectors = np.float32(_SCALE) * vectors
    return np.hstack([scaled, np.ones((len(vectors), 1), np.float32)])


def probabilities(weights: Vectors, vectors: Vectors) -> npt.NDArray[np.float32]:
    """Of no topic and of each topic, ``[n, topics + 1]``."""
    scores = with_constant(vectors) @ weights.T
    likely: npt.NDArray[np.float32] = np.exp(scores - scores.max(1, keepdims=True))
    likely /= likely.sum(1, keepdims=True)
    return likely
