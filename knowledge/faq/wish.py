"""The wish for a person with which a message ends, and what it tells before."""

from .critical_topics import CriticalTopics
from .followup import endings
from .small_talk import behind_small_talk, small_talk


def told_and_wish(message: str, rules: CriticalTopics) -> tuple[str, str]:
    """What a message tells before it asks for a person, small talk aside, and how it asks; both may be empty."""
    for wish in (message, behind_small_talk(message), *endings(message)):
        if rules.wants_person(wish):
            told = message[: -len(wish)].strip(" ,，;；") if message.endswith(wish) else ""
            return "" if small_talk(told) else told, wish
    return "", ""
