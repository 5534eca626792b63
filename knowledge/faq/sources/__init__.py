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
    "LeftOut",
    "Reading",
    "read_faq",
    "read_sources",
    "visible",
]

MAX_ENTRIES = 200_000
"""Maximum number of entries of one FAQ."""

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
"""The reader of each format, by file extension."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A heading with text that became no entry.

    Attributes:
        where: the file and the place in it.
        title: the heading.
        characters: the length of its text.
        why: what it was taken for, such as ``the title of other questions``.
    """

    where: str
    title: str
    characters: int
    why: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from files.

    Attributes:
        entries: with their files' dates if they have none of their own.
        undated: ids and languages of those.
        skipped: files of a folder that have none of the formats.
        left_out: what looked like a question but is not.
    """

    entries: tuple[Entry, ...]
    undated: frozenset[tuple[str, str]]
    skipped: tuple[Path, ...]
    left_out: tuple[LeftOut, ...] = ()


def read_faq(path: Path) -> tuple[Entry, ...]:
    """Reads one file, or every file of a folder; see :func:`read_sources`."""
    return read_sources([path]).entries


def read_sources(paths: Sequence[Path], progress: Callable[[str, int], None] = lambda name, count: None) -> Reading:
    """Reads files and folders, recursively, as one FAQ.

    Symbolic links and hidden files in a folder are left out.

    Args:
        paths: at least one.
        progress: called with the file being read and the number of entries so far.

    Raises:
        InputTooLargeError: a file or the whole is over its limit.
        InputError: a file cannot be read, is malformed, has no entries, or repeats an id in the same language. The
            message names the file, the place in it and the field.
    """
    found: list[_Found] = []
    skipped: list[Path] = []
    left_out: list[LeftOut] = []
    for path in _files(paths, skipped):
        before = len(found)
        for record in _reader(path)(path):
            if record.left_out:
                left_out.append(_left_out(record))
                continue
            found.append(_Found(path, record, record.entry()))
            if len(found) > MAX_ENTRIES:
                raise InputTooLargeError(f"{record.where}: more than {MAX_ENTRIES:,} entries")
            if len(found) % 500 == 0:
                progress(path.name, len(found))
        if len(found) == before:
            raise InputFormatError(f"{path.name} has no entries")
        progress(path.name, len(found))
    own, of_site = _without_site(found)
    left_out += [_left_out(each.record, "the same in most pages") for each in of_site]
    entries = _unique(own)
    undated = frozenset((each.entry.id, each.entry.language) for each in own if not each.record.is_dated)
    return Reading(entries, undated, tuple(skipped), tuple(left_out))


@dataclass(frozen=True, slots=True)
class _Found:
    path: Path
    record: Record
    entry: Entry


def _left_out(record: Record, why: str = "") -> LeftOut:
    titles = record.fields.get("questions")
    title = str(titles[0]) if isinstance(titles, list | tuple) and titles else ""
    return LeftOut(record.where, title, len(str(record.fields.get("answer", ""))), why or record.left_out)


def _without_site(found: Sequence[_Found]) -> tuple[list[_Found], list[_Found]]:
    """Splits off what the site repeats around its pages: the same heading and text on most, without an id.

    Raises:
        InputFormatError: a page has nothing else.
    """
    paths = {each.path for each in found if has_sidecar(each.path)}
    pages: dict[tuple[str, str], set[Path]] = {}
    for each in found:
        if each.path in paths and not each.record.is_named:
            pages.setdefault((each.entry.title, each.entry.answer), set()).add(each.path)
    repeated = {key for key, on in pages.items() if len(on) > max(2, len(paths) // 2)}
    parts: tuple[list[_Found], list[_Found]] = [], []
    for each in found:
        is_of_site = each.path in paths and not each.record.is_named
        parts[is_of_site and (each.entry.title, each.entry.answer) in repeated].append(each)
    own = {each.path for each in parts[0]}
    for each in parts[1]:
        if each.path not in own:
            raise InputFormatError(f"{each.path.name} has no entries but what most pages have: {each.entry.title!r}")
    return parts


def _unique(found: Sequence[_Found]) -> tuple[Entry, ...]:
    """The entries, checked for unique ids.

    Raises:
        InputFormatError: an id occurs twice in a language.
    """
    first: dict[tuple[str, str], _Found] = {}
    for each in found:
        entry = each.entry
        earlier = first.setdefault((entry.id, entry.language), each)
        if earlier is not each:
            hint = "Give each entry of a language its own id; without one it is made of the first question"
            if entry.title == earlier.entry.title and has_sidecar(each.path):
                hint = (
                    f"If {entry.title!r} is no question but a part of every page, or of an answer, take it out or make "
                    "it bold instead of a heading; else give each entry of a language its own id"
                )
            raise InputFormatError(
                f"{each.record.where}: id {entry.id!r} stands already in {earlier.record.where} for {entry.language}",
                hint=hint,
            )
    return tuple(each.entry for each in found)


def _files(paths: Sequence[Path], skipped: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = _inside(path)
        files = [each for each in inside if each.suffix.lower() in FORMATS]
        if not files:
            raise InputError(f"The folder {path} has no FAQ file", hint=f"Accepted extensions: {', '.join(FORMATS)}")
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
            if not name.startswith((".", "~$")) and not path.is_symlink():  # ~$ marks files open in Excel
                found.append(path)
            if len(found) > _MAX_FILES:
                raise InputTooLargeError(f"The folder {folder} has more than {_MAX_FILES:,} files")
    return found


def _unreadable(error: OSError) -> None:
    raise InputError(f"{error.filename} cannot be read ({error.strerror})", hint="Check its permissions")


def _reader(path: Path) -> Callable[[Path], Iterator[Record]]:
    try:
        return FORMATS[path.suffix.lower()]
    except KeyError:
        hint = "Save it as .xlsx" if path.suffix.lower() in (".xls", ".xlsm", ".ods") else ""
        raise InputFormatError(
            f"{path.name} is of no format that is read", hint=hint or f"The formats are {', '.join(FORMATS)}"
        ) from None
