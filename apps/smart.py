"""Signing in at the hospital: the addresses of SMART App Launch, and who has signed in with which browser."""

import hashlib
import secrets
import time
from dataclasses import dataclass, field

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse

from adapters.fhir.auth import SiteKeys
from adapters.fhir.launch import PENDING_SECONDS, SmartApp, SmartSession
from core.errors import R1Error

LAUNCH, CALLBACK = "/smart/launch", "/smart/callback"
SESSION_SECONDS = 8 * 3600  # a shift
_MOST_SESSIONS = 10_000
_ATTEMPT, _SESSION = "r1_smart_attempt", "r1_smart_session"  # the first of a sign-in that is under way


@dataclass(slots=True)
class SmartSessions:
    """Who has signed in. In memory only: a restart signs everybody out."""

    _sessions: dict[str, tuple[float, SmartSession]] = field(default_factory=dict)

    def add(self, session: SmartSession) -> str:
        """Keeps a session; what the browser keeps in its cookie to name it."""
        now = time.time()
        self._sessions = {key: entry for key, entry in self._sessions.items() if entry[0] > now}
        while len(self._sessions) >= _MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]  # the oldest
        name = secrets.token_urlsafe(32)
        self._sessions[_hashed(name)] = (now + SESSION_SECONDS, session)
        return name

    def of(self, cookies: dict[str, str]) -> SmartSession | None:
        """The session of a browser, None when nobody has signed in with it."""
        entry = self._sessions.get(self.name(cookies))
        return entry[1] if entry and entry[0] > time.time() else None

    def name(self, cookies: dict[str, str]) -> str:
        """What a browser's session is called here, a hash of its cookie; empty without one."""
        cookie = cookies.get(_SESSION, "")
        return _hashed(cookie) if cookie else ""


def smart_routes(app: SmartApp, sessions: SmartSessions, *, home: str, secure: bool) -> APIRouter:
    """``/smart/launch`` sends the browser to the hospital's sign-in, ``/smart/callback`` takes it back.

    Args:
        home: the page to show then.
        secure: whether the suite is reached by HTTPS, so that cookies travel by it only.
    """
    router = APIRouter()

    @router.get(LAUNCH, include_in_schema=False)
    async def launch(iss: str = "", launch: str = "") -> Response:
        try:
            url, kept = await app.begin(iss=iss, launch=launch)
        except R1Error as error:
            return PlainTextResponse(str(error), 400)
        answer = RedirectResponse(url, 302)
        # Lax: the browser comes back from another site, by a link.
        answer.set_cookie(_ATTEMPT, kept, max_age=PENDING_SECONDS, httponly=True, secure=secure, samesite="lax")
        return answer

    @router.get(CALLBACK, include_in_schema=False)
    async def callback(request: Request, state: str = "", code: str = "") -> Response:
        try:
            session = await app.finish(state=state, code=code, kept=request.cookies.get(_ATTEMPT, ""))
        except R1Error as error:
            return PlainTextResponse(str(error), 400)
        answer = RedirectResponse(home, 303)
        name = sessions.add(session)
        answer.set_cookie(_SESSION, name, max_age=SESSION_SECONDS, httponly=True, secure=secure, samesite="lax")
        answer.delete_cookie(_ATTEMPT)
        return answer

    return router


def key_routes(keys: SiteKeys) -> APIRouter:
    """``/.well-known/jwks.json``, from which the hospital reads the suite's public keys."""
    router = APIRouter()

    @router.get("/.well-known/jwks.json", include_in_schema=False)
    def jwks() -> JSONResponse:
        return JSONResponse(keys.public_jwks(), headers={"Cache-Control": "public, max-age=300"})

    return router


def _hashed(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
