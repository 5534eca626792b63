"""The publication that is running, kept in the database: every page shows the same, also after it is loaded again."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from apps.support.tables import Base
from core.db import UtcTime, transaction
from core.errors import KnowledgeError, StorageError, TakenError
from knowledge.faq.answer_tests import Outcome, Report

_ONLY = 1  # the key of the only row: of two that begin at the same moment, the database refuses one
_BEAT = 2.0  # seconds
_LOST = timedelta(seconds=60)  # without a beat: its process is gone

_log = logging.getLogger(__name__)


class RunningRow(Base):
    """A publication in progress; ``seen_at`` is when its process last said so."""

    __tablename__ = "faq_running"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    approver: Mapped[str] = mapped_column(String(100))
    began_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    done: Mapped[int]
    tests: Mapped[int]


@dataclass(frozen=True, slots=True)
class Running:
    """A publication in progress: ``done`` of its ``tests`` have run; none while its entries are made searchable."""

    approver: str
    began_at: datetime
    done: int
    tests: int


class RunningPublications:
    """At most one publication at a time, as two could not both succeed."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def now(self) -> Running | None:
        """The publication that is running, in whichever process."""
        with transaction(self._database) as session:
            return _running(session, datetime.now(UTC))

    @contextmanager
    def of(self, approver: str, tests: int) -> Iterator[Report]:
        """Shows a publication while the block runs; what it yields counts the tests that have run.

        Raises:
            KnowledgeError: another one is running.
        """
        began, counted, over = self._begin(approver, tests), [0], threading.Event()

        def count(_: Outcome) -> None:
            counted[0] += 1

        def beat() -> None:
            while not over.wait(_BEAT):
                self._tell(began, counted[0])

        beats = threading.Thread(target=beat, daemon=True)
        beats.start()
        try:
            yield count
        finally:
            over.set()
            beats.join()
            self._end(began)

    def _begin(self, approver: str, tests: int) -> datetime:
        """When it began, by which its row is known: if its process is only slow, another may have taken its place."""
        now = datetime.now(UTC)
        try:
            with transaction(self._database) as session:
                if running := _running(session, now):
                    raise _publishing_now(running.approver)
                session.execute(delete(RunningRow).where(RunningRow.seen_at <= now - _LOST))
                session.add(RunningRow(id=_ONLY, approver=approver, began_at=now, seen_at=now, done=0, tests=tests))
        except TakenError:
            raise _publishing_now("Somebody else") from None
        return now

    def _tell(self, began: datetime, done: int) -> None:
        try:
            with transaction(self._database) as session:
                told = update(RunningRow).where(RunningRow.began_at == began)
                session.execute(told.values(done=done, seen_at=datetime.now(UTC)))
        except StorageError as error:  # the publication itself will fail, or the next beat succeed
            _log.warning("The progress of a publication could not be stored: %s", error.message)

    def _end(self, began: datetime) -> None:
        try:
            with transaction(self._database) as session:
                session.execute(delete(RunningRow).where(RunningRow.began_at == began))
        except StorageError as error:  # what the publication itself has done counts; without beats it is soon over
            _log.warning("The end of a publication could not be stored: %s", error.message)


def _running(session: Session, now: datetime) -> Running | None:
    row = session.scalar(select(RunningRow).where(RunningRow.seen_at > now - _LOST).order_by(RunningRow.id).limit(1))
    return Running(row.approver, row.began_at, row.done, row.tests) if row else None


def _publishing_now(who: str) -> KnowledgeError:
    return KnowledgeError(f"{who} is publishing now", hint="Wait until that is done", kind="publishing_now")
