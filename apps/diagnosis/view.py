"""What a page shows: a patient, the step in progress, or why there is no patient."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from core.errors import InputFormatError, R1Error
from knowledge.retrieval.language import Language

from .open_patients import FORGET_AFTER, OpenPatient
from .visit import Visit

_WARN_BEFORE = 120  # seconds before a patient is closed

CHANGED_ELSEWHERE = "changed_elsewhere"
"""Kind of the error when another page has changed the visit since this one drew it."""

Step = Literal["read", "rank"]
"""A step that the page waits for."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no patient on the screen.

    Attributes:
        error: None for an unexpected failure.
        reference: of an unexpected failure in the log; otherwise empty.
    """

    error: R1Error | None = None
    reference: str = ""


View = Visit | Problem | None
"""What a page shows."""


@dataclass(slots=True, eq=False)
class OpenPage:
    """The current state of one open page, shared by its overlapping events.

    Attributes:
        open: the patient shown, whom other pages may show, too.
        shown: the visit as this page shows it; another page may have changed it since.
        problem: why there is no patient.
        holder: whose open patients this page may show.
        launched: id of the patient whom the hospital system had open when the page was loaded; empty if none.
        left: the patient before this one, given up once another is open.
        step: of the reading in progress; None at rest.
        began: when the reading began, in monotonic seconds.
        turn: incremented when a reading begins or is cancelled; results of earlier ones are ignored.
        outcome: HTML with the outcome of a button whose patient was closed meanwhile, or of a patient taken up again.
        idle: the patient is about to be closed for lack of use, or was.
    """

    open: OpenPatient | None = None
    shown: Visit | None = None
    problem: Problem | None = None
    language: Language = "en"
    holder: str = ""
    launched: str = ""
    left: OpenPatient | None = None
    step: Step | None = None
    began: float = 0.0
    turn: int = 0
    outcome: str = ""
    idle: Literal["", "closes", "closed"] = ""

    @property
    def visit(self) -> Visit | None:
        """The patient shown."""
        return self.open.visit if self.open else None

    @property
    def view(self) -> View:
        """What the page shows."""
        return self.visit or self.problem

    @property
    def changing(self) -> asyncio.Lock:
        """Held while the visit is changed.

        Raises:
            InputFormatError: none is open.
        """
        if self.open is None:
            raise _no_longer_open()
        return self.open.changing

    def use(self) -> bool:
        """Notes that the page is in use; returns whether it had announced to close the patient."""
        if self.open:
            self.open.used = time.monotonic()
        said = self.idle == "closes"
        self.idle = "" if said else self.idle
        return said

    def age(self) -> bool:
        """Closes a patient after an hour without use, announced before; returns whether anything changed."""
        if self.open is None:
            return False
        before, unused = self.idle, time.monotonic() - self.open.used
        if unused > FORGET_AFTER or self.open.visit is None:
            self.begin()
            self.idle = "closed"
        elif unused > FORGET_AFTER - _WARN_BEFORE:
            self.idle = "closes"
        else:  # in use on another page
            self.idle = ""
        return self.idle != before

    def begin(self, step: Step | None = None) -> int:
        """Closes the patient, for a new reading or for good; returns the new turn."""
        self.left = self.open or self.left
        self.open = self.shown = self.problem = None
        self.step, self.outcome, self.idle = step, "", ""
        self.began = time.monotonic()
        self.turn += 1
        return self.turn

    def take(self, event: Step | Visit | Problem) -> None:
        """Takes an event of a reading: a step, the visit before it is ranked, the complete visit, or a problem."""
        if isinstance(event, Visit):
            self.step = None if self.open else "rank"
            self.open = self.open or OpenPatient(event)
            self.open.visit = self.shown = event
        elif isinstance(event, Problem):
            self.open = self.shown = self.step = None
            self.problem = event
        else:
            self.step = event

    def join(self, patient: OpenPatient) -> None:
        """Shows a patient who is under review already."""
        self.begin()
        self.open = patient
        self.use()

    def named(self, button: Mapping[str, object]) -> Visit:
        """The visit that a button belongs to, so that another patient's button does nothing.

        Raises:
            InputFormatError: that visit is not open, or this page does not show it as it is by now.
        """
        if self.visit is None:
            raise _no_longer_open()
        if self.shown is not self.visit:
            raise InputFormatError(
                "This review was changed in another window", hint="Check what is shown now", kind=CHANGED_ELSEWHERE
            )
        if button.get("visit") != self.visit.id:
            raise InputFormatError("The button belongs to a patient who is no longer open", hint="Check the name above")
        return self.visit

    def replace(self, seen: Visit, after: Visit) -> bool:
        """Replaces a visit with its successor; returns whether it was still open."""
        if self.open is None or self.visit is not seen:
            return False
        self.open.visit = self.shown = after
        return True


def _no_longer_open() -> InputFormatError:
    return InputFormatError("The patient is no longer open", hint="Choose the patient again")
