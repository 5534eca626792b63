"""Who goes away cancels the request, and a server that ends lets the others finish."""

import asyncio
import logging
import signal
import threading
import time
from typing import Any

import httpx
import pytest
from openai_fakes import HELLO, MODEL, Api, FakeEngine, eventually, serving

from core.engine.request import Chunk
from core.errors import EngineError
from core.server.drain import Drain
from core.server.health import engine_check
from core.server.openai.app import Limits
from core.server.openai.running import Encoding

ASKED: Any = {"model": MODEL, "messages": [{"role": "user", "content": "Say hello"}]}
STREAMED = {**ASKED, "stream": True}


def endless(**options: Any) -> Api:
    engine = FakeEngine(HELLO[:1])
    engine.endless = True
    return Api(engine, **options)


def gated(**options: Any) -> Api:
    """The engine stands still after each piece until ``engine.gate`` is set."""
    engine = FakeEngine()
    engine.gate = threading.Event()
    return Api(engine, **options)


def closed(api: Api) -> bool:
    return api.engine.closed.acquire(timeout=5)


def test_a_client_that_leaves_a_stream_cancels_it() -> None:
    api = endless(limits=Limits(requests=1))
    with serving(api) as (_, url):
        for _ in range(3):  # with one thread: each time it is free again
            with httpx.stream("POST", f"{url}/chat/completions", json=STREAMED) as answer:
                assert answer.status_code == 200
                next(answer.iter_bytes())
            assert closed(api)
            eventually(lambda: api.drain.idle)


def test_a_client_that_does_not_wait_for_the_whole_answer_cancels_it() -> None:
    api = endless()
    with serving(api) as (_, url):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(f"{url}/chat/completions", json=ASKED, timeout=0.5)
        assert closed(api)
        eventually(lambda: api.drain.idle)


def test_a_generator_is_never_closed_while_it_runs(caplog: pytest.LogCaptureFixture) -> None:
    """It is closed as soon as it comes back; the server has long let go of the client by then."""
    api = gated()
    with serving(api) as (_, url), caplog.at_level(logging.WARNING):
        with httpx.stream("POST", f"{url}/chat/completions", json=STREAMED) as answer:
            next(answer.iter_bytes())
        eventually(lambda: api.drain.idle)
        assert not api.engine.closed.acquire(blocking=False)
        assert api.engine.gate
        api.engine.gate.set()
        assert closed(api)
    assert caplog.records == []


def test_a_client_that_leaves_while_it_sends_leaves_nothing_behind() -> None:
    api = Api()
    with serving(api) as (_, url):
        port = int(url.split(":")[2].split("/")[0])

        async def leave() -> None:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            head = "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
            writer.write(f"{head}content-length: 100\r\n\r\n{{".encode())
            await writer.drain()
            await asyncio.sleep(0.1)
            assert not api.drain.idle
            writer.close()

        asyncio.run(leave())
        eventually(lambda: api.drain.idle)
    assert api.engine.requests == []


def test_sigterm_lets_accepted_requests_finish_and_refuses_new_ones() -> None:
    api = gated()
    check = engine_check(api.engine, api.drain)
    with serving(api) as (server, url), httpx.Client(timeout=10) as other:
        check()
        with httpx.stream("POST", f"{url}/chat/completions", json=STREAMED) as answer:
            pieces = answer.iter_text()
            next(pieces)
            server.handle_exit(signal.SIGTERM, None)
            refused = other.post(f"{url}/chat/completions", json=ASKED)
            assert refused.status_code == 503
            assert refused.json()["error"]["code"] == "shutting_down"
            assert (refused.headers["connection"], refused.headers["retry-after"]) == ("close", "5")
            assert other.get(f"{url}/models").status_code == 503
            with pytest.raises(EngineError):
                check()
            time.sleep(0.5)  # several times the interval at which uvicorn looks
            assert not server.should_exit
            assert api.engine.gate
            api.engine.gate.set()
            assert "".join(pieces).endswith("data: [DONE]\n\n")
        eventually(lambda: server.should_exit)


@pytest.mark.parametrize("interrupt", [None, signal.SIGINT, signal.SIGTERM])
def test_an_end_that_does_not_wait_for_ever(interrupt: int | None) -> None:
    """After its time, or with Ctrl-C or a second SIGTERM, a server ends in spite of an answer without end."""
    api = endless()
    patience = 60 if interrupt else 0.3
    with (
        serving(api, patience) as (server, url),
        httpx.stream("POST", f"{url}/chat/completions", json=STREAMED) as answer,
    ):
        pieces = answer.iter_bytes()  # held: the connection is closed with it
        next(pieces)
        server.handle_exit(signal.SIGTERM, None)
        if interrupt:
            server.handle_exit(interrupt, None)
        assert closed(api)
        with pytest.raises(httpx.RemoteProtocolError):
            list(pieces)
    assert api.drain.idle


def test_ctrl_c_alone_is_prompt() -> None:
    api = endless()
    with serving(api) as (server, url), httpx.stream("POST", f"{url}/chat/completions", json=STREAMED) as answer:
        pieces = answer.iter_bytes()
        next(pieces)
        server.handle_exit(signal.SIGINT, None)
        assert closed(api)
        assert not api.drain.begun
        with pytest.raises(httpx.RemoteProtocolError):
            list(pieces)


def test_an_engine_that_has_died_is_not_ready() -> None:
    class Dead(FakeEngine):
        @property
        def status(self) -> None:
            raise EngineError("dead")

    with pytest.raises(EngineError):
        engine_check(Dead(), Drain())()
    api = Api()
    api.metrics.watch(Dead())
    value = api.sample("r1_num_requests_running")
    assert value != value  # NaN


def test_embeddings_are_made_one_after_the_other_and_not_for_those_who_left() -> None:
    made: list[str] = []
    gate = threading.Event()

    class Slow:
        name = "slow"

        def encode(self, texts: Any) -> Any:
            assert gate.wait(20)
            made.extend(texts)
            return made

    async def ask() -> None:
        encoding = Encoding(Slow(), limit=3)
        asked = [asyncio.create_task(encoding.encode([name])) for name in "abc"]
        await asyncio.sleep(0.05)
        with pytest.raises(Exception, match="Too many requests"):
            await encoding.encode(["d"])
        asked[1].cancel()
        await asyncio.sleep(0)
        gate.set()
        await asyncio.gather(*asked, return_exceptions=True)

    asyncio.run(ask())
    assert made == ["a", "c"]


def test_empty_pieces_are_not_sent_and_nothing_is_lost() -> None:
    """An engine may yield them while a request waits, so that it notices a client that left."""
    api = Api(FakeEngine((Chunk(), Chunk(prompt_tokens=7), *HELLO)))
    with serving(api) as (_, url):
        answer = httpx.post(f"{url}/chat/completions", json=STREAMED).text
    assert answer.count("data: {") == 1 + 3
