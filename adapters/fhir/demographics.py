"""The name and record number by which people identify patients."""

from .elements import Json, codes, objects, string


def names_of(patient: Json) -> list[Json]:
    """The HumanNames that are not marked as old, official ones first."""
    names = [name for name in objects(patient.get("name")) if string(name.get("use")) != "old"]
    return sorted(names, key=lambda name: string(name.get("use")) != "official")


def name_of(patient: Json) -> str:
    """The first non-empty name, as one string."""
    for name in names_of(patient):
        given = name.get("given")
        parts = [*(given if isinstance(given, list) else []), name.get("family")]
        if written := string(name.get("text")) or " ".join(string(part) for part in parts if string(part)):
            return written
    return ""


def record_identifier(patient: Json) -> Json:
    """The Identifier of type MR, https://hl7.org/fhir/R4/valueset-identifier-type.html; empty if there is none."""
    identifiers = objects(patient.get("identifier"))
    current = (each for each in identifiers if string(each.get("use")) != "old")
    return next((each for each in current if "MR" in codes(each.get("type"))), {})


def record_number_of(patient: Json) -> str:
    """The medical record number; empty if there is none."""
    return string(record_identifier(patient).get("value"))
