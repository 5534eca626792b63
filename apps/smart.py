"""SMART App Launch: the routes by which clinicians sign in at the hospital, and the sessions of their browsers."""

import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool

from adapters.fhir.auth import SiteKeys
from adapters.fhir.launch import SmartApp, SmartSession
from apps.ui.language import page_language
from apps.ui.page import back_to_start, plain_page
from apps.ui.parts import english_error
from apps.ui.texts import t
from core.digest import digest
from core.errors import R1Error
from core.log_throttle import ThrottledLog
from core.pkce import PENDING_SECONDS

from .auth.sessions import Sessions, cookie_name, cookie_options

_log = logging.getLogger(__name__)

LAUNCH, CALLBACK = "/smart/launch", "/smart/callback"
SESSION_SECONDS = 8 * 3600  # a shift
_HOME = "/diagnosis/"
_MOST_SESSIONS = 10_000


@dataclass(slots=True)
class _SignedIn:
    """A clinician's session; its times are in seconds since 1970."""

    session: SmartSession
    ends_at: float
    used_at: float


@dataclass(slots=True)
class SmartSessions:
    """Sessions of clinicians. In memory only: a restart signs everybody out.

    Args:
        idle: time without use after which a session ends.
        secure: as in :class:`~apps.auth.sessions.Sessions`.
    """

    idle: timedelta
    secure: bool = field(kw_only=True)
    _sessions: dict[str, _SignedIn] = field(default_factory=dict)

    @property
    def cookie(self) -> str:
        """Name of the browser's cookie."""
        return cookie_name("r1_smart_session", secure=self.secure)

    def add(self, session: SmartSession) -> str:
        """Stores a session; returns the value for the browser's cookie."""
        now = time.time()
        for name, entry in [*self._sessions.items()]:
            if not self._is_live(entry, now):
                self._sessions.pop(name, None)
        while len(self._sessions) >= _MOST_SESSIONS:
            self._sessions.pop(next(iter(self._sessions)), None)  # the oldest
        name = secrets.token_urlsafe(32)
        self._sessions[digest(name)] = _SignedIn(session, now + SESSION_SECONDS, now)
        return name

    def of(self, cookies: Mapping[str, str], *, used: bool = False) -> SmartSession | None:
        """The session of a browser; None if nobody is signed in with it.

        Args:
            used: whether a person did something, which keeps the session from going idle.
        """
        entry, now = self._sessions.get(self._key(cookies)), time.time()
        if entry is None or not self._is_live(entry, now):
            return None
        if used:
            entry.used_at = now
        return entry.session

    def end(self, cookies: Mapping[str, str]) -> None:
        """Signs this browser out of the suite; the hospital's own sign-in stays."""
        self._sessions.pop(self._key(cookies), None)

    def _is_live(self, entry: _SignedIn, now: float) -> bool:
        return now < min(entry.ends_at, entry.used_at + self.idle.total_seconds())

    def _key(self, cookies: Mapping[str, str]) -> str:
        """The key of a browser's session, a hash of its cookie."""
        return digest(cookies.get(self.cookie, ""))


def smart_routes(app: SmartApp, sessions: SmartSessions, accounts: Sessions) -> APIRouter:
    """``/smart/launch`` sends the browser to the hospital's sign-in, ``/smart/callback`` takes it back.

    Args:
        accounts: sessions of accounts. A browser has one user: signing in ends earlier sessions.
    """
    router, options = APIRouter(), cookie_options(secure=sessions.secure)
    refusals = ThrottledLog(_log, "A sign-in at the hospital was refused: %s")
    attempt = cookie_name("r1_smart_attempt", secure=sessions.secure)  # the cookie of a sign-in in progress

    @router.get(LAUNCH, include_in_schema=False)
    async def launch(request: Request, iss: str = "", launch: str = "") -> Response:
        try:
            url, kept = await app.begin(iss=iss, launch=launch)
        except R1Error as error:
            refusals.error(error)
            return _refused(request, error)
        answer = RedirectResponse(url, 302)
        answer.set_cookie(attempt, kept, max_age=PENDING_SECONDS, **options)
        return answer

    @router.get(CALLBACK, include_in_schema=False)
    async def callback(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
        try:
            session = await app.finish(state=state, code=code, kept=request.cookies.get(attempt, ""), error=error)
            await run_in_threadpool(accounts.end, request.cookies)
        except R1Error as refused:
            refusals.error(refused)
            return _refused(request, refused)
        _log.info("%s signed in at the hospital", session.clinician.reference)
        sessions.end(request.cookies)
        answer = RedirectResponse(_HOME, 303)
        answer.set_cookie(sessions.cookie, sessions.add(session), max_age=SESSION_SECONDS, **options)
        answer.delete_cookie(attempt, **options)
        return answer

    return router


def _refused(request: Request, error: R1Error) -> Response:
    """The page for a clinician who could not sign in."""
    language = page_language(request)
    body = f'<p>{t("sign_in.hospital", language)}</p><p class="r1-notice" role="alert">{english_error(error)}</p>'
    html = plain_page(t("sign_in.title", language), body + back_to_start(language), language)
    return HTMLResponse(html, 400)


def key_routes(keys: SiteKeys) -> APIRouter:
    """``/.well-known/jwks.json``, where the hospital reads the suite's public keys."""
    router = APIRouter()

    @router.get("/.well-known/jwks.json", include_in_schema=False)
    def jwks() -> JSONResponse:
        return JSONResponse(keys.public_jwks(), headers={"Cache-Control": "public, max-age=300"})

    return router
