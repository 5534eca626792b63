"""The inbox on real databases."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text

from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.inbox_tables import State
from adapters.hl7v2.lanes import lanes_of
from adapters.hl7v2.message import parse
from adapters.hl7v2.to_fhir.patient_systems import PatientSystems
from core.db import open_database
from core.errors import InputError, StorageError
from core.vault import KeyVault, PlainVault
from tests.databases import MIGRATIONS, sqlite_database

KEY = bytes(range(32))


def adt(number: int, patient: str = "7", *, sender: str = "ADT") -> bytes:
    header = f"MSH|^~\\&|{sender}|WEST|R1|R1|2026||ADT^A08|C{number}|P|2.8"
    return f"{header}\rPID|1||{patient}^^^WEST||Okafor^Amara{number}\r".encode()


def merge(number: int, kept: str, gone: str) -> bytes:
    return adt(number, kept).replace(b"A08", b"A40") + f"MRG|{gone}^^^WEST\r".encode()


@pytest.fixture
def database(each_database: Engine) -> Engine:
    return each_database


@pytest.fixture
def inbox(database: Engine) -> Iterator[Inbox]:
    made = Inbox(database, KeyVault([KEY]))
    yield made
    made.close()


def test_what_is_put_in_is_there_and_encrypted(inbox: Inbox, database: Engine) -> None:
    async def run() -> None:
        stored = await inbox.put(adt(1), parse(adt(1)))
        assert inbox.read(stored.id) == adt(1)

    asyncio.run(run())
    with database.connect() as connection:
        for table in ("hl7_message", "hl7_lane"):
            rows = [str(row).encode() for row in connection.execute(text(f"SELECT * FROM {table}"))]
            assert rows
            assert not any(b"Okafor" in row or b"7^^^WEST" in row for row in rows)


def test_the_same_message_is_kept_once(inbox: Inbox) -> None:
    async def run() -> None:
        first, again, other = await asyncio.gather(
            inbox.put(adt(1), parse(adt(1))), inbox.put(adt(1), parse(adt(1))), inbox.put(adt(2), parse(adt(2)))
        )
        assert (first.duplicate, again.duplicate, other.duplicate) == (False, True, False)
        assert first.id == again.id != other.id
        assert (await inbox.put(adt(1), parse(adt(1)))).duplicate
        changed = adt(1).replace(b"Amara", b"Amaka")
        assert not (await inbox.put(changed, parse(changed))).duplicate, "a used control id hid another message"

    asyncio.run(run())


def test_messages_of_a_patient_are_handed_out_one_by_one(inbox: Inbox) -> None:
    async def run() -> None:
        for number, patient in enumerate(("7", "8", "7", "8", "9")):
            await inbox.put(adt(number, patient), parse(adt(number, patient)))
        first = await inbox.claim(10)
        assert [item.id for item in first] == [1, 2, 5]
        assert await inbox.claim(10) == []
        await inbox.put_back(first[0], delay=3600, reason="later")
        assert await inbox.finish(first[1])
        assert [item.id for item in await inbox.claim(10)] == [4], "a later message overtook one that is tried again"
        assert await inbox.finish(first[2], State.QUARANTINED, "unfit")

    asyncio.run(run())
    assert inbox.counts() == {State.WAITING: 3, State.DONE: 1, State.QUARANTINED: 1}
    assert [item.reason for item in inbox.listed(State.QUARANTINED)] == ["unfit"]


def test_fewer_large_messages_are_handed_out_at_a_time(inbox: Inbox) -> None:
    async def run() -> None:
        for number in range(5):
            raw = adt(number, str(number)) + b"NTE|1||" + b"x" * ((12 << 20) if number < 4 else 1)
            await inbox.put(raw, parse(raw))
        assert [item.id for item in await inbox.claim(10)] == [1, 2, 3]
        assert [item.id for item in await inbox.claim(10)] == [4, 5]

    asyncio.run(run())


def test_a_merge_keeps_its_order_with_both_patients(inbox: Inbox) -> None:
    async def run() -> None:
        for raw in (adt(1, "7"), merge(2, "8", "7"), adt(3, "8"), adt(4, "7")):
            await inbox.put(raw, parse(raw))
        for expected in (1, 2):
            (item,) = await inbox.claim(10)
            assert item.id == expected
            await inbox.finish(item)
        assert [item.id for item in await inbox.claim(10)] == [3, 4]

    asyncio.run(run())


def test_a_lease_ends_by_itself_and_only_once(inbox: Inbox) -> None:
    async def run() -> None:
        await inbox.put(adt(1), parse(adt(1)))
        (dead,) = await inbox.claim(1, seconds=0.0)
        (living,) = await inbox.claim(1)
        assert dead.id == living.id
        assert not await inbox.finish(dead), "a worker without a lease finished the message"
        assert await inbox.finish(living)

    asyncio.run(run())


def test_replay(inbox: Inbox) -> None:
    async def run() -> None:
        for number in (1, 2):
            await inbox.put(adt(number), parse(adt(number)))
        (item,) = await inbox.claim(1)
        with pytest.raises(InputError, match="can be replayed"):
            await inbox.replay(item.id)
        await inbox.finish(item, State.QUARANTINED, "unfit")
        await inbox.replay(item.id)
        (item,) = await inbox.claim(9)
        await inbox.finish(item, State.QUARANTINED, "unfit")
        (newer,) = await inbox.claim(9)
        await inbox.finish(newer)
        with pytest.raises(InputError, match="Message 2 of the same patient came later"):
            await inbox.replay(item.id)
        await inbox.replay(item.id, out_of_order=True)
        assert [again.id for again in await inbox.claim(9)] == [item.id]
        with pytest.raises(InputError, match="can be replayed"):
            await inbox.replay(99)

    asyncio.run(run())
    with pytest.raises(InputError, match="no message 99"):
        inbox.read(99)


def test_what_is_quarantined_and_sent_again_is_worked_on_again_in_its_order(inbox: Inbox) -> None:
    async def run() -> None:
        for _ in range(2):
            await inbox.put(adt(1), parse(adt(1)))
            (item,) = await inbox.claim(9)
            await inbox.finish(item, State.QUARANTINED, "unfit")
        await inbox.put(adt(2), parse(adt(2)))
        (newer,) = await inbox.claim(9)
        await inbox.finish(newer)
        for number in (1, 2):
            assert (await inbox.put(adt(number), parse(adt(number)))).duplicate
        assert await inbox.claim(9) == []

    asyncio.run(run())
    assert [item.reason for item in inbox.listed(State.QUARANTINED)] == ["unfit"]


def test_several_workers_do_not_share_a_message(inbox: Inbox, database: Engine) -> None:
    others = [Inbox(database, KeyVault([KEY])) for _ in range(3)]

    async def work(mine: Inbox, seen: list[int]) -> None:
        while items := await mine.claim(4):
            for item in items:
                seen.append(item.id)
                assert await mine.finish(item)

    async def run() -> list[int]:
        raws = [adt(number, str(number)) for number in range(40)]
        await asyncio.gather(*(inbox.put(raw, parse(raw)) for raw in raws))
        seen: list[int] = []
        await asyncio.gather(*(work(mine, seen) for mine in (inbox, *others)))
        return seen

    seen = asyncio.run(run())
    for other in others:
        other.close()
    assert sorted(seen) == list(range(1, 41))


def test_a_full_disk_takes_nothing_loses_nothing_and_is_used_again_once_there_is_room(tmp_path: Path) -> None:
    database = sqlite_database(tmp_path)
    pages = [100]
    event.listen(database, "connect", lambda connection, _: connection.execute(f"PRAGMA max_page_count={pages[0]}"))
    inbox = Inbox(database, KeyVault([KEY]))
    kept: list[bytes] = []

    async def fill(numbers: range) -> None:
        for number in numbers:
            raw = adt(number) + b"NTE|1||" + b"x" * 50_000 + b"\r"
            await inbox.put(raw, parse(raw))
            kept.append(raw)

    with pytest.raises(StorageError, match="cannot be written"):
        asyncio.run(fill(range(20)))
    assert 0 < len(kept) < 20
    pages[0] = 10_000
    asyncio.run(fill(range(20, 23)))
    assert [inbox.read(item.id) for item in reversed(inbox.listed())] == kept
    inbox.close()


def test_a_database_that_does_not_answer_is_a_typed_error(inbox: Inbox, database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("DROP TABLE hl7_lane"))
        connection.execute(text("DROP TABLE hl7_message"))

    for read in (inbox.listed, inbox.counts, inbox.oldest_waiting, lambda: inbox.read(1)):
        with pytest.raises(StorageError, match="does not answer"):
            read()


def test_a_database_that_was_moved_away_takes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "r1.db"
    inbox = Inbox(open_database(f"sqlite:///{file}", MIGRATIONS), PlainVault())

    async def run() -> None:
        await inbox.put(adt(1), parse(adt(1)))
        file.rename(tmp_path / "elsewhere.db")
        with pytest.raises(StorageError):
            await inbox.put(adt(2), parse(adt(2)))

    asyncio.run(run())
    inbox.close()
    with pytest.raises(StorageError, match="closed"):
        asyncio.run(inbox.put(adt(3), parse(adt(3))))


PUTTER = """
import asyncio, sys
from pathlib import Path
from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.message import parse
from core.vault import PlainVault
from core.db import open_database
from tests.databases import MIGRATIONS
from tests.integration.test_hl7_inbox import adt

