"""HL7 v2 messages: bytes to segments, fields and components.

Follows HL7 v2.9 chapter 2 (2.5 to 2.7 delimiters and escapes). Also reads what real senders write: LF or CRLF as
segment ends, a byte order mark, any five delimiters.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from core.errors import Hl7Error, InputTooLargeError

from .charsets import charset_of, decode, read_header

MAX_BYTES = 32 << 20  # of one message
MAX_SEGMENTS = 20_000
NULL = '""'  # "delete the value that you have"; an empty field says nothing
BOM = b"\xef\xbb\xbf"

_HEADERS = ("MSH", "FHS", "BHS")  # their first field is the field separator itself
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}")
# Names that alone are a segment without fields. Others alone on a line may be words of a text: ``CNS``, ``NAD``.
_WITHOUT_FIELDS = re.compile(
    r"AL1|DG1|DSC|EVN|FT1|GT1|IN[123]|MRG|NK1|NTE|OBR|OBX|ORC|PD1|PID|PR1|PV[12]|RGS|RX[AEOR]|SFT|SPM|TQ[12]|TXA|"
    r"UB[12]|Z[A-Z0-9]{2}"
)
_TEXTS = {"OBX": 5, "NTE": 3}
"""The field of a segment whose text may continue on further lines."""
_ONLY_EVENTS = {"ORU": "R01", "ORM": "O01", "VXU": "V04"}  # of message types that had one and need not name it
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]+")  # no text of HL7, FHIR or XML has them


@dataclass(frozen=True, slots=True)
class Encoding:
    """The delimiters of a message; each is one character, or empty if the message has none.

    Attributes:
        field: between fields, usually ``|``.
        component: usually ``^``.
        repetition: usually ``~``.
        escape: usually a backslash.
        subcomponent: usually ``&``.
        truncation: since version 2.7, usually ``#``.
        charset: Python's name for the message's character set, for ``\\X..\\`` escapes.
    """

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    charset: str = "utf-8"
    truncation: str = ""

    def unescape(self, text: str) -> str:
        """The text with its escapes resolved, line breaks as LF; unknown escapes stay as they are."""
        if not self.escape or self.escape not in text:
            return text
        return _escapes(self.escape).sub(self._unescaped, text).replace("\r\n", "\n").replace("\r", "\n")

    def _unescaped(self, match: re.Match[str]) -> str:
        code = match[1]
        one = {"F": self.field, "S": self.component, "T": self.subcomponent, "R": self.repetition, "E": self.escape}
        if found := {**one, "P": self.truncation}.get(code):
            return found
        if code in ("H", "N"):  # highlighting begins and ends
            return ""
        if re.fullmatch(r"\.(br|sp|sp\d+|sk\d*|fi|nf|ce|in[+-]?\d*|ti[+-]?\d*)", code):
            return "\n" if code[1:3] in ("br", "sp", "ce") else " " if code.startswith(".sk") else ""
        if code[:1] == "X" and len(code) % 2:
            try:
                return _CONTROLS.sub("", bytes.fromhex(code[1:]).decode(self.charset))
            except ValueError:
                pass
        return match[0]

    def escaped(self, text: str) -> str:
        """A text made fit for a field: delimiters escaped, line breaks as ``\\.br\\``, other controls dropped."""
        special = {
            self.escape: "E",
            self.field: "F",
            self.component: "S",
            self.repetition: "R",
            self.subcomponent: "T",
            "\n": ".br",
            "\r": ".br",
        }
        special.pop("", None)
        text = text.replace("\r\n", "\n")
        if not self.escape:
            return "".join(" " if character in special else character for character in text if character >= " ")
        pieces = (f"{self.escape}{special[c]}{self.escape}" if c in special else c for c in text)
        return "".join(piece for piece in pieces if piece >= " ")


@dataclass(frozen=True, slots=True)
class Value:
    """One repetition of a field, or one component of it; ``raw`` is as it was sent."""

    raw: str
    encoding: Encoding
    separator: str  # between its parts

    def __bool__(self) -> bool:
        """Whether it has content: not empty, not null, not only delimiters."""
        kept = self.raw.strip(self.encoding.component + self.encoding.subcomponent + " ")
        return kept not in ("", NULL)

    @property
    def is_null(self) -> bool:
        """Whether the sender asks to delete the value."""
        return self.raw.strip() == NULL

    def part(self, number: int) -> "Value":
        """A component, counted from 1; of a component, a subcomponent."""
        parts = self.raw.split(self.separator) if self.separator else [self.raw]
        raw = parts[number - 1] if number <= len(parts) else ""
        return Value(
            raw, self.encoding, self.encoding.subcomponent if self.separator != self.encoding.subcomponent else ""
        )

    def text(self, number: int = 1) -> str:
        """The text of a component, or of its first subcomponent if it has several; empty for a null."""
        part = self.part(number)
        first = part.raw.split(part.separator, 1)[0] if part.separator else part.raw
        return "" if first.strip() == NULL else self.encoding.unescape(first).strip()

    @property
    def whole(self) -> str:
        """All of it as text: for text fields, in which a stray delimiter is just a character."""
        return "" if self.is_null else self.encoding.unescape(self.raw).strip()


@dataclass(frozen=True)
class Segment:
    """One segment; fields are counted as HL7 does, so that ``MSH-1`` is the field separator."""

    raw: str
    encoding: Encoding

    @property
    def name(self) -> str:
        """``PID``"""
        return self.raw[:3]

    @cached_property
    def fields(self) -> list[str]:
        """The raw fields; the first item is the name."""
        parts = self.raw.split(self.encoding.field)
        return [parts[0], self.encoding.field, *parts[1:]] if parts[0] in _HEADERS else parts

    def raw_field(self, number: int) -> str:
        """A field as it was sent; empty if the segment is shorter."""
        return self.fields[number] if number < len(self.fields) else ""

    def repetitions(self, number: int) -> list[Value]:
        """The repetitions of a field that have content."""
        raw = self.raw_field(number)
        if not raw:
            return []
        separator = self._separator(number)
        parts = raw.split(separator) if separator else [raw]
        return [value for part in parts if (value := Value(part, self.encoding, self.encoding.component))]

    def first(self, number: int) -> Value:
        """The first repetition of a field, which may be empty."""
        raw, separator = self.raw_field(number), self._separator(number)
        first = raw.split(separator, 1)[0] if separator else raw
        return Value(first, self.encoding, self.encoding.component)

    def _separator(self, number: int) -> str:
        """The separator of a field's repetitions; empty for MSH-1 and MSH-2, which hold the delimiters themselves."""
        return "" if number <= 2 and self.name in _HEADERS else self.encoding.repetition

    def text(self, number: int, component: int = 1) -> str:
        """The text of a component of a field's first repetition."""
        return self.first(number).text(component)

    def valued(self) -> Iterator[int]:
        """The numbers of the fields that are not empty, nulls included."""
        for number in range(3 if self.name in _HEADERS else 1, len(self.fields)):
            if self.fields[number].strip(
                f" {self.encoding.component}{self.encoding.repetition}{self.encoding.subcomponent}"
            ):
                yield number


