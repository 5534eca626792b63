"""Recognises critical topics in wordings not covered by the rules."""

import re
from typing import get_args

import numpy as np
import numpy.typing as npt

from core.files import packaged

from ..retrieval.language import SENTENCE_END
from .critical_topics import Topic
from .meaning import MeaningNetwork, MessageReader

TOPICS_BY_MEANING: tuple[Topic, ...] = (*(topic for topic in get_args(Topic) if topic != "emergency"), "emergency")
"""In the order of the network's outputs, after the output for no topic."""

_SELF_HARM = TOPICS_BY_MEANING.index("self_harm")
_SURE = 0.9  # probability of self-harm that suffices even in several sentences
_SURE_OF_WISHES = 0.95  # and where one wish is denied for another
# "I don't want to cancel, I just want to move house" sounds like somebody who does not want to go on.
_WANTED_INSTEAD = re.compile(
    r"\bi(?:['’]?m not| am not|(?: do not| don['’]?t) (?:really )?(?:want|need|wish|mean))\b"
    r"[^,.;!?–-]*[,.;–-]+\s*(?:but )?(?P<en>i(?:['’]?[dm])? (?:just|only|simply|rather|want|need|would)\b.*)"
    r"|我?(?:不是|不)(?:想|要|打算)+[^，,。；;！!？?]*[，,。；; ]+(?P<zh>我?(?:只|就|而|但)?[是想要].*)",
    re.IGNORECASE,
)


class TopicsByMeaning:
    """A network over a message's vectors, with the numbers in ``critical_topics.npz``.

    ``make fit-critical`` fits them: those of :class:`~.meaning.MeaningNetwork`, and three thresholds on probabilities,
    each 0 to 1: ``at_least`` for any topic but an emergency, against none; ``emergency_at_least`` for an emergency,
    against none; ``self_harm_at_least`` for self-harm, even if another topic is likelier.

    Args:
        reader: of the models that the numbers were fitted with.
    """

    def __init__(self, reader: MessageReader) -> None:
        with np.load(packaged("knowledge.faq", "critical_topics.npz"), allow_pickle=False) as kept:
            self._network = MeaningNetwork(kept, reader)
            self._at_least, self._emergency, self._self_harm = (
                float(kept[name]) for name in ("at_least", "emergency_at_least", "self_harm_at_least")
            )

    def topic_of(self, message: str) -> Topic | None:
        """The likeliest topic of a message, if likely enough; self-harm even if another topic is likelier.

        Of two wishes, unless it is all but certain, only the one that the customer has counts, not the one denied.
        """
        none, *topics, emergency = self._network.likely(message)
        if emergency > max(topics) and against(none, emergency) >= self._emergency:
            return "emergency"
        if self._self_harm <= topics[_SELF_HARM] < _SURE_OF_WISHES and (instead := _WANTED_INSTEAD.search(message)):
            return self.topic_of(instead["en"] or instead["zh"])
        if topics[_SELF_HARM] >= self._self_harm:
            others = sum(topics) - topics[_SELF_HARM]
            is_told = topics[_SELF_HARM] >= _SURE or against(none, others) >= self._at_least
            return "self_harm" if is_told or self._any_sentence_tells_of_self_harm(message) else None
        if against(none, sum(topics)) < self._at_least:
            return None
        return TOPICS_BY_MEANING[topics.index(max(topics))]

    def _any_sentence_tells_of_self_harm(self, message: str) -> bool:
        """Whether some sentence alone does: a long story about everyday matters may sound like it only as a whole."""
        sentences = list(filter(None, SENTENCE_END.split(message)))
        likely = (self._network.likely(sentence)[1 + _SELF_HARM] for sentence in sentences)
        return len(sentences) < 2 or any(self_harm >= self._self_harm for self_harm in likely)


def against(none: npt.ArrayLike, topic: npt.ArrayLike) -> npt.NDArray[np.float32]:
    """Probability of a topic if the only alternative is none."""
    share: npt.NDArray[np.float32] = np.divide(topic, np.maximum(np.add(none, topic), 1e-9))
    return share
