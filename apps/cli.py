"""``r1``: the suite from the command line."""

import asyncio
import contextlib
import json
import logging
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from core.errors import InputError, InputFormatError, InputTooLargeError, InvalidRequestError, R1Error, SettingsError
from core.settings import Settings, load_settings

from .commands import account, diagnosis, ehr, faq
from .commands.certify import certify
from .commands.evaluate import evaluate
from .commands.terminal import print_assessment, printable, pull_progress, say, start_logging, table_of, terminal_user
from .commands.terms import terms
from .commands.train import merge, train

if TYPE_CHECKING:
    from adapters.fhir.bundle import PatientRecord

_MAX_FILE = 64 << 20  # larger files are refused unread; each format has a lower limit of its own

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="R1 Suite.")
models_app = typer.Typer(no_args_is_help=True, help="Models and data on this machine.")
app.add_typer(models_app, name="models")
app.command()(terms)
app.add_typer(ehr.app, name="ehr")
app.add_typer(ehr.audit_app, name="audit")
app.add_typer(diagnosis.app, name="diagnosis")
app.command()(train)
app.command()(merge)
app.command()(evaluate)
app.add_typer(faq.app, name="faq")
app.add_typer(account.app, name="account")
app.command()(certify)

# Without markup: names, notes and errors may hold square brackets.
_out, _err = Console(markup=False), Console(markup=False, stderr=True)


def main() -> None:
    """Runs a command. Exit code 2 means that the input or a setting is at fault, 1 that something else failed."""
    try:
        app()
    except (KeyboardInterrupt, ImportError) as error:
        if not _interrupted(error):
            raise
        _err.print("Stopped.")
        sys.exit(130)
    except R1Error as error:
        _err.print("Error:", style="bold red", end=" ")
        _err.print(error.message + ".", highlight=False)
        if error.hint:
            _err.print(error.hint + ".", highlight=False)
        sys.exit(2 if isinstance(error, InputError | InvalidRequestError | SettingsError) else 1)


def _interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind an error: transformers turns it into an ImportError while it imports."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


