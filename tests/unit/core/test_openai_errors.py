"""Every refusal: its status, its code, and that it tells nothing it should not."""

import asyncio
import hashlib
import json
import logging
import threading
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openai_fakes import EMBEDDER, HELLO, MODEL, Api, FakeEngine

from core import errors
from core.engine.request import Chunk, Request
from core.rate_limit import RateLimit
from core.server.openai.app import Limits
from core.server.openai.bodies import MAX_SCHEMA_BYTES, MAX_SCHEMA_DEPTH
from core.server.openai.gate import Keys
from core.server.openai.running import Answering

USER = [{"role": "user", "content": "hi"}]
CHAT: dict[str, Any] = {"model": MODEL, "messages": USER}
SECRET = "Jane Doe has lupus"
KEYS = ("a-key-of-more-than-20-characters", "another-key-of-over-20-characters")


def client(api: Api) -> TestClient:
    return TestClient(api.app, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def plain() -> TestClient:
    return client(Api())


def refused(answer: Any) -> tuple[int, str | None, str | None]:
    """The error's status, code and field; it must be OpenAI's error object."""
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["message"]
    return answer.status_code, error["code"], error["param"]


def test_a_request_that_found_no_thread_is_never_run(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = FakeEngine()
    answering = Answering(engine, 1)

    async def ask() -> list[Chunk]:
        return [piece async for piece in answering.stream(Request(prompt="hi"))]

    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(errors.BusyError):
            asyncio.run(ask())
    for _ in range(50):  # the one place is free as soon as an answer has ended
        assert asyncio.run(ask())[-1].finish_reason == "stop"
    assert len(engine.requests) == 50


# What the engine raises


@pytest.mark.parametrize(
    ("error", "status", "code", "told"),
    [
        (
            errors.InvalidRequestError("seed must be even", hint="Add 1"),
            400,
            "invalid_value",
            "seed must be even. Add 1",
        ),
        (errors.ContextLengthError("9 tokens exceed 8"), 400, "context_length_exceeded", "9 tokens exceed 8"),
        (errors.UnknownModelError(SECRET), 404, "model_not_found", "no such model"),
        (errors.BusyError(SECRET), 429, "queue_full", "Too many requests"),
        (errors.DeadlineError(SECRET), 504, "deadline_exceeded", "not finished in its time"),
        (errors.EngineError(SECRET), 503, "engine_unavailable", "cannot answer now"),
        (errors.SettingsError(SECRET), 503, "engine_unavailable", "cannot answer now"),
        (errors.StorageError(SECRET), 500, "internal_error", "mistake"),
        (ValueError(SECRET), 500, "internal_error", "mistake"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("when", ["at once", "at the first piece"])
def test_an_error_of_the_engine(
    error: Exception, status: int, code: str, told: str, stream: bool, when: str, caplog: pytest.LogCaptureFixture
) -> None:
    engine = FakeEngine((error,) if when == "at once" else (HELLO[1], error))
    with caplog.at_level(logging.DEBUG):
        answer = client(Api(engine)).post("/v1/chat/completions", json={**CHAT, "stream": stream})
    assert refused(answer)[:2] == (status, code)
    assert told in answer.json()["error"]["message"]
    assert ("retry-after" in answer.headers) == (status in (429, 503))
    assert SECRET not in answer.text + caplog.text


@pytest.mark.parametrize("param", ["messages", "response_format"])
def test_an_error_of_the_engine_names_its_field(param: str) -> None:
    engine = FakeEngine((errors.InvalidRequestError("no", param=param),))
    assert refused(client(Api(engine)).post("/v1/chat/completions", json=CHAT)) == (400, "invalid_value", param)


def test_where_a_fault_is_stands_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    client(Api(FakeEngine((ValueError(SECRET),)))).post("/v1/chat/completions", json=CHAT)
    assert "ValueError" in caplog.text
    assert "openai_fakes.py" in caplog.text


def test_a_fault_of_the_embedder_is_told_as_one(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        name = EMBEDDER

        def encode(self, texts: Any) -> Any:
            raise ValueError(SECRET)

    answer = client(Api(embedder=Broken())).post("/v1/embeddings", json={"model": EMBEDDER, "input": "a"})
    assert refused(answer)[:2] == (500, "internal_error")
    assert SECRET not in answer.text + caplog.text


# What clients send


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(depth - 1):
        schema = {"not": schema}
    return schema


def multiples(*numbers: float) -> dict[str, Any]:
    return {"properties": {"a": {"allOf": [{"multipleOf": number} for number in numbers]}}}


def formatted(schema: Any) -> dict[str, Any]:
    return {"response_format": {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}}


@pytest.mark.parametrize(
    ("change", "code", "param", "told"),
    [
        ({"tools": [{"type": "function"}]}, "invalid_value", "tools", "not supported"),
        ({"functions": [{}]}, "invalid_value", "functions", "not supported"),
        ({"logit_bias": {"1": 1}}, "invalid_value", "logit_bias", "not supported"),
        ({"temprature": 1, "zzz": 2}, "unknown_field", "temprature", "Unknown fields: temprature, zzz"),
        ({"ü\n": 1}, "unknown_field", "\\xfc\\n", "Unknown fields"),
        ({"\ud800": 1}, "invalid_json", None, "must be a JSON object"),
        ({str(n) * 99: 1 for n in range(10, 30)}, "unknown_field", "10" * 30, "and more"),
        ({"n": 2}, "invalid_value", "n", "1"),
        ({"n": True}, "invalid_value", "n", "a whole number is expected"),
        ({"n": 1.0}, "invalid_value", "n", "a whole number is expected"),
        ({"temperature": 3}, "invalid_value", "temperature", "at most 2 is expected"),
        ({"temperature": "1"}, "invalid_value", "temperature", "a number is expected"),
        ({"temperature": float("nan")}, "invalid_value", "temperature", "finite"),
        ({"top_p": 0}, "invalid_value", "top_p", "more than 0 is expected"),
        ({"max_tokens": 0}, "invalid_value", "max_tokens", "1"),
        ({"seed": -1}, "invalid_value", "seed", "0"),
        ({"stop": ["a"] * 9}, "invalid_value", "stop", "8"),
        ({"stop": ""}, "invalid_value", "stop.0", "it is empty"),
        ({"top_logprobs": 2}, "invalid_value", "top_logprobs", "needs logprobs"),
        ({"stream_options": {"include_usage": True}}, "invalid_value", "stream_options", "needs stream"),
        ({"messages": []}, "invalid_value", "messages", "it is empty"),
        ({"messages": None}, "missing_field", "messages", "it is missing"),
        ({"messages": [{"role": "tool", "content": "a"}]}, "invalid_value", "messages.0.role", "'user'"),
        ({"messages": [{"role": "user"}]}, "missing_field", "messages.0.content", "it is missing"),
        ({"messages": [{"role": "user", "content": None}]}, "missing_field", "messages.0.content", "or null"),
        ({"messages": [{**USER[0], "tool_calls": [1]}]}, "invalid_value", "messages.0.tool_calls", "not supported"),
        (
            {"messages": [{"role": "tool", "content": "a", "tool_call_id": "b"}]},
            "invalid_value",
            "messages.0.tool_call_id",
            "not supported",
        ),
        ({"messages": [{**USER[0], "weight": 1}]}, "unknown_field", "messages.0.weight", "Unknown"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": SECRET}}]}]},
            "invalid_value",
            "messages.0.content",
            "only text is supported",
        ),
        ({"messages": [{"role": "user", "content": "\ud83d"}]}, "invalid_value", "messages.0.content", "halves"),
        ({"response_format": {"type": SECRET}}, "invalid_value", "response_format.type", "'json_object'"),
        (
            {"response_format": {"type": "json_schema"}},
            "invalid_value",
            "response_format.json_schema",
            "beside the type",
        ),
        (formatted([]), "invalid_value", "response_format.json_schema.schema", "named fields"),
        (formatted(nested(MAX_SCHEMA_DEPTH + 1)), "invalid_value", "response_format.json_schema.schema", "levels deep"),
        (formatted({"const": "x" * MAX_SCHEMA_BYTES}), "invalid_value", "response_format.json_schema.schema", "bytes"),
        (formatted({"const": "\ud83d"}), "invalid_value", "response_format.json_schema.schema", "must be JSON"),
        (formatted(multiples(10_007)), "invalid_value", "response_format.json_schema.schema", "each multipleOf"),
        (
            formatted(multiples(0, 0.0127, 1009)),
            "invalid_value",
            "response_format.json_schema.schema",
            "each multipleOf",
        ),
        (formatted({"const": float("inf")}), "invalid_value", "response_format.json_schema.schema", "must be JSON"),
    ],
    ids=lambda value: next(iter(value), "")[:20].encode("ascii", "replace").decode() if isinstance(value, dict) else "",
)
def test_a_chat_request_that_is_refused(
    plain: TestClient, change: dict[str, Any], code: str, param: str | None, told: str
) -> None:
    answer = plain.post(
        "/v1/chat/completions", content=json.dumps(CHAT | change), headers={"content-type": "application/json"}
    )
    assert refused(answer) == (400, code, param)
    assert told in answer.json()["error"]["message"]
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"user": "jane", "metadata": {"a": "b"}, "store": True, "service_tier": "auto", "parallel_tool_calls": True},
        {"tools": [], "functions": None, "logit_bias": {}, "tool_choice": "none"},
        {"temperature": None, "stop": None, "stream": None, "response_format": None, "stream_options": None},
        {"prediction": None, "reasoning_effort": None, "web_search_options": None},
        {"n": 1, "top_k": -1, "temperature": 1},
        formatted(nested(MAX_SCHEMA_DEPTH)),
        formatted(multiples(1, 0.01, 0.25, 7, 9000, 1e6)),
        formatted({"properties": {"multipleOf": {"const": '"multipleOf": 10007'}}}),
    ],
)
def test_a_chat_request_that_is_not(plain: TestClient, change: dict[str, Any]) -> None:
    assert plain.post("/v1/chat/completions", json=CHAT | change).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "param", "told"),
    [
        ("completions", {"prompt": [1, 2]}, "prompt", "token ids"),
        ("completions", {"prompt": [[1, 2]]}, "prompt", "token ids"),
        ("completions", {"prompt": ["a", "b"]}, "prompt", "only one prompt"),
        ("completions", {"prompt": []}, "prompt", "only one prompt"),
        ("completions", {"prompt": ""}, "prompt", "it is empty"),
        ("completions", {"prompt": "a", "suffix": "b"}, "suffix", "not supported"),
        ("completions", {"prompt": "a", "echo": True}, "echo", "not supported"),
        ("completions", {"prompt": "a", "best_of": 2}, "best_of", "1"),
        ("completions", {"prompt": "a", "logprobs": 21}, "logprobs", "20"),
        ("embeddings", {"input": [1, 2]}, "input", "token ids"),
        ("embeddings", {"input": []}, "input", "it is empty"),
        ("embeddings", {"input": ["a", ""]}, "input.1", "it is empty"),
        ("embeddings", {"input": "a" * 8193}, "input.0", "8192"),
        ("embeddings", {"input": "a", "dimensions": 2}, "dimensions", "not supported"),
        ("embeddings", {"input": "a", "encoding_format": "hex"}, "encoding_format", "'base64'"),
    ],
)
def test_other_requests_that_are_refused(plain: TestClient, path: str, body: Any, param: str, told: str) -> None:
    model = EMBEDDER if path == "embeddings" else MODEL
    answer = plain.post(f"/v1/{path}", json={"model": model, **body})
    assert refused(answer) == (400, "invalid_value", param)
    assert told in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'"a"', b"\xff", b"[" * 100_000, b'{"a":' * 100_000, b"{" + b" " * 1000]
)
@pytest.mark.parametrize("path", ["chat/completions", "completions", "embeddings"])
def test_a_body_that_is_no_json_object(plain: TestClient, path: str, body: bytes) -> None:
    answer = plain.post(f"/v1/{path}", content=body, headers={"content-type": "application/json"})
    assert refused(answer) == (400, "invalid_json", None)


