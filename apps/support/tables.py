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
    """Declarative base of the tables below and of the desk's."""


class ConversationRow(Base):
    """One customer's thread. ``seen`` is the id of the last message shown to the customer."""

    __tablename__ = "support_conversation"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    language: Mapped[Language] = mapped_column(String(2))
    seen: Mapped[int] = mapped_column(Integer)


class MessageRow(Base):
    """A message of customer, bot or desk. ``reply`` is the bot's reply; ``external_id`` is the sender's own.

    ``signed`` is the account of its author at the desk; None for all others.
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
    """A conversation's hand-off to a person. At most one per conversation is open."""

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
    """An e-mail or webhook to be sent, even if the server stops in between."""

    __tablename__ = "outbox"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(String(32))
    due_at: Mapped[datetime] = mapped_column(UtcTime)
    channel: Mapped[str] = mapped_column(String(10))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    attempts: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(10))
    last_error: Mapped[str] = mapped_column(String(80))
