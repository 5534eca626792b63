"""Writes that are committed in groups, on real databases."""

import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from sqlalchemy import Connection, Engine, text

from core.errors import InputError, StorageError
from core.group_commit import GroupCommit


@pytest.fixture
def database(each_database: Engine) -> Engine:
    with each_database.begin() as connection:
        connection.execute(text("CREATE TABLE written (number INTEGER PRIMARY KEY)"))
    return each_database


def writes(number: int) -> Callable[[Connection], int]:
    def write(connection: Connection) -> int:
        connection.execute(text("INSERT INTO written VALUES (:number)"), {"number": number})
        return number

    return write


def refuses(connection: Connection) -> int:
    raise InputError("There is no such row")


def together(database: Engine, *operations: Callable[[Connection], int]) -> list["Future[int]"]:
    """Has the operations done as one group, and waits until each is answered."""
    commits, free = GroupCommit(database), threading.Event()
    commits.submit(lambda connection: free.wait(10))  # while this one goes on the others gather
    answers = [commits.submit(operation) for operation in operations]
    free.set()
    commits.close()
    return answers


def written(database: Engine) -> list[int]:
    with database.connect() as connection:
        return list(connection.execute(text("SELECT number FROM written ORDER BY number")).scalars())


def test_a_group_is_written_in_its_order(database: Engine) -> None:
    assert [answer.result() for answer in together(database, *map(writes, range(5)))] == list(range(5))
    assert written(database) == list(range(5))


def test_an_operation_that_fails_by_itself_fails_alone(database: Engine) -> None:
    first, refused, twice, last = together(database, writes(1), refuses, writes(1), writes(2))

    assert (first.result(), last.result()) == (1, 2)
    with pytest.raises(InputError, match="no such row"):
        refused.result()
    with pytest.raises(StorageError, match="IntegrityError"):
        twice.result()
    assert written(database) == [1, 2]


def test_a_failure_of_the_database_is_told_to_everyone(database: Engine) -> None:
    tried: list[int] = []

    def fails(connection: Connection) -> int:
        tried.append(1)
        raise OSError("no disk")

    answers = together(database, writes(1), fails, writes(2))

    for answer in answers:
        with pytest.raises(StorageError, match="cannot be written"):
            answer.result()
    assert (written(database), len(tried)) == ([], 1)


def test_nothing_is_kept_of_what_was_committed(database: Engine) -> None:
    commits, write = GroupCommit(database), writes(1)
    kept = weakref.ref(write)

    assert commits.submit(write).result() == 1
    del write
    end = time.monotonic() + 60
    while kept() is not None and time.monotonic() < end:  # the thread goes on to wait for the next group
        time.sleep(0.01)
    assert kept() is None
    commits.close()
