"""Liveness and readiness, as Kubernetes and load balancers ask for them."""

from collections.abc import Callable, Mapping

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from ..engine.request import Engine
from ..errors import EngineError
from .drain import Drain

Check = Callable[[], None]
"""Returns when the part can serve, raises when it cannot."""


def health_routes(checks: Mapping[str, Check]) -> APIRouter:
    """``/healthz`` answers while the process lives; ``/readyz`` answers 200 only while every check passes, else 503.

    A failed check is reported by its name and the kind of error, never by the error's text.
    """
    router = APIRouter()

    @router.get("/healthz", include_in_schema=False)
    async def healthz() -> dict[str, str]:  # in no thread: it answers also while all of them wait for a database
        return {"status": "ok"}

    @router.get("/readyz", include_in_schema=False)
    def readyz() -> JSONResponse:
        results = {name: _outcome(check) for name, check in checks.items()}
        ready = all(outcome == "ok" for outcome in results.values())
        status = "ready" if ready else "not ready"
        return JSONResponse({"status": status, "checks": results}, status_code=200 if ready else 503)

    return router


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
