"""Which of two versions of a resource is newer: by what their messages say, not by when they arrived."""

from datetime import UTC, datetime
from typing import Any

from adapters.fhir.elements import Json, objects, string

from .to_fhir.bundle import sent
from .to_fhir.results import ANALYSED

# HL7 table 0085: only a correction changes a final result. A withdrawal has no rank: the result may be sent anew.
_RANKS = {
    **dict.fromkeys(("unknown", "registered"), 0),
    "preliminary": 1,
    "final": 2,
    **dict.fromkeys(("amended", "corrected"), 3),
}


def is_outdated(new: Json, old: Json) -> bool:
    """Whether the server's ``old`` is later than the resource of a message, or has a status of higher rank.

    A time in the future does not count: a wrong clock must not block all later versions.

    OBR-22 decides, then, for the same specimen time, OBX-19, then the status of a result. The time of the message
    itself comes last, since a system that resends an old message may give it a new time. If nothing decides, the one
    that arrived later holds.
    """
    compared = [_order(_past(_issued(version)) for version in (new, old))]
    if new["resourceType"] == "Observation":
        if new.get("effectiveDateTime") == old.get("effectiveDateTime"):
            compared.append(_order(_past(_analysed(version)) for version in (new, old)))
        compared.append(_order(_RANKS.get(string(version.get("status"))) for version in (new, old)))
    compared.append(_order(_past(sent(version)) for version in (new, old)))
    return next((later for later in compared if later), 0) < 0


def compare(first: str, second: str) -> int:
    """1 if the first instant is later, -1 if it is earlier; 0 if they are equal, or one is unknown or in the future."""
    return _order(map(_past, (first, second)))


def is_settled(result: Json) -> bool:
    """Whether a result is complete, so that only a correction may follow."""
    return _RANKS.get(string(result.get("status")), 2) > 1


def is_of_same_time(first: Json, second: Json) -> bool | None:
    """Whether two results are of the same time; None if unknown, as when one has only the day."""
    one, other = (string(result.get("effectiveDateTime")) for result in (first, second))
    if one and other and ("T" in one) == ("T" in other):
        return (_moment(one) or one) == (_moment(other) or other)
    day = min(len("2026-01-01"), len(one), len(other))
    return None if one[:day] == other[:day] else False


def _order(values: Any) -> int:
    """1 if the first is greater, -1 if it is smaller, 0 if they are equal or one is unknown."""
    first, second = values
    return 0 if first is None or second is None else (first > second) - (first < second)


def _issued(version: Json) -> object:
    """OBR-22; None if ``issued`` is only the time of the message, given to a result that has no other time."""
    issued = version.get("issued")
    is_of_message = "effectiveDateTime" not in version and _moment(issued) == _moment(sent(version))
    return None if is_of_message and version["resourceType"] == "Observation" else issued


def _analysed(result: Json) -> object:
    extensions = objects(result.get("extension"))
    return next((one.get("valueDateTime") for one in extensions if one.get("url") == ANALYSED), None)


def _past(text: object) -> datetime | None:
    moment = _moment(text)
    return moment if moment and moment <= datetime.now(UTC) else None


def _moment(text: object) -> datetime | None:
    """A time with its zone; None for anything else, such as a day alone."""
    try:
        moment = datetime.fromisoformat(string(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
