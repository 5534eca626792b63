"""Times as the database gives them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.dialects import sqlite

from core.db import UtcTime

SHANGHAI = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    "read",
    [datetime(2026, 11, 25, 20), datetime(2026, 11, 26, 4, tzinfo=SHANGHAI), datetime(2026, 11, 25, 20, tzinfo=UTC)],
)
def test_a_time_is_in_utc_whatever_zone_the_database_gives(read: datetime) -> None:
    at = UtcTime().process_result_value(read, sqlite.dialect())
    assert at is not None
    assert at.isoformat() == "2026-11-25T20:00:00+00:00"


def test_no_time_stays_none() -> None:
    assert UtcTime().process_result_value(None, sqlite.dialect()) is None
