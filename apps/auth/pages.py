"""The sign-in page and its routes."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from urllib.parse import quote, unquote

from anyio import CapacityLimiter, sleep, to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse

from apps.smart import LAUNCH, SmartSessions
from apps.ui.language import chosen_language, page_language
from apps.ui.page import IDLE, SESSION, SIGN_OUT, back_to_start, form_fields, plain_page, sign_out_button
from apps.ui.texts import t
from core.addresses import network
from core.errors import SignInError
from core.pkce import PENDING_SECONDS
from core.rate_limit import AtOnce
from knowledge.retrieval.language import Language

from .accounts import Account, Accounts
from .guard import SIGN_IN, Screen, is_foreign
from .oidc import CALLBACK, IdentityProvider
from .sessions import Sessions, cookie_name, cookie_options

_AWAY = "/sign-in/provider"
OPEN = (SIGN_IN, SIGN_OUT, SESSION, _AWAY, CALLBACK)
"""Paths that everybody may reach, with or without the access token."""

_log = logging.getLogger(__name__)
_STATUS = {"too_many": 429, "unreachable": 502}
_RETRY = {"retry-after": "5"}
_AT_ONCE, _AT_ONCE_OF_ONE = 16, 4  # sign-ins; many people may share one address
_IN_ALL, _IN_ALL_OF_ONE = 256, 32  # including those waiting for a place
_PATIENCE, _LOOK = 5.0, 0.1  # seconds that they wait, and between two attempts


class SignIn:
    """``/sign-in``, ``/sign-out``, and ``/session``, by which a page notices that its session has ended.

    Args:
        screens: the screens to open after signing in.
        provider: another way to sign in.
        hospital: sessions signed in at the hospital, where that is set up: the same button ends them.
        public: host and port at which others reach the suite.
        forget: drops what is kept in memory for the user of a browser who signs out, by its cookies.
        patience: seconds that a sign-in waits while too many are running.

    Attributes:
        router: serves these paths.
    """

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        screens: Sequence[Screen],
        provider: IdentityProvider | None = None,
        hospital: SmartSessions | None = None,
        *,
        public: str = "",
        forget: Callable[[Mapping[str, str]], None] = lambda cookies: None,
        patience: float = _PATIENCE,
    ) -> None:
        self._accounts, self._sessions, self._screens, self._forget = accounts, sessions, screens, forget
        self._provider, self._hospital = provider, hospital
        self._public, self._patience = public, patience
        self._at_once, self._threads = AtOnce(_AT_ONCE, _AT_ONCE_OF_ONE), CapacityLimiter(_AT_ONCE)
        self._in_all = AtOnce(_IN_ALL, _IN_ALL_OF_ONE)
        self.router = APIRouter(include_in_schema=False)
        self._wire()

    def _wire(self) -> None:
        self.router.get(SIGN_IN)(self.show)
        self.router.post(SIGN_IN)(self.sign_in)
        self.router.post(SIGN_OUT)(self.sign_out)
        self.router.get(SESSION)(self.session)
        if self._provider is not None:
            by_provider = _ByProvider(self, self._provider, self._accounts, secure=self._sessions.secure)
            self.router.get(_AWAY)(by_provider.away)
            self.router.get(CALLBACK)(by_provider.callback)

    def show(self, request: Request, next: str = "", refused: str = "") -> Response:
        """The page; anybody already signed in is redirected at once."""
        known = self._sessions.account(request.cookies, used=True)
        if refused:
            return self._page(request, t("sign_in.no_role", page_language(request)), 403, wanted=next)
        if known and (there := self.local(next)):
            return RedirectResponse(there, 303)
        return self._page(request, wanted=next)

    async def sign_in(self, request: Request) -> Response:
        """Signs in by name and password."""
        if is_foreign(request.headers, self._public):  # a foreign page could sign its visitor in as another
            return PlainTextResponse("Sent by another site", 403)
        fields = await form_fields(request)
        name, wanted = fields.get("name", ""), fields.get("next", "")
        return await self.in_turn(request, partial(self._attempt, request, name, fields.get("password", ""), wanted))

    def _attempt(self, request: Request, name: str, password: str, wanted: str) -> Response:
        try:
            return self.let_in(request, self._accounts.check(name, password, _address(request)), wanted)
        except SignInError as error:
            return self.refused(request, error, name, wanted)

    def sign_out(self, request: Request) -> Response:
        """Ends the session and that of the hospital."""
        if is_foreign(request.headers, self._public):
            return PlainTextResponse("Sent by another site", 403)
        cookies = [self._sessions.cookie]
        self._forget(request.cookies)
        self._sessions.end(request.cookies)
        if self._hospital:
            cookies.append(self._hospital.cookie)
            self._hospital.end(request.cookies)
        answer = RedirectResponse(SIGN_IN, 303)
        for cookie in cookies:
            answer.delete_cookie(cookie, **cookie_options(secure=self._sessions.secure))
        return answer

    def session(self, request: Request, used: bool = False) -> Response:
        """204 while signed in, otherwise 401. Polling does not keep a session alive; ``used`` reports user activity."""
        known = self._hospital and self._hospital.of(request.cookies, used=used)
        status = 204 if known or self._sessions.account(request.cookies, used=used) else 401
        return Response(status_code=status, headers={IDLE: str(round(self._sessions.idle.total_seconds()))})

    async def in_turn(self, request: Request, work: Callable[[], Response]) -> Response:
        """Signs in on a thread pool of its own: strangers must not use up the shared threads."""
        who, until = network(_address(request)), time.monotonic() + self._patience
        with self._in_all.taken(who) as may_wait:
            while True:
                with self._at_once.taken(who) as is_free:
                    if is_free:
                        return await to_thread.run_sync(work, limiter=self._threads)
                if not may_wait or time.monotonic() >= until:
                    break
                await sleep(_LOOK)
        language = page_language(request)
        body = f"<p>{t('sign_in.busy', language)}</p>{back_to_start(language)}"
        return HTMLResponse(plain_page(t("sign_in.title", language), body, language), 429, _RETRY)

    def let_in(self, request: Request, account: Account, wanted: str) -> Response:
        """Starts a session and redirects to the wanted page, or to the first page that the account may open."""
        if self._hospital:
            self._hospital.end(request.cookies)
        own = next((f"{screen.path}/" for screen in self._screens if account.may(*screen.roles)), "/")
        there, language = self.local(wanted) or own, chosen_language(request)
        answer = RedirectResponse(f"{there}?{language}" if language and "?" not in there else there, 303)
        cookie, options = self._sessions.start(account, request.cookies), cookie_options(secure=self._sessions.secure)
        answer.set_cookie(self._sessions.cookie, cookie, **options)
        return answer

    def refused(self, request: Request, error: SignInError, name: str = "", wanted: str = "") -> Response:
        """The sign-in page, with the reason for the refusal."""
        text = t(f"sign_in.{error.kind}", page_language(request))
        return self._page(request, text, _STATUS.get(error.kind, 401), name, wanted)

    def local(self, wanted: str) -> str:
        """The address to go to, if it is one of ours: an open redirect would lend our name to any site."""
        return wanted if any(screen.covers(wanted) for screen in self._screens) and "\\" not in wanted else ""

    def _page(self, request: Request, error: str = "", status: int = 200, name: str = "", wanted: str = "") -> Response:
        language = page_language(request)
        has_accounts = self._accounts.any() or self._provider is not None
        known = self._who(request.cookies)
        notice = f'<p class="r1-notice" role="alert">{escape(error)}</p>' if error and has_accounts else ""
        body = _signed_in(language, known) if known else ""
        screen = next((each for each in self._screens if each.covers(wanted)), None)
        helps = screen is None or screen.known_otherwise is not None
        body += _at_hospital(language) if self._hospital and helps else ""
        body += _form(language, self._provider, name, wanted) if has_accounts else _nobody(language)
        title = t("sign_in.title", language)
        html = plain_page(
            title, notice + body + back_to_start(language), language, kind="r1-sign-in", query={"next": wanted}
        )
        return HTMLResponse(html, status)

    def _who(self, cookies: Mapping[str, str]) -> str:
        clinician = self._hospital.of(cookies) if self._hospital else None
        return clinician.clinician.name if clinician else self._sessions.name(cookies)


class _ByProvider:
    """Redirects to the identity provider and takes the browser back."""

    def __init__(self, pages: SignIn, provider: IdentityProvider, accounts: Accounts, *, secure: bool) -> None:
        self._pages, self._provider, self._accounts = pages, provider, accounts
        # Of a sign-in in progress.
        self._cookie, self._options = cookie_name("r1_sign_in", secure=secure), cookie_options(secure=secure)

    async def away(self, request: Request, next: str = "") -> Response:
        return await self._pages.in_turn(request, partial(self._begin, request, next))

    def _begin(self, request: Request, next: str) -> Response:
        try:
            url, kept = self._provider.begin()
        except SignInError as error:
            return self._pages.refused(request, error, wanted=next)
        answer = RedirectResponse(url, 303)
        # Three parts without dots, then the language of the page and the address to go to afterwards.
        kept = f"{kept}.{page_language(request)}{quote(self._pages.local(next), safe='')}"
        answer.set_cookie(self._cookie, kept, max_age=PENDING_SECONDS, **self._options)
        return answer

    async def callback(self, request: Request, state: str = "", code: str = "", error: str = "") -> Response:
        return await self._pages.in_turn(request, partial(self._finish, request, state, code, error))

    def _finish(self, request: Request, state: str, code: str, error: str) -> Response:
        *parts, after = request.cookies.get(self._cookie, "").split(".", 3)
        language, slash, path = unquote(after).partition("/")
        request = Request({**request.scope, "query_string": f"lang={language}".encode()})
        try:
            who = self._provider.finish(state=state, code=code, kept=".".join(parts), error=error)
            account = self._accounts.recognise(who.issuer, who.subject, who.name, who.roles)
        except SignInError as refusal:
            _log.warning("A sign-in at the identity provider was refused: %s", refusal.message)
            return self._pages.refused(request, refusal)
        answer = self._pages.let_in(request, account, slash + path)
        answer.delete_cookie(self._cookie, **self._options)
        return answer


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _form(language: Language, provider: IdentityProvider | None, name: str, wanted: str) -> str:
    with_provider = ""
    if provider:
        text = t("sign_in.provider", language)
        with_provider = f'<a class="r1-button" href="{_AWAY}?lang={language}&amp;next={quote(wanted)}">{text}</a>'
    fill = "" if name else " autofocus"
    return f"""<form method="post" action="{SIGN_IN}?lang={language}">
<label for="name">{t("sign_in.name", language)}</label>
<input id="name" name="name" autocomplete="username" value="{escape(name)}" maxlength="100" required{fill}>
<label for="password">{t("sign_in.password", language)}</label>
<input id="password" name="password" type="password" autocomplete="current-password" maxlength="256" required
{" autofocus" if name else ""}>
<input type="hidden" name="next" value="{escape(wanted)}">
<button class="r1-button r1-primary">{t("sign_in.title", language)}</button>
{with_provider}
</form>
<p class="r1-meta">{t("sign_in.forgotten", language)}</p>"""


def _nobody(language: Language) -> str:
    command = "r1 account add NAME --role operator --role approver"
    others = t("sign_in.others_close", language)
    return (
        f'<p>{t("sign_in.nobody", language)}</p><pre class="r1-command">{command}</pre><p class="r1-meta">{others}</p>'
    )


def _at_hospital(language: Language) -> str:
    return f'<p><a class="r1-button" href="{LAUNCH}">{escape(t("diagnosis.sign_in", language))}</a></p>'


def _signed_in(language: Language, name: str) -> str:
    return f"<p>{t('sign_in.as', language)}</p>{sign_out_button(language, name)}"
