"""What goes into the engine and what comes out of it."""

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ..errors import InvalidRequestError

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class SamplingParams:
    """How an answer is drawn.

    Attributes:
        temperature: 0 to 2; 0 takes the likeliest token every time.
        top_p: above 0 to 1; draws from the smallest set of tokens with at least this probability (Holtzman et al.
            2020, nucleus sampling).
        repetition_penalty: 0.5 to 2; above 1 makes tokens that stand in the prompt or the answer less likely (Keskar
            et al. 2019, CTRL).
        max_tokens: longest answer, at least 1.
        stop: up to 8 texts that end the answer; none of them appears in it.
        seed: the same seed gives the same answer; None draws a new one each time.
    """

    temperature: float = 0.7
    top_p: float = 0.95
    repetition_penalty: float = 1.1
    max_tokens: int = 512
    stop: tuple[str, ...] = ()
    seed: int | None = None

    def __post_init__(self) -> None:
        _require(0 <= self.temperature <= 2, "temperature", "from 0 to 2")
        _require(0 < self.top_p <= 1, "top_p", "above 0 and at most 1")
        _require(0.5 <= self.repetition_penalty <= 2, "repetition_penalty", "from 0.5 to 2")
        _require(self.max_tokens >= 1, "max_tokens", "at least 1")
        _require(len(self.stop) <= 8 and all(self.stop), "stop", "at most 8 texts, none of them empty")
        _require(self.seed is None or 0 <= self.seed < 2**63, "seed", "from 0 to 2^63 - 1")


def _require(fulfilled: bool, name: str, rule: str) -> None:
    if not fulfilled:
        raise InvalidRequestError(f"{name} must be {rule}")


@dataclass(frozen=True, slots=True)
class Request:
    """Messages for a chat model, or a plain prompt to continue; exactly one of the two."""

    messages: tuple[Message, ...] = ()
    prompt: str = ""
    params: SamplingParams = field(default_factory=SamplingParams)

    def __post_init__(self) -> None:
        _require(bool(self.messages) != bool(self.prompt), "request", "either messages or a prompt, and not empty")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an answer as it is written.

    Attributes:
        text: the next characters of the answer.
        reasoning: the next characters of what a reasoning model thinks before it answers (``<think>`` text).
        finish_reason: on the last chunk only: ``stop`` (the model or a stop text ended it) or ``length``.
        prompt_tokens, completion_tokens: counts so far.
    """

    text: str = ""
    reasoning: str = ""
    finish_reason: FinishReason | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0


class Engine(Protocol):
    """Whatever can answer a request: this process, or a server elsewhere."""

    @property
    def model_name(self) -> str:
        """The model that answers."""

    def stream(self, request: Request) -> Generator[Chunk]:
        """Yields the answer piece by piece; closing the generator cancels the request.

        Raises:
            InvalidRequestError: a parameter is out of its range.
            ContextLengthError: prompt and answer do not fit the model's context.
        """


def complete(engine: Engine, request: Request) -> Chunk:
    """The whole answer as one chunk."""
    chunks = list(engine.stream(request))
    text, reasoning = ("".join(getattr(chunk, part) for chunk in chunks) for part in ("text", "reasoning"))
    last = chunks[-1]
    return Chunk(text, reasoning, last.finish_reason, last.prompt_tokens, last.completion_tokens)
