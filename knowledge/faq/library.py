"""The versions of a company's FAQ: drafted by one person, published by another, kept for good.

A version never changes. What customers get is the version that the newest *publication* names; publishing and rolling
back both add one, and nothing is deleted, so the list of publications says who decided what, and when.
"""

import hashlib
import unicodedata
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import DateTime, Engine, ForeignKey, LargeBinary, String, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, deferred, mapped_column

from core.db import transaction
from core.errors import InputError, KnowledgeError, StorageError, TakenError

from .answer_tests import AnswerTest, Outcome, Searcher, run_tests
from .sources import PUBLIC, Entry, visible

Build = Callable[[Sequence[Entry]], Searcher]
"""Makes entries searchable; for many entries it takes minutes."""

_MAX_NAME = 100


class Content(BaseModel):
    """What a version consists of."""

    model_config = ConfigDict(frozen=True)

    entries: tuple[Entry, ...]
    tests: tuple[AnswerTest, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """A version without its content.

    Attributes:
        number: counts from 1.
        author: who imported it, at ``created_at`` (UTC).
        base: the version that was published then, None for none.
        entries, tests: how many there are.
        digest: SHA-256 of the content.
    """

    number: int
    author: str
    created_at: datetime
    base: int | None
    entries: int
    tests: int
    digest: str


@dataclass(frozen=True, slots=True)
class Publication:
    """A decision of ``approver`` that customers get ``version``; ``number`` counts from 1, times are in UTC."""

    number: int
    version: int
    approver: str
    published_at: datetime


class _Base(DeclarativeBase):
    pass


class _VersionRow(_Base):
    __tablename__ = "faq_version"

    number: Mapped[int] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(String(_MAX_NAME))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    base: Mapped[int | None]
    entries: Mapped[int]
    tests: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))  # JSON of Content, compressed by zlib


