"""When conversations are looked for whose time is over."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.support import retention
from apps.support.retention import BATCH, Retention
from core.errors import StorageError
from tests.clock import Clock

START = datetime(2026, 11, 25, 12, tzinfo=UTC)
KEEP = timedelta(days=30)
STORE: Any = object()


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """Since when nothing had happened in what was deleted, each time. A full batch is found twice, then three."""
    asked: list[datetime] = []

    def delete(store: object, before: datetime) -> int:
        assert store is STORE
        asked.append(before)
        return {1: BATCH, 2: BATCH, 3: 3}.get(len(asked), 0)

    monkeypatch.setattr(retention, "delete_older", delete)
    return asked


def test_batch_by_batch_and_then_once_an_hour(cuts: list[datetime], caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock(START)
    tidy = Retention(STORE, KEEP, clock).tidy
    with caplog.at_level(logging.INFO):
        assert [tidy() for _ in range(5)] == [BATCH, BATCH, 3, 0, 0]
        assert cuts == [START - KEEP] * 3
        clock.now += timedelta(minutes=59)
        tidy()
        assert len(cuts) == 3
        clock.now += timedelta(minutes=1)
        tidy()
    assert cuts[3:] == [START + timedelta(hours=1) - KEEP]
    assert [record.getMessage() for record in caplog.records] == [
        f"Conversations whose time was over: {count} deleted" for count in (BATCH, BATCH, 3)
    ]


def test_after_a_failure_it_waits_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise StorageError("The database does not answer")

    monkeypatch.setattr(retention, "delete_older", fail)
    tidy = Retention(STORE, KEEP, Clock(START)).tidy
    with pytest.raises(StorageError):
        tidy()
    assert tidy() == 0
