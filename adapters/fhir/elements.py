"""Parts of a FHIR resource held as plain JSON, read without trusting its shape.

The R4 models accept some values in another JSON type than the specification gives, so these readers take anything and
answer with an empty value where they find something else.
"""

import re
from datetime import date
from typing import Any

Json = dict[str, Any]

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")  # https://hl7.org/fhir/R4/datatypes.html#id


def objects(value: object) -> list[Json]:
    """The objects of a repeating element."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def inner(value: object) -> Json:
    """A single complex element."""
    return value if isinstance(value, dict) else {}


def string(value: object) -> str:
    """A string element without surrounding white space."""
    return value.strip() if isinstance(value, str) else ""


def codings(concept: object) -> list[tuple[str, str, str]]:
    """``(system, code, display)`` of each coding of a CodeableConcept."""
    return [
        (string(coding.get("system")), string(coding.get("code")), string(coding.get("display")))
        for coding in objects(inner(concept).get("coding"))
    ]


def codes(concept: object) -> set[str]:
    """The codes of a CodeableConcept, whatever their system."""
    return {code for _, code, _ in codings(concept) if code}


def wordings(concept: object) -> list[str]:
    """What a CodeableConcept says in words: its text, then the displays of its codings."""
    texts = [string(inner(concept).get("text")), *(display for _, _, display in codings(concept))]
    return list(dict.fromkeys(text for text in texts if text))


def first_day(value: object) -> date | None:
    """The day of a FHIR date, dateTime or instant; ``2019`` and ``2019-05`` give the first day they cover."""
    parts = string(value)[:10].split("-")
    try:
        year, month, day = (int(part) for part in (*parts, "01", "01")[:3])
        return date(year, month, day)
    except ValueError:
        return None


def is_id(value: object) -> bool:
    """Whether a value is a FHIR id."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def source_of(resource: Json) -> str:
    """``ResourceType/id``."""
    return f"{resource['resourceType']}/{resource['id']}"
