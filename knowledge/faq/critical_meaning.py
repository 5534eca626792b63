"""Recognises critical topics in wordings that no rule foresaw."""

from collections.abc import Sequence
from typing import get_args

import numpy as np
import numpy.typing as npt

from core.files import packaged

from ..retrieval.embed import Embedders, Vectors
from ..retrieval.language import SENTENCE_END, simplified
from .critical_topics import Topic

TOPICS_BY_MEANING: tuple[Topic, ...] = (*(topic for topic in get_args(Topic) if topic != "emergency"), "emergency")
"""In the order of the network's outputs, behind that of no topic."""
Layers = tuple[Vectors, Vectors]
"""Weights of the hidden layer, ``[dimensions + 1, units]``, and of the output, ``[units + 1, topics + 1]``; the last
row of each is the constant."""

_SELF_HARM = TOPICS_BY_MEANING.index("self_harm")
_SURE = 0.9  # of self-harm, also in several sentences
_MULTILINGUAL, _CHINESE = 8.0, 24.0  # of vectors whose length is one; those of the second model lie close together


class TopicsByMeaning:
    """A network with one hidden layer over a message's vectors, with the numbers in ``critical_topics.npz``.

    ``make fit-critical`` fits them: ``centre`` ``[dimensions]``, the mean of what it reads; ``hidden``, in whole
    numbers of ``step`` ``[units]``, and ``output``, the :data:`Layers`; and three probabilities, each 0 to 1:
    ``at_least`` that of any topic but an emergency, against none, from which a message counts as critical,
    ``emergency_at_least`` that of an emergency, against none, and ``self_harm_at_least`` that of self-harm, whatever
    topic is likelier.

    Args:
        embedders: with the two multilingual models that they were fitted with.
    """

    def __init__(self, embedders: Embedders) -> None:
        self._embedders = embedders
        with np.load(packaged("knowledge.faq", "critical_topics.npz"), allow_pickle=False) as kept:
            self._layers: Layers = kept["hidden"] * kept["step"], kept["output"].astype(np.float32)
            self._centre = kept["centre"].astype(np.float32)
            self._at_least, self._emergency, self._self_harm = (
                float(kept[name]) for name in ("at_least", "emergency_at_least", "self_harm_at_least")
            )

    def topic_of(self, message: str) -> Topic | None:
        """The likeliest topic of a message that is likely enough; self-harm also where another topic is likelier."""
        none, *topics, emergency = self._likely([message])[0]
        if emergency > max(topics) and against(none, emergency) >= self._emergency:
            return "emergency"
        if topics[_SELF_HARM] >= self._self_harm:
            others = sum(topics) - topics[_SELF_HARM]
            is_told = topics[_SELF_HARM] >= _SURE or against(none, others) >= self._at_least
            return "self_harm" if is_told or self._any_sentence_tells_of_self_harm(message) else None
        if against(none, sum(topics)) < self._at_least:
            return None
        return TOPICS_BY_MEANING[topics.index(max(topics))]

    def _any_sentence_tells_of_self_harm(self, message: str) -> bool:
        """By itself: a long story about a matter of every day may sound like it as a whole only."""
        sentences = list(filter(None, SENTENCE_END.split(message)))
        return len(sentences) < 2 or any(
            likely[1 + _SELF_HARM] >= self._self_harm for likely in self._likely(sentences)
        )

    def _likely(self, messages: Sequence[str]) -> list[list[float]]:
        """For each message, the probabilities of no topic and of :data:`TOPICS_BY_MEANING`."""
        likely: list[list[float]] = probabilities(
            self._layers, side_by_side(self._embedders, messages) - self._centre
        ).tolist()
        return likely


def side_by_side(embedders: Embedders, messages: Sequence[str]) -> Vectors:
    """What both multilingual models make of messages, ``[n, dimensions]``."""
    texts = [simplified(message) for message in messages]
    return np.hstack(
        [
            np.float32(_MULTILINGUAL) * embedders.multilingual.encode(texts),
            np.float32(_CHINESE) * embedders.chinese.encode(texts),
        ]
    )


def with_constant(values: Vectors) -> Vectors:
    """``[n, columns + 1]``"""
    return np.hstack([values, np.ones((len(values), 1), np.float32)])


def probabilities(layers: Layers, read: Vectors) -> Vectors:
    """Of no topic and of :data:`TOPICS_BY_MEANING`, ``[n, topics + 1]``, from what is read, less its mean."""
    hidden, output = layers
    scores = with_constant(np.maximum(with_constant(read) @ hidden, 0)) @ output
    likely: Vectors = np.exp(scores - scores.max(1, keepdims=True))
    likely /= likely.sum(1, keepdims=True)
    return likely


def against(none: npt.ArrayLike, topic: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """How likely a topic is where nothing else than it or none comes into question."""
    share: npt.NDArray[np.float32] = np.divide(topic, np.maximum(np.add(none, topic), 1e-9))
    return share
