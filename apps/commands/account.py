"""``r1 account``: who may use which screen."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from core.errors import InputError
from core.settings import load_settings

from .terminal import printable, table_of, terminal_user

if TYPE_CHECKING:
    from ..auth.accounts import Accounts, Role

app = typer.Typer(no_args_is_help=True, help="Accounts and their roles.")
_out, _err = Console(markup=False, highlight=False), Console(markup=False, highlight=False, stderr=True)

_Name = Annotated[str, typer.Argument(help="The person's name.")]
_ROLES = "operator, approver, clinician, reviewer or engineer"


@app.command()
def add(name: _Name, role: Annotated[list[str], typer.Option(help=f"{_ROLES}; can be given more than once.")]) -> None:
    """Makes an account. The password is asked for, or read from the first line of what is piped in."""
    roles = _roles(role)
    accounts = _accounts(f"account {name} added, {', '.join(roles)}")
    account = accounts.add(name, _password(), roles)
    _out.print(f"{account.name} can sign in.")


@app.command("list")
def list_() -> None:
    """Shows every account."""
    accounts = _accounts().listed()
    table = table_of("Name", "Roles", "Signs in with", "Last (UTC)")
    for account in accounts:
        way = "nothing: disabled" if account.disabled else account.issuer or "password"
        last = account.signed_in_at.strftime("%Y-%m-%d %H:%M") if account.signed_in_at else ""
        table.add_row(printable(account.name), ", ".join(sorted(account.roles)), printable(way), last)
    _out.print(table if accounts else "There is no account yet.")


@app.command()
def role(name: _Name, roles: Annotated[list[str], typer.Argument(help=_ROLES.replace("or ", ""))]) -> None:
    """Gives an account these roles and no others. It counts at once."""
    given = _roles(roles)
    account = _accounts(f"account {name}: {', '.join(given)}").set_roles(name, given)
    _out.print(f"{account.name} has now: {', '.join(sorted(account.roles))}.")


@app.command()
def disable(
    name: _Name, undo: Annotated[bool, typer.Option("--undo", help="Lets the account sign in again.")] = False
) -> None:
    """Keeps an account from signing in, and signs it out everywhere."""
    _accounts(f"account {name} {'enabled' if undo else 'disabled'}").disable(name, not undo)
    _out.print(f"{name} can sign in again." if undo else f"{name} is signed out and cannot sign in.")


@app.command()
def password(name: _Name) -> None:
    """Gives an account a new password, asked for or read from what is piped in, and signs it out everywhere."""
    _accounts(f"account {name}: new password").set_password(name, _password())
    _out.print(f"{name} has a new password.")


def _accounts(change: str = "") -> "Accounts":
    """The accounts, once the audit trail has the change that is asked for."""
    from adapters.fhir.audit import Access, Action

    from ..auth.accounts import Accounts
    from ..bootstrap import open_audit_trail, open_suite_database
    from ..process import quiet_libraries

    quiet_libraries()
    settings = load_settings()
    database = open_suite_database(settings)
    if change:
        access = Access(Action.UPDATE, "", note=printable(change))
        open_audit_trail(settings, database).append(access, user=terminal_user())
    return Accounts(database)


def _roles(names: list[str]) -> "list[Role]":
    from ..auth.accounts import Role

    if unknown := [name for name in names if name not in set(Role)]:
        raise InputError(f"There is no role {printable(unknown[0])}", hint=f"There are: {', '.join(Role)}")
    return [Role(name) for name in names]


def _password() -> str:
    """Never an argument: other users of the machine see those."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    return sys.stdin.readline().rstrip("\r\n")
