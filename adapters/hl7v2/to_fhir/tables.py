"""The mapping tables: one line of ``segments.csv`` says where a field goes, and when.

Columns: ``field`` (``PID-3``); ``target``, the resource; ``path`` in it, where ``[]`` adds an item for each
repetition, ``[0]`` is the first item and ``{name}`` the extension of that name; ``type``, how the value is converted;
``vocabulary``, a table of ``codes.toml``; ``when``, a condition on fields; ``with``, further elements of the added
item, if it does not have them already.
"""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from adapters.fhir.elements import Json

from ..message import Segment
from .codes import SD, concept


@dataclass(frozen=True, slots=True)
class Condition:
    """``PV1-45 empty``, ``PV1-45 valued``, ``OBX-2 is NM NA`` or ``RXA-21 not D``."""

    segment: str
    field: int
    component: int
    test: str
    values: frozenset[str]

    def holds(self, segments: dict[str, Segment]) -> bool:
        """Whether it holds; a missing segment counts as empty."""
        segment = segments.get(self.segment)
        text = "" if segment is None else segment.text(self.field, self.component)
        if self.test in ("empty", "valued"):
            # A field of several components may have content even if its first one is empty.
            valued = segment is not None and bool(segment.first(self.field) if self.component == 1 else text)
            return valued == (self.test == "valued")
        return (text in self.values) == (self.test == "is")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    field: int
    path: str
    type: str
    vocabulary: str
    when: Condition | None
    with_: tuple[tuple[str, Any], ...]


@cache
def rows(segment: str, target: str) -> tuple[Row, ...]:
    """The lines for the fields of a segment that go into a resource."""
    return tuple(row for name, where, row in _all() if (name, where) == (segment, target))


@cache
def _all() -> tuple[tuple[str, str, Row], ...]:
    lines = (files(__package__) / "segments.csv").read_text("utf-8").splitlines()
    return tuple(_read(line) for line in csv.DictReader(lines))


def _read(line: dict[str, str]) -> tuple[str, str, Row]:
    segment, _, number = line["field"].partition("-")
    fixed = tuple(_fixed(item) for item in line["with"].split(";") if item)
    row = Row(int(number), line["path"], line["type"], line["vocabulary"], _condition(line["when"]), fixed)
    return segment, line["target"], row


def _condition(text: str) -> Condition | None:
    if not text:
        return None
    place, test, *values = text.split()
    segment, _, position = place.partition("-")
    field, _, component = position.partition(".")
    return Condition(segment, int(field), int(component or 1), test, frozenset(values))


def _fixed(item: str) -> tuple[str, Any]:
    name, _, value = item.partition("=")
    coded, _, extension = value.partition("#")
    made: Any = concept(coded) if "@" in coded or coded.startswith("|") else coded
    if extension:
        made = {"url": SD + extension, "valueCodeableConcept": made}
    return name.removesuffix("[]"), [made] if name.endswith("[]") else made


def place(resource: Json, path: str, value: Any, with_: tuple[tuple[str, Any], ...] = ()) -> bool:
    """Puts a value at a path.

    Returns:
        False if something else is there already: a field that repeats, for which FHIR holds one value.
    """
    *steps, last = _steps(path)
    element, item = resource, None
    for name, mark in steps:
        element, is_item = _step(element, name, mark)
        item = element if is_item else item
    name, mark = last
    if mark == "[]":
        element.setdefault(name, []).append(value)
        item = item or value
    elif isinstance(value, dict) and isinstance(element.get(name), dict):
        if any(element[name].get(key, inner) != inner for key, inner in value.items()):
            return False
        element[name].update(value)
    elif element.setdefault(name, value) != value:
        return False
    item = item or value
    for key, fixed in with_:
        item.setdefault(key, fixed)
    return True


def remove(resource: Json, row: Row) -> None:
    """Removes what a row puts into a resource: an extension as a whole, and of a list the items that match ``with``."""
    _remove(resource, _steps(row.path), dict(row.with_))


def _remove(element: Json, steps: tuple[tuple[str, str], ...], with_: Json) -> None:
    (name, mark), *rest = steps
    left = element.pop(name, None)
    if mark == "[]":
        left = [item for item in left or [] if not all(_fits(item.get(key), with_[key]) for key in with_)]
    elif mark.startswith("{"):
        left = [item for item in left or [] if item.get("url") != _address(mark)]
    elif rest and left:
        _remove(left[0] if mark else left, tuple(rest), with_)
        left = [item for item in left if item] if mark else left
    else:
        left = None
    if left:
        element[name] = left


def _fits(found: Any, fixed: Any) -> bool:
    return bool(found == fixed or (found == "mobile" and fixed == "home"))  # both come from PID-13


@cache
def _steps(path: str) -> tuple[tuple[str, str], ...]:
    """``name[].given{x}`` as ``(("name", "[]"), ("given", "{x}"))``; the names of extensions may hold dots."""
    steps, rest = [], path
    while rest:
        name = rest[: next((i for i, character in enumerate(rest) if character in ".[{"), len(rest))]
        rest, mark = rest[len(name) :], ""
        while rest and rest[0] in "[{":
            end = rest.index("]" if rest[0] == "[" else "}") + 1
            mark, rest = mark + rest[:end], rest[end:]
        steps.append((name, mark))
        rest = rest.removeprefix(".")
    return tuple(steps)


def _step(element: Json, name: str, mark: str) -> tuple[Json, bool]:
    """The element one step down, created if missing; and whether it is an item of a list."""
    if not mark:
        return element.setdefault(name, {}), False
    items: list[Json] = element.setdefault(name, [])
    if mark == "[0]":
        if not items:
            items.append({})
        return items[0], True
    if mark == "[]":
        items.append({})
        return items[-1], True
    # Within an extension, names are used as they are.
    url = mark[1 : mark.index("}")] if "url" in element else _address(mark)
    found = next((item for item in items if item.get("url") == url), None)
    if found is None or mark.endswith("[]"):
        found = {"url": url}
        items.append(found)
    return found, True


def _address(mark: str) -> str:
    """The URL of the extension that ``{name}`` or ``{name}[]`` stands for."""
    name = mark[1 : mark.index("}")]
    return name if name.startswith("http") else SD + name
