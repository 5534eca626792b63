"""Logs each kind of failure at most once a minute, so that an outage does not flood the log."""

import logging
import math
import time
from collections.abc import Callable

from .errors import R1Error

_SECONDS = 60.0


class ThrottledLog:
    """Logs failures that may occur with every request.

    Args:
        log: the logger to write to.
        text: what failed, with ``%s`` for the error.
        clock: monotonic, in seconds.
    """

    def __init__(self, log: logging.Logger, text: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._log, self._text, self._clock = log, text, clock
        self._latest: dict[type[R1Error], float] = {}

    def error(self, error: R1Error) -> None:
        """Logs an error, with its hint, unless one of its class was logged in the last minute."""
        now = self._clock()
        if now - self._latest.get(type(error), -math.inf) >= _SECONDS:
            self._latest[type(error)] = now
            self._log.error(self._text, error)
