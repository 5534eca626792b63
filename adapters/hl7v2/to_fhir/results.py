"""Reads of an OBX what the tables cannot: lines of one text, numbers sent as text, ranges, documents."""

from datetime import UTC, datetime, tzinfo

from adapters.fhir.elements import Json
from adapters.fhir.observations import answer
from adapters.fhir.printed import bounds, compared, decimal

from ..message import Segment, Value
from .datatypes import attachment, pointer, quantity_unit
from .times import date_time
from .units import whole_unit

ANALYSED = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Observation.analysisDateTime"
"""Extension for OBX-19."""

_TEXTS = ("FT", "ST", "TX")
_WITHDRAWN = ("D", "W", "X")


def code_of(value: Value) -> tuple[str, str]:
    """Code and system of a CWE; without a code its text, which a correction may put into other words."""
    return value.part(1).raw or value.text(2), value.text(3)


def is_withdrawn(segment: Segment) -> bool:
    """Whether the status of an OBX withdraws its result: deleted, wrong or never obtained."""
    return segment.text(11) in _WITHDRAWN


def time_of(segment: Segment, obr: Segment | None, zone: tzinfo) -> str:
    """OBX-14, or else OBR-7, in one notation, whatever its seconds and zone; text that is not a time stays as it is."""
    text = segment.text(14) or (obr.text(7) if obr else "")
    found = date_time(text, zone)
    return datetime.fromisoformat(found).astimezone(UTC).isoformat() if found and "T" in found else found or text


def text_of(segment: Segment) -> str | None:
    """The text of an OBX of a text type; None for other types, and for a number."""
    if segment.text(2) not in _TEXTS or quantity(segment):
        return None
    return "\n".join(value.whole for value in segment.repetitions(5))


def is_line(segment: Segment) -> bool:
    """Whether an OBX may be a line of a text. A number or a yes or no of type ST is a result by itself."""
    text = text_of(segment)
    if text is None or segment.text(2) != "ST":
        return text is not None
    return compared(text) is None and answer({"valueString": text}) is None


def is_same_text(first: Segment, segment: Segment) -> bool:
    """Whether a line continues a text: judged by OBX-3, which later lines may leave out.

    For a short text (ST) also by what distinguishes results: sub-id, flag and time.
    """
    if not is_line(segment) or (segment.first(3) and segment.first(3).raw != first.first(3).raw):
        return False
    return segment.text(2) != "ST" or all(
        len({"", first.text(number), segment.text(number)}) <= 2 for number in (4, 8, 14)
    )


def quantity(segment: Segment) -> Json | None:
    """The number of an NM that is off the scale (``>600``), or of a text with a unit or a range: ``7.2``, ``< 5``.

    Without its unit. An empty OBX-2 counts as a text type. None if there is no such number.
    """
    values, kind = segment.repetitions(5), segment.text(2)
    if len(values) != 1 or not (kind == "NM" or (kind in ("", *_TEXTS) and (segment.first(6) or segment.first(7)))):
        return None
    text, unit = values[0].whole, (quantity_unit(segment.first(6)) or {}).get("unit", "")
    return compared(text) or compared(text.removesuffix(unit).strip())  # some write the unit behind the number too


def one_by_one(segment: Segment) -> list[Segment]:
    """Splits an OBX of several values into one without any and one for each value; empty for a single value or a text.

    The guide makes components of them: in one element, the text of one value would stand beside another's code.
    """
    values, units = segment.repetitions(5), [unit.raw for unit in segment.repetitions(6)]
    if len(values) < 2 or segment.text(2) in (*_TEXTS, "NA", "MA"):
        return []
    if len(units) != len(values):  # one for all of them
        units = [segment.raw_field(6)] * len(values)
    alone = {number: segment.raw_field(number) for number in (2, 3, 7, 8)}
    rest = {**dict(enumerate(segment.fields)), **dict.fromkeys((5, 6, 7, 8), "")}
    each = ({**alone, 5: value.raw, 6: unit} for value, unit in zip(values, units, strict=True))
    return [_segment(segment, fields) for fields in (rest, *each)]


def complete(observation: Json, recorded: str | None) -> None:
    """Adds what FHIR requires but the message does not say; removes a time of analysis that repeats the specimen's.

    Args:
        recorded: when the message was recorded; used for a result that has no time of its own.
    """
    observation.setdefault("status", "unknown")
    observation.setdefault("code", {"text": "not named"})
    if recorded and not observation.keys() & {"effectiveDateTime", "issued"}:
        observation["issued"] = recorded
    repeated = {"url": ANALYSED, "valueDateTime": observation.get("effectiveDateTime")}
    if extensions := [one for one in observation.pop("extension", ()) if one != repeated]:
        observation["extension"] = extensions


def normal_ranges(segment: Segment) -> list[Json]:
    """The normal ranges in OBX-7, with their numbers where they have any.

    A ``~`` between two numbers is no repetition: ``3.5~5.3``. Some senders add the numbers as components:
    ``136-145^136^145``.
    """
    unit = segment.first(6)
    whole = Value(segment.raw_field(7), segment.encoding, "")
    if found := limits(whole.whole, unit):
        return [{"text": whole.whole, **found}]
    ranges = []
    for value in segment.repetitions(7):
        numbers = [bound["value"] for bound in limits(value.text(1), unit).values()]
        repeated = numbers and numbers == [decimal(value.text(number)) for number in (2, 3)]
        text = value.text(1) if repeated else value.whole
        ranges.append({"text": text, **limits(text, unit)})
    return ranges


def limits(text: str, unit: Value) -> Json:
    """Lowest and highest normal value of an OBX-7 such as ``3.5-5.1``, ``<5`` or ``>= 60 mL``; empty for other text.

    Args:
        text: a normal range.
        unit: OBX-6.
    """
    named = quantity_unit(unit) or {}
    found = bounds(whole_unit(text), whole_unit(named.get("unit", "")))
    return {side: {"value": value, **named} for side, value in found.items()}


def documents(segment: Segment) -> list[Json]:
    """The attachments of an OBX of type ED or RP, with OBX-3 as their title; none for other types."""
    read = {"ED": attachment, "RP": pointer}.get(segment.text(2))
    title = segment.text(3, 2) or segment.text(3)
    found = [content for value in segment.repetitions(5) if read and (content := read(value))]
    return [{**content, **({"title": title} if title else {})} for content in found]


def held_by_documents(segment: Segment) -> tuple[int, ...]:
    """The fields that the attachments hold completely: a title holds the code in OBX-3 or its name, not both."""
    said = [part for part in segment.raw_field(3).split(segment.encoding.component) if part]
    return (3, 5) if len(said) < 2 else (5,)


def _segment(like: Segment, fields: dict[int, str]) -> Segment:
    raw = like.encoding.field.join([like.name, *(fields.get(number, "") for number in range(1, max(fields) + 1))])
    return Segment(raw, like.encoding)
