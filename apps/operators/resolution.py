"""What became of conversations: the arithmetic behind the dashboard."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from apps.support.policy import Action

RETURN = timedelta(days=7)
"""A customer who does not come back for so long is assumed to be content."""

_PAUSE = timedelta(minutes=30)  # a message after it is a return, before it the same visit


class Outcome(StrEnum):
    """What became of a conversation; the first that applies, in this order."""

    HANDED_OFF = "handed_off"
    UNHELPFUL = "unhelpful"
    CONFIRMED = "confirmed"
    UNANSWERED = "unanswered"
    RETURNED = "returned"
    PENDING = "pending"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class Step:
    """A message of the customer (``action`` is None) or a reply of the bot.

    Attributes:
        thumb: what the customer thought of the reply, 1, -1 or 0 for nothing.
        seconds: how long the reply took; None where that is not known.
    """

    at: datetime
    action: Action | None
    thumb: int
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation: its steps, oldest first and at least one, and whether a person got it."""

    steps: tuple[Step, ...]
    handed_off: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of many conversations.

    Attributes:
        outcomes: how many conversations ended how.
        replies: how many replies did what.
        p50, p95: seconds that replies took; None where none is known.
    """

    outcomes: Counter[Outcome]
    replies: Counter[Action]
    p50: float | None
    p95: float | None

    def share(self, outcome: Outcome) -> float | None:
        """Of the conversations whose outcome is known by now, 0 to 1; None where there are none."""
        known = self.outcomes.total() - self.outcomes[Outcome.PENDING]
        return self.outcomes[outcome] / known if known else None

    @property
    def abstained(self) -> float | None:
        """Of the replies, those that said that nothing is known, 0 to 1; None where there are none."""
        return self.replies[Action.ABSTAIN] / self.replies.total() if self.replies else None


def outcome(talk: Talk, now: datetime) -> Outcome:
    """What became of a conversation.

    It is resolved by *confirmation* when the customer said so, and by *assumption* when an answer was given and there
    was no hand-off, no thumb down and no return in :data:`RETURN`. Who comes back in another conversation is not
    recognised: customers of the chat have no names.
    """
    thumbs = {step.thumb for step in talk.steps}
    if talk.handed_off:
        return Outcome.HANDED_OFF
    if -1 in thumbs:
        return Outcome.UNHELPFUL
    if 1 in thumbs:
        return Outcome.CONFIRMED
    if not any(step.action is Action.ANSWER for step in talk.steps):
        return Outcome.UNANSWERED
    asked = [step.at for step in talk.steps if step.action is None]
    if any(_PAUSE < later - earlier <= RETURN for earlier, later in pairwise(asked)):
        return Outcome.RETURNED
    return Outcome.PENDING if now - talk.steps[-1].at < RETURN else Outcome.ASSUMED


def figures(talks: Iterable[Talk], now: datetime) -> Figures:
    """The figures of these conversations."""
    outcomes: Counter[Outcome] = Counter()
    replies: Counter[Action] = Counter()
    seconds = []
    for talk in talks:
        outcomes[outcome(talk, now)] += 1
        replies.update(step.action for step in talk.steps if step.action)
        seconds += [step.seconds for step in talk.steps if step.seconds is not None]
    return Figures(outcomes, replies, percentile(seconds, 50), percentile(seconds, 95))


def by_day(talks: Sequence[Talk], first: date, last: date, now: datetime) -> list[tuple[date, Figures]]:
    """The figures of each day, by when conversations began in the time zone of ``now``, days without any included."""
    days: dict[date, list[Talk]] = {first + timedelta(days=ahead): [] for ahead in range((last - first).days + 1)}
    for talk in talks:
        if (day := talk.steps[0].at.astimezone(now.tzinfo).date()) in days:
            days[day].append(talk)
    return [(day, figures(own, now)) for day, own in days.items()]


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The smallest value that is not below ``percent`` of a hundred of them (nearest rank); None of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else None
