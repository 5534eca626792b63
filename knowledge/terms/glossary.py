"""Glossaries: the terms of a domain with their meanings, from files."""

import csv
import importlib.resources
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InputError, InputTooLargeError, KnowledgeError
from core.files import read_limited

_MAX_BYTES = 64 << 20
_MAX_TERMS = 500_000
_MAX_TEXT = 2_000
_COLUMNS = ("term", "synonyms", "ambiguous", "definition")
_SHIPPED = ("finance", "legal")


@dataclass(frozen=True, slots=True)
class Term:
    """A term of a domain.

    Attributes:
        name: as it is written in a text, singular.
        synonyms: other names and abbreviations of the same thing.
        ambiguous: names among these that everyday language also uses; they count only beside another term.
        definition: what it means; empty if the source does not say.
        source: glossary and row, or the code in its terminology.
    """

    name: str
    synonyms: tuple[str, ...] = ()
    ambiguous: frozenset[str] = frozenset()
    definition: str = ""
    source: str = ""


def shipped_glossary(domain: str) -> tuple[Term, ...]:
    """The suite's own short list of a domain, ``finance`` or ``legal``.

    Raises:
        InputError: there is none.
    """
    if domain not in _SHIPPED:
        raise InputError(f"There is no glossary of {domain}", hint="The domains are finance, medical and legal")
    text = (importlib.resources.files(__package__) / f"{domain}.csv").read_text("utf-8")
    return tuple(_terms(_csv_rows(text, domain), domain))


def read_glossary(path: Path) -> tuple[Term, ...]:
    """Reads a user's glossary.

    Args:
        path: ``.csv`` with a column ``term`` and optionally ``synonyms`` (separated by semicolons), ``ambiguous`` (yes
            or empty) and ``definition``; ``.jsonl`` with such objects, ``synonyms`` being a list; or ``.txt`` with one
            term per line. UTF-8.

    Raises:
        InputTooLargeError: the file, its number of terms or a text exceeds the limits.
        KnowledgeError: it cannot be read, has no terms, or a row is invalid; the message names the file and row.
    """
    name = path.name
    try:
        text = read_limited(path, _MAX_BYTES, name=name, hint="Split it").decode("utf-8-sig")
    except OSError as error:
        raise KnowledgeError(f"{name} cannot be read ({error.strerror})", hint="Check its name") from None
    except UnicodeDecodeError:
        raise KnowledgeError(f"{name} is not UTF-8 text") from None
    readers = {".csv": _csv_rows, ".jsonl": _json_rows, ".txt": _text_rows}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise KnowledgeError(
            f"{name} is none of {', '.join(readers)}", hint="Give the file the extension of its format"
        )
    terms = tuple(_terms(reader(text, name), name))
    if not terms:
        raise KnowledgeError(f"{name} holds no terms")
    return terms


def _csv_rows(text: str, name: str) -> Iterator[dict[str, Any]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    if "term" not in (reader.fieldnames or ()):
        raise KnowledgeError(f"{name} has no column 'term'", hint=f"The first line names {', '.join(_COLUMNS)}")
    try:
        for number, row in enumerate(reader, start=1):
            if None in row:
                raise KnowledgeError(f"{name}, row {number} has too many columns", hint="Quote texts with commas")
            synonyms = (part.strip() for part in (row.get("synonyms") or "").split(";"))
            yield {**row, "synonyms": [part for part in synonyms if part]}
    except csv.Error:
        raise KnowledgeError(f"{name} is not CSV at line {reader.line_num}") from None


def _json_rows(text: str, name: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate((line for line in text.split("\n") if line.strip()), start=1):
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise KnowledgeError(f"{name}, row {number} is not JSON") from None
        if not isinstance(row, dict):
            raise KnowledgeError(f"{name}, row {number} is not an object")
        yield row


def _text_rows(text: str, name: str) -> Iterator[dict[str, Any]]:
    return ({"term": line} for line in text.splitlines() if line.strip())


def _terms(rows: Iterator[dict[str, Any]], name: str) -> Iterator[Term]:
    for number, row in enumerate(rows, start=1):
        where = f"{name}, row {number}"
        if number > _MAX_TERMS:
            raise InputTooLargeError(f"{name} has more than {_MAX_TERMS:,} terms", hint="Split it")
        unknown = row.keys() - set(_COLUMNS)
        if unknown:
            raise KnowledgeError(f"{where}: unknown {sorted(unknown)[0]!r}", hint=f"Known: {', '.join(_COLUMNS)}")
        synonyms = row.get("synonyms") or []
        if not isinstance(synonyms, list):
            raise KnowledgeError(f"{where}: synonyms is not a list")
        if row.get("ambiguous") not in (None, "", "yes", True, False):
            raise KnowledgeError(f"{where}: ambiguous is neither yes nor empty")
        term = _text(row.get("term"), where, "term")
        if not term:
            raise KnowledgeError(f"{where}: the term is empty")
        yield Term(
            term,
            tuple(_text(synonym, where, "synonym") for synonym in synonyms),
            frozenset({term}) if row.get("ambiguous") in ("yes", True) else frozenset(),
            _text(row.get("definition") or "", where, "definition"),
            where,
        )


def _text(value: Any, where: str, field: str) -> str:
    if not isinstance(value, str):
        raise KnowledgeError(f"{where}: {field} is not text")
    if len(value) > _MAX_TEXT:
        raise InputTooLargeError(f"{where}: {field} has more than {_MAX_TEXT:,} characters")
    return value.strip()
