"""Failures in the log at most once a minute for each kind: an outage would fill it."""

import logging
import math
import time
from collections.abc import Callable

from .errors import R1Error

_SECONDS = 60.0


class ThrottledLog:
    """Logs failures that may come with every request.

    Args:
        log: where.
        text: what failed, with ``%s`` for why.
        clock: seconds.
    """

    def __init__(self, log: logging.Logger, text: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._log, self._text, self._clock = log, text, clock
        self._latest: dict[type[R1Error], float] = {}

    def error(self, error: R1Error) -> None:
        """Logs it, with its hint, unless one of its kind was logged in the last minute."""
        now = self._clock()
        if now - self._latest.get(type(error), -math.inf) >= _SECONDS:
            self._latest[type(error)] = now
            self._log.error(self._text, error)
