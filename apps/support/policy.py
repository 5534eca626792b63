"""What the chatbot does with a message: exactly one action, a field of its own and never a word in a text."""

from enum import StrEnum

from knowledge.faq.answerability import Answerability


class Action(StrEnum):
    """What a reply does."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    ABSTAIN = "abstain"
    GREET = "greet"
    HAND_OFF = "hand_off"


_ACTIONS = {
    Answerability.ANSWERABLE: Action.ANSWER,
    Answerability.UNSURE: Action.CLARIFY,
    Answerability.UNANSWERABLE: Action.ABSTAIN,
}


def choose(answerability: Answerability, *, wants_person: bool, is_greeting: bool) -> Action:
    """The action for a message.

    Args:
        answerability: whether the FAQ answers it.
        wants_person: the customer asks for a human being.
        is_greeting: it says hello or thanks, and asks nothing.
    """
    if wants_person:
        return Action.HAND_OFF
    if is_greeting and answerability is not Answerability.ANSWERABLE:
        return Action.GREET
    return _ACTIONS[answerability]
