"""Why a patient was seen, according to an Encounter or to the Conditions that it references."""

from collections.abc import Iterator, Mapping

from .bundle import PatientRecord
from .elements import Json, codes, inner, named_by, objects, source_of, string, wording
from .people import own_name


def by_reference(record: PatientRecord) -> dict[str, Json]:
    """The resources of a record by the names that References use: ``Type/id``, or ``urn:uuid:id`` in a Bundle."""
    return {
        name: resource for resource in record.resources for name in (source_of(resource), f"urn:uuid:{resource['id']}")
    }


def reasons(encounter: Json, record: PatientRecord, named: Mapping[str, Json]) -> tuple[str, ...]:
    """The reasons for an Encounter in words, or its diagnoses if it gives none.

    A referenced resource that is refuted or entered in error is neither.

    Args:
        named: the result of :func:`by_reference`.
    """
    told = [wording(concept) for concept in objects(encounter.get("reasonCode"))]
    told += _named(encounter, objects(encounter.get("reasonReference")), record, named)
    if not any(told):
        diagnoses = [inner(part.get("condition")) for part in objects(encounter.get("diagnosis"))]
        told += _named(encounter, diagnoses, record, named)
    return tuple(dict.fromkeys(filter(None, told)))


def _named(encounter: Json, references: list[Json], record: PatientRecord, named: Mapping[str, Json]) -> Iterator[str]:
    inside = {f"#{string(part.get('id'))}": part for part in objects(encounter.get("contained"))}
    for reference in references:
        name = named_by(reference)
        resource = inside.get(name) or named.get(own_name(name, record.bases)) or {}
        statuses = {string(resource.get("status")), *codes(resource.get("verificationStatus"))}
        if not statuses & {"refuted", "entered-in-error"}:
            yield string(reference.get("display")) or wording(resource.get("code"))
