"""The allergen in an AL1 or an IAM, and the status of the allergy."""

from adapters.fhir.elements import Json

from ..message import Segment
from .codes import concept
from .repeated import said

# Clinical status and verification by IAM-17, of HL7 table 0438.
_STATUS = {"C": ("active", "confirmed"), "I": ("inactive", "confirmed"), "E": ("", "entered-in-error")}
_STATUS |= dict.fromkeys(("D", "P", "S", "U"), ("active", "unconfirmed"))


def allergen(segment: Segment) -> tuple[str, ...]:
    """A key for the allergen in an AL1 or an IAM, or for the reaction if it names none."""
    return said(what) if (what := segment.first(3)) else ("", "", segment.raw_field(5))


def tells_status(segment: Segment) -> bool:
    """Whether IAM-17 is a code for which FHIR has a status."""
    return segment.text(17) in _STATUS


def status(segment: Segment) -> Json:
    """Clinical status and verification of an IAM."""
    code = "E" if segment.text(6) == "D" else segment.text(17)
    clinical, verified = _STATUS.get(code, ("active", ""))
    found: Json = {}
    if clinical:
        found["clinicalStatus"] = concept(f"{clinical}@allergyintolerance-clinical")
    if verified:
        found["verificationStatus"] = concept(f"{verified}@allergyintolerance-verification")
    return found
