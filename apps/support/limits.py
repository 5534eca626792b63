"""How often customers may write, whichever front end they use."""

from starlette.datastructures import Address

from core.addresses import network
from core.rate_limit import RateLimit

_MESSAGES = 30  # of one conversation
_STARTS, _STARTS_OF_ONE = 1_200, 120  # conversations; many customers may share one address


class Limits:
    """Limits within any 60 seconds. Each method takes one and returns 0, or returns the seconds until the next."""

    def __init__(self) -> None:
        self._messages = RateLimit(_MESSAGES)
        self._starts, self._starts_of_one = RateLimit(_STARTS), RateLimit(_STARTS_OF_ONE)

    def message(self, conversation: str) -> float:
        """A message or a hand-off in a conversation, by its id."""
        return self._messages.wait(conversation)

    def start(self, client: Address | None) -> float:
        """A conversation of the client with this address; what one client is refused does not count for all."""
        return self._starts_of_one.wait(network(client.host) if client else "") or self._starts.wait("")
