"""The API as OpenAI's own client meets it, on a real server."""

import asyncio
import base64
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from openai_fakes import ADAPTER, EMBEDDER, HELLO, MODEL, Api, serving

from core.engine.request import Chunk, Message, TokenLogprob
from core.errors import DeadlineError, EngineError
from core.server.openai.answers import ChatForm, CompletionForm
from core.server.openai.app import Limits

ASKED: Any = [{"role": "user", "content": "Say hello"}]
TEXT = "Hello, 世界\u2028!"


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def client(api: Api) -> Iterator[openai.OpenAI]:
    with serving(api) as (_, url), openai.OpenAI(base_url=url, api_key="any", max_retries=0) as client:
        yield client


def test_a_conversation(api: Api, client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "developer", "content": "Be brief"}, *ASKED],
        temperature=0,
        top_p=0.5,
        presence_penalty=1,
        frequency_penalty=-1,
        max_completion_tokens=9,
        stop=["\n"],
        seed=3,
        user="jane",
        extra_body={"top_k": 5, "repetition_penalty": 1.5},
    )
    assert answer.choices[0].message.content == TEXT
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == MODEL
    assert answer.usage
    assert answer.usage.prompt_tokens_details
    counts = answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens
    assert (*counts, answer.usage.prompt_tokens_details.cached_tokens) == (7, 5, 12, 4)
    request = api.engine.last
    assert request.messages == (Message("system", "Be brief"), Message("user", "Say hello"))
    params = request.params
    assert (params.temperature, params.top_p, params.top_k, params.repetition_penalty) == (0, 0.5, 5, 1.5)
    assert (params.presence_penalty, params.frequency_penalty, params.max_tokens) == (1, -1, 9)
    assert (params.stop, params.seed, params.logprobs) == (("\n",), 3, None)
    assert (request.adapter, request.tenant, request.json_schema) == ("", "", None)


def test_defaults_are_those_of_openai(api: Api, client: openai.OpenAI) -> None:
    client.chat.completions.create(model=MODEL, messages=ASKED)
    params = api.engine.last.params
    assert (params.temperature, params.top_p, params.top_k, params.repetition_penalty) == (1, 1, 0, 1)
    assert (params.max_tokens, params.stop, params.seed) == (512, (), None)
    client.completions.create(model=MODEL, prompt="Once")
    assert api.engine.last.params.max_tokens == 16


def test_a_streamed_conversation(client: openai.OpenAI) -> None:
    stream = client.chat.completions.create(
        model=MODEL, messages=ASKED, stream=True, stream_options={"include_usage": True}
    )
    events = list(stream)
    assert events[0].choices[0].delta.role == "assistant"
    assert "".join(event.choices[0].delta.content or "" for event in events[:-1]) == TEXT
    assert [event.choices[0].finish_reason for event in events[:-1]][-2:] == [None, "stop"]
    assert events[-1].choices == []
    assert events[-1].usage
    assert events[-1].usage.total_tokens == 12
    assert len({event.id for event in events}) == 1


def test_a_stream_without_usage_tells_none(client: openai.OpenAI) -> None:
    events = list(client.chat.completions.create(model=MODEL, messages=ASKED, stream=True))
    assert all(event.usage is None and event.choices for event in events)


def test_the_stream_on_the_wire(api: Api, client: openai.OpenAI) -> None:
    body = {"model": MODEL, "messages": ASKED, "stream": True}
    answer = httpx.post(f"{client.base_url}chat/completions", json=body)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    events = answer.text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    assert all(event.startswith("data: {") for event in events[:-2])
    assert answer.text.isascii()  # U+2028 in the answer would end a line for some clients


@pytest.mark.parametrize("stream", [False, True])
def test_reasoning_stands_apart(api: Api, client: openai.OpenAI, stream: bool) -> None:
    api.engine.pieces = (Chunk(reasoning="Hm"), Chunk(reasoning="m"), Chunk("Yes", finish_reason="stop"))
    answer: Any = client.chat.completions.create(model=MODEL, messages=ASKED, stream=stream)
    parts = [event.choices[0].delta for event in answer] if stream else [answer.choices[0].message]
    assert "".join(getattr(part, "reasoning_content", None) or "" for part in parts) == "Hmm"
    assert "".join(part.content or "" for part in parts) == "Yes"


A, IMPOSSIBLE = TokenLogprob(b"A", -0.5), TokenLogprob("é".encode(), float("-inf"))
LIKELY = (
    Chunk("A", logprobs=(replace(A, top=(A, IMPOSSIBLE)),)),
    Chunk("bc", finish_reason="length", logprobs=(TokenLogprob(b"b", -1.0), TokenLogprob(b"c", -2.0))),
)


