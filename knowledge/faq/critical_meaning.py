"""Recognises critical topics in wordings that no rule foresaw."""

from importlib.resources import files
from pathlib import Path
from typing import get_args

import numpy as np
import numpy.typing as npt

from ..retrieval.embed import Embedder, Vectors
from ..retrieval.language import simplified
from .critical_topics import Topic

TOPICS_BY_MEANING: tuple[Topic, ...] = (*(topic for topic in get_args(Topic) if topic != "emergency"), "emergency")
"""In the order of the network's outputs, behind that of no topic."""
Layers = tuple[Vectors, Vectors]
"""Weights of the hidden layer and of the output."""
_SCALE = 8.0  # of the vectors, whose length is one


class TopicsByMeaning:
    """A network with one hidden layer over a message's vector, with the numbers in ``critical_topics.npz``.

    ``make fit-critical`` fits them: ``hidden`` ``[dimensions + 1, units]`` and ``output`` ``[units + 1, topics + 1]``,
    the last row of each the constant, and three probabilities, each 0 to 1: ``at_least`` that of any topic but an
    emergency, against none, from which a message counts as critical, ``emergency_at_least`` that of an emergency,
    against none, and ``self_harm_at_least`` that of self-harm, whatever else is likelier.

    Args:
        embedder: the multilingual model that they were fitted with.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        with np.load(Path(str(files(__package__) / "critical_topics.npz")), allow_pickle=False) as kept:
            self._layers: Layers = kept["hidden"].astype(np.float32), kept["output"].astype(np.float32)
            self._at_least, self._emergency, self._self_harm = (
                float(kept[name]) for name in ("at_least", "emergency_at_least", "self_harm_at_least")
            )

    def topic_of(self, message: str) -> Topic | None:
        """The likeliest topic of a message that is likely enough; self-harm also where another is likelier."""
        likely: list[float] = probabilities(self._layers, self._embedder.encode([simplified(message)]))[0].tolist()
        none, *topics, emergency = likely
        if emergency > max(topics) and against(none, emergency) >= self._emergency:
            return "emergency"
        if topics[TOPICS_BY_MEANING.index("self_harm")] >= self._self_harm:
            return "self_harm"
        if against(none, sum(topics)) < self._at_least:
            return None
        return TOPICS_BY_MEANING[topics.index(max(topics))]


def inputs(vectors: Vectors) -> Vectors:
    """What the hidden layer reads, ``[n, dimensions + 1]``."""
    return with_constant(np.float32(_SCALE) * vectors)


def with_constant(values: Vectors) -> Vectors:
    """``[n, columns + 1]``"""
    return np.hstack([values, np.ones((len(values), 1), np.float32)])


def probabilities(layers: Layers, vectors: Vectors) -> Vectors:
    """Of no topic and of :data:`TOPICS_BY_MEANING`, ``[n, topics + 1]``."""
    hidden, output = layers
    scores = with_constant(np.maximum(inputs(vectors) @ hidden, 0)) @ output
    likely: Vectors = np.exp(scores - scores.max(1, keepdims=True))
    likely /= likely.sum(1, keepdims=True)
    return likely


def against(none: npt.ArrayLike, topic: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """How likely a topic is where nothing else than it or none comes into question."""
    share: npt.NDArray[np.float32] = np.divide(topic, np.maximum(np.add(none, topic), 1e-9))
    return share
