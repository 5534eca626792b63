"""The name and record number by which people identify patients."""

import re

from .elements import Json, codes, objects, string

_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff·]+")


def names_of(patient: Json) -> list[Json]:
    """The HumanNames that are not marked as old, official ones first."""
    names = [name for name in objects(patient.get("name")) if string(name.get("use")) != "old"]
    return sorted(names, key=lambda name: string(name.get("use")) != "official")


def name_of(patient: Json) -> str:
    """The first non-empty name, as one string."""
    for name in names_of(patient):
        if written := string(name.get("text")) or _in_order(name):
            return written
    return ""


def _in_order(name: Json) -> str:
    """The parts as they are written: in Chinese, Japanese and Korean letters the family's name comes first."""
    all_given = name.get("given")
    given = [string(part) for part in (all_given if isinstance(all_given, list) else ()) if string(part)]
    family = string(name.get("family"))
    if _EAST_ASIAN.fullmatch(family + "".join(given)):
        return family + "".join(given)
    return " ".join(filter(None, (*given, family)))


def record_identifier(patient: Json) -> Json:
    """The Identifier of type MR, https://hl7.org/fhir/R4/valueset-identifier-type.html; empty if there is none."""
    identifiers = objects(patient.get("identifier"))
    current = (each for each in identifiers if string(each.get("use")) != "old")
    return next((each for each in current if "MR" in codes(each.get("type"))), {})


def record_number_of(patient: Json) -> str:
    """The medical record number; empty if there is none."""
    return string(record_identifier(patient).get("value"))
