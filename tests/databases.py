"""A database of its own for each test; most take the fixtures ``database`` and ``each_database``."""

import functools
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

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


@functools.cache
def _migrated() -> bytes:
    """An empty SQLite file with the suite's schema: copying it is much faster than making it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "r1.db"
        open_database(f"sqlite:///{file}", MIGRATIONS).dispose()
        return file.read_bytes()


def sqlite_database(folder: Path) -> Engine:
    """The suite's database in a folder, ``r1.db``; it is made where there is none."""
    file = folder / "r1.db"
    if not file.exists():
        file.write_bytes(_migrated())
    return open_database(f"sqlite:///{file}", MIGRATIONS)


@contextmanager
def database_of(kind: str, folder: Path) -> Iterator[Engine]:
    """A database with the suite's schema, ``sqlite`` in a folder or ``postgres``."""
    with nullcontext() if kind == "sqlite" else postgres_url() as url:
        database = open_database(url, MIGRATIONS) if url else sqlite_database(folder)
        yield database
        database.dispose()
