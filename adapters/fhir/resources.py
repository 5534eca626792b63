"""Reads a patient's findings from each type of resource. See :data:`READERS`."""

import re
from collections.abc import Callable
from datetime import date

from knowledge.medical.case import Status
from knowledge.medical.codes import code_of
from knowledge.medical.measurements import Measurement
from knowledge.medical.notes.values.sample import is_spoilt_sample
from knowledge.medical.notes.values.stated import rises_in_haemolysis
from knowledge.medical.red_flag_evidence import ABATED, LOOKED_FOR

from .collector import Collector
from .elements import (
    DOUBTFUL,
    GOING_ON,
    NOT_ORDERED,
    OVER,
    Json,
    attachments_of,
    codes,
    codings,
    day_of,
    document_time,
    effective_time,
    first_day,
    has_abated,
    inner,
    objects,
    onset,
    reaction_words,
    shown_unit,
    source_of,
    string,
    wording,
    wordings,
)
from .measurements import measured, pressures_in_words
from .observations import answer, has_value, interpretations, is_plain_answer, judge
from .questions import asks_what_is_looked_for, heading, is_about_family
from .reasons import Reason
from .specimens import conditions, specimen_of

# Observation categories whose words describe the patient's body; from laboratories only pathology (HL7 table 0074).
# Questionnaires, habits and laboratory texts ("Hepatitis B antibody: positive") name findings without stating them.
_WORDS_ARE_FINDINGS = {"exam", "imaging", "procedure", "CP", "PAT", "SP"}

_ALLERGY = code_of("HP:0012393 Allergy")
_ALLERGIES = {
    "food": code_of("HP:0500093 Food allergy"),
    "medication": code_of("HP:0410323 Drug allergy"),
}  # https://hl7.org/fhir/R4/valueset-allergy-intolerance-category.html
# SNOMED CT: no known allergy, in general or of one category
_NO_ALLERGIES = {"716186003": _ALLERGY, "409137002": _ALLERGIES["medication"], "429625007": _ALLERGIES["food"]}
_NO_ALLERGY_WORDS = re.compile(
    r"(?i)nka|no known allerg(?:y|ies)|(?P<medication>nkda|no known (?:drug|medication) allerg(?:y|ies))"
    r"|(?P<food>nkfa|no known food allerg(?:y|ies))"
)
# The whole text of an active entry that names no allergy: "Not on File", "No known latex allergy", "否认过敏史".
_NAMES_NO_ALLERGY = re.compile(
    r"(?i)(?:allerg(?:y|ies)(?: status)?[ :]*)?(?:"
    r"(?:not|none|nothing|nil)(?: (?:known|on file|recorded|reported|documented|assessed|asked|available))?|no|"
    r"negative|unknown|n/a|(?:no|denies|denied)(?: any)?(?: known)?(?: (?!known)[a-z-]{2,20}){0,2} allerg(?:y|ies)"
    r"(?: (?:known|on file|recorded|reported|documented))?)[. ]*"
    r"|(?:过敏史?[：:]?)?(?:(?:无|没有|否认|未发现|未诉)(?:已知|明确|明显)?(?:药物|食物|药食|花粉|[、及和])*(?:过敏史?)?|不详|未知)。?"
)
_OFF_SCALE = {"negative-infinity", "positive-infinity"}  # absent values that are off one end of the scale


def _condition(collector: Collector, condition: Json) -> None:
    clinical, verified = codes(condition.get("clinicalStatus")), codes(condition.get("verificationStatus"))
    words = wording(condition.get("code"))
    ended = has_abated(condition, collector.today)
    if "entered-in-error" in verified:
        return collector.skip(condition, Reason.ENTERED_IN_ERROR)
    if "refuted" in verified:
        return collector.skip(condition, Reason.REFUTED, words)
    if clinical & OVER or (ended and not clinical):
        return collector.skip(condition, Reason.RESOLVED, words)
    # Invalid by constraint con-4 of FHIR: the status or the abatement is out of date. A recurrence may have had an end.
    contradiction = ABATED if ended and "active" in clinical else ""
    cue = min(verified & DOUBTFUL, default=contradiction)
    status = Status.UNKNOWN if cue else Status.PRESENT
    when = first_day(condition.get("recordedDate")) or day_of(onset(condition))
    _count_annotations(collector, condition)
    collector.statement(condition, condition.get("code"), status, when, cue)
    return None


