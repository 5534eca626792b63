"""``r1 diagnosis``: switches suggestions off, silent or on, and exports reported problems."""

import json
from pathlib import Path
from typing import Annotated

import typer

from .terminal import command_settings, minute, open_oversight, private_file, stderr, stdout, table_of, terminal_user

app = typer.Typer(no_args_is_help=True, help="The diagnostic assistant: its switch, and reported problems.")
reports_app = typer.Typer(no_args_is_help=True, help="Problems that clinicians reported.")
app.add_typer(reports_app, name="reports")


@app.command()
def off() -> None:
    """Hides suggestions and the list of diseases in every process within a minute. Red flags and records stay."""
    open_oversight(command_settings()).safety.switch(True, terminal_user())
    stdout.print("Suggestions are off. Every open page hides them within a minute.")


@app.command()
def silent() -> None:
    """Hides the same as `off`, but records the list that each patient would have got, for later comparison."""
    open_oversight(command_settings()).safety.switch(True, terminal_user(), silent=True)
    stdout.print("Suggestions are silent: recorded, not shown. Every open page hides them within a minute.")


@app.command()
def on() -> None:
    """Shows suggestions and the list of diseases again."""
    open_oversight(command_settings()).safety.switch(False, terminal_user())
    stdout.print("Suggestions are on.")


@app.command()
def status() -> None:
    """Shows whether suggestions are on, off or silent, who last switched them, and which certificates are refuted."""
    store = open_oversight(command_settings()).store
    switched = store.switched()
    if switched is None:
        stdout.print("Suggestions are on; nobody has ever switched them off.")
    else:
        since = minute(switched.changed_at)
        state = "silent" if switched.silent else "off" if switched.off else "on"
        stdout.print(f"Suggestions are {state} since {since} UTC, by {switched.changed_by}.")
    for gone in store.withdrawals():
        when = minute(gone.withdrawn_at)
        right = f"{gone.right} of {gone.closed} closed suggestions were right"
        stdout.print(f"Certificate {gone.certificate} is withdrawn since {when} UTC: {right}.")


@reports_app.command("list")
def list_reports() -> None:
    """Shows the reported problems, newest first, without patient data."""
    reports = open_oversight(command_settings()).store.reports()
    table = table_of("Number", "Reported (UTC)", "By", "Patient", "Bytes")
    for report in reports:
        when = minute(report.reported_at)
        table.add_row(str(report.id), when, report.reporter[:8], report.patient[:8], f"{report.bytes:,}")
    stdout.print(table if reports else "Nobody has reported a problem.")


@reports_app.command("export")
def export_report(
    number: Annotated[int, typer.Argument(help="Number of the report, from `r1 diagnosis reports list`.")],
    to: Annotated[Path, typer.Option(help="JSON file to write; it holds patient data.")],
) -> None:
    """Writes a report, with all its patient data, into a file that only you can read. This is audited."""
    frozen = open_oversight(command_settings()).problems.read(number, user=terminal_user())
    private_file(to, json.dumps(frozen, ensure_ascii=False, indent=1))
    stderr.print(f"Report {number} is in {to}.")
