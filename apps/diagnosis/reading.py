"""Reads a patient step by step, so that the page can show what it waits for, and the red flags before the ranking."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import TypeVar

from core.errors import FhirServerError, InputError, R1Error
from core.server.metrics import Metrics

from .service import DiagnosisService
from .view import Problem, Step
from .visit import Source, Visit

_TICK = 1.0  # seconds between two signs of life
_T = TypeVar("_T")


async def read_visit(
    service: DiagnosisService, metrics: Metrics, source: Source, read: Callable[[], Awaitable[Visit]]
) -> AsyncGenerator[Step | Visit | Problem]:
    """The step under way, again every second; the visit when it is read, and once more when it is ready.

    What the suite refuses ends it with a problem instead. Closing the iterator cancels the reading.
    """
    began = time.perf_counter()
    outcome = "error"
    try:
        opened: Visit | None = None
        async for state in _ticking(read()):
            if state is None:
                yield "read"
            opened = state
        if opened is None:
            return
        yield opened
        ready: Visit | None = None
        async for state in _ticking(asyncio.to_thread(service.review, opened, opened.review)):
            if state is None:
                yield "rank"
            ready = state
        if ready is None:
            return
        if ready.assessment is None:
            outcome = "to_review"
        else:
            outcome = "abstained" if ready.assessment.ranking.reason else "ranked"
        yield ready
    except R1Error as error:
        if isinstance(error, InputError):
            outcome = "input_error"
        elif isinstance(error, FhirServerError):
            outcome = "server_error"
        yield Problem(error)
    finally:
        metrics.diagnosis_seconds.observe(time.perf_counter() - began)
        metrics.diagnosis_cases.labels(source, outcome).inc()


async def _ticking(work: Awaitable[_T]) -> AsyncIterator[_T | None]:
    """None at once and every second while it works, then its result."""
    task = asyncio.ensure_future(work)
    try:
        yield None
        while not (await asyncio.wait({task}, timeout=_TICK))[0]:
            yield None
        yield task.result()
    finally:
        task.cancel()
