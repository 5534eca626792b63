"""The tables of the support chatbot; ``apps/migrations`` makes them."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import JSON, ForeignKey, Integer, SmallInteger, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.db import UtcTime
from knowledge.retrieval.language import Language

Author = Literal["customer", "bot", "desk"]
State = Literal["waiting", "answered", "closed"]


class Base(DeclarativeBase):
    """What SQLAlchemy collects the tables below in, and the drafts of the operators."""


class ConversationRow(Base):
    """One customer's thread. ``seen`` is the id of the last message that the customer has had on the screen."""

    __tablename__ = "support_conversation"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    language: Mapped[Language] = mapped_column(String(2))
    seen: Mapped[int] = mapped_column(Integer)


class MessageRow(Base):
    """What customer, bot or desk wrote. ``reply`` tells what the bot did; ``external_id`` is the sender's own.

    ``signed`` is the account of whoever wrote it at the desk; None for all others.
    """

    __tablename__ = "support_message"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("support_conversation.id"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    author: Mapped[Author] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    reply: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    thumb: Mapped[int] = mapped_column(SmallInteger)
    external_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    signed: Mapped[str | None] = mapped_column(String(100))


class HandOffRow(Base):
    """A conversation that was passed to a person. At most one of each conversation is open."""

    __tablename__ = "hand_off"

    reference: Mapped[str] = mapped_column(String(16), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    language: Mapped[Language] = mapped_column(String(2))
    email: Mapped[str] = mapped_column(String(254))
    note: Mapped[str] = mapped_column(Text)
    transcript: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    library_version: Mapped[str] = mapped_column(String(12))
    conversation_id: Mapped[str] = mapped_column(String(32))
    topic: Mapped[str] = mapped_column(String(16))
    summary: Mapped[str] = mapped_column(Text)
    state: Mapped[State] = mapped_column(String(10))


class OutboxRow(Base):
    """An e-mail or a webhook that is to be sent, and goes out even if the server ends in between."""

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(32))
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    channel: Mapped[str] = mapped_column(String(10))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    attempts: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10))
    last_error: Mapped[str] = mapped_column(String(80))
