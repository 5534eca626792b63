"""The content of a document: the OBX after a TXA, each a line, a section, a result or a file."""

import base64
import re
from datetime import tzinfo

from adapters.fhir.elements import Json
from adapters.fhir.observations import answer
from adapters.fhir.questions import heading, is_about_family
from knowledge.medical.notes.context.cues_persons import RELATIVE

from ..message import Segment, Value
from .datatypes import quantity_unit
from .fields import FieldMapper
from .results import documents, held_by_documents, is_withdrawn
from .times import date_time

NO_DOCUMENT: Json = {"attachment": {"title": "The message holds no document"}}
"""Content of a document that has none."""
_TEXTS = ("", "FT", "ST", "TX")  # values of other types mean nothing without their names
_CODED = ("CE", "CF", "CNE", "CWE")
_DATES = ("DT", "DTM", "TS")
_DENIES = re.compile(r"\b(?:without|w/o|no|not|non)\b", re.IGNORECASE)  # "CT without contrast" does not deny a finding
_LETTER = re.compile(r"[^\W\d_]")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_NUMBER = re.compile(r"\d+")
_GENERIC = re.compile(  # names, without their numbers, that say nothing about the text under them
    r"(?i)(?:(?:consult(?:ation)?|discharge|progress|clinical|operative|history and physical) )?"
    "(?:report|text|note|line|exam|part|page|paragraph|document|narrative)s?(?: of)?|"
    "history and physical|discharge summary|第?[行页]|报告|正文|文本|记录"
)
_OPEN = re.compile(  # at the end of a line: its sentence continues on the next one; "Chest pain: no" is complete
    r"(?i)[,，、（(]$|(?<![\w:?–-])(?<![:?–-] )(?:nor?|not|without|and|or|but|of|for|with|in|on|to|from|by|at|the|an|"
    r"(?-i:a)|any|is|are|was|were|has|have|had|denie[sd]|due|vs)$|(?<![:：?？\s])(?<!^)(?:[无未及和与或]|未见|否认)$"
)
_ANSWER = re.compile(  # or a value, which means nothing without its name; some are headings, too
    r"(?i)nil|neg|pos|none|absent|denied|resolved|(?:in-?)?active|unknown|(?:non-?|not )?(?:reactive|immune)|"
    r"(?:ab)?normal|equivocal|indeterminate|[阴阳]性|弱阳性|[未已]?见?异常|正常|[有无是否]|[<>≤≥=~±+-]+|"
    r"[<>≤≥=~±+-]?\s*\d[\d.,/:^+-]*\s*[^\s\d]{0,12}"
)
_KIN = re.compile(RELATIVE, re.IGNORECASE)


class DocumentContent:
    """Gathers the content of a document.

    Args:
        document: the DocumentReference that receives it.
        fields: records what was mapped.
    """

    def __init__(self, document: Json, fields: FieldMapper) -> None:
        self._document = document
        self._fields = fields
        self._lines: list[tuple[Segment, str]] = []
        self._said: set[tuple[int, str]] = set()
        self._is_taken_back = False

    def add(self, segment: Segment) -> None:
        """Adds an OBX. A withdrawn one is kept as unmapped content."""
        if is_withdrawn(segment):
            self._is_taken_back |= segment.text(11) != "X"  # X: there was never a result
        elif (text := _text_of(segment, self._fields.zone)) is not None:
            self._lines.append((segment, text))
            # Each line of a text repeats the same fields: they are kept once.
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
        if any(text for _, text in self._lines):  # empty lines are no document
            data = base64.b64encode(self._text().encode()).decode()
            self._document["content"].append({"attachment": {"contentType": "text/plain; charset=utf-8", "data": data}})
        if not self._document["content"]:
            self._document["content"].append(NO_DOCUMENT)
            if self._is_taken_back:  # otherwise the text on the server would stay in use
                self._document["status"] = "entered-in-error"

    def _text(self) -> str:
        """The lines, under the names in OBX-3 if these distinguish parts of the document."""
        parts: list[tuple[Segment, list[str]]] = []
        last: Segment | None = None  # with a name
        counted = _counted(self._lines)
        for place, (segment, text) in enumerate(self._lines):
            goes_on = segment.first(3).raw == "" or place in counted
            if last is None or not (goes_on or _goes_on(last, parts[-1][1], segment, text, place)):
                parts.append((segment, []))
            parts[-1][1].append(text)
            last = segment if last is None or segment.first(3) else last
        are_named = len(parts) > 1 or _needs_name(parts[0][0])
        named = [(_name(first) if are_named and any(lines) else "", first, lines) for first, lines in parts]
        for name, first, _ in named:
            if name and len(first.first(3).raw.split(first.encoding.component)) == 1:
                self._fields.mark_mapped(first, 3)
        # A section may continue after a name that is not a heading, but not after a blank line.
        between = "\n\n" if any(name for name, _, _ in named) else "\n"
        return between.join(_under(name, first, lines) for name, first, lines in named)


