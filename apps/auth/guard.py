"""The access check in front of the screens: turns away anybody who is not signed in or lacks the role."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from apps.access import ADMITTED
from apps.ui.language import chosen_language
from apps.ui.page import Unavailable
from core.errors import StorageError

from .accounts import Role
from .sessions import Sessions

SIGN_IN = "/sign-in"

Cookies = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Screen:
    """Everything at and below a path, for accounts with one of the roles.

    Attributes:
        needs_account: whether it stays closed even while there are no accounts at all.
        known_otherwise: whether, given a browser's cookies, something else vouches for the user, such as a hospital's
            sign-in; None if nothing else can.
    """

    path: str
    roles: tuple[Role, ...]
    needs_account: bool = False
    known_otherwise: Callable[[Cookies], bool] | None = None

    def covers(self, path: str) -> bool:
        """Whether a path belongs to this screen."""
        return path == self.path or path.startswith(f"{self.path}/")


class Guard:
    """Checks the account on every request to a screen, including its events, files and WebSockets.

    While there are no accounts, screens that need none are left to the suite's other checks.

    Args:
        screens: the guarded screens; every other path passes.
        has_accounts: whether anybody could sign in at all.
        unavailable: answers while the database cannot be read.
        public: host and port at which others reach the suite, as in ``Origin``.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        sessions: Sessions,
        screens: Sequence[Screen],
        has_accounts: Callable[[], bool],
        unavailable: Unavailable,
        public: str = "",
    ) -> None:
        self._app, self._sessions, self._screens = app, sessions, tuple(screens)
        self._has_accounts, self._unavailable, self._public = has_accounts, unavailable, public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on allowed requests; redirects browsers to the sign-in page, answers the rest with 401, 403 or 503."""
        path = "" if scope["type"] == "lifespan" else scope["path"]
        screen = next((each for each in self._screens if each.covers(path)), None)
        if screen is None:
            await self._app(scope, receive, send)
            return
        refusal: Response | None
        try:
            admitted, refusal = await asyncio.to_thread(self._judge, screen, scope)
        except StorageError as error:  # the application's handlers do not cover middleware
            admitted, refusal = False, await self._unavailable(Request({**scope, "type": "http"}), error)
        if refusal is None:
            await self._app({**scope, ADMITTED: True} if admitted else scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refusal(scope, receive, send)

    def _judge(self, screen: Screen, scope: Scope) -> tuple[bool, Response | None]:
        """Whether the user was recognised, and the refusal if the request may not pass."""
        headers = Headers(scope=scope)
        changes = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD", "OPTIONS")
        if changes and is_foreign(headers, self._public):
            return False, PlainTextResponse("Sent by another site", 403)
        cookies = cookie_parser(headers.get("cookie", ""))
        navigates = headers.get("sec-fetch-mode", "") == "navigate"
        account = self._sessions.account(cookies, used=navigates)
        known = account is not None or (screen.known_otherwise is not None and screen.known_otherwise(cookies))
        if not known:
            if not screen.needs_account and not self._has_accounts():
                return False, None
            elsewhere = any(each.known_otherwise(cookies) for each in self._screens if each.known_otherwise)
            return False, _to_sign_in(scope, refused=elsewhere)
        if account and not account.may(*screen.roles):
            return True, _forbidden(scope)
        return True, None


def is_foreign(headers: Headers, public: str) -> bool:
    """Whether another site's page sent a request (CSRF), by a header that every current browser sends.

    https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site; ``Origin`` where that is absent, as it
    is without HTTPS. Programs other than browsers send neither, and send no cookies of their own accord.

    Args:
        public: host and port at which others reach the suite, besides those in the request.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc not in (headers.get("host"), public)


def _to_sign_in(scope: Scope, *, refused: bool) -> Response:
    """Redirects a browser to the sign-in page, which says with ``refused`` that the sign-in it has does not suffice."""
    if scope["type"] == "http" and scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
        return RedirectResponse(_sign_in(scope, refused=refused), 303)
    return PlainTextResponse("Not signed in", 401)


def _forbidden(scope: Scope) -> Response:
    if scope["type"] == "http" and "text/html" in Headers(scope=scope).get("accept", ""):
        return RedirectResponse(_sign_in(scope, refused=True), 303)
    return PlainTextResponse("This account may not do that", 403)


def _sign_in(scope: Scope, *, refused: bool) -> str:
    """The address of the sign-in page, in the language chosen for the page behind it."""
    language = chosen_language(Request(scope))
    return f"{SIGN_IN}?next={quote(scope['path'])}{'&refused=1' if refused else ''}{f'&{language}' if language else ''}"
