"""A server with an access token, an API key, an adapter of its own, and a database that goes away."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest
import torch

from core.lora.adapter import Adapter, write_adapter
from tests.e2e.conftest import Server, start_suite, stop_suite

TOKEN, KEY = "a-token-for-tests-only", "a-key-for-tests-only-too"


@dataclass(frozen=True)
class GuardedServer:
    """A suite with an access token, an API key, an adapter of its own, and its database."""

    server: Server
    database: Path


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[GuardedServer]:
    folder = tmp_path_factory.mktemp("guarded")
    random = torch.Generator().manual_seed(0)
    pair = torch.randn(8, 576, generator=random), torch.randn(576, 8, generator=random)
    write_adapter(Adapter("letters", 1.0, {"layers.3.self_attn.o_proj": pair}), folder / "adapters" / "letters")
    server = start_suite(
        folder / "log",
        home,
        R1_ACCESS_TOKEN=TOKEN,
        R1_API_KEYS=KEY,
        R1_ADAPTERS=str(folder / "adapters"),
        R1_DATABASE_URL=f"sqlite:///{folder / 'r1.db'}",
    )
    yield GuardedServer(server, folder / "r1.db")
    with httpx.stream("GET", f"{server.url}/support/gradio_api/heartbeat/page", auth=("", TOKEN)) as page:
        assert page.status_code == 200
        begin = time.monotonic()
        assert stop_suite(server) == 0
    assert time.monotonic() - begin < 20, "Ctrl-C waits for no open page"
    assert "Traceback" not in server.log.read_text("utf-8")


def test_access_token_guards_everything_but_health(guarded: GuardedServer) -> None:
    url = guarded.server.url
    for path in ("/", "/support/", "/diagnosis/", "/metrics", "/support/gradio_api/info", "/v1/models"):
        assert httpx.get(url + path).status_code == 401
        assert httpx.get(url + path, auth=("anyone", "wrong-token-for-tests")).status_code == 401
    assert httpx.get(f"{url}/healthz").status_code == 200
    assert httpx.get(f"{url}/support/", auth=("anyone", TOKEN)).status_code == 200
    assert httpx.get(f"{url}/v1/models", headers={"authorization": f"Bearer {KEY}"}).status_code == 200
    log = guarded.server.log.read_text("utf-8")
    assert TOKEN not in log
    assert KEY not in log


def test_adapters_appear_as_models(guarded: GuardedServer) -> None:
    with openai.OpenAI(base_url=f"{guarded.server.url}/v1", api_key=KEY, timeout=60) as client:
        names = [model.id for model in client.models.list()]
        assert names == ["smollm2-135m-instruct", "letters", "use-multilingual-v3"]
        answers = []
        for name in names[:2]:
            asked: Any = {"model": name, "messages": [{"role": "user", "content": "Hi"}], "temperature": 0}
            answers.append(client.chat.completions.create(**asked, max_tokens=8).choices[0].message.content)
    assert answers[0] != answers[1]


def test_without_its_database_the_suite_is_not_ready(guarded: GuardedServer) -> None:
    url, database = guarded.server.url, guarded.database
    elsewhere = database.with_name("gone")
    database.rename(elsewhere)
    try:
        assert httpx.get(f"{url}/readyz").status_code == 503
    finally:
        elsewhere.replace(database)
    assert httpx.get(f"{url}/readyz").status_code == 200
