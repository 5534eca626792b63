"""Reads a patient step by step, so that the page can show progress, and red flags before the ranking."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import TypeVar

from core.errors import FhirServerError, InputError, R1Error
from core.server.metrics import Metrics

from .service import DiagnosisService
from .view import Problem, Step
from .visit import Source, Visit

_TICK = 1.0  # seconds between progress signals
_T = TypeVar("_T")


async def read_visit(
    service: DiagnosisService, metrics: Metrics, source: Source, read: Callable[[], Awaitable[Visit]]
) -> AsyncGenerator[Step | Visit | Problem]:
    """Yields the current step at once and every second, the visit once read, and again when it is ready.

    An error of the suite ends it with a problem instead. Closing the iterator cancels the reading.
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
    """Yields None at once and every second while the work runs, then its result."""
    task = asyncio.ensure_future(work)
    try:
        yield None
        while not (await asyncio.wait({task}, timeout=_TICK))[0]:
            yield None
        yield task.result()
    finally:
        task.cancel()
