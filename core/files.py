"""Packaged files, atomic writes, and disk errors turned into the suite's own."""

import importlib.resources
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import InputTooLargeError, StorageError

_ERRNO = re.compile(r"(?:\[Errno |os error )(\d{1,3})\b")


def packaged(package: str, name: str) -> Path:
    """A file or folder shipped in a package."""
    return Path(str(importlib.resources.files(package) / name))


def read_limited(path: Path, most: int, *, name: str, hint: str) -> bytes:
    """The bytes of a file or a pipe, which has no size to look at first.

    Args:
        most: limit in bytes, whole MiB or, below one, KiB.
        name: of the file in the message.
        hint: what to do if it is larger.

    Raises:
        InputTooLargeError: it has more bytes; no more than one of them is read.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        limit = f"{most >> 20} MiB" if most >> 20 else f"{most >> 10} KiB"
        raise InputTooLargeError(f"{name} has more than {limit}", hint=hint)
    return content


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write to, which replaces ``path`` atomically at the end: nobody reads half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield partial
        partial.replace(path)
    finally:  # Ctrl-C comes through here too
        partial.unlink(missing_ok=True)


def flush(file: Path) -> None:
    """Waits until a file is on disk, so that a folder renamed afterwards is complete even after a power cut."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def open_to_readers(file: Path) -> None:
    """Gives a file the default mode (by the umask): safetensors writes files that only the owner can read."""
    new = file.with_name(f".{file.name}.{secrets.token_hex(4)}.new")
    new.touch()
    try:
        shutil.copymode(new, file)
    finally:
        new.unlink()


@contextmanager
def storage_errors(
    folder: Path, hint: str = "Name a folder that you can write to, or free some space"
) -> Iterator[None]:
    """Turns disk errors into a :class:`StorageError` that names the folder.

    Raises:
        StorageError: the disk is full or the folder cannot be written to.
    """
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError) as error:
        raise StorageError(f"{folder} cannot be written ({_reason(error)})", hint=hint) from error


def _reason(error: Exception) -> str:
    """The system's message; errors of ``shutil`` and safetensors carry its number only in their text."""
    number = getattr(error, "errno", None)
    if not number and (told := _ERRNO.search(str(error))):
        number = int(told[1])
    return os.strerror(number) if number else type(error).__name__
