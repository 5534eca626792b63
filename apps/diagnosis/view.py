"""What a page shows: a patient, the step that it waits for, or why there is no patient."""

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
"""What the page waits for."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no patient on the screen.

    Attributes:
        error: None for an unexpected failure.
        reference: what the log calls an unexpected failure; else empty.
    """

    error: R1Error | None = None
    reference: str = ""


View = Visit | Problem | None
"""What a page shows."""


@dataclass(slots=True, eq=False)
class OpenPage:
    """One open page. Its events overlap, so each reads and changes here what is true at that moment.

    Attributes:
        language: of what is drawn.
        step: what a reading under way does; None at rest.
        began: when the reading began, in monotonic seconds.
        turn: grows with each reading that begins or is cancelled; what an earlier one still brings does not count.
        stale: id of the visit that the server has newer data of.
        unasked: id of the visit for which the server cannot be asked whether there are any.
        rereading: they are being read.
        told: HTML of what became of a button after its patient was left.
        changing: held while something is done about the visit, so that of two decisions at once none is lost.
        used: when a person last did something, in monotonic seconds.
        idle: what comes of that: the patient is about to be closed, or was.
    """

    view: View = None
    language: Language = "en"
    step: Step | None = None
    began: float = 0.0
    turn: int = 0
    stale: str = ""
    unasked: str = ""
    rereading: bool = False
    told: str = ""
    changing: asyncio.Lock = field(default_factory=asyncio.Lock)
    used: float = field(default_factory=time.monotonic)
    idle: Literal["", "closes", "closed"] = ""

    @property
    def visit(self) -> Visit | None:
        """The patient who is shown."""
        return self.view if isinstance(self.view, Visit) else None

    def use(self) -> bool:
        """Notes that somebody is there; whether the page had said that it is about to close the patient."""
        self.used = time.monotonic()
        said = self.idle == "closes"
        self.idle = "" if said else self.idle
        return said

    def age(self) -> bool:
        """Closes a patient whom nobody has looked at for an hour, and says so before; whether anything changed."""
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
        """Leaves the patient, for a reading or for good; returns the turn of it."""
        self.view, self.step, self.told, self.idle = None, step, "", ""
        self.began = self.used = time.monotonic()
        self.turn += 1
        return self.turn

    def take(self, event: Step | View) -> None:
        """What a reading brings: a step; the visit, of which the ranking is still to come; the whole visit."""
        if isinstance(event, str):
            self.step = event
            return
        self.step = "rank" if isinstance(event, Visit) and self.view is None else None
        self.view = event

    def named(self, button: Mapping[str, object]) -> Visit:
        """The visit that a button belongs to, so that one of another patient does nothing.

        Raises:
            InputFormatError: it is not the one that is open.
        """
        if self.visit is None:
            raise InputFormatError("The patient is no longer open", hint="Choose the patient again")
        if button.get("visit") != self.visit.id:
            raise InputFormatError(
                "The button belongs to a patient who is no longer open", hint="Look at the name above"
            )
        return self.visit

    def replace(self, seen: Visit, after: Visit) -> bool:
        """Puts a visit in the place of what it came from; whether that is still open."""
        if self.view is not seen:
            return False
        self.view = after
        return True
