"""What a version of the FAQ changes."""

from collections.abc import Iterable
from dataclasses import dataclass

from .sources import Entry


@dataclass(frozen=True, slots=True)
class Change:
    """An entry before and after, and the names of the fields that differ."""

    before: Entry
    after: Entry
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Entries that are new, gone or changed, by id and language."""

    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]
    changed: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def difference(before: Iterable[Entry], after: Iterable[Entry]) -> Difference:
    """Compares two sets of entries, in the order of ``after``, and of ``before`` for what is gone."""
    old = {(entry.id, entry.language): entry for entry in before}
    new = {(entry.id, entry.language): entry for entry in after}
    changed = [
        Change(old[key], entry, _differing(old[key], entry))
        for key, entry in new.items()
        if key in old and old[key] != entry
    ]
    return Difference(
        added=tuple(entry for key, entry in new.items() if key not in old),
        removed=tuple(entry for key, entry in old.items() if key not in new),
        changed=tuple(changed),
    )


def _differing(before: Entry, after: Entry) -> tuple[str, ...]:
    return tuple(name for name in Entry.model_fields if getattr(before, name) != getattr(after, name))
