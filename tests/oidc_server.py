"""An authorisation server of other people's, npm's oidc-provider, and a person who signs in at it."""

import json
import re
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.conftest import require_program, unavailable

_NODE = Path(__file__).parent / "node"


@contextmanager
def oidc_server(redirect: str, jwks: Mapping[str, Any]) -> Iterator[str]:
    """Starts it on a free port and gives its address; its clients may come back to ``redirect``."""
    node = require_program("node")
    if not (_NODE / "node_modules" / "oidc-provider").is_dir():
        unavailable("npm install --prefix tests/node has not been run")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [node, "oidc.mjs", str(port), json.dumps(jwks), redirect]
    process = subprocess.Popen(command, cwd=_NODE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def sign_in(url: str, redirect: str, user: str = "dr") -> dict[str, str]:
    """What a person does in the browser: signs in and agrees. The query that the browser is sent back with."""
    with httpx.Client(timeout=30) as browser:
        answer = browser.get(url)
        for _ in range(12):
            if answer.is_redirect:
                target = str(answer.next_request.url) if answer.next_request else ""
                if target.startswith(redirect):
                    return {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}
                answer = browser.get(target)
                continue
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            action = re.search(r'action="([^"]+)"', answer.text)
            assert prompt, answer.text
            assert action, answer.text
            answer = browser.post(action[1], data={"prompt": prompt[1], "login": user, "password": "x"})
    pytest.fail("the sign-in did not end")