def _text_of(segment: Segment, zone: tzinfo) -> str | None:
    """The text of an OBX, with its unit; None for a file."""
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
    """The fields that the text holds completely: for a coded value it has only the name."""
    kind = segment.text(2)
    if kind in _CODED and segment.encoding.component in segment.raw_field(5):
        return ()
    return (5,) if kind in (*_TEXTS, *_CODED) or segment.text(6, 3) else (5, 6)


def _counted(lines: list[tuple[Segment, str]]) -> set[int]:
    """Positions of lines that continue those before them: the names of three or more lines only number them."""
    found: set[int] = set()
    start = 0
    for place in range(1, len(lines) + 1):
        if place < len(lines) and _counts_on(lines[place - 1][0], lines[place][0], place):
            continue
        run = lines[start:place]
        if (
            len(run) >= 3
            and not any(_is_answer(text) for _, text in run)
            and any(_is_within_text(text, _name(segment)) for segment, text in run[:-1])
        ):
            found.update(range(start + 1, place))
        start = place
    return found


def _counts_on(last: Segment, segment: Segment, place: int) -> bool:
    """Whether a line's name is the last one with the next number, no higher than its position: not "2024", "2025"."""
    if not (last.text(2) in _TEXTS and segment.text(2) in _TEXTS):
        return False
    before, name = _name(last), _name(segment)
    if _letters(before) != _letters(name):
        return False
    numbers = zip(_NUMBER.findall(before), _NUMBER.findall(name), strict=False)
    changed = [(int(old[:9]), int(new[:9])) for old, new in numbers if old != new]
    return len(changed) == 1 and changed[0][1] == changed[0][0] + 1 <= place + 1


def _goes_on(last: Segment, lines: list[str], segment: Segment, text: str, place: int) -> bool:
    """Whether a line at this position continues the part before it, whose last name is in ``last``."""
    if segment.first(3).raw == last.first(3).raw:
        return True
    if not (last.text(2) in _TEXTS and segment.text(2) in _TEXTS):
        return False
    name, before = _name(segment), _name(last)
    is_generic = not name or _GENERIC.fullmatch(_letters(name)) is not None
    counts_on = _counts_on(last, segment, place)
    answers = [_is_answer(line) for line in (lines[-1], text)]  # whose names are kept
    if name.casefold() == before.casefold():
        return not name or not all(answers)
    if is_generic and counts_on and not any(answers):
        return True
    said = "\n".join(lines[-3:]).rstrip()  # a blank line may follow a heading
    line = said[said.rfind("\n") + 1 :].strip()
    if is_generic:
        return _is_unfinished(line, before)
    return counts_on and not _is_answer(text) and _is_within_text(line, before)


def _is_answer(line: str) -> bool:
    """Whether a line is an answer or a value alone."""
    said = line.strip(" .。")
    return answer({"valueString": said}) is not None or _ANSWER.fullmatch(said) is not None


def _is_unfinished(line: str, name: str) -> bool:
    """Whether a line, of a part with this name, is incomplete without the next one: a heading or half a sentence."""
    if _is_answer(line) or line.rstrip(" :：").casefold() == name.casefold():  # it repeats its name
        return False
    return line.endswith((":", "：")) or _OPEN.search(line[-40:]) is not None or _is_heading(line)


def _is_within_text(line: str, name: str) -> bool:
    """Whether a line is unfinished, and is not an answer, as "Mother" may be to "Diabetes type 1"."""
    return _is_unfinished(line, name) and not _KIN.fullmatch(line)


def _is_heading(line: str) -> bool:
    return not {":", "："} & set(line) and bool(heading({"text": line}))


def _name(segment: Segment) -> str:
    """The name of a part of a document in OBX-3; empty if that only numbers the lines."""
    name = (segment.text(3, 2) or segment.text(3)).rstrip(" :：?？")
    return name if _LETTER.search(name) else ""


def _letters(name: str) -> str:
    return _NOT_LETTERS.sub(" ", name).strip()


def _question(segment: Segment) -> Json:
    return {"coding": [{"code": segment.text(3)}], "text": _name(segment)}


def _says_whose(segment: Segment) -> bool:
    """Whether the name of a part says whose or when something is."""
    question = _question(segment)
    return is_about_family(question) or bool(heading(question))


def _needs_name(segment: Segment) -> bool:
    """Whether even a document of one part loses or changes its meaning without the name of the part."""
    return segment.text(2) not in _TEXTS or _says_whose(segment)


def _under(name: str, segment: Segment, lines: list[str]) -> str:
    """A part of a document with its name."""
    text = "\n".join(lines)
    if not name:
        return text
    if is_about_family(_question(segment)) and not heading({"text": name}):  # applies to its own line alone
        return "\n".join(f"{name}: {line}" if line.strip() else line for line in text.split("\n"))
    return f"{name}:\n{text}" if "\n" in text or _DENIES.search(name) else f"{name}: {text}"
