"""One time limit for a whole exchange: those of httpx and smtplib begin anew with every byte that comes."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any


class Deadline:
    """Ends the connections that it watches once the time is over, whatever is waited for on them."""

    def __init__(self) -> None:
        self._over, self._watched = False, list[socket.socket]()
        self._lock = threading.Lock()

    def watch(self, connection: socket.socket) -> None:
        """Watches a connection, from now on also under TLS."""
        twin = connection.dup()  # which nobody else closes; shutting it down counts for both
        with self._lock:
            self._watched.append(twin)
            if self._over:
                _shut_down(twin)

    @property
    def extensions(self) -> dict[str, Callable[[str, Mapping[str, Any]], None]]:
        """For a request of httpx, whose connection is watched then."""

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
    """A time limit for what is done in the block.

    Raises:
        TimeoutError: the block failed, and the time was over.
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
    with contextlib.suppress(OSError):  # the other side was first
        connection.shutdown(socket.SHUT_RDWR)
