"""A server with OpenAI's API on loopback that says what a test tells it to, and notes what it is asked."""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HANG_UP = object()
"""In the place of an event: the connection is cut."""


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Answer:
    """An error, or a redirect to ``location``, when ``body`` is given; otherwise events.

    An object is sent as JSON, a text as it is, a number waits. Bytes are sent as they are, before the answer's head.
    """

    events: Iterable[Any] = ()
    status: int = 200
    body: Any = None
    location: str = ""


@dataclass
class FakeServer:
    """Answers each request with the next of ``answers``; the last one is repeated."""

    answers: list[Answer] = field(default_factory=lambda: [Answer(written("Hi."))])
    models: Any = field(default_factory=lambda: [model("big")])
    asked: list[Asked] = field(default_factory=list)
    gone: threading.Event = field(default_factory=threading.Event)  # a client went away in the middle of an answer
    url: str = ""


def model(name: str, *, base: str | None = None, program: str = "vllm") -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": program, "parent": base}


def delta(
    content: str | None = None, finish: str | None = None, *, logprobs: Any = None, **more: Any
) -> dict[str, Any]:
    """An event of a chat."""
    choice = {"index": 0, "delta": {"content": content, **more}, "finish_reason": finish, "logprobs": logprobs}
    return {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "big", "choices": [choice]}


def text(content: str, finish: str | None = None, *, logprobs: Any = None) -> dict[str, Any]:
    """An event of a continuation."""
    choice = {"index": 0, "text": content, "finish_reason": finish, "logprobs": logprobs}
    return {"id": "x", "object": "text_completion", "created": 0, "model": "big", "choices": [choice]}


def usage(prompt: int, completion: int, cached: int | None = None) -> dict[str, Any]:
    """The event after the last piece."""
    counts: dict[str, Any] = {"prompt_tokens": prompt, "completion_tokens": completion}
    if cached is not None:
        counts["prompt_tokens_details"] = {"cached_tokens": cached}
    counts["total_tokens"] = prompt + completion
    return {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "big", "choices": [], "usage": counts}


def written(*pieces: str) -> list[Any]:
    """A whole answer."""
    return [delta(""), *map(delta, pieces), delta(finish="stop"), usage(7, len(pieces)), "data: [DONE]\n\n"]


@contextmanager
def serving(fake: FakeServer) -> Iterator[FakeServer]:
    """Runs the server; ``fake.url`` is its base URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._note({})
            if self.path == "/v1/models":
                self._send(200, {"object": "list", "data": fake.models})
            else:
                self._send(404, {"detail": "Not Found"})

        def do_POST(self) -> None:
            self._note(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            answer = fake.answers.pop(0) if len(fake.answers) > 1 else fake.answers[0]
            if answer.body is not None:
                self._send(answer.status, answer.body, answer.location)
                return
            try:
                self._stream(answer.events)
            except OSError:
                fake.gone.set()

        def _note(self, body: dict[str, Any]) -> None:
            fake.asked.append(Asked(self.path, {name.lower(): value for name, value in self.headers.items()}, body))

        def _send(self, status: int, body: Any, location: str = "") -> None:
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            if location:
                self.send_header("location", location)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def _stream(self, events: Iterable[Any]) -> None:
            begun = False
            self.close_connection = True
            for event in events:
                if isinstance(event, float):
                    time.sleep(event)
                    continue
                if event is HANG_UP:
                    return
                if isinstance(event, bytes):
                    self.wfile.write(event)
                    continue
                if not begun:
                    begun = True
                    self.send_response(200)
                    self.send_header("content-type", "text/event-stream")
                    self.send_header("transfer-encoding", "chunked")
                    self.end_headers()
                self._chunk(event if isinstance(event, str) else f"data: {json.dumps(event)}\n\n")
            self._chunk("")

        def _chunk(self, content: str) -> None:
            data = content.encode()
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
