"""What an Observation asks. Its value is an answer to that: https://hl7.org/fhir/R4/observation.html#code-interop."""

import re

from knowledge.medical.notes.context.cues_persons import RELATIVE
from knowledge.medical.notes.context.sections import read_sections

from .elements import codes, wording, wordings

_OF_FAMILY = {"10157-6", "8670-2"}  # LOINC: history of family member diseases
_FAMILY = re.compile(
    rf"(?i)\b(?:family|fam)(?: \w+)? (?:history|hx|diseases?)\b|\bfamily members?\b|^fhx?$|\b{RELATIVE}'s\b"
    r"|\b(?:maternal|paternal) (?:history|hx)\b|家族[^，。：:]{0,3}史"
)
_REASONS = {"18785-6", "29299-5", "42349-1"}  # LOINC: reason for study, for visit, for referral
_REASON = re.compile(r"(?i)\breason for\b|\bindications?\b|(?:检查|申请|转诊|就诊)(?:原因|目的)|适应[证症]|指征")


def is_about_family(*questions: object) -> bool:
    """Whether one of some CodeableConcepts asks what the patient's relatives have."""
    return any(codes(concept) & _OF_FAMILY or any(map(_FAMILY.search, wordings(concept))) for concept in questions)


def asks_for_reason(*questions: object) -> bool:
    """Whether one of some CodeableConcepts asks why something was ordered: what is looked for may not be there."""
    return any(codes(concept) & _REASONS or any(map(_REASON.search, wordings(concept))) for concept in questions)


def heading(question: object) -> str:
    """What a CodeableConcept asks, as a heading of a note that says whose or when something is; empty of any other.

    On a line of its own: on that of the value, the "without" of "CT without contrast" would deny what was seen.
    """
    line = f"{wording(question)}:\n"
    return line if any(read_sections(line)) else ""
