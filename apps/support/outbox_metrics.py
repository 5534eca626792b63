"""Prometheus metrics of the outbox, queried at each scrape. Labels hold states only: no address, no text."""

import functools
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Gauge
from sqlalchemy import ColumnElement, Engine, func, select

from core.db import asked, transaction

from .outbox import in_turn
from .tables import OutboxRow

STATES = ("waiting", "sent", "skipped", "failed")
"""States of a message in the outbox. Skipped ones the customer had already seen in the chat."""


class OutboxGauges:
    """Gauges of the outbox, whichever process sends from it."""

    def __init__(self, database: Engine, registry: CollectorRegistry) -> None:
        gauge = functools.partial(Gauge, registry=registry)
        self.messages = gauge("r1_outbox_messages", "E-mails and webhooks in the outbox", ["state"])
        self.overdue_seconds = gauge(
            "r1_outbox_overdue_seconds", "How long the oldest message that is due waits, 0 when none does"
        )
        self.retried = gauge(
            "r1_outbox_retried_messages", "E-mails and webhooks that wait although sending them was tried"
        )
        for state in STATES:
            self.messages.labels(state).set_function(
                functools.partial(asked, functools.partial(_count, database, OutboxRow.state == state))
            )
        tried = (OutboxRow.state == "waiting", OutboxRow.attempts > 0)
        self.retried.set_function(functools.partial(asked, functools.partial(_count, database, *tried)))
        self.overdue_seconds.set_function(functools.partial(asked, functools.partial(_overdue, database)))


def _count(database: Engine, *which: ColumnElement[bool]) -> int:
    with transaction(database) as session:
        return session.execute(select(func.count()).select_from(OutboxRow).where(*which)).scalar_one()


def _overdue(database: Engine) -> float:
    with transaction(database) as session:
        due = session.execute(select(func.min(OutboxRow.due_at)).where(in_turn())).scalar()
    return 0.0 if due is None else max(0.0, (datetime.now(UTC) - due).total_seconds())
