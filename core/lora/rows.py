"""Training rows from JSON, JSONL and CSV files, and plain texts."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, get_args

from ..engine.request import Message, Role
from ..errors import InputError, InputFormatError, InputTooLargeError
from ..files import read_limited

_MAX_BYTES = 512 << 20
_MAX_ROWS = 1_000_000
MAX_TEXT = 200_000  # characters of one text
_FORMATS, _TEXTS = (".json", ".jsonl", ".csv"), (".txt", ".md")
_READ = ("prompt", "completion", "task")
_USUAL = {"prompt", "completion", "instruction", "input", "output", "question", "answer", "response", "text"}


@dataclass(frozen=True, slots=True)
class Row:
    """A conversation and the answer to be learnt.

    Attributes:
        file, number: its file, and its row from 1, not counting a CSV header; in JSONL, its line.
        task: what kind of row it is; empty if the file does not say.
        messages: the messages before the answer, at least one; none if the row is a plain text.
        completion: the answer, or the text.
    """

    file: str
    number: int
    task: str
    messages: tuple[Message, ...]
    completion: str


@dataclass(frozen=True, slots=True)
class RowFile:
    """A file that was read.

    Attributes:
        name: without its folder.
        sha256: of its bytes.
        rows: in the file's order.
    """

    name: str
    sha256: str
    rows: tuple[Row, ...]


def read_rows(path: Path) -> RowFile:
    """Reads a file of rows.

    A row has ``prompt`` and ``completion``, or ``messages`` with ``role`` and ``content``, of which the last is the
    assistant's and is learnt. A ``task`` may name its kind; other fields are ignored.

    Args:
        path: ``.jsonl`` with one object per line, ``.json`` with a list of objects, or ``.csv`` with a header; UTF-8.

    Raises:
        InputError: the file cannot be read, or contains no rows.
        InputTooLargeError: the file, its rows or a text exceed the limits.
        InputFormatError: a row is broken; the message names file and row.
    """
    name = path.name
    plain = path.suffix.lower() in _TEXTS
    _check_format(path, _FORMATS, "Use --continue to train with plain text" if plain else "Name it after its format")
    text, sha256 = read_text(path)
    rows: list[Row] = []
    for number, fields in _records(text, path.suffix.lower(), name):
        if len(rows) == _MAX_ROWS:
            raise InputTooLargeError(f"{name} has more than {_MAX_ROWS:,} rows", hint="Split it")
        rows.append(_row(fields, name, number))
    if not rows:
        raise InputError(f"{name} holds no rows")
    return RowFile(name, sha256, tuple(rows))


def read_plain(path: Path) -> RowFile:
    """Reads a whole text as one row without messages.

    Args:
        path: ``.txt`` or ``.md``; UTF-8.

    Raises:
        InputError: as :func:`read_rows`, or it contains no text.
    """
    _check_format(path, _TEXTS, "Rows are given without --continue and --keep")
    text, sha256 = read_text(path)
    if not text.strip():
        raise InputError(f"{path.name} holds no text")
    return RowFile(path.name, sha256, (Row(path.name, 1, "", (), text),))


def _check_format(path: Path, known: tuple[str, ...], hint: str) -> None:
    if path.is_dir():
        raise InputError(f"{path.name or path} is a folder", hint="Name the files in it")
    if path.suffix.lower() not in known:
        raise InputFormatError(f"{path.name} is none of {', '.join(known)}", hint=hint)


def read_text(path: Path) -> tuple[str, str]:
    """A file's text, and the SHA-256 of its bytes.

    Raises:
        InputTooLargeError: it has more than 512 MiB.
        InputFormatError: it is not UTF-8.
        InputError: it cannot be read.
    """
    try:
        data = read_limited(path, _MAX_BYTES, name=path.name, hint="Split it")
        return data.decode("utf-8-sig"), hashlib.sha256(data).hexdigest()
    except OSError as error:
        raise InputError(f"{path.name} cannot be read ({error.strerror})", hint="Check its name") from None
    except UnicodeDecodeError:
        raise InputFormatError(
            f"{path.name} is not UTF-8 text", hint="Save it as UTF-8 (in Excel: CSV UTF-8)"
        ) from None


def _records(text: str, suffix: str, name: str) -> Iterator[tuple[int, Any]]:
    if suffix == ".csv":
        yield from enumerate(_csv_records(text, name), start=1)
    elif suffix == ".json":
        records = _parsed(text, name)
        if not isinstance(records, list):
            raise InputFormatError(
                f"{name} is not a list of rows", hint="A file with one object per line must end in .jsonl"
            )
        yield from enumerate(records, start=1)
    else:
        yield from json_lines(text, name)


def json_lines(text: str, name: str) -> Iterator[tuple[int, Any]]:
    """The number and value of each line of JSONL; empty lines are skipped, but counted.

    Raises:
        InputFormatError: a line is not JSON; the message names it.
    """
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, _parsed(line, f"{name}, row {number}")


def _parsed(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 1)
        raise InputFormatError(
            f"{what} is not JSON" + (f" from line {line} on" if line > 1 else ""),
            hint="JSON needs double quotes and no trailing comma; in .jsonl each row is one line",
        ) from None


def _csv_records(text: str, name: str) -> Iterator[dict[str, str]]:
    csv.field_size_limit(max(csv.field_size_limit(), 2 * MAX_TEXT))  # _text reports texts that are too long
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)  # otherwise an open quote swallows the rest
    for number in count(1):
        try:
            record = next(reader, None)
        except csv.Error as error:  # its messages repeat nothing of the file
            raise InputFormatError(f"{name}, row {number} is not CSV: {error}") from None
        if record is None:
            return
        names = list(reader.fieldnames or ())
        if number == 1 and (twice := [column for column in _READ if names.count(column) > 1]):
            raise InputFormatError(f"{name} has two columns {twice[0]!r}", hint="Rename one")
        if None in record:
            raise InputFormatError(f"{name}, row {number} has too many columns", hint="Quote texts with commas")
        yield record


def _row(fields: Any, file: str, number: int) -> Row:
    where = f"{file}, row {number}"
    if not isinstance(fields, dict):
        raise InputFormatError(f"{where} is not an object with fields")
    # Exporters write every column in every row, and in a table messages can only be text.
    value = fields.get("messages")
    if value is not None and not (isinstance(value, str) and "prompt" in fields):
        *messages, last = _messages(value, where)
        if last.role != "assistant" or not messages:
            raise InputFormatError(f"{where}: messages must be at least two, and the last the assistant's")
        completion = last.content
    else:
        messages = [Message("user", _text(fields, "prompt", where))]
        completion = _text(fields, "completion", where)
    task = _text(fields, "task", where) if fields.get("task") is not None else ""
    return Row(file, number, task, tuple(messages), completion)


def _messages(value: Any, where: str) -> list[Message]:
    if not isinstance(value, list) or not value or not all(isinstance(item, dict) for item in value):
        raise InputFormatError(f"{where}: messages is not a list of objects with role and content")
    if any(item.get("role") not in get_args(Role) for item in value):
        raise InputFormatError(f"{where}: a role is none of {', '.join(get_args(Role))}")
    return [Message(item["role"], _text(item, "content", where)) for item in value]


def _text(fields: dict[str, Any], key: str, where: str) -> str:
    value = fields.get(key)
    if isinstance(value, int | float):
        kind = "true or false" if isinstance(value, bool) else "a number"
        raise InputFormatError(f"{where} has no text {key!r} but {kind}", hint="Put it in quotes")
    if not isinstance(value, str):
        raise InputFormatError(f"{where} has no text {key!r}", hint=_expected({} if key in fields else fields))
    check_text(value, MAX_TEXT, f"{where}: {key}")
    return value


def _expected(fields: dict[str, Any]) -> str:
    """What a row should have, and what it has: only usual names, as others may be data in a file without a header."""
    parts = [part for name in fields for part in re.split(r"[;\t]", name)]
    hint = "A row has prompt and completion, or messages"
    if len(fields) == 1 < len(parts):
        hint += "; commas separate columns"
    found = [part for part in parts if part.strip().lower() in _USUAL]
    return f"{hint}. It has: {', '.join(found)}" if found else hint


def check_text(text: str, longest: int, what: str) -> None:
    """Rejects a text of more than ``longest`` characters or with lone surrogates, which JSON allows.

    Raises:
        InputTooLargeError, InputFormatError: it is rejected; the message begins with ``what``.
    """
    if len(text) > longest:
        raise InputTooLargeError(f"{what} has more than {longest:,} characters")
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InputFormatError(f"{what} holds half a character")
