"""The terminal: who is at it, and tables, from which what is copied is whole, however narrow the window."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from apps.commands.terminal import private_file, table_of, terminal_user
from core.errors import InputError


def test_nothing_is_cut_off() -> None:
    table = table_of("Name", "E-mail", "Note", whole=["E-mail"])
    note = "wordsandwords" * 8
    table.add_row("smollm2-135m-instruct", "rosalind.achterberg@customers.example.com", note)
    console = Console(file=io.StringIO(), width=80)
    console.print(table)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert "smollm2-135m-instruct" in shown
    assert "rosalind.achterberg@customers.example.com" in shown
    assert "…" not in shown
    assert shown.count("w") == note.count("w")


def test_who_is_at_the_terminal_is_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    named = terminal_user()
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.setenv(variable, "somebody-else")
    assert terminal_user() == named


def test_of_a_private_file_that_could_not_be_written_nothing_stays(tmp_path: Path) -> None:
    private_file(tmp_path / "report.json", "patient")
    assert (tmp_path / "report.json").stat().st_mode & 0o777 == 0o600
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        private_file(tmp_path / "folder", "patient")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder", "report.json"]