def test_log_probabilities_of_a_conversation(api: Api, client: openai.OpenAI) -> None:
    api.engine.pieces = LIKELY
    answer = client.chat.completions.create(model=MODEL, messages=ASKED, logprobs=True, top_logprobs=2)
    assert api.engine.last.params.logprobs == 2
    assert answer.choices[0].logprobs
    tokens = answer.choices[0].logprobs.content
    assert tokens
    assert [(token.token, token.logprob) for token in tokens] == [("A", -0.5), ("b", -1.0), ("c", -2.0)]
    assert [(top.token, top.logprob, top.bytes) for top in tokens[0].top_logprobs] == [
        ("A", -0.5, [65]),
        ("é", -9999.0, [195, 169]),
    ]
    client.chat.completions.create(model=MODEL, messages=ASKED, logprobs=True)
    assert api.engine.last.params.logprobs == 0


@pytest.mark.parametrize("stream", [False, True])
def test_log_probabilities_of_a_completion(api: Api, client: openai.OpenAI, stream: bool) -> None:
    api.engine.pieces = LIKELY
    answer: Any = client.completions.create(model=MODEL, prompt="Once", logprobs=2, stream=stream)
    told = [event.choices[0].logprobs for event in answer] if stream else [answer.choices[0].logprobs]
    assert [token for part in told for token in part.tokens] == ["A", "b", "c"]
    assert [offset for part in told for offset in part.text_offset] == [0, 1, 2]
    assert told[0].top_logprobs[0] == {"A": -0.5, "é": -9999.0}


@pytest.mark.parametrize("stream", [False, True])
def test_a_completion(api: Api, client: openai.OpenAI, stream: bool) -> None:
    api.engine.pieces = (Chunk(reasoning="Hm "), *HELLO)
    answer: Any = client.completions.create(model=MODEL, prompt=["Once"], max_tokens=3, stream=stream)
    events = list(answer) if stream else [answer]
    assert "".join(event.choices[0].text for event in events) == "Hm " + TEXT
    assert events[-1].choices[0].finish_reason == "stop"
    assert (api.engine.last.prompt, api.engine.last.messages) == ("Once", ())


@pytest.mark.parametrize(
    ("wanted", "schema"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, {"type": "object"}),
        ({"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "null"}}}, {"type": "null"}),
        ({"type": "json_schema", "json_schema": {"name": "n", "strict": True}}, {"type": "object"}),
    ],
)
def test_the_form_of_the_answer(api: Api, client: openai.OpenAI, wanted: Any, schema: Any) -> None:
    client.chat.completions.create(model=MODEL, messages=ASKED, response_format=wanted)
    assert api.engine.last.json_schema == schema


def test_content_may_come_in_parts_and_an_answer_be_sent_back(api: Api, client: openai.OpenAI) -> None:
    first = client.chat.completions.create(model=MODEL, messages=ASKED).choices[0].message
    parts: Any = {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
    client.chat.completions.create(model=MODEL, messages=[*ASKED, first, parts])  # type: ignore[list-item]
    assert api.engine.last.messages[1:] == (Message("assistant", TEXT), Message("user", "a\nb"))


def test_models(client: openai.OpenAI) -> None:
    models = {model.id: model.model_dump().get("parent") for model in client.models.list()}
    assert models == {MODEL: None, ADAPTER: MODEL, "legal/zh": MODEL, EMBEDDER: None}
    assert client.models.retrieve("legal/zh").id == "legal/zh"
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("gpt-4")
    assert caught.value.code == "model_not_found"


def test_an_adapter_is_chosen_as_the_model(api: Api, client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model=ADAPTER, messages=ASKED)
    assert (api.engine.last.adapter, answer.model) == (ADAPTER, ADAPTER)


@pytest.mark.parametrize("model", ["gpt-4", EMBEDDER, ""])
def test_an_unknown_model(client: openai.OpenAI, model: str) -> None:
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model=model, messages=ASKED)
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
    with pytest.raises(openai.NotFoundError, match=f"the one there is: {EMBEDDER}") as caught:
        client.embeddings.create(model=MODEL, input="a")
    assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_embeddings(client: openai.OpenAI, encoding: Any) -> None:
    answer = client.embeddings.create(model=EMBEDDER, input=["apple", "sky"], encoding_format=encoding)
    vectors = [entry.embedding for entry in answer.data]
    if encoding == "base64":
        vectors = [np.frombuffer(base64.b64decode(str(vector)), "<f4").tolist() for vector in vectors]
    assert np.allclose(vectors, [[5, 2, 0.1], [3, 0, 0.1]])
    assert client.embeddings.create(model=EMBEDDER, input="apple").data[0].embedding[:2] == [5, 2]


def test_an_error_after_the_stream_has_begun_ends_it(api: Api, client: openai.OpenAI) -> None:
    api.engine.pieces = (HELLO[0], DeadlineError("secret"))
    stream = client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
    assert [next(stream).choices[0].delta.content for _ in range(2)] == ["", "Hello"]
    with pytest.raises(openai.APIError, match="not finished in its time") as caught:
        next(stream)
    assert caught.value.code == "deadline_exceeded"


def test_an_answer_that_just_stops_is_an_error(api: Api, client: openai.OpenAI) -> None:
    api.engine.pieces = (HELLO[0],)
    with pytest.raises(openai.InternalServerError, match="cannot answer now"):
        client.chat.completions.create(model=MODEL, messages=ASKED)


def test_forty_at_once(api: Api) -> None:
    """Each waits for the others, so they end only when all of them run; others are served meanwhile."""
    api.engine.together = threading.Barrier(41)

    async def ask() -> list[str | None]:
        async with openai.AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as client:

            async def one(number: int) -> str | None:
                if number % 2:
                    answer = await client.chat.completions.create(model=MODEL, messages=ASKED)
                    return answer.choices[0].message.content
                parts = await client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
                return "".join([part.choices[0].delta.content or "" async for part in parts])

            asked = [asyncio.create_task(one(number)) for number in range(40)]
            while len(api.engine.requests) < 40:
                await asyncio.sleep(0.01)
            assert [model.id async for model in client.models.list()]
            await asyncio.to_thread(api.engine.together.wait, 20)  # type: ignore[union-attr]
            return await asyncio.gather(*asked)

    with serving(api) as (_, url):
        assert asyncio.run(ask()) == [TEXT] * 40


def test_more_than_the_threads_are_told_to_come_back() -> None:
    api = Api(limits=Limits(requests=1))
    api.engine.gate = threading.Event()
    with serving(api) as (_, url), openai.OpenAI(base_url=url, api_key="any", max_retries=0) as client:
        running = client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
        with pytest.raises(openai.RateLimitError) as caught:
            client.chat.completions.create(model=MODEL, messages=ASKED)
        assert caught.value.code == "queue_full"
        assert caught.value.response.headers["retry-after"] == "2"
        api.engine.gate.set()
        assert [event.choices[0].finish_reason for event in running][-1] == "stop"
        client.chat.completions.create(model=MODEL, messages=ASKED)


def test_metrics_of_answers(api: Api, client: openai.OpenAI) -> None:
    list(client.chat.completions.create(model=MODEL, messages=ASKED, stream=True))
    client.chat.completions.create(model=MODEL, messages=ASKED)
    assert api.sample("r1_prompt_tokens_total") == 14
    assert api.sample("r1_generation_tokens_total") == 10
    assert api.sample("r1_request_success_total", finished_reason="stop") == 2
    assert api.sample("r1_time_to_first_token_seconds_count") == 2
    assert api.sample("r1_inter_token_latency_seconds_count") == 8
    assert api.sample("r1_e2e_request_latency_seconds_count") == 2


def test_an_engine_that_fails_is_counted_as_no_success(api: Api, client: openai.OpenAI) -> None:
    api.engine.pieces = (HELLO[0], EngineError("secret"))
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model=MODEL, messages=ASKED)
    assert api.sample("r1_e2e_request_latency_seconds_count") == 0


