"""What an engine may tell of itself."""

from typing import Any, Protocol


class EngineStatus(Protocol):
    """An engine that can tell how it is has this as its property ``status``.

    Reading the property raises :class:`core.errors.EngineError` once the engine has died.
    """

    @property
    def running(self) -> int:
        """Requests that are being answered."""

    @property
    def waiting(self) -> int:
        """Requests that wait for their turn."""

    @property
    def cache_usage(self) -> float:
        """Share of the memory for tokens that is taken, 0 to 1."""


def status_of(engine: Any) -> EngineStatus | None:
    """The engine's status, or None where it does not tell.

    Raises:
        EngineError: the engine has died.
    """
    status: EngineStatus | None = getattr(engine, "status", None)
    return status
