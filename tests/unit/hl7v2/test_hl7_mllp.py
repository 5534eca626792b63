"""Framing: many messages, limits, and that every frame is answered."""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import settings

from adapters.hl7v2.acknowledge import header_of
from adapters.hl7v2.mllp import END, START, Limits, MllpServer, connect
from adapters.hl7v2.receive import Receiver
from core.errors import SettingsError
from tests.unit.hl7v2.hl7_data import ADMIT, mutated
from tests.unit.hl7v2.hl7_fakes import MARK, MemoryInbox, answered, listening

NAMES = (b"Okafor", b"Amara", b"Mill Lane", b"Penicillin")


def test_many_messages_on_one_connection() -> None:
    async def run() -> list[tuple[str, str]]:
        inbox = MemoryInbox()
        async with listening(inbox) as port:
            client = await connect("127.0.0.1", port)
            answers = [await client.send(ADMIT.replace(b"|C1|", f"|C{number}|".encode())) for number in range(50)]
            await client.close()
        assert len(inbox.kept) == 50
        return [answered(answer) for answer in answers]

    assert asyncio.run(run()) == [("AA", f"C{number}") for number in range(50)]


def test_a_sender_that_does_not_wait_and_bytes_that_come_one_by_one() -> None:
    async def run() -> bytes:
        async with listening(MemoryInbox()) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for byte in b"noise\r\n" + START + MARK + END + b"\n":
                writer.write(bytes([byte]))
                await writer.drain()
            writer.write((START + ADMIT + END) * 3)
            writer.write_eof()
            return await reader.read()

    got = asyncio.run(run())
    assert got.count(START) == got.count(END) == 4
    assert [frame.partition(b"MSA|")[2][:5] for frame in got.split(END)[:-1]] == [b"AA|MA", *[b"AA|C1"] * 3]


def test_bytes_outside_frames_are_told_once_with_their_peer(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> None:
        async with listening(MemoryInbox()) as port:
            for sent in ((b"\r\n", START + MARK + END), (ADMIT, ADMIT, START + MARK + END, ADMIT, START + MARK + END)):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                for part in sent:
                    writer.write(part)
                writer.write_eof()
                await reader.read()

    asyncio.run(run())
    (told,) = (record.getMessage() for record in caplog.records)
    assert told.startswith("127.0.0.1 sends bytes outside frames")


def test_a_sender_that_leaves_out_the_last_byte_of_a_frame_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def run() -> bytes:
        async with listening(MemoryInbox(), limits=Limits(frame_seconds=0.2)) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(START + MARK + END[:1])
            return await reader.read()

    assert asyncio.run(run()) == b""
    (told,) = (record.getMessage() for record in caplog.records)
    assert told == "127.0.0.1 began a frame and did not end it within 0.2 s: each ends with 1C 0D"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (START + ADMIT[:40], "127.0.0.1 closed its connection within a frame"),
        (
            START + ADMIT + END[:1],
            "127.0.0.1 closed its connection within a frame: 0D is missing behind its 1C",
        ),
        (START + ADMIT + END, None),
    ],
)
def test_a_peer_that_goes_away_within_a_frame_is_told(
    caplog: pytest.LogCaptureFixture, sent: bytes, told: str | None
) -> None:
    async def run() -> None:
        async with listening(MemoryInbox()) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            writer.write_eof()
            await reader.read()
            writer.close()

    asyncio.run(run())
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [told] * bool(told)


def test_frames_that_are_refused_are_answered_and_the_next_is_read() -> None:
    limits = Limits(frame_bytes=2000)

    async def run() -> list[tuple[str, str]]:
        async with listening(MemoryInbox(), limits=limits) as port:
            client = await connect("127.0.0.1", port)
            answers = [
                await client.send(ADMIT + b"NTE|1||" + b"x" * 500_000),
                await client.send(ADMIT[:100] + START + ADMIT),
                await client.send(b""),
                await client.send(ADMIT),
            ]
            await client.close()
            return [answered(answer) for answer in answers]

    assert asyncio.run(run()) == [("AR", "C1"), ("AR", "C1"), ("AR", ""), ("AA", "C1")]


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)


async def _read_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(("receiver", "size"), [(_drip, 10), (_read_nothing, 32 << 20)])
def test_a_receiver_that_never_answers_is_left_in_time(
    receiver: Callable[..., Coroutine[Any, Any, None]], size: int
) -> None:
    async def run() -> None:
        server = await asyncio.start_server(receiver, "127.0.0.1", 0)
        client = await connect("127.0.0.1", server.sockets[0].getsockname()[1], seconds=0.3)
        async with asyncio.timeout(20):
            with pytest.raises(TimeoutError):
                await client.send(ADMIT + b"NTE|1||" + b"x" * size)
            await client.close()
        server.close()

    asyncio.run(run())


def test_what_a_receiver_did_not_take_in_time_is_not_sent_after_the_end() -> None:
    size = 32 << 20

    async def run() -> int:
        ended, taken = asyncio.Event(), asyncio.get_running_loop().create_future()

        async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await ended.wait()
            count = 0
            with contextlib.suppress(OSError):
                while chunk := await reader.read(1 << 20):
                    count += len(chunk)
            writer.close()
            taken.set_result(count)

        server = await asyncio.start_server(late, "127.0.0.1", 0)
        client = await connect("127.0.0.1", server.sockets[0].getsockname()[1], seconds=0.3)
        async with asyncio.timeout(20):
            with pytest.raises(TimeoutError):
                await client.send(b"x" * size)
            await client.close()
            ended.set()
            count: int = await taken
        server.close()
        return count

    assert asyncio.run(run()) < size


def test_a_taken_port_is_told() -> None:
    async def run() -> None:
        async with listening(MemoryInbox()) as port:
            with pytest.raises(SettingsError) as caught:
                await MllpServer(Receiver(MemoryInbox())).start("127.0.0.1", port)
            assert caught.value.message == f"127.0.0.1, port {port} cannot be listened on (Address already in use)"

    asyncio.run(run())


def wants_no_answer(content: bytes) -> bool:
    """By its header it is an acknowledgement, or asks in MSH-15 and MSH-16 for no answer to this."""
    header = header_of(content)
    asked = {header.text(15).upper(), header.text(16).upper()} - {""}
    return header.text(9).upper() == "ACK" or (bool(asked) and asked <= {"NE", "SU", "ER"})


def test_mutated_messages_are_answered_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(20260101)
    caplog.set_level(logging.DEBUG)
    unanswered: list[bytes] = []

    async def run() -> None:
        async with listening(MemoryInbox()) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(settings.default.max_examples):  # 10,000 in the profile `thorough`
                content = mutated(chance)
                writer.write(START + content + END + START + MARK + END)
                answers = 0
                async with asyncio.timeout(30):
                    while b"|MARK" not in await reader.readuntil(END):
                        answers += 1
                if not answers and not wants_no_answer(content):
                    unanswered.append(content)
            writer.close()

    asyncio.run(run())
    assert unanswered == []
    logged = "\n".join(f"{record.getMessage()} {record.exc_info}" for record in caplog.records).encode()
    assert b"was refused" in logged
    assert [name for name in NAMES if name in logged] == []
    assert b"Error" not in logged
