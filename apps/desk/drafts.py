"""Operators' drafts for the FAQ: written by one person, published by another."""

import hashlib
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import ValidationError
from sqlalchemy import JSON, Engine, String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from apps.support.tables import Base
from core.db import UtcTime, changed, transaction
from core.errors import InputError, KnowledgeError
from knowledge.faq.answer_tests import AnswerTest
from knowledge.faq.library import Content, Library, Publication
from knowledge.faq.sources import Entry
from knowledge.faq.trial import Trial
from knowledge.retrieval.language import Language

from .running import RunningPublications

State = Literal["open", "published", "rejected"]

MOST_WORDINGS = 20
"""Maximum of customers' wordings in a draft, besides its question."""


class DraftRow(Base):
    """An entry waiting for a second person."""

    __tablename__ = "faq_draft"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    author: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    entry: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10))
    decided_by: Mapped[str | None] = mapped_column(String(100))
    decided_at: Mapped[datetime | None] = mapped_column(UtcTime)
    version: Mapped[int | None]


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry written by ``author`` and not yet decided about."""

    id: int
    author: str
    created_at: datetime
    entry: Entry


class Drafts:
    """Stores the desk's drafts, and publishes them in the library.

    Args:
        fallback: the entries served while nothing is published.
    """

    def __init__(
        self, database: Engine, library: Library, trial: Trial, *, fallback: Callable[[], Sequence[Entry]]
    ) -> None:
        self._database, self.library, self.running = database, library, RunningPublications(database)
        self._trial, self._fallback = trial, fallback
        self._writing = threading.Lock()  # somebody may press the button twice

    def write(
        self, question: str, answer: str, language: Language, author: str, *, wordings: Sequence[str] = ()
    ) -> Draft:
        """Stores an operator's answer as a draft, which customers do not see yet. What a draft says already makes none.

        Args:
            wordings: other ways in which customers asked it.

        Raises:
            InputError: question or answer is empty or too long.
            FailedTestsError: the chat does not search for the question, for example because it is critical.
        """
        question, taken = question.strip(), {entry.id for entry in self.served().entries}
        others = [text.strip() for text in wordings if text.strip() and text.strip() != question]
        try:
            entry = Entry(
                id=_free_id(question, taken | {draft.entry.id for draft in self.open()}),
                language=language,
                questions=(question, *list(dict.fromkeys(others))[:MOST_WORDINGS]),
                answer=answer,
                updated=self._trial.today(),
            )
        except ValidationError:
            raise InputError(
                "A draft needs a question and an answer, of at most 20,000 characters", kind="incomplete"
            ) from None
        self._trial.check_searched(entry)
        row = DraftRow(author=author, created_at=datetime.now(UTC), entry=entry.model_dump(mode="json"), state="open")
        with self._writing, transaction(self._database) as session:
            same = (draft for draft in _open(session) if _said(draft.entry) == _said(entry))
            if known := next(same, None):
                return known
            session.add(row)
            session.flush()
            return _draft(row)

    def open(self) -> list[Draft]:
        """The undecided drafts, oldest first."""
        with transaction(self._database) as session:
            return _open(session)

    def publish(self, id: int, approver: str) -> Publication:
        """Publishes a draft: adds it to the entries served now as a new version, which is tested first.

        The draft's question becomes an answer test, so a draft that the chat would not answer with is refused. Its id
        changes if another entry has taken it meanwhile.

        Raises:
            InputError: there is no such draft, ``approver`` wrote it, or it was decided while being tested.
            KnowledgeError: an answer test fails, somebody else published meanwhile, or is publishing now.
        """
        draft = self._found(id)
        if approver.casefold() == draft.author.casefold():
            raise InputError(
                "Who wrote a draft cannot publish it too",
                hint="Somebody else must review and publish it",
                kind="own_draft",
            )
        base = self.library.current()
        now, entry = self._content(base), draft.entry
        taken = {each.id for each in now.entries}
        if entry.id in taken:
            entry = entry.model_copy(update={"id": _free_id(entry.title, taken)})
        content = Content(
            entries=(*now.entries, entry), tests=(*now.tests, AnswerTest(question=entry.title, expect=entry.id))
        )
        with self.running.of(approver, len(content.tests)) as report:
            return self.library.publish_new(
                content,
                draft.author,
                approver,
                base,
                self._trial,
                lambda session, version: _decide(session, id, "published", approver, version),
                report,
            )

    def publish_version(self, number: int, approver: str) -> Publication:
        """Publishes an imported version; see :meth:`Library.publish` for what it raises."""
        with self.running.of(approver, self.library.version(number).tests) as report:
            return self.library.publish(number, approver, self._trial, report)

    def reject(self, id: int, approver: str) -> None:
        """Rejects a draft.

        Raises:
            InputError: there is no such draft.
        """
        with transaction(self._database) as session:
            _decide(session, id, "rejected", approver)

    def served(self) -> Content:
        """The content served now, before audience and validity are applied."""
        return self._content(self.library.current())

    def _content(self, published: Publication | None) -> Content:
        return self.library.content(published.version) if published else Content(entries=tuple(self._fallback()))

    def _found(self, id: int) -> Draft:
        with transaction(self._database) as session:
            row = session.get(DraftRow, id)
            if row is None or row.state != "open":
                raise _no_draft()
            return _draft(row)


def _open(session: Session) -> list[Draft]:
    query = select(DraftRow).where(DraftRow.state == "open").order_by(DraftRow.id)
    return [_draft(row) for row in session.scalars(query)]


def _said(entry: Entry) -> tuple[Language, tuple[str, ...], str]:
    return entry.language, entry.questions, entry.answer


def _decide(session: Session, id: int, state: State, approver: str, version: int | None = None) -> None:
    """Decides about a draft, once: of a simultaneous publication and rejection the first counts."""
    is_open = update(DraftRow).where(DraftRow.id == id, DraftRow.state == "open")
    decided = is_open.values(state=state, decided_by=approver, decided_at=datetime.now(UTC), version=version)
    if changed(session, decided) != 1:
        raise _no_draft()


def _no_draft() -> InputError:
    return InputError("There is no such draft, or it is decided already", hint="Load the page again", kind="no_draft")


def _draft(row: DraftRow) -> Draft:
    try:
        return Draft(row.id, row.author, row.created_at, Entry.model_validate(row.entry))
    except ValidationError:
        raise KnowledgeError(f"Draft {row.id} is damaged in the database") from None


def _free_id(question: str, taken: set[str]) -> str:
    """An unused id from the question's words, or from its hash if it has no Latin ones."""
    words = re.findall(r"[a-z0-9]+", question.lower())
    name = "-".join(words)[:60].strip("-") or hashlib.sha256(question.encode("utf-8", "replace")).hexdigest()[:12]
    return next(each for each in (name, *(f"{name}-{n}" for n in range(2, 10_000))) if each not in taken)
