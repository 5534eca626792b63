"""Files that ship, writing files atomically, and the error where a disk refuses."""

import importlib.resources
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import StorageError

_ERRNO = re.compile(r"(?:\[Errno |os error )(\d{1,3})\b")


def packaged(package: str, name: str) -> Path:
    """A file or a folder that ships in a package."""
    return Path(str(importlib.resources.files(package) / name))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write to, which replaces ``path`` atomically at the end: nobody reads half of a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield partial
        partial.replace(path)
    finally:  # Ctrl-C comes through here too
        partial.unlink(missing_ok=True)


def flush(file: Path) -> None:
    """Waits until a file is on the disk, so that a folder renamed after it is whole even after a power cut."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())


def open_to_readers(file: Path) -> None:
    """Gives a file the mode of new files (the umask): safetensors lets only the owner read what it writes."""
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
    """Turns errors of the disk into ours, which name the folder.

    Raises:
        StorageError: the disk is full or the folder cannot be written.
    """
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError) as error:
        raise StorageError(f"{folder} cannot be written ({_reason(error)})", hint=hint) from error


def _reason(error: Exception) -> str:
    """What the system says; ``shutil`` and safetensors have its number only in their text."""
    number = getattr(error, "errno", None)
    if not number and (told := _ERRNO.search(str(error))):
        number = int(told[1])
    return os.strerror(number) if number else type(error).__name__
