"""Files that take their place whole."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Where to write a file that then takes its place whole: nobody reads half of it, whoever else writes it too."""
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
