"""The parts of an answer, without wording: see :mod:`.html`."""

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
    """Everything that could hold it was read, and it is absent."""
    COULD_NOT_CHECK = "could_not_check"
    """It was not found, and something that could hold it was not read or not understood."""
    NOT_UNDERSTOOD = "not_understood"


class Gap(StrEnum):
    """Why absence cannot be stated although everything was read: the reason of an answer's ``Unread``."""

    UNKNOWN_WORD = "unknown_word"
    GUESSED_WORD = "guessed_word"
    UNKNOWN_MEDICINE = "unknown_medicine"
    UNNAMED = "unnamed"
    NO_ADMISSION = "no_admission"
    UNDATED = "undated"
    UNREAD_PERIOD = "unread_period"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an answer and its source; one of the other attributes holds its content.

    Attributes:
        source: ``ResourceType/id``; ``text`` for a typed note; empty for statements of the ranking itself.
        day: as the resource gives it.
        entry: a coded statement.
        quote: a sentence of a note, verbatim.
        title: kind of the note.
        text: a value of the Patient resource, verbatim, or the name of a finding.
        part: which value, a FHIR element such as ``birthDate``.
        contribution: of that finding to a disease.
        comment: the comment on a result, verbatim.
        spoilt: the case leaves the result out, since the sample was spoilt.
        reading: status read from a result for the finding asked about; None for all other lines.
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
    """Resources of a type that were searched.

    Attributes:
        kind: resource type.
        count: their number.
        first, last: days of the first and the last dated one.
    """

    kind: str
    count: int
    first: dt.date | None
    last: dt.date | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer.

    Attributes:
        lines: newest first; for a trend, oldest first.
        more: number of further lines.
        looked: what was searched, by resource type.
        gaps: what could not be read or understood and may hold more.
        outside: the newest statement outside the requested period, if there is none inside.
        disease: for a "why" question, the disease; ``place`` is its rank, from 1.
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
