"""What a cue of :mod:`.cues` or :mod:`.cues_zh` is, and what it does to the findings it reaches."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from ...case import Status

_EDGE = r"(?!\B\w)"  # a pattern starts and ends at the edge of a word, if it starts and ends with one


class Assertion(StrEnum):
    """What a text says of a finding it names (the classes of ConText and of the i2b2 2010 assertion task)."""

    PRESENT = "present"
    NEGATED = "negated"
    POSSIBLE = "possible"
    HYPOTHETICAL = "hypothetical"
    """Not now: a risk, a warning, a condition (``return if``)."""
    HISTORICAL = "historical"
    """The patient had it before, and nothing says that it is over."""
    RESOLVED = "resolved"
    """Was there and is no more: says nothing against a disease, as an absence would."""
    FAMILY = "family"
    OTHER_PERSON = "other_person"

    @property
    def status(self) -> Status:
        """What it says of the patient's finding; means nothing where :attr:`left_out` is not empty."""
        if self is Assertion.NEGATED:
            return Status.ABSENT
        if self in (Assertion.POSSIBLE, Assertion.HYPOTHETICAL):
            return Status.UNKNOWN
        return Status.PRESENT

    @property
    def left_out(self) -> str:
        """Why it is no finding of the patient now: ``another_person`` or ``resolved``; empty when it is one."""
        if self in (Assertion.FAMILY, Assertion.OTHER_PERSON):
            return "another_person"
        return "resolved" if self is Assertion.RESOLVED else ""


class Effect(StrEnum):
    """What a cue does that asserts nothing."""

    NOTHING = "nothing"
    """Looks like a cue and is none: ``no change in``."""
    PATIENT = "patient"
    """Speaks of the patient again: ends the reach of another person."""
    STOP = "stop"
    """Ends the reach of negation, doubt and time."""
    STOP_NEGATION = "stop negation"
    """Ends the reach of negation, and of what is over, to the words after it."""
    STOP_ALL = "stop all"
    """Ends every reach."""


class Answers(StrEnum):
    """Lists of findings with one answer for all."""

    SLASHES = "slashes"
    """``fever/chills: no``"""
    LISTS = "lists"
    """Also ``fever, chills, sweats: no``."""


@dataclass(frozen=True, slots=True)
class CueRule:
    """Cues that work alike.

    Attributes:
        effect: what they assert or do.
        patterns: how they are written.
        backward: they reach to the words before them; else to those after.
        reach: how many words (Chinese: characters) lie between cue and finding at most.
        commas: whether they reach across commas; of :attr:`Effect.STOP_NEGATION`, whether they end a denial that a
            comma parts from them, too.
        spaced: whether the language puts blanks between words, so that a cue must be a word of its own.
        answers: which lists that end with them they reach whole.
        begins_list: whether they also reach the whole list that begins right behind them.
        heads_only: whether they reach a finding only where a row begins with it: not "change in headache: no".
    """

    effect: Assertion | Effect
    patterns: tuple[str, ...]
    backward: bool = False
    reach: int = 60
    commas: bool = True
    spaced: bool = True
    answers: Answers | None = None
    begins_list: bool = False
    heads_only: bool = False
    regex: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        joined = f"(?:{'|'.join(self.patterns)})"
        if self.spaced:
            joined = _EDGE + joined.replace(" ", r"\s+") + _EDGE
        object.__setattr__(self, "regex", re.compile(joined, re.IGNORECASE))
