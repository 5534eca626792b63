"""The records that the readers of all formats yield, and shared helpers."""

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError

from core.errors import InputError, InputFormatError
from core.files import read_limited
from core.validation import says

from ...retrieval.language import Language, language_of
from ..question_forms import asks
from .entry import MAX_QUESTION, Audience, Entry, Text

_DATES = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]\d{2}:\d{2}[\d:.]*(?: ?Z| ?UTC| ?[+-]\d{2}:?\d{2})?")
_LOOSE = {"language": re.compile(r"([A-Za-z]{2})(?:[-_]\w+)*")} | dict.fromkeys(
    ("updated", "valid_from", "valid_until"), _DATES
)
"""Languages with countries (en-GB) and dates with times; the entry takes the first part."""
_SHOWN = 40  # characters of a value in a message


@dataclass(frozen=True, slots=True)
class Record:
    """An unchecked entry from a file.

    Attributes:
        where: the file and the place in it, such as ``cards.csv, row 7``.
        fields: by their names in :class:`Entry`.
        is_dated: whether the file says when the entry was changed; otherwise ``updated`` is the date of the file.
        left_out: why it is only reported and not an entry; empty for an entry.
        is_named: whether the file gives the id; otherwise it is made from the first question.
    """

    where: str
    fields: Mapping[str, object]
    is_dated: bool = True
    left_out: str = ""
    is_named: bool = True

    def entry(self) -> Entry:
        """The checked entry.

        Raises:
            InputFormatError: a field is missing, unknown or malformed, or a question is too long.
        """
        try:
            entry = Entry.model_validate(self.fields)
        except ValidationError as error:
            raise InputFormatError(f"{self.where}: {first_problem(error)}") from None
        if any(len(question) > MAX_QUESTION for question in entry.questions):
            raise InputFormatError(f"{self.where}: a question has more than {MAX_QUESTION:,} characters")
        return entry


class FileFields(BaseModel):
    """Fields common to all entries of a Markdown, HTML or PDF file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Language | None = None
    tags: Annotated[tuple[Text, ...], Field(max_length=100)] = ()
    audience: Audience | None = None
    link: HttpUrl | None = None
    updated: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None

    @classmethod
    def checked(cls, values: object, where: str) -> dict[str, object]:
        """The fields set in ``values``.

        Raises:
            InputFormatError: a field is unknown or malformed.
        """
        try:
            return cls.model_validate(values).model_dump(exclude_unset=True, exclude_none=True)
        except ValidationError as error:
            allowed = ", ".join(cls.model_fields)
            raise InputFormatError(f"{where}: {first_problem(error)}", hint=f"Its fields are {allowed}") from None


def is_question(text: str) -> bool:
    """Whether a heading asks, with or without a question mark."""
    return text.endswith(("?", "？")) or asks(text)


def completed(path: Path, found: Record, *below: Mapping[str, object]) -> Record:
    """Merges a record's fields over those of its file, and fills in what may be missing.

    That is the language, the date of the last change, and the id, which is made from the first question.
    """
    layers = (*below, found.fields)
    filled = {name: value for fields in layers for name, value in fields.items() if value not in (None, "", ())}
    for name, form in _LOOSE.items():
        if isinstance(value := filled.get(name), str) and (first := form.fullmatch(value.strip())):
            filled[name] = first[1].lower()
    is_named = "id" in filled
    questions = filled.get("questions")
    if isinstance(questions, list | tuple) and questions:
        title = str(questions[0])
        filled.setdefault("id", _id_of(title))
        filled.setdefault("language", language_of(f"{title} {filled.get('answer', '')}"))
    is_dated = "updated" in filled
    if not is_dated:
        filled["updated"] = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    return Record(found.where, filled, is_dated, found.left_out, is_named)


def read_bytes(path: Path, limit: int) -> bytes:
    """The file's content.

    Raises:
        InputError: it cannot be read.
        InputTooLargeError: it has more than ``limit`` bytes.
    """
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path} cannot be read (it is no file)", hint="Check its name")
        return read_limited(path, limit, name=path.name, hint="Split it into several files and import their folder")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})", hint="Check its name and permissions") from None


def read_text(path: Path, limit: int) -> str:
    """The file's content as UTF-8, with or without a byte-order mark.

    Raises:
        InputError, InputTooLargeError: see :func:`read_bytes`.
        InputFormatError: it is not UTF-8.
    """
    try:
        return read_bytes(path, limit).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputFormatError(
            f"{path.name} is not UTF-8 text", hint="Save the file as UTF-8, in Excel as CSV UTF-8"
        ) from None


def first_problem(error: ValidationError) -> str:
    """The first validation problem; without the value, unless it should have been a date, which says little else."""
    detail = error.errors(include_url=False)[0]
    # After the field comes the number of an element, or a pydantic type, which is left out.
    field = ".".join(str(part) for place, part in enumerate(detail["loc"]) if not place or isinstance(part, int))
    problem = says(detail)
    if detail["type"] == "string_pattern_mismatch":
        problem = _of_name(detail["ctx"]["pattern"])
    elif detail["type"] == "tuple_type":
        problem = 'a list is written like ["cards", "fees"]'
    elif detail["type"].startswith("date_"):
        given = str(detail["input"])
        problem = f"{problem}, not {given if len(given) <= _SHOWN else f'{given[:_SHOWN]}…'!r}"
    return f"{field}: {problem}" if field else problem


def _of_name(pattern: str) -> str:
    """The characters allowed in ids and audiences; the maximum length is taken from the pattern's braces."""
    others = re.search(r"\{0,(\d+)\}", pattern)
    most = f", at most {int(others[1]) + 1} characters" if others else ""
    return f"only lower-case letters, digits and hyphens{most}"


def _id_of(question: str) -> str:
    """``How do I pay?`` -> ``how-do-i-pay``; a hash if it has non-Latin letters."""
    plain = "".join(each for each in unicodedata.normalize("NFKD", question) if not unicodedata.combining(each))
    digest = hashlib.sha256(" ".join(question.split()).encode("utf-8", "replace")).hexdigest()
    if any(each.isalnum() and not each.isascii() for each in plain):
        return f"q-{digest[:16]}"
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    if not slug:
        return f"q-{digest[:16]}"
    return slug if len(slug) <= 80 else f"{slug[:71].rstrip('-')}-{digest[:8]}"
