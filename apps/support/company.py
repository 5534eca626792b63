"""The company that the chatbot speaks for."""

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, EmailStr, Field, HttpUrl, ValidationError, model_validator

from core.errors import KnowledgeError
from core.setting_types import TimeZone
from core.validation import problems
from knowledge.faq.critical_topics import DANGER, TOPICS, Topic
from knowledge.faq.sources import Entry
from knowledge.retrieval.language import Language

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEK: tuple[Day, ...] = get_args(Day)
"""In the order of :meth:`datetime.date.weekday`."""

_Value = TypeVar("_Value")


def _for_both(values: dict[Language, _Value]) -> dict[Language, _Value]:
    (one, *_) = values.values()
    return {language: values.get(language, one) for language in get_args(Language)}


_InOne = Annotated[dict[Language, _Value], Field(min_length=1)]
_Both = Annotated[_InOne[_Value], AfterValidator(_for_both)]  # a missing language takes the other's value


_PLACEHOLDER = re.compile(r"[{｛][^{}｛｝]*[}｝]")
_FEWEST_DIGITS = 3  # as in 999


def _dialable(phone: str) -> str:
    if sum(map(str.isdigit, phone)) < _FEWEST_DIGITS:
        raise ValueError("it has no number that can be dialled")
    return phone


def _fillable(text: str) -> str:
    """Rejects placeholders that the chat does not fill in, since customers would read them."""
    if _PLACEHOLDER.search(text.replace("{phone}", "")):
        raise ValueError("nothing in braces is filled in but {phone}, which stands for the telephone")
    return text


_Phone = Annotated[str, AfterValidator(_dialable)]


def _with_danger(topics: frozenset[Topic]) -> frozenset[Topic]:
    return topics | DANGER


class Hours(BaseModel):
    """Days on which the team is present from ``open`` until ``close``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: Annotated[tuple[Day, ...], Field(min_length=1)]
    open: time
    close: time

    @model_validator(mode="after")
    def _in_order(self) -> "Hours":
        if self.open >= self.close:
            raise ValueError(
                "close must come after open: midnight is close = 23:59:59, and hours beyond it begin another block, "
                "open = 00:00:00"
            )
        return self


class CriticalTopic(BaseModel):
    """The company's text on a critical topic, in place of the suite's, and its phone number for it.

    In a language for which the company has no text, customers get the suite's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    phone: _Phone | None = None
    text: _InOne[Annotated[str, AfterValidator(_fillable)]] | None = None


REGULATED = frozenset({
    "credit", "disputes", "insurance", "investments", "legal", "loans", "medical", "mortgages", "overdraft",
    "pensions", "savings", "support", "tax",
})  # fmt: skip
"""Tags of entries whose answers are always given verbatim."""


class Composing(BaseModel):
    """The entries from which the model may compose an answer.

    Attributes:
        tags: an entry needs one of them.
        regulated: entries with one of these, or of :data:`REGULATED`, are given verbatim whatever other tags they have.
        languages: those in which the loaded model was measured.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    tags: Annotated[frozenset[str], Field(min_length=1)]
    regulated: frozenset[str] = frozenset()
    languages: Annotated[frozenset[Language], Field(min_length=1)] = frozenset({"en"})

    @model_validator(mode="after")
    def _apart(self) -> "Composing":
        if both := self.tags & (REGULATED | self.regulated):
            raise ValueError(f"answers on {', '.join(sorted(both))} are regulated and always given word for word")
        return self

    def allows(self, entry: Entry, language: Language) -> bool:
        """Whether an answer may be composed from the entry for a customer with this language."""
        tags = frozenset(entry.tags)
        regulated = tags & (REGULATED | self.regulated)
        return bool(tags & self.tags) and not regulated and entry.language == language and language in self.languages


class Company(BaseModel):
    """The content of ``company.toml``; a text given in only one language is used for both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: _Both[str]
    description: _Both[str]
    greeting: _Both[str]
    examples: _Both[tuple[str, ...]]
    phone: _Phone
    email: EmailStr
    website: HttpUrl
    timezone: TimeZone
    hours: Annotated[tuple[Hours, ...], Field(min_length=1)]
    holidays: Annotated[frozenset[date], Field(max_length=50)] = frozenset()
    sign_in: HttpUrl | None = None
    topics: Annotated[frozenset[Topic], AfterValidator(_with_danger)] = TOPICS
    critical: Mapping[Topic, CriticalTopic] = {}
    composed: Composing | None = None

    def phone_for(self, topic: Topic) -> str:
        """The telephone for a critical topic."""
        own = self.critical.get(topic)
        return (own and own.phone) or self.phone

    def text_on(self, topic: Topic, language: Language) -> str:
        """The company's own text on a critical topic, with the telephone for it; empty if it has none."""
        own = self.critical.get(topic)
        return ((own and own.text) or {}).get(language, "").replace("{phone}", self.phone_for(topic))

    def local(self, at: datetime) -> datetime:
        """An (aware) time in the company's time zone."""
        return at.astimezone(ZoneInfo(self.timezone))

    def today(self) -> date:
        """The day in the company's time zone."""
        return self.local(datetime.now(UTC)).date()

    def next_opening(self, at: datetime) -> datetime | None:
        """When the team is next present, in its own time zone; None if it is present at the (aware) time ``at``."""
        local = self.local(at)
        for ahead in range(366):
            day = (local + timedelta(days=ahead)).date()
            today = [each for each in self.hours if WEEK[day.weekday()] in each.days and day not in self.holidays]
            spans = [[datetime.combine(day, at, local.tzinfo) for at in (each.open, each.close)] for each in today]
            if any(start <= local < end for start, end in spans):
                return None
            if later := [start for start, _ in spans if start > local]:
                return min(later)
        raise AssertionError("a weekly day cannot be a holiday 52 times among 50 holidays")


def read_company(path: Path) -> Company:
    """Reads ``company.toml``.

    Raises:
        KnowledgeError: the file is missing, not TOML, or a field is missing, unknown or malformed.
    """
    try:
        return Company.model_validate(tomllib.loads(path.read_text("utf-8-sig")))
    except OSError as error:
        raise KnowledgeError(f"{path} cannot be read ({error.strerror})", hint="Check R1_COMPANY") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        hint = 'Times have seconds, from 00:00:00 to 23:59:59; texts stand in "quotation marks"'
        raise KnowledgeError(f"{path.name} is not TOML ({error})", hint=hint) from None
    except ValidationError as error:
        hint = "docs/faq-format.md lists its fields"
        raise KnowledgeError(f"{path.name}: {'; '.join(problems(error))}", hint=hint) from None
