"""A random name for each browser, by which a page knows its own browser again where nobody signs in."""

import secrets

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .sessions import cookie_name, cookie_options


def browser_cookie(*, secure: bool) -> str:
    """Name of the cookie, which scripts cannot read and which ends with the browser."""
    return cookie_name("r1_browser", secure=secure)


class NameBrowser:
    """Middleware of a page that gives a browser its name when the page is loaded.

    Args:
        secure: as in :class:`.sessions.Sessions`.
    """

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app, self._name, self._options = app, browser_cookie(secure=secure), cookie_options(secure=secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the cookie to the page's answer, unless the browser has one."""
        named = scope["type"] != "http" or self._name in cookie_parser(Headers(scope=scope).get("cookie", ""))

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = Response()
                answer.set_cookie(self._name, secrets.token_urlsafe(32), **self._options)
                cookies = [header for header in answer.raw_headers if header[0] == b"set-cookie"]
                message = {**message, "headers": [*message["headers"], *cookies]}
            await send(message)

        is_page = not named and scope["path"].removeprefix(scope["root_path"]) == "/"
        await self._app(scope, receive, with_cookie if is_page else send)