def _observation(collector: Collector, observation: Json) -> None:
    refused = {
        "entered-in-error": Reason.ENTERED_IN_ERROR,
        "cancelled": Reason.CANCELLED,
        "registered": Reason.NO_VALUE,
        "unknown": Reason.STATUS_UNKNOWN,
    }.get(string(observation.get("status")))
    if refused:
        return collector.skip(observation, refused)
    if _is_number(collector, observation) and _is_spoilt(collector, observation):
        return collector.skip(observation, Reason.SPOILT_SAMPLE, _result_words(observation))
    time = effective_time(observation)
    when = day_of(time)
    _count_annotations(collector, observation)
    components = objects(observation.get("component"))
    whole = [] if components and not has_value(observation) else [observation]
    parts = pressures_in_words(observation) or whole + components
    for part in parts:
        _result(collector, observation, part, when)
        _measurement(collector, observation, part, time)
    return None


def _is_number(collector: Collector, observation: Json) -> bool:
    quantity = collector.quantity(observation, observation)
    return "valueQuantity" in observation or (quantity is not None and measured(observation, quantity) is not None)


def _is_spoilt(collector: Collector, observation: Json) -> bool:
    """Whether the laboratory's comments or the condition of the specimen blame the value on a spoilt sample."""
    quantity = collector.quantity(observation, observation)
    of_cells = quantity is not None and rises_in_haemolysis(quantity, measured(observation, quantity))
    comments = [string(note.get("text")) for note in objects(observation.get("note"))]
    comments += conditions(specimen_of(observation, collector.specimens, collector.bases))
    return is_spoilt_sample(comments, of_cells)


def _measurement(collector: Collector, observation: Json, part: Json, time: date | None) -> None:
    """Adds a vital sign or laboratory value that red flags use."""
    quantity = collector.quantity(observation, part)
    if quantity is None or not has_value(part):
        return None
    value = measured(part, quantity)
    if value is None:
        return collector.count_skipped("Observation", Reason.UNKNOWN_UNIT)
    source, phrase = source_of(observation), _result_words(part)
    return collector.measurements.append(Measurement(quantity, value, time, source, phrase))


def _result(collector: Collector, observation: Json, part: Json, when: date | None) -> None:
    """Reads one code and value: of the observation itself or of a component."""
    said = answer(part)
    denial = _value_words(part) if said is Status.ABSENT else ""
    if hpo := collector.hpo(observation, part.get("code")):
        if said is None and has_value(part):
            return collector.skip(observation, Reason.UNCLEAR_VALUE)
        if part.get("dataAbsentReason"):
            return collector.skip(observation, Reason.NO_VALUE)
        return collector.add(observation, *hpo, said or Status.PRESENT, when, denial)
    value = part.get("valueCodeableConcept")
    questions = (observation.get("code"), part.get("code"))
    values = wordings(value) or list(filter(None, [string(part.get("valueString"))]))
    if is_about_family(*questions) and values and not said:
        words = ": ".join(filter(None, (wording(part.get("code")), values[0])))
        return collector.skip(observation, Reason.FAMILY_HISTORY, words)
    is_looked_for = asks_what_is_looked_for(*questions) and not said
    status, cue = (Status.UNKNOWN, LOOKED_FOR) if is_looked_for else (said or Status.PRESENT, denial)
    if hpo := collector.hpo(observation, value):
        return collector.add(observation, *hpo, status, when, cue)
    if rule := collector.rule(observation, part):
        absent = part.get("dataAbsentReason")
        if absent and not (has_value(part) or codes(absent) & _OFF_SCALE):  # a flag without a value does not count
            return collector.skip(observation, Reason.NO_VALUE)
        found = judge(part, rule)
        for code, status in found:
            collector.add(observation, code, _result_words(part), status, when)
        if not found:
            collector.count_skipped("Observation", Reason.NO_NORMAL_RANGE)
        return None
    categories = {code for concept in objects(observation.get("category")) for code in codes(concept)}
    of_test = bool(said) and not is_plain_answer(part)  # without a category it may be a laboratory's
    if (categories or of_test) and not categories & _WORDS_ARE_FINDINGS:
        collector.note_unmapped(part.get("code"))
        collector.count_skipped("Observation", Reason.NO_FINDING_FOR_CODE)
        return None
    texts, head = (wordings(part.get("code")), "") if said else (values, heading(part.get("code")))
    if texts and collector.worded(observation, texts, status, when, cue, heading=head):
        return None
    collector.note_unmapped(part.get("code"))
    if texts:
        return collector.skip(observation, Reason.NOTHING_RECOGNISED, texts[0])
    return collector.count_skipped("Observation", Reason.NO_FINDING_FOR_CODE)


