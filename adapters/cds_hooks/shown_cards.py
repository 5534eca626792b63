"""Which cards were shown, and their outcome: a settled card does not come again, a dismissed one only later."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, String, delete, select, update
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.db import UtcTime, changed, transaction

from .cards import Card
from .request import Feedback

QUIET = timedelta(hours=24)  # for which an overridden card is not shown again
SETTLED = ("known", "wrong")
"""Reasons for overriding a card that still hold the next day, so that it is not shown again."""
KEPT = timedelta(days=365)


class _Base(DeclarativeBase):
    pass


class _CardRow(_Base):
    __tablename__ = "cds_card"

    card: Mapped[str] = mapped_column(String(36), primary_key=True)  # of issuer and card, see _key
    viewer: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64))
    shown_at: Mapped[datetime] = mapped_column(UtcTime)
    outcome: Mapped[str] = mapped_column(String(10))
    outcome_at: Mapped[datetime | None] = mapped_column(UtcTime)
    reason: Mapped[str] = mapped_column(String(20))  # of Feedback


class ShownCards:
    """The table. ``viewer`` is a pseudonym of a user with a patient; no patient data is kept.

    Every method raises a StorageError if the database does not answer.
    """

    def __init__(self, database: Engine) -> None:
        self._database = database

    def is_new(self, viewer: str, card: Card) -> bool:
        """Whether this viewer has neither settled this content nor overridden it within the last 24 hours."""
        now = datetime.now(UTC)
        query = select(_CardRow.outcome, _CardRow.reason, _CardRow.outcome_at).where(
            _CardRow.viewer == viewer, _CardRow.digest == card.digest, _CardRow.outcome != ""
        )
        with transaction(self._database) as session:
            return not any(
                outcome == "accepted" or reason in SETTLED or (when is not None and now - when < QUIET)
                for outcome, reason, when in session.execute(query)
            )

    def add(self, issuer: str, viewer: str, card: Card) -> None:
        """Records that a card was shown to a client, and deletes cards shown more than a year ago."""
        now = datetime.now(UTC)
        with transaction(self._database) as session:
            key = _key(issuer, card.id)
            session.add(_CardRow(card=key, viewer=viewer, digest=card.digest, shown_at=now, outcome="", reason=""))
            session.execute(delete(_CardRow).where(_CardRow.shown_at < now - KEPT))

    def take(self, issuer: str, feedback: Iterable[Feedback]) -> list[Feedback]:
        """Records and returns the feedback on cards that this client was shown, timed by our own clock.

        Args:
            issuer: the client. Its feedback on another client's cards is ignored.
        """
        now = datetime.now(UTC)
        taken = []
        with transaction(self._database) as session:
            for item in feedback:
                outcome = "overridden" if item.overridden else "accepted"
                change = update(_CardRow).where(_CardRow.card == _key(issuer, item.card))
                if changed(session, change.values(outcome=outcome, outcome_at=now, reason=item.reason)):
                    taken.append(item)
        return taken


def _key(issuer: str, card: str) -> str:
    """A card's key in the table, which no other client can address."""
    return str(uuid.uuid5(uuid.UUID(card), issuer))
