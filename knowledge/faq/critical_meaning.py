"""Recognises critical topics in wordings that no rule foresaw."""

from importlib.resources import files
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from ..retrieval.embed import Embedder
from ..retrieval.language import simplified

Topic = Literal["self_harm", "fraud", "lost_card", "bereavement", "complaint", "dispute", "hardship"]
"""What must reach a person at once."""

_SCALE = 8.0  # of the vectors, whose length is one


class TopicsByMeaning:
    """Softmax regression over a message's vector.

    Args:
        embedder: the multilingual model that it was fitted with.
        weights: of no topic and then of each of :data:`Topic`, ``[topics + 1, dimensions + 1]``, the last column the
            constant.
        at_least: probability of any topic from which a message counts as critical, 0 to 1.
    """

    def __init__(self, embedder: Embedder, weights: npt.NDArray[np.float32], at_least: float) -> None:
        self._embedder, self._weights, self._at_least = embedder, weights, at_least

    def topic_of(self, message: str) -> Topic | None:
        """The likeliest topic of a message that is likely enough about any."""
        likely = probabilities(self._weights, self._embedder.encode([simplified(message)]))[0]
        if 1 - likely[0] < self._at_least:
            return None
        topic: Topic = get_args(Topic)[int(likely[1:].argmax())]
        return topic


def topics_by_meaning(multilingual: Embedder) -> TopicsByMeaning:
    """With the numbers in ``critical_topics.npz``, which ``make fit-critical`` fits."""
    with np.load(Path(str(files(__package__) / "critical_topics.npz")), allow_pickle=False) as kept:
        return TopicsByMeaning(multilingual, kept["weights"].astype(np.float32), float(kept["at_least"]))


def with_constant(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What the weights are multiplied with, ``[n, dimensions + 1]``."""
    scaled: npt.NDArray[np.float32] = np.float32(_SCALE) * vectors
    return np.hstack([scaled, np.ones((len(vectors), 1), np.float32)])


def probabilities(weights: npt.NDArray[np.float32], vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Of no topic and of each topic, ``[n, topics + 1]``."""
    scores = with_constant(vectors) @ weights.T
    likely: npt.NDArray[np.float32] = np.exp(scores - scores.max(1, keepdims=True))
    likely /= likely.sum(1, keepdims=True)
    return likely
