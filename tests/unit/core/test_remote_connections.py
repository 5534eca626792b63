"""Time limits and connections of the engine behind a URL."""

import itertools
import socket
import time
from typing import Any

import pytest
from asked_server import CHAT, KEY, ask, fake, settings
from fake_openai_server import HANG_UP, Answer, FakeServer, delta, written

from core.engine.remote import OpenAIEngine, connect
from core.engine.request import Request, complete
from core.errors import DeadlineError, EngineError
from core.settings import Settings

__all__ = ["fake"]  # a fixture


def test_nothing_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(EngineError, match=f"connection to {host} failed"):
            connect(Settings(engine="openai", engine_url=f"http://user:{KEY}@{host}/v1"))


def test_connection_cut_before_the_answer_is_tried_again(fake: FakeServer) -> None:
    fake.answers = [Answer([HANG_UP]), Answer([HANG_UP]), Answer(written("Hi."))]
    assert complete(connect(settings(fake)), CHAT).text == "Hi."
    fake.answers = [Answer([HANG_UP])]
    before = len(fake.asked)
    with pytest.raises(EngineError, match="connection"):
        ask(fake)
    assert len(fake.asked) - before == 1 + 3


KEPT_ALIVE = [": keep-alive\n\n", 0.05] * 100
HEAD_DROP_BY_DROP = [b"HTTP/1.1 200 OK\r\n", *[b"x: y\r\n", 0.05] * 6, HANG_UP]


@pytest.mark.parametrize(
    "events",
    [[10.0], [delta("Hel"), 10.0], KEPT_ALIVE, [delta("Hel"), *KEPT_ALIVE]],
    ids=["nothing", "in the middle", "kept alive", "kept alive in the middle"],
)
def test_silent_server_is_given_up(fake: FakeServer, events: list[Any]) -> None:
    fake.answers = [Answer(events)]
    begin = time.monotonic()
    with pytest.raises(DeadlineError, match="R1_ENGINE_TIMEOUT"):
        list(connect(settings(fake, engine_timeout=0.2)).stream(CHAT))
    assert time.monotonic() - begin < 3


@pytest.mark.parametrize(
    "events",
    [[10.0], itertools.cycle([delta("la "), 0.02]), KEPT_ALIVE],
    ids=["nothing", "drop by drop", "kept alive"],
)
def test_answer_that_takes_too_long_is_given_up(fake: FakeServer, events: Any) -> None:
    fake.answers = [Answer(events)]
    begin = time.monotonic()
    with pytest.raises(DeadlineError, match="was not finished in time"):
        ask(fake, Request(CHAT.messages, timeout_s=0.3))
    assert 0.25 < time.monotonic() - begin < 3


def test_head_of_an_answer_that_never_ends_is_given_up(fake: FakeServer) -> None:
    """Nor does trying again, after the connection is cut, start the time anew."""
    engine = connect(settings(fake))
    fake.answers = [Answer(HEAD_DROP_BY_DROP)]
    begin = time.monotonic()
    with pytest.raises(DeadlineError, match="was not finished in time"):
        engine.stream(Request(CHAT.messages, timeout_s=0.5))
    assert 0.45 < time.monotonic() - begin < 3


@pytest.mark.parametrize("read", [0, 1])
def test_closing_closes_the_response(fake: FakeServer, read: int) -> None:
    """Even when nothing of it was read."""
    fake.answers = [Answer(itertools.cycle([delta("la "), 0.005])), Answer(written("Hi."))]
    engine = connect(settings(fake))
    answer = engine.stream(CHAT)
    for _ in range(read):
        next(answer)
    answer.close()
    assert fake.gone.wait(5)
    assert complete(engine, CHAT).text == "Hi."


def test_closed_engine_has_no_connections(fake: FakeServer) -> None:
    engine: OpenAIEngine = connect(settings(fake))
    engine.close()
    with pytest.raises(EngineError):
        engine.stream(CHAT)
