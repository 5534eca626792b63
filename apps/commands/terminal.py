"""Shared by the commands: start-up, the terminal, tables, files and auditing."""

import os
import pwd
import sys
from collections.abc import Callable, Collection, Coroutine
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from rich.console import Console
from rich.table import Column, Table

from core.errors import InputError, InputFormatError
from core.files import read_limited, replacing
from core.settings import Settings, load_settings

from ..process import log_to_stderr, quiet_libraries

if TYPE_CHECKING:
    from adapters.fhir.audit import AuditTrail
    from adapters.fhir.client import FhirClient

    from ..diagnosis.oversight import Oversight

T = TypeVar("T")

UNWRAPPED = 10_000  # columns


def _console(stream: TextIO, *, to_error: bool) -> Console:
    """Without markup: names, notes and errors may hold square brackets.

    Only a terminal gets wrapped lines: in a pipe or a log, a row of a table has to be found as one line.
    """
    is_seen = stream.isatty() or os.environ.get("COLUMNS")
    return Console(markup=False, highlight=False, stderr=to_error, width=None if is_seen else UNWRAPPED)


stdout, stderr = _console(sys.stdout, to_error=False), _console(sys.stderr, to_error=True)


def table_of(*columns: str, whole: Collection[str] = (), **options: Any) -> Table:
    """A table that truncates nothing.

    Args:
        columns: their titles.
        whole: columns kept on one line for copying, besides the first.
        options: of rich's table.
    """
    on_one_line = {*columns[:1], *whole}
    return Table(*(Column(title, overflow="fold", no_wrap=title in on_one_line) for title in columns), **options)


def read_line() -> str | None:
    """The next message from the terminal; None at the end.

    Raises:
        InputFormatError: it is not UTF-8.
    """
    try:
        line = input("> " if sys.stdin.isatty() else "")
    except EOFError:
        return None
    except UnicodeDecodeError:
        raise InputFormatError("The input is not UTF-8 text") from None
    if not line.isprintable() and any("\ud800" <= character <= "\udfff" for character in line):
        raise InputFormatError("The input is not UTF-8 text")
    return line


def printable(text: str) -> str:
    """Outside text without control characters, which could drive the terminal; line breaks stay."""
    return "".join(character for character in text if character.isprintable() or character == "\n")


def say(text: str, style: str = "") -> None:
    """Prints a line, wrapped by the terminal only, so that it stays whole in a file."""
    stdout.print(text, style=style, soft_wrap=True)


def minute(at: datetime) -> str:
    """A time to the minute, as shown in output."""
    return at.strftime("%Y-%m-%d %H:%M")


def command_settings() -> Settings:
    """Loads the settings, logs to standard error at their level, and quiets libraries."""
    settings = load_settings()
    log_to_stderr(settings.log_level)
    quiet_libraries()
    return settings


def read_file(file: Path, most: int, *, hint: str) -> bytes:
    """The bytes of a file.

    Raises:
        InputTooLargeError: it has more than ``most`` bytes; ``hint`` says what to do.
        InputError: it cannot be read.
    """
    try:
        return read_limited(file, most, name=file.name, hint=hint)
    except OSError as error:
        raise InputError(f"{file.name} cannot be read ({error.strerror})", hint="Check its path") from None


def private_file(file: Path, text: str) -> None:
    """Writes a file that only its owner can read; an older one is replaced atomically.

    Raises:
        InputError: it cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with replacing(file) as partial:
            partial.touch(mode=0o600)
            partial.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"The file cannot be written ({error.strerror})", hint="Choose another folder") from None


def open_trail(settings: Settings) -> "AuditTrail":
    """The audit trail in the suite's database."""
    from ..bootstrap import open_audit_trail, open_suite_database

    return open_audit_trail(settings, open_suite_database(settings))


def open_oversight(settings: Settings) -> "Oversight":
    """What is stored of the diagnostic assistant's use, and its switch."""
    from ..bootstrap import build_oversight, open_suite_database

    return build_oversight(settings, open_suite_database(settings))


def open_server(settings: Settings, server: str | None) -> "FhirClient":
    """Opens a FHIR server (None: the configured one), audited as the terminal's user."""
    from ..bootstrap import open_fhir

    return open_fhir(settings, open_trail(settings).user(terminal_user()), server)


def audited(trail: "Callable[[], AuditTrail]", what: str, change: Callable[[], T], *, at_once: bool = False) -> T:
    """Makes a change, audited as requested before it and with its outcome after it.

    Args:
        trail: opens the audit trail.
        what: the change, in words.
        at_once: does not wait for the trail, which records the change only afterwards.
    """
    from adapters.fhir.audit import Access, Action, recorded

    async def record(access: Access) -> None:
        if not (at_once and access.stage):
            trail().append(access, user=terminal_user())

    async def made() -> T:
        async with recorded(record, Access(Action.UPDATE, "", note=printable(what))):
            return change()

    return _at_once(made())


def _at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never waits. With an event loop Ctrl-C would wait until the change is made."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise AssertionError("it waits")


def terminal_user() -> str:
    """The terminal's user for the audit trail: the account running this, whatever environment variables say."""
    try:
        return f"terminal:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:  # e.g. a nameless user in a container
        return f"terminal:{os.getuid()}"
