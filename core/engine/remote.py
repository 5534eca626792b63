"""The engine that calls a server with OpenAI's API: vLLM, llama.cpp's or R1's own."""

import asyncio
import hashlib
import logging
import math
import time
from collections.abc import Coroutine, Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from ..errors import DeadlineError, EngineError, InvalidRequestError, ModelError, SettingsError, UnknownModelError
from ..log_throttle import ThrottledLog
from ..settings import Settings
from .background import T, run, start
from .remote_errors import CHECK_URL, error_of
from .request import Chunk, Engine, FinishReason, Request, TokenLogprob
from .text import ReasoningSplitter, opens_thought

if TYPE_CHECKING:
    from openai import AsyncOpenAI

_log = logging.getLogger(__name__)

_CONNECT_S = 10.0
_TRIES, _PAUSE_S = 3, 0.25  # for failed connections; the pause grows
_NAMES_SHOWN = 20
_ALL_TOKENS = 1 << 20  # penalises all of prompt and answer; llama.cpp's default is the last 64 tokens
_FINISHES: dict[str, FinishReason] = {"stop": "stop", "length": "length", "content_filter": "stop"}


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model as the server lists it.

    Attributes:
        name: its name in requests.
        base: the model that it adapts; empty if it is not an adapter.
        program: the server's software, such as ``vllm`` or ``llamacpp``.
    """

    name: str
    base: str
    program: str


def connect(settings: Settings) -> "OpenAIEngine":
    """The engine at ``R1_ENGINE_URL``: the model that ``R1_MODEL`` names, otherwise the only one that the server has.

    Raises:
        SettingsError: no URL, a wrong key, or several models and none of them is ``R1_MODEL``; the hint names them.
        DeadlineError, EngineError: the server does not answer in time, is absent, or does not speak OpenAI's API.
    """
    if settings.engine_url is None:
        raise SettingsError("No server is named", hint="Set R1_ENGINE_URL")
    host = _host(settings.engine_url)
    client = _client(settings, settings.engine_url)
    served = _models(client, host, settings.engine_timeout)
    bases = {model.name: model for model in served if not model.base}
    chosen = bases.get(settings.model) or (next(iter(bases.values())) if len(bases) == 1 else None)
    if chosen is None:
        names = ", ".join([*bases][:_NAMES_SHOWN]) or "none"
        raise SettingsError(f"{host} has no model {settings.model!r}", hint=f"Set R1_MODEL to one that it has: {names}")
    return OpenAIEngine(client, host, chosen, _adapters(served, chosen), settings.engine_timeout)


class OpenAIEngine(Engine):
    """Forwards requests to a server. Use :func:`connect` to create one.

    The server decides how many requests it runs at once and whether tenants share its prefix cache; vLLM is asked to
    keep tenants apart.

    Args:
        client: of the ``openai`` package, with its retries disabled.
        host: name and port, for error messages.
        model: the model that answers.
        adapters: the server's adapters for this model; listed again when a request names another.
        timeout_s: seconds to wait for the next piece of an answer; keep-alive messages do not count as one.
    """

    def __init__(
        self, client: "AsyncOpenAI", host: str, model: ServedModel, adapters: tuple[str, ...], timeout_s: float
    ) -> None:
        self._client, self._host, self._model, self._timeout_s = client, host, model, timeout_s
        self._adapters = adapters
        self._failures = ThrottledLog(_log, "The language model did not answer: %s")

    @property
    def model_name(self) -> str:
        """The model that answers."""
        return self._model.name

    @property
    def adapters(self) -> tuple[str, ...]:
        """The adapters that a request may name."""
        return self._adapters

    def stream(self, request: Request) -> Generator[Chunk]:
        """See :meth:`core.engine.request.Engine.stream`; returns once the first piece has arrived."""
        answer = self._watched(request)
        next(answer)  # runs to the first piece: earlier errors are raised here; closing now closes the response
        return answer

    @property
    def status(self) -> None:
        """Unknown: the server alone knows how busy it is."""
        return None

    def close(self) -> None:
        """Closes the connections; the engine can no longer be used."""
        run(self._client.close(), self._timeout_s)

    def _watched(self, request: Request) -> Generator[Chunk]:
        """The answer; failures of the server are logged here, as some callers carry on without an answer."""
        try:
            self._check_adapter(request.adapter)
            yield from self._answer(request)
        except (EngineError, DeadlineError, SettingsError, ModelError) as error:
            self._failures.error(error)
            raise

    def _check_adapter(self, name: str) -> None:
        if name and name not in self._adapters:  # some servers answer any unknown name with their base model
            self._adapters = _adapters(_models(self._client, self._host, self._timeout_s), self._model)
            if name not in self._adapters:
                known = ", ".join(self._adapters) or "none"
                raise UnknownModelError(f"{self._host} has no adapter {name!r}", hint=f"It has: {known}")

    def _answer(self, request: Request) -> Generator[Chunk]:
        deadline = time.monotonic() + (request.timeout_s or math.inf)
        open_in_prompt = opens_thought(request.prompt) and request.json_schema is None  # a schema forbids reasoning
        splitter = ReasoningSplitter(open_in_prompt=open_in_prompt)
        finish: FinishReason | None = None
        counts = Chunk()
        with _translated(self._host), closing(self._events(request, deadline)) as events:
            first = next(events, None)
            if first is None:
                raise EngineError(f"{self._host} answered without a single event", hint=CHECK_URL)
            yield counts
            for event in chain([first], events):
                if time.monotonic() > deadline:
                    raise self._late()
                counts = _counted(event, counts)
                for choice in event.choices[:1]:
                    finish = self._finish(choice) or finish
                    given, thought = _texts(choice)
                    text, reasoning = splitter.push(given)
                    piece = replace(
                        counts, text=text, reasoning=thought + reasoning, logprobs=_logprobs(choice, request)
                    )
                    if piece != counts:
                        yield piece
        if finish is None:
            raise EngineError(f"{self._host} broke the answer off")
        text, reasoning = splitter.flush()
        yield replace(counts, text=text, reasoning=reasoning, finish_reason=finish)

    def _finish(self, choice: Any) -> FinishReason | None:
        reason = choice.finish_reason
        if reason and reason not in _FINISHES:  # vLLM: "abort"
            raise EngineError(f"{self._host} gave the answer up")
        return _FINISHES[reason] if reason else None

    def _events(self, request: Request, deadline: float) -> Generator[Any]:
        """The server's events, one by one."""
        response = self._within(self._open(request), deadline)
        try:
            while (event := self._within(_next(response), deadline)) is not None:
                yield event
        finally:
            start(response.close())

    def _within(self, work: Coroutine[Any, Any, T], deadline: float) -> T:
        left = deadline - time.monotonic()
        try:
            return run(work, min(left, self._timeout_s))
        except TimeoutError:
            if left > self._timeout_s:
                raise
            raise self._late() from None

    def _late(self) -> DeadlineError:
        return DeadlineError(f"The answer of {self._host} was not finished in time")

    async def _open(self, request: Request) -> Any:
        """The response, once the server has begun to answer; a connection that fails earlier is retried."""
        from openai import APIConnectionError, APITimeoutError

        completions = self._client.chat.completions if request.messages else self._client.completions
        create, arguments = cast(Any, completions).create, self._arguments(request)
        attempt = 1
        while True:
            try:
                return await create(**arguments)
            except (TypeError, ValueError):  # before sending: a lone surrogate, a value that is not JSON
                raise InvalidRequestError("The request cannot be written as JSON") from None
            except APIConnectionError as error:
                if attempt == _TRIES or isinstance(error, APITimeoutError):
                    raise
            await asyncio.sleep(_PAUSE_S * attempt)
            attempt += 1

    def _arguments(self, request: Request) -> dict[str, Any]:
        """Arguments for ``create`` of the ``openai`` package."""
        params = request.params
        arguments: dict[str, Any] = {
            "model": request.adapter or self._model.name,
            "temperature": params.temperature,
            "top_p": params.top_p,
            "presence_penalty": params.presence_penalty,
            "frequency_penalty": params.frequency_penalty,
            "max_tokens": params.max_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
            "extra_body": self._extra_body(request),
        }
        if params.stop:
            arguments["stop"] = list(params.stop)
        if params.seed is not None:
            arguments["seed"] = params.seed
        if request.messages:
            arguments["messages"] = [{"role": message.role, "content": message.content} for message in request.messages]
        else:
            arguments["prompt"] = request.prompt
        if params.logprobs is not None:
            count = max(params.logprobs, 1)  # llama.cpp takes 0 to mean no logprobs at all
            arguments |= {"logprobs": True, "top_logprobs": count} if request.messages else {"logprobs": count}
        return arguments

    def _extra_body(self, request: Request) -> dict[str, Any]:
        """Parameters that OpenAI's API lacks; always sent, because servers have their own defaults for them."""
        params, is_llama_cpp = request.params, self._model.program == "llamacpp"
        extra: dict[str, Any] = {"top_k": params.top_k}
        if is_llama_cpp:
            extra |= {"repeat_penalty": params.repetition_penalty, "repeat_last_n": _ALL_TOKENS, "min_p": 0.0}
        else:
            extra["repetition_penalty"] = params.repetition_penalty
        if self._model.program == "vllm" and request.tenant:
            extra["cache_salt"] = hashlib.sha256(request.tenant.encode()).hexdigest()
        if request.json_schema is not None:
            schema = dict(request.json_schema)
            if is_llama_cpp and request.prompt:  # it silently drops a response_format here
                extra["json_schema"] = schema
            else:
                named = {"name": "answer", "schema": schema, "strict": True}
                extra["response_format"] = {"type": "json_schema", "json_schema": named}
        return extra


