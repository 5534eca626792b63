"""What accounts and sessions must do on every database."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from apps.auth.accounts import FAILURE_WINDOW, MAX_FAILURES, Accounts, Role
from apps.auth.sessions import ABSOLUTE_TIMEOUT, Sessions
from core.errors import InputError, SignInError

PASSWORD, OTHER = "correct horse battery", "another good sentence"
IDLE = timedelta(minutes=30)
SECOND = timedelta(seconds=1)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 25, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class TestAccounts:
    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def accounts(self, database: Engine, clock: Clock) -> Accounts:
        return Accounts(database, clock, cost=4)

    @pytest.fixture
    def sessions(self, database: Engine, clock: Clock) -> Sessions:
        return Sessions(database, IDLE, secure=False, clock=clock)

    def test_there_is_none_at_first(self, accounts: Accounts) -> None:
        assert not accounts.any()
        assert accounts.listed() == []

    def test_a_password_is_known_again_and_not_kept(self, accounts: Accounts, database: Engine) -> None:
        made = accounts.add(" Ada  Byron ", PASSWORD, {Role.OPERATOR, Role.APPROVER})
        assert made.name == "Ada Byron"
        assert accounts.check("ada byron", PASSWORD) == made
        assert accounts.any()
        with database.connect() as connection:
            assert PASSWORD not in str(connection.execute(text("SELECT * FROM account")).all())

    @pytest.mark.parametrize(("name", "password"), [("ada", OTHER), ("ada", ""), ("eve", PASSWORD), ("", PASSWORD)])
    def test_anything_else_is_refused_alike(self, accounts: Accounts, name: str, password: str) -> None:
        accounts.add("Ada", PASSWORD, {Role.OPERATOR})
        with pytest.raises(SignInError) as caught:
            accounts.check(name, password)
        assert caught.value.kind == "wrong"

    def test_a_name_that_is_none_is_refused_and_counted_like_any_other(self, accounts: Accounts) -> None:
        accounts.add("Ada", PASSWORD, {Role.OPERATOR})
        for name in ("a\x00da", "Ada\x00", "\x00"):
            for kind in ["wrong"] * MAX_FAILURES + ["too_many"]:
                with pytest.raises(SignInError) as caught:
                    accounts.check(name, PASSWORD, name)
                assert caught.value.kind == kind
        assert accounts.check("\u3000ada\t", PASSWORD).name == "Ada"

    @pytest.mark.parametrize("subject", ["1\x00", "1" * 10_000])
    @pytest.mark.parametrize("roles", [set(), {Role.OPERATOR}])
    def test_an_identity_that_cannot_be_stored_is_no_outage(
        self, accounts: Accounts, subject: str, roles: set[Role]
    ) -> None:
        with contextlib.suppress(SignInError):  # of PostgreSQL; SQLite takes any text
            accounts.recognise("https://login", subject, "ada", roles)
        assert accounts.recognise("https://login", "2", "eve", {Role.OPERATOR}).name == "eve"

    @pytest.mark.parametrize(
        ("name", "password", "roles"),
        [
            ("ADA", PASSWORD, {Role.OPERATOR}),
            ("Bob", "too short", {Role.OPERATOR}),
            ("Bob", "a" * 20, {Role.OPERATOR}),
            ("Bob the Builder", "bob the builder1", {Role.OPERATOR}),
            ("Bob", PASSWORD, set()),
            ("7", PASSWORD, {Role.OPERATOR}),
            ("x" * 61, PASSWORD, {Role.OPERATOR}),
            ("Bo\x00b", PASSWORD, {Role.OPERATOR}),
        ],
    )
    def test_unfit_accounts(self, accounts: Accounts, name: str, password: str, roles: set[Role]) -> None:
        accounts.add("Ada", PASSWORD, {Role.OPERATOR})
        with pytest.raises(InputError):
            accounts.add(name, password, roles)
        assert len(accounts.listed()) == 1

    def test_wrong_passwords_stop_even_the_right_one_for_a_while(self, accounts: Accounts, clock: Clock) -> None:
        accounts.add("Ada", PASSWORD, {Role.OPERATOR})
        accounts.add("Bob", PASSWORD, {Role.OPERATOR})
        for _ in range(MAX_FAILURES):
            with pytest.raises(SignInError, match="wrong"):
                accounts.check("Ada", OTHER, "10.0.0.1")
        with pytest.raises(SignInError, match="Too many"):
            accounts.check("ADA", PASSWORD, "10.0.0.2")
        accounts.check("Bob", PASSWORD, "10.0.0.1")
        clock.now += FAILURE_WINDOW
        accounts.check("Ada", PASSWORD, "10.0.0.1")

    def test_many_at_once_are_no_more_than_one_by_one(self, database: Engine) -> None:
        accounts = Accounts(database, cost=4)
        accounts.add("Ada", PASSWORD, {Role.OPERATOR})

        def kind(_: int) -> str:
            with pytest.raises(SignInError) as caught:
                accounts.check("Ada", OTHER, "10.0.0.1")
            return caught.value.kind

        with ThreadPoolExecutor(3 * MAX_FAILURES) as together:
            assert list(together.map(kind, range(3 * MAX_FAILURES))).count("wrong") <= MAX_FAILURES

    def test_right_passwords_count_for_nothing(self, accounts: Accounts) -> None:
        accounts.add("Ada", PASSWORD, {Role.OPERATOR})
        for _ in range(2 * MAX_FAILURES):
            accounts.check("Ada", PASSWORD, "10.0.0.1")

    @pytest.mark.parametrize(
        ("address", "last", "other"),
        [("10.0.0.1", "10.0.0.1", "10.0.0.2"), ("2001:db8::{:x}", "2001:db8::ffff", "2001:db8:0:1::1")],
    )
    def test_an_address_that_tries_many_names(self, accounts: Accounts, address: str, last: str, other: str) -> None:
        """A /64 of IPv6 counts as one: whoever has it can come from any address in it."""
        accounts.add("Ada", PASSWORD, {Role.OPERATOR})
        for number in range(5 * MAX_FAILURES):
            with pytest.raises(SignInError, match="wrong"):
                accounts.check(f"name{number}", OTHER, address.format(number))
        with pytest.raises(SignInError, match="Too many"):
            accounts.check("Ada", PASSWORD, last)
        accounts.check("Ada", PASSWORD, other)

    def test_a_session_ends_when_nobody_uses_it(self, accounts: Accounts, sessions: Sessions, clock: Clock) -> None:
        ada = accounts.add("Ada", PASSWORD, {Role.OPERATOR})
        cookies = {"r1_session": sessions.start(ada, {})}
        clock.now += IDLE - SECOND
        assert sessions.account(cookies, used=True) is not None
        clock.now += IDLE - SECOND
        assert sessions.account(cookies, used=False) is not None  # a look of the page's own
        clock.now += SECOND
        assert sessions.account(cookies, used=True) is None

    def test_a_session_ends_however_busy(self, accounts: Accounts, sessions: Sessions, clock: Clock) -> None:
        cookies = {"r1_session": sessions.start(accounts.add("Ada", PASSWORD, {Role.OPERATOR}), {})}
        end = clock.now + ABSOLUTE_TIMEOUT
        while clock.now < end:
            assert sessions.account(cookies, used=True) is not None
            clock.now += IDLE / 2
        assert sessions.account(cookies, used=True) is None

    def test_each_sign_in_has_a_new_name_and_ends_the_one_before(
        self, accounts: Accounts, sessions: Sessions, database: Engine
    ) -> None:
        ada = accounts.add("Ada", PASSWORD, {Role.OPERATOR})
        before = {"r1_session": sessions.start(ada, {})}
        after = {"r1_session": sessions.start(ada, before)}
        assert before != after
        assert sessions.account(before, used=True) is None
        assert sessions.account(after, used=True) == accounts.listed()[0]
        with database.connect() as connection:
            kept = str(connection.execute(text("SELECT * FROM account_session")).all())
        assert after["r1_session"] not in kept

    def test_signing_out(self, accounts: Accounts, sessions: Sessions) -> None:
        ada = accounts.add("Ada", PASSWORD, {Role.OPERATOR})
        here, there = ({"r1_session": sessions.start(ada, {})} for _ in range(2))
        sessions.end(here)
        sessions.end({})
        assert sessions.account(here, used=True) is None
        assert sessions.account(there, used=True) is not None

    @pytest.mark.parametrize("cookies", [{}, {"r1_session": ""}, {"r1_session": "x"}, {"r1_session": "\ud800"}])
    def test_other_cookies_are_nobody(self, sessions: Sessions, cookies: dict[str, str]) -> None:
        assert sessions.account(cookies, used=True) is None

    def test_changes_count_at_once(self, accounts: Accounts, sessions: Sessions) -> None:
        ada = accounts.add("Ada", PASSWORD, {Role.OPERATOR})
        cookies = {"r1_session": sessions.start(ada, {})}
        accounts.set_roles("ada", {Role.CLINICIAN})
        assert sessions.actor(cookies, Role.CLINICIAN, Role.REVIEWER).name == "Ada"
        with pytest.raises(SignInError):
            sessions.actor(cookies, Role.OPERATOR)
        accounts.set_password("Ada", OTHER)
        with pytest.raises(SignInError):
            sessions.actor(cookies, Role.CLINICIAN)
        with pytest.raises(SignInError):
            accounts.check("Ada", PASSWORD)
        cookies = {"r1_session": sessions.start(accounts.check("Ada", OTHER), {})}
        accounts.disable("Ada")
        assert sessions.account(cookies, used=True) is None
        with pytest.raises(SignInError):
            accounts.check("Ada", OTHER)
        accounts.disable("Ada", False)
        assert sessions.account(cookies, used=True) is None
        accounts.check("Ada", OTHER)

    def test_who_is_not_there_cannot_be_changed(self, accounts: Accounts) -> None:
        with pytest.raises(InputError):
            accounts.disable("Ada")

    def test_an_identity_keeps_its_account_and_gets_its_roles_anew(self, accounts: Accounts) -> None:
        made = accounts.recognise("https://login", "1", "ada@x.example", {Role.OPERATOR})
        again = accounts.recognise("https://login", "1", "ada.b@x.example", {Role.APPROVER})
        assert (made.name, again.name) == ("ada@x.example", "ada@x.example")
        assert again.roles == {Role.APPROVER}
        assert len(accounts.listed()) == 1
        with pytest.raises(SignInError):
            accounts.check("ada@x.example", "")
        with pytest.raises(InputError):
            accounts.set_password("ada@x.example", PASSWORD)

    def test_an_identity_cannot_take_a_name(self, accounts: Accounts) -> None:
        accounts.add("Ada", PASSWORD, {Role.OPERATOR})
        accounts.recognise("https://login", "1", "bob", {Role.OPERATOR})
        for subject, name in (("2", "ADA"), ("2", "Bob")):
            with pytest.raises(SignInError, match="Another account"):
                accounts.recognise("https://login", subject, name, {Role.APPROVER})
        assert len(accounts.listed()) == 2

    def test_an_identity_without_a_role_or_disabled(self, accounts: Accounts) -> None:
        with pytest.raises(SignInError, match="no role"):
            accounts.recognise("https://login", "1", "ada", set())
        accounts.recognise("https://login", "1", "ada", {Role.OPERATOR})
        accounts.disable("ada")
        with pytest.raises(SignInError, match="disabled"):
            accounts.recognise("https://login", "1", "ada", {Role.OPERATOR})

    @pytest.mark.parametrize("name", ["ada", "", "ada@other.example"])
    def test_an_identity_whose_roles_are_taken_away_loses_them_everywhere(
        self, accounts: Accounts, sessions: Sessions, name: str
    ) -> None:
        ada = accounts.recognise("https://login", "1", "ada", {Role.CLINICIAN})
        cookies = [{sessions.cookie: sessions.start(ada, {})} for _ in range(2)]
        with pytest.raises(SignInError) as caught:
            accounts.recognise("https://login", "1", name, set())
        assert caught.value.kind == "no_role"
        assert [sessions.account(each, used=True) for each in cookies] == [None, None]
        (kept,) = accounts.listed()
        assert (kept.name, kept.roles) == ("ada", frozenset())
        back = accounts.recognise("https://login", "1", "ada", {Role.CLINICIAN})
        assert back.roles == {Role.CLINICIAN}
        assert sessions.account(cookies[0], used=True) is None

    @pytest.mark.parametrize(("issuer", "subject"), [("https://login", "2"), ("https://other", "1")])
    def test_an_identity_without_a_role_takes_none_from_others(
        self, accounts: Accounts, sessions: Sessions, issuer: str, subject: str
    ) -> None:
        with_password = accounts.add("Eve", PASSWORD, {Role.OPERATOR})
        ada = accounts.recognise("https://login", "1", "ada", {Role.CLINICIAN})
        cookies = [{sessions.cookie: sessions.start(account, {})} for account in (with_password, ada)]
        for name in ("ada", "Eve"):
            with pytest.raises(SignInError, match="no role"):
                accounts.recognise(issuer, subject, name, set())
        signed_in = [sessions.account(each, used=True) for each in cookies]
        assert [account and account.roles for account in signed_in] == [{Role.OPERATOR}, {Role.CLINICIAN}]
        assert len(accounts.listed()) == 2