@pytest.mark.parametrize(
    "kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"]
)
def test_what_another_site_can_make_a_browser_send_is_refused(plain: TestClient, kind: str) -> None:
    """Such types are sent without asking first, so a page anywhere could use an API on loopback."""
    answer = plain.post("/v1/chat/completions", content=json.dumps(CHAT), headers={"content-type": kind})
    assert refused(answer) == (415, "unsupported_media_type", None)
    answer = plain.post(
        "/v1/chat/completions", content=json.dumps(CHAT), headers={"content-type": "Application/JSON; charset=utf-8"}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large(chunked: bool) -> None:
    api = Api(limits=Limits(body=200))
    data = json.dumps({**CHAT, "stop": "x" * 200}).encode()
    sent: Any = (data[i : i + 50] for i in range(0, len(data), 50)) if chunked else data
    headers = {"content-type": "application/json"}
    assert refused(client(api).post("/v1/chat/completions", content=sent, headers=headers))[:2] == (
        413,
        "request_too_large",
    )
    assert api.engine.requests == []
    assert client(api).post("/v1/chat/completions", json=CHAT).status_code == 200


def test_addresses_and_methods_that_are_not_there(plain: TestClient) -> None:
    for path in ("", "/", "/nothing", "/chat", "/chat/completions/", "/docs", "/redoc", "/%2e%2e/healthz"):
        assert refused(plain.get(f"/v1{path}")) in {(404, "unknown_url", None)}, path
    answer = plain.get("/v1/chat/completions")
    assert refused(answer) == (405, "method_not_allowed", None)
    assert answer.headers["allow"] == "POST"


# Keys and rates


def test_without_a_key_nothing_is_told() -> None:
    api = Api(keys=KEYS)
    guarded = client(api)
    for path in ("/v1/models", "/v1/openapi.json", "/v1/nothing"):
        for header in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {KEYS[0]}"}):
            answer = guarded.get(path, headers=header)
            assert refused(answer) == (401, "invalid_api_key", None)
            assert answer.headers["www-authenticate"] == "Bearer"
    assert refused(guarded.post("/v1/chat/completions", content=b"{"))[0] == 401


def test_each_key_is_a_tenant_of_its_own() -> None:
    api = Api(keys=KEYS)
    for key in KEYS:
        answer = client(api).post("/v1/chat/completions", json=CHAT, headers={"authorization": f"bearer {key}"})
        assert answer.status_code == 200
    tenants = [request.tenant for request in api.engine.requests]
    assert tenants == [hashlib.sha256(key.encode()).hexdigest()[:16] for key in KEYS]


@pytest.mark.parametrize(
    "sent", [b"", b"Bearer", b"Bearer ", b"Bearer \xff", b"a-key", b"Bearer a-ke", b"Bearer a-keys"]
)
def test_a_wrong_key_of_any_form(sent: bytes) -> None:
    assert Keys(["a-key"]).tenant(sent) is None
    assert Keys().tenant(sent) == ""
    assert Keys(["a-key"]).tenant(b"Bearer a-key")


def test_a_minute_has_so_many_requests() -> None:
    now = 100.0
    rate = RateLimit(2, lambda: now)
    assert [rate.wait("a"), rate.wait("a")] == [0, 0]
    now += 10
    assert rate.wait("a") == 50
    assert rate.wait("b") == 0  # each has its own
    now += 49.5
    assert rate.wait("a") == 0.5
    now += 0.5
    assert [rate.wait("a"), rate.wait("a")] == [0, 0]  # what was refused does not count
    assert rate.wait("a") == 60


def test_of_too_many_tenants_those_away_longest_are_forgotten() -> None:
    rate = RateLimit(1, lambda: 0.0)
    assert [rate.wait("first"), rate.wait("kept")] == [0, 0]
    for number in range(9_999):
        rate.wait(str(number))
        assert rate.wait("kept") == 60
    assert rate.wait("first") == 0


def test_too_many_requests_with_a_key() -> None:
    limited = client(Api(keys=KEYS, limits=Limits(rate=2)))
    first, second = ({"authorization": f"Bearer {key}"} for key in KEYS)
    assert [limited.get("/v1/models", headers=first).status_code for _ in range(3)] == [200, 200, 429]
    answer = limited.get("/v1/models", headers=first)
    assert refused(answer) == (429, "rate_limit_exceeded", None)
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert limited.get("/v1/models", headers=second).status_code == 200


def test_without_keys_there_is_no_rate() -> None:
    opened = client(Api(limits=Limits(rate=1)))
    assert {opened.get("/v1/models").status_code for _ in range(3)} == {200}
