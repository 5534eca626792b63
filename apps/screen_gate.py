"""Gradio's pages as screens: of its many routes only those that a page uses are served, and only to that page."""

import logging
import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio import queueing, routes
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .access import refused_length
from .auth.guard import is_foreign
from .ui.page import missing
from .ui.parts import PRIVATE
from .ui.theme import mount_options

MAX_BODY = 1 << 20
"""Maximum bytes of a page's event, unless the page takes files."""

_log = logging.getLogger(__name__)
_TOGETHER = 16  # concurrent events of one kind per page; with Gradio's default of one, all wait for the slowest
_KEPT = timedelta(hours=1)  # after a closed page's last use
_WAITING = 256  # events of a page that may queue; each is kept in memory
# The others take uploads, write a page's content to disk (deep_link) or fetch from elsewhere (proxy). With app_id, a
# page would notice that its connection is back and reload itself, losing what was typed and said.
_USED = re.compile(
    r"/(?:config|theme\.css|(?:assets|static)/.+"
    r"|gradio_api/(?:queue/(?:join|data)|heartbeat/\w+|cancel|reset|info|startup-events))?"
)


def mount_screen(
    app: FastAPI,
    page: Any,
    path: str,
    *,
    public: str = "",
    max_body: int = MAX_BODY,
    middleware: Sequence[Middleware] = (),
) -> None:
    """Puts a page at a path.

    Args:
        page: untyped gr.Blocks.
        public: host and port at which others reach the suite.
        max_body: bytes of one event.
        middleware: of this page's routes, behind the gate.
    """
    # Only on launched pages does Gradio check that a path sent by a browser is one of its uploads, and mounted pages do
    # not count as launched: without this, any visitor could read any file on this machine.
    page.has_launched = True
    with page:
        page.load(_forget_closed(page), **PRIVATE)
        page.unload(_forget_closed(page))
    page.queue(default_concurrency_limit=_TOGETHER, max_size=_WAITING)
    for module in (queueing, routes):
        vars(module)["traceback"] = _ByKind
    textbox: Any = gr.Textbox
    textbox.preprocess = _within_limit
    gate = Middleware(ScreenGate, public=public, max_body=max_body)
    own = {"middleware": [gate, *middleware], "docs_url": None, "redoc_url": None, "openapi_url": None}
    gr.mount_gradio_app(app, page, path=path, app_kwargs=own, **mount_options())


def _forget_closed(page: Any) -> Callable[[], None]:
    """Drops what Gradio would keep forever of closed pages: their states and each component's last content.

    A page that lost its connection counts as closed but may come back, so this waits an hour.
    """

    def forget() -> None:
        holder, before = page.state_holder, datetime.now() - _KEPT
        for key, session in list(holder.session_data.items()):
            if session.is_closed and holder.time_last_used.get(key, before) <= before:
                holder.session_data.pop(key, None)
                holder.time_last_used.pop(key, None)

    return forget


class ScreenGate:
    """Middleware in front of a page's routes."""

    def __init__(self, app: ASGIApp, public: str, max_body: int) -> None:
        self._app, self._public, self._max_body = app, public, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on requests that the page itself may have sent; answers the rest with 403, 404, 411 or 413."""
        refusal = self._refusal(scope) if scope["type"] == "http" else None
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        path = scope["path"].removeprefix(scope["root_path"])
        if not _USED.fullmatch(path):
            return missing(Request(scope))
        if path != "/" and is_foreign(Headers(scope=scope), self._public):  # a link leads to the page itself
            return PlainTextResponse("Sent by another site", 403)
        status = refused_length(scope, self._max_body)
        return PlainTextResponse("Too large", status) if status else None


def _within_limit(field: Any, text: object) -> str | None:
    """Replaces ``Textbox.preprocess``, which leaves ``max_length`` to the browser."""
    typed = None if text is None else str(text)
    if typed and field.max_length is not None and len(typed) > field.max_length:
        raise gr.Error("The text is too long")
    return typed


class _ByKind:
    """Replaces the module ``traceback`` in Gradio, which would print errors including what was sent."""

    @staticmethod
    def print_exc() -> None:
        kind = sys.exc_info()[0]
        _log.error("An event of a page failed: %s", kind.__name__ if kind else "unknown")
