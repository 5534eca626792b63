"""Request bodies: validated, and converted for the engine.

A field that is null counts as absent. Unknown fields are rejected, since silently dropping an option would mislead.
"""

import json
import math
import re
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ...engine.request import Message, Request, SamplingParams

MAX_STOP_TEXTS = 8
MAX_SCHEMA_BYTES, MAX_SCHEMA_DEPTH = 65_536, 64
MAX_SCHEMA_MULTIPLE = 10_000
"""Largest least common multiple of all ``multipleOf`` values, powers of ten aside: memory and time grow with it."""
MAX_EMBEDDING_TEXTS, MAX_EMBEDDING_LENGTH = 2_048, 8_192  # texts, and characters of each

_IGNORED = frozenset({"user", "metadata", "store", "service_tier", "safety_identifier", "prompt_cache_key"})


def _faulty(field: str, rule: str) -> PydanticCustomError:
    return PydanticCustomError("faulty", rule, {"field": field})


def _unicode(text: str) -> str:
    """Rejects lone surrogates, which JSON can contain but which are not text."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("the text has halves of characters") from None
    return text


Text = Annotated[str, AfterValidator(_unicode)]
FullText = Annotated[str, Field(min_length=1), AfterValidator(_unicode)]


class Body(BaseModel):
    """A JSON object of known fields."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)

    IGNORED: ClassVar[frozenset[str]] = frozenset()
    """Fields that clients send and that have no effect here."""

    REFUSED: ClassVar[frozenset[str]] = frozenset()
    """Fields that would change the answer and are not supported; an empty value is accepted."""

    @model_validator(mode="before")
    @classmethod
    def _known(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        for name in sorted(cls.REFUSED & data.keys()):
            if data[name]:
                raise _faulty(name, "this field is not supported")
        dropped = cls.IGNORED | cls.REFUSED
        return {name: value for name, value in data.items() if value is not None and name not in dropped}


class TextPart(Body):
    """One piece of a message."""

    type: Literal["text"]
    text: str


def _joined(content: Any) -> Any:
    """Joins text parts into one text."""
    if not isinstance(content, list):
        return content
    parts = [part for part in content if isinstance(part, dict) and part.get("type") == "text"]
    texts = [part["text"] for part in parts if part.keys() == {"type", "text"} and isinstance(part["text"], str)]
    if len(texts) < len(content):
        raise ValueError("only text is supported: a string, or parts with nothing but type (text) and text")
    return "\n".join(texts)


def _list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _texts(value: Any) -> Any:
    texts = _list(value)
    if isinstance(texts, list) and any(isinstance(text, int | list) for text in texts):
        raise ValueError("token ids are not supported, send text")
    return texts


def _one_text(value: Any) -> Any:
    texts = _texts(value)
    if isinstance(texts, list) and len(texts) != 1:
        raise ValueError("only one prompt a request is supported")
    return texts[0] if isinstance(texts, list) else texts


class ChatMessage(Body):
    """One turn; the other fields of an assistant's answer may be sent back and are ignored."""

    IGNORED = frozenset({"name", "refusal", "annotations", "audio", "reasoning_content"})
    REFUSED = frozenset({"tool_calls", "tool_call_id", "function_call"})

    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[Text, BeforeValidator(_joined, json_schema_input_type=str | list[TextPart])]


class NamedSchema(Body):
    """A JSON schema (https://json-schema.org) of limited size and depth."""

    IGNORED = frozenset({"name", "description", "strict"})  # an answer always keeps to its schema

    definition: dict[str, Any] = Field(alias="schema", default={"type": "object"})

    @model_validator(mode="after")
    def _limited(self) -> Self:
        level: list[Any] = [self.definition]
        for _ in range(MAX_SCHEMA_DEPTH):
            containers = [value for value in level if isinstance(value, dict | list)]
            level = [inner for value in containers for inner in (value.values() if isinstance(value, dict) else value)]
        if level:
            raise _faulty("schema", f"a schema may be {MAX_SCHEMA_DEPTH} levels deep")
        try:
            text = json.dumps(self.definition, ensure_ascii=False, allow_nan=False)
            size = len(text.encode())
        except ValueError:  # also raised for lone surrogates
            raise _faulty("schema", "a schema must be JSON") from None
        if size > MAX_SCHEMA_BYTES:
            raise _faulty("schema", f"a schema may have {MAX_SCHEMA_BYTES} bytes")
        multiples = (_whole(number) for number in re.findall(r'"multipleOf": ([-+.\de]+)', text))
        if math.lcm(*multiples) > MAX_SCHEMA_MULTIPLE:
            raise _faulty(
                "schema",
                f"the least common multiple of each multipleOf may be {MAX_SCHEMA_MULTIPLE}, powers of ten aside",
            )
        return self


def _whole(number: str) -> int:
    """The significant digits of a number as an integer: 25 for 0.25 and for 2500; 1 for zero."""
    return int("".join(map(str, Decimal(number).normalize().as_tuple().digits))) or 1


class ResponseFormat(Body):
    """Any text, any JSON object, or JSON that a schema accepts."""

    type: Literal["text", "json_object", "json_schema"]
    json_schema: NamedSchema | None = None

    @model_validator(mode="after")
    def _schema_is_there(self) -> Self:
        if (self.type == "json_schema") != (self.json_schema is not None):
            raise _faulty("json_schema", "stands beside the type json_schema, and only there")
        return self

    @property
    def schema_or_none(self) -> dict[str, Any] | None:
        """The schema that constrains the answer."""
        if self.type == "json_object":
            return {"type": "object"}
        return self.json_schema.definition if self.json_schema else None


class StreamOptions(Body):
    """What a stream contains besides the answer."""

    IGNORED = frozenset({"include_obfuscation"})

    include_usage: bool = False


class GenerationBody(Body):
    """Fields common to chat and text completions, with OpenAI's defaults."""

    IGNORED = _IGNORED

    model: str
    temperature: float = Field(default=1.0, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    top_k: int = Field(default=0, ge=-1, description="0 or -1: all tokens.")
    repetition_penalty: float = Field(default=1.0, ge=0.5, le=2)
    presence_penalty: float = Field(default=0.0, ge=-2, le=2)
    frequency_penalty: float = Field(default=0.0, ge=-2, le=2)
    max_tokens: int | None = Field(default=None, ge=1)
    stop: Annotated[
        list[FullText], Field(max_length=MAX_STOP_TEXTS), BeforeValidator(_list, json_schema_input_type=str | list[str])
    ] = []
    seed: int | None = Field(default=None, ge=0, lt=2**63)
    n: int = Field(default=1, ge=1, le=1)
    stream: bool = False
    stream_options: StreamOptions | None = None
    response_format: ResponseFormat = ResponseFormat(type="text")

    @model_validator(mode="after")
    def _options_of_a_stream(self) -> Self:
        if self.stream_options and not self.stream:
            raise _faulty("stream_options", "needs stream")
        return self

    @property
    def include_usage(self) -> bool:
        """Whether a stream ends with token counts."""
        return self.stream_options is not None and self.stream_options.include_usage

    def _params(self, max_tokens: int, logprobs: int | None) -> SamplingParams:
        return SamplingParams(
            temperature=self.temperature,
            top_p=self.top_p,
            top_k=self.top_k,
            repetition_penalty=self.repetition_penalty,
            presence_penalty=self.presence_penalty,
            frequency_penalty=self.frequency_penalty,
            max_tokens=max_tokens,
            stop=tuple(self.stop),
            seed=self.seed,
            logprobs=logprobs,
        )


class ChatBody(GenerationBody):
    """``POST /v1/chat/completions``."""

    IGNORED = _IGNORED | {"parallel_tool_calls", "tool_choice"}
    REFUSED = frozenset({"logit_bias", "tools", "functions", "function_call"})

    DEFAULT_MAX_TOKENS: ClassVar[int] = 512

    messages: list[ChatMessage] = Field(min_length=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    logprobs: bool = False
    top_logprobs: int | None = Field(default=None, ge=0, le=20)

    @model_validator(mode="after")
    def _top_logprobs_of_logprobs(self) -> Self:
        if self.top_logprobs is not None and not self.logprobs:
            raise _faulty("top_logprobs", "needs logprobs")
        return self

    def request(self, *, adapter: str, tenant: str) -> Request:
        """The same for the engine.

        Raises:
            InvalidRequestError: a value is out of its range.
        """
        return Request(
            messages=tuple(
                Message("system" if message.role == "developer" else message.role, message.content)
                for message in self.messages
            ),
            params=self._params(
                self.max_completion_tokens or self.max_tokens or self.DEFAULT_MAX_TOKENS,
                (self.top_logprobs or 0) if self.logprobs else None,
            ),
            adapter=adapter,
            json_schema=self.response_format.schema_or_none,
            tenant=tenant,
        )


class CompletionBody(GenerationBody):
    """``POST /v1/completions``."""

    REFUSED = frozenset({"logit_bias", "suffix", "echo"})

    DEFAULT_MAX_TOKENS: ClassVar[int] = 16

    prompt: Annotated[FullText, BeforeValidator(_one_text, json_schema_input_type=str | list[str])]
    best_of: int = Field(default=1, ge=1, le=1)
    logprobs: int | None = Field(default=None, ge=0, le=20)

    def request(self, *, adapter: str, tenant: str) -> Request:
        """The same for the engine.

        Raises:
            InvalidRequestError: a value is out of its range.
        """
        return Request(
            prompt=self.prompt,
            params=self._params(self.max_tokens or self.DEFAULT_MAX_TOKENS, self.logprobs),
            adapter=adapter,
            json_schema=self.response_format.schema_or_none,
            tenant=tenant,
        )


class EmbeddingBody(Body):
    """``POST /v1/embeddings``."""

    IGNORED = _IGNORED
    REFUSED = frozenset({"dimensions"})

    model: str
    input: Annotated[
        list[Annotated[FullText, Field(max_length=MAX_EMBEDDING_LENGTH)]],
        Field(min_length=1, max_length=MAX_EMBEDDING_TEXTS),
        BeforeValidator(_texts, json_schema_input_type=str | list[str]),
    ]
    encoding_format: Literal["float", "base64"] = "float"
