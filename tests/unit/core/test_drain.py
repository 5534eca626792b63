"""SIGTERM: what was accepted is answered, whatever it is, and what has no end is not waited for."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai_fakes import eventually

from core.server.drain import CountRequests, Drain
from core.server.serve import Server


class Suite:
    """An application whose work waits until it may end."""

    def __init__(self) -> None:
        self.drain, self.may = Drain(), threading.Event()
        self.app = FastAPI()
        self.app.add_middleware(CountRequests, drain=self.drain)
        self.app.add_api_route("/messages", self.work, methods=["POST"])
        self.app.add_api_route("/events", lambda: self.endless("text/event-stream; charset=utf-8"))
        self.app.add_api_route("/file", lambda: self.endless("text/csv"))
        self.app.add_api_route("/fails", self.fails)

    def work(self) -> str:
        self.may.wait(60)
        return "stored"

    def fails(self) -> None:
        raise ZeroDivisionError

    def endless(self, kind: str) -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"a"
            while not self.may.is_set():
                await asyncio.sleep(0.01)
            yield b"b"

        return StreamingResponse(pieces(), media_type=kind)

    @contextmanager
    def served(self, patience: float) -> Iterator[tuple[Server, str]]:
        config = uvicorn.Config(self.app, port=0, log_level="critical", timeout_graceful_shutdown=1)
        server = Server(config, self.drain, patience)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            eventually(lambda: server.started)
            yield server, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            self.may.set()
            server.should_exit = True
            thread.join(60)
            assert not thread.is_alive()


def test_messages_under_way_are_answered() -> None:
    suite = Suite()
    with suite.served(60) as (server, url), ThreadPoolExecutor(12) as pool:
        sent = [pool.submit(httpx.post, f"{url}/messages", timeout=60) for _ in range(12)]
        eventually(lambda: suite.drain._running == 12)
        server.handle_exit(signal.SIGTERM, None)
        assert httpx.get(f"{url}/nowhere", timeout=60).status_code == 404, "it listens until all are answered"
        assert not server.should_exit
        suite.may.set()
        assert [each.result().status_code for each in sent] == [200] * 12
        eventually(lambda: server.should_exit)


def test_an_open_event_stream_is_not_waited_for() -> None:
    suite = Suite()
    with suite.served(60) as (server, url), httpx.stream("GET", f"{url}/events", timeout=60) as events:
        pieces = events.iter_bytes()
        assert next(pieces) == b"a"
        assert suite.drain.idle
        server.handle_exit(signal.SIGTERM, None)
        eventually(lambda: server.should_exit)


def test_a_file_is_sent_to_its_end() -> None:
    suite = Suite()
    with suite.served(60) as (server, url), httpx.stream("GET", f"{url}/file", timeout=60) as file:
        pieces = file.iter_bytes()
        assert next(pieces) == b"a"
        assert not suite.drain.idle
        server.handle_exit(signal.SIGTERM, None)
        suite.may.set()
        assert b"".join(pieces) == b"b"
        eventually(lambda: server.should_exit)


@pytest.mark.parametrize("path", ["/fails", "/nowhere"])
def test_what_fails_is_done(path: str) -> None:
    suite = Suite()
    with suite.served(60) as (_, url):
        httpx.get(f"{url}{path}", timeout=60)
        eventually(lambda: suite.drain.idle)


def test_work_without_end_is_given_up_in_time() -> None:
    suite = Suite()
    with suite.served(0.1) as (server, url), ThreadPoolExecutor(1) as pool:
        sent = pool.submit(httpx.post, f"{url}/messages", timeout=60)
        eventually(lambda: not suite.drain.idle)
        server.handle_exit(signal.SIGTERM, None)
        eventually(lambda: server.should_exit)
        suite.may.set()
        sent.exception()
