"""How often somebody may ask."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

_MINUTE = 60.0
_MANY = 10_000  # that are remembered; who has been away longest is forgotten first


class RateLimit:
    """So many requests of each one who asks in any 60 seconds.

    Args:
        per_minute: at least 1.
        clock: seconds that never go back.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit, self._clock = per_minute, clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, who: str) -> float:
        """Takes one request and returns 0, or returns the seconds until the next one can be taken."""
        with self._lock:
            times, now = self._times.setdefault(who, deque(maxlen=self._limit)), self._clock()
            self._times.move_to_end(who)
            if len(self._times) > _MANY:
                self._times.popitem(last=False)
            if len(times) == self._limit and now - times[0] < _MINUTE:
                return _MINUTE - (now - times[0])
            times.append(now)
            return 0.0
