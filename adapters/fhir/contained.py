"""Contained resources: a report may hold its results in itself.

https://hl7.org/fhir/R4/references.html#contained. Those that the suite reads are lifted out, with the patient and the
time of their container if they have none of their own.
"""

from collections.abc import Collection, Iterator

from .elements import Json, codes, objects, string, time_of

_TIMES = {
    "AllergyIntolerance": "recordedDate",
    "Condition": "recordedDate",
    "DiagnosticReport": "effectiveDateTime",
    "Observation": "effectiveDateTime",
}
_BELONG_TO_IT = {"Medication", "Specimen"}  # read with the resources that reference them
_NOT_SO = {"entered-in-error", "cancelled"}


def lifted(holder: Json, kinds: Collection[str]) -> Iterator[Json]:
    """The contained resources of some types, each as a resource of its own with its contained id.

    None if the container was entered in error or cancelled. One in a FamilyMemberHistory does not get its patient.
    """
    if _NOT_SO & {string(holder.get("status")), *codes(holder.get("verificationStatus"))}:
        return
    inside = objects(holder.get("contained"))
    beside = [part for part in inside if part.get("resourceType") in _BELONG_TO_IT]
    time = time_of(holder)
    for part in inside:
        kind = part.get("resourceType")
        if kind not in kinds:
            continue
        own = {**part, "contained": beside} if beside else dict(part)
        if holder["resourceType"] != "FamilyMemberHistory" and not (part.get("subject") or part.get("patient")):
            whose = "patient" if kind in ("AllergyIntolerance", "Immunization") else "subject"
            own[whose] = holder.get("subject") or holder.get("patient")
        if kind in _TIMES and time is not None and time_of(part) is None:
            own[_TIMES[kind]] = time.isoformat()
        yield own
