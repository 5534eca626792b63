"""Differences between versions of the FAQ."""

from collections.abc import Iterable
from dataclasses import dataclass

from .sources import Entry, Reading


@dataclass(frozen=True, slots=True)
class Change:
    """An entry before and after, and the names of the fields that differ."""

    before: Entry
    after: Entry
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Added, removed and changed entries, matched by id and language."""

    added: tuple[Entry, ...]
    removed: tuple[Entry, ...]
    changed: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def difference(before: Iterable[Entry], after: Iterable[Entry]) -> Difference:
    """Compares two sets of entries, in the order of ``after``, and of ``before`` for removed ones."""
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


def with_kept_dates(reading: Reading, published: Iterable[Entry]) -> tuple[Entry, ...]:
    """The entries read; undated ones identical to the published ones keep their published dates.

    A file's date changes with every copy of it and every change of any entry.
    """
    old = {(entry.id, entry.language): entry for entry in published}

    def kept(entry: Entry) -> Entry:
        key = entry.id, entry.language
        if key not in reading.undated or key not in old:
            return entry
        before = old[key]
        return before if _differing(before, entry) == ("updated",) else entry

    return tuple(map(kept, reading.entries))


def _differing(before: Entry, after: Entry) -> tuple[str, ...]:
    return tuple(name for name in Entry.model_fields if getattr(before, name) != getattr(after, name))
