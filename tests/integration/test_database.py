"""Opening the database: migrations, and what cannot be opened."""

import contextlib
import sqlite3
import subprocess
import sys
import threading
import traceback
from datetime import UTC, datetime
from pathlib import Path

import alembic.command
import alembic.config
import pytest
from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InternalError, OperationalError, SQLAlchemyError

from core.db import _ALONE, _engine, _reason, check_writable, open_database, transaction
from core.errors import R1Error, SettingsError, StorageError, TakenError
from tests.databases import MIGRATIONS, postgres_url
from tests.servers import free_port

PASSWORD = "hunter2-hunter2"
_OPEN = """
import sys
from core.db import open_database
from tests.databases import MIGRATIONS
print("ready", flush=True)
input()
open_database(sys.argv[1], MIGRATIONS)
"""
_FULL_DISK = """
import resource, signal, sys
from core.db import check_writable, open_database
from tests.databases import MIGRATIONS
database = open_database(sys.argv[1], MIGRATIONS)
check_writable(database, "hand_off")
print("writable")
another = database.connect()  # keeps the files of the write-ahead log, so that reading goes on
another.exec_driver_sql("SELECT 1 FROM hand_off")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # no file may grow, as on a full disk
try:
    check_writable(database, "hand_off")
except OSError:
    print("OSError")
"""


def test_migrations_run_once_however_often_it_is_opened(url: str) -> None:
    for _ in range(2):
        database = open_database(url, MIGRATIONS)
        with database.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO hand_off (reference, created_at, language, email, note, transcript, library_version) "
                    "SELECT 'R' || count(*), CURRENT_TIMESTAMP, 'en', 'a@b.c', '', '[]', 'v' "
                    "FROM hand_off"
                )
            )
            rows = connection.execute(text("SELECT count(*) FROM hand_off")).scalar()
            versions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
        tables = set(inspect(database).get_table_names())
        database.dispose()
    assert rows == 2, "the second opening lost what the first had written"
    assert versions == [sorted(path.stem[:4] for path in MIGRATIONS.glob("versions/0*.py"))[-1]]
    made = {"hand_off", "hl7_message", "faq_version", "support_conversation", "audit_event", "cds_card", "cds_token"}
    assert made <= tables


def test_of_several_open_hand_offs_of_a_conversation_the_newest_stays_open(url: str) -> None:
    database = open_database(url, MIGRATIONS)
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    add = (
        "INSERT INTO hand_off (reference, created_at, language, email, note, transcript, library_version, "
        "conversation_id, state) VALUES (:reference, :at, 'en', 'a@b.c', '', '[]', 'v', :id, :state)"
    )
    rows = [("old", 1, "x", "waiting"), ("new", 2, "x", "answered"), ("other", 1, "y", "waiting")]
    rows += [("first", 1, "", "waiting"), ("second", 2, "", "waiting"), ("done", 3, "x", "closed")]
    with database.begin() as connection:
        config.attributes["connection"] = connection
        alembic.command.downgrade(config, "0010")
        for reference, day, id, state in rows:
            at = datetime(2026, 11, day, tzinfo=UTC)
            connection.execute(text(add), {"reference": reference, "at": at, "id": id, "state": state})
        alembic.command.upgrade(config, "head")
        open_now = connection.execute(text("SELECT reference FROM hand_off WHERE state <> 'closed'")).scalars().all()
    database.dispose()
    assert sorted(open_now) == ["first", "new", "other", "second"]


def test_what_is_unsent_gets_its_conversation(url: str) -> None:
    database = open_database(url, MIGRATIONS)
    config = alembic.config.Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.begin() as connection:
        config.attributes["connection"] = connection
        alembic.command.downgrade(config, "0012")
        for reference, id in (("AAAA-AAAA", "x"), ("BBBB-BBBB", "y")):
            connection.execute(
                text(
                    "INSERT INTO hand_off (reference, created_at, language, email, note, transcript, library_version, "
                    "conversation_id) VALUES (:reference, CURRENT_TIMESTAMP, 'en', 'a@b.c', '', '[]', 'v', :id)"
                ),
                {"reference": reference, "id": id},
            )
        rows = [("1", "waiting", '{"subject": "BBBB-BBBB"}'), ("2", "failed", '{"data": {"reference": "AAAA-AAAA"}}')]
        for id, state, payload in [*rows, ("3", "waiting", "{}"), ("4", "sent", "{}"), ("5", "skipped", "{}")]:
            connection.execute(
                text(
                    "INSERT INTO outbox (id, due_at, channel, payload, attempts, state, last_error) "
                    "VALUES (:id, CURRENT_TIMESTAMP, 'email', :payload, 0, :state, '')"
                ),
                {"id": id, "payload": payload, "state": state},
            )
        alembic.command.upgrade(config, "head")
        kept = connection.execute(text("SELECT id, conversation_id FROM outbox ORDER BY id")).all()
    database.dispose()
    assert [tuple(row) for row in kept] == [("1", "y"), ("2", "x"), ("3", "")]


