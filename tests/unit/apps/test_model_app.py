"""The application that serves the language model alone."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from apps.api import create_model_app
from apps.model_server import ModelServer, build_model
from core.errors import SettingsError
from core.server.drain import Drain
from core.server.health import engine_check
from core.server.metrics import Metrics
from core.settings import Settings
from tests.unit.core.openai_fakes import MODEL, FakeEmbedder, FakeEngine

KEY = "a-key-of-more-than-twenty-characters"
QUESTION = {"model": MODEL, "messages": [{"role": "user", "content": "Hi"}]}


def model(**settings: str) -> ModelServer:
    engine, drain = FakeEngine(), Drain()
    checks = {"engine": engine_check(engine, drain)}
    return ModelServer(Settings.model_validate(settings), engine, FakeEmbedder(), Metrics(), drain, checks)


def test_it_answers_whoever_has_a_key() -> None:
    client = TestClient(create_model_app(model(api_keys=KEY)))
    answer = client.post("/v1/chat/completions", json=QUESTION, headers={"Authorization": f"Bearer {KEY}"})
    assert answer.json()["choices"][0]["message"]["content"].startswith("Hello")
    assert client.post("/v1/chat/completions", json=QUESTION).status_code == 401


def test_without_keys_the_model_is_not_even_loaded(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="API keys"):
        build_model(Settings(home=tmp_path))


def test_health_and_metrics_but_no_page() -> None:
    served = model(api_keys=KEY)
    client = TestClient(create_model_app(served))
    assert client.get("/readyz").status_code == 200
    assert client.get("/metrics").status_code == 200
    assert client.get("/support/").status_code == 404
    guarded = TestClient(create_model_app(model(api_keys=KEY, access_token="another-of-more-than-twenty")))
    assert guarded.get("/readyz").status_code == 200
    assert guarded.get("/metrics").status_code == 401
    assert guarded.get("/metrics", auth=("x", "another-of-more-than-twenty")).status_code == 200
    assert guarded.get("/v1/models", headers={"Authorization": f"Bearer {KEY}"}).status_code == 200
    served.drain.begin()
    assert client.get("/readyz").status_code == 503
