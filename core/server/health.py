"""Liveness and readiness, as Kubernetes and load balancers ask for them."""

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
"""Returns when the part can serve, raises when it cannot."""


_SECONDS = 4.0  # in which /readyz answers: before Kubernetes gives up, see deploy/kubernetes


def health_routes(checks: Mapping[str, Check], *, seconds: float = _SECONDS) -> APIRouter:
    """``/healthz`` answers while the process lives; ``/readyz`` answers 200 only while every check passes, else 503.

    A failed check is reported by its name and the kind of error, never by the error's text; one that does not return
    within ``seconds`` has failed.
    """
    router = APIRouter()
    readiness = _Readiness(checks, seconds)

    @router.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:  # in no thread: it answers also while all of them wait for a database
        return {"status": "ok"}

    @router.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        results = await readiness.outcomes()
        ready = all(outcome == "ok" for outcome in results.values())
        status = "ready" if ready else "not ready"
        return JSONResponse({"status": status, "checks": results}, status_code=200 if ready else 503)

    return router


class _Readiness:
    """Runs the checks for everybody who asks meanwhile, in a thread that no other request can take."""

    def __init__(self, checks: Mapping[str, Check], seconds: float) -> None:
        self._checks, self._seconds = checks, seconds
        self._outcomes: dict[str, str] = {}
        self._run: Future[None] = Future()
        self._run.set_result(None)

    async def outcomes(self) -> dict[str, str]:
        """By the name of the check."""
        if self._run.done():
            outcomes, run = dict[str, str](), Future[None]()
            threading.Thread(target=self._ask, args=(outcomes, run), name="readiness", daemon=True).start()
            self._outcomes, self._run = outcomes, run  # only now: where no thread begins, the next request tries anew
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
        _ = engine.status  # raises once it has ended

    return check


def _outcome(check: Check) -> str:
    try:
        check()
    except Exception as error:
        return type(error).__name__
    return "ok"
