"""``r1 account``: who may use which screen."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from core.errors import InputError

from .terminal import audited, command_settings, minute, printable, stdout, table_of

if TYPE_CHECKING:
    from adapters.fhir.audit import AuditTrail

    from ..auth.accounts import Accounts, Role

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Accounts and their roles.")

_Name = Annotated[str, typer.Argument(help="The person's name.")]
_ROLES = "operator, approver, clinician, reviewer or engineer"


@app.command()
def add(name: _Name, role: Annotated[list[str], typer.Option(help=f"{_ROLES}; can be given more than once.")]) -> None:
    """Creates an account. Asks for the password, or reads it from the first line of standard input."""
    roles, new = _roles(role), _password()
    account = _change(f"account {name} added, {', '.join(roles)}", lambda accounts: accounts.add(name, new, roles))
    stdout.print(f"{account.name} can sign in.")


@app.command("list")
def list_() -> None:
    """Shows every account."""
    accounts = _open()[0].listed()
    table = table_of("Name", "Roles", "Signs in with", "Last (UTC)")
    for account in accounts:
        way = "nothing: disabled" if account.disabled else account.issuer or "password"
        last = minute(account.signed_in_at) if account.signed_in_at else ""
        table.add_row(printable(account.name), ", ".join(sorted(account.roles)), printable(way), last)
    stdout.print(table if accounts else "There is no account yet.")


@app.command()
def role(name: _Name, roles: Annotated[list[str], typer.Argument(help=_ROLES.replace("or ", ""))]) -> None:
    """Sets the roles of an account, effective immediately."""
    given = _roles(roles)
    account = _change(f"account {name}: {', '.join(given)}", lambda accounts: accounts.set_roles(name, given))
    stdout.print(f"{account.name} has now: {', '.join(sorted(account.roles))}.")


@app.command()
def disable(
    name: _Name, undo: Annotated[bool, typer.Option("--undo", help="Lets the account sign in again.")] = False
) -> None:
    """Disables an account and signs it out everywhere, even while the audit trail cannot be written."""
    what = f"account {name} {'enabled' if undo else 'disabled'}"
    _change(what, lambda accounts: accounts.disable(name, not undo), at_once=not undo)
    stdout.print(f"{name} can sign in again." if undo else f"{name} is signed out and cannot sign in.")


@app.command()
def password(name: _Name) -> None:
    """Sets a new password, prompted for or piped in, and signs the account out everywhere."""
    new = _password()
    _change(f"account {name}: new password", lambda accounts: accounts.set_password(name, new))
    stdout.print(f"{name} has a new password.")


def _change(what: str, change: "Callable[[Accounts], T]", *, at_once: bool = False) -> T:
    """Makes a change and records it in the audit trail; with ``at_once`` it does not wait for the trail."""
    accounts, trail = _open()
    return audited(trail, what, lambda: change(accounts), at_once=at_once)


def _open() -> "tuple[Accounts, Callable[[], AuditTrail]]":
    """The accounts, and a function that opens the audit trail."""
    from ..auth.accounts import Accounts
    from ..bootstrap import open_audit_trail, open_suite_database

    settings = command_settings()
    database = open_suite_database(settings)
    return Accounts(database), lambda: open_audit_trail(settings, database)


def _roles(names: list[str]) -> "list[Role]":
    from ..auth.accounts import Role

    if unknown := [name for name in names if name not in set(Role)]:
        raise InputError(f"There is no role {printable(unknown[0])}", hint=f"The roles are {', '.join(Role)}")
    return [Role(name) for name in names]


def _password() -> str:
    """Never an argument: other users of the machine can see those."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")
