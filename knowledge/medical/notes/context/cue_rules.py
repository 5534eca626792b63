"""Rules that define the cues of :mod:`.cues` and :mod:`.cues_zh`, and their effect on the findings they reach."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from ...case import Status

_EDGE = r"(?!\B\w)"  # a pattern starts and ends at the edge of a word, if it starts and ends with one


class Assertion(StrEnum):
    """What a text says about a finding (the classes of ConText and of the i2b2 2010 assertion task)."""

    PRESENT = "present"
    NEGATED = "negated"
    POSSIBLE = "possible"
    HYPOTHETICAL = "hypothetical"
    """Not now: a risk, a warning, a condition (``return if``)."""
    HISTORICAL = "historical"
    """The patient had it before, and nothing says that it is over."""
    RESOLVED = "resolved"
    """Was there and no longer is; unlike an absence, it is no evidence against a disease."""
    FAMILY = "family"
    OTHER_PERSON = "other_person"

    @property
    def status(self) -> Status:
        """Status of the patient's finding; meaningless if :attr:`left_out` is not empty."""
        if self is Assertion.NEGATED:
            return Status.ABSENT
        if self in (Assertion.POSSIBLE, Assertion.HYPOTHETICAL):
            return Status.UNKNOWN
        return Status.PRESENT

    @property
    def left_out(self) -> str:
        """Why it is not a current finding of the patient: ``another_person`` or ``resolved``; empty if it is one."""
        if self in (Assertion.FAMILY, Assertion.OTHER_PERSON):
            return "another_person"
        return "resolved" if self is Assertion.RESOLVED else ""


class Effect(StrEnum):
    """Effect of a cue that asserts nothing."""

    NOTHING = "nothing"
    """Looks like a cue but is not one: ``no change in``."""
    PATIENT = "patient"
    """Returns to the patient: ends the reach of another person."""
    STOP = "stop"
    """Ends the reach of negation, doubt and time."""
    STOP_NEGATION = "stop negation"
    """Ends the reach of negation and resolution to the words after it."""
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
    """Cues that work the same way.

    Attributes:
        effect: what they assert or do.
        patterns: regular expressions of how they are written.
        backward: they reach the words before them, not those after.
        reach: most words (Chinese: characters) between cue and finding.
        commas: whether they reach across commas; for :attr:`Effect.STOP_NEGATION`, whether they also end a denial
            separated from them by a comma.
        spaced: whether the language puts spaces between words, so that a cue must be a separate word.
        answers: kinds of lists, ending with them, that they reach as a whole.
        begins_list: whether they also reach the whole list that begins directly after them.
        heads_only: whether they reach a finding only if a row begins with it: not "change in headache: no".
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
