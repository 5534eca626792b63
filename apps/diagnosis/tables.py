"""The tables of the diagnostic assistant; ``apps/migrations`` makes them. None holds plain text of a record."""

from datetime import datetime

from sqlalchemy import JSON, Boolean, Float, Integer, LargeBinary, SmallInteger, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.db import UtcTime


class Base(DeclarativeBase):
    """Declarative base of the tables below."""


class OpinionRow(Base):
    """An opinion about a list, or an unseen list; :class:`~apps.diagnosis.store.Opinion` explains the columns."""

    __tablename__ = "diagnosis_opinion"

    visit: Mapped[str] = mapped_column(String(36), primary_key=True)
    decided_at: Mapped[datetime] = mapped_column(UtcTime)
    source: Mapped[str] = mapped_column(String(10))
    patient: Mapped[str] = mapped_column(String(32))
    clinician: Mapped[str] = mapped_column(String(32))
    chosen: Mapped[str] = mapped_column(String(40))
    place: Mapped[int] = mapped_column(SmallInteger)
    reason: Mapped[str] = mapped_column(String(20))
    codes: Mapped[list[str]] = mapped_column(JSON)
    kind: Mapped[str] = mapped_column(String(10))
    probability: Mapped[float | None] = mapped_column(Float)
    suggested: Mapped[bool] = mapped_column(Boolean)
    certificate: Mapped[str] = mapped_column(String(16))
    versions: Mapped[dict[str, str]] = mapped_column(JSON)
    draft: Mapped[str] = mapped_column(String(36))
    written_at: Mapped[datetime | None] = mapped_column(UtcTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcTime)
    outcome: Mapped[int | None] = mapped_column(SmallInteger)
    closed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    closed_by: Mapped[str] = mapped_column(String(80))
    silent: Mapped[bool] = mapped_column(Boolean)


class WithdrawalRow(Base):
    """A certificate that closed cases have refuted, and how many of them were right."""

    __tablename__ = "diagnosis_withdrawal"

    certificate: Mapped[str] = mapped_column(String(16), primary_key=True)
    withdrawn_at: Mapped[datetime] = mapped_column(UtcTime)
    closed: Mapped[int] = mapped_column(Integer)
    right: Mapped[int] = mapped_column(Integer)


class SwitchRow(Base):
    """Whether suggestions are off, one row for all processes; no row means on."""

    __tablename__ = "diagnosis_switch"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    off: Mapped[bool] = mapped_column(Boolean)
    silent: Mapped[bool] = mapped_column(Boolean)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)
    changed_by: Mapped[str] = mapped_column(String(80))


class ReportRow(Base):
    """A reported problem. ``sealed`` holds patient data, encrypted; ``name`` binds it to this row."""

    __tablename__ = "diagnosis_report"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    reported_at: Mapped[datetime] = mapped_column(UtcTime)
    reporter: Mapped[str] = mapped_column(String(32))
    patient: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(36))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
