"""The database: SQLite in one file by default, PostgreSQL where several processes share it."""

import math
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, cast

import alembic.command
import alembic.config
from alembic.util import CommandError
from sqlalchemy import (
    Connection,
    CursorResult,
    DateTime,
    Dialect,
    Engine,
    TypeDecorator,
    Update,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from .errors import InputError, SettingsError, StorageError, TakenError

# libpq parameters, in seconds, the last in milliseconds: a server that vanished from the network is noticed in 30 s.
_POSTGRES_LIMITS = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
# Defaults if neither the URL nor the server sets others: per statement, and per wait for a lock (as for SQLite).
_POSTGRES_TIMEOUTS = {"statement_timeout": "60s", "lock_timeout": "30s"}
_CHECK_TIMEOUT = "2s"  # of check_writable
_READ_ONLY = "25006"  # SQLSTATE of a server that is no longer the primary, after a failover
_SPACE = 64 << 10  # bytes that must be free for SQLite
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_CHECKED_SECONDS = 2.0  # of reading the SQLite file at the start: some hundred megabytes
# Messages of psycopg and of a server set to English.
_POSTGRES_REASONS = (
    (r"authentication failed|no password supplied|pg_hba\.conf|role .* does not exist", "the sign-in was refused"),
    ("database .* does not exist", "there is no such database"),
    ("permission denied|must be owner", "the user lacks a right"),
    ("SSL|certificate", "no TLS that both sides accept"),
    ("Connection refused|No such file", "nothing listens at this address"),  # a name may have several addresses
    ("unreachable|No route to host", "the address cannot be reached"),
    ("timeout expired", "no answer in time"),
    ("resolve host|translate host name|Name or service not known", "unknown host name"),
)
_POSTGRES_HINT = (
    "Check that it is running and that R1_DATABASE_URL is right; in user name and password, "
    "@ / : % must be written %40 %2F %3A %25"
)
# If several processes start together, one upgrades the schema and the others wait until its transaction ends.
_ALONE = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "SELECT pg_advisory_xact_lock(hashtext('r1 schema'))"}
_LOCKED_SECONDS = 30.0  # how long another process may lock the SQLite file


Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The current time, timezone-aware."""
    return datetime.now(UTC)


class UtcTime(TypeDecorator[datetime]):
    """Timezone-aware times in UTC; SQLite drops the zone, and PostgreSQL returns that of its session."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time in UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def open_database(url: str, migrations: Path) -> Engine:
    """Connects, and upgrades the schema.

    Args:
        url: SQLAlchemy URL, for example ``sqlite:////var/lib/r1/r1.db`` or ``postgresql+psycopg://user@host/r1``.
        migrations: Alembic folder of the application's schema.

    Raises:
        SettingsError: the URL is malformed or names another kind of database, or the driver is not installed.
        StorageError: the database cannot be reached or written to, or its file is damaged.
    """
    engine = _engine(url)
    _upgrade(engine, migrations)
    return engine


def _engine(url: str) -> Engine:
    """The SQLAlchemy engine; not connected yet."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in _ALONE:
            raise ArgumentError("neither SQLite nor PostgreSQL")
        if parsed.get_backend_name() == "sqlite":
            # A pooled connection would silently keep writing to a file that was moved away.
            engine = create_engine(parsed, poolclass=NullPool, connect_args={"timeout": _LOCKED_SECONDS})
        else:
            engine = create_engine(parsed, pool_pre_ping=True, connect_args=_POSTGRES_LIMITS)
    except (ArgumentError, SQLAlchemyError, ModuleNotFoundError, ValueError) as error:
        raise SettingsError(
            f"R1_DATABASE_URL cannot be used ({type(error).__name__})",
            hint="PostgreSQL needs the extra r1-suite[postgres] and postgresql+psycopg://user:password@host/name",
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable_sqlite)
    else:
        event.listen(engine, "connect", _limited_postgres)
        event.listen(engine, "handle_error", _leave_read_only)
    return engine


def _upgrade(engine: Engine, migrations: Path) -> None:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "sqlite":
                _quick_check(connection)
            else:
                for name in _POSTGRES_TIMEOUTS:
                    connection.execute(text(f"SET LOCAL {name} = 0"))
            connection.execute(text(_ALONE[engine.dialect.name]))
            config.attributes["connection"] = connection
            alembic.command.upgrade(config, "head")
    except CommandError:
        engine.dispose()
        raise StorageError(
            f"The {engine.dialect.name} database has a schema that this version of the suite does not know",
            hint="Use the version that wrote it, or a newer one",
        ) from None
    except SQLAlchemyError as error:
        engine.dispose()
        raise _cannot_be_opened(engine, error) from None


def _quick_check(connection: Connection) -> None:
    """Reads the SQLite file, as much as the time allows: to a query, a damaged table may merely look empty."""
    raw = cast("sqlite3.Connection", connection.connection.dbapi_connection)
    until = time.monotonic() + _CHECKED_SECONDS
    raw.set_progress_handler(lambda: time.monotonic() > until, 1000)
    try:
        if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar() != "ok":
            raise _damaged(connection.engine)
    except OperationalError as error:
        if _code(error) != sqlite3.SQLITE_INTERRUPT:
            raise
    finally:
        raw.set_progress_handler(None, 0)


def _code(error: SQLAlchemyError) -> int:
    """SQLite's primary result code; 0 for an error of another database."""
    return getattr(getattr(error, "orig", None), "sqlite_errorcode", 0) & 0xFF


