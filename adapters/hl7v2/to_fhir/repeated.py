"""Repeated segments about an allergy, a relative or a diagnosis: they are merged with the first one."""

from dataclasses import dataclass, field

from adapters.fhir.elements import Json, codes

from ..message import Segment, Value
from .bundle import Entry
from .codes import system_uri

_ADDED = ("address", "identifier", "name", "reaction", "relationship", "telecom")
_RISK = ("criticality", "_criticality")
_STATUS = ("clinicalStatus", "verificationStatus")
_RISKS = {"low": 1, "high": 2}
_TRIPLETS = (1, 4, 10)  # where code, name and system of a CWE begin


def said(value: Value) -> tuple[str, ...]:
    """The identity of a CWE: code and name, and the system if it has no name; or else the original text."""
    for first in _TRIPLETS:
        code, name, system = value.text(first), value.part(first + 1).whole, value.text(first + 2)
        if code or name:
            return (code, name) if name or not system else (code, "", system)
    return "", value.part(9).whole


def take_method(diagnosis: Json, segment: Segment, site: str) -> bool:
    """Gives a code in DG1-3 that names no system the one in DG1-2, where senders of older versions write it.

    Returns whether it was used.
    """
    code, method = segment.text(3), segment.text(2)
    if not (code and method) or segment.text(3, 3):
        return False
    for coding in diagnosis.get("code", {}).get("coding", ()):
        if coding.get("code") == code:
            coding["system"] = system_uri(method, site)
            return True
    return False


def merge(known: Json, further: Json) -> bool:
    """Adds what a second segment says; of several risks the highest counts. Returns whether all of it found a place.

    The status of an allergy is not changed: see :func:`restate`.
    """
    if _RISKS.get(further.get("criticality", ""), 0) > _RISKS.get(known.get("criticality", ""), 0):
        _replace(known, further, _RISK)
    rest = {name: value for name, value in further.items() if name not in (*_RISK, *_STATUS)}
    for name, value in rest.items():
        if name in _ADDED:
            known[name] = [*(before := known.get(name, [])), *(one for one in value if one not in before)]
        else:
            known.setdefault(name, value)
    return all(name in _ADDED or known[name] == value for name, value in rest.items())


def restate(known: Json, further: Json) -> None:
    """Gives an allergy the status in a second segment."""
    _replace(known, further, _STATUS)


def _replace(known: Json, further: Json, names: tuple[str, ...]) -> None:
    values = {name: further[name] for name in names if name in further}
    for name in names:
        known.pop(name, None)
    known |= values


@dataclass(slots=True)
class Diagnosis:
    """A diagnosis, which may come once for each of its roles: admitting, working, final.

    Attributes:
        entry: the Condition.
        visit: the Encounter, if any.
        stands: its ``verificationStatus`` in each role (DG1-6).
        uses: what goes into ``Encounter.diagnosis``, each with its role.
    """

    entry: Entry
    visit: Entry | None
    stands: dict[str, Json | None] = field(default_factory=dict)
    uses: dict[str, tuple[str, Json]] = field(default_factory=dict)

    def add(self, role: str, status: Json | None, use: Json) -> None:
        """Adds a segment; the last one of a role holds, and a deletion without a role deletes all roles."""
        if _is_error(status) and not role:
            self.stands.clear()
        self.stands[role] = status
        self.uses.setdefault(f"{role}{use}", (role, use))

    def end(self) -> None:
        """Sets the status by the roles that were not deleted; a final one outweighs provisional ones."""
        left = {role: status for role, status in self.stands.items() if not _is_error(status)} or self.stands
        self.entry.resource.pop("verificationStatus", None)
        if (status := next(iter(left.values()))) and None not in left.values():
            self.entry.resource["verificationStatus"] = status
        if self.visit:
            uses = [use for role, use in self.uses.values() if role in left]
            known = self.visit.resource.setdefault("diagnosis", [])
            known += [{"condition": self.entry.named_reference, **use} for use in uses]


def _is_error(status: Json | None) -> bool:
    return "entered-in-error" in codes(status)
