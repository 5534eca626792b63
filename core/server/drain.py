"""Graceful shutdown: requests that were accepted are answered, later ones are refused."""

from collections.abc import Iterator
from contextlib import contextmanager


class Drain:
    """Whether the server is about to end, and whether anybody still waits for an answer.

    Belongs to one event loop; :meth:`begin` may also be called by a signal handler.
    """

    def __init__(self) -> None:
        self.begun = False
        self._running = 0

    @property
    def idle(self) -> bool:
        """Whether every accepted request is answered."""
        return self._running == 0

    def begin(self) -> None:
        """From now on requests are refused; this cannot be undone."""
        self.begun = True

    @contextmanager
    def accepted(self) -> Iterator[None]:
        """Counts a request for as long as it is being answered."""
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