def _client(settings: Settings, url: str) -> "AsyncOpenAI":
    import openai

    # At debug level the package logs requests, messages included.
    logging.getLogger("openai").setLevel(logging.WARNING)
    key = settings.engine_key.get_secret_value() if settings.engine_key else ""
    # The package would read the key of an OpenAI account, and these two, from the environment.
    withheld = ("OpenAI-Organization", "OpenAI-Project")
    return openai.AsyncOpenAI(
        base_url=url,
        api_key=key or "none",
        default_headers=dict.fromkeys(withheld, cast(str, openai.Omit())),
        max_retries=0,  # the package would repeat requests that a busy server has refused
        timeout=openai.Timeout(None, connect=_CONNECT_S),  # each wait here has its own limit
        # A redirect could send the prompt to another machine.
        http_client=openai.DefaultAsyncHttpxClient(follow_redirects=False),
    )


def _host(url: str) -> str:
    """Name and port, without the credentials that a URL may contain."""
    parts = urlsplit(url)
    return (parts.hostname or "") + (f":{parts.port}" if parts.port else "")


def _models(client: "AsyncOpenAI", host: str, timeout_s: float) -> tuple[ServedModel, ...]:
    async def listed() -> Any:
        return await client.models.list()

    with _translated(host):
        return tuple(map(_served, run(listed(), timeout_s).data))


