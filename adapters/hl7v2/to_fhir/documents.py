"""What a document holds: the OBX behind a TXA, each a line, a section, a result or a file."""

import base64
import re

from adapters.fhir.elements import Json
from adapters.fhir.questions import heading, is_about_family

from ..message import Segment
from .datatypes import quantity_unit
from .fields import FieldMapper
from .results import documents, held_by_documents, is_withdrawn

NO_DOCUMENT: Json = {"attachment": {"title": "The message holds no document"}}
"""Content of a document of which there is none."""
_TEXTS = ("", "FT", "ST", "TX")
_CODED = ("CE", "CWE")
_RESULTS = ("NM", *_CODED)  # which say nothing without their name
_DENIES = re.compile(r"\b(?:without|w/o|no|not|non)\b", re.IGNORECASE)  # as of "CT without contrast", not what was seen
_LETTER = re.compile(r"[^\W\d_]")


class DocumentContent:
    """Gathers the content of a document.

    Args:
        document: the DocumentReference that gets it.
        fields: takes note of what was mapped.
    """

    def __init__(self, document: Json, fields: FieldMapper) -> None:
        self._document = document
        self._fields = fields
        self._lines: list[tuple[Segment, str]] = []
        self._said: set[tuple[int, str]] = set()
        self._is_taken_back = False

    def add(self, segment: Segment) -> None:
        """Takes an OBX. One that does not hold is kept with what has no place."""
        if is_withdrawn(segment):
            self._is_taken_back |= segment.text(11) != "X"  # of which there was never any result
        elif (text := _text_of(segment)) is not None:
            self._lines.append((segment, text))
            # Each line of a text repeats what it is: that is kept once.
            repeated = [number for number in segment.valued() if (number, segment.fields[number]) in self._said]
            self._said.update((number, segment.fields[number]) for number in segment.valued())
            self._fields.mark_mapped(segment, *_held(segment), *repeated)
        else:
            found, values = documents(segment), segment.repetitions(5)
            self._document["content"] += [{"attachment": content} for content in found]
            if values and len(found) == len(values):
                self._fields.mark_mapped(segment, *held_by_documents(segment))

    def finish(self) -> None:
        """Puts the text into the document."""
        if any(text for _, text in self._lines):  # lines of nothing are no document
            data = base64.b64encode(self._text().encode()).decode()
            self._document["content"].append({"attachment": {"contentType": "text/plain; charset=utf-8", "data": data}})
        if not self._document["content"]:
            self._document["content"].append(NO_DOCUMENT)
            if self._is_taken_back:  # else the text that the server has would stay in use
                self._document["status"] = "entered-in-error"

    def _text(self) -> str:
        """The lines, under the names in OBX-3 where these tell parts of the document apart."""
        parts: list[tuple[Segment, list[str]]] = []
        for segment, text in self._lines:
            if parts and segment.first(3).raw in ("", parts[-1][0].first(3).raw):
                parts[-1][1].append(text)
            else:
                parts.append((segment, [text]))
        are_named = len({first.first(3).raw for first, _ in parts}) > 1 or _needs_name(parts[0][0])
        named = [(_name(first) if are_named and any(lines) else "", first, lines) for first, lines in parts]
        for name, first, _ in named:
            if name and len(first.first(3).raw.split(first.encoding.component)) == 1:
                self._fields.mark_mapped(first, 3)
        # A section may go on behind a name that is no heading, but not behind a blank line.
        between = "\n\n" if any(name for name, _, _ in named) else "\n"
        return between.join(_under(name, first, lines) for name, first, lines in named)


def _text_of(segment: Segment) -> str | None:
    """What an OBX says in words, with its unit; None of a file."""
    kind, values = segment.text(2), segment.repetitions(5)
    if kind in _TEXTS:
        return "\n".join(value.whole for value in values)
    if kind in _CODED:
        return "\n".join(value.text(2) or value.text(1) for value in values)
    unit = (quantity_unit(segment.first(6)) or {}).get("unit", "")
    return "\n".join(f"{value.whole} {unit}".strip() for value in values) if kind == "NM" else None


def _held(segment: Segment) -> tuple[int, ...]:
    """The fields that the text holds as a whole: of what is coded it has the name alone."""
    if segment.text(2) in _CODED and segment.encoding.component in segment.raw_field(5):
        return ()
    return (5,) if segment.text(2) != "NM" or segment.text(6, 3) else (5, 6)


def _name(segment: Segment) -> str:
    """What OBX-3 calls a part of a document; empty where that only numbers the lines."""
    name = segment.text(3, 2) or segment.text(3)
    return name if _LETTER.search(name) else ""


def _question(segment: Segment) -> Json:
    return {"coding": [{"code": segment.text(3)}], "text": _name(segment)}


def _needs_name(segment: Segment) -> bool:
    """Whether even a document of one part says nothing, or something else, without the name of the part."""
    question = _question(segment)
    return segment.text(2) in _RESULTS or is_about_family(question) or bool(heading(question))


def _under(name: str, segment: Segment, lines: list[str]) -> str:
    """A part of a document with its name."""
    text = "\n".join(lines)
    if not name:
        return text
    if is_about_family(_question(segment)) and not heading({"text": name}):  # holds for its own line alone
        return "\n".join(f"{name}: {line}" if line.strip() else line for line in text.split("\n"))
    return f"{name}:\n{text}" if "\n" in text or _DENIES.search(name) else f"{name}: {text}"
