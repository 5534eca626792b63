"""The support chat for other programs and for the widget: REST, server-sent events, and replies from the desk.

A conversation belongs to whoever holds its token, which never appears in a URL.
"""

import logging
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from apps.access import refused_length
from core.errors import InputError, InputTooLargeError, R1Error
from core.server.drain import Drain
from core.server.metrics import Metrics
from core.validation import says

from .api_routes import Parts, routes
from .chat import SupportChat
from .event_streams import EventStreams

_log = logging.getLogger(__name__)

_MAX_BODY = 64 << 10


def support_api(
    chat: SupportChat,
    metrics: Metrics,
    drain: Drain,
    *,
    origins: list[str] | None = None,
    desk_token: str | None = None,
) -> FastAPI:
    """The routes, to be mounted below ``/api/support``.

    Args:
        drain: ends event streams when the server does.
        origins: of other sites' pages that may use it.
        desk_token: the desk's; None takes no replies from a desk.
    """
    app = FastAPI(title="R1 Suite: support chat", docs_url=None, redoc_url=None)
    app.add_middleware(_LimitBody)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=origins or [],
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type"],
        max_age=600,
    )
    app.state.parts = Parts(chat, metrics, EventStreams(chat, drain), desk_token)
    app.include_router(routes)
    _handle_errors(app)
    return app


class _LimitBody:
    """Refuses large bodies before they are read."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = refused_length(scope, _MAX_BODY) if scope["type"] == "http" else 0
        if status:
            code = "too_large" if status == 413 else "length_required"
            await _problem(status, code, code.replace("_", " "))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _problem(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status, headers=headers)


def _handle_errors(app: FastAPI) -> None:
    """Every error is ``{"error": {"code", "message"}}``; none repeats what was sent."""

    @app.exception_handler(StarletteHTTPException)  # FastAPI's own and those of the router
    async def refused(_: Request, error: StarletteHTTPException) -> Response:
        code = str(error.detail).lower().replace(" ", "_")
        return _problem(error.status_code, code, code.replace("_", " "), error.headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> Response:
        detail = error.errors()[0]
        known = detail["type"] != "extra_forbidden"  # the name of an unknown field is what was sent
        field = ".".join(str(part) for part in detail["loc"][1:]) if known else ""
        return _problem(422, "invalid_value", f"{field}: {says(detail)}" if field else says(detail))

    @app.exception_handler(R1Error)
    async def failed(_: Request, error: R1Error) -> Response:
        if isinstance(error, InputTooLargeError):
            return _problem(413, "too_large", str(error))
        if isinstance(error, InputError):
            return _problem(422, "invalid_value", str(error))
        _log.error("The support chat cannot answer: %s", error.message)  # whom the hint is for reads logs
        return _problem(503, "unavailable", "try again later")
