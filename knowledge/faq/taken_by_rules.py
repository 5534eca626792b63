"""Wordings of an FAQ that the rules intercept, so that the chat does not search for them."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from ..privacy import mask
from .answer_tests import A_PERSON, SIGN_IN, on_topic
from .critical_topics import CriticalTopics, Topic, critical_topics
from .sources import PUBLIC, Entry


@dataclass(frozen=True, slots=True)
class Taken:
    """A wording that the chat handles otherwise, so that customers who ask it do not get the entry.

    Attributes:
        instead: what the chat does with it, in the terms of answer tests.
    """

    entry: Entry
    wording: str
    instead: str


def taken(entries: Iterable[Entry], topics: Collection[Topic]) -> Iterator[Taken | None]:
    """For each wording of a public entry, whether a rule intercepts it; by rules alone, since meaning is slow.

    Args:
        topics: the critical topics that the company has.
    """
    rules = critical_topics()
    for entry in entries:
        for wording in entry.questions if entry.audience == PUBLIC else ():
            instead = _instead(rules, wording, topics)
            yield Taken(entry, wording, instead) if instead else None


def _instead(rules: CriticalTopics, wording: str, topics: Collection[Topic]) -> str | None:
    """Checks in the same order as the chat."""
    message = mask(wording)
    if topic := rules.topic_of(message, topics):
        return on_topic(topic)
    if rules.wants_person(message):
        return A_PERSON
    return SIGN_IN if rules.concerns_account(message) else None
