"""The durable inbox: a message is on disk before it is acknowledged, and messages are processed in order.

A message is ``waiting`` until it is ``done`` or ``quarantined``. Messages of one patient are handed out one after the
other, in order of arrival; a worker holds a message by a lease, which expires by itself if the worker dies. So a
message may be handed out twice, and delivery must be idempotent.
"""

import secrets
import time
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, Engine, delete, exists, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import aliased

from core.db import transaction
from core.errors import InputError, SettingsError
from core.group_commit import GroupCommit, Operation
from core.vault import Vault

from .inbox_tables import LaneRow, MessageRow, State
from .lanes import first_before, is_blocked, lanes_of, later_done
from .message import Message
from .to_fhir.patient_systems import PatientSystems

LEASE_SECONDS = 120.0  # one delivery has to end within it
DELETED_AT_ONCE = 1000  # messages that are deleted in one commit
_CLAIMED_BYTES = 32 << 20  # at a time, plus the rest of one message: delivering them takes several times as much


@dataclass(frozen=True, slots=True)
class Stored:
    """The result of storing a message.

    Attributes:
        id: its number in the inbox, also if it was already there.
        duplicate: whether it was already there.
    """

    id: int
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker holds.

    Attributes:
        id: its number.
        digest: the same for the same bytes, 64 hexadecimal digits.
        sealed: its bytes as sealed by the vault; see :meth:`Inbox.opened`.
        attempts: how often it was tried before.
        lease: the token needed to finish it.
    """

    id: int
    digest: str
    sealed: bytes
    attempts: int
    lease: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as listed, with nothing about its patient."""

    id: int
    received_at: datetime
    sender: str
    control_id: str
    kind: str
    state: State
    attempts: int
    reason: str
    next_try: datetime | None = None
    """When it is tried again, if that is in the future."""


