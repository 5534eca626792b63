"""HL7 v2 data types to FHIR elements.

Each function turns a value into an element, or None if it has nothing that FHIR can hold; the caller keeps what is left
out as unmapped content. Follows the data type maps of the HL7 v2-to-FHIR guide.
"""

import base64
import re
from datetime import tzinfo
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from adapters.fhir.elements import THO, Json, filled
from adapters.fhir.printed import compared, decimal

from ..message import Segment, Value
from .codes import IDENTIFIER_TYPES, SD, concept, system_uri, tables
from .times import date_only, date_time

LOCAL_AUTHORITY = "urn:r1:hl7v2:authority:"
"""Prefix of the local name of an assigning authority that has neither an OID nor a UUID."""


def present(element: Json) -> Json | None:
    """The element without its empty parts; None if nothing is left."""
    return filled(element) or None


def authority(value: Value) -> str:
    """An assigning authority (HD) as URI: its OID or UUID, else a URN with its local name."""
    namespace, universal, kind = value.text(1), value.text(2), value.text(3).upper()
    if universal and kind == "ISO" and re.fullmatch(r"[0-2](\.(0|[1-9]\d*))+", universal):
        return f"urn:oid:{universal}"
    if (
        universal
        and kind in ("UUID", "GUID")
        and re.fullmatch(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", universal)
    ):
        return f"urn:uuid:{universal.lower()}"
    name = namespace or universal
    return f"{LOCAL_AUTHORITY}{quote(name, safe='')}" if name else ""


def sender_system(header: Segment) -> str:
    """The system of identifiers whose authority a message does not name: its sending facility's, or application's."""
    return authority(header.first(4)) or authority(header.first(3)) or f"{LOCAL_AUTHORITY}unknown"


def identifier(number: str, assigner: Value, kind: str = "", start: str = "", end: str = "") -> Json | None:
    """An Identifier from its parts; a kind that HL7 table 0203 lacks becomes text."""
    if not number:
        return None
    return present(
        {
            "type": concept(f"{kind}@v2-0203" if kind in IDENTIFIER_TYPES else f"|{kind}") if kind else None,
            "system": authority(assigner),
            "value": number,
            "period": present({"start": date_only(start), "end": date_only(end)}),
            "assigner": present({"display": assigner.text(1)}),
        }
    )


def cx(value: Value) -> Json | None:
    """CX: an identifier with its check digit."""
    found = identifier(value.text(1), value.part(4), value.text(5), value.text(7), value.text(8))
    digits = [
        {"url": SD + url, "valueString": value.text(number)}
        for number, url in ((2, "identifier-checkDigit"), (3, "namingsystem-checkDigit"))
        if value.text(number)
    ]
    return {"extension": digits, **found} if found and digits else found


def ei(value: Value) -> Json | None:
    """EI: an entity identifier, whose authority is spread over three components."""
    number = value.text(1)
    if not number:
        return None
    parts = value.encoding.component.join(value.part(part).raw for part in (2, 3, 4))
    return identifier(number, Value(parts, value.encoding, value.encoding.component))


def eip(value: Value, part: int, kind: str) -> Json | None:
    """One half of an EIP: 1 is the placer's identifier (PLAC), 2 the filler's (FILL)."""
    half = value.part(part)
    found = identifier(half.text(1), Value(half.raw.partition(half.separator)[2], half.encoding, half.separator))
    return {"type": concept(f"{kind}@v2-0203"), **found} if found else None


def xpn(value: Value) -> Json | None:
    """XPN: a person's name."""
    return _name(value, surname=1, use=7, start=12, end=13, suffixes=(4, 6, 14))


def xcn_name(value: Value) -> Json | None:
    """The name in an XCN."""
    return _name(value, surname=2, use=10, start=19, end=20, suffixes=(5, 21))


def _name(value: Value, *, surname: int, use: int, start: int, end: int, suffixes: tuple[int, ...]) -> Json | None:
    given = [value.text(surname + 1), *value.text(surname + 2).split()]
    parts = [
        {"url": f"{SD}humanname-{name}", "valueString": text}
        for number, name in ((2, "own-prefix"), (3, "own-name"), (4, "partner-prefix"), (5, "partner-name"))
        if (text := value.part(surname).text(number))
    ]
    prefix = value.text(6 if surname == 2 else 5)
    return present(
        {
            "use": tables()["NameType"].get(value.text(use).upper(), ("",))[0],
            "family": value.text(surname),
            "_family": {"extension": parts} if parts and value.text(surname) else None,
            "given": [name for name in given if name],
            "prefix": [prefix] if prefix else None,
            "suffix": [text for number in suffixes if (text := value.text(number))],
            "period": present({"start": date_only(value.text(start)), "end": date_only(value.text(end))}),
        }
    )


def plain_name(value: Value) -> str | None:
    """XPN as one string."""
    return " ".join(text for part in (5, 2, 3, 1, 4) if (text := value.text(part))) or None


def xad(value: Value) -> Json | None:
    """XAD: an address. The street is one or more subcomponents."""
    kind = value.text(7).upper()
    street = value.part(1)
    lines = [street.text(number) for number in (1, 2, 3)] + [value.text(2), value.text(19)]
    period = value.part(12)
    return present(
        {
            "use": tables()["AddressType[Use]"].get(kind, ("",))[0],
            "type": tables()["AddressType[Type]"].get(kind, ("",))[0],
            "line": [line for line in lines if line],
            "city": value.text(3),
            "district": value.text(9),
            "state": value.text(4),
            "postalCode": value.text(5),
            "country": value.text(6),
            "period": present(
                {
                    "start": date_only(value.text(13) or period.text(1)),
                    "end": date_only(value.text(14) or period.text(2)),
                }
            ),
        }
    )


def xtn(value: Value) -> Json | None:
    """XTN: a telephone number or an e-mail address."""
    equipment = value.text(3)
    system, _, kind = tables()["TelecommunicationEquipmentType"].get(equipment, ("", "", ""))
    use = tables()["TelecommunicationUseCode"].get(value.text(2).upper(), ("",))[0]
    if kind.endswith("contact-point-use"):  # a mobile phone is a use in FHIR
        system, use = "phone", system
    country, area, local, extension = (value.text(number) for number in (5, 6, 7, 8))
    is_email = equipment in ("Internet", "X.400") or value.text(2).upper() == "NET" or (not equipment and value.text(4))
    if is_email and value.text(4):
        system, number = "email", value.text(4)
    elif local:
        pieces = (f"+{country}" if country else "", area, local, f"X{extension}" if extension else "")
        number = " ".join(piece for piece in pieces if piece)
    else:
        number = value.text(12) or value.text(1)
    if not number:
        return None
    rank = value.text(18)
    return present(
        {
            "system": system or ("phone" if not equipment else "other"),
            "value": number,
            "use": use,
            "rank": int(rank) if re.fullmatch(r"[1-9]\d{0,5}", rank) else None,
            "period": present({"start": date_only(value.text(13)), "end": date_only(value.text(14))}),
        }
    )


def cwe(value: Value, vocabulary: str = "", site: str = "", unnamed: str = "") -> Json | None:
    """CWE, CE, CNE, CF: a code with its alternates. A vocabulary adds FHIR's code first and keeps the original.

    Args:
        value: the field.
        vocabulary: a table of ``codes.toml``.
        site: the owner of local codes.
        unnamed: the name of the system of a code that names none.
    """
    codings = [
        coding
        for first, version, oid in ((1, 7, 14), (4, 8, 17), (10, 13, 20))
        if (coding := _coding(value, first, version, oid, site, unnamed))
    ]
    if mapped := _mapped(vocabulary, value.text(1)):
        code, display, system = mapped
        first = {"system": system, "code": code, **({"display": display} if display else {})}
        if not any((coding.get("system"), coding.get("code")) == (system, code) for coding in codings):
            codings.insert(0, first)
    text = value.part(9).whole or value.part(2).whole
    for coding in codings:
        # The codes of HL7's own tables have names, and validators refuse others; the sender's stays as the text.
        if coding.get("system", "").startswith(f"{THO}v2-") and "code" in coding and coding.get("display") == text:
            del coding["display"]
    return present({"coding": codings, "text": text})


def _mapped(vocabulary: str, code: str) -> tuple[str, str, str] | None:
    """FHIR's code for a v2 code, which some senders write in lower case."""
    table = tables().get(vocabulary, {})
    return table.get(code) or table.get(code.upper())


def _coding(value: Value, first: int, version: int, oid: int, site: str, unnamed: str = "") -> Json | None:
    code, name = value.text(first), value.part(first + 1).whole
    if not re.fullmatch(r"\S+( \S+)*", code) and (code or not name or first == 1):  # the first name is the text
        return None
    system = system_uri(value.text(first + 2), site) or system_uri(value.text(oid))
    if code and not system:
        system = system_uri(unnamed, site)
    return present({"system": system, "version": value.text(version), "code": code, "display": name})


def coding(value: Value, vocabulary: str, site: str) -> Json | None:
    """CWE as one Coding."""
    if mapped := _mapped(vocabulary, value.text(1)):
        code, display, system = mapped
        return present({"system": system, "code": code, "display": display})
    return _coding(value, 1, 7, 14, site)


def is_concept(value: Value, system: str) -> Json | None:
    """IS or ID: a bare code, of a v2 table if that is known; some senders add a name, as in a CWE."""
    if not system and value.text(2):
        return cwe(value)
    code = value.text(1)
    return {"coding": [present({"system": system_uri(system), "code": code})]} if re.fullmatch(r"\S+", code) else None


def quantity_unit(value: Value) -> Json | None:
    """CWE as the unit of a Quantity; its code only with a system, as FHIR requires."""
    code, text, system = value.text(1), value.text(2), system_uri(value.text(3))
    return present({"unit": text or code, "code": code if system else "", "system": system if code else ""})


def cq(value: Value) -> Json | None:
    """CQ: a quantity with its unit."""
    number = decimal(value.text(1))
    unit = value.part(2)
    return None if number is None else {"value": number, **(present({"unit": unit.text(2) or unit.text(1)}) or {})}


def period(value: Value, zone: tzinfo) -> Json | None:
    """DR."""
    return present({"start": date_time(value.text(1), zone), "end": date_time(value.text(2), zone)})


def numeric_range(value: Value) -> Json | None:
    """NR."""
    low, high = decimal(value.text(1)), decimal(value.text(2))
    return present({"low": _amount(low), "high": _amount(high)})


def structured_numeric(value: Value, wanted: str) -> Any:
    """SN as ``wanted`` (``ratio``, ``range``, ``quantity`` or ``string``), if that is the one that fits; else None."""
    comparator, first, separator, second = (value.text(number) for number in (1, 2, 3, 4))
    number = compared(f"{comparator} {first}".strip())  # senders also put all of it into the first component
    high = decimal(second)
    if number is None or (separator and high is None):
        kind = "string"
    elif separator in (":", "/"):
        kind = "ratio"
    elif separator == "-" and "comparator" not in number:
        kind = "range"
    else:
        kind = "string" if separator else "quantity"
    if kind != wanted:
        return None
    return {
        "ratio": {"numerator": number, "denominator": _amount(high)},
        "range": {"low": number, "high": _amount(high)},
        "quantity": number,
        "string": " ".join(part for part in (comparator, first, separator, second) if part),
    }[kind]


def _amount(number: Decimal | int | None) -> Json | None:
    return None if number is None else {"value": number}


def attachment(value: Value) -> Json | None:
    """ED: data in base64, hexadecimal or as text."""
    kind, subtype, coded = value.text(2).lower(), value.text(3).lower(), value.text(4).lower()
    data = value.part(5).whole
    if not data:
        return None
    try:
        if coded == "base64":
            packed = "".join(data.split())
            base64.b64decode(packed, validate=True)
        else:
            packed = base64.b64encode(bytes.fromhex(data) if coded == "hex" else data.encode()).decode()
    except ValueError:
        return None
    return {"contentType": _media_type(kind, subtype), "data": packed}


_KINDS = {kind: kind for kind in ("audio", "image", "text", "video", "multipart")}  # and of HL7 table 0191
_KINDS |= {"im": "image", "ns": "image", "si": "image", "au": "audio", "tx": "text", "ft": "text"}


def _media_type(kind: str, subtype: str) -> str:
    """``application`` and ``pdf``, or ``ap`` and ``pdf``, as a media type; without a subtype, plain text or binary."""
    kind = _KINDS.get(kind, "application")
    if re.fullmatch(r"[\w.+-]+", subtype):
        return f"{kind}/{subtype}"
    return "text/plain" if kind == "text" else "application/octet-stream"


def pointer(value: Value) -> Json | None:
    """RP: an attachment that is stored elsewhere."""
    url = value.text(1)
    kind = _media_type(value.text(3).lower(), value.text(4).lower()) if value.text(3) else ""
    return present({"contentType": kind, "url": url}) if re.fullmatch(r"\S+", url) else None
