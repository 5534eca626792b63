"""Many adapters for one model: each has a slot, and every request in a batch chooses its own."""

from collections import Counter

from ..errors import BusyError, SettingsError, UnknownModelError
from ..model.decoder import Decoder
from .adapter import Adapter


class AdapterBank:
    """The loaded adapters. Not safe while the model runs: the engine calls it between two steps.

    Args:
        decoder: the model that they adapt.
        slots: most adapters; each takes memory when it is loaded.
    """

    def __init__(self, decoder: Decoder, slots: int = 16) -> None:
        self._decoder, self._slots = decoder, slots
        self._slot_of: dict[str, int] = {}
        self._holders: Counter[str] = Counter()

    @property
    def names(self) -> tuple[str, ...]:
        """The names that requests may use."""
        return tuple(sorted(self._slot_of))

    def load(self, adapter: Adapter) -> None:
        """Adds an adapter, or a new state of one that is not in use.

        Raises:
            UnsupportedModelError: it does not fit the model.
            BusyError: the adapter of this name is in use.
            SettingsError: all slots are taken.
        """
        if self._holders[adapter.name]:
            raise BusyError(f"The adapter {adapter.name!r} is in use", hint="Try again when its requests have finished")
        taken = set(self._slot_of.values())
        free = self._slot_of.get(adapter.name, next((n for n in range(self._slots) if n not in taken), None))
        if free is None:
            raise SettingsError(f"All {self._slots} slots for adapters are taken", hint="Load fewer")
        self._decoder.adapt(free, adapter.scaled())
        self._slot_of[adapter.name] = free

    def hold(self, name: str) -> int:
        """Marks an adapter as used by a request and returns its slot; -1 for no adapter.

        Raises:
            UnknownModelError: there is no adapter of this name.
        """
        if not name:
            return -1
        if name not in self._slot_of:
            known = ", ".join(self.names) or "none"
            raise UnknownModelError(f"There is no adapter {name!r}", hint=f"Loaded: {known}")
        self._holders[name] += 1
        return self._slot_of[name]

    def release(self, name: str) -> None:
        """Marks an adapter as no longer used by a request."""
        if name:
            self._holders[name] -= 1
