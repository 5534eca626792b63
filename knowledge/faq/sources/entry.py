"""One question of an FAQ with its vetted answer."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, HttpUrl, StringConstraints, model_validator

from core.characters import without_invisible

from ...retrieval.language import Language

PUBLIC = "public"
"""The audience of customers."""

MAX_QUESTION = 2_000
"""Longest question, in characters, since customers send back the title they pick."""


def _cleaned(value: object) -> object:
    """Cleans text like customers' messages, so that words and titles are the same on both sides."""
    return without_invisible(value) if isinstance(value, str) else value


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), BeforeValidator(_cleaned)
]
EntryId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,79}$")]
Audience = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]


class Entry(BaseModel):
    """One question of the FAQ in one language, with its vetted answer.

    The same ``id`` in another language is the translation of the entry. ``valid_from`` and ``valid_until`` are the
    first and last days on which it may be given; without them there is no limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: EntryId
    language: Language
    questions: Annotated[tuple[Text, ...], Field(min_length=1, max_length=200)]
    answer: Text
    tags: tuple[Text, ...] = ()
    audience: Audience = PUBLIC
    link: HttpUrl | None = None
    updated: date
    valid_from: date | None = None
    valid_until: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ValueError("valid_until lies before valid_from")
        return self

    @property
    def title(self) -> str:
        """The question as the company words it."""
        return self.questions[0]


def visible(entries: Iterable[Entry], audiences: Collection[str], day: date) -> tuple[Entry, ...]:
    """The entries that these audiences may see on that day.

    Only these are indexed, so that no other entry can ever be found.
    """
    return tuple(
        entry
        for entry in entries
        if entry.audience in audiences
        and (entry.valid_from is None or entry.valid_from <= day)
        and (entry.valid_until is None or day <= entry.valid_until)
    )
