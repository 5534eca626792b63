"""The question that an Observation's value answers: https://hl7.org/fhir/R4/observation.html#code-interop."""

import re

from knowledge.medical.drugs import load_drugs
from knowledge.medical.notes.context.cues_persons import RELATIVE
from knowledge.medical.notes.context.sections import read_sections

from .elements import codes, wording, wordings

_MOST = 200  # characters of a question that are read
_OF_FAMILY = {"10157-6", "8670-2"}  # LOINC: history of family member diseases
_TOLD = "(?:concern|worry|worries|report|observation|account|statement|view|description|evaluation|assessment)s?"
_INFORMANT = (
    r"\b(?:(?:obtained|given|provided|supplied|reported|taken|collected|witnessed|accompanied|brought in) (?:from|by)|"
    r"(?:history|information) from|interview(?:ed)? (?:with|of)) (?:(?!(?:in|of|among)\b)[\w'’]+[ /&]+){0,4}"
    "family member"
)
_OF_PATIENT_AND = "".join(  # "Personal and family history"
    f"(?<!{word}{joint})"
    for word in ("personal", "past", "medical", "patient")
    for joint in (" and ", " or ", ", and ", " & ", "&", "/", " / ", r"\+", r" \+ ")
)
_FAMILY = re.compile(  # not history of the patient as well, nor a relative as informant
    rf"(?is){_OF_PATIENT_AND}\b(?:family|fam)(?: \w+)? (?:history|hx|diseases?)\b|^fhx?$"
    r"|\b(?:diseases?|disorders?|conditions?|illness(?:es)?|diagnos[ei]s|cancers?) (?:in|of|among) (?:the )?family\b"
    rf"|\A(?!.*{_INFORMANT}).*\bfamily members?\b(?! (?:(?:main|chief) )?(?:concern|worry|worries|report|account)s?\b)"
    rf"|\b{RELATIVE}['’]s\b(?! (?:\w+ )?{_TOLD}\b)|\b(?:maternal|paternal) (?:history|hx)\b"
    "|(?<!个人[及和与、/])(?<!个人史[及和与、/])(?<!既往[及和与、/])(?<!既往史[及和与、/])家族[^，。：:]{0,3}史",
)
_LOOKED_FOR = {"18785-6", "42349-1"}  # LOINC: reason for study, for referral
_STUDY = (
    r"(?:stud|test|exam|imag|scan|x-?ray|ct\b|mri|ultras|echo|e[ck]g|eeg|perfus|labs?\b|levels?\b|evaluat|screen|"
    "consult|referral)"
)
_COMING = (
    "(?:visits?|admissions?|admitting|hospitali[sz]ations?|encounters?|stays?|presentation|attendance|"
    "transfers?|calls?)"
)
_DONE = (
    r"(?:\w*intubation|ventilation|surger(?:y|ies)|operation|c(?:a?e|æ)sare?an|c-section|delivery|induction|transfusion|"
    r"\w*dialysis|\w*transplant\w*|\w+ectomy|amputation|thrombolysis|resuscitation|\w*therapy|treatment|"
    r"medications?|medicines?|drugs?|prescription|antibiotics?|anticoagula\w+|oxygen|"
    + "|".join(re.escape(word) for words in load_drugs().ingredients.values() for word in words)
    + ")"
)
_OF_DONE_ZH = "".join(
    f"(?<!{word})"
    for word in (
        "手术",
        "剖宫产",
        "剖腹产",
        "插管",
        "通气",
        "用药",
        "给药",
        "治疗",
        "透析",
        "输血",
        "溶栓",
        "入院",
        "住院",
        "引产",
    )
)
_LOOKING = re.compile(  # not the reason for a visit or an admission, nor the indication for a treatment
    rf"(?i)\b(?:reasons? for|indications?)\b(?!(?:(?<=for)| for) (?:(?!{_STUDY})[\w/'’-]+ ){{0,3}}"
    rf"(?:{_COMING}|{_DONE})\b(?!(?:\W+\w+){{0,2}}\W+{_STUDY}))"
    rf"|(?:检查|检验|影像|申请|转诊)(?:原因|目的)|{_OF_DONE_ZH}(?:适应[证症]|指征)"
)


def is_about_family(*questions: object) -> bool:
    """Whether any of the CodeableConcepts asks about diseases of the patient's relatives."""
    return any(codes(concept) & _OF_FAMILY or _asks(_FAMILY, concept) for concept in questions)


def asks_what_is_looked_for(*questions: object) -> bool:
    """Whether any of the CodeableConcepts asks why a study was ordered: the condition looked for may be absent."""
    return any(codes(concept) & _LOOKED_FOR or _asks(_LOOKING, concept) for concept in questions)


def _asks(regex: re.Pattern[str], concept: object) -> bool:
    return any(regex.search(words[:_MOST]) for words in wordings(concept))


def heading(question: object) -> str:
    """The question as a note heading, if it says whose or when something is; otherwise empty.

    It gets its own line: on that of the value, the "without" of "CT without contrast" would negate the finding.
    """
    line = f"{wording(question)[:_MOST]}:\n"
    return line if any(read_sections(line)) else ""