def _document(collector: Collector, document: Json) -> None:
    statuses = {string(document.get("status")), string(document.get("docStatus"))}
    if "entered-in-error" in statuses:
        return collector.skip(document, Reason.ENTERED_IN_ERROR)
    if "superseded" in statuses:
        return collector.skip(document, Reason.SUPERSEDED)
    collector.note(document, attachments_of(document), document_time(document))
    return None


def _report(collector: Collector, report: Json) -> None:
    refused = {"entered-in-error": Reason.ENTERED_IN_ERROR, "cancelled": Reason.CANCELLED}
    if reason := refused.get(string(report.get("status"))):
        return collector.skip(report, reason)
    time = effective_time(report)
    for concept in objects(report.get("conclusionCode")):
        collector.statement(report, concept, Status.PRESENT, day_of(time))
    # The conclusion is part of the full report, so it is read only if the report cannot be.
    conclusion = string(report.get("conclusion"))
    if not collector.note(report, attachments_of(report), time) and conclusion:
        collector.text(report, conclusion, time)
    return None


def _allergy(collector: Collector, allergy: Json) -> None:
    """An allergy is a finding; a past reaction to it is not a current one, so it appears only in the phrase."""
    clinical, verified = codes(allergy.get("clinicalStatus")), codes(allergy.get("verificationStatus"))
    code = allergy.get("code")
    words = wording(code)
    if "entered-in-error" in verified:
        return collector.skip(allergy, Reason.ENTERED_IN_ERROR)
    if "refuted" in verified:
        return collector.skip(allergy, Reason.REFUTED, words)
    if clinical & OVER:
        return collector.skip(allergy, Reason.RESOLVED, words)
    when = first_day(allergy.get("recordedDate")) or first_day(allergy.get("onsetDateTime"))
    _count_annotations(collector, allergy)
    if none := _no_allergy(code):
        return collector.add(allergy, none, words, Status.ABSENT, when, words)
    named, reactions = words or " ".join(sorted(codes(code))), reaction_words(allergy)
    if not reactions and _NAMES_NO_ALLERGY.fullmatch(named):
        return collector.skip(allergy, Reason.NOTHING_RECOGNISED, named)
    if not (named or objects(allergy.get("reaction"))):
        return collector.skip(allergy, Reason.NO_VALUE)
    cue = min(verified & DOUBTFUL, default="")
    status = Status.UNKNOWN if cue else Status.PRESENT
    if hpo := collector.hpo(allergy, code):
        return collector.add(allergy, *hpo, status, when, cue)
    if string(allergy.get("type")) == "intolerance":
        return collector.statement(allergy, code, status, when, cue)
    given = allergy.get("category")
    categories = [string(category) for category in given] if isinstance(given, list) else []
    finding = _ALLERGIES.get(categories[0], _ALLERGY) if len(categories) == 1 else _ALLERGY
    phrase = f"{words} ({reactions})".strip() if reactions else words
    collector.add(allergy, finding, phrase, status, when, cue)
    return None


def _no_allergy(code: object) -> str:
    """HPO code of the allergies that a statement such as "no known allergies" rules out; empty for other statements."""
    coded = [_NO_ALLERGIES[given] for given in sorted(codes(code) & _NO_ALLERGIES.keys())]
    said = wordings(code) or sorted(codes(code))  # HL7 v2 senders write NKDA as a code
    worded = [match for text in said if (match := _NO_ALLERGY_WORDS.fullmatch(text))]
    if coded or not worded:
        return next(iter(coded), "")
    return _ALLERGIES.get(worded[0].lastgroup or "", _ALLERGY)


def _family(collector: Collector, history: Json) -> None:
    """A relative's disease is never the patient's: it is shown, not used."""
    if string(history.get("status")) == "entered-in-error":
        return collector.skip(history, Reason.ENTERED_IN_ERROR)
    relation = wording(history.get("relationship"))
    diseases = [wording(part.get("code")) for part in objects(history.get("condition"))]
    for disease in diseases or [""]:
        collector.skip(history, Reason.FAMILY_HISTORY, ": ".join(filter(None, (relation, disease))))
    return None


