"""Which resources are not read as the patient's, and why."""

from core.errors import FhirVersionError

from .elements import Json, inner, named_by, objects, string
from .people import Whose
from .reasons import Reason
from .release import problem_in

# Marks of a resource that lacks elements: https://hl7.org/fhir/R4/valueset-security-labels.html
_INCOMPLETE = {"SUBSETTED", "REDACTED", "MASKED", "ABSTRED", "AGGRED"}
# Types of focus that still concern the patient, unlike a relative, a fetus, a donor or a device.
_OF_THE_PATIENT = {"BodyStructure", "CarePlan", "Condition", "Encounter", "Immunization", "MedicationAdministration"}
_OF_THE_PATIENT |= {"MedicationRequest", "MedicationStatement", "NutritionOrder", "Observation", "Procedure"}
_OF_THE_PATIENT |= {"ServiceRequest"}


def why_left_out(resource: Json, whose: Whose, *, strict: bool) -> tuple[Reason, str] | None:
    """Why a resource is not read as this patient's, and the element responsible, if any; None if it is read.

    Args:
        strict: whether a resource of another FHIR release is an error.

    Raises:
        FhirVersionError: ``strict``, and the resource is of another FHIR release.
    """
    if element := _problem_in(resource, strict):
        return Reason.NOT_VALID_R4, element
    return why_not_theirs(resource, whose)


def why_not_theirs(resource: Json, whose: Whose) -> tuple[Reason, str] | None:
    """Like :func:`why_left_out`, but does not check that the resource is valid R4."""
    if element := modifier(resource, resource["resourceType"]):
        return Reason.MODIFIED_MEANING, element
    meta = inner(resource.get("meta"))
    if _INCOMPLETE & {string(mark.get("code")) for mark in (*objects(meta.get("tag")), *objects(meta.get("security")))}:
        # It may lack the very element that negates it, such as a verificationStatus.
        return Reason.INCOMPLETE, ""
    subject = inner(resource.get("subject") or resource.get("patient"))
    if not (string(subject.get("reference")) or inner(subject.get("identifier"))):
        # R4 lets an Observation, a report or a document lack its subject only until it is matched to a patient.
        return Reason.NO_PATIENT, ""
    if not whose.is_named_by(subject):
        return Reason.ANOTHER_PATIENT, ""
    others = (focus for focus in objects(resource.get("focus")) if not whose.is_named_by(focus))
    if any(_kind_of(focus) not in _OF_THE_PATIENT for focus in others):
        return Reason.OTHER_FOCUS, ""  # https://hl7.org/fhir/R4/observation-definitions.html#Observation.focus
    return None


def _problem_in(resource: Json, strict: bool) -> str:
    try:
        return problem_in(resource)
    except FhirVersionError as error:
        if strict:
            raise
        return error.message.partition(" is ")[0]  # the path, in which all names are FHIR's own


def _kind_of(reference: Json) -> str:
    """The resource type that a Reference names; empty if it names none."""
    return string(reference.get("type")) or "".join(named_by(reference).split("/")[-2:-1])


def modifier(element: Json, path: str) -> str:
    """Path of the first element that forbids reading the resource without understanding it; empty if there is none.

    https://hl7.org/fhir/R4/extensibility.html#modifierExtension, https://hl7.org/fhir/R4/resource.html#implicitRules
    """
    for name in ("modifierExtension", "implicitRules"):
        if element.get(name):
            return f"{path}.{name}"
    for name, value in element.items():
        if name != "contained":  # contained resources are judged separately
            for child in objects(value if isinstance(value, list) else [value]):
                if found := modifier(child, f"{path}.{name}"):
                    return found
    return ""