async def put(inbox, number):
    raw = adt(number, str(number % 5))
    await inbox.put(raw, parse(raw))
    print(number, flush=True)

async def main():
    inbox = Inbox(open_database(sys.argv[1], MIGRATIONS), PlainVault())
    for start in range(0, 10_000, 10):
        await asyncio.gather(*(put(inbox, number) for number in range(start, start + 10)))

asyncio.run(main())
"""


def test_what_was_told_as_kept_survives_kill_9(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'r1.db'}"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", PUTTER, url]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    told = [int(process.stdout.readline()) for _ in range(95)]
    process.send_signal(signal.SIGKILL)
    told += [int(line) for line in process.stdout.read().splitlines() if line.strip()]
    process.wait(timeout=10)
    inbox = Inbox(open_database(url, MIGRATIONS), PlainVault())
    kept = [int(item.control_id[1:]) for item in inbox.listed(limit=20_000)]
    inbox.close()
    assert set(told) <= set(kept)
    assert len(kept) == len(set(kept))


WORKER = """
import asyncio, os, sys
from adapters.hl7v2.inbox import Inbox
from adapters.hl7v2.message import parse
from core.vault import PlainVault
from core.db import open_database
from tests.databases import MIGRATIONS

async def main():
    inbox = Inbox(open_database(sys.argv[1], MIGRATIONS), PlainVault())
    file = os.open(sys.argv[2], os.O_WRONLY | os.O_APPEND)
    print("ready", flush=True)
    while True:
        items = await inbox.claim(4, seconds=2.0)
        for item in items:
            message = parse(inbox.opened(item))
            line = f"{os.getpid()} {message.first('PID').text(3)} {message.control_id[1:]}\\n"
            os.write(file, line.encode())
            await inbox.finish(item)
        if not items:
            await asyncio.sleep(0.02)