class _PublicationRow(_Base):
    __tablename__ = "faq_publication"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(ForeignKey("faq_version.number"))
    approver: Mapped[str] = mapped_column(String(_MAX_NAME))
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Library:
    """The versions in the database.

    Every method raises StorageError when the database cannot be read or written.
    """

    def __init__(self, database: Engine) -> None:
        self._database = database

    def draft(self, content: Content, author: str) -> Version:
        """Stores a version that is not published yet.

        Raises:
            InputError: ``author`` is no name.
        """
        body = content.model_dump_json().encode()
        current = self.current()
        row = _VersionRow(
            author=_name(author, "author"),
            created_at=datetime.now(UTC),
            base=current.version if current else None,
            entries=len(content.entries),
            tests=len(content.tests),
            digest=hashlib.sha256(body).hexdigest(),
            content=zlib.compress(body, 6),
        )
        with transaction(self._database) as session:
            session.add(row)
            session.flush()
            return _version(row)

    def versions(self) -> list[Version]:
        """Every version, newest first."""
        with transaction(self._database) as session:
            return [_version(row) for row in session.scalars(select(_VersionRow).order_by(_VersionRow.number.desc()))]

    def version(self, number: int) -> Version:
        """One version.

        Raises:
            InputError: there is none of this number.
        """
        with transaction(self._database) as session:
            return _version(_row(session, number))

    def content(self, number: int) -> Content:
        """What a version consists of, checked against its digest.

        Raises:
            InputError: there is no such version.
            StorageError: its bytes are not those that were stored.
        """
        with transaction(self._database) as session:
            row = _row(session, number)
            digest, packed = row.digest, row.content
        try:
            body = zlib.decompress(packed)
            if hashlib.sha256(body).hexdigest() == digest:
                return Content.model_validate_json(body)
        except (zlib.error, ValidationError):
            pass
        raise StorageError(
            f"Version {number} of the FAQ is damaged in the database", hint="Roll back to another one", kind="damaged"
        )

    def publications(self) -> list[Publication]:
        """Every publication, newest first."""
        query = select(_PublicationRow).order_by(_PublicationRow.number.desc())
        with transaction(self._database) as session:
            return [_publication(row) for row in session.scalars(query)]

    def current(self) -> Publication | None:
        """The publication that counts; None before the first."""
        query = select(_PublicationRow).order_by(_PublicationRow.number.desc()).limit(1)
        with transaction(self._database) as session:
            row = session.scalar(query)
            return _publication(row) if row else None

    def publish(
        self,
        number: int,
        approver: str,
        *,
        build: Build,
        day: date,
        report: Callable[[Outcome], None] = lambda outcome: None,
    ) -> Publication:
        """Lets customers have a draft, after its tests passed with what the public may see on ``day``.

        Args:
            report: is told how each test went.

        Raises:
            InputError: no such version, ``approver`` is no name, or is the author.
            KnowledgeError: it was published before, another version was published since it was drafted, customers
                would see no entry, or an answer test failed.
        """
        version, current = self.version(number), self.current()
        approver = _name(approver, "approver")
        if _same_person(approver, version.author):
            raise InputError(
                f"Version {number} was imported by {version.author}, who cannot publish it too",
                hint="Somebody else reads the difference and publishes",
                kind="own_version",
            )
        self._check_order(version, current)
        content = self.content(number)
        public = visible(content.entries, {PUBLIC}, day)
        if not public:
            raise KnowledgeError(
                f"Version {number} has no entry that customers may see today",
                hint="Look at audience and validity",
                kind="nothing_visible",
            )
        failed = [each for each in run_tests(build(public), content.tests, report) if not each.passed]
        if failed:
            raise KnowledgeError(
                f"Version {number} fails {len(failed)} of its {len(content.tests)} answer tests, so it stays a draft",
                hint="Change the entries or the tests, and import again",
                kind="tests_failed",
            )
        return self._decide(number, approver, current)

    def roll_back(self, approver: str, number: int | None = None) -> Publication:
        """Lets customers have a version again that was published before; by default the one before the present one.

        Raises:
            InputError: ``approver`` is no name, or there is no such version.
            KnowledgeError: it was never published, or it is what customers get already.
            StorageError: it is damaged.
        """
        approver = _name(approver, "approver")
        history = self.publications()
        earlier = list(dict.fromkeys(each.version for each in history))
        if number is None and len(earlier) < 2:
            raise KnowledgeError(
                "No version was published before this one", hint="See: r1 faq list", kind="none_before"
            )
        number = _before(history) if number is None else self.version(number).number
        if number not in earlier:
            raise KnowledgeError(
                f"Version {number} was never published", hint="Publish it instead", kind="never_published"
            )
        if number == history[0].version:
            raise KnowledgeError(f"Version {number} is the published one already", kind="published_now")
        self.content(number)  # raises when it is damaged
        return self._decide(number, approver, history[0])

    def _check_order(self, version: Version, current: Publication | None) -> None:
        published = current.version if current else None
        if version.number in {each.version for each in self.publications()}:
            raise KnowledgeError(
                f"Version {version.number} was published before",
                hint="" if version.number == published else f"Use: r1 faq rollback {version.number}",
                kind="published_before",
            )
        if version.base != published:
            raise KnowledgeError(
                f"Since version {version.number} was imported, version {published} was published",
                hint="Import again, so that the difference is the one to what customers get now",
                kind="outdated",
            )

    def _decide(self, number: int, approver: str, previous: Publication | None) -> Publication:
        row = _PublicationRow(
            number=previous.number + 1 if previous else 1,
            version=number,
            approver=approver,
            published_at=datetime.now(UTC),
        )
        try:
            with transaction(self._database) as session:
                session.add(row)
                session.flush()
                return _publication(row)
        except TakenError:
            raise KnowledgeError(
                "Another version was published at the same moment",
                hint="Look at it with: r1 faq list",
                kind="same_moment",
            ) from None


def _before(history: list[Publication]) -> int:
    """The version that customers had before the present one."""
    return next(each.version for each in history if each.version != history[0].version)


def _name(name: str, role: str) -> str:
    """A person's name, tidied."""
    tidy = " ".join(unicodedata.normalize("NFKC", name).split())
    if not 2 <= len(tidy) <= _MAX_NAME or not tidy.isprintable() or not any(each.isalpha() for each in tidy):
        raise InputError(f"The {role} must be a person's name, of 2 to {_MAX_NAME} characters")
    return tidy


def _same_person(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def _row(session: Session, number: int) -> _VersionRow:
    row = session.get(_VersionRow, number) if number <= 2**31 - 1 else None
    if row is None:
        newest = session.scalar(select(func.max(_VersionRow.number)))
        hint = f"The newest is {newest}" if newest else "Import one with: r1 faq import"
        raise InputError(f"The FAQ has no version {number}", hint=hint, kind="no_version")
    return row


def _version(row: _VersionRow) -> Version:
    return Version(row.number, row.author, _utc(row.created_at), row.base, row.entries, row.tests, row.digest)


def _publication(row: _PublicationRow) -> Publication:
    return Publication(row.number, row.version, row.approver, _utc(row.published_at))


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)  # SQLite drops it
