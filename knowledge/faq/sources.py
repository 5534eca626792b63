"""Reads a company's questions and answers from a file."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, StringConstraints, TypeAdapter, ValidationError

from core.errors import InputTooLargeError, KnowledgeError

from ..retrieval.language import Language

MAX_FILE_BYTES = 64 << 20
"""Largest FAQ file that is read."""

_Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000)]


class Entry(BaseModel):
    """One question of the FAQ in one language, with its vetted answer.

    The same ``id`` in another language is the translation of the entry.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")]
    language: Language
    questions: Annotated[tuple[_Text, ...], Field(min_length=1, max_length=200)]
    answer: _Text
    tags: tuple[_Text, ...] = ()
    link: HttpUrl | None = None
    updated: date

    @property
    def title(self) -> str:
        """The question as the company words it."""
        return self.questions[0]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: Literal[1]
    entries: list[object]


def read_faq(path: Path) -> tuple[Entry, ...]:
    """Reads ``faq.json``: ``{"version": 1, "entries": [...]}``, each entry as :class:`Entry` has it.

    Raises:
        InputTooLargeError: the file is over :data:`MAX_FILE_BYTES`.
        KnowledgeError: no such file, not JSON, a missing, unknown or malformed field, or the same id twice in a
            language. The message names the file, the entry and the field.
    """
    entries = []
    for number, raw in enumerate(_read_file(path).entries, start=1):
        try:
            entries.append(TypeAdapter(Entry).validate_python(raw, strict=False))
        except ValidationError as error:
            name = raw.get("id", "") if isinstance(raw, dict) else ""
            raise KnowledgeError(f"{path.name}, entry {number} {name!r}: {_first_problem(error)}") from None
    if not entries:
        raise KnowledgeError(f"{path.name} has no entries")
    seen: dict[tuple[str, str], int] = {}
    for number, entry in enumerate(entries, start=1):
        first = seen.setdefault((entry.id, entry.language), number)
        if first != number:
            raise KnowledgeError(
                f"{path.name}, entry {number}: id {entry.id!r} stands already in entry {first} for {entry.language}",
                hint="Give each entry of a language its own id",
            )
    return tuple(entries)


def _read_file(path: Path) -> _File:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise InputTooLargeError(f"{path.name} has {size >> 20} MB; at most {MAX_FILE_BYTES >> 20} MB are read")
        return _File.model_validate(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise KnowledgeError(f"{path} cannot be read ({error.strerror})", hint="Check R1_COMPANY") from None
    except UnicodeDecodeError:
        raise KnowledgeError(f"{path.name} is not UTF-8 text", hint="Save the file as UTF-8") from None
    except json.JSONDecodeError as error:
        raise KnowledgeError(
            f"{path.name}, line {error.lineno}, column {error.colno}: not JSON ({error.msg})"
        ) from None
    except RecursionError:
        raise KnowledgeError(f"{path.name} is nested too deeply") from None
    except ValidationError as error:
        raise KnowledgeError(f"{path.name}: {_first_problem(error)}") from None
    except ValueError:
        raise KnowledgeError(f"{path.name} has a number with thousands of digits") from None


def _first_problem(error: ValidationError) -> str:
    detail = error.errors(include_input=False, include_url=False)[0]
    field = ".".join(str(part) for part in detail["loc"])
    return f"{field}: {detail['msg']}" if field else str(detail["msg"])
