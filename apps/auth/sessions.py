"""Sessions of signed-in browsers: rows in the database, each named by a random token in the browser's cookie."""

import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, delete, or_

from core.db import Clock, transaction, utc_now
from core.digest import digest
from core.errors import SignInError

from .accounts import Account, Role, account_of
from .tables import AccountRow, SessionRow

ABSOLUTE_TIMEOUT = timedelta(hours=12)
"""A session ends after this even if in use: a long shift."""

_log = logging.getLogger(__name__)
_WRITE_EVERY = timedelta(seconds=30)  # how often at most the last use of a session is stored


def cookie_name(name: str, *, secure: bool) -> str:
    """The name of a cookie; with HTTPS, one that no other host of the domain can set for us.

    https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
    """
    return f"__Host-{name}" if secure else name


def cookie_options(*, secure: bool) -> dict[str, Any]:
    """How every cookie is set and deleted. ``Lax``, since another site may lead back to us by a link."""
    return {"httponly": True, "secure": secure, "samesite": "lax"}


class Sessions:
    """Sessions in the database, shared by all processes.

    Args:
        idle: time without use after which a session ends.
        secure: whether browsers reach the suite by HTTPS, so that cookies are sent over HTTPS only.
    """

    def __init__(self, database: Engine, idle: timedelta, *, secure: bool, clock: Clock = utc_now) -> None:
        self._database, self.idle, self._clock = database, idle, clock
        self.secure = secure
        self.cookie = cookie_name("r1_session", secure=secure)

    def start(self, account: Account, cookies: Mapping[str, str]) -> str:
        """Signs an account in and ends the browser's previous session; returns the value for the cookie.

        Raises:
            StorageError: the database cannot be written.
        """
        self.end(cookies)
        name, now = secrets.token_urlsafe(32), self._clock()
        ended = or_(SessionRow.used_at <= now - self.idle, SessionRow.started_at <= now - ABSOLUTE_TIMEOUT)
        with transaction(self._database) as session:
            session.execute(delete(SessionRow).where(ended))
            row = session.get_one(AccountRow, account.key)
            row.signed_in_at = now
            session.add(SessionRow(id=digest(name), account=row.key, started_at=now, used_at=now))
        _log.info("%s signed in", account.name)
        return name

    def account(self, cookies: Mapping[str, str], *, used: bool) -> Account | None:
        """Who is signed in with this browser; None for nobody.

        Args:
            used: whether a person did something, which keeps the session from going idle; a page that polls does not.

        Raises:
            StorageError: the database cannot be read.
        """
        name = cookies.get(self.cookie)
        if not name:
            return None
        now = self._clock()
        with transaction(self._database) as session:
            row = session.get(SessionRow, digest(name))
            if row is None or now - row.used_at >= self.idle or now - row.started_at >= ABSOLUTE_TIMEOUT:
                return None
            account = account_of(session.get_one(AccountRow, row.account))
            if account.disabled:
                return None
            if used and now - row.used_at >= _WRITE_EVERY:
                row.used_at = now
            return account

    def name(self, cookies: Mapping[str, str]) -> str:
        """Name of the person signed in with this browser, for a page's header; empty for nobody.

        Raises:
            StorageError: the database cannot be read.
        """
        account = self.account(cookies, used=False)
        return account.name if account else ""

    def actor(self, cookies: Mapping[str, str], *roles: Role, used: bool = True) -> Account:
        """The account acting on a page, checked at each action.

        Raises:
            SignInError: nobody is signed in any more, or the account has none of these roles.
            StorageError: the database cannot be read.
        """
        account = self.account(cookies, used=used)
        if account is None:
            raise SignInError("Nobody is signed in any more", hint="Sign in again", kind="ended")
        if not account.may(*roles):
            raise SignInError("This account may not do that", hint="Ask who runs the suite", kind="no_role")
        return account

    def end(self, cookies: Mapping[str, str]) -> None:
        """Signs this browser out.

        Raises:
            StorageError: the database cannot be written.
        """
        if name := cookies.get(self.cookie):
            with transaction(self._database) as session:
                session.execute(delete(SessionRow).where(SessionRow.id == digest(name)))
