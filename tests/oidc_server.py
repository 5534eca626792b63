"""An authorisation server of other people's, npm's oidc-provider, and a person who signs in at it."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.servers import node_program


@contextmanager
def oidc_server(redirect: str, jwks: Mapping[str, Any]) -> Iterator[str]:
    """Starts it on a free port and gives its address; its clients may come back to ``redirect``."""
    with node_program("oidc.mjs", "oidc-provider", json.dumps(jwks), redirect) as address:
        yield address


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
