"""What became of conversations: the arithmetic behind the dashboard."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from apps.support.policy import FAILURES, Action

RETURN = timedelta(days=7)
"""A customer who does not come back for so long is assumed to be content."""

_PAUSE = timedelta(minutes=30)  # a message after it is a return, before it the same visit


class Outcome(StrEnum):
    """What became of a conversation in which something was asked; the first that applies, in this order.

    ``POINTED`` was only offered a person, or told where the account is; ``UNANSWERED`` got no answer to any question.
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
        thumb: what the customer thought of the reply, 1, -1 or 0 for nothing.
        seconds: how long the reply took; None where that is not known.
        answered, unanswered: how many questions the reply answered and left without an answer.
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
        outcomes: how many conversations ended how.
        settled: the same of those alone that are old enough to tell.
        replies: how many replies did what.
        answered, unanswered: how many questions were answered and left without an answer.
        p50, p95: seconds that replies took; None where none is known.
    """

    outcomes: Counter[Outcome]
    settled: Counter[Outcome]
    replies: Counter[Action]
    answered: int
    unanswered: int
    p50: float | None
    p95: float | None

    def share(self, outcome: Outcome) -> float | None:
        """Of the conversations that are old enough to tell, 0 to 1; None where there are none.

        A failure shows at once and a success after :data:`RETURN`, so younger ones would count failures alone.
        """
        return self.settled[outcome] / self.settled.total() if self.settled else None

    @property
    def without_answer(self) -> float | None:
        """Of the questions that were searched for, those without an answer, 0 to 1; None where there are none."""
        searched = self.unanswered + self.answered
        return self.unanswered / searched if searched else None


def outcome(talk: Talk, now: datetime) -> Outcome | None:
    """What became of a conversation; None where nothing was asked, as in one that is a mere "hello".

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
