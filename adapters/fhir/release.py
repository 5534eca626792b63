"""Distinguishes FHIR R4 from other releases, and valid R4 resources from invalid ones.

FHIR JSON rarely names its release, so three signs are used: a profile or ``fhirVersion`` of another release, a
resource type that only another release has, and a resource that is invalid in R4 but valid in another release.
"""

import re
from functools import lru_cache
from typing import Any

from core.errors import FhirVersionError

from .elements import Json, codings, first_day, inner, string

HINT = "Export the record as FHIR R4 (4.0.1)"

# https://hl7.org/fhir/R4/resourcelist.html against /R4B/, /R5/ and /STU3/.
_R4B_TYPES = [
    "AdministrableProductDefinition", "Citation", "ClinicalUseDefinition", "EvidenceReport", "Ingredient",
    "ManufacturedItemDefinition", "MedicinalProductDefinition", "NutritionProduct", "PackagedProductDefinition",
    "RegulatedAuthorization", "SubscriptionStatus", "SubscriptionTopic", "SubstanceDefinition",
]  # fmt: skip
_R5_TYPES = [
    "ActorDefinition", "ArtifactAssessment", "BiologicallyDerivedProductDispense", "ConditionDefinition",
    "DeviceAssociation", "DeviceDispense", "DeviceUsage", "EncounterHistory", "FormularyItem", "GenomicStudy",
    "ImagingSelection", "InventoryItem", "InventoryReport", "NutritionIntake", "Permission", "RequestOrchestration",
    "Requirements", "TestPlan", "Transport",
]  # fmt: skip
_STU3_TYPES = [
    "BodySite", "DataElement", "DeviceComponent", "EligibilityRequest", "EligibilityResponse", "ExpansionProfile",
    "ImagingManifest", "ProcedureRequest", "ProcessRequest", "ProcessResponse", "ReferralRequest", "Sequence",
    "ServiceDefinition",
]  # fmt: skip
_TYPES_OF_OTHER_RELEASES = {
    **dict.fromkeys(_R4B_TYPES, "R4B and R5"),
    **dict.fromkeys(_R5_TYPES, "R5"),
    **dict.fromkeys(_STU3_TYPES, "STU3"),
}
_VERSIONED_PROFILE = re.compile(
    r"http://hl7\.org/fhir/(?:(\d+)\.\d+/StructureDefinition/|StructureDefinition/\w+\|(\d+)\.)"
)
_RELEASES = {"1": "DSTU2", "3": "STU3", "4": "R4B", "5": "R5", "6": "R6"}

# Required bindings that decide what a resource means; the models do not check them.
# https://hl7.org/fhir/R4/terminologies.html#required
_RESULT_STATUSES = {
    "registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown",
}  # fmt: skip
_REQUIRED_CODES: dict[str, dict[str, set[str]]] = {
    "Condition": {
        "clinicalStatus": {"active", "recurrence", "relapse", "inactive", "remission", "resolved"},
        "verificationStatus": {
            "unconfirmed", "provisional", "differential", "confirmed", "refuted", "entered-in-error",
        },
    },
    "Observation": {"status": _RESULT_STATUSES},
    "DiagnosticReport": {"status": _RESULT_STATUSES | {"partial", "appended"}},
    "DocumentReference": {
        "status": {"current", "superseded", "entered-in-error"},
        "docStatus": {"preliminary", "final", "amended", "entered-in-error"},
    },
    "FamilyMemberHistory": {"status": {"partial", "completed", "entered-in-error", "health-unknown"}},
    "AllergyIntolerance": {
        "clinicalStatus": {"active", "inactive", "resolved"},
        "verificationStatus": {"unconfirmed", "confirmed", "refuted", "entered-in-error"},
    },
    "Encounter": {
        "status": {
            "planned", "arrived", "triaged", "in-progress", "onleave", "finished", "cancelled", "entered-in-error",
            "unknown",
        },
    },
    "MedicationRequest": {
        "status": {
            "active", "on-hold", "cancelled", "completed", "entered-in-error", "stopped", "draft", "unknown",
        },
        "intent": {
            "proposal", "plan", "order", "original-order", "reflex-order", "filler-order", "instance-order", "option",
        },
    },
    "MedicationStatement": {
        "status": {
            "active", "completed", "entered-in-error", "intended", "stopped", "on-hold", "unknown", "not-taken",
        },
    },
    "Procedure": {
        "status": {
            "preparation", "in-progress", "not-done", "on-hold", "stopped", "completed", "entered-in-error", "unknown",
        },
    },
}  # fmt: skip
_STATUS_SYSTEMS = (
    "http://terminology.hl7.org/CodeSystem/condition-",
    "http://terminology.hl7.org/CodeSystem/allergyintolerance-",
)


# fhir.resources has models of R4B, R5 and STU3, none of R4. R4B left all READ_TYPES unchanged and changed only
# evidence, subscriptions and product definitions (https://hl7.org/fhir/R4B/r4b-explanation.html): types that only R4
# has, such as MedicinalProduct and EffectEvidenceSynthesis, are unknown here.
_NEAREST_TO_R4 = "R4B"


