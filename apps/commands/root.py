"""``r1``: the command tree, and the commands that start the suite or talk to its model."""

import asyncio
import contextlib
import importlib.metadata
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import SettingsError
from core.settings import Settings

from . import account, audit, diagnosis, ehr, faq, hand_offs, models
from .certify import certify
from .diagnose import diagnose
from .evaluate import evaluate
from .terminal import command_settings, printable, read_line, stderr, stdout
from .terms import terms
from .train import merge, train

if TYPE_CHECKING:
    from core.engine.request import Chunk
    from core.server.serve import Server

    from ..bootstrap import Suite

_TERMINATED = 128 + signal.SIGTERM  # as shells report it

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="R1 Suite.")
app.add_typer(models.app, name="models")
app.command()(diagnose)
app.command()(terms)
app.add_typer(ehr.app, name="ehr")
app.add_typer(audit.app, name="audit")
app.add_typer(diagnosis.app, name="diagnosis")
app.command()(train)
app.command()(merge)
app.command()(evaluate)
app.add_typer(faq.app, name="faq")
app.add_typer(account.app, name="account")
app.add_typer(hand_offs.app, name="hand-offs")
app.command()(certify)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(importlib.metadata.version("r1-suite"))
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Prints the version and exits.")
    ] = False,
) -> None:
    pass


@app.command()
def serve() -> None:
    """Starts the suite: both applications, on R1_HOST and R1_PORT."""
    # Until uvicorn handles it: a container's first process ignores signals that it does not handle.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(_TERMINATED))
    settings = command_settings()
    with _socket(settings) as listener:
        with _port_errors(settings):  # a port in use is reported before anything is loaded
            listener.bind((settings.host, settings.port))
            listener.listen()
        from ..starting import answering

        with answering(listener), stderr.status("Loading models, FAQ and medical knowledge…"):
            suite, server = _loaded(settings)
        _announce(settings)
        with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again once everything is closed
            server.run(sockets=[listener])
        suite.engine.close()
    stderr.print("Stopped.")


@app.command()
def chat(
    system: Annotated[str, typer.Option(help="System prompt: instructions put before the conversation.")] = "",
    temperature: Annotated[float, typer.Option(help="0 to 2; 0 always picks the likeliest token.")] = 0.7,
    max_tokens: Annotated[int, typer.Option(help="Maximum length of an answer, in tokens.")] = 512,
    seed: Annotated[int | None, typer.Option(help="The same seed gives the same answers.")] = None,
    domain: Annotated[
        str, typer.Option(help="finance, medical or legal, the name of an adapter, or auto to choose by message.")
    ] = "none",
) -> None:
    """Talks to the language model in the terminal. It remembers five turns; Ctrl-D ends the conversation."""
    settings = command_settings()
    with stderr.status("Loading the model…"):
        from core.chat import ConversationModel
        from core.engine.open import open_engine
        from core.engine.request import SamplingParams

        from .domain import adapter_chooser, check_domain

        params = SamplingParams(temperature=temperature, max_tokens=max_tokens, seed=seed)
        check_domain(domain, settings)
        engine = open_engine(settings=settings)
        adapter_of = adapter_chooser(domain, engine)
    conversation = ConversationModel(engine, system=system, params=params)
    if sys.stdin.isatty():
        stderr.print(f"Talking to {engine.model_name}. Ctrl-C stops an answer, Ctrl-D ends.", style="dim")
    while (message := read_line()) is not None:
        if message.strip():
            _print_answer(conversation.stream(message, adapter=adapter_of(message)))


def _loaded(settings: Settings) -> "tuple[Suite, Server]":
    """Everything that is served, and its server."""
    import uvicorn

    from core.server.serve import Server

    from ..api import create_app
    from ..bootstrap import build_suite
    from ..process import freeze_loaded_objects

    suite = build_suite(settings)
    config = uvicorn.Config(
        create_app(suite),
        log_level="warning",
        access_log=False,  # paths may name patients
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    logging.getLogger("uvicorn.error").addFilter(_is_no_ended_stream)
    freeze_loaded_objects()
    return suite, Server(config, suite.drain)


def _socket(settings: Settings) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return listener


@contextlib.contextmanager
def _port_errors(settings: Settings) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SettingsError(
            f"{settings.host}, port {settings.port} cannot be listened on ({error.strerror})",
            hint="Stop the program that uses it (another R1 Suite may still be starting), or change R1_HOST or R1_PORT",
        ) from None


def _is_no_ended_stream(record: logging.LogRecord) -> bool:
    """Every open page holds an event stream; its end on shutdown is no error."""
    ended = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not ended and not record.getMessage().startswith("Cancel ")


def _announce(settings: Settings) -> None:
    from ..api import serves_api

    stderr.print("R1 Suite is up. Ctrl-C stops it.", style="bold")
    paths = {"Start page": "/", "Support chat": "/support/", "Diagnosis": "/diagnosis/"}
    if serves_api(settings):
        paths["OpenAI API"] = "/v1"
    for name, path in paths.items():
        stderr.print(f"  {name:13} {settings.address}{path}")


def _print_answer(chunks: "Iterable[Chunk]") -> None:
    """Prints an answer as it is written, thoughts dimmed. Ctrl-C stops the answer, not the program."""
    try:
        for chunk in chunks:
            stdout.print(printable(chunk.reasoning), end="", style="dim")
            stdout.print(printable(chunk.text), end="", soft_wrap=True)
    except KeyboardInterrupt:
        stdout.print(" […]", end="", style="dim")
    stdout.print()
