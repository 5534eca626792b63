"""What the page shows: a patient, the step that it waits for, or why there is no patient."""

from dataclasses import dataclass
from typing import Literal

from core.errors import R1Error

from .visit import Visit

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
"""What the page shows."""
