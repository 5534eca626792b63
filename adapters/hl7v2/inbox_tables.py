"""The tables of the inbox."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Double, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.db import UtcTime

_ID = BigInteger().with_variant(Integer, "sqlite")


class State(StrEnum):
    """The state of a message."""

    WAITING = "waiting"
    DONE = "done"
    QUARANTINED = "quarantined"


class _Base(DeclarativeBase):
    pass


class MessageRow(_Base):
    """A message: its bytes as sealed by the vault, and nothing else that reveals whom it is about."""

    __tablename__ = "hl7_message"

    id: Mapped[int] = mapped_column(_ID, primary_key=True)
    received_at: Mapped[datetime] = mapped_column(UtcTime)
    sender: Mapped[str] = mapped_column(String(200))
    control_id: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    state: Mapped[str] = mapped_column(String(12))
    attempts: Mapped[int]
    due_at: Mapped[float] = mapped_column(Double)
    leased_until: Mapped[float] = mapped_column(Double)
    lease: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(300))
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)


class LaneRow(_Base):
    """A lane in which a message keeps its order, as a keyed hash; ``open`` until the message is done or quarantined."""

    __tablename__ = "hl7_lane"

    message_id: Mapped[int] = mapped_column(ForeignKey("hl7_message.id", ondelete="CASCADE"), primary_key=True)
    lane: Mapped[str] = mapped_column(String(64), primary_key=True)
    open: Mapped[bool]
