"""``r1 ehr``: HL7 v2 messages from the command line."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.errors import InputError, SettingsError
from core.settings import Settings

from ..bootstrap import open_audit_trail, open_fhir, open_inbox
from ..process import freeze_loaded_objects
from .terminal import command_settings, printable, read_file, stderr, stdout, table_of, terminal_user

if TYPE_CHECKING:
    from adapters.fhir.audit import UserLog
    from adapters.hl7v2.inbox import Inbox
    from adapters.hl7v2.metrics import InboxMetrics

_LARGEST_FILE = 256 << 20  # bytes of one batch file

inbox_app = typer.Typer(no_args_is_help=True, help="Received HL7 v2 messages.")


def listen() -> None:
    """Receives HL7 v2 messages over MLLP on R1_MLLP_HOST and R1_MLLP_PORT, and delivers them to R1_FHIR_URL."""
    settings = command_settings()
    _run(_listen(settings))
    stderr.print("Stopped.")


def deliver() -> None:
    """Delivers received messages to R1_FHIR_URL alongside `r1 ehr listen`, to add throughput."""
    settings = command_settings()
    if settings.fhir_url is None:
        raise SettingsError("No FHIR server is named", hint="Set R1_FHIR_URL")
    _run(_deliver(settings))
    stderr.print("Stopped.")


@inbox_app.command("list")
def list_messages(
    state: Annotated[str | None, typer.Option(help="Only `waiting`, `done` or `quarantined` ones.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Number of messages to show.")] = 50,
) -> None:
    """Shows the newest messages and how many there are, without patient data."""
    from adapters.hl7v2.inbox_tables import State

    if state is not None and state not in list(State):
        raise InputError("No such state", hint=f"The states are {', '.join(State)}")
    with closing(open_inbox(command_settings())) as inbox:
        found, counts = inbox.listed(State(state) if state else None, limit), inbox.counts()
    table = table_of("Number", "Received (UTC)", "Kind", "Sender", "Control id", "State", "Tries", "Why")
    for item in found:
        received = item.received_at.strftime("%Y-%m-%d %H:%M:%S")
        texts = [printable(text) for text in (item.kind, item.sender, item.control_id)]
        table.add_row(str(item.id), received, *texts, item.state, str(item.attempts), printable(item.reason))
    stdout.print(table)
    stdout.print(", ".join(f"{count} {name}" for name, count in counts.items()))


@inbox_app.command("show")
def show_message(
    number: Annotated[int, typer.Argument(help="Number of a message, from `r1 ehr inbox list`.")],
    check: Annotated[bool, typer.Option("--check", help="Checks the structure against its HL7 version.")] = False,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="Prints the message as received, with all its patient data. This is audited."),
    ] = False,
) -> None:
    """Shows the state of a message and its conversion to FHIR: resource types and unmapped fields."""
    from adapters.hl7v2.message import parse
    from adapters.hl7v2.operating import read_raw
    from adapters.hl7v2.structure import structure_problems
    from adapters.hl7v2.to_fhir import convert

    settings = command_settings()
    with closing(open_inbox(settings)) as inbox:
        if raw:
            log = open_audit_trail(settings, inbox.database).user(terminal_user())
            body = asyncio.run(read_raw(inbox, number, log))
            typer.echo(body.replace(b"\r", b"\n"))
            return
        body, item, before = inbox.read(number), inbox.item(number), inbox.first_before(number)
    state = f"{item.state}, attempts: {item.attempts}"
    stdout.print(": ".join(filter(None, (state, printable(item.reason)))))
    if before:
        stdout.print(f"It waits until message {before} about the same patient is delivered or quarantined")
    elif item.next_try:
        stdout.print(f"It is tried again at {item.next_try:%Y-%m-%d %H:%M:%S} UTC")
    message = parse(body, default_charset=settings.message_charset)
    conversion = convert(message, source="0" * 64, systems=inbox.systems)
    stdout.print(
        f"{conversion.kind}, {len(body)} bytes, {'mapped in full' if conversion.known else 'patient and visit'}"
    )
    stdout.print("Resources: " + ", ".join(f"{count} {kind}" for kind, count in conversion.counts.items()))
    stdout.print("Fields without a place: " + (", ".join(conversion.unmapped) or "none"))
    if check:
        stdout.print("Structure: " + (", ".join(structure_problems(message)) or "as its version wants it"))


@inbox_app.command("quarantine")
def quarantine(
    numbers: Annotated[list[int], typer.Argument(help="Number of a message, from `r1 ehr inbox list`.")],
) -> None:
    """Sets waiting messages aside, so that later ones about the same patients are delivered."""
    from adapters.hl7v2 import operating

    with _audited_inbox(command_settings()) as (inbox, log):
        for number in numbers:
            asyncio.run(operating.quarantine(inbox, number, log))
            stderr.print(f"Message {number} is quarantined.")


@inbox_app.command("replay")
def replay(
    numbers: Annotated[list[int], typer.Argument(help="Number of a message, from `r1 ehr inbox list`.")],
    out_of_order: Annotated[
        bool, typer.Option("--out-of-order", help="Even if later messages about the patient have been delivered.")
    ] = False,
) -> None:
    """Queues messages for delivery again: quarantined ones once the cause is fixed, or done ones."""
    from adapters.hl7v2 import operating

    with _audited_inbox(command_settings()) as (inbox, log):
        for number in numbers:
            asyncio.run(operating.replay(inbox, number, log, out_of_order=out_of_order))
            stderr.print(f"Message {number} waits again.")


@inbox_app.command("add")
def add(files: Annotated[list[Path], typer.Argument(help="Messages or batches (FHS, BHS) of messages.")]) -> None:
    """Takes in messages from files as if they had been sent."""
    from adapters.fhir.audit import Access, Action, recorded
    from adapters.hl7v2.batch import split_batch
    from adapters.hl7v2.message import Message, parse
    from adapters.hl7v2.receive import CUT, check

    settings = command_settings()

    def read(file: Path, place: int, raw: bytes) -> Message:
        try:
            message = parse(raw, default_charset=settings.message_charset)
            check(message, settings.message_processing)
        except InputError as error:
            raise InputError(f"{file.name}, message {place}: {error.message}", hint=error.hint) from None
        return message

    async def put(raws: Sequence[bytes], messages: Sequence[Message]) -> int:
        what = f"{len(messages)} HL7 v2 messages taken from a file"
        async with recorded(log.record, Access(Action.UPDATE, "", note=what)):
            return sum([(await inbox.put(*both)).duplicate for both in zip(raws, messages, strict=True)])

    with _audited_inbox(settings) as (inbox, log):
        for file in files:
            batch = split_batch(read_file(file, _LARGEST_FILE, hint="Split it between messages"))
            if not (batch.messages or batch.stray or batch.declared == 0):
                raise InputError(f"{file.name} holds no HL7 v2 message", hint="Have it exported again")
            if batch.stray:
                raise InputError(f"{file.name} is no file of HL7 v2 messages", hint="It begins with MSH, FHS or BHS")
            if batch.cut:
                raise InputError(f"{file.name}: {CUT}", hint="Have it sent again, with a trailer")
            # All are read before the first is stored: nothing is taken from a file with a fault.
            messages = [read(file, place, raw) for place, raw in enumerate(batch.messages, start=1)]
            known = asyncio.run(put(batch.messages, messages))
            stderr.print(f"{file.name}: {len(batch.messages)} messages, {known} of them known already")
            if batch.miscounts:
                stderr.print(f"{file.name}: {batch.miscounts}", style="yellow")


@inbox_app.command("key")
def key(file: Annotated[Path, typer.Argument(help="Key file; created, or extended with a new first key.")]) -> None:
    """Creates a key to encrypt received messages. Older keys in the file still decrypt."""
    from core.vault import open_vault, write_key

    if file.is_file():
        try:
            open_vault(file, volume_encrypted=False)
        except SettingsError:
            raise InputError(f"{file} holds something else than keys", hint="Name a new file") from None
    write_key(file)
    stderr.print(f"Set R1_INBOX_KEY_FILE={file} and keep a copy elsewhere: without it no message can be read.")


@contextmanager
def _audited_inbox(settings: Settings) -> "Iterator[tuple[Inbox, UserLog]]":
    """The inbox, and the audit log for the terminal's user."""
    with closing(open_inbox(settings)) as inbox:
        yield inbox, open_audit_trail(settings, inbox.database).user(terminal_user())


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Runs until Ctrl-C or SIGTERM, which both end it cleanly."""

    async def run() -> None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(run())


async def _listen(settings: Settings) -> None:
    from adapters.hl7v2.metrics import InboxMetrics
    from adapters.hl7v2.mllp import MllpServer
    from adapters.hl7v2.receive import Receiver
    from adapters.hl7v2.tls import server_tls

    tls = None
    if settings.mllp_certificate and settings.mllp_key:
        tls = server_tls(settings.mllp_certificate, settings.mllp_key, settings.mllp_clients)
    inbox, metrics = open_inbox(settings), InboxMetrics()
    receiver = Receiver(
        inbox, charset=settings.message_charset, processing=settings.message_processing, metrics=metrics
    )
    server = MllpServer(receiver, tls=tls)
    freeze_loaded_objects()
    try:
        port = await server.start(settings.mllp_host, settings.mllp_port)
        secured = ("TLS with client certificates" if settings.mllp_clients else "TLS") if tls else "without TLS"
        stderr.print(f"Receiving on {settings.mllp_host}, port {port}, {secured}. Ctrl-C stops it.", style="bold")
        if settings.fhir_url is None:
            stderr.print("Messages are kept and not delivered: R1_FHIR_URL is not set.", style="yellow")
        await _work_off(settings, inbox, metrics)
    finally:
        await server.stop()
        await asyncio.to_thread(inbox.close)


async def _deliver(settings: Settings) -> None:
    from adapters.hl7v2.metrics import InboxMetrics

    inbox = open_inbox(settings)
    try:
        stderr.print("Delivering. Ctrl-C stops it.", style="bold")
        await _work_off(settings, inbox, InboxMetrics())
    finally:
        await asyncio.to_thread(inbox.close)


async def _work_off(settings: Settings, inbox: "Inbox", metrics: "InboxMetrics") -> None:
    """Delivers if there is a server, deletes old messages and serves the metrics, until cancelled."""
    from zoneinfo import ZoneInfo

    from adapters.hl7v2.deliver import Deliverer, delete_old
    from adapters.hl7v2.metrics import InboxGauges

    if settings.inbox_metrics_port:
        InboxGauges(inbox, metrics.registry)
        metrics.serve(settings.inbox_metrics_host, settings.inbox_metrics_port)
    stderr.print(f"Times without a zone are read as {settings.message_timezone} (R1_MESSAGE_TIMEZONE).")
    tidying = asyncio.create_task(delete_old(inbox, settings.inbox_keep_days))
    try:
        if settings.fhir_url is None:
            await asyncio.Event().wait()
        trail = open_audit_trail(settings, inbox.database)
        zone = ZoneInfo(settings.message_timezone)
        async with open_fhir(settings, trail.user("HL7 v2 delivery")) as client:
            await Deliverer(inbox, client, zone=zone, charset=settings.message_charset, metrics=metrics).run()
    finally:
        tidying.cancel()
