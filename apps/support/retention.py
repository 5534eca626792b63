"""Deletes conversations, when their retention time is over or on request."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from core.db import Clock, transaction, utc_now
from core.errors import InputFormatError

from .store import SupportStore
from .tables import ConversationRow, HandOffRow, MessageRow, OutboxRow

_log = logging.getLogger(__name__)

BATCH = 100
"""Maximum number of conversations that one transaction deletes."""

_PAUSE = timedelta(hours=1)


class Retention:
    """Deletes conversations whose retention time is over, with all dependent data.

    Args:
        keep: how long a conversation is kept after the last message or hand-off in it.
    """

    def __init__(self, store: SupportStore, keep: timedelta, clock: Clock = utc_now) -> None:
        self._store, self._keep, self._clock = store, keep, clock
        self._next = clock()

    def tidy(self) -> int:
        """Deletes one batch and returns its number of conversations; when none are left, pauses for an hour.

        Made for a loop, which it blocks only for a moment. Several processes may do this at once.

        Raises:
            StorageError: the database does not answer; the next try is an hour later.
        """
        now = self._clock()
        if now < self._next:
            return 0
        self._next = now + _PAUSE
        count = delete_older(self._store, now - self._keep)
        if count == BATCH:
            self._next = now  # there may be more
        if count:
            _log.info("Conversations whose time was over: %d deleted", count)
        return count


def delete_older(store: SupportStore, before: datetime) -> int:
    """Deletes at most :data:`BATCH` conversations in which nothing has happened since then; returns how many.

    Conversations with an open hand-off or a message waiting in the outbox are kept.

    Raises:
        StorageError: the database does not answer.
    """
    over = _over(before)
    with store.write() as session:
        # Hand-offs of the first version have no conversation. Deleting them first makes SQLite lock out other writers.
        alone = (HandOffRow.conversation_id == "", HandOffRow.state == "closed", HandOffRow.created_at < before)
        session.execute(delete(HandOffRow).where(*alone))
        held = select(ConversationRow.id).where(over).limit(BATCH).with_for_update(skip_locked=True)
        ids = list(session.scalars(held))
        again = select(ConversationRow.id).where(ConversationRow.id.in_(ids), over)
        ids = list(session.scalars(again))  # without those that changed just before
        _delete(session, ids)
        return len(ids)


def forget(store: SupportStore, reference: str) -> None:
    """Deletes the conversation of a hand-off with all dependent data, even if open or unsent.

    Raises:
        InputFormatError: there is no such hand-off.
        StorageError: the database does not answer.
    """
    with store.write() as session:
        row = _hand_off(session, reference)
        if row.conversation_id:
            session.execute(
                select(ConversationRow.id).where(ConversationRow.id == row.conversation_id).with_for_update()
            )
            _delete(session, [row.conversation_id])
        else:  # of the first version
            session.delete(row)


def same_address(database: Engine, reference: str) -> list[str]:
    """References of hand-offs in other conversations with the same e-mail address or number, oldest first.

    Raises:
        InputFormatError: there is no such hand-off.
        StorageError: the database does not answer.
    """
    with transaction(database) as session:
        row = _hand_off(session, reference)
        others = select(HandOffRow.reference).where(
            func.lower(HandOffRow.email) == row.email.lower(),
            HandOffRow.reference != row.reference,
            or_(HandOffRow.conversation_id != row.conversation_id, HandOffRow.conversation_id == ""),
        )
        return list(session.scalars(others.order_by(HandOffRow.created_at, HandOffRow.reference)))


def _over(before: datetime) -> ColumnElement[bool]:
    """Condition: nothing has happened in a conversation since then, and nothing is open or waiting to be sent."""
    id = ConversationRow.id
    said = select(MessageRow.id).where(MessageRow.conversation_id == id, MessageRow.created_at >= before)
    is_open = or_(HandOffRow.state != "closed", HandOffRow.created_at >= before)
    handed = select(HandOffRow.reference).where(HandOffRow.conversation_id == id, is_open)
    unsent = select(OutboxRow.id).where(OutboxRow.conversation_id == id, OutboxRow.state == "waiting")
    return and_(ConversationRow.created_at < before, ~said.exists(), ~handed.exists(), ~unsent.exists())


def _delete(session: Session, ids: Sequence[str]) -> None:
    for table in (OutboxRow, HandOffRow, MessageRow):
        session.execute(delete(table).where(table.conversation_id.in_(ids)))
    session.execute(delete(ConversationRow).where(ConversationRow.id.in_(ids)))


def _hand_off(session: Session, reference: str) -> HandOffRow:
    row = session.get(HandOffRow, reference)
    if row is None:
        raise InputFormatError(
            "There is no hand-off of this reference", hint="It is in the customer's e-mail, such as K7QM-2XJ4"
        )
    return row
