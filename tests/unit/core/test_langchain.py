"""R1 for LangChain: langchain-tests' own unit tests, and what they leave out."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_tests.unit_tests import ChatModelUnitTests, EmbeddingsUnitTests
from pydantic import BaseModel, ValidationError

from core.engine.request import Chunk, Message, Request, SamplingParams, TokenLogprob
from core.errors import InvalidRequestError
from core.langchain import R1ChatModel, R1Embeddings


class Parrot:
    """Says ``pieces``, after a thought, and notes what it is asked and whether it was closed."""

    model_name = "parrot"
    adapters = ("law",)

    def __init__(self, *pieces: str, thought: str = "") -> None:
        self._chunks = [*([Chunk(reasoning=thought)] if thought else []), *map(Chunk, pieces or ("Hel", "lo"))]
        self.asked: list[Request] = []
        self.closed = 0

    def stream(self, request: Request) -> Generator[Chunk]:
        self.asked.append(request)
        try:
            for number, chunk in enumerate(self._chunks):
                token = TokenLogprob(chunk.text.encode(), -0.5, (TokenLogprob(b"x", -1.5),))
                logprobs = () if request.params.logprobs is None else (token,)
                yield replace(chunk, prompt_tokens=7, completion_tokens=number + 1, logprobs=logprobs)
            yield Chunk("", "", "stop", 7, len(self._chunks), 4)
        finally:
            self.closed += 1


class Lengths:
    """Two numbers for each text."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.array([[len(text), 1] for text in texts], np.float32).reshape(len(texts), 2)


class TestStandardChatModel(ChatModelUnitTests):
    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return R1ChatModel

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {"engine": Parrot()}

    @property
    def has_tool_calling(self) -> bool:
        """Tools are refused in words."""
        return False

    @property
    def standard_chat_model_params(self) -> dict[str, Any]:
        """Without the key and the retries of a service: unknown parameters are refused."""
        return {"temperature": 0, "max_tokens": 100, "timeout": 60, "stop": []}


class TestStandardEmbeddings(EmbeddingsUnitTests):
    @property
    def embeddings_class(self) -> type[R1Embeddings]:
        return R1Embeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"encoder": Lengths()}


class Person(BaseModel):
    name: str
    age: int


def test_messages_become_a_request() -> None:
    parrot = Parrot()
    blocks: list[str | dict[Any, Any]] = ["a ", {"type": "text", "text": "b"}]
    thought: list[str | dict[Any, Any]] = [{"type": "reasoning", "reasoning": "hm"}, {"type": "text", "text": "c"}]
    model = R1ChatModel(engine=parrot, params=SamplingParams(top_k=5), adapter="law", timeout=9)
    model.invoke([SystemMessage("s"), HumanMessage(blocks), AIMessage(thought), HumanMessage("d", name="ann")])
    (asked,) = parrot.asked
    assert asked == Request(
        (Message("system", "s"), Message("user", "a b"), Message("assistant", "c"), Message("user", "d")),
        params=SamplingParams(top_k=5),
        adapter="law",
        timeout_s=9,
    )


def test_call_stands_before_the_model_and_that_before_the_parameters() -> None:
    parrot = Parrot()
    model = R1ChatModel(engine=parrot, params=SamplingParams(0.1, max_tokens=1, stop=("a",)), max_tokens=2, stop=["b"])
    model.invoke("x")
    model.invoke("x", stop=["c"], max_tokens=3, temperature=0, seed=4, tenant="t", timeout=5, adapter="law")
    first, second = parrot.asked
    assert first.params == SamplingParams(0.1, max_tokens=2, stop=("b",))
    assert second.params == SamplingParams(0, max_tokens=3, stop=("c",), seed=4)
    assert (second.tenant, second.timeout_s, second.adapter) == ("t", 5, "law")


@pytest.mark.parametrize(("named", "adapter"), [({}, "law"), ({"model": "parrot"}, "law"), ({"model": "tax"}, "tax")])
def test_model_of_a_call_is_an_adapter(named: dict[str, Any], adapter: str) -> None:
    parrot = Parrot()
    answer = R1ChatModel(engine=parrot, adapter="law").invoke("x", **named)
    assert parrot.asked[0].adapter == adapter
    assert answer.response_metadata["model_name"] == adapter


def test_answer_says_what_it_cost() -> None:
    answer = R1ChatModel(engine=Parrot("Yes.", thought="Hm.")).invoke("x")
    assert answer.content == "Yes."
    assert answer.additional_kwargs == {"reasoning_content": "Hm."}
    assert [block["type"] for block in answer.content_blocks] == ["reasoning", "text"]
    assert answer.usage_metadata == {
        "input_tokens": 7,
        "output_tokens": 2,
        "total_tokens": 9,
        "input_token_details": {"cache_read": 4},
    }
    assert answer.response_metadata["finish_reason"] == "stop"
    assert answer.response_metadata["model_name"] == "parrot"


