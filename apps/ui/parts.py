"""What the screens do alike: their events, and what they say when something goes wrong."""

import logging
import secrets
from typing import Any, Final

PRIVATE: Final[dict[str, Any]] = {"api_visibility": "private", "show_progress": "hidden"}
"""Of every event of a screen: it is no part of the public API, and nothing flickers."""


def notice(html: str) -> str:
    """A message that screen readers say at once; ``html`` is escaped already."""
    return f'<div class="r1-notice" role="alert" tabindex="-1">{html}</div>'


def log_failure(log: logging.Logger, what: str, error: Exception) -> str:
    """Logs an unexpected error by its kind alone, since its text may hold what a user wrote.

    Returns:
        The reference that the user is shown.
    """
    reference = secrets.token_hex(4)
    log.error("%s failed, reference %s: %s", what, reference, type(error).__name__)
    return reference
