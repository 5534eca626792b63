"""Health and metrics: what they say, and what they must not."""

import asyncio
import importlib.metadata
import sys
import threading
from typing import Any, cast

import httpx
import pytest
from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openai_fakes import eventually
from prometheus_client import generate_latest

from core.engine.request import Engine, EngineStatus
from core.server.health import health_routes
from core.server.metrics import Metrics, MetricsMiddleware


def broken() -> None:
    raise ConnectionError("password=hunter2")


def test_readiness_follows_the_checks_and_keeps_the_error_text() -> None:
    app = FastAPI()
    app.include_router(health_routes({"models": lambda: None, "database": broken}))
    client = TestClient(app)
    assert client.get("/healthz").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"status": "not ready", "checks": {"models": "ok", "database": "ConnectionError"}}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_process_without_a_free_thread_answers(path: str) -> None:
    app = FastAPI()
    app.include_router(health_routes({"models": lambda: None}))

    async def asked() -> int:
        current_default_thread_limiter().total_tokens = 0
        async with client_of(app) as client:
            return (await asyncio.wait_for(client.get(path), 60)).status_code

    assert asyncio.run(asked()) == 200


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://suite")


def test_a_check_that_hangs_has_failed_and_is_not_begun_again_meanwhile() -> None:
    free, calls = threading.Event(), list[int]()

    def hangs() -> None:
        calls.append(1)
        free.wait()

    app = FastAPI()
    app.include_router(health_routes({"engine": lambda: None, "database": hangs, "last": broken}, seconds=0.1))

    async def asked() -> list[dict[str, str]]:
        async with client_of(app) as client:
            answers = await asyncio.gather(*(client.get("/readyz") for _ in range(20)))
            assert {answer.status_code for answer in answers} == {503}
            return [answer.json()["checks"] for answer in answers]

    said = asyncio.run(asked())
    hanging = {"engine": "ok", "database": "TimeoutError", "last": "TimeoutError"}
    assert said == [hanging] * 20
    assert len(calls) == 1
    free.set()
    client = TestClient(app)
    eventually(lambda: client.get("/readyz").json()["checks"]["last"] == "ConnectionError")
    assert client.get("/readyz").json()["checks"]["database"] == "ok"


def test_where_no_thread_begins_the_next_asking_does(monkeypatch: pytest.MonkeyPatch) -> None:
    app = FastAPI()
    app.include_router(health_routes({"database": lambda: None}, seconds=5))

    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def asked() -> list[int]:
        async with client_of(app) as client:
            with monkeypatch.context() as full:
                full.setattr(threading.Thread, "start", refused)
                with pytest.raises(RuntimeError):
                    await client.get("/readyz")
            return [(await client.get("/readyz")).status_code]

    assert asyncio.run(asked()) == [200]


def test_each_asking_runs_the_checks_anew() -> None:
    calls: list[int] = []
    app = FastAPI()
    app.include_router(health_routes({"database": lambda: calls.append(1)}))
    client = TestClient(app)
    for _ in range(3):
        assert client.get("/readyz").status_code == 200
    assert len(calls) == 3


def test_ready_when_every_check_passes() -> None:
    app = FastAPI()
    app.include_router(health_routes({"models": lambda: None}))
    answer = TestClient(app).get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


def test_metrics_count_areas_and_no_paths() -> None:
    metrics, app = Metrics(), FastAPI()
    app.include_router(metrics.routes())

    @app.get("/support/fail")
    def fail() -> None:
        raise RuntimeError

    app.add_middleware(MetricsMiddleware, metrics=metrics, areas=frozenset({"support"}))
    client = TestClient(app, raise_server_exceptions=False)
    client.get("/support/fail")
    client.get("/patient/jane-doe")
    text = client.get("/metrics").text
    assert 'r1_http_requests_total{area="support",method="GET",status="500"} 1.0' in text
    assert 'r1_http_requests_total{area="other",method="GET",status="404"} 1.0' in text
    assert "jane-doe" not in text


@pytest.mark.parametrize(
    ("method", "target", "counted"),
    [
        ("OPTIONS", "*", ("other", "OPTIONS")),
        ("GET", "foo", ("other", "GET")),
        ("CONNECT", "a:80", ("other", "other")),
        ("GET", "", ("other", "GET")),
        ("JANE-DOE", "/support/", ("support", "other")),
    ],
)
def test_any_request_line_is_counted_under_known_labels(method: str, target: str, counted: tuple[str, str]) -> None:
    async def found(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def ignore(message: Any) -> None:
        pass

    metrics = Metrics()
    app = MetricsMiddleware(found, metrics, areas=frozenset({"support"}))
    asyncio.run(app({"type": "http", "method": method, "path": target}, None, ignore))
    area, name = counted
    labels = {"area": area, "method": name, "status": "204"}
    assert metrics.registry.get_sample_value("r1_http_requests_total", labels) == 1


def test_preemptions_are_a_counter_that_says_nothing_until_an_engine_tells() -> None:
    class Busy:
        status: EngineStatus | None = None

    metrics, engine = Metrics(), Busy()
    metrics.watch(cast(Engine, engine))
    assert "# TYPE r1_num_preemptions_total counter" in generate_latest(metrics.registry).decode()
    assert metrics.registry.get_sample_value("r1_num_preemptions_total") is None
    engine.status = EngineStatus(running=0, waiting=0, cache_usage=0.0, preempted=3)
    assert metrics.registry.get_sample_value("r1_num_preemptions_total") == 3


def test_a_process_tells_its_version_and_memory() -> None:
    told = generate_latest(Metrics().registry).decode()
    assert f'r1_build_info{{version="{importlib.metadata.version("r1-suite")}"}} 1.0' in told
    assert sys.platform != "linux" or "\nprocess_resident_memory_bytes " in told
