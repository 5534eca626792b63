"""An inbox in memory, and a receiver that listens on a free port."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from adapters.hl7v2.inbox import Stored
from adapters.hl7v2.message import Message, parse
from adapters.hl7v2.mllp import MllpServer
from adapters.hl7v2.receive import Receiver
from core.errors import StorageError
from tests.unit.hl7v2.hl7_data import message


class MemoryInbox:
    """Keeps messages in a list; ``broken`` keeps none."""

    def __init__(self, *, broken: bool = False) -> None:
        self.kept: list[bytes] = []
        self.broken = broken

    async def put(self, raw: bytes, message: Message) -> Stored:
        if self.broken:
            raise StorageError("The disk is full", hint="Free some")
        duplicate = raw in self.kept[-100:]
        if not duplicate:
            self.kept.append(raw)
        return Stored(len(self.kept), duplicate)


@asynccontextmanager
async def listening(inbox: Any, **options: Any) -> AsyncIterator[int]:
    """The port of a server that puts into ``inbox``."""
    server = MllpServer(Receiver(inbox), **options)
    port = await server.start("127.0.0.1", 0)
    try:
        yield port
    finally:
        await server.stop(seconds=2)


@contextmanager
def listening_beside(inbox: Any) -> Iterator[int]:
    """The same in a thread of its own, for tests that are not asynchronous."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = listening(inbox)
    try:
        yield asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result()
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


MARK = message("PID|1", header="MSH|^~\\&|LAB|WEST|R1|R1|2026||ORU^R01|MARK|P|2.5")


def answered(answer: bytes) -> tuple[str, str]:
    msa = parse(answer).first("MSA")
    assert msa
    return msa.text(1), msa.text(2)
