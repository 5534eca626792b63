"""Servers that always say a little more: who talks to them has an end all the same."""

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine

from apps.auth.accounts import Role
from apps.auth.oidc import IdentityProvider
from apps.support.outbox import Mailer, Outbox, Webhook
from apps.support.posts import Post
from apps.support.store import SupportStore
from core.deadline import Deadline, deadline
from core.errors import SignInError
from core.http_clients import http_client
from tests.support_data import hand_off

WEBHOOK_SECRET = "whsec_YSBrZXkgZm9yIHRlc3Rz"
TLS_RECORD = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc\x03\x03"  # a ServerHello of 16 KiB begins
FOREVER = 10**9


@contextmanager
def dripping(begin: bytes, drop: bytes, drops: int, end: bytes = b"") -> Iterator[int]:
    """The port of a server that sends a beginning, then drop after drop, and the end."""
    stop = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                self.request.sendall(begin)
                for _ in range(drops):
                    if stop.wait(0.01):
                        return
                    self.request.sendall(drop)
                self.request.sendall(end)
                stop.wait(0.2)
            except OSError:
                pass  # the client has gone

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    server = Server(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        stop.set()
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("begin", "drop"),
    [(b"", b"H"), (b"HTTP/1.1 204 No Content\r\n", b"x-more: 1\r\n"), (b"HTTP/1.1 204 No Content\r\nx: ", b"1")],
)
def test_a_webhook_that_never_ends_its_answer(begin: bytes, drop: bytes) -> None:
    with dripping(begin, drop, FOREVER) as port, pytest.raises(TimeoutError):
        Webhook(f"http://127.0.0.1:{port}/", WEBHOOK_SECRET, seconds=0.3)("id", {})


@pytest.mark.parametrize(
    ("scheme", "begin", "drop"),
    [("smtp", b"", b"220-wait\r\n"), ("smtp", b"220 ready\r\n250-", b"x"), ("smtps", TLS_RECORD, b"\0")],
)
def test_a_mail_server_that_never_comes_to_its_point(scheme: str, begin: bytes, drop: bytes) -> None:
    mail = {"to": "a@example.com", "subject": "s", "body": "b"}
    with dripping(begin, drop, FOREVER) as port, pytest.raises(TimeoutError):
        Mailer(f"{scheme}://127.0.0.1:{port}", "help@example.com", seconds=0.3)("id", mail)


def test_a_slow_webhook_that_ends_in_time() -> None:
    answer = b"HTTP/1.1 204 No Content\r\n"
    with dripping(answer, b"x-more: 1\r\n", 10, b"\r\n") as port:
        Webhook(f"http://127.0.0.1:{port}/", WEBHOOK_SECRET, seconds=60)("id", {})


def test_another_failure_within_the_time_keeps_its_name() -> None:
    with pytest.raises(ZeroDivisionError), deadline(60):
        _ = 1 / 0
    with dripping(b"HTTP/1.1 500 Oops\r\n\r\n", b"", 0) as port, pytest.raises(Exception, match="500"):
        Webhook(f"http://127.0.0.1:{port}/", WEBHOOK_SECRET, seconds=60)("id", {})


def test_a_connection_made_too_late_is_ended_at_once() -> None:
    limit = Deadline()
    limit._end()
    with dripping(b"", b"H", FOREVER) as port, http_client(timeout=60) as http, pytest.raises(httpx.HTTPError):
        http.get(f"http://127.0.0.1:{port}/", extensions=limit.extensions)


def test_an_identity_provider_that_never_ends_its_answer() -> None:
    with dripping(b"HTTP/1.1 200 OK\r\n", b"x-more: 1\r\n", FOREVER) as port:
        provider = IdentityProvider(
            f"http://127.0.0.1:{port}",
            client_id="c",
            secret=None,
            claim="groups",
            roles=[("doctors", Role.CLINICIAN)],
            scope="openid",
            redirect_uri="https://suite.example/sign-in/callback",
            seconds=0.5,
        )
        with pytest.raises(SignInError, match="TimeoutError") as caught:
            provider.begin()
    assert caught.value.kind == "unreachable"


@pytest.mark.parametrize("slow", ["email", "webhook", "tidy"])
def test_neither_a_channel_nor_tidying_up_waits_for_another(database: Engine, slow: str) -> None:
    free, done = threading.Event(), {name: threading.Event() for name in ("email", "webhook", "tidy")}

    def work(name: str) -> Callable[..., None]:
        def run(*_: Any) -> None:
            done[name].set()
            if name == slow:
                free.wait()

        return run

    SupportStore(database).hand_off(hand_off(), [Post("webhook", {"type": "x"}), Post("email", {})])
    outbox = Outbox(database, {"email": work("email"), "webhook": work("webhook")}, tidy=work("tidy"), pause=0.01)
    thread = threading.Thread(target=outbox.run, daemon=True)
    thread.start()
    try:
        assert done[slow].wait(60)
        for name in done:
            done[name].clear()
        SupportStore(database).hand_off(hand_off(), [Post("webhook", {"type": "x"}), Post("email", {})])
        assert all(event.wait(60) for name, event in done.items() if name != slow)
        assert not done[slow].is_set()
    finally:
        outbox.stop()
        free.set()
        thread.join(60)
