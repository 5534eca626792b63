"""The specimens that results were measured in: a potassium from a haemolysed one is too high, one of urine is no
potassium of blood."""

from collections.abc import Collection, Iterable, Mapping

from .elements import Json, codings, inner, named_by, objects, string, wordings
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


def specimen_of(resource: Json, known: Mapping[str, Json], bases: Collection[str]) -> Json:
    """The specimen that an Observation or a DiagnosticReport references, the first of several; empty if unknown.

    Args:
        known: by ``Specimen/id`` and by ``fullUrl``.
        bases: the servers of the record, see :func:`.people.own_name`.
    """
    given = resource.get("specimen")
    reference = named_by(next(iter(objects(given)), None) or given)
    for part in objects(resource.get("contained")):
        if part.get("resourceType") == "Specimen" and reference == f"#{string(part.get('id'))}":
            return part
    return known.get(reference) or known.get(own_name(reference, bases), {})


def sampled(resource: Json, known: Mapping[str, Json], bases: Collection[str]) -> list[str]:
    """The kind of that specimen in words; see :func:`specimen_of`."""
    return [
        string(inner(resource.get("specimen")).get("display")),
        *wordings(specimen_of(resource, known, bases).get("type")),
    ]


def groups(resources: Iterable[Json], known: Mapping[str, Json], bases: Collection[str]) -> dict[str, list[str]]:
    """The names of the reports and groups that results are in, and of their specimens, by the names of the results."""
    found: dict[str, list[str]] = {}
    for resource in resources:
        for member in (*objects(resource.get("result")), *objects(resource.get("hasMember"))):
            words = [*wordings(resource.get("code")), *sampled(resource, known, bases)]
            found.setdefault(own_name(named_by(member), bases), []).extend(words)
    return found