@dataclass(frozen=True)
class Message:
    """A parsed message.

    Attributes:
        segments: in their order, the header first.
        encoding: its delimiters and character set.
    """

    segments: tuple[Segment, ...] = field(repr=False)
    encoding: Encoding = field(repr=False)

    @property
    def header(self) -> Segment:
        """The MSH segment."""
        return self.segments[0]

    @property
    def kind(self) -> str:
        """``ADT^A01``, or ``ACK`` without an event. If an ADT lacks it in MSH-9, as in version 2.1, EVN-1 gives it."""
        code = self.header.first(9)
        name, event = code.text(1).upper(), code.text(2).upper()
        if not event and name == "ADT" and (segment := self.first("EVN")):
            named = segment.text(1).upper()
            event = named if re.fullmatch(r"[A-Z]\d\d", named) else ""
        return "^".join(filter(None, (name, event or _ONLY_EVENTS.get(name, ""))))

    @property
    def control_id(self) -> str:
        """MSH-10."""
        return self.header.first(10).whole

    @property
    def sender(self) -> str:
        """Sending application and facility, MSH-3 and MSH-4, as they were sent."""
        return "|".join(self.header.first(number).raw.strip() for number in (3, 4))

    def first(self, name: str) -> Segment | None:
        """The first segment of that name."""
        return next((segment for segment in self.segments if segment.name == name), None)

    def all(self, name: str) -> list[Segment]:
        """All segments of that name."""
        return [segment for segment in self.segments if segment.name == name]


