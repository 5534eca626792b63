"""A hand-written engine and embedder, and the API around them on a real server."""

import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import uvicorn
from fastapi import FastAPI

from core.engine.request import Chunk, Request
from core.server.drain import Drain
from core.server.metrics import Metrics
from core.server.openai.app import Limits, openai_api
from core.server.serve import Server

MODEL, ADAPTER, EMBEDDER = "tiny", "finance", "letters"
HELLO = (
    Chunk("Hello", prompt_tokens=7, completion_tokens=1, cached_tokens=4),
    Chunk(prompt_tokens=7, completion_tokens=2, cached_tokens=4),  # a token that ends no character yet
    Chunk(", 世界\u2028", prompt_tokens=7, completion_tokens=4, cached_tokens=4),
    Chunk("!", finish_reason="stop", prompt_tokens=7, completion_tokens=5, cached_tokens=4),
)


class FakeEngine:
    """Says ``pieces`` (an exception among them is raised) and remembers what was asked and what was closed."""

    model_name = MODEL
    status = None
    adapters = (ADAPTER, "legal/zh")

    def __init__(self, pieces: Sequence[Chunk | Exception] = HELLO) -> None:
        self.pieces = pieces
        self.requests: list[Request] = []
        self.closed = threading.Semaphore(0)
        self.endless = False
        self.together: threading.Barrier | None = None
        self.gate: threading.Event | None = None

    def stream(self, request: Request) -> Generator[Chunk]:
        """Begins at once: an exception that comes first is raised by the call itself, as engines do."""
        self.requests.append(request)
        for message in request.messages:
            message.content.encode()  # as tokenizers do, which fail at halves of characters
        "".join([request.prompt, *request.params.stop]).encode()
        if self.pieces and isinstance(self.pieces[0], Exception):
            raise self.pieces[0]
        return self._pieces()

    def _pieces(self) -> Generator[Chunk]:
        try:
            if self.together:
                self.together.wait(20)
            for piece in self.pieces:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
                if self.gate:
                    assert self.gate.wait(20)
            count = 0
            while self.endless:
                time.sleep(0.005)
                count += 1
                yield Chunk("x", prompt_tokens=7, completion_tokens=count)
        finally:
            self.closed.release()

    @property
    def last(self) -> Request:
        """What was asked last."""
        return self.requests[-1]


class FakeEmbedder:
    """Three dimensions: the length, the number of vowels, and a constant."""

    name = EMBEDDER

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """See :class:`core.server.openai.running.Embedder`."""
        "".join(texts).encode()
        return np.array([[len(text), sum(map(text.count, "aeiou")), 0.1] for text in texts], np.float32)


@dataclass
class Api:
    """Everything around one application; ``app`` has it at ``/v1``."""

    engine: FakeEngine = field(default_factory=FakeEngine)
    embedder: Any = field(default_factory=FakeEmbedder)
    metrics: Metrics = field(default_factory=Metrics)
    drain: Drain = field(default_factory=Drain)
    keys: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        self.app = FastAPI()
        api = openai_api(self.engine, self.embedder, self.metrics, self.drain, keys=self.keys, limits=self.limits)
        self.app.mount("/v1", api)

    def sample(self, name: str, **labels: str) -> float | None:
        """A value of the metrics."""
        return self.metrics.registry.get_sample_value(name, labels)


@contextmanager
def serving(api: Api, patience: float = 20.0) -> Iterator[tuple[Server, str]]:
    """The server in a thread, on a free port of loopback, and its base URL."""
    config = uvicorn.Config(api.app, port=0, log_level="error", timeout_graceful_shutdown=1)
    server = Server(config, api.drain, patience)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        eventually(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield server, f"http://127.0.0.1:{port}/v1"
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


def eventually(condition: Any, seconds: float = 20.0) -> None:
    """Waits until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.01)