async def _next(events: Any) -> Any:
    return await anext(events, None)


def _served(model: Any) -> ServedModel:
    if not isinstance(model.id, str):
        raise TypeError("a model without a name")
    # vLLM, SGLang and R1 name the base of an adapter; OpenAI's own API does not know adapters.
    return ServedModel(model.id, str(getattr(model, "parent", None) or ""), str(model.owned_by))


def _adapters(served: tuple[ServedModel, ...], base: ServedModel) -> tuple[str, ...]:
    return tuple(model.name for model in served if model.base == base.name)


@contextmanager
def _translated(host: str) -> Iterator[None]:
    """Turns errors of the ``openai`` package, and those from reading malformed answers, into the suite's own."""
    from openai import OpenAIError

    try:
        yield
    except (OpenAIError, TimeoutError, ValueError, TypeError, AttributeError, LookupError, RuntimeError) as error:
        raise error_of(error, host) from None  # the original, and the server's text in it, may quote the prompt


def _counted(event: Any, before: Chunk) -> Chunk:
    usage = event.usage
    if usage is None:
        return before
    cached = getattr(usage.prompt_tokens_details, "cached_tokens", None)
    prompt, completion, cached = (int(n or 0) for n in (usage.prompt_tokens, usage.completion_tokens, cached))
    return Chunk(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached)


def _texts(choice: Any) -> tuple[str, str]:
    """The next characters of the answer, and of the reasoning if the server sends it separately."""
    delta = getattr(choice, "delta", None)
    if delta is None:
        return _characters(getattr(choice, "text", None)), ""
    thought = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)  # newer vLLM: reasoning
    return _characters(delta.content), _characters(thought)


def _logprobs(choice: Any, request: Request) -> tuple[TokenLogprob, ...]:
    asked, returned = request.params.logprobs, choice.logprobs
    if asked is None or returned is None:
        return ()
    if getattr(returned, "content", None) is not None:  # for a chat, and for any completion by llama.cpp
        return tuple(
            replace(_logprob(token), top=tuple(map(_logprob, token["top_logprobs"][:asked])))
            for token in returned.model_dump()["content"]
        )
    tops = returned.top_logprobs or [{}] * len(returned.tokens)
    return tuple(
        TokenLogprob(_utf8(text), logprob, _likeliest(top)[:asked])
        for text, logprob, top in zip(returned.tokens, returned.token_logprobs, tops, strict=True)
    )


def _logprob(token: Mapping[str, Any]) -> TokenLogprob:
    encoded = token["bytes"]
    return TokenLogprob(_utf8(token["token"]) if encoded is None else bytes(encoded), token["logprob"])


def _likeliest(top: Mapping[str, float]) -> tuple[TokenLogprob, ...]:
    return tuple(TokenLogprob(_utf8(text), value) for text, value in sorted(top.items(), key=lambda item: -item[1]))


def _characters(text: str | None) -> str:
    return _utf8(text or "").decode()


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")  # a server may send a lone surrogate
