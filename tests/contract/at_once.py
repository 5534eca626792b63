"""Calls that begin at the same moment."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any


def at_once(uses: Sequence[Callable[[], Any]]) -> list[Any]:
    """What they return, each called in a thread of its own."""
    start = threading.Barrier(len(uses))

    def call(use: Callable[[], Any]) -> Any:
        start.wait()
        return use()

    with ThreadPoolExecutor(len(uses)) as pool:
        return list(pool.map(call, uses))
