"""Splits a message that ends with a request for a person into what it says before, and the request."""

from .critical_topics import CriticalTopics
from .dialogue_acts import DialogueActs
from .question_forms import endings


def split_at_wish(message: str, rules: CriticalTopics, acts: DialogueActs) -> tuple[str, str]:
    """What a message says before it asks for a person, small talk aside, and the request; both may be empty."""
    for wish in (message, *endings(message)):
        if rules.wants_person(wish):
            before = message.removesuffix(wish).strip(" ,，;；")
            return "" if acts.act_of(before) else before, wish
    return ("", message) if acts.act_of(message) == "person" else ("", "")
