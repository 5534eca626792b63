"""An engine for tests of what the model words."""

from collections.abc import Generator
from dataclasses import dataclass, field

from core.engine.request import Chunk, EngineStatus, FinishReason, Request
from core.errors import DeadlineError, R1Error, SettingsError, UnknownModelError

FAILURES: dict[str, R1Error] = {
    "late": DeadlineError("too late"),
    "no key": SettingsError("refused"),
    "no model": UnknownModelError("gone"),
}
"""What a writer raises that is told to write this."""


@dataclass
class Writer:
    """An engine that writes what it is told to."""

    text: str
    finish: FinishReason = "stop"
    adapters: tuple[str, ...] = ()
    asked: list[Request] = field(default_factory=list)
    model_name: str = "writer"
    status: EngineStatus | None = None

    def close(self) -> None:
        pass

    def stream(self, request: Request) -> Generator[Chunk]:
        self.asked.append(request)
        if self.text in FAILURES:
            raise FAILURES[self.text]
        yield Chunk(self.text[:5])
        yield Chunk(self.text[5:], finish_reason=self.finish)
