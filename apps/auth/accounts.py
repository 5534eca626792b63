"""Accounts and their roles; they sign in by password or through an identity provider."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from core.addresses import network
from core.db import Clock, transaction, utc_now
from core.digest import digest
from core.errors import InputError, SignInError, TakenError
from core.validation import person_name, tidy

from .passwords import COST, checked_password, hashed, matches
from .tables import AccountRow, FailureRow, SessionRow

MAX_FAILURES = 10
"""Wrong passwords allowed for one name, and five times as many from one address, within :data:`FAILURE_WINDOW`."""

FAILURE_WINDOW = timedelta(minutes=15)

_log = logging.getLogger(__name__)


class Role(StrEnum):
    """What an account may do.

    ``OPERATOR`` answers customers and drafts entries of the FAQ, ``APPROVER`` publishes them, ``CLINICIAN`` works with
    patients, ``REVIEWER`` monitors the quality of suggestions, ``ENGINEER`` connects the suite to hospital systems and
    trains adapters.
    """

    OPERATOR = "operator"
    APPROVER = "approver"
    CLINICIAN = "clinician"
    REVIEWER = "reviewer"
    ENGINEER = "engineer"


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can sign in.

    Attributes:
        name: unique regardless of case; drafts and approvals are signed with it.
        disabled: cannot sign in any more.
        signed_in_at: last sign-in, in UTC.
        issuer: its identity provider; None if it has a password.
    """

    name: str
    roles: frozenset[Role]
    disabled: bool
    signed_in_at: datetime | None
    issuer: str | None

    @property
    def key(self) -> str:
        """The name, case-folded, as the lookup key."""
        return _key(self.name)

    def may(self, *roles: Role) -> bool:
        """Whether it has one of these roles."""
        return not self.roles.isdisjoint(roles)


