"""Group commit: concurrent writes share one transaction and one wait for the disk."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from .errors import StorageError

_LARGEST_GROUP = 256
_OF_DATABASE = (InterfaceError, OperationalError, OSError)

_Result = TypeVar("_Result")
Operation = Callable[[Connection], _Result]


class GroupCommit:
    """Runs operations in order on one connection, and completes each once its transaction is on disk.

    While one group is being committed the next one gathers, so that all waiting operations share one disk write. If the
    database fails, every operation of the group fails; if an operation raises an error of its own, the group is rerun
    one by one, so that only that operation fails.
    """

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._waiting: deque[tuple[Operation[Any], Future[Any]]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._connection: Connection | None = None
        self._file_id: tuple[int, int] | None = None
        self._thread = threading.Thread(target=self._work, name="group-commit", daemon=True)
        self._thread.start()

    async def run(self, operation: Operation[_Result]) -> _Result:
        """The operation's result, durable by the time it is returned.

        Raises:
            StorageError: the database cannot be written to; nothing of the operation is kept.
        """
        return await asyncio.wrap_future(self.submit(operation))

    def submit(self, operation: Operation[_Result]) -> "Future[_Result]":
        """Like :meth:`run`, for threads.

        Raises:
            StorageError: the database is closed.
        """
        future: Future[_Result] = Future()
        with self._changed:
            if self._closed:
                raise StorageError("The database is closed", hint="The suite is stopping: send it again later")
            self._waiting.append((operation, future))
            self._changed.notify()
        return future

    def close(self) -> None:
        """Finishes the waiting operations, then closes the connection."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while group := self._next_group():
            self._commit([(operation, future) for operation, future in group if future.set_running_or_notify_cancel()])
            del group  # frees what may be large data while waiting for the next group
        self._disconnect()

    def _next_group(self) -> list[tuple[Operation[Any], "Future[Any]"]]:
        """Waits for operations and takes at least one; empty once closed and all are done."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), _LARGEST_GROUP))]

    def _commit(self, group: list[tuple[Operation[Any], "Future[Any]"]]) -> None:
        try:
            connection = self._connected()
            with connection.begin():
                results = [operation(connection) for operation, _ in group]
        except Exception as error:  # any error: nobody may be left waiting
            self._disconnect()
            if len(group) > 1 and not isinstance(error, _OF_DATABASE):
                for one in group:
                    self._commit([one])
                return
            failure = error
            if isinstance(error, SQLAlchemyError | OSError):
                failure = StorageError(
                    f"The database cannot be written ({type(error).__name__})",
                    hint="Check that it is running and that its disk is not full",
                )
            for _, future in group:
                future.set_exception(failure)
        else:
            for (_, future), result in zip(group, results, strict=True):
                future.set_result(result)

    def _connected(self) -> Connection:
        """The connection, reopened if its file was moved away: writes to that would be silently lost."""
        file_id = self._current_file()
        if self._connection is None or file_id != self._file_id:
            self._disconnect()
            self._connection = self._database.connect()
            self._file_id = self._current_file()
        return self._connection

    def _current_file(self) -> tuple[int, int] | None:
        url = self._database.url
        if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
            return None
        try:
            found = Path(url.database).stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _disconnect(self) -> None:
        if self._connection is not None:
            try:
                self._connection.close()
            except SQLAlchemyError:
                self._connection.invalidate()
            self._connection = None
