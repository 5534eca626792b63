"""Admission of requests: API keys, rate limit, content type and body size."""

import hashlib
import hmac
import math
from collections.abc import Iterable

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...rate_limit import RateLimit
from ..drain import Drain
from .problems import NOT_JSON, SHUTTING_DOWN, WRONG_KEY, Problem, too_large, too_often

CLIENT_GONE = 499
"""Status for a request whose client has disconnected, as in nginx; for metrics only, nobody receives it."""


class Keys:
    """The accepted API keys; without any, everybody is admitted."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        self._tenants = {key.encode(): hashlib.sha256(key.encode()).hexdigest()[:16] for key in keys}

    def tenant(self, authorization: bytes) -> str | None:
        """Tenant of the header's key, as a hash; empty if no keys are needed, None for a wrong key."""
        if not self._tenants:
            return ""
        scheme, _, sent = authorization.partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        # Compares with all keys, each in constant time, so that the time taken reveals nothing.
        found = [tenant for key, tenant in self._tenants.items() if hmac.compare_digest(key, sent.strip())]
        return found[0] if found else None


class Gate:
    """Middleware before the routes: checks key, rate and content type before the body is read, and size before parsing.

    Passes the body on whole, and the tenant as ``request.state.tenant``.

    Args:
        keys: accepted API keys.
        rate: limit per key, so without keys it does not apply; None sets no limit.
        drain: everything is refused once it has begun; counts admitted requests until they are answered.
        max_body: in bytes.
    """

    def __init__(self, app: ASGIApp, keys: Keys, rate: RateLimit | None, drain: Drain, max_body: int) -> None:
        self._app, self._keys, self._rate, self._drain, self._max_body = app, keys, rate, drain, max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admits a request or answers it with an error."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        tenant = self._keys.tenant(headers.get(b"authorization", b""))
        problem = self._problem(scope["method"], headers, tenant)
        if problem:
            await problem.response()(scope, receive, send)
            return
        with self._drain.accepted():
            body = await self._read(receive)
            if body is None:
                await Response(status_code=CLIENT_GONE)(scope, receive, send)
            elif len(body) > self._max_body:
                await too_large(self._max_body).response()(scope, receive, send)
            else:
                scope.setdefault("state", {})["tenant"] = tenant
                await self._app(scope, _replayed(body, receive), send)

    def _problem(self, method: str, headers: dict[bytes, bytes], tenant: str | None) -> Problem | None:
        if self._drain.begun:
            return SHUTTING_DOWN
        if tenant is None:
            return WRONG_KEY
        if self._rate and tenant and (seconds := self._rate.wait(tenant)):
            return too_often(math.ceil(seconds))
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        # A page of another site can send other types without a CORS preflight, but not this one.
        return NOT_JSON if method == "POST" and kind != b"application/json" else None

    async def _read(self, receive: Receive) -> bytearray | None:
        """The body, or its beginning if it is too large; None if the client has disconnected."""
        body, more = bytearray(), True
        while more and len(body) <= self._max_body:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return body


def _replayed(body: bytearray, receive: Receive) -> Receive:
    pending: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay
