"""R1 for LangChain: the chat model and the embeddings. See https://docs.langchain.com/oss/python/integrations/chat."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from operator import itemgetter
from typing import Any, Literal, NoReturn, cast

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel, LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_core.messages.ai import InputTokenDetails, UsageMetadata
from langchain_core.output_parsers import JsonOutputParser, PydanticOutputParser
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import ConfigDict, SkipValidation

from .engine.request import Chunk, Engine, Message, Request, Role, SamplingParams, complete
from .errors import InvalidRequestError
from .server.openai.answers import logprob_of
from .server.openai.running import Embedder

_ROLES: tuple[tuple[type[BaseMessage], Role], ...] = (
    (SystemMessage, "system"),
    (HumanMessage, "user"),
    (AIMessage, "assistant"),
)
_VALUES = ("const", "default", "enum", "examples")  # in a schema, these hold no schemas
_SAMPLING = frozenset(field.name for field in fields(SamplingParams))
_OPTIONS = _SAMPLING | {"model", "adapter", "json_schema", "timeout", "tenant"}


class R1ChatModel(BaseChatModel):
    """An engine as a LangChain chat model, text only. Tools and images are rejected.

    A call accepts any parameter of :class:`core.engine.request.SamplingParams`, and ``adapter``, ``model`` (the name
    of an adapter or of the model), ``json_schema``, ``timeout`` or ``tenant``.

    Attributes:
        engine: the engine to use.
        params: sampling parameters.
        adapter: the domain adapter that answers; empty for the model alone.
        temperature, max_tokens, stop, timeout: LangChain's standard parameters; if given, they override those of
            ``params``. ``timeout`` is in seconds.
        streaming: ``invoke`` streams internally, so that callbacks see each piece.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    engine: SkipValidation[Engine]
    params: SamplingParams = SamplingParams()
    adapter: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    stop: list[str] | None = None
    timeout: float | None = None
    streaming: bool = False

    @property
    def _llm_type(self) -> str:
        return "r1"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.engine.model_name, "adapter": self.adapter, "params": self._sampling(None, {})}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        traced = super()._get_ls_params(stop=stop, **kwargs)
        params = self._sampling(stop, kwargs)
        traced["ls_provider"] = "r1"
        traced["ls_model_name"] = kwargs.get("model") or kwargs.get("adapter") or self.adapter or self.engine.model_name
        traced["ls_temperature"], traced["ls_max_tokens"] = params.temperature, params.max_tokens
        return traced

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        """The whole answer.

        Raises:
            GenerationError: as :meth:`core.engine.request.Engine.stream`; also for a message that is not text, or an
                unknown option.
            UnknownModelError: there is no such adapter.
        """
        request = self._request(messages, stop, kwargs)
        answer = complete(self.engine, request)
        message = AIMessage(content=answer.text, usage_metadata=_usage(answer), **self._parts(answer, request))
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        """The answer piece by piece; raises as :meth:`_generate`."""
        request = self._request(messages, stop, kwargs)
        with closing(self.engine.stream(request)) as chunks:
            for chunk in chunks:
                last = chunk.finish_reason is not None
                message = AIMessageChunk(
                    content=chunk.text,
                    usage_metadata=_usage(chunk) if last else None,
                    chunk_position="last" if last else None,
                    **self._parts(chunk, request),
                )
                piece = ChatGenerationChunk(message=message)
                if run_manager:
                    run_manager.on_llm_new_token(chunk.text, chunk=piece)
                yield piece

    def bind_tools(self, tools: Any, **kwargs: Any) -> NoReturn:
        """Unsupported.

        Raises:
            InvalidRequestError: always.
        """
        raise InvalidRequestError("Tools cannot be bound", hint="R1 has no tools")

    def with_structured_output(
        self,
        schema: dict[str, Any] | type,
        *,
        include_raw: bool = False,
        method: Literal["json_schema", "function_calling", "json_mode"] = "json_schema",
        strict: bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, Any]:
        """A model whose answers are objects of ``schema``.

        Args:
            schema: a pydantic class, a TypedDict or a JSON schema.
            include_raw: returns ``{"raw": message, "parsed": object or None, "parsing_error": error or None}``.
            method: ignored, for compatibility: the engine always writes only what the schema accepts.
            strict: False lets objects have fields that the schema does not name, unless it forbids them.
            kwargs: options for every call.
        """
        named = convert_to_json_schema(schema)
        traced = {"kwargs": {"method": method, "strict": strict}, "schema": schema}
        json_schema = named if strict is False else _closed(named)
        answer = self.bind(json_schema=json_schema, ls_structured_output_format=traced, **kwargs)
        is_class = isinstance(schema, type) and is_basemodel_subclass(schema)
        parser: Runnable[Any, Any]
        parser = PydanticOutputParser(pydantic_object=schema) if is_class else JsonOutputParser()
        if not include_raw:
            return answer | parser
        parsed = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
        failed = RunnablePassthrough.assign(parsed=lambda _: None)
        return RunnableMap(raw=answer) | parsed.with_fallbacks([failed], exception_key="parsing_error")

    def _request(self, messages: list[BaseMessage], stop: list[str] | None, options: dict[str, Any]) -> Request:
        unknown = sorted(options.keys() - _OPTIONS)
        if unknown:
            raise InvalidRequestError(
                f"Unknown options: {', '.join(unknown)}", hint=f"Known ones: {', '.join(sorted(_OPTIONS))}"
            )
        model = options.get("model", self.engine.model_name)
        adapter = self.adapter if model == self.engine.model_name else model
        return Request(
            messages=tuple(map(_message, messages)),
            params=self._sampling(stop, options),
            adapter=options.get("adapter", adapter),
            json_schema=options.get("json_schema"),
            tenant=options.get("tenant", ""),
            timeout_s=options.get("timeout", self.timeout),
        )

    def _sampling(self, stop: list[str] | None, options: dict[str, Any]) -> SamplingParams:
        """Sampling parameters: the call's override LangChain's standard ones, which override ``params``."""
        standard = {"temperature": self.temperature, "max_tokens": self.max_tokens, "stop": self.stop}
        given: dict[str, Any] = {name: value for name, value in standard.items() if value is not None}
        given |= {name: value for name, value in options.items() if name in _SAMPLING}
        if stop is not None:
            given["stop"] = stop
        if "stop" in given:
            given["stop"] = tuple(given["stop"])
        return replace(self.params, **given)

    def _parts(self, chunk: Chunk, request: Request) -> dict[str, Any]:
        """The metadata that LangChain expects; only the last piece has the summary, since LangChain adds pieces up."""
        metadata: dict[str, Any] = {}
        if chunk.finish_reason:
            name = request.adapter or self.engine.model_name
            metadata = {"finish_reason": chunk.finish_reason, "model_name": name, "model_provider": "r1"}
        if chunk.logprobs:
            metadata["logprobs"] = {"content": list(map(logprob_of, chunk.logprobs))}
        thoughts = {"reasoning_content": chunk.reasoning} if chunk.reasoning else {}
        return {"response_metadata": metadata, "additional_kwargs": thoughts}


class R1Embeddings(Embeddings):
    """An embedder as LangChain embeddings.

    Args:
        encoder: computes the vectors.
    """

    def __init__(self, encoder: Embedder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text."""
        return cast("list[list[float]]", self._encoder.encode(texts).tolist())

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text."""
        return self.embed_documents([text])[0]


def _message(message: BaseMessage) -> Message:
    role = next((role for kind, role in _ROLES if isinstance(message, kind)), None)
    if role is None or (isinstance(message, AIMessage) and (message.tool_calls or message.invalid_tool_calls)):
        raise InvalidRequestError(
            f"A message of type {message.type!r}, or one that calls tools, cannot be read",
            hint="R1 reads system, human and AI messages, and has no tools",
        )
    blocks = [message.content] if isinstance(message.content, str) else message.content
    return Message(role, "".join(_text(block, role) for block in blocks))


def _text(block: str | dict[Any, Any], role: Role) -> str:
    if isinstance(block, str):
        return block
    kind = block.get("type")
    if kind == "text":
        return str(block["text"])
    if kind == "reasoning" and role == "assistant":  # the model does not read its earlier reasoning
        return ""
    raise InvalidRequestError(f"A block of type {kind!r} cannot be read", hint="R1 reads text only")


def _closed(schema: Any) -> Any:
    """The schema with ``additionalProperties`` false for every object that does not say."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict) or "allOf" in schema:  # the parts of allOf name fields for each other
        return schema
    closed = {name: part if name in _VALUES else _closed(part) for name, part in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        closed.setdefault("additionalProperties", False)
    return closed


def _usage(chunk: Chunk) -> UsageMetadata:
    return UsageMetadata(
        input_tokens=chunk.prompt_tokens,
        output_tokens=chunk.completion_tokens,
        total_tokens=chunk.prompt_tokens + chunk.completion_tokens,
        input_token_details=InputTokenDetails(cache_read=chunk.cached_tokens),
    )
