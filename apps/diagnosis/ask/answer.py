"""What an answer is made of. It holds no wording: see :mod:`.html`."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from adapters.fhir.chart import Entry
from knowledge.medical.case import Status, Unread
from knowledge.medical.differential import Contribution, RankedDisease

from .query import Query


class Outcome(StrEnum):
    """How a question ended."""

    FOUND = "found"
    NONE = "none"
    """Everything that could hold it was read, and it is not there."""
    COULD_NOT_CHECK = "could_not_check"
    """It was not found, and something that could hold it was not read or not understood."""
    NOT_UNDERSTOOD = "not_understood"


class Gap(StrEnum):
    """Why an absence cannot be stated though everything was read: the reason of an ``Unread`` of an answer."""

    UNKNOWN_WORD = "unknown_word"
    GUESSED_WORD = "guessed_word"
    UNKNOWN_MEDICINE = "unknown_medicine"
    UNNAMED = "unnamed"
    NO_ADMISSION = "no_admission"
    UNDATED = "undated"
    UNREAD_PERIOD = "unread_period"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer and where it comes from; one of the other parts tells what it says.

    Attributes:
        source: ``ResourceType/id``; ``text`` for a typed note; empty for what the ranking says by itself.
        day: as the resource gives it.
        entry: a coded statement.
        quote: a sentence of a note, verbatim.
        title: kind of the note.
        text: a value of the Patient resource, verbatim, or the name of a finding.
        part: which value, a FHIR element such as ``birthDate``.
        contribution: what that finding adds to a disease.
        comment: what stands beside a result, verbatim.
        spoilt: the case leaves the result out, since the sample was spoilt.
        reading: how a result was read as the finding that was asked for; None for all other lines.
    """

    source: str
    day: dt.date | None = None
    entry: Entry | None = None
    quote: str = ""
    title: str = ""
    text: str = ""
    part: str = ""
    contribution: Contribution | None = None
    comment: str = ""
    spoilt: bool = False
    reading: Status | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked through.

    Attributes:
        kind: resource type.
        count: how many there are.
        first, last: days of the first and the last one that has a date.
    """

    kind: str
    count: int
    first: dt.date | None
    last: dt.date | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer.

    Attributes:
        lines: newest first; of a trend oldest first.
        more: how many lines there are beyond those.
        looked: what was looked through, by resource type.
        gaps: what could not be read or understood and may hold more.
        outside: the newest statement outside the period that was asked for, when there is none inside.
        disease: of a "why", the disease, with its place in the ranking from 1.
        read_at: when the record was read.
    """

    outcome: Outcome
    query: Query
    read_at: dt.datetime
    lines: tuple[Line, ...] = ()
    more: int = 0
    looked: tuple[Looked, ...] = ()
    gaps: tuple[Unread, ...] = ()
    outside: Line | None = None
    disease: RankedDisease | None = None
    place: int = 0
