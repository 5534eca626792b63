"""Limits on open messages and connections over MLLP."""

import asyncio
import tracemalloc
from collections.abc import Awaitable

import pytest

from adapters.hl7v2.inbox import Stored
from adapters.hl7v2.message import Message
from adapters.hl7v2.mllp import END, START, Limits, connect
from tests.unit.hl7v2.hl7_data import ADMIT
from tests.unit.hl7v2.hl7_fakes import MARK, MemoryInbox, answered, listening


def test_large_frames_come_again_when_too_many_are_open() -> None:
    limits = Limits(held_bytes=3 << 20)
    large = ADMIT + b"NTE|1||" + b"x" * (2 << 20)

    async def run() -> tuple[str, str]:
        async with listening(MemoryInbox(), limits=limits) as port:
            _, slow = await asyncio.open_connection("127.0.0.1", port)
            slow.write(START + large)
            await slow.drain()
            await asyncio.sleep(0.5)
            client = await connect("127.0.0.1", port)
            answer = await client.send(large)
            slow.close()
            await client.close()
            return answered(answer)

    assert asyncio.run(run()) == ("AE", "C1")


def test_what_is_refused_takes_no_room_of_others() -> None:
    """Whenever one of 2 MiB is refused for 8 MiB in all, three others are in memory; those of the last time get in."""
    limits = Limits(held_bytes=8 << 20)
    large = ADMIT + b"NTE|1||" + b"x" * (2 << 20)

    async def run() -> list[tuple[str, str]]:
        async with listening(MemoryInbox(), limits=limits) as port:
            clients = [await connect("127.0.0.1", port) for _ in range(12)]
            answers = await asyncio.gather(*(client.send(large) for client in clients))
            again = await clients[0].send(large)
            for client in clients:
                await client.close()
        return [answered(answer) for answer in (again, *answers)]

    again, *answers = asyncio.run(run())
    assert again == ("AA", "C1")
    assert set(answers) <= {("AA", "C1"), ("AE", "C1")}
    assert answers.count(("AA", "C1")) >= 3


class SlowInbox(MemoryInbox):
    """Keeps messages once the database goes on, as when it is locked, but nothing of those that it has kept."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on, self.waiting = asyncio.Event(), asyncio.Semaphore(0)

    def put(self, raw: bytes, message: Message) -> Awaitable[Stored]:
        async def keep(raw: bytes) -> Stored:
            self.waiting.release()
            await self.goes_on.wait()
            return Stored(1, duplicate=False)

        return keep(raw)


def test_complete_messages_count_until_they_are_kept() -> None:
    large, limits = ADMIT + b"NTE|1||" + b"x" * (2 << 20), Limits(held_bytes=3 << 20)

    async def run() -> list[tuple[str, str]]:
        inbox = SlowInbox()
        async with listening(inbox, limits=limits) as port:
            clients = [await connect("127.0.0.1", port) for _ in range(3)]
            first = asyncio.create_task(clients[0].send(large))
            await inbox.waiting.acquire()
            refused = await clients[1].send(large)
            small = asyncio.create_task(clients[2].send(ADMIT))
            await inbox.waiting.acquire()
            inbox.goes_on.set()
            answers = [refused, await first, await small, await clients[1].send(large)]
            for client in clients:
                await client.close()
        return [answered(answer) for answer in answers]

    assert asyncio.run(run()) == [("AE", "C1"), *[("AA", "C1")] * 3]


def test_messages_whose_senders_did_not_wait_count_as_well() -> None:
    large, limits = ADMIT + b"NTE|1||" + b"x" * (2 << 20), Limits(held_bytes=3 << 20)

    async def run() -> list[tuple[str, str]]:
        inbox = SlowInbox()
        async with listening(inbox, limits=limits) as port:
            _, gone = await asyncio.open_connection("127.0.0.1", port)
            gone.write(START + large + END)
            await inbox.waiting.acquire()
            gone.transport.abort()
            client = await connect("127.0.0.1", port)
            answers = [await client.send(large)]
            inbox.goes_on.set()
            answers += [await client.send(ADMIT), await client.send(large)]
            await client.close()
        return [answered(answer) for answer in answers]

    assert asyncio.run(run()) == [("AE", "C1"), ("AA", "C1"), ("AA", "C1")]


def test_neither_a_waiting_message_nor_an_idle_connection_takes_more_than_counts() -> None:
    """Read as text, this message has four bytes a character."""
    large = ADMIT + "NTE|1||😀".encode() + b"x" * (4 << 20)

    async def run() -> list[int]:
        inbox = SlowInbox()
        async with listening(inbox) as port:
            client = await connect("127.0.0.1", port)
            tracemalloc.start()
            sending = asyncio.create_task(client.send(large))
            await inbox.waiting.acquire()
            held = [tracemalloc.get_traced_memory()[0]]
            inbox.goes_on.set()
            await sending
            await asyncio.sleep(0.1)  # the server goes on to wait for the next message
            held.append(tracemalloc.get_traced_memory()[0])
            tracemalloc.stop()
            await client.close()
        return [number >> 20 for number in held]

    waiting, idle = asyncio.run(run())
    assert waiting < 12
    assert idle < 2


@pytest.mark.parametrize(
    ("limits", "sent"),
    [
        (Limits(frame_seconds=0.2), START + b"MSH|"),
        (Limits(idle_seconds=0.2), b""),
        (Limits(idle_seconds=0.2), b"\n"),
        (Limits(connections=0), b""),
    ],
)
def test_a_silent_or_surplus_connection_is_closed(limits: Limits, sent: bytes) -> None:
    async def run() -> bytes:
        async with listening(MemoryInbox(), limits=limits) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            async with asyncio.timeout(10):
                return await reader.read()

    assert asyncio.run(run()) == b""


def test_one_sender_cannot_keep_out_all_others(caplog: pytest.LogCaptureFixture) -> None:
    """Such as one that forgets its connections."""

    async def answers(port: int, address: str) -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(address, 0))
        left_open.append(writer)
        writer.write(START + MARK + END)
        try:
            return bool(await asyncio.wait_for(reader.read(1), 30))
        except ConnectionResetError:
            return False

    async def run() -> list[bool]:
        async with listening(MemoryInbox(), limits=Limits(connections=3, of_one=2)) as port:
            return [await answers(port, f"127.0.0.{number}") for number in (1, 1, 1, 2)]

    left_open: list[asyncio.StreamWriter] = []
    assert asyncio.run(run()) == [True, True, False, True]
    (told,) = (record.getMessage() for record in caplog.records)
    assert told == "A connection of 127.0.0.1 was closed: 2 are open, 2 of its own"


def test_an_unfinished_frame_is_not_kept() -> None:
    inbox = MemoryInbox()

    async def run() -> None:
        async with listening(inbox) as port:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(START + ADMIT)
            writer.close()
            await writer.wait_closed()

    asyncio.run(run())
    assert inbox.kept == []
