"""The event streams by which a customer's page hears what is new."""

import asyncio
import json
from collections.abc import AsyncIterator

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
        self._chat, self._drain = chat, drain
        self._open: list[str] = []  # their conversations

    def takes(self, id: str) -> bool:
        """Whether there is room for one more of a conversation."""
        return self._open.count(id) < _MOST_OF_ONE and len(self._open) < _MOST

    async def stream(self, id: str, last: int) -> AsyncIterator[str]:
        """Server-sent events: the messages after the last one, and whether a person has the conversation."""
        self._open.append(id)
        try:
            async for event in self._news(id, last):
                yield event
        finally:
            self._open.remove(id)

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
