"""Runs coroutines for threads on one event loop: unlike a blocked thread, a coroutine can be cancelled at a timeout."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")

_starting = threading.Lock()


def run(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """Waits for a coroutine and returns its result.

    Raises:
        TimeoutError: it took longer than ``seconds`` and was cancelled.
    """
    future = start(_limited(work, seconds))
    try:
        return future.result()
    finally:
        future.cancel()  # after Ctrl-C nobody is waiting for it


def start(work: Coroutine[Any, Any, T]) -> "Future[T]":
    """Starts a coroutine on the shared loop."""
    with _starting:
        return asyncio.run_coroutine_threadsafe(work, _loop())


async def _limited(work: Coroutine[Any, Any, T], seconds: float) -> T:
    async with asyncio.timeout(seconds):
        return await work


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="event-loop", daemon=True).start()
    return loop
