"""Whatever is sent: never an error of the server."""

import json
from typing import Any

import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai_fakes import EMBEDDER, MODEL, Api

from core.server.openai.bodies import ChatBody, CompletionBody, EmbeddingBody

API = Api()
CLIENT = TestClient(API.app, raise_server_exceptions=False)
SCHEMA = schemathesis.openapi.from_asgi("/v1/openapi.json", API.app)

text = st.text(st.characters(codec=None), max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | text
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3), max_leaves=8
)
NAMES = {*ChatBody.model_fields, *CompletionBody.model_fields, *EmbeddingBody.model_fields, "tools", "user"}
parts = st.fixed_dictionaries({}, optional={"type": st.just("text") | scalars, "text": values, "x": values})
messages = st.lists(
    st.fixed_dictionaries(
        {}, optional={"role": st.just("user") | scalars, "content": text | st.lists(parts | values), "name": values}
    ),
    max_size=3,
)
bodies = st.fixed_dictionaries(
    {"model": st.sampled_from([MODEL, EMBEDDER])},
    optional={
        **dict.fromkeys(sorted(NAMES - {"model"}), values),
        "messages": messages,
        "prompt": text | values,
        "input": text | st.lists(text),
    },
)


@settings(max_examples=150, deadline=None)
@given(path=st.sampled_from(["chat/completions", "completions", "embeddings"]), body=bodies | values)
def test_any_json_is_answered_or_refused(path: str, body: Any) -> None:
    answer = CLIENT.post(f"/v1/{path}", content=json.dumps(body), headers={"content-type": "application/json"})
    assert answer.status_code in (200, 400, 404)
    if answer.status_code != 200:
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


@settings(max_examples=60, deadline=None)
@given(path=st.sampled_from(["chat/completions", "completions", "embeddings"]), body=st.binary(max_size=60))
def test_any_bytes_are_refused(path: str, body: bytes) -> None:
    answer = CLIENT.post(f"/v1/{path}", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400


@SCHEMA.parametrize()
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_the_openapi_document_allows_is_no_error_of_the_server(case: Any) -> None:
    case.call_and_validate(checks=[schemathesis.checks.not_a_server_error])


def test_the_document_names_every_route() -> None:
    document = CLIENT.get("/v1/openapi.json").json()
    assert set(document["paths"]) == {"/chat/completions", "/completions", "/embeddings", "/models", "/models/{model}"}
    assert document["servers"] == [{"url": "/v1"}]
    assert "422" not in json.dumps(document)