def test_of_alternatives_with_one_text_the_likeliest_stays() -> None:
    """Parts of characters all look the same."""
    top = (TokenLogprob(b"\xc3", -0.6), TokenLogprob(b"a", -1.2), TokenLogprob(b"\xe4", -4.1))
    token = replace(top[0], top=top)
    whole = CompletionForm("m").whole([Chunk(finish_reason="stop", logprobs=(token,))])
    assert whole["choices"][0]["logprobs"]["top_logprobs"] == [{"\ufffd": -0.6, "a": -1.2}]


@pytest.mark.parametrize(
    ("parts", "offsets"),
    [
        ([b"a", b"\xc3", b"b", b"c"], [0, 1, 2, 3]),
        ([b"\xc3", b"\xc3\xa9", b"!"], [0, 1, 2]),
        ([b"\xf0\x9f", b"\xe4\xb8", b"\x80", b"!"], [0, 1, 1, 2]),
        ([b"\xc3", b"\xff", b"!"], [0, 1, 2]),
        ([b"\xc3", b"", b"\xa9", b"!"], [0, 0, 0, 1]),
        ([b"\xa9", b"\xc3", b"\xa9!"], [0, 1, 1]),
        ([b"\xef\xbf", b"\xbd", b"!"], [0, 0, 1]),
        ([b"a", b"\xc3"], [0, 1]),
    ],
)
def test_offsets_behind_a_broken_character(parts: list[bytes], offsets: list[int]) -> None:
    chunk = Chunk(finish_reason="stop", logprobs=tuple(TokenLogprob(part, -1.0) for part in parts))
    (choice,) = CompletionForm("m").whole([chunk])["choices"]
    assert choice["logprobs"]["text_offset"] == offsets


def test_a_character_of_several_tokens_counts_once() -> None:
    """``bytes`` of the tokens are the answer's, and ``text_offset`` says where in its text each begins."""
    parts = [b"a", b"\xc3", b"\xa9", b" \xf0\x9f", b"\x98", b"\x80", b"!"]
    chunk = Chunk("aé 😀!", finish_reason="stop", logprobs=tuple(TokenLogprob(part, -1.0) for part in parts))
    (choice,) = CompletionForm("m").whole([chunk])["choices"]
    assert choice["logprobs"]["text_offset"] == [0, 1, 1, 2, 3, 3, 4]
    (choice,) = ChatForm("m").whole([chunk])["choices"]
    assert b"".join(bytes(token["bytes"]) for token in choice["logprobs"]["content"]) == chunk.text.encode()