class Accounts:
    """The accounts in the database.

    Every method raises StorageError when the database cannot be read or written.

    Args:
        cost: of a password's hash, see :data:`apps.auth.passwords.COST`.
    """

    def __init__(self, database: Engine, clock: Clock = utc_now, *, cost: int = COST) -> None:
        self._database, self._clock, self._cost = database, clock, cost

    def add(self, name: str, password: str, roles: Collection[Role]) -> Account:
        """Creates an account with a password.

        Raises:
            InputError: the name is not a name or is taken, the password is unfit, or there is no role.
        """
        name = person_name(name, "account's name")
        kept = hashed(checked_password(password, name), self._cost)
        row = self._new(name, roles, password=kept)
        try:
            with transaction(self._database) as session:
                session.add(row)
                session.flush()
                return account_of(row)
        except TakenError:
            raise InputError(f"There is an account {name} already", hint="See: r1 account list") from None

    def listed(self) -> list[Account]:
        """Every account, by name."""
        with transaction(self._database) as session:
            return [account_of(row) for row in session.scalars(select(AccountRow).order_by(AccountRow.key))]

    def any(self) -> bool:
        """Whether there is any account, disabled or not."""
        with transaction(self._database) as session:
            return session.scalar(select(AccountRow.key).limit(1)) is not None

    def set_roles(self, name: str, roles: Collection[Role]) -> Account:
        """Gives an account these roles and no others, effective at once in signed-in browsers.

        Raises:
            InputError: there is no such account, or no role.
        """
        with self._changed(name) as (_, row):
            row.roles = _roles(roles)
            return account_of(row)

    def set_password(self, name: str, password: str) -> None:
        """Gives an account a new password, and signs it out everywhere.

        Raises:
            InputError: there is no such account, it is an identity provider's, or the password is unfit.
        """
        kept = hashed(checked_password(password, name), self._cost)
        with self._changed(name) as (session, row):
            if row.issuer:
                raise InputError("This account signs in at the identity provider and has no password here")
            row.password = kept
            _sign_out(session, row)

    def disable(self, name: str, disabled: bool = True) -> None:
        """Disables an account, or enables it again; either way signs it out everywhere.

        Raises:
            InputError: there is no such account.
        """
        with self._changed(name) as (session, row):
            row.disabled = disabled
            _sign_out(session, row)

    def check(self, name: str, password: str, address: str = "") -> Account:
        """The account with this name and password.

        Args:
            address: where the attempt comes from.

        Raises:
            SignInError: there is no such account, it is disabled, or too many recent passwords were wrong. The message
                does not reveal which of the first two it is.
        """
        tried = [
            (digest(f"name {_key(name)}"), MAX_FAILURES),
            (digest(f"address {network(address)}"), 5 * MAX_FAILURES),
        ]
        since = self._clock() - FAILURE_WINDOW
        with transaction(self._database) as session:  # counted first, so that parallel attempts gain no extra tries
            session.execute(delete(FailureRow).where(FailureRow.at <= since))
            rows = [FailureRow(who=who, at=self._clock()) for who, _ in tried]
            session.add_all(rows)
            session.flush()
            own = delete(FailureRow).where(FailureRow.id.in_([row.id for row in rows]))
        with transaction(self._database) as session:
            counted = select(func.count()).select_from(FailureRow)
            too_many = any((session.scalar(counted.where(FailureRow.who == who)) or 0) > most for who, most in tried)
            # Account names are printable, and PostgreSQL does not accept every string.
            found = session.get(AccountRow, _key(name)) if _key(name).isprintable() else None
            kept = found.password if found and not found.disabled else ""
            account = account_of(found) if found else None
            if too_many:
                session.execute(own)
        known = account.name if account else "no account"  # what was typed may be a password
        if too_many:
            _log.warning("A sign-in from %s to %s was refused after too many wrong passwords", address, known)
            raise SignInError("Too many wrong passwords", hint="Wait 15 minutes", kind="too_many")
        if not matches(password, kept, self._cost) or account is None:
            _log.warning("A wrong password from %s for %s", address, known)
            raise SignInError("Name or password is wrong", hint="Try again", kind="wrong")
        with transaction(self._database) as session:
            session.execute(own)
        return account

    def recognise(self, issuer: str, subject: str, name: str, roles: Collection[Role]) -> Account:
        """The account of an identity that a provider vouches for, created at first sign-in, with its current roles.

        Without roles, an existing account loses its own and is signed out everywhere.

        Raises:
            SignInError: the account is disabled or has no role here, or its name is unusable or another's: names sign
                drafts and approvals, so nobody may take another's.
        """
        of_identity = select(AccountRow).where(AccountRow.issuer == issuer, AccountRow.subject == subject)
        try:
            if not roles:
                with transaction(self._database) as session:
                    if row := session.scalar(of_identity):
                        row.roles = []
                        _sign_out(session, row)
                raise SignInError("This identity has no role here", hint="Ask who runs the suite", kind="no_role")
            name = person_name(name, "account's name")
            with transaction(self._database) as session:
                row = session.scalar(of_identity)
                if row is None:
                    row = self._new(name, roles, issuer=issuer, subject=subject)
                    session.add(row)
                    session.flush()
                elif row.disabled:
                    raise SignInError("This account is disabled", hint="Ask who runs the suite")
                row.roles = _roles(roles)
                session.flush()
                return account_of(row)
        except TakenError:
            raise SignInError("Another account has this name", hint="Ask who runs the suite to rename one") from None
        except InputError as error:
            raise SignInError(f"The identity provider gives no usable name or subject. {error.message}") from None

    def _new(self, name: str, roles: Collection[Role], **fields: str) -> AccountRow:
        given = {"password": "", "issuer": None, "subject": None, **fields}
        return AccountRow(
            key=_key(name), name=name, roles=_roles(roles), disabled=False, created_at=self._clock(), **given
        )

    @contextmanager
    def _changed(self, name: str) -> Iterator[tuple[Session, AccountRow]]:
        with transaction(self._database) as session:
            row = session.get(AccountRow, _key(name))
            if row is None:
                raise InputError(f"There is no account {name}", hint="See: r1 account list")
            yield session, row


def account_of(row: AccountRow) -> Account:
    """The account of a row; roles unknown to this version are left out."""
    known = frozenset(role for role in Role if role in row.roles)
    return Account(row.name, known, row.disabled, row.signed_in_at, row.issuer)


def _key(name: str) -> str:
    return tidy(name).casefold()[:100]


def _roles(roles: Collection[Role]) -> list[str]:
    if not roles:
        raise InputError("An account has at least one role", hint=f"The roles are {', '.join(Role)}")
    return sorted(set(roles))


def _sign_out(session: Session, row: AccountRow) -> None:
    session.execute(delete(SessionRow).where(SessionRow.account == row.key))