def parse(data: bytes, *, default_charset: str = "utf-8") -> Message:
    """Reads one message.

    Args:
        data: from MSH on, with or without a byte order mark and blank lines before it.
        default_charset: for messages that name none in MSH-18.

    Raises:
        InputTooLargeError: over ``MAX_BYTES`` or ``MAX_SEGMENTS``.
        Hl7Error: no header, unusable delimiters, an unknown or wrong character set, or no message type.
    """
    if len(data) > MAX_BYTES:
        raise InputTooLargeError(f"The message is over {MAX_BYTES >> 20} MiB", hint="Send its documents one by one")
    data = data.strip(b"\x00 \t\r\n").removeprefix(BOM).lstrip(b" \t\r\n")
    encoding = _encoding(data, default_charset)
    try:
        text, charset = decode(data, encoding.charset)
    except UnicodeError:
        raise Hl7Error(
            f"The message is not {encoding.charset} text",
            hint="Name its character set in MSH-18, or set R1_MESSAGE_CHARSET",
            code=102,
            location="MSH^1^18",
        ) from None
    encoding = replace(encoding, charset=charset)
    segments = tuple(Segment(raw, encoding) for raw in _segments(_CONTROLS.sub("", text), encoding))
    message = Message(segments, encoding)
    if not message.kind or not re.fullmatch(r"[A-Z0-9]{3}(\^[A-Z0-9]{1,4})?", message.kind):
        raise Hl7Error("The header has no message type", hint="MSH-9 is like ADT^A01", code=101, location="MSH^1^9")
    return message


def readable(data: bytes, *, default_charset: str) -> str:
    """A message decoded for people to read, in its own character set if it names a known one."""
    try:
        charset = _encoding(data, default_charset).charset
    except Hl7Error:
        charset = default_charset
    try:
        return decode(data, charset)[0]
    except UnicodeError:
        return data.decode(charset, "replace")


def _encoding(data: bytes, default_charset: str) -> Encoding:
    """Delimiters and character set, read from the header before anything is decoded."""
    line, _ = read_header(re.split(rb"[\r\n]", data, maxsplit=1)[0], default_charset)
    if not line.startswith("MSH") or len(line) < 8:
        raise Hl7Error("The message does not begin with MSH", hint="Send one message per frame", code=100)
    separator, marks = line[3], line[4:].split(line[3], 1)[0]
    delimiters = separator + marks
    usable = all(mark.isascii() and mark.isprintable() and not mark.isalnum() for mark in delimiters)
    if not usable or not 1 <= len(marks) <= 5 or len(set(delimiters)) < len(delimiters):
        raise Hl7Error(
            "The delimiters cannot be used", hint="MSH-1 and MSH-2 are like |^~\\&", code=102, location="MSH^1^2"
        )
    component, repetition, escape, subcomponent, truncation = (*marks, "", "", "", "")[:5]
    charset = charset_of(line, default_charset)
    if not charset:
        raise Hl7Error(
            "The character set in MSH-18 is not known",
            hint="Use UNICODE UTF-8, ASCII, 8859/1 to 8859/9, 8859/15 or GB 18030-2000",
            code=103,
            location="MSH^1^18",
        )
    return Encoding(separator, component, repetition, escape, subcomponent, charset, truncation)


def _segments(text: str, encoding: Encoding) -> list[str]:
    """The segments; a line that is not one continues the one before it, after a line break in a text."""
    segments: list[list[str]] = []
    fields = 0  # of the last one
    for line in text.replace("\r\n", "\r").replace("\n", "\r").split("\r"):  # faster than a regular expression
        is_bare = len(line) == 3 and _SEGMENT.match(line) and not (segments and _is_in_text(segments[-1][0], fields))
        if is_bare or _WITHOUT_FIELDS.fullmatch(line) or (_SEGMENT.match(line) and line[3:4] == encoding.field):
            segments.append([line])
            fields = line.count(encoding.field)
        elif line.strip() and len(segments) == 1:
            raise Hl7Error("The line after MSH is no segment", hint="Each begins with a name like PID", code=100)
        elif line[3:4] == encoding.field and line[:1] not in "Zz" and _WITHOUT_FIELDS.fullmatch(line[:3].upper()):
            raise Hl7Error("A segment's name is not in capitals", hint="Write OBX, not obx", code=100)
        elif line.strip():
            segments[-1].append(line)
            fields += line.count(encoding.field)
        if len(segments) > MAX_SEGMENTS:
            raise InputTooLargeError(f"The message has over {MAX_SEGMENTS} segments", hint="Send it in parts")
    return ["\n".join(lines) for lines in segments]


def _is_in_text(segment: str, fields: int) -> bool:
    """Whether a segment with this number of fields so far may continue with words of a text."""
    return segment[0] == "Z" or fields <= _TEXTS.get(segment[:3], -1)


@lru_cache(maxsize=64)
def _escapes(mark: str) -> re.Pattern[str]:
    """Matches escapes, resolved or not. Any other mark may be a character: ``WEST\\lind: no\\.br\\pain``."""
    found = re.escape(mark)
    return re.compile(
        rf"{found}([EFHNPRST]|\.[a-z]{{2}}[+-]?\d*|X[0-9A-Fa-f]{{0,65535}}|[CMZ][0-9A-Za-z]{{0,32}}){found}"
    )
