"""What the chatbot does with a message: exactly one action, a field of its own and never a word in a text."""

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
"""For a message that was searched for."""


def settled_before_search(*, critical: bool, wants_person: bool, concerns_account: bool) -> Action | None:
    """The action for a message that no search may answer; None for all others.

    Args:
        critical: it is about a critical topic.
        wants_person: the customer asks for a human being.
        concerns_account: only the customer's own account can answer it, or only there it can be done.
    """
    if critical:
        return Action.CRITICAL
    if wants_person:
        return Action.HAND_OFF
    return Action.SIGN_IN if concerns_account else None
