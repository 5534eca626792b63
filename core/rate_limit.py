"""Limits on requests per minute and on concurrent requests, by client."""

import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_MINUTE = 60.0
_MANY = 10_000  # clients that are remembered; the least recently seen is forgotten first


class RateLimit:
    """A limit on each client's requests in any 60 seconds.

    Args:
        per_minute: at least 1.
        clock: monotonic, in seconds.
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


class AtOnce:
    """A limit on concurrent requests.

    Args:
        most: in total.
        of_one: per client.
    """

    def __init__(self, most: int, of_one: int) -> None:
        self._most, self._of_one = most, of_one
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def taken(self, who: str) -> Iterator[bool]:
        """Whether the request is admitted; if so, it counts until the block ends."""
        with self._lock:
            is_free = self._running.total() < self._most and self._running[who] < self._of_one
            if is_free:
                self._running[who] += 1
        try:
            yield is_free
        finally:
            with self._lock:
                if is_free:
                    self._running[who] -= 1
                self._running += Counter()  # drops clients whose count is zero