def test_pieces_make_the_answer() -> None:
    model = R1ChatModel(engine=Parrot("Yes", ".", thought="Hm."), params=SamplingParams(logprobs=1))
    whole, *pieces = model.stream("x")
    for piece in pieces:
        whole += piece
    answer = model.invoke("x")
    assert (whole.content, whole.additional_kwargs, whole.usage_metadata, whole.response_metadata) == (
        (answer.content, answer.additional_kwargs, answer.usage_metadata, answer.response_metadata)
    )
    assert answer.response_metadata["logprobs"]["content"][1] == {
        "token": "Yes",
        "bytes": [*b"Yes"],
        "logprob": -0.5,
        "top_logprobs": [{"token": "x", "bytes": [*b"x"], "logprob": -1.5}],
    }


class Listener(BaseCallbackHandler):
    def __init__(self) -> None:
        self.heard: list[str] = []

    def on_llm_new_token(self, token: Any, **kwargs: Any) -> None:
        self.heard.append(token)


def test_callbacks_hear_each_piece() -> None:
    listener = Listener()
    list(R1ChatModel(engine=Parrot()).stream("x", {"callbacks": [listener]}))
    assert listener.heard == ["Hel", "lo", ""]
    assert R1ChatModel(engine=Parrot()).invoke("x", {"callbacks": [listener]}).content == "Hello"
    assert listener.heard == ["Hel", "lo", ""]
    assert R1ChatModel(engine=Parrot(), streaming=True).invoke("x", {"callbacks": [listener]}).content == "Hello"
    assert listener.heard == ["Hel", "lo", ""] * 2


def test_stream_that_is_left_is_closed() -> None:
    parrot = Parrot()
    stream = R1ChatModel(engine=parrot).stream("x")
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert parrot.closed == 1


@pytest.mark.parametrize(
    "message",
    [
        ToolMessage("x", tool_call_id="1"),
        AIMessage("", tool_calls=[{"name": "f", "args": {}, "id": "1"}]),
        HumanMessage([{"type": "image", "url": "https://host/secret.png"}]),
        HumanMessage([{"type": "image_url", "image_url": {"url": "https://host/secret.png"}}]),
        HumanMessage([{"type": "reasoning", "reasoning": "hm"}]),
    ],
)
def test_what_is_no_text_is_refused(message: BaseMessage) -> None:
    with pytest.raises(InvalidRequestError, match="cannot be read") as caught:
        R1ChatModel(engine=Parrot()).invoke([message])
    assert "secret" not in str(caught.value)


def test_tools_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"Tools cannot be bound\. R1 has no tools"):
        R1ChatModel(engine=Parrot()).bind_tools([])


def test_unknown_option_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"Unknown options: colour, tools\. Known ones: adapter"):
        R1ChatModel(engine=Parrot()).invoke("x", colour="red", tools=[])
    with pytest.raises(ValidationError, match="api_key"):
        R1ChatModel(engine=Parrot(), api_key="x")  # type: ignore[call-arg]


def test_schema_reaches_the_engine_and_the_answer_is_its_object() -> None:
    parrot = Parrot('{"name": "Ann", ', '"age": 3}')
    model = R1ChatModel(engine=parrot)
    assert model.with_structured_output(Person, temperature=0).invoke("x") == Person(name="Ann", age=3)
    schema = parrot.asked[0].json_schema
    assert schema is not None
    assert schema["properties"] == {"name": {"type": "string"}, "age": {"type": "integer"}}
    assert parrot.asked[0].params.temperature == 0
    assert model.with_structured_output(Person.model_json_schema()).invoke("x") == {"name": "Ann", "age": 3}


INNER = {"type": "object", "properties": {"b": {"default": {"type": "object", "properties": {}}}}}
OPEN = {"type": "object", "properties": {}, "additionalProperties": True}
SCHEMA = {
    "title": "thing",
    "description": "",
    "type": "object",
    "properties": {"a": {"anyOf": [INNER, {"type": "null"}]}, "open": OPEN, "both": {"allOf": [INNER]}},
}


@pytest.mark.parametrize("strict", [None, True, False])
def test_objects_have_the_named_fields_only(strict: bool | None) -> None:
    parrot = Parrot("{}")
    R1ChatModel(engine=parrot).with_structured_output(SCHEMA, strict=strict).invoke("x")
    asked = parrot.asked[0].json_schema
    if strict is False:
        assert asked == SCHEMA
        return
    closed = {**INNER, "additionalProperties": False}
    properties = {"a": {"anyOf": [closed, {"type": "null"}]}, "open": OPEN, "both": {"allOf": [INNER]}}
    assert asked == {**SCHEMA, "properties": properties, "additionalProperties": False}


def test_raw_answer_comes_along() -> None:
    good = R1ChatModel(engine=Parrot('{"name": "Ann", "age": 3}')).with_structured_output(Person, include_raw=True)
    answer = good.invoke("x")
    assert (answer["parsed"], answer["parsing_error"]) == (Person(name="Ann", age=3), None)
    bad = R1ChatModel(engine=Parrot('{"name": "An')).with_structured_output(Person, include_raw=True)  # max_tokens
    answer = bad.invoke("x")
    assert answer["raw"].content == '{"name": "An'
    assert answer["parsed"] is None
    assert answer["parsing_error"] is not None


def test_embeddings_are_plain_numbers() -> None:
    embeddings = R1Embeddings(Lengths())
    assert embeddings.embed_documents(["a", "abc"]) == [[1.0, 1.0], [3.0, 1.0]]
    assert embeddings.embed_query("ab") == [2.0, 1.0]
    assert embeddings.embed_documents([]) == []
