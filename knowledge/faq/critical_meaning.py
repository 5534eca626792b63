"""Recognises critical topics in wordings that no rule foresaw."""

from importlib.resources import files
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt

from ..retrieval.embed import Embedder, Vectors
from ..retrieval.language import simplified
from .critical_topics import GIVE_WAY, Topic

TOPICS_BY_MEANING: tuple[Topic, ...] = tuple(topic for topic in get_args(Topic) if topic != "emergency")
"""In the order of the weights; those of emergencies, which were fitted later, stand behind them."""
_SCALE = 8.0  # of the vectors, whose length is one
_SELF_HARM = 0.25
"""Probability from which it is self-harm though one that gives way is likelier: the lowest, in steps of .05, at which
half of the messages in ``mixed_unseen`` that tell of none gave no false alarm beyond those of the rules."""


class TopicsByMeaning:
    """Softmax regression over a message's vector, with the numbers in ``critical_topics.npz``.

    ``make fit-critical`` fits them. ``weights`` are of no topic, then of :data:`TOPICS_BY_MEANING`, then of
    emergencies, ``[topics + 2, dimensions + 1]``, the last column the constant. ``at_least`` is the probability of any
    of the topics, against none, from which a message counts as critical, ``emergency_at_least`` that of an emergency,
    each 0 to 1.

    Args:
        embedder: the multilingual model that they were fitted with.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        with np.load(Path(str(files(__package__) / "critical_topics.npz")), allow_pickle=False) as kept:
            self._weights: Vectors = kept["weights"].astype(np.float32)
            self._at_least, self._emergency = float(kept["at_least"]), float(kept["emergency_at_least"])

    def topic_of(self, message: str) -> Topic | None:
        """The likeliest topic of a message that is likely enough about any; self-harm also where it is behind one."""
        likely = probabilities(self._weights, self._embedder.encode([simplified(message)]))[0]
        none, topics, emergency = likely[0], likely[1:-1], likely[-1]
        if emergency > topics.max() and against(none, emergency) >= self._emergency:
            return "emergency"
        if against(none, topics.sum()) < self._at_least:
            return None
        likeliest = TOPICS_BY_MEANING[int(topics.argmax())]
        if likeliest in GIVE_WAY and topics[TOPICS_BY_MEANING.index("self_harm")] >= _SELF_HARM:
            return "self_harm"
        return likeliest


def with_constant(vectors: Vectors) -> Vectors:
    """What the weights are multiplied with, ``[n, dimensions + 1]``."""
    scaled: Vectors = np.float32(_SCALE) * vectors
    return np.hstack([scaled, np.ones((len(vectors), 1), np.float32)])


def probabilities(weights: Vectors, vectors: Vectors) -> npt.NDArray[np.float32]:
    """Of what the weights are of, ``[n, len(weights)]``."""
    scores = with_constant(vectors) @ weights.T
    likely: npt.NDArray[np.float32] = np.exp(scores - scores.max(1, keepdims=True))
    likely /= likely.sum(1, keepdims=True)
    return likely


def against(none: npt.ArrayLike, topic: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """How likely a topic is where nothing else than it or none comes into question."""
    share: npt.NDArray[np.float32] = np.divide(topic, np.add(none, topic))
    return share
