"""Servers on a free port of loopback: an application in a thread, and a program of Node.js."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from tests.conftest import require_program, unavailable

_NODE = Path(__file__).parent / "node"


def free_port() -> int:
    """A TCP port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def serve(app: FastAPI, *, closes_within: int | None = None) -> Iterator[tuple[str, uvicorn.Server]]:
    """The application's address, and its server, which is stopped afterwards.

    Args:
        closes_within: seconds that open connections have at the end.
    """
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=closes_within))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        thread.join(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}", server
    finally:
        server.should_exit = True
        thread.join(20)


@contextmanager
def node_program(script: str, package: str, *arguments: str) -> Iterator[str]:
    """Address of a server of other people's.

    Args:
        script: in ``tests/node``; its first argument is the port, and it prints ``ready``.
        package: of npm, which the script needs.
        arguments: the script's further ones.
    """
    node = require_program("node")
    if not (_NODE / "node_modules" / package).is_dir():
        unavailable("npm install --prefix tests/node has not been run")
    port = free_port()
    process = subprocess.Popen(
        [node, script, str(port), *arguments], cwd=_NODE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)
