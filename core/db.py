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
from sqlalchemy import CursorResult, DateTime, Dialect, Engine, TypeDecorator, Update, create_engine, event, text
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DataError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from .errors import InputError, SettingsError, StorageError, TakenError

# Of libpq, in seconds, the last in milliseconds: a server that vanished from the network is noticed within 30 s.
_POSTGRES_LIMITS = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
# Where neither the URL nor the server sets others: for a statement, and for its wait for a lock (SQLite's is the same).
_POSTGRES_TIMEOUTS = {"statement_timeout": "60s", "lock_timeout": "30s"}
_CHECK_TIMEOUT = "2s"  # for whether it can be written
_READ_ONLY = "25006"  # SQLSTATE: a server that is no primary any more, since a failover
_SPACE = 64 << 10  # bytes that must be free for SQLite
# What psycopg and the server say, where the server speaks English.
_POSTGRES_REASONS = (
    (r"authentication failed|no password supplied|pg_hba\.conf|role .* does not exist", "the sign-in was refused"),
    ("database .* does not exist", "there is no such database"),
    ("permission denied|must be owner", "the user lacks a right"),
    ("SSL|certificate", "no TLS that both sides accept"),
    ("Connection refused|No such file", "nothing listens at this address"),  # of one of the addresses of a name
    ("unreachable|No route to host", "the address cannot be reached"),
    ("timeout expired", "no answer in time"),
    ("resolve host|translate host name|Name or service not known", "unknown host name"),
)
_POSTGRES_HINT = (
    "Check that it is running and that R1_DATABASE_URL is right; in user name and password, "
    "@ / : % must be written %40 %2F %3A %25"
)
# Of processes that start together one brings the schema up to date, and the others wait until its transaction ends.
_ALONE = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "SELECT pg_advisory_xact_lock(hashtext('r1 schema'))"}
_LOCKED_SECONDS = 30.0  # that another process may hold the file of SQLite


Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time now, aware."""
    return datetime.now(UTC)


class UtcTime(TypeDecorator[datetime]):
    """Aware times in UTC; SQLite drops the zone, and PostgreSQL gives that of its session."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time in UTC."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def open_database(url: str, migrations: Path) -> Engine:
    """Connects, and brings the schema up to date.

    Args:
        url: SQLAlchemy URL, for example ``sqlite:////var/lib/r1/r1.db`` or ``postgresql+psycopg://user@host/r1``.
        migrations: Alembic folder of the application's schema.

    Raises:
        SettingsError: the URL is malformed or of another kind of database, or its driver is not installed.
        StorageError: the database cannot be reached or written.
    """
    engine = _engine(url)
    _upgrade(engine, migrations)
    return engine


def _engine(url: str) -> Engine:
    """Of SQLAlchemy; nothing is connected yet."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() not in _ALONE:
            raise ArgumentError("neither SQLite nor PostgreSQL")
        if parsed.get_backend_name() == "sqlite":
            # A kept connection would go on writing into a file that was moved away, and nobody would notice.
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
    """Brings the schema up to date."""
    config = alembic.config.Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
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
        name, hint = "postgresql database", _POSTGRES_HINT
        if engine.dialect.name == "sqlite":
            name = f"sqlite database {engine.url.database}"
            hint = "It must be a database in a folder that can be written; R1_HOME or R1_DATABASE_URL names another"
        raise StorageError(f"The {name} cannot be opened ({_reason(error)})", hint=hint) from None


def _reason(error: SQLAlchemyError) -> str:
    """What went wrong, in words that hold nothing of the URL: of a broken one, a host may be half a password."""
    said, kind = str(getattr(error, "orig", "")), type(error).__name__
    return next((f"{kind}: {reason}" for words, reason in _POSTGRES_REASONS if re.search(words, said)), kind)


@contextmanager
def transaction(database: Engine) -> Iterator[Session]:
    """A session for one transaction, which ends with the block.

    Raises:
        InputError: the database takes no such value, as PostgreSQL no text with a NUL, or one that is too long.
        TakenError: a row of this key is there already.
        StorageError: the database does not answer, or cannot be written.
    """
    try:
        with Session(database) as session, session.begin():
            yield session
    except IntegrityError:
        raise TakenError("The database has such a row already", hint="Somebody was first: try again") from None
    except DataError:
        raise InputError("The database does not take such a value", hint="Leave out control characters") from None
    except SQLAlchemyError as error:
        raise StorageError(
            f"The database does not answer ({type(error).__name__})",
            hint="Check that it is running, its disk and R1_DATABASE_URL",
        ) from None  # its own words may hold data


def check_writable(database: Engine, table: str) -> None:
    """Returns where a row of this table could be written now, and raises whatever is in the way. It writes none."""
    with database.connect() as connection:
        if database.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL statement_timeout = '{_CHECK_TIMEOUT}'"))
            connection.execute(text(f"DELETE FROM {table} WHERE false"))
            return
        connection.execute(text(f"SELECT 1 FROM {table} LIMIT 1"))  # a new, empty file answers SELECT 1 too
        path = connection.execute(text("PRAGMA database_list")).all()[0][2]  # the URL may have it as a file: address
    # Without a lock, for which others would wait.
    with TemporaryFile(dir=Path(path).parent) as file:
        file.write(bytes(_SPACE))
        file.flush()


def changed(session: Session, statement: Update) -> int:
    """Makes an update; how many rows it changed."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def asked(figure: Callable[[], float]) -> float:
    """A figure of the database, NaN while that cannot be asked: a scrape of the metrics must not fail for it."""
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
    """Has the pool connect anew: by ``target_session_attrs=read-write`` the next connection finds the new primary."""
    if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
        context.is_disconnect = True


def _durable_sqlite(connection, _record) -> None:  # type: ignore[no-untyped-def]
    _write_ahead(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Lets readers go on while one process writes (WAL)."""
    until = time.monotonic() + _LOCKED_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            # On a new file that another process opens, too, SQLite refuses at once: it does not wait as otherwise.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return
