"""uvicorn with graceful shutdown."""

import signal
import time
from types import FrameType

import uvicorn

from .drain import Drain


class Server(uvicorn.Server):
    """On SIGTERM, lets the accepted requests finish first, while readiness checks fail.

    Ctrl-C or a second SIGTERM ends it within uvicorn's own ``timeout_graceful_shutdown``: open pages keep their
    connections indefinitely, so they are not waited for.

    Args:
        drain: counts the requests.
        patience: seconds for accepted requests to finish; Kubernetes kills after 30 by default.
    """

    def __init__(self, config: uvicorn.Config, drain: Drain, patience: float = 25.0) -> None:
        super().__init__(config)
        self._drain, self._patience, self._deadline = drain, patience, 0.0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by uvicorn on SIGTERM and SIGINT."""
        if sig == signal.SIGTERM and not self._drain.begun:
            self._deadline = time.monotonic() + self._patience
            self._drain.begin()
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Called by uvicorn ten times a second; True ends the server."""
        if self._drain.begun and (self._drain.idle or time.monotonic() >= self._deadline):
            self.should_exit = True
        return await super().on_tick(counter)
