"""Fills a resource from the fields of a segment, by the tables, and records which were not mapped."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import tzinfo
from typing import Any

from adapters.fhir.elements import Json
from adapters.fhir.printed import decimal

from ..message import NULL, Segment, Value
from . import datatypes as types
from . import times
from .codes import concept, tables
from .references import References
from .tables import Row, place, rows

# Fields about how a segment is to be read, without content of their own.
_STRUCTURAL = {
    **{name: {1} for name in ("PID", "PV1", "NK1", "AL1", "IAM", "DG1", "IN1", "OBR", "NTE", "SPM", "TQ1", "RGS")},
    **{name: {1, 2} for name in ("EVN", "OBX", "AIS", "AIG", "AIL", "AIP", "RXA")},
    "TXA": {1},
}

# Components that a type maps. Others in the field are kept as unmapped content; other types have one component.
_PLACED = {
    "CX": {1, 2, 3, 4, 5, 7, 8},
    "EI": {1, 2, 3, 4},
    "EIP-placer": {1, 2},
    "EIP-filler": {1, 2},
    "DLN": {1, 2, 3},
    "XPN": {1, 2, 3, 4, 5, 6, 7, 12, 13, 14},
    "XPN-string": {1, 2, 3, 4, 5},
    "XAD": {1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 14, 19},
    "XTN": {1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 18},
    "XCN": {1, 2, 3, 4, 5, 6, 9, 10, 13, 19, 20, 21},
    "XON": {1, 3, 6, 7, 10},
    "NDL": {1},
    "PL": {1, 2, 3, 4, 7, 8},
    "CWE": {*range(1, 15), 17, 20},
    "CWE-organization": {1, 2, 3},
    "CWE-resource": {1, 2},
    "CWE-identifier": {1, 3},
    "Coding": {1, 2, 3, 7, 14},
    "units": {1, 2, 3},
    "CQ": {1, 2},
    "DR": {1, 2},
    "NR": {1, 2},
    "VR": {1, 2},
    **{f"SN-{kind}": {1, 2, 3, 4} for kind in ("string", "ratio", "range", "quantity")},
    "ED": {2, 3, 4, 5},
    "RP": {1, 3, 4},
}
# Components that a type reads as a whole, including texts with stray delimiters; of others it reads the first part, so
# that the ``&IMP`` after a code is kept as unmapped content.
_READ_WHOLE = {
    "CX": {4},
    "EIP-placer": {1},
    "EIP-filler": {2},
    "XPN": {1},
    "XAD": {1, 12},
    "XCN": {2, 9},
    "XON": {1, 6},
    "NDL": {1},
    "PL": {1, 2, 3, 4, 7, 8},
    "DLD": {1},
    "CQ": {2},
    "CWE": {2, 5, 9, 11},
    "CWE-organization": {2},
    "Coding": {2},
    "ED": {5},
}
_WHOLE = ("text", "string")  # all of the field is one text
# What is stated of the patient. A code there without a system is the sender's own: one that nobody owns could not be
# mapped, and another laboratory may use it for something else.
_STATED = ("code", "valueCodeableConcept", "reasonCode[]")
_LOCAL = "L"
_NEVER_DELETED = ("identifier", "name", "status", "class")  # what identifies a resource, and what it must have

Reader = Callable[[Value, Row], Any]


class FieldMapper:
    """Maps fields.

    Args:
        references: makes references to people and places.
        zone: for times that name none.
        site: the owner of local codes.

    Attributes:
        zone: as given.
    """

    def __init__(self, references: References, zone: tzinfo, site: str) -> None:
        self.zone = zone
        self._unmapped: dict[int, tuple[Segment, set[int]]] = {}
        self._origins: dict[int, Segment] = {}  # of the parts of a segment
        self._unmapped_components: dict[tuple[int, int, int], tuple[Segment, str]] = {}
        self._readers: dict[str, Reader] = {
            "string": lambda value, row: value.whole,
            "text": lambda value, row: value.whole,
            "code": lambda value, row: _code(value.text(1), row.vocabulary),
            "boolean": lambda value, row: {"Y": True, "N": False}.get(value.text(1).upper()),
            "date": lambda value, row: times.date_only(value.text(1)),
            "dateTime": lambda value, row: times.date_time(value.text(1), zone),
            "instant": lambda value, row: times.instant(value.text(1), zone),
            "clock": lambda value, row: times.clock(value.text(1)),
            "decimal": lambda value, row: decimal(value.text(1)),
            "positiveInt": lambda value, row: _positive(value.text(1)),
            "days": lambda value, row: _days(value.text(1)),
            "CX": lambda value, row: types.cx(value),
            "EI": lambda value, row: types.ei(value),
            "EIP-placer": lambda value, row: types.eip(value, 1, "PLAC"),
            "EIP-filler": lambda value, row: types.eip(value, 2, "FILL"),
            "DLN": lambda value, row: _licence(value),
            "XPN": lambda value, row: types.xpn(value),
            "XPN-string": lambda value, row: types.plain_name(value),
            "XAD": lambda value, row: types.xad(value),
            "XTN": lambda value, row: types.xtn(value),
            "CWE": lambda value, row: types.cwe(value, row.vocabulary, site, _LOCAL if row.path in _STATED else ""),
            "CWE-string": lambda value, row: value.text(2) or value.text(1),
            "CWE-identifier": lambda value, row: types.present(
                {"system": types.authority(Value(value.text(3), value.encoding, "")), "value": value.text(1)}
            ),
            "Coding": lambda value, row: types.coding(value, row.vocabulary, site),
            "IS": lambda value, row: types.is_concept(value, row.vocabulary),
            "units": lambda value, row: types.quantity_unit(value),
            "CQ": lambda value, row: types.cq(value),
            "DR": lambda value, row: types.period(value, zone),
            "NR": lambda value, row: types.numeric_range(value),
            "VR": lambda value, row: f"{value.text(1)}-{value.text(2)}",
            "SN-string": lambda value, row: types.structured_numeric(value, "string"),
            "SN-ratio": lambda value, row: types.structured_numeric(value, "ratio"),
            "SN-range": lambda value, row: types.structured_numeric(value, "range"),
            "SN-quantity": lambda value, row: types.structured_numeric(value, "quantity"),
            "ED": lambda value, row: types.attachment(value),
            "RP": lambda value, row: types.pointer(value),
            "XCN": lambda value, row: references.practitioner(value),
            "NDL": lambda value, row: references.practitioner_of_ndl(value),
            "XON": lambda value, row: references.organization(value),
            "CWE-organization": lambda value, row: references.organization_of_cwe(value),
            "CWE-resource": lambda value, row: references.thing(value),
            "PL": lambda value, row: references.location(value),
            "DLD": lambda value, row: references.discharge_location(value),
            "finished": lambda value, row: "finished" if times.date_time(value.text(1), zone) else None,
            "reflex-order": lambda value, row: "reflex-order",
            "entered-in-error": lambda value, row: _in_error(row),
            "provisional": lambda value, row: concept("provisional@condition-ver-status"),
            "not-asked": lambda value, row: concept("not-asked@data-absent-reason"),
        }

    def register(self, segment: Segment) -> None:
        """Registers the fields of a segment, each of which has to be mapped."""
        self._unmapped[id(segment)] = (segment, set(segment.valued()) - _STRUCTURAL.get(segment.name, set()))

    def replace(self, segment: Segment, parts: Sequence[Segment]) -> None:
        """Registers the parts of a segment instead of it."""
        del self._unmapped[id(segment)]
        for part in parts:
            self.register(part)
            self._origins[id(part)] = segment

    def mark_mapped(self, segment: Segment, *numbers: int) -> None:
        """Records that fields were mapped in another way than by a table."""
        self._unmapped[id(segment)][1].difference_update(numbers)

    def is_unmapped(self, segment: Segment, number: int) -> bool:
        """Whether a field is not mapped yet."""
        return number in self._unmapped[id(segment)][1]

    def unmapped(self) -> list[tuple[Segment, str, str]]:
        """Unmapped content: segment, ``PID-10`` or for a component ``PID-3.6``, raw text; once if parts share it."""
        fields = [
            (segment, f"{segment.name}-{number}", segment.fields[number])
            for segment, numbers in self._unmapped.values()
            for number in sorted(numbers)
        ]
        parts = [
            (segment, f"{segment.name}-{number}.{component}", raw)
            for (_, number, component), (segment, raw) in self._unmapped_components.items()
            if not self.is_unmapped(segment, number)
        ]
        whole = [(self._origins.get(id(segment), segment), path, raw) for segment, path, raw in fields + parts]
        return list({(id(segment), path, raw): (segment, path, raw) for segment, path, raw in whole}.values())

    def fill(
        self, resource: Json, segment: Segment | None, target: str = "", *, around: tuple[Segment | None, ...] = ()
    ) -> Json:
        """Puts the fields of a segment into a resource.

        Args:
            resource: is changed.
            segment: nothing happens without one.
            target: of the tables; the resource's type when not given.
            around: other segments that conditions refer to.
        """
        if segment is None:
            return resource
        segments = {each.name: each for each in (segment, *around) if each is not None}
        for row in rows(segment.name, target or resource["resourceType"]):
            values = segment.repetitions(row.field)
            if values and (row.when is None or row.when.holds(segments)) and self._put_all(resource, row, values):
                self._unmapped[id(segment)][1].discard(row.field)
                self._note_components(segment, row, values)
        return resource

    def deleted(self, segment: Segment, target: str) -> list[Row]:
        """The rows of fields that hold ``""``, which asks to delete what they put into a resource.

        Content in a list that other fields share stays if it cannot be distinguished from theirs.
        """
        table = list(rows(segment.name, target))
        sharing = Counter(row.path for row in table)
        found = [
            row
            for row in table
            if segment.first(row.field).is_null
            and (row.with_ or sharing[row.path] == 1)
            and not row.path.startswith(_NEVER_DELETED)
            and (row.when is None or row.when.holds({segment.name: segment}))
        ]
        self.mark_mapped(segment, *(row.field for row in found))
        return found

    def _note_components(self, segment: Segment, row: Row, values: list[Value]) -> None:
        """Records the components of a field that its type does not map, or maps only in their first part."""
        if row.type in _WHOLE:
            return
        placed = _PLACED.get(row.type, {1, 2, 3} if row.type in ("code", "IS") else {1})
        whole = _READ_WHOLE.get(row.type, set())
        for value in values:
            mark = value.encoding.subcomponent
            for component, raw in enumerate(value.raw.split(value.separator) if value.separator else [], start=1):
                left = raw if component not in placed else "" if component in whole else _behind(mark, raw)
                if left.strip(f" {mark}") not in ("", NULL):
                    known = self._unmapped_components.get((id(segment), row.field, component), (segment, ""))[1]
                    both = raw if known in ("", raw) else f"{known}{value.encoding.repetition}{raw}"
                    self._unmapped_components[id(segment), row.field, component] = (segment, both)

    def _put_all(self, resource: Json, row: Row, values: list[Value]) -> bool:
        """Maps the repetitions, into a non-repeating element only the first; returns whether all were mapped."""
        if row.type == "units" and not _has(resource, row.path):
            return False  # a unit of nothing
        reader = self._readers[row.type]
        if row.type == "text":
            return place(resource, row.path, "\n".join(value.whole for value in values), row.with_)
        placed = 0
        for value in values:
            element = reader(value, row)
            if element not in (None, "", {}) and (not placed or "[]" in row.path):
                placed += place(resource, row.path, element, row.with_)
        return placed == len(values)


def _has(resource: Json, path: str) -> bool:
    element: Any = resource
    for name in path.split("."):
        element = element.get(name, {})
    return bool(element)


def _behind(mark: str, raw: str) -> str:
    """What follows the first part of a component."""
    return raw.partition(mark)[2] if mark else ""


def _code(text: str, vocabulary: str) -> str:
    """FHIR's code for a v2 code, which some senders write in lower case; empty if the table lacks it."""
    table = tables()[vocabulary]
    return table.get(text, table.get(text.upper(), ("",)))[0]


def _positive(text: str) -> int | None:
    number = int(text) if re.fullmatch("[0-9]{1,10}", text) else 0
    return number if 0 < number < 2**31 else None


def _days(text: str) -> Json | None:
    number = decimal(text)
    return (
        None
        if number is None
        else {"value": number, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}
    )


def _licence(value: Value) -> Json | None:
    issuer = Value(value.text(2), value.encoding, "")
    return types.identifier(value.text(1), issuer, "DL", end=value.text(3))


def _in_error(row: Row) -> Any:
    return concept("entered-in-error@condition-ver-status") if row.path == "verificationStatus" else "entered-in-error"
