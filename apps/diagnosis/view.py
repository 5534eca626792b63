"""What a page shows: a patient, the step in progress, or why there is no patient."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.errors import InputFormatError, R1Error
from knowledge.retrieval.language import Language

from .visit import Visit

_FORGET_AFTER = 3600  # seconds without use
_WARN_BEFORE = 120  # seconds before that

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
        step: of the reading in progress; None at rest.
        began: when the reading began, in monotonic seconds.
        turn: incremented when a reading begins or is cancelled; results of earlier ones are ignored.
        stale: id of the visit for which the server has newer data.
        unasked: id of the visit for which the server cannot be asked for newer data.
        rereading: newer data are being read.
        outcome: HTML with the outcome of a button whose patient was closed meanwhile.
        changing: held while the visit is changed, so that neither of two simultaneous decisions is lost.
        used: when a person last did something, in monotonic seconds.
        idle: the patient is about to be closed for lack of use, or was.
    """

    view: View = None
    language: Language = "en"
    step: Step | None = None
    began: float = 0.0
    turn: int = 0
    stale: str = ""
    unasked: str = ""
    rereading: bool = False
    outcome: str = ""
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    used: float = field(default_factory=time.monotonic)
    idle: Literal["", "closes", "closed"] = ""

    @property
    def visit(self) -> Visit | None:
        """The patient shown."""
        return self.view if isinstance(self.view, Visit) else None

    def use(self) -> bool:
        """Notes that the page is in use; returns whether it had announced to close the patient."""
        self.used = time.monotonic()
        said = self.idle == "closes"
        self.idle = "" if said else self.idle
        return said

    def age(self) -> bool:
        """Closes a patient after an hour without use, announced before; returns whether anything changed."""
        if self.visit is None:
            return False
        before, unused = self.idle, time.monotonic() - self.used
        if unused > _FORGET_AFTER:
            self.begin()
            self.idle = "closed"
        elif unused > _FORGET_AFTER - _WARN_BEFORE:
            self.idle = "closes"
        return self.idle != before

    def begin(self, step: Step | None = None) -> int:
        """Closes the patient, for a new reading or for good; returns the new turn."""
        self.view, self.step, self.outcome, self.idle = None, step, "", ""
        self.began = self.used = time.monotonic()
        self.turn += 1
        return self.turn

    def take(self, event: Step | View) -> None:
        """Takes an event of a reading: a step, the visit before it is ranked, the complete visit, or a problem."""
        if isinstance(event, str):
            self.step = event
            return
        self.step = "rank" if isinstance(event, Visit) and self.view is None else None
        self.view = event

    def named(self, button: Mapping[str, object]) -> Visit:
        """The visit that a button belongs to, so that another patient's button does nothing.

        Raises:
            InputFormatError: that visit is not open.
        """
        if self.visit is None:
            raise InputFormatError("The patient is no longer open", hint="Choose the patient again")
        if button.get("visit") != self.visit.id:
            raise InputFormatError("The button belongs to a patient who is no longer open", hint="Check the name above")
        return self.visit

    def replace(self, seen: Visit, after: Visit) -> bool:
        """Replaces a visit with its successor; returns whether it was still open."""
        if self.view is not seen:
            return False
        self.view = after
        return True
