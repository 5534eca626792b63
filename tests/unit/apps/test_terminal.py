"""The terminal: who is at it, and tables, from which what is copied is whole, however narrow the window."""

import io
import os
from pathlib import Path
from threading import Thread

import pytest
from rich.console import Console

from apps.commands.terminal import private_file, read_file, table_of, terminal_user
from core.errors import InputError, InputTooLargeError


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


def test_a_pipe_is_read_up_to_the_limit_too(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for sent in (1 << 20, (1 << 20) + 1):
        writer = Thread(target=pipe.write_bytes, args=(bytes(sent),))
        writer.start()
        if sent == 1 << 20:
            assert len(read_file(pipe, 1 << 20, hint="Split it")) == sent
        else:
            with pytest.raises(InputTooLargeError, match=r"^pipe has more than 1 MiB\. Split it$"):
                read_file(pipe, 1 << 20, hint="Split it")
        writer.join()


def test_of_a_private_file_that_could_not_be_written_nothing_stays(tmp_path: Path) -> None:
    private_file(tmp_path / "report.json", "patient")
    assert (tmp_path / "report.json").stat().st_mode & 0o777 == 0o600
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        private_file(tmp_path / "folder", "patient")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["folder", "report.json"]
