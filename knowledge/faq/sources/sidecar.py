"""Sidecar files: fields common to all entries of a file in a format without columns."""

import tomllib
from pathlib import Path

from core.errors import InputFormatError

from .record import FileFields, read_text

_MAX_BYTES = 64 << 10
_FORMATS = (".md", ".markdown", ".html", ".htm", ".pdf")


def has_sidecar(path: Path) -> bool:
    """Whether a file of this format may have a sidecar."""
    return path.suffix.lower() in _FORMATS


def sidecar_path(path: Path) -> Path:
    """``staff.pdf`` -> ``staff.pdf.toml``"""
    return path.with_name(f"{path.name}.toml")


def sidecar_fields(path: Path) -> dict[str, object]:
    """The fields in the TOML file next to ``path``; none without such a file.

    Raises:
        InputError: it cannot be read, is not TOML, or has an unknown or malformed field.
    """
    beside = sidecar_path(path)
    if not beside.exists():
        return {}
    try:
        values = tomllib.loads(read_text(beside, _MAX_BYTES))
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise InputFormatError(f"{beside.name} is not TOML ({type(error).__name__})") from None
    return FileFields.checked(values, beside.name)
