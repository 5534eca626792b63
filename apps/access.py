"""Middlewares for every request: the access token, and headers that restrict what a page may do."""

import base64
import hmac

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ADMITTED = "r1.admitted"
"""Scope key of a request whose account has already been checked, so that it needs no token."""

_OPEN = ("/healthz", "/readyz")  # load balancers ask without credentials


class RequireToken:
    """Asks for HTTP Basic credentials (RFC 7617) with the access token as password and any user name.

    Args:
        others: paths below which routes check credentials of their own, such as ``/v1``.
        exact: single paths that do so, or that everybody may read.
    """

    def __init__(self, app: ASGIApp, token: str, others: tuple[str, ...] = (), exact: tuple[str, ...] = ()) -> None:
        self._app, self._token = app, token.encode()
        self._others = tuple(f"{path}/" for path in others)
        self._exact = (*_OPEN, *exact)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes authorised requests on, answers the others with 401."""
        if scope["type"] == "lifespan" or ADMITTED in scope or self._is_open(scope["path"]) or self._authorised(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            challenge = [(b"www-authenticate", b'Basic realm="R1 Suite", charset="UTF-8"'), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 401, "headers": challenge})
            await send({"type": "http.response.body"})

    def _is_open(self, path: str) -> bool:
        return path in self._exact or path.startswith(self._others)

    def _authorised(self, scope: Scope) -> bool:
        header = dict(scope["headers"]).get(b"authorization", b"")
        scheme, _, value = header.partition(b" ")
        if scheme.lower() != b"basic":
            return False
        try:
            _, _, password = base64.b64decode(value, validate=True).partition(b":")
        except ValueError:
            return False
        return hmac.compare_digest(password, self._token)


def refused_length(scope: Scope, most: int) -> int:
    """Status for a POST that has more than ``most`` bytes (413) or does not say how many (411); 0 for any other."""
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    if scope["method"] != "POST":
        return 0
    if b"transfer-encoding" in headers or not length.isdigit():  # servers may read chunks regardless of the length
        return 411
    return 0 if len(length) < 10 and int(length) <= most else 413


class SecurityHeaders:
    """Keeps the browser from loading from or sending to any other server.

    Args:
        https: whether browsers reach the suite by HTTPS; they are then told to use nothing else (HSTS).
    """

    # Gradio builds its page with inline scripts and styles and evaluates templates.
    _HEADERS = (
        (
            b"content-security-policy",
            b"default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'none'; "
            b"form-action 'self'; base-uri 'self'; object-src 'none'",
        ),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"same-origin"),  # without one, browsers hide the Origin of our own forms
        (b"cache-control", b"no-store"),
    )

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self._app = app
        # https://www.rfc-editor.org/rfc/rfc6797, for a year
        only = ((b"strict-transport-security", b"max-age=31536000"),) if https else ()
        self._headers = (*self._HEADERS, *only)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Adds the headers to every HTTP response that has not set its own."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                added = [(name, value) for name, value in self._headers if name not in present]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await self._app(scope, receive, with_headers)
