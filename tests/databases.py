"""A database of its own for each test."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from core.db import open_database
from tests.conftest import unavailable

MIGRATIONS = Path(__file__).parents[1] / "apps" / "migrations"


@contextmanager
def postgres_url() -> Iterator[str]:
    """URL of an empty schema on the server that ``R1_TEST_POSTGRES`` names; it is dropped afterwards.

    The sessions' time zone is one that is not UTC.
    """
    if "R1_TEST_POSTGRES" not in os.environ:
        unavailable("R1_TEST_POSTGRES names no PostgreSQL server")
    server = make_url(os.environ["R1_TEST_POSTGRES"])
    schema = f"r1_test_{secrets.token_hex(6)}"
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text(f"CREATE SCHEMA {schema}"))
    try:
        own = server.update_query_dict({"options": f"-csearch_path={schema} -ctimezone=Asia/Shanghai"})
        yield own.render_as_string(hide_password=False)
    finally:
        with engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


@contextmanager
def database_of(kind: str, folder: Path) -> Iterator[Engine]:
    """A database with the suite's schema, ``sqlite`` in a folder or ``postgres``."""
    if kind == "sqlite":
        database = open_database(f"sqlite:///{folder / 'r1.db'}", MIGRATIONS)
        yield database
        database.dispose()
        return
    with postgres_url() as url:
        database = open_database(url, MIGRATIONS)
        yield database
        database.dispose()


class OnSqlite:
    """Gives a contract a file of its own for each test; mix it in before the contract."""

    @pytest.fixture
    def database(self, tmp_path: Path) -> Iterator[Engine]:
        with database_of("sqlite", tmp_path) as database:
            yield database


class OnPostgres:
    """Gives a contract a database of its own for each test, on the server of ``R1_TEST_POSTGRES``."""

    @pytest.fixture
    def database(self, tmp_path: Path) -> Iterator[Engine]:
        with database_of("postgres", tmp_path) as database:
            yield database