asyncio.run(main())
"""


def test_processes_share_the_work_and_one_that_is_killed_leaves_it_to_the_others(
    database: Engine, tmp_path: Path
) -> None:
    inbox, worked = Inbox(database, PlainVault()), tmp_path / "worked"
    worked.touch()
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", WORKER, url, str(worked)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    workers = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(3)]
    patients, each = 8, 25

    def lines() -> list[tuple[int, int, int]]:
        return [tuple(map(int, line.split())) for line in worked.read_text().splitlines()]  # type: ignore[misc]

    async def run() -> None:
        for number in range(each):
            raws = [adt(number, str(patient)) for patient in range(patients)]
            await asyncio.gather(*(inbox.put(raw, parse(raw)) for raw in raws))
        async with asyncio.timeout(120):
            while {process for process, _, _ in lines()} != {worker.pid for worker in workers}:
                await asyncio.sleep(0.01)
            workers[0].kill()
            while inbox.counts()[State.WAITING]:
                await asyncio.sleep(0.05)

    try:
        assert [worker.stdout.readline() for worker in workers if worker.stdout] == [b"ready\n"] * 3
        asyncio.run(run())
    finally:
        for worker in workers:
            worker.kill()
            worker.communicate(timeout=10)
    assert inbox.counts()[State.DONE] == patients * each
    inbox.close()
    done = lines()
    assert 0 <= len(done) - patients * each <= 4  # what the killed one held may be worked on twice
    for patient in range(patients):
        numbers = [number for _, whose, number in done if whose == patient]
        assert list(dict.fromkeys(numbers)) == list(range(each))
        assert numbers == sorted(numbers)


def test_lanes() -> None:
    def lanes(*segments: str) -> list[str]:
        return list(
            lanes_of(
                parse("\r".join(["MSH|^~\\&|A|B|C|D|2026||ADT^A01|1|P|2.5", *segments]).encode()), PatientSystems()
            )
        )

    local = "urn:r1:hl7v2:authority:"
    assert lanes("PID|1||7^^^WEST&1.2&ISO~8") == ["urn:oid:1.2|7", f"{local}B|8"]
    assert lanes("PID|1||7^^^&1.2&ISO~8^^^B") == ["urn:oid:1.2|7", f"{local}B|8"]
    assert lanes("PID|1|7||8") == ["urn:r1:hl7v2:external:B|7", "urn:r1:hl7v2:external:B|8"]
    assert lanes("PID|1||7", "MRG|6") == [f"{local}B|7", f"{local}B|6"]
    assert lanes() == ["sender|A|B"]
    assert len(lanes("PID|1||" + "~".join(map(str, range(99))))) == 16
