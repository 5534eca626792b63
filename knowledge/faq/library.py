"""The versions of a company's FAQ: drafted by one person, published by another, kept forever.

Versions are immutable. Customers get the version named by the newest *publication*; publishing and rolling back both
add one, and nothing is deleted, so the list of publications shows who decided what, and when.
"""

import hashlib
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import Engine, ForeignKey, LargeBinary, String, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, deferred, mapped_column

from core.db import UtcTime, transaction
from core.errors import InputError, KnowledgeError, StorageError, TakenError
from core.validation import person_name

from .answer_tests import AnswerTest, Report, no_report
from .sources import Entry
from .trial import Trial


class Content(BaseModel):
    """The content of a version."""

    model_config = ConfigDict(frozen=True)

    entries: tuple[Entry, ...]
    tests: tuple[AnswerTest, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """A version without its content.

    Attributes:
        number: counts from 1.
        author: who imported it, at ``created_at`` (UTC).
        base: the published version that it was made from; None for none.
        entries, tests: their numbers.
    """

    number: int
    author: str
    created_at: datetime
    base: int | None
    entries: int
    tests: int


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
    author: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    base: Mapped[int | None]
    entries: Mapped[int]
    tests: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))  # JSON of Content, compressed by zlib


class _PublicationRow(_Base):
    __tablename__ = "faq_publication"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(ForeignKey("faq_version.number"))
    approver: Mapped[str] = mapped_column(String(100))
    published_at: Mapped[datetime] = mapped_column(UtcTime)


class Library:
    """The versions in the database.

    Every method raises StorageError if the database cannot be read or written.
    """

    def __init__(self, database: Engine) -> None:
        self._database = database

    def draft(self, content: Content, author: str, base: Publication | None = None) -> Version:
        """Stores a version without publishing it.

        Args:
            base: the publication on which the content is based; a newer one prevents publishing this version.

        Raises:
            InputError: ``author`` is not a name, or an id occurs twice in a language.
        """
        row = _new_row(content, author, base)
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
            InputError: there is none with this number.
        """
        with transaction(self._database) as session:
            return _version(_row(session, number))

    def content(self, number: int) -> Content:
        """The content of a version, checked against its digest.

        Raises:
            InputError: there is no such version.
            StorageError: its bytes have changed since it was stored.
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
        """The publication in force; None before the first."""
        query = select(_PublicationRow).order_by(_PublicationRow.number.desc()).limit(1)
        with transaction(self._database) as session:
            row = session.scalar(query)
            return _publication(row) if row else None

    def publish(self, number: int, approver: str, trial: Trial, report: Report = no_report) -> Publication:
        """Publishes a draft if its tests pass.

        Args:
            report: gets the result of each test.

        Raises:
            InputError: there is no such version, or ``approver`` is not a name or is the author.
            KnowledgeError: it was published before, another version was published since it was drafted, customers
                would see no entry, or an answer test failed.
        """
        version, current = self.version(number), self.current()
        approver = _approver(approver, version.author)
        self._check_order(version, current)
        content = self.content(number)
        trial.check(content.entries, content.tests, report)
        return self._decide(number, approver, current)

    def publish_new(
        self,
        content: Content,
        author: str,
        approver: str,
        base: Publication | None,
        trial: Trial,
        also: Callable[[Session, int], None],
        report: Report = no_report,
    ) -> Publication:
        """Stores and publishes a version, or does neither; see :meth:`draft` and :meth:`publish`.

        Args:
            also: called with the version's number in the same transaction; if it raises, nothing is published.
            report: gets the result of each test.
        """
        row = _new_row(content, author, base)
        approver = _approver(approver, row.author)
        trial.check(content.entries, content.tests, report)
        return self._decide(row, approver, base, also)

    def roll_back(self, approver: str, number: int | None = None) -> Publication:
        """Publishes an earlier published version again.

        Args:
            number: by default the version that customers had before the present one was first published, so that
                rolling back twice does not restore what was rolled back first.

        Raises:
            InputError: ``approver`` is not a name, or there is no such version.
            KnowledgeError: it was never published, or it is the one published now.
            StorageError: it is damaged.
        """
        approver = person_name(approver, "approver")
        history = self.publications()
        if number is None:
            number = self.version(history[0].version).base if history else None
        if number is None:
            raise KnowledgeError(
                "No version was published before this one",
                hint="To go back to the faq.json that the chat answered from before, import that file and publish it",
                kind="none_before",
            )
        number = self.version(number).number
        if number not in {each.version for each in history}:
            raise KnowledgeError(
                f"Version {number} was never published", hint="Publish it instead", kind="never_published"
            )
        if number == history[0].version:
            raise KnowledgeError(f"Version {number} is the published one already", kind="published_now")
        self.content(number)  # raises if it is damaged
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

    def _decide(
        self,
        version: int | _VersionRow,
        approver: str,
        previous: Publication | None,
        also: Callable[[Session, int], None] = lambda *_: None,
    ) -> Publication:
        """Adds a publication of a stored or a new version."""
        try:
            with transaction(self._database) as session:
                if isinstance(version, _VersionRow):
                    session.add(version)
                    session.flush()
                    version = version.number
                row = _PublicationRow(
                    number=previous.number + 1 if previous else 1,
                    version=version,
                    approver=approver,
                    published_at=datetime.now(UTC),
                )
                session.add(row)
                session.flush()
                also(session, version)
                return _publication(row)
        except TakenError:
            raise KnowledgeError(
                "Another version was published at the same moment",
                hint="See: r1 faq list",
                kind="same_moment",
            ) from None


def _approver(name: str, author: str) -> str:
    """The approver's name, checked not to be the author's."""
    approver = person_name(name, "approver")
    if approver.casefold() == author.casefold():
        raise InputError(
            f"This version was imported by {author}, who cannot publish it too",
            hint="Somebody else must review the difference and publish it",
            kind="own_version",
        )
    return approver


def _new_row(content: Content, author: str, base: Publication | None) -> _VersionRow:
    counts = Counter((entry.id, entry.language) for entry in content.entries)
    if twice := [f"{id} ({language})" for (id, language), count in counts.items() if count > 1]:
        raise InputError(f"The entry {twice[0]} is there twice")
    body = content.model_dump_json().encode()
    return _VersionRow(
        author=person_name(author, "author"),
        created_at=datetime.now(UTC),
        base=base.version if base else None,
        entries=len(content.entries),
        tests=len(content.tests),
        digest=hashlib.sha256(body).hexdigest(),
        content=zlib.compress(body, 6),
    )


def _row(session: Session, number: int) -> _VersionRow:
    row = session.get(_VersionRow, number) if number <= 2**31 - 1 else None
    if row is None:
        newest = session.scalar(select(func.max(_VersionRow.number)))
        hint = f"The newest is {newest}" if newest else "Import one with: r1 faq import"
        raise InputError(f"The FAQ has no version {number}", hint=hint, kind="no_version")
    return row


def _version(row: _VersionRow) -> Version:
    return Version(row.number, row.author, row.created_at, row.base, row.entries, row.tests)


def _publication(row: _PublicationRow) -> Publication:
    return Publication(row.number, row.version, row.approver, row.published_at)
