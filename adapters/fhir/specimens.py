"""Conditions of the specimens that results were measured in: a potassium from a haemolysed one is too high."""

from collections.abc import Collection, Mapping

from .elements import Json, codings, named_by, objects, string
from .people import own_name

_CONDITIONS = {  # HL7 table 0493
    "AUT": "Autolyzed",
    "CFU": "Centrifuged",
    "CLOT": "Clotted",
    "CON": "Contaminated",
    "COOL": "Cool",
    "FROZ": "Frozen",
    "HEM": "Hemolyzed",
    "LIVE": "Live",
    "ROOM": "Room temperature",
    "SNR": "Sample not received",
}


def condition_in_words(code: str) -> str:
    """The meaning of a code of HL7 table 0493; any other code stays as it is."""
    return _CONDITIONS.get(code, code)


def conditions(specimen: Json) -> tuple[str, ...]:
    """``Specimen.condition`` in words, https://hl7.org/fhir/R4/specimen-definitions.html#Specimen.condition."""
    found = []
    for concept in objects(specimen.get("condition")):
        coded = [display or condition_in_words(code) for _, code, display in codings(concept)]
        found.append(next(filter(None, (string(concept.get("text")), *coded)), ""))
    return tuple(filter(None, found))


def conditions_of(observation: Json, known: Mapping[str, tuple[str, ...]], bases: Collection[str]) -> tuple[str, ...]:
    """The conditions of the specimen that an Observation references.

    Args:
        known: by ``Specimen/id`` and by ``fullUrl``.
        bases: the servers of the record, see :func:`.people.own_name`.
    """
    reference = named_by(observation.get("specimen"))
    for part in objects(observation.get("contained")):
        if part.get("resourceType") == "Specimen" and reference == f"#{string(part.get('id'))}":
            return conditions(part)
    return known.get(reference) or known.get(own_name(reference, bases), ())
