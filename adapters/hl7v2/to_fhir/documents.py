"""What a document holds: the OBX behind a TXA, each a line, a section, a result or a file."""

import base64
import re
from datetime import tzinfo

from adapters.fhir.elements import Json
from adapters.fhir.observations import answer
from adapters.fhir.questions import heading, is_about_family

from ..message import Segment, Value
from .datatypes import date_time, quantity_unit
from .fields import FieldMapper
from .results import documents, held_by_documents, is_withdrawn

NO_DOCUMENT: Json = {"attachment": {"title": "The message holds no document"}}
"""Content of a document of which there is none."""
_TEXTS = ("", "FT", "ST", "TX")  # what is of another type says nothing without its name
_CODED = ("CE", "CF", "CNE", "CWE")
_DATES = ("DT", "DTM", "TS")
_DENIES = re.compile(r"\b(?:without|w/o|no|not|non)\b", re.IGNORECASE)  # as of "CT without contrast", not what was seen
_LETTER = re.compile(r"[^\W\d_]")
_COUNTED = re.compile(r"[\W\d_]+")  # what may differ in names that only count the lines of a text
_OPEN = re.compile(  # at the end of a line: its sentence goes on in the next one; "Chest pain: no" is over
    r"(?i)[,，、（(]$|(?<![\w:?–-])(?<![:?–-] )(?:nor?|not|without|and|or|but|of|for|with|in|on|to|from|by|at|the|an|"
    r"(?-i:a)|any|is|are|was|were|has|have|had|denie[sd]|due|vs)$|(?<![:：?？\s])(?<!^)(?:[无未及和与或]|未见|否认)$"
)
_ANSWER = re.compile(r"(?i)nil|neg|absent|denied|resolved|(?:in-?)?active")  # which are headings, too


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
        elif (text := _text_of(segment, self._fields.zone)) is not None:
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
        last: Segment | None = None  # with a name
        for segment, text in self._lines:
            if last is None or not (segment.first(3).raw == "" or _goes_on(last, parts[-1][1], segment)):
                parts.append((segment, []))
            parts[-1][1].append(text)
            last = segment if last is None or segment.first(3) else last
        are_named = len(parts) > 1 or _needs_name(parts[0][0])
        named = [(_name(first) if are_named and any(lines) else "", first, lines) for first, lines in parts]
        for name, first, _ in named:
            if name and len(first.first(3).raw.split(first.encoding.component)) == 1:
                self._fields.mark_mapped(first, 3)
        # A section may go on behind a name that is no heading, but not behind a blank line.
        between = "\n\n" if any(name for name, _, _ in named) else "\n"
        return between.join(_under(name, first, lines) for name, first, lines in named)


def _text_of(segment: Segment, zone: tzinfo) -> str | None:
    """What an OBX says in words, with its unit; None of a file."""
    kind, values = segment.text(2), segment.repetitions(5)
    if kind in ("ED", "RP"):
        return None
    if kind in _TEXTS:
        return "\n".join(value.whole for value in values)
    if kind in _CODED:
        return "\n".join(value.text(2) or value.text(1) for value in values)
    unit = (quantity_unit(segment.first(6)) or {}).get("unit", "")
    return "\n".join(f"{_words(kind, value, zone)} {unit}".strip() for value in values)


def _words(kind: str, value: Value, zone: tzinfo) -> str:
    """A value with its components side by side, such as ``> 5``."""
    number = len(value.raw.split(value.separator)) if value.separator else 1
    said = " ".join(text for part in range(1, number + 1) if (text := value.part(part).whole))
    return (date_time(said, zone) or said) if kind in _DATES else said


def _held(segment: Segment) -> tuple[int, ...]:
    """The fields that the text holds as a whole: of what is coded it has the name alone."""
    kind = segment.text(2)
    if kind in _CODED and segment.encoding.component in segment.raw_field(5):
        return ()
    return (5,) if kind in (*_TEXTS, *_CODED) or segment.text(6, 3) else (5, 6)


def _goes_on(last: Segment, lines: list[str], segment: Segment) -> bool:
    """Whether a line goes on with the part before it, whose last name is in ``last``."""
    if segment.first(3).raw == last.first(3).raw:
        return True
    if not (last.text(2) in _TEXTS and segment.text(2) in _TEXTS):
        return False
    name, before = _name(segment), _name(last)
    if _COUNTED.sub("", name) == _COUNTED.sub("", before):
        return True
    said = "\n".join(lines[-3:]).rstrip()  # behind a heading may be a blank line
    return not _says_whose(segment) and _is_unfinished(said[said.rfind("\n") + 1 :].strip(), before)


def _is_unfinished(line: str, name: str) -> bool:
    """Whether a line, of a part with this name, says nothing without the next one: a heading or half a sentence."""
    if (
        answer({"valueString": line}) or _ANSWER.fullmatch(line) or line.rstrip(" :：").casefold() == name.casefold()
    ):  # nothing stands under that
        return False
    return line.endswith((":", "：")) or _OPEN.search(line[-40:]) is not None or _is_heading(line)


def _is_heading(line: str) -> bool:
    return not {":", "："} & set(line) and bool(heading({"text": line}))


def _name(segment: Segment) -> str:
    """What OBX-3 calls a part of a document; empty where that only numbers the lines."""
    name = (segment.text(3, 2) or segment.text(3)).rstrip(" :：?？")
    return name if _LETTER.search(name) else ""


def _question(segment: Segment) -> Json:
    return {"coding": [{"code": segment.text(3)}], "text": _name(segment)}


def _says_whose(segment: Segment) -> bool:
    """Whether the name of a part says whose or when something is."""
    question = _question(segment)
    return is_about_family(question) or bool(heading(question))


def _needs_name(segment: Segment) -> bool:
    """Whether even a document of one part says nothing, or something else, without the name of the part."""
    return segment.text(2) not in _TEXTS or _says_whose(segment)


def _under(name: str, segment: Segment, lines: list[str]) -> str:
    """A part of a document with its name."""
    text = "\n".join(lines)
    if not name:
        return text
    if is_about_family(_question(segment)) and not heading({"text": name}):  # holds for its own line alone
        return "\n".join(f"{name}: {line}" if line.strip() else line for line in text.split("\n"))
    return f"{name}:\n{text}" if "\n" in text or _DENIES.search(name) else f"{name}: {text}"
