"""Merged patients: https://hl7.org/fhir/R4/patient-definitions.html#Patient.link.

The surviving patient's record continues under its own id; earlier entries of the other one stay under the other id.
"""

from collections.abc import Mapping

from .elements import Json, named_by, objects


def merged_into(patient: Json) -> tuple[str, ...]:
    """References to the patients that this one replaces, ``Patient/id`` on the same server; empty if there are none."""
    return tuple(named_by(link.get("other")) for link in links_of(patient, "replaces"))


def replaced_by(patient: Json) -> tuple[str, ...]:
    """References to the patients that this one was merged into, ``Patient/id`` on the same server; empty if none."""
    return tuple(named_by(link.get("other")) for link in links_of(patient, "replaced-by"))


def links_of(patient: Json, kind: str) -> list[Json]:
    """A patient's links of one type: https://hl7.org/fhir/R4/valueset-link-type.html."""
    return [link for link in objects(patient.get("link")) if link.get("type") == kind]


def is_out_of_use(patient: Json) -> bool:
    """Whether a Patient was merged into another one, or is not active for another reason."""
    return bool(replaced_by(patient)) or patient.get("active") is False


def with_merged(patient: str, patients: Mapping[str, Json]) -> dict[str, Json]:
    """A patient, followed by all that were merged into it.

    A patient still in use is left out, whatever the links say: two people must not become one.

    Args:
        patient: ``Patient/id``.
        patients: Patient resources by ``Patient/id``.
    """
    found: dict[str, Json] = {}
    waiting = [patient]
    while waiting:
        name = waiting.pop()
        if name in patients and name not in found and (not found or is_out_of_use(patients[name])):
            found[name] = patients[name]
            waiting += merged_into(patients[name])
    return found
