"""What the store of hand-offs must do on every database."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from apps.support.store import HandOff, HandOffStore
from core.db import open_database
from tests.databases import MIGRATIONS, postgres_url

TRANSCRIPT = [
    {"question": "卡丢了怎么办？ 🙂 'quoted' \"twice\"; --", "action": "answer", "answer": "请立即挂失。\n然后…"}
]


def add(store: HandOffStore, note: str = "") -> HandOff:
    return store.add(
        language="zh", email="li@example.com", note=note, transcript=TRANSCRIPT, library_version="0123456789ab"
    )


class HandOffStoreContract:
    """Inherit it, and provide the fixture ``database``."""

    @pytest.fixture
    def database(self) -> Iterator[Engine]:
        raise NotImplementedError

    def test_what_was_stored_is_read_back(self, database: Engine) -> None:
        stored = add(HandOffStore(database), note="请打电话给我")
        assert HandOffStore(database).waiting() == [stored]
        assert stored.transcript == tuple(TRANSCRIPT)
        assert stored.created_at.tzinfo is not None
        assert abs(datetime.now(UTC) - stored.created_at) < timedelta(minutes=1)

    def test_oldest_first_and_limited(self, database: Engine) -> None:
        store = HandOffStore(database)
        stored = [add(store, note=str(number)) for number in range(5)]
        assert [item.note for item in store.waiting()] == ["0", "1", "2", "3", "4"]
        assert store.waiting(limit=2) == stored[:2]
        assert len({item.reference for item in stored}) == 5

    def test_customers_write_at_the_same_time(self, database: Engine) -> None:
        store = HandOffStore(database)
        writers = [threading.Thread(target=lambda: [add(store) for _ in range(5)]) for _ in range(8)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert len(store.waiting()) == 40

    def test_longest_values_fit(self, database: Engine) -> None:
        store = HandOffStore(database)
        email = "a" * 64 + "@" + "b" * 185 + ".com"
        stored = store.add(language="en", email=email, note="n" * 2000, transcript=[], library_version="v" * 12)
        assert store.waiting() == [stored]


class TestSqlite(HandOffStoreContract):
    @pytest.fixture
    def database(self, tmp_path: Path) -> Iterator[Engine]:
        database = open_database(f"sqlite:///{tmp_path / 'r1.db'}", MIGRATIONS)
        yield database
        database.dispose()


class TestPostgres(HandOffStoreContract):
    @pytest.fixture
    def database(self) -> Iterator[Engine]:
        with postgres_url() as url:
            database = open_database(url, MIGRATIONS)
            yield database
            database.dispose()
