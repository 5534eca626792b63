"""The wish for a person with which a message ends, and what it tells before."""

import re

from ..retrieval.language import simplified
from .critical_topics import CriticalTopics
from .dialogue_acts import DialogueActs
from .followup import endings

_NONE_WANTED = re.compile(
    r"\b(?:no|without(?: an?)?|n['’]?t (?:want|need)(?: to (?:speak|talk) (?:to|with))?(?: an?| any)?)"
    r"(?: (?:real|live|actual))? (?:human|person|people|agent|advis[eo]r|staff)s?\b"
    r"|(?:不[用要想需]要?|别|无需)(?:再|先)?(?:转|找|接)?(?:接|到)?(?:人工|真人)",
    re.IGNORECASE,
)


def told_and_wish(message: str, rules: CriticalTopics, acts: DialogueActs) -> tuple[str, str]:
    """What a message tells before it asks for a person, small talk aside, and how it asks; both may be empty."""
    for wish in (message, *endings(message)):
        if rules.wants_person(wish):
            told = message.removesuffix(wish).strip(" ,，;；")
            return "" if acts.act_of(told) else told, wish
    if acts.act_of(message) == "person" and not _NONE_WANTED.search(simplified(message)):
        return "", message
    return "", ""
