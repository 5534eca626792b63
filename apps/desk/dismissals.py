"""Questions that an operator judged to need no entry: jokes, or things the company does not offer."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Engine, String, func, select
from sqlalchemy.orm import Mapped, mapped_column

from apps.support.tables import Base
from core.db import UtcTime, transaction, utc_now
from knowledge.faq.wording import bare
from knowledge.retrieval.language import simplified

from .records import Unanswered


class DismissalRow(Base):
    """A question dismissed by ``account``; only a hash of its words is kept, since conversations are forgotten."""

    __tablename__ = "faq_dismissal"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    question_hash: Mapped[str] = mapped_column(String(64))
    account: Mapped[str] = mapped_column(String(100))
    at: Mapped[datetime] = mapped_column(UtcTime)


class Dismissals:
    """The dismissed questions. Every method raises a StorageError if the database does not answer."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def dismiss(self, questions: Iterable[str], account: str) -> None:
        """Removes questions from the list of unanswered ones; if asked again later, they come back."""
        now = utc_now()
        with transaction(self._database) as session:
            for question_hash in sorted({_hash(question) for question in questions}):
                session.add(DismissalRow(question_hash=question_hash, account=account, at=now))

    def open(self, asked: Iterable[Unanswered]) -> list[Unanswered]:
        """The questions asked since they were last dismissed."""
        query = select(DismissalRow.question_hash, func.max(DismissalRow.at)).group_by(DismissalRow.question_hash)
        with transaction(self._database) as session:
            dismissed = dict(session.execute(query).tuples().all())
        never = datetime.min.replace(tzinfo=UTC)
        return [each for each in asked if each.at > dismissed.get(_hash(each.text), never)]


def _hash(question: str) -> str:
    return hashlib.sha256(bare(simplified(question)).encode("utf-8", "replace")).hexdigest()