@app.command()
def serve() -> None:
    """Starts the suite: both applications, on R1_HOST and R1_PORT."""
    settings = _settings()
    with _listener(settings) as listener, _err.status("Starting: loading models, FAQ and medical knowledge…") as status:
        import uvicorn

        from core.server.serve import Server

        from .api import create_app
        from .bootstrap import build_suite
        from .process import loaded

        suite = build_suite(settings)
        config = uvicorn.Config(
            create_app(suite),
            log_level="warning",
            access_log=False,  # paths may name patients
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        logging.getLogger("uvicorn.error").addFilter(_is_no_ended_stream)
        loaded()
        status.stop()
        _announce(settings)
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again once everything is closed
            Server(config, suite.drain).run(sockets=[listener])
        suite.engine.close()
    _err.print("Stopped.")


@app.command()
def chat(
    system: Annotated[str, typer.Option(help="Instructions that stand before the conversation.")] = "",
    temperature: Annotated[float, typer.Option(help="0 to 2; 0 always takes the likeliest word.")] = 0.7,
    max_tokens: Annotated[int, typer.Option(help="Longest answer.")] = 512,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same answers.")] = None,
    domain: Annotated[str, typer.Option(help="finance, medical or legal, or auto to choose by message.")] = "none",
) -> None:
    """Talks to the language model in the terminal; it remembers five turns. Ctrl-D ends it."""
    settings = _settings()
    with _err.status("Loading the model…"):
        from core.chat import ConversationModel
        from core.engine.request import SamplingParams

        from .engine import adapter_chooser, open_engine

        params = SamplingParams(temperature=temperature, max_tokens=max_tokens, seed=seed)
        engine = open_engine(settings=settings)
        adapter_of = adapter_chooser(domain, engine)
    conversation = ConversationModel(engine, system=system, params=params)
    if sys.stdin.isatty():
        _err.print(f"Talking to {engine.model_name}. Ctrl-C stops an answer, Ctrl-D ends.", style="dim")
    while (message := _read_line()) is not None:
        if message.strip():
            say(_out, conversation.stream(message, adapter=adapter_of(message)))


@app.command()
def diagnose(
    file: Annotated[Path | None, typer.Argument(help="FHIR R4 Bundle (.json) or clinical note (.txt).")] = None,
    server: Annotated[str | None, typer.Option(help="FHIR R4 server to read from; default R1_FHIR_URL.")] = None,
    patient: Annotated[str | None, typer.Option(help="Id of the patient on the server.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Diseases to show.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Reads a patient and ranks diseases to consider. It is not a diagnosis."""
    if (file is None) == (patient is None):
        raise InputError("Name either a file or --patient", hint="See: r1 diagnose --help")
    settings = _settings()
    data = _read_input(file) if file else b""
    record = asyncio.run(_read_from_server(settings, server, patient)) if patient else None
    with _err.status("Reading…"):
        from core.hub import ModelHub

        from .bootstrap import build_diagnosis, build_oversight, open_audit_trail, open_suite_database

        database = open_suite_database(settings)
        guard = build_oversight(settings, database, open_audit_trail(settings, database)).safety
        service = build_diagnosis(settings, ModelHub(settings.home), guard)
        case = service.read_record(record) if record else service.read_file(data, name=file.name if file else "")
        assessment = service.assess(case, limit)
    if as_json:
        from .diagnosis.report import assessment_json

        print(json.dumps(assessment_json(assessment), indent=2, ensure_ascii=False))
    else:
        print_assessment(_out, assessment)


@app.command("hand-offs")
def hand_offs() -> None:
    """Shows the conversations that wait for a person, oldest first."""
    from .bootstrap import open_suite_database
    from .support.store import SupportStore

    waiting = SupportStore(open_suite_database(_settings())).waiting()
    table = table_of("Reference", "Since (UTC)", "Language", "E-mail", "Note", "Turns", whole=["E-mail"])
    for item in waiting:
        since, turns = item.created_at.strftime("%Y-%m-%d %H:%M"), str(len(item.transcript))
        table.add_row(item.reference, since, item.language, printable(item.email), printable(item.note), turns)
    _out.print(table if waiting else "Nobody is waiting.")


@models_app.command("list")
def list_models() -> None:
    """Shows the known models and which of them are on this machine."""
    from core.hub import ModelHub

    hub = ModelHub(_settings().home)
    table = table_of("Name", "Kind", "Licence", "Here", "What it is")
    for name in hub.names():
        entry = hub.manifest.get(name)
        here = "yes" if hub.is_present(name) else "no"
        described = (entry.kind, entry.licence, here, entry.description) if entry else ("hub", "see its card", here, "")
        table.add_row(name, *described)
    _out.print(table)


@models_app.command("pull")
def pull_models(
    names: Annotated[list[str] | None, typer.Argument(help="Default: all that the suite needs.")] = None,
) -> None:
    """Fetches models that are not here yet. Can be stopped and started again at any time."""
    from core.hub import ModelHub

    from .bootstrap import REQUIRED

    settings = _settings()
    hub = ModelHub(settings.home)
    for name in names or [settings.model, *REQUIRED]:
        found = hub.is_present(name)
        with pull_progress(_err, name) as progress:
            hub.pull(name, progress)
        _err.print(f"{name}: {'here already' if found else 'ready'}")


@models_app.command("verify")
def verify_models(
    names: Annotated[list[str] | None, typer.Argument(help="Default: all that are here.")] = None,
) -> None:
    """Compares the files of models with the hashes taken when they were pulled."""
    from core.hub import ModelHub

    hub = ModelHub(_settings().home)
    for name in names or [name for name in hub.names() if hub.is_present(name)]:
        hub.verify(name)
        _err.print(f"{name}: intact")


def _settings() -> Settings:
    settings = load_settings()
    start_logging(settings)
    return settings


def _listener(settings: Settings) -> socket.socket:
    """The bound socket: a taken port is told before anything is loaded, and nobody takes it meanwhile."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"{settings.host}, port {settings.port} cannot be listened on ({error.strerror})",
            hint="Stop what uses it, or set R1_HOST or R1_PORT to another value",
        ) from None
    return listener


def _is_no_ended_stream(record: logging.LogRecord) -> bool:
    """Every open page holds an event stream; that it ends with the server is no error."""
    ended = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not ended and not record.getMessage().startswith("Cancel ")


def _announce(settings: Settings) -> None:
    from .api import serves_api

    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    base = f"http://{host}:{settings.port}"
    _err.print("R1 Suite is up. Ctrl-C stops it.", style="bold")
    paths = {"Start page": "/", "Support chat": "/support/", "Diagnosis": "/diagnosis/"}
    if serves_api(settings):
        paths["OpenAI API"] = "/v1"
    for name, path in paths.items():
        _err.print(f"  {name:13} {base}{path}", highlight=False)


def _read_line() -> str | None:
    try:
        line = input("> " if sys.stdin.isatty() else "")
    except EOFError:
        return None
    except UnicodeDecodeError:
        raise InputFormatError("The input is not UTF-8 text") from None
    if not line.isprintable() and any("\ud800" <= character <= "\udfff" for character in line):
        raise InputFormatError("The input is not UTF-8 text")
    return line


def _read_input(file: Path) -> bytes:
    try:
        if file.stat().st_size > _MAX_FILE:
            raise InputTooLargeError(
                f"The file has {file.stat().st_size >> 20} MB; at most {_MAX_FILE >> 20} MB are opened",
                hint="Export one patient at a time",
            )
        return file.read_bytes()
    except OSError as error:
        raise InputError(f"The file cannot be read ({error.strerror})", hint="Check its name") from None


async def _read_from_server(settings: Settings, server: str | None, patient: str) -> "PatientRecord":
    from .bootstrap import open_audit_trail, open_fhir, open_suite_database

    trail = open_audit_trail(settings, open_suite_database(settings))
    async with open_fhir(settings, trail.user(terminal_user()), server) as client:
        return await client.read_patient(patient)
