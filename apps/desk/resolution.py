"""Outcomes of conversations: the arithmetic of the dashboard."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from apps.support.policy import FAILURES, Action

RETURN = timedelta(days=7)
"""A customer who does not come back for this long is assumed to be content."""

_PAUSE = timedelta(minutes=30)  # a message after this pause is a return; before, the same visit


class Outcome(StrEnum):
    """Outcomes of a conversation in which something was asked, in order of precedence.

    ``POINTED`` was only offered a person or referred to the account; ``UNANSWERED`` got no answer to any question.
    """

    HANDED_OFF = "handed_off"
    UNHELPFUL = "unhelpful"
    CONFIRMED = "confirmed"
    CRITICAL = "critical"
    RETURNED = "returned"
    PENDING = "pending"
    ASSUMED = "assumed"
    UNANSWERED = "unanswered"
    POINTED = "pointed"


@dataclass(frozen=True, slots=True)
class Step:
    """A message of the customer (``action`` is None) or a reply of the bot.

    Attributes:
        thumb: the customer's rating of the reply: 1, -1, or 0 for none.
        seconds: how long the reply took; None if unknown.
        answered, unanswered: how many questions the reply answered and left unanswered.
    """

    at: datetime
    action: Action | None
    thumb: int
    seconds: float | None
    answered: int = 0
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation: its steps, oldest first and at least one, and whether a person got it."""

    steps: tuple[Step, ...]
    handed_off: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of many conversations.

    Attributes:
        outcomes: number of conversations by outcome.
        settled: the same for settled conversations only, those at least :data:`RETURN` old.
        replies: number of replies by action.
        answered, unanswered: how many questions were answered and left unanswered.
        p50, p95: seconds that replies took; None if none is known.
    """

    outcomes: Counter[Outcome]
    settled: Counter[Outcome]
    replies: Counter[Action]
    answered: int
    unanswered: int
    p50: float | None
    p95: float | None

    def share(self, outcome: Outcome) -> float | None:
        """Share among settled conversations, 0 to 1; None if there are none.

        Failures show at once but successes only after :data:`RETURN`, so younger ones would only count failures.
        """
        return self.settled[outcome] / self.settled.total() if self.settled else None

    @property
    def without_answer(self) -> float | None:
        """Share of unanswered questions among those searched for, 0 to 1; None if there are none."""
        searched = self.unanswered + self.answered
        return self.unanswered / searched if searched else None


def outcome(talk: Talk, now: datetime) -> Outcome | None:
    """The outcome of a conversation, the first that applies; None if nothing was asked, as in a mere "hello".

    It is resolved by *confirmation* if the customer said so, and by *assumption* if an answer was given and there was
    no hand-off, no thumb down and no return within :data:`RETURN`. Customers who return in another conversation are not
    recognised, as they are anonymous.
    """
    thumbs = {step.thumb for step in talk.steps}
    if talk.handed_off:
        return Outcome.HANDED_OFF
    if -1 in thumbs:
        return Outcome.UNHELPFUL
    if 1 in thumbs:
        return Outcome.CONFIRMED
    actions = {step.action for step in talk.steps}
    if Action.CRITICAL in actions:
        return Outcome.CRITICAL
    if Action.ANSWER in actions:
        return _of_answered(talk, now)
    if actions & FAILURES:
        return Outcome.UNANSWERED
    return Outcome.POINTED if actions & {Action.HAND_OFF, Action.SIGN_IN} else None


def _of_answered(talk: Talk, now: datetime) -> Outcome:
    asked = [step.at for step in talk.steps if step.action is None]
    if any(_PAUSE < later - earlier <= RETURN for earlier, later in pairwise(asked)):
        return Outcome.RETURNED
    return Outcome.ASSUMED if _is_old(talk, now) else Outcome.PENDING


def _is_old(talk: Talk, now: datetime) -> bool:
    return now - talk.steps[-1].at >= RETURN


def figures(talks: Iterable[Talk], now: datetime) -> Figures:
    """The figures of these conversations."""
    outcomes: Counter[Outcome] = Counter()
    settled: Counter[Outcome] = Counter()
    replies: Counter[Action] = Counter()
    answered, unanswered, seconds = 0, 0, []
    for talk in talks:
        if became := outcome(talk, now):
            outcomes[became] += 1
            settled[became] += _is_old(talk, now)
        replies.update(step.action for step in talk.steps if step.action)
        answered += sum(step.answered for step in talk.steps)
        unanswered += sum(step.unanswered for step in talk.steps)
        seconds += [step.seconds for step in talk.steps if step.seconds is not None]
    return Figures(outcomes, +settled, replies, answered, unanswered, percentile(seconds, 50), percentile(seconds, 95))


def by_day(talks: Sequence[Talk], first: date, last: date, now: datetime) -> list[tuple[date, Figures]]:
    """Figures per day, by the start of conversations in the time zone of ``now``; includes days without any."""
    days: dict[date, list[Talk]] = {first + timedelta(days=ahead): [] for ahead in range((last - first).days + 1)}
    for talk in talks:
        if (day := talk.steps[0].at.astimezone(now.tzinfo).date()) in days:
            days[day].append(talk)
    return [(day, figures(own, now)) for day, own in days.items()]


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The nearest-rank percentile of some values; None if there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else None
