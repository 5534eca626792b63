"""The event streams by which a customer's page hears what is new."""

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import HTTPException
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from core.rate_limit import AtOnce
from core.server.drain import Drain

from .as_json import message_json
from .chat import SupportChat

_POLL_SECONDS = 1.0  # between two queries of the database
_HEARTBEAT = 15  # polls between two comments that keep a stream open
# Open at once: each asks the database twice a second, before which everybody else would wait.
_MOST, _MOST_OF_ONE = 200, 4


class EventStreams:
    """Those of all conversations; ``drain`` ends them when the server does."""

    def __init__(self, chat: SupportChat, drain: Drain) -> None:
        self._chat, self._drain, self._places = chat, drain, AtOnce(_MOST, _MOST_OF_ONE)

    def response(self, id: str, last: int) -> Response:
        """Server-sent events: the messages after the last one, and whether a person has the conversation."""
        return _InItsPlace(self._news(id, last), self._places, id)

    async def _news(self, id: str, last: int) -> AsyncIterator[str]:
        store = self._chat.store
        polls, sent = 0, None
        while not self._drain.begun:
            now = await asyncio.to_thread(store.thread, id)  # first: what the desk says last goes before the end
            for message in await asyncio.to_thread(store.messages, id, last):
                last = message.id
                data = json.dumps(message_json(self._chat, message), ensure_ascii=False)
                yield f"id: {message.id}\nevent: message\ndata: {data}\n\n"
            with_person = bool(now and now.with_person)
            if with_person is not sent:
                sent = with_person
                yield f"event: with_person\ndata: {json.dumps(sent)}\n\n"
            if now is None:  # it was deleted
                return
            if polls % _HEARTBEAT == 0:
                yield ": still here\n\n"
            polls += 1
            await asyncio.sleep(_POLL_SECONDS)


class _InItsPlace(StreamingResponse):
    """A stream that takes a place while it is sent; it is refused where there is none."""

    def __init__(self, events: AsyncIterator[str], places: AtOnce, id: str) -> None:
        super().__init__(events, media_type="text/event-stream")
        self._places, self._id = places, id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._places.taken(self._id) as is_free:
            if not is_free:
                raise HTTPException(429, "too_many_streams", headers={"retry-after": "30"})
            await super().__call__(scope, receive, send)
