"""Converts messages of a few segments, and finds things in what they become."""

from xml.etree import ElementTree

from adapters.fhir.elements import Json
from adapters.hl7v2.message import parse
from adapters.hl7v2.to_fhir import Conversion, convert
from tests.unit.hl7v2.hl7_data import message

SOURCE = "ab" * 32


def converted(raw: bytes, source: str = SOURCE) -> Conversion:
    return convert(parse(raw), source=source)


def resources(conversion: Conversion, kind: str) -> list[Json]:
    all_of_them = [entry["resource"] for entry in conversion.bundle["entry"]]
    return [resource for resource in all_of_them if resource["resourceType"] == kind]


def one(conversion: Conversion, kind: str) -> Json:
    (found,) = resources(conversion, kind)
    return found


def kept(conversion: Conversion) -> list[str]:
    """The items of the text in the only Basic resource."""
    return kept_in(one(conversion, "Basic"))


def kept_in(basic: Json) -> list[str]:
    div = ElementTree.fromstring(basic["text"]["div"])
    return [item.text or "" for item in div.iter("{http://www.w3.org/1999/xhtml}li")]


def adt(*segments: str, event: str = "A08") -> bytes:
    return message(*segments, header=f"MSH|^~\\&|ADT|WEST|R1|R1|20260102||ADT^{event}|C1|P|2.5")


def oru(*segments: str) -> bytes:
    return message("PID|1||77^^^WEST", "OBR|1||F9|718-7^Hb^LN|||20260102", *segments)


def obx(kind: str, value: str, unit: str = "") -> Json:
    return one(converted(oru(f"OBX|1|{kind}|718-7^Hb^LN||{value}|{unit}|12-16|L|||F")), "Observation")
