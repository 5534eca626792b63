"""Runs synchronous models for an asynchronous server."""

import asyncio
import contextlib
import logging
import threading
import traceback
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np
import numpy.typing as npt

from ...engine.request import Chunk, Engine, Request
from ...errors import BusyError, EngineError, R1Error

_log = logging.getLogger(__name__)


class Embedder(Protocol):
    """Turns texts into vectors; may be called from any thread."""

    name: str

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Takes n texts, returns ``[n, dimensions]``."""


class Answering:
    """Runs each request in its own thread, up to a limit above which requests are refused.

    Starlette's thread pool for all routes would run out, and requests would silently wait for each other.

    Args:
        engine: the engine to use.
        limit: concurrent requests; more than the engine runs, so that the engine decides which ones wait.
    """

    def __init__(self, engine: Engine, limit: int) -> None:
        self._engine = engine
        self._free = threading.BoundedSemaphore(limit)

    async def stream(self, request: Request) -> AsyncGenerator[Chunk]:
        """Yields the answer piece by piece, without empty pieces; closing it cancels the request.

        A generator must not be closed while it runs. So the thread that runs it also closes it, at its end or at the
        next piece once nobody is reading.

        Raises:
            GenerationError, UnknownModelError: see :meth:`core.engine.request.Engine.stream`.
            R1Error: the engine has a bug; the log says where.
        """
        pieces: asyncio.Queue[Chunk | Exception | None] = asyncio.Queue()
        loop, cancelled = asyncio.get_running_loop(), threading.Event()

        def hand_over(piece: Chunk | Exception | None) -> None:
            try:
                loop.call_soon_threadsafe(pieces.put_nowait, piece)
            except RuntimeError:  # the event loop has ended
                cancelled.set()

        def run() -> None:
            end: R1Error | None = None
            try:
                with contextlib.closing(self._engine.stream(request)) as chunks:
                    while not cancelled.is_set() and (chunk := next(chunks, None)) is not None:
                        hand_over(chunk)
            except Exception as error:
                end = _for_client(error)
            finally:
                self._free.release()  # before the end is told: whoever hears it may ask again at once
                hand_over(end)

        self._start(run)
        finished = False
        try:
            while (piece := await pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                finished = piece.finish_reason is not None
                if finished or piece.text or piece.reasoning or piece.logprobs:
                    yield piece
        finally:
            cancelled.set()
        if not finished:
            raise EngineError("The answer ended before it was finished")

    def _start(self, run: Callable[[], None]) -> None:
        if not self._free.acquire(blocking=False):
            raise BusyError("Too many requests at once")
        try:
            # Not from a pool, which would queue a request without a thread and run it after its client has left.
            threading.Thread(target=run, name="r1-answer").start()
        except RuntimeError as error:  # the machine is out of threads
            self._free.release()
            raise BusyError("Too many requests at once") from error


class Encoding:
    """Runs an embedding model, one request at a time: it uses several processor threads by itself.

    Args:
        embedder: the model.
        limit: how many requests may run or wait.
    """

    def __init__(self, embedder: Embedder, limit: int) -> None:
        self._embedder, self._limit, self._waiting = embedder, limit, 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="r1-embed")

    async def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """The vectors ``[n, dimensions]``; a request cancelled while it waits costs nothing.

        Raises:
            BusyError: too many requests are waiting.
            R1Error: the model has a bug; the log says where.
        """
        if self._waiting >= self._limit:
            raise BusyError("Too many requests at once")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._embedder.encode, texts)
        except Exception as error:
            raise _for_client(error) from None
        finally:
            self._waiting -= 1


def _for_client(error: Exception) -> R1Error:
    """The suite's own errors unchanged. Any other is logged with its traceback and replaced by a generic one."""
    if isinstance(error, R1Error):
        return error
    _log.error("%s in a model\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))
    return R1Error("The model has a fault")
