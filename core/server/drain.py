"""Graceful shutdown: requests that were accepted are answered, later ones of the model are refused."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Drain:
    """Whether the server is about to end, and whether anybody still waits for an answer.

    Belongs to one event loop; :meth:`begin` may also be called by a signal handler.
    """

    def __init__(self) -> None:
        self.begun = False
        self._running = 0

    @property
    def idle(self) -> bool:
        """Whether every accepted request is answered."""
        return self._running == 0

    def begin(self) -> None:
        """From now on requests of the model are refused; this cannot be undone."""
        self.begun = True

    @contextmanager
    def accepted(self) -> Iterator[None]:
        """Counts a request for as long as it is being answered."""
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1


class CountRequests:
    """Counts every request until it is answered; an event stream, which has no end, until it begins."""

    def __init__(self, app: ASGIApp, drain: Drain) -> None:
        self._app, self._drain = app, drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with ExitStack() as counted:
            counted.enter_context(self._drain.accepted())

            async def until_a_stream(message: Message) -> None:
                if message["type"] == "http.response.start" and _is_stream(message):
                    counted.close()
                await send(message)

            await self._app(scope, receive, until_a_stream)


def _is_stream(start: Message) -> bool:
    return any(
        name.lower() == b"content-type" and value.startswith(b"text/event-stream") for name, value in start["headers"]
    )
