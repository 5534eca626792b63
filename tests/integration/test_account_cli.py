"""``r1 account``."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters.fhir.audit import AuditTrail, site_key
from apps.commands.root import app
from core.db import open_database
from core.errors import AuditError, InputError, StorageError
from tests.databases import MIGRATIONS

PASSWORD = "correct horse battery"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    monkeypatch.setenv("R1_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str, piped: str = "") -> Result:
        return CliRunner().invoke(app, ["account", *words], input=piped)

    return run


def test_an_account_from_its_making_to_its_end(run) -> None:  # type: ignore[no-untyped-def]
    assert "no account yet" in run("list").output
    made = run("add", "Ada Byron", "--role", "operator", "--role", "approver", piped=f"{PASSWORD}\n")
    assert made.exit_code == 0
    assert PASSWORD not in made.output
    listed = run("list").output
    assert "Ada Byron" in listed
    assert "approver, operator" in listed
    assert "reviewer" in run("role", "ada byron", "reviewer").output
    assert "operator" not in run("list").output
    assert run("password", "Ada Byron", piped="another good sentence\n").exit_code == 0
    assert run("disable", "Ada Byron").exit_code == 0
    assert "disabled" in run("list").output
    assert run("disable", "Ada Byron", "--undo").exit_code == 0
    assert "disabled" not in run("list").output


def test_changes_are_in_the_audit_trail(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run("add", "Ada Byron", "--role", "operator", piped=f"{PASSWORD}\n")
    run("role", "Ada Byron", "approver")
    run("password", "Ada Byron", piped="another good sentence\n")
    run("disable", "Ada Byron")
    run("role", "Eve", "operator")
    run("add", "Eve", "--role", "operator", piped="short")
    assert recorded(tmp_path) == [
        ("account Ada Byron added, operator requested", "0"),
        ("account Ada Byron added, operator", "0"),
        ("account Ada Byron: approver requested", "0"),
        ("account Ada Byron: approver", "0"),
        ("account Ada Byron: new password requested", "0"),
        ("account Ada Byron: new password", "0"),
        ("account Ada Byron disabled", "0"),
        ("account Eve: operator requested", "0"),
        ("account Eve: operator", "8"),
        ("account Eve added, operator requested", "0"),
        ("account Eve added, operator", "8"),
    ]
    listed = CliRunner().invoke(app, ["audit", "list"]).output
    assert listed.count("failed: account") == listed.count("failed") == 2


def recorded(home: Path) -> list[tuple[str, str]]:
    """What the audit trail says, and with which outcome."""
    trail = AuditTrail(open_database(f"sqlite:///{home / 'r1.db'}", MIGRATIONS), site_key(home))
    return [(event["outcomeDesc"], event["outcome"]) for event in reversed(trail.events())]


def test_an_account_is_disabled_although_the_audit_trail_cannot_be_written(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run("add", "Ada Byron", "--role", "operator", piped=f"{PASSWORD}\n")
    (tmp_path / "audit.key").write_text("broken")
    assert isinstance(run("disable", "Ada Byron").exception, AuditError)
    assert "disabled" in run("list").output
    assert isinstance(run("role", "Ada Byron", "approver").exception, AuditError)
    assert "operator" in run("list").output


@pytest.mark.parametrize(
    ("words", "piped"),
    [
        (("add", "Ada", "--role", "chief"), PASSWORD),
        (("add", "Ada", "--role", "operator"), "short"),
        (("add", "Ada", "--role", "operator"), ""),
        (("role", "Eve", "operator"), ""),
        (("password", "Eve"), PASSWORD),
        (("disable", "Eve"), ""),
    ],
)
def test_what_cannot_be(run, words: tuple[str, ...], piped: str) -> None:  # type: ignore[no-untyped-def]
    result = run(*words, piped=piped)
    assert isinstance(result.exception, InputError)
    assert PASSWORD not in str(result.exception)


def test_accounts_in_a_damaged_database_are_not_said_to_be_none(run, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    run("add", "Ada Byron", "--role", "operator", piped=f"{PASSWORD}\n")
    file = tmp_path / "r1.db"
    content = file.read_bytes()
    file.write_bytes(content[:4096] + bytes(len(content) - 4096))
    listed = run("list")
    assert isinstance(listed.exception, StorageError)
    assert "is damaged" in listed.exception.message
    assert "no account" not in listed.output
