"""Runs inside a network namespace: brings loopback up, starts the suite, uses it, and reports attempts to leave.

An audit hook (PEP 578) records every name look-up and connection beyond loopback that Python code tries; the
namespace makes sure that none can succeed, whatever code tries it.
"""

import fcntl
import ipaddress
import socket
import struct
import sys
import threading
import time
from typing import Any

ATTEMPTS: list[str] = []


def watch(event: str, args: tuple[Any, ...]) -> None:
    """Records what leaves loopback."""
    if event == "socket.getaddrinfo":
        target = args[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
        target = args[1][0]
    else:
        return
    name = target.decode() if isinstance(target, bytes) else str(target or "127.0.0.1")
    try:
        inside = ipaddress.ip_address(name).is_loopback or name in ("0.0.0.0", "::")
    except ValueError:
        inside = name == "localhost"
    if not inside:
        ATTEMPTS.append(f"{event} {name}")


def raise_loopback() -> None:
    """What ``ip link set lo up`` does (netdevice(7), SIOCSIFFLAGS with IFF_UP)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, 0x8914, struct.pack("16sH14s", b"lo", 1, b""))


def main() -> None:
    """Serves, asks and diagnoses without a network."""
    raise_loopback()
    sys.addaudithook(watch)
    import httpx
    import uvicorn

    from apps.api import create_app
    from apps.bootstrap import build_suite
    from apps.diagnosis.service import parse_file, sample_patients
    from apps.support.conversation import Conversation
    from core.engine.request import Message, Request, SamplingParams, complete
    from core.settings import load_settings

    suite = build_suite(load_settings())
    server = uvicorn.Server(uvicorn.Config(create_app(suite), port=8000, log_level="warning"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.1)
    for path in ("/", "/support/", "/diagnosis/", "/readyz", "/metrics"):
        assert httpx.get(f"http://127.0.0.1:8000{path}", timeout=30).status_code == 200, path
    assert suite.chat.service.reply(Conversation(), "How much can I transfer in a day?").citations
    for patient in sample_patients():
        case = suite.diagnosis.read(parse_file(patient.path.read_bytes(), name=patient.path.name))
        assert suite.diagnosis.assess(case).ranking.diseases
    question = Request((Message("user", "What is the capital of France?"),), params=SamplingParams(temperature=0))
    assert "Paris" in complete(suite.engine, question).text
    time.sleep(2)  # libraries that report home do so in threads
    server.should_exit = True
    assert not ATTEMPTS, ATTEMPTS
    print("all served, nothing left loopback")


if __name__ == "__main__":
    main()
