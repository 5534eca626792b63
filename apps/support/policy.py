"""What the chatbot does with a message: exactly one action, kept in its own field and never inside a text."""

from enum import StrEnum

from knowledge.faq.answerability import Answerability


class Action(StrEnum):
    """What a reply does.

    ``CRITICAL`` gives the vetted text on a topic that must reach a person, ``SIGN_IN`` points to the customer's own
    account, and ``FORWARD`` says nothing: a person has the conversation and gets the message.
    """

    ANSWER = "answer"
    CLARIFY = "clarify"
    ABSTAIN = "abstain"
    GREET = "greet"
    HAND_OFF = "hand_off"
    CRITICAL = "critical"
    SIGN_IN = "sign_in"
    FORWARD = "forward"


FAILURES = frozenset({Action.CLARIFY, Action.ABSTAIN})
"""Replies that give no answer; two in a row offer a person."""

ACTIONS = {
    Answerability.ANSWERABLE: Action.ANSWER,
    Answerability.UNSURE: Action.CLARIFY,
    Answerability.UNANSWERABLE: Action.ABSTAIN,
}
"""Actions for a message that was searched for."""
