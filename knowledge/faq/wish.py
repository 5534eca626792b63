"""The wish for a person with which a message ends, and what it tells before."""

from .critical_topics import CriticalTopics
from .dialogue_acts import DialogueActs
from .followup import endings


def told_and_wish(message: str, rules: CriticalTopics, acts: DialogueActs) -> tuple[str, str]:
    """What a message tells before it asks for a person, small talk aside, and how it asks; both may be empty."""
    for wish in (message, *endings(message)):
        if rules.wants_person(wish):
            told = message.removesuffix(wish).strip(" ,，;；")
            return "" if acts.act_of(told) else told, wish
    return ("", message) if acts.act_of(message) == "person" else ("", "")