def _damaged(database: Engine) -> StorageError:
    return StorageError(
        f"The database {database.url.database} is damaged, or no SQLite database at all",
        hint="Stop what uses it and restore a backup; or move it away, with the files beside it that end in "
        "-wal and -shm, to start with an empty one",
    )


def _cannot_be_opened(database: Engine, error: SQLAlchemyError) -> StorageError:
    if database.dialect.name == "postgresql":
        return StorageError(f"The postgresql database cannot be opened ({_reason(error)})", hint=_POSTGRES_HINT)
    if _code(error) in _DAMAGED:
        return _damaged(database)
    return StorageError(
        f"The sqlite database {database.url.database} cannot be written ({getattr(error, 'orig', '')})",
        hint="Check the permissions of the file and its folder, and the free space; or choose another with R1_HOME or "
        "R1_DATABASE_URL",
    )


def _reason(error: SQLAlchemyError) -> str:
    """The failure in words that repeat nothing of the URL: in a malformed one, the host may be half a password."""
    said, kind = str(getattr(error, "orig", "")), type(error).__name__
    return next((f"{kind}: {reason}" for words, reason in _POSTGRES_REASONS if re.search(words, said)), kind)


@contextmanager
def transaction(database: Engine) -> Iterator[Session]:
    """A session for one transaction, which ends with the block.

    Raises:
        InputError: the database rejects a value, such as a text with a NUL (PostgreSQL), or one that is too long.
        TakenError: a row with this key exists already.
        StorageError: the database does not answer, cannot be written to, or is damaged.
    """
    try:
        with Session(database) as session, session.begin():
            yield session
    except IntegrityError:
        raise TakenError("The database has such a row already", hint="Somebody else was faster: try again") from None
    except DataError:
        raise InputError("The database does not take such a value", hint="Leave out control characters") from None
    except SQLAlchemyError as error:
        if _code(error) in _DAMAGED:
            raise _damaged(database) from None
        raise StorageError(
            f"The database does not answer ({type(error).__name__})",
            hint="Check that it is running, its disk and R1_DATABASE_URL",
        ) from None  # its message may contain data


def check_writable(database: Engine, table: str) -> None:
    """Raises if a row could not be written to this table now; writes nothing."""
    with database.connect() as connection:
        if database.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL statement_timeout = '{_CHECK_TIMEOUT}'"))
            connection.execute(text(f"DELETE FROM {table} WHERE false"))
            return
        connection.execute(text(f"SELECT 1 FROM {table} LIMIT 1"))  # SELECT 1 alone succeeds on a new, empty file too
        path = connection.execute(text("PRAGMA database_list")).all()[0][2]  # the URL may be a file: URI
    # Without a lock, which others would wait for.
    with TemporaryFile(dir=Path(path).parent) as file:
        file.write(bytes(_SPACE))
        file.flush()


def changed(session: Session, statement: Update) -> int:
    """Executes an update and returns how many rows it changed."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def asked(figure: Callable[[], float]) -> float:
    """A figure from the database, or NaN while it is unavailable: a scrape of the metrics must not fail."""
    try:
        return figure()
    except StorageError:
        return math.nan


def _limited_postgres(connection, _record) -> None:  # type: ignore[no-untyped-def]
    for name, time_limit in _POSTGRES_TIMEOUTS.items():
        connection.execute(
            "SELECT set_config(%(name)s, %(limit)s, false) WHERE current_setting(%(name)s) = '0'",
            {"name": name, "limit": time_limit},
        )
    connection.commit()


def _leave_read_only(context: ExceptionContext) -> None:
    """Makes the pool reconnect: with ``target_session_attrs=read-write`` the next connection finds the new primary."""
    if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
        context.is_disconnect = True


def _durable_sqlite(connection, _record) -> None:  # type: ignore[no-untyped-def]
    _write_ahead(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Turns on the write-ahead log (WAL): one process can write while others read."""
    until = time.monotonic() + _LOCKED_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            # On a new file that another process is opening too, SQLite ignores its timeout and fails at once.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return
