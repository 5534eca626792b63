"""The lines of ``tests/data/diagnosis/note_lines.jsonl``, and where a reading of one differs from its marks."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.common import read_jsonl
from knowledge.medical.common import load_common
from knowledge.medical.entities import EntityKind, EntityRecognizer
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.notes.context.cue_rules import Assertion
from knowledge.medical.ontology import Ontology

PATH = Path(__file__).parent / "data" / "diagnosis" / "note_lines.jsonl"
_SAID = {
    Assertion.PRESENT: "present",
    Assertion.NEGATED: "absent",
    Assertion.POSSIBLE: "unknown",
    Assertion.HYPOTHETICAL: "unknown",
    Assertion.HISTORICAL: "past",
    Assertion.RESOLVED: "past",
    Assertion.FAMILY: "other person",
    Assertion.OTHER_PERSON: "other person",
}
_MEANT = {
    "ongoing": {"present", "past"},  # a chronic disease may stand in a list of what was
    "possible": {"unknown"},
    "hypothetical": {"unknown"},
    "family": {"other person"},
}
"""What is to be said of a mark; of all others the very word."""
_CLOSE = 0.01  # of a value: units are converted
_CONTACT = "Contact with the same illness"
"""A finding of the patient, in whose words stands what another person has."""


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    name: str
    said: str

    def lies_in(self, mark: dict[str, Any]) -> bool:
        return bool(self.start < mark["end"] and mark["start"] < self.end)


def lines() -> list[dict[str, Any]]:
    """Every line: ``text``, its ``findings`` and ``values``, and ``known`` where it is read wrongly."""
    return list(read_jsonl(PATH))


class Reader:
    """Reads a line with both recognisers."""

    def __init__(self, ontology: Ontology) -> None:
        self._findings, self._entities = FindingRecognizer(ontology), EntityRecognizer()
        self._names = dict(zip(ontology.codes, ontology.names, strict=True))
        self._names |= {code: finding.name for code, finding in load_common().findings.items()}

    def faults(self, line: dict[str, Any]) -> list[str]:
        """Each difference in words; none when the line is read as it is marked."""
        text, places = line["text"], list(self._places(line["text"]))
        told = [fault for mark in line["findings"] for fault in _faults_of(mark, places)]
        told += [
            f"not marked: {text[place.start : place.end]} ({place.name})"
            for place in places
            if place.said == "present" and not any(place.lies_in(mark) for mark in line["findings"])
        ]
        return told + list(self._of_values(line))

    def _places(self, text: str) -> Iterator[_Place]:
        for found in self._findings.mentions(text):
            said = "past" if found.is_past and not found.assertion.left_out else _SAID[found.assertion]
            yield _Place(found.start, found.end, self._names.get(found.code, ""), said)
        for entity in self._entities.read(text):
            if entity.kind is EntityKind.DISEASE:
                yield _Place(entity.start, entity.end, entity.name, _SAID[entity.assertion])

    def _of_values(self, line: dict[str, Any]) -> Iterator[str]:
        read = [(str(m.quantity), m.value) for m in self._findings.read(line["text"], source="text").measurements]
        marked = [(value["name"], value["number"]) for value in line["values"]]
        yield from (f"no value: {name} {number:g}" for name, number in marked if not _has(read, name, number))
        yield from (f"not a value: {name} {number:g}" for name, number in read if not _has(marked, name, number))


def _faults_of(mark: dict[str, Any], places: list[_Place]) -> Iterator[str]:
    here = [place for place in places if place.lies_in(mark)]
    meant = _MEANT.get(mark["status"], {mark["status"]})
    if not here:
        yield f"not read: {mark['words']} ({mark['status']})"
    for place in here:
        is_the_other_persons = mark.get("name") == _CONTACT and place.said == "other person"
        if place.said not in meant and not is_the_other_persons:
            yield f"{mark['words']} is {mark['status']}, read as {place.said} ({place.name})"
    if here and mark.get("name") and mark["name"].casefold() not in {place.name.casefold() for place in here}:
        yield f"{mark['words']} is {mark['name']}, read as {' / '.join(place.name for place in here)}"


def _has(values: list[tuple[str, float]], name: str, number: float) -> bool:
    return any(name == other and abs(number - value) <= _CLOSE * abs(number) for other, value in values)