def _medication(collector: Collector, medication: Json) -> None:
    """A medicine is not a finding, but its reason may be one: unknown until a clinician has reviewed it."""
    status, intent = string(medication.get("status")), string(medication.get("intent"))
    if status == "entered-in-error":
        return collector.skip(medication, Reason.ENTERED_IN_ERROR)
    planned = intent in NOT_ORDERED or status in {"draft", "intended"}
    if planned or medication.get("doNotPerform") is True or status in {"cancelled", "not-taken"}:
        return collector.count_skipped(medication["resourceType"], Reason.NOT_DONE)
    when = first_day(medication.get("authoredOn")) or first_day(medication.get("effectiveDateTime"))
    return _reasons(collector, medication, Status.UNKNOWN, when, "reason for a medicine")


def _procedure(collector: Collector, procedure: Json) -> None:
    """A procedure is not a finding; its complications are, and its reason may be one."""
    status = string(procedure.get("status"))
    if status == "entered-in-error":
        return collector.skip(procedure, Reason.ENTERED_IN_ERROR)
    if status in {"preparation", "not-done"}:
        return collector.count_skipped("Procedure", Reason.NOT_DONE)
    period = inner(procedure.get("performedPeriod"))
    when = first_day(procedure.get("performedDateTime")) or first_day(period.get("start"))
    for complication in objects(procedure.get("complication")):
        collector.statement(procedure, complication, Status.PRESENT, when)
    return _reasons(collector, procedure, Status.UNKNOWN, when, "reason for a procedure")


def _encounter(collector: Collector, encounter: Json) -> None:
    """The reason for an ongoing encounter is a finding; that of a past one is unknown."""
    status = string(encounter.get("status"))
    if status == "entered-in-error":
        return collector.skip(encounter, Reason.ENTERED_IN_ERROR)
    if status in {"planned", "cancelled"}:
        return collector.count_skipped("Encounter", Reason.NOT_DONE)
    when = first_day(inner(encounter.get("period")).get("start"))
    if status in GOING_ON:
        return _reasons(collector, encounter, Status.PRESENT, when, "")
    return _reasons(collector, encounter, Status.UNKNOWN, when, "reason for a past encounter")


def _immunization(collector: Collector, immunization: Json) -> None:
    """A vaccination is not a finding; it is read to answer questions about the record."""
    collector.count_skipped(immunization["resourceType"], Reason.NOT_USED)
    _count_annotations(collector, immunization)


def _reasons(collector: Collector, resource: Json, status: Status, when: date | None, cue: str) -> None:
    """Reads ``reasonCode``; a ``reasonReference`` names a Condition or an Observation that is read on its own."""
    reasons = objects(resource.get("reasonCode"))
    for reason in reasons:
        collector.statement(resource, reason, status, when, cue, listed=False)
    if not reasons:
        collector.count_skipped(resource["resourceType"], Reason.NOT_USED)


def _count_annotations(collector: Collector, resource: Json) -> None:
    for _ in objects(resource.get("note")):
        collector.count_skipped(resource["resourceType"], Reason.ANNOTATION)


def _value_words(part: Json) -> str:
    """The value in words as the record writes it, or else a code of its interpretation."""
    value = part.get("valueBoolean")
    if isinstance(value, bool):
        return "true" if value else "false"
    words = [
        *wordings(part.get("valueCodeableConcept")),
        string(part.get("valueString")),
        *sorted(interpretations(part)),
    ]
    return next((word for word in words if word), "")


def _result_words(part: Json) -> str:
    """``Hemoglobin 8.1 g/dL (L)``."""
    name = wording(part.get("code")) or next((code for _, code, _ in codings(part.get("code"))), "")
    quantity = inner(part.get("valueQuantity"))
    number = quantity.get("value")
    value = f"{string(quantity.get('comparator'))}{number}" if number is not None else _value_words(part)
    flags = ", ".join(sorted(interpretations(part)))
    words = [name, value, shown_unit(quantity), f"({flags})" if flags else ""]
    return " ".join(word for word in words if word)


READERS: dict[str, Callable[[Collector, Json], None]] = {
    "AllergyIntolerance": _allergy,
    "Condition": _condition,
    "DiagnosticReport": _report,
    "DocumentReference": _document,
    "Encounter": _encounter,
    "FamilyMemberHistory": _family,
    "Immunization": _immunization,
    "MedicationRequest": _medication,
    "MedicationStatement": _medication,
    "Observation": _observation,
    "Procedure": _procedure,
}
"""The reader of each type of ``READ_TYPES`` except Patient."""
