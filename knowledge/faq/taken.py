"""Wordings of an FAQ that the rules for critical topics take from it."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from ..privacy import mask
from .critical_topics import Topic, critical_topics
from .sources import PUBLIC, Entry


@dataclass(frozen=True, slots=True)
class Taken:
    """A wording of an entry that always gets the text on a topic, so that who asks it never gets the entry."""

    entry: Entry
    wording: str
    topic: Topic


def taken(entries: Iterable[Entry], topics: Collection[Topic]) -> Iterator[Taken | None]:
    """For each wording that customers may ask, whether a rule takes it, by the rules alone: meaning takes long.

    Args:
        topics: those that the company has.
    """
    rules = critical_topics()
    for entry in entries:
        for wording in entry.questions if entry.audience == PUBLIC else ():
            topic = rules.topic_of(mask(wording), topics)
            yield Taken(entry, wording, topic) if topic else None
