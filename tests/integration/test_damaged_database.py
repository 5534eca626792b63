"""SQLite files that are damaged."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from core.db import open_database, transaction
from core.errors import StorageError
from tests.databases import MIGRATIONS


def random_bytes(file: Path) -> None:
    file.write_bytes(random.Random(0).randbytes(20_000))


def a_letter(file: Path) -> None:
    file.write_bytes(b"a letter, not a database" * 100)


def truncated(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def overwritten(file: Path) -> None:
    """All but the first page, which says what tables there are."""
    content = file.read_bytes()
    file.write_bytes(content[:4096] + random.Random(0).randbytes(len(content) - 4096))


def zeroed(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:4096] + bytes(len(content) - 4096))


@pytest.mark.parametrize("damage", [random_bytes, a_letter, truncated, overwritten, zeroed])
def test_damaged_sqlite_file_is_called_so_and_left_alone(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    file = tmp_path / "r1.db"
    open_database(f"sqlite:///{file}", MIGRATIONS).dispose()
    damage(file)
    before = file.read_bytes()
    with pytest.raises(StorageError, match=rf"{file} is damaged.*backup.*move it away"):
        open_database(f"sqlite:///{file}", MIGRATIONS)
    assert file.read_bytes() == before


def test_sqlite_file_damaged_while_it_is_used_is_called_so(tmp_path: Path) -> None:
    file = tmp_path / "r1.db"
    database = open_database(f"sqlite:///{file}", MIGRATIONS)
    overwritten(file)
    with pytest.raises(StorageError, match="is damaged"), transaction(database) as session:
        session.execute(text("SELECT * FROM account")).all()


def test_sqlite_file_that_is_not_a_file_is_not_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "r1.db").mkdir()
    with pytest.raises(StorageError, match=r"cannot be written \(unable to open .*permissions"):
        open_database(f"sqlite:///{tmp_path / 'r1.db'}", MIGRATIONS)


def test_large_sqlite_file_is_checked_for_a_limited_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'r1.db'}"
    database = open_database(url, MIGRATIONS)
    with transaction(database) as session:
        rows = [{"digest": f"{number:064}"} for number in range(20_000)]
        session.execute(text("INSERT INTO cds_token VALUES (:digest, CURRENT_TIMESTAMP)"), rows)
    monkeypatch.setattr("core.db._CHECKED_SECONDS", -1.0)
    reopened = open_database(url, MIGRATIONS)
    with transaction(reopened) as session:
        assert session.scalar(text("SELECT count(*) FROM cds_token")) == 20_000
