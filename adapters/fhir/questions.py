"""What an Observation asks. Its value is an answer to that: https://hl7.org/fhir/R4/observation.html#code-interop."""

import re

from knowledge.medical.notes.context.cues_persons import RELATIVE
from knowledge.medical.notes.context.sections import read_sections

from .elements import codes, wording, wordings

_MOST = 200  # characters of a question that are looked at
_OF_FAMILY = {"10157-6", "8670-2"}  # LOINC: history of family member diseases
_TOLD = "(?:concern|worry|worries|report|observation|account|statement|view|description|evaluation|assessment)s?"
_FAMILY = re.compile(  # not of the patient as well: "Personal and family history"; nor whom somebody asks or hears
    r"(?i)(?<!\band )(?<!\bor )(?<![&/+])(?<![&/+] )\b(?:family|fam)(?: \w+)? (?:history|hx|diseases?)\b|^fhx?$"
    r"|\b(?:diseases?|disorders?|conditions?|illness(?:es)?|diagnos[ei]s|cancers?) (?:in|of|among) (?:the )?family\b"
    rf"|\bfamily members? (?:with|who|affected)\b|\b{RELATIVE}['’]s\b(?! (?:\w+ )?{_TOLD}\b)"
    r"|\b(?:maternal|paternal) (?:history|hx)\b|(?<![及和与、/])家族[^，。：:]{0,3}史"
)
_LOOKED_FOR = {"18785-6", "42349-1"}  # LOINC: reason for study, for referral
_STUDY = (
    r"(?:stud(?:y|ies)|tests?|testing|exam(?:ination)?s?|imaging|scans?|x-?rays?|radiograph\w*|ct|mri?|mra|pet|ultrasound|"
    r"sonogra\w+|echo\w*|eeg|e[ck]g|investigations?|screening|referrals?|requests?|lab(?:s|orator\w+)?)"
)
_LOOKING = re.compile(  # not the reason for a visit or an admission, nor the indication for what is done
    rf"(?i)\b(?:reasons?|indications?) for (?:(?:the|this) )?(?:[\w/-]+ )?{_STUDY}\b|\bindications?\b(?! for\b)"
    r"|(?:检查|检验|影像|申请|转诊)(?:原因|目的|适应[证症]|指征)|^(?:临床)?(?:适应[证症]|指征)"
)


def is_about_family(*questions: object) -> bool:
    """Whether one of some CodeableConcepts asks what the patient's relatives have."""
    return any(codes(concept) & _OF_FAMILY or _asks(_FAMILY, concept) for concept in questions)


def asks_what_is_looked_for(*questions: object) -> bool:
    """Whether one of some CodeableConcepts asks why a study was ordered: what is looked for may not be there."""
    return any(codes(concept) & _LOOKED_FOR or _asks(_LOOKING, concept) for concept in questions)


def _asks(regex: re.Pattern[str], concept: object) -> bool:
    return any(regex.search(words[:_MOST]) for words in wordings(concept))


def heading(question: object) -> str:
    """What a CodeableConcept asks, as a heading of a note that says whose or when something is; empty of any other.

    On a line of its own: on that of the value, the "without" of "CT without contrast" would deny what was seen.
    """
    line = f"{wording(question)[:_MOST]}:\n"
    return line if any(read_sections(line)) else ""