def test_processes_that_start_together_on_a_new_database_all_open_it(url: str) -> None:
    command = [sys.executable, "-c", _OPEN, url]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, cwd=MIGRATIONS.parents[1], **pipes) for _ in range(4)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 4, said


def test_schema_of_a_newer_version_is_left_alone(url: str) -> None:
    database = open_database(url, MIGRATIONS)
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.dispose()
    with pytest.raises(StorageError, match="schema that this version"):
        open_database(url, MIGRATIONS)


def test_a_transaction_says_what_failed_and_keeps_nothing_of_it(url: str) -> None:
    database = open_database(url, MIGRATIONS)

    def keep(*digests: str, table: str = "cds_token") -> None:
        with transaction(database) as session:
            for digest in digests:
                session.execute(text(f"INSERT INTO {table} VALUES (:digest, CURRENT_TIMESTAMP)"), {"digest": digest})

    keep("a")
    secret = "Okafor"
    with pytest.raises(TakenError) as taken:
        keep(secret, "a")
    with pytest.raises(StorageError, match="does not answer") as failed:
        keep(secret, table="nowhere")
    assert secret not in "".join(traceback.format_exception(taken.value) + traceback.format_exception(failed.value))
    with transaction(database) as session:
        assert session.scalars(text("SELECT digest FROM cds_token")).all() == ["a"]
    database.dispose()


def test_a_new_file_that_another_process_writes_first_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "r1.db"
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE theirs (x)")
    threading.Timer(0.5, lambda: other.execute("COMMIT")).start()
    database = open_database(f"sqlite:///{path}", MIGRATIONS)
    with database.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    other.close()


def test_sqlite_is_durable(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'r1.db'}", MIGRATIONS)
    with database.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
    database.dispose()


def _nobody_listens() -> str:
    return f"postgresql+psycopg://r1:{PASSWORD}@127.0.0.1:{free_port()}/r1"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        (f"{PASSWORD}@127.0.0.1:{{port}}/r1", "nothing listens at this address"),
        (f"x@{PASSWORD}/y@127.0.0.1/r1", "unknown host name"),  # of a password that has an @ of its own
    ],
)
def test_unreachable_server_is_named_without_its_password(url: str, reason: str) -> None:
    with pytest.raises(StorageError, match=f"postgresql database cannot be opened .*{reason}") as caught:
        open_database(f"postgresql+psycopg://r1:{url.format(port=free_port())}", MIGRATIONS)
    assert PASSWORD not in _printed(caught.value)
    assert "%40" in caught.value.hint


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"database": "nowhere"}, "there is no such database"),
        ({"username": "nobody", "password": PASSWORD}, "the sign-in was refused"),
    ],
)
def test_server_that_refuses_is_told_from_one_that_is_down(changed: dict[str, str], reason: str) -> None:
    with postgres_url() as url, pytest.raises(StorageError, match=reason) as caught:
        open_database(make_url(url).set(**changed).render_as_string(hide_password=False), MIGRATIONS)
    assert PASSWORD not in _printed(caught.value)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("- ::1: Connection refused - 127.0.0.1: password authentication failed", "the sign-in was refused"),
        ("could not open certificate file: No such file or directory", "no TLS that both sides accept"),
        ("must be owner of table diagnosis_opinion", "the user lacks a right"),
    ],
)
def test_what_a_server_says_counts_before_an_address_that_does_not_answer(said: str, reason: str) -> None:
    assert _reason(OperationalError("", {}, Exception(said))) == f"OperationalError: {reason}"


def with_option(url: str, option: str) -> str:
    parsed = make_url(url)
    options = f"{parsed.query['options']} -c{option}"
    return parsed.update_query_dict({"options": options}).render_as_string(hide_password=False)


def shown(database: Engine, setting: str) -> str:
    with database.connect() as connection:
        return str(connection.execute(text(f"SHOW {setting}")).scalar())


def test_statements_of_postgres_have_limits_of_which_the_operators_count() -> None:
    with postgres_url() as url:
        for option, expected in (("search_path=public", ("1min", "30s")), ("lock_timeout=7s", ("1min", "7s"))):
            database = _engine(with_option(url, option))
            with pytest.raises(StorageError), transaction(database) as session:
                session.execute(text("SELECT * FROM nowhere"))  # what was set must outlive a transaction that fails
            assert (shown(database, "statement_timeout"), shown(database, "lock_timeout")) == expected
            database.dispose()


