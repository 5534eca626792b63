"""Requests to an engine, its answers, and its interface."""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral, Real
from typing import Any, Literal, Protocol, Self, get_args

from ..validation import require, within

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str

    def __post_init__(self) -> None:
        require(self.role in get_args(Role), "role", "system, user or assistant")
        require(isinstance(self.content, str), "content", "a text")


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How an answer is sampled.

    Attributes:
        temperature: 0 to 2; 0 always takes the likeliest token.
        top_p: above 0 to 1; draws from the smallest set of tokens with at least this probability (Holtzman et al.
            2020, nucleus sampling).
        top_k: draws from this many of the likeliest tokens; 0 or -1 from all.
        repetition_penalty: 0.5 to 2; above 1 makes tokens of the prompt or the answer less likely (Keskar et al. 2019,
            CTRL).
        presence_penalty: -2 to 2, subtracted from the logit of every token that occurs in the answer.
        frequency_penalty: -2 to 2, subtracted once for each time it occurs there.
        max_tokens: longest answer, at least 1.
        stop: up to 8 texts that end the answer and are not part of it. A single string counts as one text.
        seed: the same seed gives the same answer; None draws a new one each time.
        logprobs: return each token's log-probability, with this many of the likeliest tokens, 0 to 20; None for no
            log-probabilities.
    """

    temperature: float = 0.7
    top_p: float = 0.95
    top_k: int = 0
    repetition_penalty: float = 1.1
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    max_tokens: int = 512
    stop: tuple[str, ...] = ()
    seed: int | None = None
    logprobs: int | None = None

    def __post_init__(self) -> None:
        # A single string is one text: otherwise each of its characters would end the answer.
        stop = (self.stop,) if isinstance(self.stop, str) else tuple(self.stop or ())
        object.__setattr__(self, "stop", stop)
        require(within(self.temperature, Real, 0, 2), "temperature", "from 0 to 2")
        require(within(self.top_p, Real, 0, 1) and self.top_p > 0, "top_p", "above 0 and at most 1")
        require(within(self.top_k, Integral, -1), "top_k", "a whole number, at least 0, or -1")
        object.__setattr__(self, "top_k", max(0, self.top_k))
        require(within(self.repetition_penalty, Real, 0.5, 2), "repetition_penalty", "from 0.5 to 2")
        require(within(self.presence_penalty, Real, -2, 2), "presence_penalty", "from -2 to 2")
        require(within(self.frequency_penalty, Real, -2, 2), "frequency_penalty", "from -2 to 2")
        require(within(self.max_tokens, Integral, 1), "max_tokens", "a whole number, at least 1")
        texts = all(isinstance(text, str) and text for text in stop)
        require(len(stop) <= 8 and texts, "stop", "at most 8 texts, none of them empty")
        require(
            self.seed is None or within(self.seed, Integral, 0, 2**63 - 1), "seed", "a whole number from 0 to 2^63 - 1"
        )
        require(
            self.logprobs is None or within(self.logprobs, Integral, 0, 20), "logprobs", "a whole number from 0 to 20"
        )


PRESETS = {
    "creative": SamplingParams(),
    "professional": SamplingParams(temperature=0.3, top_p=0.9, repetition_penalty=1.2),
}
"""Recommended parameters for free and for factual texts."""


@dataclass(frozen=True, slots=True)
class Request:
    """A generation request: either messages for a chat model, or a plain prompt to continue.

    Attributes:
        messages, prompt: a conversation, or a text.
        params: sampling parameters.
        adapter: the domain adapter that answers; empty for the model alone.
        json_schema: constrains the answer to JSON text that this schema accepts; None allows any text.
        tenant: requests of one tenant wait in one queue and share cached prompt prefixes; tenants take turns and share
            nothing.
        timeout_s: seconds from the request after which the answer is abandoned; None for no limit.
    """

    messages: tuple[Message, ...] = ()
    prompt: str = ""
    params: SamplingParams = field(default_factory=SamplingParams)
    adapter: str = ""
    json_schema: Mapping[str, Any] | None = None
    tenant: str = ""
    timeout_s: float | None = None

    def __post_init__(self) -> None:
        require(isinstance(self.prompt, str), "prompt", "one text")
        require(bool(self.messages) != bool(self.prompt), "request", "either messages or a prompt, and not empty")
        require(isinstance(self.tenant, str) and self.tenant.isprintable(), "tenant", "a text of printable characters")
        require(self.timeout_s is None or self.timeout_s > 0, "timeout_s", "above 0")


@dataclass(frozen=True, slots=True)
class TokenLogprob:
    """A token of the answer, and the likeliest tokens in its position.

    Attributes:
        utf8: its bytes; a token may be part of a character.
        logprob: its log-probability by the model itself, before temperature, penalties and schema.
        top: the likeliest tokens, in descending order.
    """

    utf8: bytes
    logprob: float
    top: tuple["TokenLogprob", ...] = ()

    @property
    def text(self) -> str:
        """Its characters; an incomplete character is U+FFFD."""
        return self.utf8.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer as it is written.

    Attributes:
        text: the next characters of the answer.
        reasoning: the next characters of a reasoning model's thoughts before the answer (``<think>`` text).
        finish_reason: on the last chunk only: ``stop`` (the model or a stop text ended it) or ``length``.
        prompt_tokens, completion_tokens: counts so far.
        cached_tokens: how many of the prompt's tokens were found in the cache.
        logprobs: of the tokens since the last chunk, if requested.
    """

    text: str = ""
    reasoning: str = ""
    finish_reason: FinishReason | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_tokens: int = 0
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """How busy an engine is.

    Attributes:
        running: requests being answered.
        waiting: requests in the queue.
        cache_usage: share of the KV cache in use, 0 to 1.
        preempted: how often a request was preempted since the start.
    """

    running: int
    waiting: int
    cache_usage: float
    preempted: int


class Engine(Protocol):
    """Answers requests, in this process or on a server. The end of a ``with`` block closes it."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def model_name(self) -> str:
        """The model that answers."""

    @property
    def adapters(self) -> tuple[str, ...]:
        """The adapters that a request may name."""

    @property
    def status(self) -> EngineStatus | None:
        """How busy it is; None if unknown.

        Raises:
            EngineError: it has ended.
        """

    def close(self) -> None:
        """Shuts down; requests in progress fail."""

    def stream(self, request: Request) -> Generator[Chunk]:
        """Begins the answer and returns a generator of its pieces.

        Errors that are known before the first piece are raised by the call itself. The returned generator has already
        started, so closing it cancels the request even if no piece was taken. Pieces may be empty, so that during a
        long wait the caller can check whether the answer is still wanted.

        Raises:
            InvalidRequestError: a parameter is out of its range, or the schema cannot be used.
            UnknownModelError: there is no such adapter.
            ContextLengthError: prompt and answer do not fit the model's context.
            BusyError: too many requests are waiting.
            DeadlineError: the answer was not finished in time.
            EngineError: the engine failed, or is shutting down.
        """


def complete(engine: Engine, request: Request) -> Chunk:
    """The whole answer as one chunk."""
    return joined(list(engine.stream(request)))


def joined(chunks: Sequence[Chunk]) -> Chunk:
    """The chunks of an answer as one, with the counts of the last."""
    text, reasoning = ("".join(getattr(chunk, part) for chunk in chunks) for part in ("text", "reasoning"))
    logprobs = tuple(token for chunk in chunks for token in chunk.logprobs)
    return replace(chunks[-1], text=text, reasoning=reasoning, logprobs=logprobs)