def refuse_version(version: str, *, what: str, hint: str = HINT) -> None:
    """Refuses a version string that is not R4, ``4.0.x``.

    Args:
        version: the string.
        what: has it, in the error.
        hint: of the error.

    Raises:
        FhirVersionError: it names another release.
    """
    if not re.fullmatch(r"4\.0(\.\d+)?", version):
        raise FhirVersionError(f"{what} is FHIR {_release_name(version.partition('.')[0])}, not R4", hint=hint)


def refuse_other_release(resource: Json) -> None:
    """Refuses a resource that names another release, or whose type only another release has.

    Raises:
        FhirVersionError: the resource is of another release.
    """
    kind = resource["resourceType"]
    if kind in _TYPES_OF_OTHER_RELEASES:
        raise FhirVersionError(f"{kind} exists in FHIR {_TYPES_OF_OTHER_RELEASES[kind]} only, not in R4", hint=HINT)
    profiles = inner(resource.get("meta")).get("profile")
    for profile in profiles if isinstance(profiles, list) else []:
        match = _VERSIONED_PROFILE.match(string(profile))
        if match and (major := match[1] or match[2]) != "4":
            raise FhirVersionError(f"A resource's meta.profile is FHIR {_release_name(major)}, not R4", hint=HINT)
    if version := string(resource.get("fhirVersion")):
        refuse_version(version, what="A resource's fhirVersion")


def _release_name(major: str) -> str:
    return _RELEASES.get(major, "of an unknown release")


def is_known_type(kind: str) -> bool:
    """Whether FHIR R4B, which lacks only a few types of R4, has this resource type."""
    return _model(kind, _NEAREST_TO_R4) is not None


def problem_in(resource: Json) -> str:
    """The path of the first element that is not valid R4, ``Observation.component[0].code``; empty if all are valid.

    Raises:
        FhirVersionError: the resource is invalid in R4 but valid in R5 or STU3; the message has the element's path.
    """
    kind = resource["resourceType"]
    problems = _problems(resource, _NEAREST_TO_R4)
    if not problems:
        return _wrong_code(resource)
    # A missing element alone is a fault, not a sign of another release (R5 dropped Encounter.class, for one).
    telling = [path for path, missing in problems if not missing]
    if telling:
        for release in ("R5", "STU3"):
            if not _problems(resource, release):
                # Valid there, so every name in the path is one of FHIR's own.
                path = _path(kind, telling[0], show_names=True)
                raise FhirVersionError(f"{path} is FHIR {release}, not R4", hint=HINT)
    return _path(kind, problems[0][0])


_Location = tuple[str | int, ...]


def _problems(resource: Json, release: str) -> list[tuple[_Location, bool]]:
    """Location of each problem, and whether it is only a missing element.

    A time that lacks only its zone is none: it is read as its day.
    """
    from pydantic import ValidationError

    model = _model(resource["resourceType"], release)
    if model is None:
        return [((), False)]
    try:
        # The narrative is not read, and the models reject some valid ones.
        model.model_validate({name: value for name, value in resource.items() if name != "text"})
    except ValidationError as error:
        return [
            (
                (*detail["loc"], _UNKNOWN) if detail["type"] == "extra_forbidden" else detail["loc"],
                detail["type"].endswith("missing"),
            )
            for detail in error.errors(include_url=False, include_context=False)
            if not _is_a_day(detail["input"])
        ]
    except Exception:  # the models raise KeyError and others on a contained resource of unknown type
        return [((), False)]
    return []


def _is_a_day(value: object) -> bool:
    """Whether it is a day, which may stand for an instant, or a time on one without seconds or a zone."""
    return isinstance(value, str) and _DAY.fullmatch(value) is not None and first_day(value) is not None


_DAY = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?")
_UNKNOWN = "\0unknown"  # marks a location whose last name is not FHIR's, so it may hold anything


def _path(kind: str, location: _Location, *, show_names: bool = False) -> str:
    names = [part for part in location if part not in (_UNKNOWN, "root")]
    if _UNKNOWN in location and not show_names:
        names[-1] = "(unknown element)"
    return kind + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in names)


def _wrong_code(resource: Json) -> str:
    kind = resource["resourceType"]
    for element, allowed in _REQUIRED_CODES.get(kind, {}).items():
        value = resource.get(element)
        if value is None:
            continue
        if isinstance(value, dict):
            given = {code for system, code, _ in codings(value) if not system or system.startswith(_STATUS_SYSTEMS)}
        else:
            given = {string(value)}
        if not given & allowed:
            return f"{kind}.{element}"
    return ""


@lru_cache(maxsize=256)
def _model(kind: str, release: str) -> Any:
    """The pydantic model of a resource type; None if the release has none. The import takes half a second."""
    if release == _NEAREST_TO_R4:
        from fhir.resources.R4B import get_fhir_model_class
    elif release == "R5":
        from fhir.resources import get_fhir_model_class
    else:
        from fhir.resources.STU3 import get_fhir_model_class
    try:
        return get_fhir_model_class(kind)
    except (LookupError, ImportError, ValueError):
        return None
