"""``r1 hand-offs``: lists customers waiting for a person, and deletes conversations."""

from typing import Annotated

import typer

from .terminal import audited, command_settings, minute, printable, stdout, table_of

app = typer.Typer()


@app.callback(invoke_without_command=True)
def waiting(context: typer.Context) -> None:
    """Shows the conversations waiting for a person, oldest first, or deletes one."""
    if context.invoked_subcommand:
        return
    from ..bootstrap import open_suite_database
    from ..support.store import SupportStore

    found = SupportStore(open_suite_database(command_settings())).waiting()
    table = table_of(
        "Reference", "Since (UTC)", "Language", "E-mail or phone", "Note", "Turns", whole=["E-mail or phone"]
    )
    for item in found:
        since, turns = minute(item.created_at), str(len(item.transcript))
        table.add_row(item.reference, since, item.language, printable(item.email), printable(item.note), turns)
    stdout.print(table if found else "Nobody is waiting.")


@app.command("forget")
def forget_(reference: Annotated[str, typer.Argument(help="Reference of a hand-off, such as K7QM-2XJ4.")]) -> None:
    """Permanently deletes a conversation with its hand-offs, even one waiting for an answer."""
    from ..bootstrap import open_audit_trail, open_suite_database
    from ..support.retention import forget, same_address
    from ..support.store import SupportStore

    settings = command_settings()
    database = open_suite_database(settings)
    store, reference = SupportStore(database), reference.strip().upper()
    others = same_address(database, reference)  # rejects anything but a reference: a name must not get into the trail
    what = f"hand-off {reference}: conversation deleted"
    audited(lambda: open_audit_trail(settings, database), what, lambda: forget(store, reference))
    stdout.print(f"{reference} is deleted, with its conversation.")
    if others:
        stdout.print(f"Others have the same e-mail address or telephone number: {', '.join(others)}.")
