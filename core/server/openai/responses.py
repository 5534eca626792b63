"""Responses that are computed while the client listens, and cancelled when it disconnects."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from typing import Any

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from ...engine.request import Chunk
from ...errors import R1Error
from ..metrics import AnswerMeter
from .answers import Form
from .gate import CLIENT_GONE
from .problems import Json, of_error

_EVENT_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # otherwise nginx buffers the pieces
)


class WhileConnected(Response):
    """Runs an ASGI application as the response, and cancels it when the client disconnects.

    Starlette's streaming response closes its generator at an unpredictable time, and its other responses do not notice
    a disconnect at all.
    """

    def __init__(self, work: Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]) -> None:
        super().__init__()
        self._work = work

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Returns when the work has ended or was cancelled; an error in it is raised."""
        begun = False

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        work = asyncio.create_task(self._work(scope, receive, noted))
        gone = asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, gone):
                task.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)  # waits for their clean-up
        if not work.cancelled():
            work.result()
        elif not begun:
            await Response(status_code=CLIENT_GONE)(scope, receive, send)  # nobody receives it, but it is counted


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def events(chunks: AsyncGenerator[Chunk], form: Form, meter: AnswerMeter, *, include_usage: bool) -> Response:
    """The answer as server-sent events (https://html.spec.whatwg.org/#server-sent-events), one per piece.

    An error before the first piece is raised; a later one is sent as the last event.
    """

    async def work(scope: Scope, receive: Receive, send: Send) -> None:
        async def event(data: str) -> None:
            await send({"type": "http.response.body", "body": f"data: {data}\n\n".encode("ascii"), "more_body": True})

        started, last = False, Chunk()
        async with aclosing(chunks):
            try:
                async for last in chunks:
                    meter.count(last)
                    if not started:
                        await send({"type": "http.response.start", "status": 200, "headers": [*_EVENT_HEADERS]})
                        started = True
                        for opening in form.opening():
                            await event(json.dumps(opening))
                    await event(json.dumps(form.piece(last)))
                if include_usage:
                    await event(json.dumps(form.usage_event(last)))
                await event("[DONE]")
            except R1Error as error:
                if not started:
                    raise
                await event(json.dumps(of_error(error).body))
        await send({"type": "http.response.body"})

    return WhileConnected(work)


def whole(chunks: AsyncGenerator[Chunk], form: Form, meter: AnswerMeter) -> Response:
    """The answer as one JSON object."""

    async def compute() -> Any:
        pieces = []
        async with aclosing(chunks):
            async for chunk in chunks:
                meter.count(chunk)
                pieces.append(chunk)
        return form.whole(pieces)

    return computed(compute)


def computed(compute: Callable[[], Awaitable[Any]]) -> Response:
    """The result of ``compute`` as JSON."""

    async def work(scope: Scope, receive: Receive, send: Send) -> None:
        await Json(await compute())(scope, receive, send)

    return WhileConnected(work)
