"""Reads a patient step by step, so that the page can show progress, and red flags before the ranking."""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

from core.errors import FhirServerError, InputError, R1Error
from core.server.metrics import Metrics

from .service import DiagnosisService
from .view import Problem, Step
from .visit import Source, Visit

_log = logging.getLogger(__name__)
_TICK = 1.0  # seconds between progress signals


async def read_visit(
    service: DiagnosisService, metrics: Metrics, source: Source, read: Callable[[], Awaitable[Visit]]
) -> AsyncGenerator[Step | Visit | Problem]:
    """Yields the current step at once and every second, the visit once read, and again when it is ready.

    An error of the suite ends it with a problem instead. Closing the iterator cancels the reading.
    """
    began = time.perf_counter()
    outcome = "error"
    try:
        async for opened in _stepping("read", read()):
            yield opened
        assert isinstance(opened, Visit)  # the last one
        async for event in _stepping("rank", asyncio.to_thread(service.review, opened, opened.review)):
            if isinstance(event, Visit):
                outcome = _outcome(event)
            yield event
    except R1Error as error:
        if isinstance(error, InputError):
            outcome = "input_error"
        elif isinstance(error, FhirServerError):
            outcome = "server_error"
            _log.warning("A patient was not read: %s", error)
        yield Problem(error)
    finally:
        metrics.diagnosis_seconds.observe(time.perf_counter() - began)
        metrics.diagnosis_cases.labels(source, outcome).inc()


def _outcome(ready: Visit) -> str:
    if ready.assessment is None:
        return "to_review"
    return "abstained" if ready.assessment.ranking.reason else "ranked"


async def _stepping(step: Step, work: Awaitable[Visit]) -> AsyncIterator[Step | Visit]:
    """Yields the step at once and every second while the work runs, then its result."""
    task = asyncio.ensure_future(work)
    try:
        yield step
        while not (await asyncio.wait({task}, timeout=_TICK))[0]:
            yield step
        yield task.result()
    finally:
        task.cancel()
