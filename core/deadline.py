"""One time limit for a whole exchange: the timeouts of httpx and smtplib restart with every byte received."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any


class Deadline:
    """Shuts down the connections that it watches when the time is up, even in the middle of a read or write."""

    def __init__(self) -> None:
        self._over, self._watched = False, list[socket.socket]()
        self._lock = threading.Lock()

    def watch(self, connection: socket.socket) -> None:
        """Watches a connection, even after it is wrapped in TLS."""
        twin = connection.dup()  # nobody else closes it; shutting it down shuts down both
        with self._lock:
            self._watched.append(twin)
            if self._over:
                _shut_down(twin)

    @property
    def extensions(self) -> dict[str, Callable[[str, Mapping[str, Any]], None]]:
        """``extensions`` for an httpx request, whose connection is then watched."""

        def trace(event: str, info: Mapping[str, Any]) -> None:
            if event == "connection.connect_tcp.complete":
                self.watch(info["return_value"].get_extra_info("socket"))

        return {"trace": trace}

    def _end(self) -> None:
        with self._lock:
            self._over = True
            for each in self._watched:
                _shut_down(each)

    def _close(self) -> None:
        with self._lock:
            for each in self._watched:
                each.close()


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[Deadline]:
    """A time limit for the block.

    Raises:
        TimeoutError: the block failed after the time was up.
    """
    limit = Deadline()
    timer = threading.Timer(seconds, limit._end)
    timer.daemon = True
    timer.start()
    try:
        yield limit
    except Exception:
        if limit._over:
            raise TimeoutError(f"Not done within {seconds:g} seconds") from None
        raise
    finally:
        timer.cancel()
        limit._close()


def _shut_down(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # closed by the other side already
        connection.shutdown(socket.SHUT_RDWR)
