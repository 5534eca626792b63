"""Rate limits of customers, across all front ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from starlette.datastructures import Address

from core.addresses import network
from core.rate_limit import RateLimit

# Many customers may share an address.
_MESSAGES, _MESSAGES_OF_ONE = 30, 600  # per conversation, per address
_STARTS, _STARTS_OF_ONE = 1_200, 120  # conversations
_AT_ONCE = 4  # messages per address processed concurrently


class Limits:
    """Limits within any 60 seconds. Each method counts a use and returns 0, or returns the seconds until the next."""

    def __init__(self) -> None:
        self._messages, self._messages_of_one = RateLimit(_MESSAGES), RateLimit(_MESSAGES_OF_ONE)
        self._first, self._firsts = RateLimit(1), RateLimit(_STARTS)
        self._starts, self._starts_of_one = RateLimit(_STARTS), RateLimit(_STARTS_OF_ONE)
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def message(self, conversation: str, client: Address | None) -> float:
        """A message or hand-off from this address in the conversation with this id."""
        return self._messages.wait(conversation) or self._messages_of_one.wait(_who(client))

    def start(self, client: Address | None) -> float:
        """A new conversation from this address.

        Refusals of one client do not count for all, and clients who start many leave room for those who start a first.
        """
        who = _who(client)
        if wait := self._starts_of_one.wait(who):
            return wait
        return (self._starts if self._first.wait(who) else self._firsts).wait("")

    @asynccontextmanager
    async def turn(self, client: Address | None) -> AsyncIterator[None]:
        """Waits until few messages of this address are in progress, so that it does not slow down everybody."""
        turn = self._turns.setdefault(_who(client), asyncio.Semaphore(_AT_ONCE))
        async with turn:
            yield


def _who(client: Address | None) -> str:
    return network(client.host) if client else ""
