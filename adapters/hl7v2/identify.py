"""Matches parts of a message with the server's resources: by identifiers, and among several alike by time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from adapters.fhir.elements import Json, identifier_key, objects, string
from core.errors import Hl7Error

from .overlay import is_known_by, is_one_of_several
from .precedence import is_of_same_time, is_settled
from .to_fhir import Entry
from .to_fhir.bundle import query
from .to_fhir.withdrawals import is_other_order

_CORRECTED = ("corrected", "amended", "cancelled", "entered-in-error")


class ByNumber:
    """Resources of the server by their identifiers."""

    def __init__(self, hits: Iterable[Json]) -> None:
        self._hits: dict[tuple[str, str], list[Json]] = {}
        for hit in hits:
            for number in dict.fromkeys(map(identifier_key, objects(hit.get("identifier")))):
                self._hits.setdefault(number, []).append(hit)

    def of(self, *numbers: Json) -> list[Json]:
        """The resources that have any of the identifiers, once each."""
        return list(
            {hit["id"]: hit for number in numbers for hit in self._hits.get(identifier_key(number), ())}.values()
        )


@dataclass(slots=True)
class Group:
    """Results of a message that only their position or time distinguishes.

    Attributes:
        behind: the identifier that one further result would have.
        there: the server's results in their positions.
        entries: the results.
    """

    behind: Json
    there: list[Json]
    entries: list[Entry] = field(default_factory=list)


def own_or_other(sent: Json, entry: Entry, known: ByNumber) -> Json | None:
    """The server's resource with an entry's own identifier, or else a further one, which its holder keeps."""
    own = known.of(entry.known)
    others = [hit for key in entry.also for hit in known.of(key) if hit not in own]
    if not own and len(others) == 1 and not is_other_order(entry.resource, others[0]):
        return others[0]
    if others:
        left = [number for number in entry.resource["identifier"] if number not in entry.also]
        sent["resource"] = {**entry.resource, "identifier": left}
    return own[0] if len(own) == 1 else None


def one_of_several(sent: Json, entry: Entry, known: ByNumber, group: Group) -> Json | None:
    """The server's version of a result of which there may be several, each identified by its position or time.

    Raises:
        Hl7Error: it may be any of them.
    """
    if len(timed := _at_its_time(known, entry, group.there)) == 1:
        return timed[0]
    hits = known.of(entry.known, group.behind)
    if not hits:
        return None
    several = any(
        is_one_of_several(hit) or is_known_by(hit, group.behind) or _at_their_time(hit, entry, group.entries)
        for hit in hits
    )
    one_more = _is_one_more(entry, hits, group)
    if several and not (one_more and _is_precise(entry, hits)):
        raise any_of_several()
    if several or (one_more and all(map(is_settled, hits))):
        # The first two of several keep the first two positions, which shows later messages that there are several.
        _rename(sent, entry, [] if several else [group.behind])
        return None
    return hits[0] if len(hits) == 1 else None


def any_of_several() -> Hl7Error:
    """The error for a result that may be any of several."""
    return Hl7Error(
        "A result may be any of several of its order and code",
        hint="Compare OBX-4 and OBX-14 with the results on the FHIR server",
    )


def _at_its_time(known: ByNumber, entry: Entry, hits: Sequence[Json]) -> list[Json]:
    """Results identified by the time of an entry, or else those identified by position that are of its time."""
    if entry.timed is None:
        return []
    return known.of(entry.timed) or [hit for hit in hits if is_of_same_time(entry.resource, hit)]


def _at_their_time(hit: Json, entry: Entry, alike: Sequence[Entry]) -> bool:
    """Whether a result is of the time of an entry other than this one."""
    return any(other.timed and other is not entry and is_of_same_time(other.resource, hit) for other in alike)


def _is_one_more(entry: Entry, hits: Sequence[Json], group: Group) -> bool:
    """Whether a result has a time that differs from those of all its hits, which are known.

    Not beside a correction, which may have changed the times, unless all those on the server are repeated with theirs.
    """
    corrected = any(other.resource["status"] in _CORRECTED for other in group.entries)
    moved = corrected and not all(_at_their_time(hit, entry, group.entries) for hit in group.there)
    return entry.timed is not None and not moved and all(is_of_same_time(entry.resource, hit) is False for hit in hits)


def is_moved(new: Json, found: Json) -> bool:
    """Whether a correction has another time than the result that it replaces, which may have been another result."""
    return new["status"] in _CORRECTED and is_settled(found) and is_of_same_time(new, found) is False


def _is_precise(entry: Entry, hits: Sequence[Json]) -> bool:
    """Whether a result has a time of day, if any hit has: with a date alone it may be any hit of that day."""
    return not any("T" in string(hit.get("effectiveDateTime")) for hit in hits) or "T" in string(
        entry.resource.get("effectiveDateTime")
    )


def _rename(sent: Json, entry: Entry, more: Sequence[Json]) -> None:
    """Identifies a result by its time, and by ``more``, instead of by its position, which another one has."""
    assert entry.timed is not None
    others = [item for item in entry.resource["identifier"] if item not in (entry.known, entry.timed)]
    sent["resource"] = {**entry.resource, "identifier": [*others, entry.timed, *more]}
    sent["request"] = {"method": "PUT", "url": f"Observation?{query(entry.timed)}"}
