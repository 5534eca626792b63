"""Ctrl-C, SIGTERM and SIGHUP during a step."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # Ctrl-C, the system, a closed terminal


class Stopped(KeyboardInterrupt):
    """A training was stopped by a signal, which determines the exit code, ``code``."""

    def __init__(self, message: str, number: int) -> None:
        super().__init__(message)
        self.code = 128 + number


@contextmanager
def stop_signal() -> Iterator[list[int]]:
    """A list to which the first stop signal is appended; a second signal has its usual effect.

    Ignored signals stay ignored, such as SIGHUP under ``nohup``.
    """
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield came
        return
    before = {number: signal.getsignal(number) for number in _STOPS}
    ours = [number for number, handler in before.items() if handler not in (signal.SIG_IGN, None)]

    def put_back() -> None:
        for number in ours:
            signal.signal(number, before[number])

    def stop(number: int, _: object) -> None:
        came.append(number)
        put_back()

    for number in ours:
        signal.signal(number, stop)
    try:
        yield came
    finally:
        put_back()
