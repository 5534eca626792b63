"""A server that says what it is told to, and the engine that asks it."""

from collections.abc import Iterator
from typing import Any

import pytest
from fake_openai_server import FakeServer, serving
from pydantic import SecretStr

from core.engine.remote import connect
from core.engine.request import Chunk, Message, Request
from core.settings import Settings

SECRET = "the patient has a rare disease"
KEY = "a-key-that-nobody-may-see"
CHAT = Request((Message("user", SECRET),))


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with serving(FakeServer()) as running:
        yield running


def settings(fake: FakeServer, **changed: Any) -> Settings:
    changed = {"model": "big", "engine_timeout": 5.0, "engine_key": SecretStr(KEY), **changed}
    return Settings(engine="openai", engine_url=fake.url, **changed)


def ask(fake: FakeServer, request: Request = CHAT) -> list[Chunk]:
    return list(connect(settings(fake)).stream(request))