def test_a_migration_waits_for_another_process_however_long_it_takes() -> None:
    with postgres_url() as url:
        other = _engine(url).connect()
        other.execute(text(_ALONE["postgresql"]))
        threading.Timer(0.5, other.close).start()
        database = open_database(with_option(url, "lock_timeout=1"), MIGRATIONS)
        assert shown(database, "lock_timeout") == "1ms"
        database.dispose()


def test_a_locked_table_is_not_writable_and_nobody_waits_for_it() -> None:
    with postgres_url() as url:
        database = open_database(url, MIGRATIONS)
        with database.begin() as connection:
            connection.execute(text("LOCK TABLE hand_off"))
            with pytest.raises(OperationalError, match="statement timeout"):
                check_writable(database, "hand_off")
            check_writable(database, "outbox")
        check_writable(database, "hand_off")
        assert shown(database, "statement_timeout") == "1min"
        database.dispose()


@pytest.mark.parametrize("by_a_check", [True, False])
def test_connections_to_a_server_that_is_no_primary_any_more_are_left(by_a_check: bool) -> None:
    def use() -> None:
        if by_a_check:
            check_writable(database, "hand_off")
        else:
            with transaction(database) as session:
                session.execute(text("DELETE FROM hand_off"))

    with postgres_url() as url:
        database = open_database(url, MIGRATIONS)
        with contextlib.ExitStack() as held:
            for _ in range(3):
                connection = held.enter_context(database.connect())
                connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
                connection.commit()
        with pytest.raises((StorageError, InternalError), match=r"read-only transaction|does not answer"):
            use()
        for _ in range(3):
            use()
        database.dispose()


def test_other_failures_keep_their_connection() -> None:
    with postgres_url() as url:
        database = open_database(url, MIGRATIONS)
        process = _process(database)
        for wrong in ("SELECT 1/0", "SELECT * FROM nowhere", "INSERT INTO cds_token VALUES (NULL, NULL)"):
            with pytest.raises(R1Error), transaction(database) as session:
                session.execute(text(wrong))
        assert _process(database) == process
        database.dispose()


def _process(database: Engine) -> int:
    with database.connect() as connection:
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def test_a_database_that_can_be_written_is_and_nothing_is_left_of_the_check(url: str) -> None:
    database = open_database(url, MIGRATIONS)
    with transaction(database) as session:
        session.execute(text("INSERT INTO cds_token VALUES ('a', CURRENT_TIMESTAMP)"))
    check_writable(database, "cds_token")
    with transaction(database) as session:
        assert session.scalars(text("SELECT digest FROM cds_token")).all() == ["a"]
    with pytest.raises(SQLAlchemyError):
        check_writable(database, "nowhere")
    database.dispose()


@pytest.mark.parametrize("given", ["sqlite:///r1.db", "sqlite:///file:{}/r1.db?uri=true"])
def test_a_database_is_writable_however_its_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.chdir(tmp_path)
    database = open_database(given.format(tmp_path), MIGRATIONS)
    check_writable(database, "hand_off")
    assert (tmp_path / "r1.db").is_file()


def test_a_full_disk_is_not_writable(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'r1.db'}", MIGRATIONS).dispose()
    command = [sys.executable, "-c", _FULL_DISK, f"sqlite:///{tmp_path / 'r1.db'}"]
    done = subprocess.run(command, cwd=MIGRATIONS.parents[1], capture_output=True, text=True, timeout=120)
    assert done.stdout == "writable\nOSError\n", done.stderr


def test_absent_folder() -> None:
    with pytest.raises(StorageError, match=r"sqlite database /nowhere/at/all/r1\.db cannot .* R1_HOME"):
        open_database("sqlite:////nowhere/at/all/r1.db", MIGRATIONS)


@pytest.mark.parametrize(
    "url",
    [
        f"no url at all {PASSWORD}",
        f"abacus://r1:{PASSWORD}@host/r1",
        f"oracle://r1:{PASSWORD}@host/r1",
        f"postgresql+abacus://r1:{PASSWORD}@host/r1",
        f"postgresql+psycopg://r1:{PASSWORD}@host:port/r1",
    ],
)
def test_malformed_url_is_a_setting_at_fault(url: str) -> None:
    with pytest.raises(SettingsError, match="R1_DATABASE_URL") as caught:
        open_database(url, MIGRATIONS)
    assert PASSWORD not in _printed(caught.value)


def _printed(error: BaseException) -> str:
    """The error with its traceback, as a log would show it."""
    return "".join(traceback.format_exception(error))
