"""What a message is, before anything is searched for."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from knowledge.faq.answer_tests import A_PERSON, MUST_NOT_ANSWER, SIGN_IN, on_topic
from knowledge.faq.critical_topics import DANGER, CriticalTopics, Topic
from knowledge.faq.dialogue_acts import Act, DialogueActs
from knowledge.faq.wish import split_at_wish

from .context import corrected, rejects
from .conversation import Conversation
from .policy import Action

_INSTEAD = {Action.HAND_OFF: A_PERSON, Action.SIGN_IN: SIGN_IN}  # how answer tests call it
_MAY_BE_GRAVE = ("declined", "resolved", "waiting")  # "I'll do it", to a text on self-harm
_ADDRESS = re.compile(r"\[(?:email|phone)\]")  # as it is masked


@dataclass(frozen=True, slots=True)
class Triage:
    """Tells small talk, critical topics, wishes for a person and matters of an account from what is to be searched for.

    Attributes:
        rules: what must reach a person, and what only an account can tell.
        acts: what messages do that ask nothing.
        topics: the critical topics that the company has.
        is_own: whether a text is a wording, or a title's word, of the FAQ that is served.
    """

    rules: CriticalTopics
    acts: DialogueActs
    topics: Collection[Topic]
    is_own: Callable[[str], bool]

    def before_search(self, message: str) -> tuple[Action | None, Topic | None]:
        """What is done with a message instead of a search, and what a critical one is about; None twice for most."""
        told, wish = self.split_at_wish(message)
        topic = self._topic_beside_wish(message, told or wish) if wish else self.topic_of(message)
        if topic:
            return Action.CRITICAL, topic
        if wish and not told:
            return Action.HAND_OFF, None
        return Action.SIGN_IN if self.rules.concerns_account(message) else None, None

    def _topic_beside_wish(self, message: str, told: str) -> Topic | None:
        """By meaning, that of what is told: the wish behind it is easily taken for despair, or for a complaint."""
        if topic := self.topic_by_rules(message):
            return topic
        topic = self.topic_of(told)
        return None if topic == "complaint" else topic

    def instead_of_search(self, message: str) -> str | None:
        """The same as answer tests call it; None where the chat searches."""
        if self.small_talk(message):
            return MUST_NOT_ANSWER
        action, topic = self.before_search(message)
        return on_topic(topic) if topic else _INSTEAD[action] if action else None

    def small_talk(
        self, message: str, *, offered: bool = False, first: bool = False, surely: bool = True
    ) -> Act | None:
        """What a message does that asks and tells nothing; see :meth:`DialogueActs.act_of`.

        A wish for a person is none, nor is what a rule knows for something else, nor a wording or a title's word.
        """
        topic = self.topic_by_rules(message)
        if topic or self.is_own(message) or self.rules.asks_to_reach(message):
            return None
        _, wish = self.split_at_wish(message)
        return None if wish else self.acts.act_of(message, offered=offered, first=first, surely=surely)

    def topic_of(self, message: str) -> Topic | None:
        """The gravest critical topic of a message whose personal data is masked, of those that the company has."""
        return self.rules.topic_of(message, self.topics)

    def topic_by_rules(self, message: str) -> Topic | None:
        """The gravest that a rule knows, of those that the company has."""
        return self.rules.topic_by_rules(message, self.topics)

    def split_at_wish(self, message: str) -> tuple[str, str]:
        """What a message says before it asks for a person, and the request; both may be empty."""
        return split_at_wish(message, self.rules, self.acts)

    def act(self, conversation: Conversation, message: str, *, surely: bool = True) -> Act | None:
        """What a message does after what was said; little after a text on a topic, least after one on danger."""
        before = conversation.turns[-1].reply if conversation.turns else None
        offered = before is not None and before.offers_person
        first = all(turn.reply.small_talk == "greeting" for turn in conversation.turns)
        act = self.small_talk(message, offered=offered, first=first, surely=surely)
        is_grave = before and before.topic in DANGER and (act in _MAY_BE_GRAVE or not surely)
        is_detail = before and before.topic and act == "details"
        return None if is_grave or is_detail or rejects(conversation, message) else act

    def said(self, conversation: Conversation, message: str) -> str:
        """What is read for its topic: of a correction that no rule tells of, what it wants instead.

        What follows a text on a topic is read whole: it was not him who died, but her.
        """
        if any(turn.reply.topic for turn in conversation.turns[-1:]):
            return message
        right = corrected(conversation, message)
        return message if not right or self.topic_by_rules(message) else right.wanted

    def leaves_address(self, message: str) -> bool:
        """Whether a message that takes the offer of a person, or asks nothing, has an address for the answer."""
        act = self.small_talk(message, offered=True, surely=False) if has_address(message) else None
        return act not in (None, "declined")

    def topic_of_joined(self, conversation: Conversation, question: str) -> Topic | None:
        """The topic of a message with what it continues, unless that was seen to already: ``it got nicked``."""
        seen = any(turn.reply.topic for turn in conversation.turns)
        return None if seen else self.topic_by_rules(question)


def has_address(message: str) -> bool:
    """Whether a message whose personal data is masked has an e-mail address or a telephone number."""
    return bool(_ADDRESS.search(message))