class Inbox:
    """The inbox in the suite's database. Its writes are committed in groups; close it to end its thread.

    Every method raises a StorageError if the database does not answer.

    Args:
        database: with the suite's schema.
        vault: seals the messages.
        systems: of patients' numbers.

    Attributes:
        database, systems: as given.

    Raises:
        SettingsError: the database is neither SQLite nor PostgreSQL.
    """

    def __init__(self, database: Engine, vault: Vault, systems: PatientSystems | None = None) -> None:
        inserts: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
        if database.dialect.name not in inserts:
            raise SettingsError("The inbox needs SQLite or PostgreSQL", hint="Change R1_DATABASE_URL")
        self._insert = inserts[database.dialect.name]
        self.database = database
        self.systems = systems or PatientSystems()
        self._vault = vault
        self._commits = GroupCommit(database)

    def close(self) -> None:
        """Commits pending writes and ends the thread."""
        self._commits.close()

    def put(self, raw: bytes, message: Message) -> Awaitable[Stored]:
        """Stores a message. Once this has been awaited, the message survives a crash of the machine.

        The same bytes are stored once: a sender that missed its acknowledgement may send them again. A quarantined
        message is then tried again, unless a later message of the same patient is done or being delivered.

        Raises:
            StorageError: it is not stored.
        """
        return self._commits.run(self._put_in(raw, message))

    def _put_in(self, raw: bytes, message: Message) -> Operation[Stored]:
        digest = self._vault.digest(raw)
        row = {
            "received_at": datetime.now(UTC),
            "sender": _printable(message.sender)[:200],
            "control_id": _printable(message.control_id)[:200],
            "kind": message.kind[:16],
            "digest": digest,
            "state": State.WAITING,
            "attempts": 0,
            "due_at": 0.0,
            "leased_until": 0.0,
            "lease": "",
            "reason": "",
        }
        lanes = [self._vault.digest(lane.encode()) for lane in lanes_of(message, self.systems)]
        new = self._insert(MessageRow).on_conflict_do_nothing(index_elements=["digest"]).returning(MessageRow.id)

        def put(connection: Connection) -> Stored:
            body = self._vault.seal(raw, digest.encode())
            number = connection.execute(new, {**row, "body": body}).scalar()
            if number is None:
                known = select(MessageRow.id, MessageRow.state).where(MessageRow.digest == digest)
                number, state = connection.execute(known).one()
                if state == State.QUARANTINED and not connection.execute(later_done(number)).scalar():
                    _work_again(connection, number)
                return Stored(number, duplicate=True)
            connection.execute(insert(LaneRow), [{"message_id": number, "lane": lane, "open": True} for lane in lanes])
            return Stored(number, duplicate=False)

        return put

    async def claim(self, limit: int, *, seconds: float = LEASE_SECONDS) -> list[Claimed]:
        """At most ``limit`` messages that may be processed now, no two of one patient, oldest first; fewer if large.

        A message is not handed out while an earlier one of its patient is waiting, in progress or to be retried.
        """
        lease = secrets.token_hex(16)

        def claim(connection: Connection) -> list[Claimed]:
            now = time.time()
            free = (
                MessageRow.state == State.WAITING,
                MessageRow.due_at <= now,
                MessageRow.leased_until <= now,
                ~is_blocked(),
            )
            ready = (
                select(MessageRow.id, func.length(MessageRow.body))
                .where(*free)
                .order_by(MessageRow.id)
                .limit(limit)
                .with_for_update(skip_locked=True, of=MessageRow)
            )
            found = connection.execute(ready).all()
            before = accumulate((size for _, size in found), initial=0)
            taken = [number for (number, _), size in zip(found, before, strict=False) if size < _CLAIMED_BYTES]
            held = (
                update(MessageRow)
                .where(MessageRow.id.in_(taken), *free)  # SQLite locks nothing by a SELECT
                .values(lease=lease, leased_until=now + seconds)
                .returning(MessageRow.id, MessageRow.digest, MessageRow.body, MessageRow.attempts)
            )
            return [
                Claimed(row.id, row.digest, row.body, row.attempts, lease)
                for row in sorted(connection.execute(held), key=lambda row: row.id)
            ]

        return await self._commits.run(claim)

    def opened(self, item: Claimed) -> bytes:
        """The original bytes of a claimed message. One that cannot be read must not block the others claimed.

        Raises:
            StorageError: its key is missing, or it was changed on disk.
        """
        return self._vault.open(item.sealed, item.digest.encode())

    async def finish(self, item: Claimed, state: State = State.DONE, reason: str = "") -> bool:
        """Ends the work on a message; False if its lease has gone to another worker meanwhile.

        Args:
            item: the claimed message.
            state: done or quarantined.
            reason: why it is quarantined, or what of it was not delivered, without any of its content.
        """

        def finish(connection: Connection) -> bool:
            values = {"state": state, "reason": reason[:300], "attempts": item.attempts + 1, "lease": ""}
            finished = update(MessageRow).where(MessageRow.id == item.id, MessageRow.lease == item.lease)
            if not connection.execute(finished.values(**values, finished_at=datetime.now(UTC))).rowcount:
                return False
            connection.execute(update(LaneRow).where(LaneRow.message_id == item.id).values(open=False))
            return True

        return await self._commits.run(finish)

    async def put_back(self, item: Claimed, *, delay: float, reason: str, counts: bool = True) -> None:
        """Hands a message back, to be tried again after ``delay`` seconds.

        Args:
            item: the claimed message.
            delay: seconds.
            reason: why, without any of its content.
            counts: whether this counts as an attempt; not if the server accepts no messages at all.
        """
        values = {"lease": "", "leased_until": 0.0, "due_at": time.time() + delay, "reason": reason[:300]}
        values["attempts"] = item.attempts + counts
        held = update(MessageRow).where(MessageRow.id == item.id, MessageRow.lease == item.lease)
        await self._commits.run(lambda connection: connection.execute(held.values(**values)).rowcount)

    async def quarantine(self, number: int) -> None:
        """Quarantines a waiting message, so that it no longer blocks others of its patient.

        Raises:
            InputError: there is no such message, it is not waiting, or it is being delivered.
        """

        def quarantine(connection: Connection) -> None:
            waiting = update(MessageRow).where(MessageRow.id == number, MessageRow.state == State.WAITING)
            idle = waiting.where(MessageRow.leased_until <= time.time())
            if not connection.execute(idle.values(state=State.QUARANTINED, finished_at=datetime.now(UTC))).rowcount:
                raise InputError(
                    f"Message {number} does not wait, or is being delivered", hint="See: r1 ehr inbox list"
                )
            connection.execute(update(LaneRow).where(LaneRow.message_id == number).values(open=False))

        await self._commits.run(quarantine)

    async def replay(self, number: int, *, out_of_order: bool = False) -> None:
        """Makes a message wait for delivery again.

        Raises:
            InputError: there is no such message, it is already waiting, or a later message of the same patient is done
                or being delivered and ``out_of_order`` is not set: older facts would replace newer ones.
        """

        def replay(connection: Connection) -> None:
            state = connection.execute(select(MessageRow.state).where(MessageRow.id == number)).scalar()
            if state is None or state == State.WAITING:
                raise InputError(f"Message {number} is not one that can be replayed", hint="See: r1 ehr inbox list")
            if not out_of_order and (after := connection.execute(later_done(number)).scalar()):
                raise InputError(
                    f"Message {after} of the same patient came later and is done or being delivered",
                    hint="Check what it says; --out-of-order replays this one nevertheless",
                )
            _work_again(connection, number)

        await self._commits.run(replay)

    async def delete_delivered(self, days: float) -> int:
        """Deletes messages that were delivered completely more than ``days`` days ago, ``DELETED_AT_ONCE`` at most.

        A message stays as long as an earlier one of its patient is not done, so that replaying that one remains
        refused.

        Returns:
            How many were deleted.
        """
        mine, other, earlier = aliased(LaneRow), aliased(LaneRow), aliased(MessageRow)
        needed = exists().where(
            mine.message_id == MessageRow.id,
            other.lane == mine.lane,
            other.message_id < MessageRow.id,
            earlier.id == other.message_id,
            earlier.state != State.DONE,
        )
        old = (
            select(MessageRow.id)
            .where(MessageRow.state == State.DONE, MessageRow.finished_at < datetime.now(UTC) - timedelta(days=days))
            .where(MessageRow.reason == "")
            .where(~needed)
            .limit(DELETED_AT_ONCE)
        )
        gone = delete(MessageRow).where(MessageRow.id.in_(old))
        return await self._commits.run(lambda connection: connection.execute(gone).rowcount)

    def read(self, number: int) -> bytes:
        """The original bytes of a message.

        Raises:
            InputError: there is no such message.
            StorageError: its key is missing, or the database does not answer.
        """
        query = select(MessageRow.body, MessageRow.digest).where(MessageRow.id == number)
        with transaction(self.database) as session:
            row = session.execute(query).one_or_none()
        if row is None:
            raise _no_message(number)
        return self._vault.open(row.body, row.digest.encode())

    def item(self, number: int) -> Listed:
        """One message as listed.

        Raises:
            InputError: there is no such message.
        """
        with transaction(self.database) as session:
            row = session.get(MessageRow, number)
            if row is None:
                raise _no_message(number)
            return _listed(row)

    def first_before(self, number: int) -> int | None:
        """The first message that has to be done before this one; None if there is none."""
        with transaction(self.database) as session:
            return session.execute(first_before(number)).scalar()

    def listed(self, state: State | None = None, limit: int = 100) -> list[Listed]:
        """The newest messages, newest first."""
        query = select(MessageRow).order_by(MessageRow.id.desc()).limit(limit)
        if state is not None:
            query = query.where(MessageRow.state == state)
        with transaction(self.database) as session:
            return [_listed(row) for row in session.scalars(query)]

    def numbers(self, state: State) -> list[int]:
        """All messages in a state, oldest first."""
        query = select(MessageRow.id).where(MessageRow.state == state).order_by(MessageRow.id)
        with transaction(self.database) as session:
            return list(session.scalars(query))

    def counts(self) -> dict[State, int]:
        """How many messages are in each state."""
        query = select(MessageRow.state, func.count()).group_by(MessageRow.state)
        with transaction(self.database) as session:
            found = {State(state): count for state, count in session.execute(query)}
        return {state: found.get(state, 0) for state in State}

    def retried(self) -> int:
        """How many messages are waiting after a failed try: the server or the audit trail did not accept them."""
        query = select(func.count()).where(MessageRow.state == State.WAITING, MessageRow.reason != "")
        with transaction(self.database) as session:
            return session.execute(query).scalar_one()

    def undelivered(self, identifiers: Iterable[tuple[str, str]]) -> int:
        """How many messages about a patient are waiting or quarantined.

        Args:
            identifiers: system and value of each identifier of the patient.
        """
        lanes = [self._vault.digest(f"{system}|{value}".encode()) for system, value in identifiers]
        about = exists().where(LaneRow.message_id == MessageRow.id, LaneRow.lane.in_(lanes))
        query = select(func.count()).select_from(MessageRow).where(MessageRow.state != State.DONE, about)
        with transaction(self.database) as session:
            return session.execute(query).scalar_one()

    def oldest_waiting(self) -> datetime | None:
        """When the longest waiting message came in; None if none is waiting."""
        query = select(func.min(MessageRow.received_at)).where(MessageRow.state == State.WAITING)
        with transaction(self.database) as session:
            return session.execute(query).scalar()


def _listed(row: MessageRow) -> Listed:
    texts = row.sender, row.control_id, row.kind
    waits = row.state == State.WAITING and row.due_at > time.time()
    next_try = datetime.fromtimestamp(row.due_at, UTC) if waits else None
    return Listed(row.id, row.received_at, *texts, State(row.state), row.attempts, row.reason, next_try)


def _no_message(number: int) -> InputError:
    return InputError(f"There is no message {number}", hint="See: r1 ehr inbox list")


def _work_again(connection: Connection, number: int) -> None:
    again = {"state": State.WAITING, "attempts": 0, "due_at": 0.0, "leased_until": 0.0, "lease": "", "reason": ""}
    connection.execute(update(MessageRow).where(MessageRow.id == number).values(**again, finished_at=None))
    connection.execute(update(LaneRow).where(LaneRow.message_id == number).values(open=True))


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
