"""Liveness and readiness endpoints for Kubernetes and load balancers."""

import asyncio
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from ..engine.request import Engine
from ..errors import EngineError
from .drain import Drain

Check = Callable[[], None]
"""Raises if its component cannot serve."""


_SECONDS = 4.0  # time limit of /readyz, below Kubernetes's own, see deploy/kubernetes


def health_routes(checks: Mapping[str, Check], *, seconds: float = _SECONDS) -> APIRouter:
    """``/healthz`` answers 200 while the process lives; ``/readyz`` only while every check passes, otherwise 503.

    A failed check is reported by its name and the error's type, never by the error's text; one that does not return
    within ``seconds`` counts as failed.
    """
    router = APIRouter()
    readiness = _Readiness(checks, seconds)

    @router.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:  # not in a thread: answers even while all threads wait for a database
        return {"status": "ok"}

    @router.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        results = await readiness.outcomes()
        ready = all(outcome == "ok" for outcome in results.values())
        status = "ready" if ready else "not ready"
        return JSONResponse({"status": status, "checks": results}, status_code=200 if ready else 503)

    return router


class _Readiness:
    """Runs the checks once for all concurrent requests, in a dedicated thread."""

    def __init__(self, checks: Mapping[str, Check], seconds: float) -> None:
        self._checks, self._seconds = checks, seconds
        self._outcomes: dict[str, str] = {}
        self._run: Future[None] = Future()
        self._run.set_result(None)

    async def outcomes(self) -> dict[str, str]:
        """Each check's outcome by name: ``ok`` or the error's type."""
        if self._run.done():
            outcomes, run = dict[str, str](), Future[None]()
            threading.Thread(target=self._ask, args=(outcomes, run), name="readiness", daemon=True).start()
            self._outcomes, self._run = outcomes, run  # last: if no thread starts, the next request retries
        found, run = self._outcomes, self._run
        await asyncio.wait([asyncio.wrap_future(run)], timeout=self._seconds)
        return {name: found.get(name, TimeoutError.__name__) for name in self._checks}

    def _ask(self, outcomes: dict[str, str], run: "Future[None]") -> None:
        for name, check in self._checks.items():
            outcomes[name] = _outcome(check)
        run.set_result(None)


def engine_check(engine: Engine, drain: Drain) -> Check:
    """Fails while the server is draining, and once the engine has died."""

    def check() -> None:
        if drain.begun:
            raise EngineError("The server is shutting down")
        _ = engine.status  # raises if it has ended

    return check


def _outcome(check: Check) -> str:
    try:
        check()
    except Exception as error:
        return type(error).__name__
    return "ok"
