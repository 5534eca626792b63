"""Graceful shutdown: accepted requests are answered, later requests for the model are refused."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Drain:
    """Whether the server is shutting down, and whether any request is still being answered.

    Belongs to one event loop; :meth:`begin` may also be called from a signal handler.
    """

    def __init__(self) -> None:
        self.begun = False
        self._running = 0

    @property
    def idle(self) -> bool:
        """Whether every accepted request has been answered."""
        return self._running == 0

    def begin(self) -> None:
        """Refuses requests for the model from now on; this cannot be undone."""
        self.begun = True

    @contextmanager
    def accepted(self) -> Iterator[None]:
        """Counts a request while it is being answered."""
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1


class CountRequests:
    """Counts every request until it is answered; an event stream, which never ends, only until it begins."""

    def __init__(self, app: ASGIApp, drain: Drain) -> None:
        self._app, self._drain = app, drain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on unchanged."""
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
