"""``r1 audit``: who read, wrote or exported what."""

import json
from typing import Annotated

import typer

from .terminal import command_settings, open_trail, printable, stdout, table_of

app = typer.Typer(no_args_is_help=True, help="The audit trail: who read, wrote or exported what.")


@app.command()
def verify(head: Annotated[str, typer.Option(help="A seal noted earlier that must be in the trail.")] = "") -> None:
    """Checks that no event of the audit trail was changed, removed or moved."""
    verified = open_trail(command_settings()).verify(head)
    stdout.print(f"The audit trail is intact: {verified.events} events.")
    if verified.head:
        stdout.print(f"Note this seal elsewhere: {verified.head}", soft_wrap=True)


@app.command("list")
def list_events(
    patient: Annotated[str, typer.Option(help="Show only events for the patient with this id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Number of events to show, newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Print FHIR AuditEvents, one per line.")] = False,
) -> None:
    """Shows who read or wrote what. Patients appear as pseudonyms."""
    events = open_trail(command_settings()).events(f"Patient/{patient}" if patient else "", limit)
    if as_json:
        for event in events:
            print(json.dumps(event, ensure_ascii=False))
        return
    table = table_of("When (UTC)", "Who", "What", "Patient", "Outcome")
    for event in events:
        pseudonyms = [e["what"]["identifier"]["value"] for e in event.get("entity", ()) if e["role"]["code"] == "1"]
        failed = "" if event["outcome"] == "0" else "failed"
        said = ": ".join(filter(None, (failed, event.get("outcomeDesc")))) or "done"
        who = printable(event["agent"][1]["who"]["identifier"]["value"])
        what = event["subtype"][0]["code"]
        table.add_row(event["recorded"][:19].replace("T", " "), who, what, "".join(pseudonyms)[:12], said)
    stdout.print(table if events else "No events.")
