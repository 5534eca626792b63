"""Reads a company's questions and answers: JSON, CSV, XLSX, Markdown, HTML, PDF, or a folder of these."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError, InputFormatError, InputTooLargeError

from .entry import MAX_QUESTION, PUBLIC, Entry, visible
from .html_file import read_html
from .json_file import read_json
from .markdown import read_markdown
from .pdf import read_pdf
from .record import Record
from .sidecar import has_sidecar, sidecar_path
from .tables import read_csv, read_xlsx

__all__ = [
    "FORMATS",
    "MAX_ENTRIES",
    "MAX_QUESTION",
    "PUBLIC",
    "Entry",
    "Reading",
    "read_faq",
    "read_sources",
    "visible",
]

MAX_ENTRIES = 200_000
"""Most entries of one FAQ."""

_MAX_FILES = 20_000

FORMATS: dict[str, Callable[[Path], Iterator[Record]]] = {
    ".json": read_json,
    ".csv": read_csv,
    ".xlsx": read_xlsx,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".pdf": read_pdf,
}
"""The reader of each format, by the file's ending."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What files gave.

    Attributes:
        entries: with the dates of their files where these tell none.
        undated: ids and languages of the latter.
        skipped: the files of a folder that are of no such format.
    """

    entries: tuple[Entry, ...]
    undated: frozenset[tuple[str, str]]
    skipped: tuple[Path, ...]


def read_faq(path: Path) -> tuple[Entry, ...]:
    """Reads one file, or every file of a folder; see :func:`read_sources`."""
    return read_sources([path]).entries


def read_sources(paths: Sequence[Path], progress: Callable[[str, int], None] = lambda name, count: None) -> Reading:
    """Reads files and folders, with the folders in these, as one FAQ.

    Links and hidden files in a folder are left out.

    Args:
        paths: at least one.
        progress: is told the file being read and how many entries there are so far.

    Raises:
        InputTooLargeError: a file or the whole is over its limit.
        InputError: a file cannot be read, is malformed, has no entries, or has an id that is there already in this
            language. The message names the file, the place in it and the field.
    """
    entries: list[Entry] = []
    places: dict[tuple[str, str], str] = {}
    undated: set[tuple[str, str]] = set()
    skipped: list[Path] = []
    for path in _files(paths, skipped):
        before = len(entries)
        for record in _reader(path)(path):
            entry = record.entry()
            key = entry.id, entry.language
            if key in places:
                raise InputFormatError(
                    f"{record.where}: id {entry.id!r} stands already in {places[key]} for {entry.language}",
                    hint="Give each entry of a language its own id; without one it is made of the first question",
                )
            places[key] = record.where
            entries.append(entry)
            if not record.is_dated:
                undated.add(key)
            if len(entries) > MAX_ENTRIES:
                raise InputTooLargeError(f"{record.where}: more than {MAX_ENTRIES:,} entries")
            if len(entries) % 500 == 0:
                progress(path.name, len(entries))
        if len(entries) == before:
            raise InputFormatError(f"{path.name} has no entries")
        progress(path.name, len(entries))
    return Reading(tuple(entries), frozenset(undated), tuple(skipped))


def _files(paths: Sequence[Path], skipped: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = _inside(path)
        files = [each for each in inside if each.suffix.lower() in FORMATS]
        if not files:
            raise InputError(f"The folder {path} has no FAQ file", hint=f"They end in {', '.join(FORMATS)}")
        sidecars = {sidecar_path(each) for each in files if has_sidecar(each)}
        skipped += [each for each in inside if each not in sidecars and each not in files]
        found += files
    return found


def _inside(folder: Path) -> list[Path]:
    found = []
    for root, folders, names in os.walk(folder, onerror=_unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(root, name)
            if not name.startswith((".", "~$")) and not path.is_symlink():  # ~$ is what Excel has open
                found.append(path)
            if len(found) > _MAX_FILES:
                raise InputTooLargeError(f"The folder {folder} has more than {_MAX_FILES:,} files")
    return found


def _unreadable(error: OSError) -> None:
    raise InputError(f"{error.filename} cannot be read ({error.strerror})", hint="Check its rights")


def _reader(path: Path) -> Callable[[Path], Iterator[Record]]:
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        hint = "Save it as .xlsx" if path.suffix.lower() in (".xls", ".xlsm", ".ods") else ""
        raise InputFormatError(
            f"{path.name} is of no format that is read", hint=hint or f"The formats are {', '.join(FORMATS)}"
        ) from None
