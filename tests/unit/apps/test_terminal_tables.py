"""Tables of the command line: what is copied from them is whole, however narrow the window."""

import io

from rich.console import Console

from apps.commands.terminal import table_of


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
