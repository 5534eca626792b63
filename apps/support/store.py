"""Keeps what a customer hands over to a person."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import JSON, DateTime, Engine, String, Text, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no letter that reads like another over the phone


class _Base(DeclarativeBase):
    pass


class _HandOffRow(_Base):
    __tablename__ = "hand_off"

    reference: Mapped[str] = mapped_column(String(16), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    language: Mapped[str] = mapped_column(String(2))
    email: Mapped[str] = mapped_column(String(254))
    note: Mapped[str] = mapped_column(Text)
    transcript: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    library_version: Mapped[str] = mapped_column(String(12))


@dataclass(frozen=True, slots=True)
class HandOff:
    """A conversation that waits for a person.

    Attributes:
        reference: what customer and staff call it.
        created_at: in UTC.
        language: the customer's, ``en`` or ``zh``.
        email: where to answer.
        note: what the customer added.
        transcript: ``{"question", "action", "answer"}`` of each turn, oldest first.
        library_version: the FAQ that answered.
    """

    reference: str
    created_at: datetime
    language: str
    email: str
    note: str
    transcript: tuple[dict[str, str], ...]
    library_version: str


class HandOffStore:
    """Hand-offs in the database."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    def add(
        self, *, language: str, email: str, note: str, transcript: list[dict[str, str]], library_version: str
    ) -> HandOff:
        """Stores a hand-off and gives it a reference; it is on disk when this returns."""
        row = _HandOffRow(
            reference="-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(2)),
            created_at=datetime.now(UTC),
            language=language,
            email=email,
            note=note,
            transcript=transcript,
            library_version=library_version,
        )
        with Session(self._database) as session, session.begin():
            session.add(row)
            return _hand_off(row)

    def waiting(self, limit: int = 100) -> list[HandOff]:
        """The oldest ``limit`` hand-offs, oldest first."""
        query = select(_HandOffRow).order_by(_HandOffRow.created_at, _HandOffRow.reference).limit(limit)
        with Session(self._database) as session:
            return [_hand_off(row) for row in session.scalars(query)]


def _hand_off(row: _HandOffRow) -> HandOff:
    created = row.created_at if row.created_at.tzinfo else row.created_at.replace(tzinfo=UTC)  # SQLite drops it
    return HandOff(
        row.reference, created, row.language, row.email, row.note, tuple(row.transcript), row.library_version
    )
