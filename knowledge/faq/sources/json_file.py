"""Reads ``faq.json``: ``{"version": 1, "entries": [...]}``, each entry with the fields of ``Entry``."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from core.errors import InputFormatError

from .record import Record, first_problem, read_text

MAX_BYTES = 256 << 20
"""Largest file that is read."""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Literal[1]
    entries: list[object]


def read_json(path: Path) -> Iterator[Record]:
    """Yields the file's entries.

    Raises:
        InputError: the file cannot be read, is too large or not JSON, or has unknown fields.
    """
    for number, raw in enumerate(_read_file(path).entries, start=1):
        name = raw.get("id", "") if isinstance(raw, dict) else ""
        where = f"{path.name}, entry {number} {name!r}"
        if not isinstance(raw, dict):
            raise InputFormatError(f"{where}: it is no object with fields")
        yield Record(where, raw)


def load_json(path: Path) -> object:
    """The file's content.

    Raises:
        InputError: it cannot be read, is too large or not JSON.
    """
    text = read_text(path, MAX_BYTES)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise InputFormatError(
            f"{path.name}, line {error.lineno}, column {error.colno}: not JSON ({error.msg})"
        ) from None
    except RecursionError:
        raise InputFormatError(f"{path.name} is nested too deeply") from None
    except ValueError:
        raise InputFormatError(f"{path.name} has a number with thousands of digits") from None


def _read_file(path: Path) -> _File:
    content = load_json(path)
    if not isinstance(content, dict):
        raise InputFormatError(f'{path.name} is no object: it is written like {{"version": 1, "entries": [...]}}')
    try:
        return _File.model_validate(content)
    except ValidationError as error:
        raise InputFormatError(f"{path.name}: {first_problem(error)}") from None
