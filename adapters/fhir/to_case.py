"""Turns a patient's FHIR record into a :class:`~knowledge.medical.case.Case`."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import Protocol

from knowledge.medical.case import Case, Evidence, Finding, Sex, Status, Unread, merge_findings

from .bundle import PatientRecord
from .drafts import is_our_own
from .elements import Json, codes, codings, first_day, inner, objects, source_of, string, wordings
from .notes import note_text
from .observations import answer, has_value, interpretations, judge, rule_for
from .reasons import Reason

HPO_SYSTEMS = ("http://purl.obolibrary.org/obo/hp.owl", "http://human-phenotype-ontology.org")
MAX_TEXT = 1_000_000  # characters of one coded resource's text
MAX_AGE_YEARS = 130

# Observation categories whose words describe the patient's body. Questionnaires, habits and laboratory texts
# ("Hepatitis B antibody: positive") name findings without stating them.
_WORDS_ARE_FINDINGS = {"exam", "imaging", "procedure"}
_DOUBTFUL = {"unconfirmed", "provisional", "differential"}
_PAST = {"inactive", "remission", "resolved"}


class ReadText(Protocol):
    """What a text gave: see :class:`knowledge.medical.entities.Reading`."""

    @property
    def findings(self) -> tuple[Finding, ...]: ...
    @property
    def unread(self) -> tuple[Unread, ...]: ...


class TextReader(Protocol):
    """Finds findings in English text: :class:`knowledge.medical.entities.FindingRecognizer`."""

    def read(self, text: str, *, source: str, date: date | None = None) -> ReadText: ...


class FindingNames(Protocol):
    """Knows the HPO codes that are findings: :class:`knowledge.medical.ontology.Ontology`."""

    def resolve(self, code: str) -> str | None: ...
    def name(self, code: str) -> str: ...


def to_case(record: PatientRecord, reader: TextReader, ontology: FindingNames, *, today: date) -> Case:
    """Reads the findings, sex and age of a record; what is not used is told in ``Case.unread``.

    Args:
        today: the day to which the age is counted, unless the patient has died before.
    """
    collector = _Collector(reader, ontology)
    for resource in record.resources:
        if is_our_own(resource):
            collector.tell(resource, Reason.WRITTEN_BY_US)
            continue
        match resource["resourceType"]:
            case "Condition":
                collector.condition(resource)
            case "Observation":
                collector.observation(resource)
            case "DocumentReference":
                collector.document(resource)
            case "DiagnosticReport":
                collector.report(resource)
            case "FamilyMemberHistory":
                collector.tell(resource, Reason.FAMILY_HISTORY)
            case other:
                collector.count(other, Reason.NOT_USED)
    patient = record.patient
    birth_date, age, told = _age(patient, today)
    sex, sex_told = _sex(patient)
    return Case(
        findings=merge_findings(collector.findings),
        sex=sex,
        birth_date=birth_date,
        age_years=age,
        patient=source_of(patient),
        name=_name(patient),
        record_number=_record_number(patient),
        unread=(*record.unread, *told, *sex_told, *collector.unread()),
    )


class _Collector:
    """Gathers findings and what was left out while the resources go by."""

    def __init__(self, reader: TextReader, ontology: FindingNames) -> None:
        self._reader = reader
        self._ontology = ontology
        self.findings: list[Finding] = []
        self._told: list[Unread] = []
        self._counted: Counter[tuple[str, Reason]] = Counter()

    def tell(self, resource: Json, reason: Reason, phrase: str = "") -> None:
        self._told.append(Unread(source_of(resource), reason, phrase))

    def count(self, kind: str, reason: Reason) -> None:
        """Tells only how many there were: for what fills a record by the hundred."""
        self._counted[kind, reason] += 1

    def unread(self) -> tuple[Unread, ...]:
        return (*self._told, *(Unread(kind, reason, str(n)) for (kind, reason), n in self._counted.items()))

    def condition(self, condition: Json) -> None:
        clinical, verified = codes(condition.get("clinicalStatus")), codes(condition.get("verificationStatus"))
        words = wordings(condition.get("code"))
        ended = any(key.startswith("abatement") and value is not None for key, value in condition.items())
        if "entered-in-error" in verified:
            return self.tell(condition, Reason.ENTERED_IN_ERROR)
        status, cue = Status.PRESENT, ""
        if "refuted" in verified:
            status, cue = Status.ABSENT, "refuted"
        elif clinical & _PAST or (ended and not clinical):
            return self.tell(condition, Reason.RESOLVED, words[0] if words else "")
        elif doubt := verified & _DOUBTFUL:
            status, cue = Status.UNKNOWN, min(doubt)
        when = (
            first_day(condition.get("recordedDate"))
            or first_day(condition.get("onsetDateTime"))
            or first_day(inner(condition.get("onsetPeriod")).get("start"))
        )
        for _ in objects(condition.get("note")):
            self.count("Condition", Reason.ANNOTATION)
        self._statement(condition, condition.get("code"), status, when, cue)
        return None

    def observation(self, observation: Json) -> None:
        refused = {
            "entered-in-error": Reason.ENTERED_IN_ERROR,
            "cancelled": Reason.CANCELLED,
            "registered": Reason.NO_VALUE,
            "unknown": Reason.STATUS_UNKNOWN,
        }.get(string(observation.get("status")))
        if refused:
            return self.tell(observation, refused)
        when = (
            first_day(observation.get("effectiveDateTime"))
            or first_day(observation.get("effectiveInstant"))
            or first_day(inner(observation.get("effectivePeriod")).get("start"))
            or first_day(observation.get("issued"))
        )
        for _ in objects(observation.get("note")):
            self.count("Observation", Reason.ANNOTATION)
        components = objects(observation.get("component"))
        if has_value(observation) or not components:
            self._result(observation, observation, when)
        for component in components:
            self._result(observation, component, when)
        return None

    def _result(self, observation: Json, part: Json, when: date | None) -> None:
        """One code and value: the observation itself or a component."""
        said = answer(part)
        denial = _value_words(part) if said is Status.ABSENT else ""
        if hpo := self._hpo(observation, part.get("code")):
            if said is None and has_value(part):
                return self.tell(observation, Reason.UNCLEAR_VALUE)
            if part.get("dataAbsentReason"):
                return self.tell(observation, Reason.NO_VALUE)
            return self._add(observation, *hpo, said or Status.PRESENT, when, denial)
        value = part.get("valueCodeableConcept")
        if hpo := self._hpo(observation, value):
            return self._add(observation, *hpo, said or Status.PRESENT, when, denial)
        if rule := rule_for(part):
            found = judge(part, rule)
            for code, status in found:
                if current := self._ontology.resolve(code):
                    self._add(observation, current, _result_words(part), status, when)
            if not found:
                self.count("Observation", Reason.NO_NORMAL_RANGE)
            return None
        categories = {code for concept in objects(observation.get("category")) for code in codes(concept)}
        if categories and not categories & _WORDS_ARE_FINDINGS:
            self.count("Observation", Reason.NO_FINDING_FOR_CODE)
        elif said:
            self._worded(observation, wordings(part.get("code")), said, when, denial)
        elif texts := wordings(value) or [text for text in [string(part.get("valueString"))] if text]:
            self._worded(observation, texts, Status.PRESENT, when)
        else:
            self.count("Observation", Reason.NO_FINDING_FOR_CODE)
        return None

    def document(self, document: Json) -> None:
        statuses = {string(document.get("status")), string(document.get("docStatus"))}
        if "entered-in-error" in statuses:
            return self.tell(document, Reason.ENTERED_IN_ERROR)
        if "superseded" in statuses:
            return self.tell(document, Reason.SUPERSEDED)
        period = inner(inner(document.get("context")).get("period"))
        when = first_day(period.get("start")) or first_day(document.get("date"))
        self._note(document, [inner(content.get("attachment")) for content in objects(document.get("content"))], when)
        return None

    def report(self, report: Json) -> None:
        refused = {"entered-in-error": Reason.ENTERED_IN_ERROR, "cancelled": Reason.CANCELLED}
        if reason := refused.get(string(report.get("status"))):
            return self.tell(report, reason)
        when = (
            first_day(report.get("effectiveDateTime"))
            or first_day(inner(report.get("effectivePeriod")).get("start"))
            or first_day(report.get("issued"))
        )
        for concept in objects(report.get("conclusionCode")):
            self._statement(report, concept, Status.PRESENT, when)
        # The conclusion is a part of the full report, so it is read only where that cannot be.
        conclusion = string(report.get("conclusion"))
        if not self._note(report, objects(report.get("presentedForm")), when) and conclusion:
            self._read(report, conclusion, when)
        return None

    def _note(self, resource: Json, attachments: list[Json], when: date | None) -> bool:
        """Reads the first readable attachment: FHIR has them be formats of one document. Whether there was one."""
        done = False
        for attachment in attachments:
            text, reason = ("", Reason.OTHER_FORMAT) if done else note_text(attachment)
            if reason:
                self.tell(resource, reason, string(attachment.get("contentType")))
            else:
                done = True
                self._read(resource, text, when)
        return done

    def _read(self, resource: Json, text: str, when: date | None) -> None:
        if len(text) > MAX_TEXT:
            return self.tell(resource, Reason.TOO_LARGE)
        reading = self._reader.read(text, source=source_of(resource), date=when)
        self.findings.extend(reading.findings)
        self._told.extend(reading.unread)
        return None

    def _statement(self, resource: Json, concept: object, status: Status, when: date | None, cue: str = "") -> None:
        """A CodeableConcept that states something: its HPO code, else its words."""
        if hpo := self._hpo(resource, concept):
            self._add(resource, *hpo, status, when, cue)
        else:
            self._worded(resource, wordings(concept), status, when, cue)

    def _hpo(self, resource: Json, concept: object) -> tuple[str, str] | None:
        """HPO code and words of a concept, None when it has no HPO code that is a finding of this release."""
        given = [(code, display) for system, code, display in codings(concept) if system in HPO_SYSTEMS]
        for code, display in given:
            if current := self._ontology.resolve(code):
                return current, string(inner(concept).get("text")) or display
        if given:
            self.tell(resource, Reason.UNKNOWN_HPO_CODE, given[0][1])
        return None

    def _add(self, resource: Json, code: str, phrase: str, status: Status, when: date | None, cue: str = "") -> None:
        name = self._ontology.name(code)
        evidence = Evidence(source_of(resource), phrase or name, when, cue=cue)
        self.findings.append(Finding(code, name, status, (evidence,)))

    def _worded(self, resource: Json, texts: list[str], status: Status, when: date | None, cue: str = "") -> None:
        """Reads words that are a statement of their own: the first of ``texts`` in which something is recognised."""
        for text in texts:
            if len(text) > MAX_TEXT:
                return self.tell(resource, Reason.TOO_LARGE)
            reading = self._reader.read(text, source=source_of(resource), date=when)
            self._told.extend(reading.unread)
            for finding in reading.findings:
                evidence = tuple(replace(e, start=None, end=None, cue=cue or e.cue) for e in finding.evidence)
                self.findings.append(replace(finding, status=_combine(status, finding.status), evidence=evidence))
            if reading.findings or reading.unread:
                return None
        return self.tell(resource, Reason.NOTHING_RECOGNISED, texts[0] if texts else "")


def _combine(stated: Status, read: Status) -> Status:
    """Status of a finding read as ``read`` in words that are as a whole ``stated``: a refuted negation is unknown."""
    if stated is Status.PRESENT:
        return read
    return Status.ABSENT if stated is Status.ABSENT and read is Status.PRESENT else Status.UNKNOWN


def _value_words(part: Json) -> str:
    """A yes or no as the record writes it."""
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
    name = next(iter(wordings(part.get("code"))), "") or next((code for _, code, _ in codings(part.get("code"))), "")
    quantity = inner(part.get("valueQuantity"))
    number = quantity.get("value")
    value = f"{string(quantity.get('comparator'))}{number}" if number is not None else _value_words(part)
    flags = ", ".join(sorted(interpretations(part)))
    words = [name, value, string(quantity.get("unit")) or string(quantity.get("code")), f"({flags})" if flags else ""]
    return " ".join(word for word in words if word)


def _sex(patient: Json) -> tuple[Sex, list[Unread]]:
    gender = string(patient.get("gender"))
    if gender in set(Sex):
        return Sex(gender), []
    return Sex.UNKNOWN, [Unread(source_of(patient), Reason.UNKNOWN_GENDER_CODE)] if gender else []


def _age(patient: Json, today: date) -> tuple[date | None, float | None, list[Unread]]:
    """Birth date when it is a full one, age in years today or at death, and what to tell about them.

    A birth date that is a year or a month is counted from the middle of it.
    """
    told: list[Unread] = []
    died = first_day(patient.get("deceasedDateTime"))
    if died or patient.get("deceasedBoolean") is True:
        told.append(Unread(source_of(patient), Reason.DECEASED))
    written = string(patient.get("birthDate"))
    born = first_day(written)
    if born is None:
        return None, None, told
    counted_to = min(died or today, today)
    half = timedelta(days={4: 182, 7: 15}.get(len(written), 0))
    age = max(0.0, (counted_to - born - half).days / 365.25)
    if born > counted_to or age > MAX_AGE_YEARS:
        return None, None, [*told, Unread(source_of(patient), Reason.IMPOSSIBLE_AGE)]
    if half:
        told.append(Unread(source_of(patient), Reason.APPROXIMATE_AGE))
    return (None if half else born), round(age, 2), told


def _name(patient: Json) -> str:
    """The official name, else the first one, that is not an old one."""
    names = [name for name in objects(patient.get("name")) if string(name.get("use")) != "old"]
    names.sort(key=lambda name: string(name.get("use")) != "official")
    for name in names:
        given = name.get("given")
        parts = [*(given if isinstance(given, list) else []), name.get("family")]
        if written := string(name.get("text")) or " ".join(string(part) for part in parts if string(part)):
            return written
    return ""


def _record_number(patient: Json) -> str:
    """The identifier of type MR, https://hl7.org/fhir/R4/valueset-identifier-type.html."""
    for identifier in objects(patient.get("identifier")):
        if "MR" in codes(identifier.get("type")) and string(identifier.get("use")) != "old":
            return string(identifier.get("value"))
    return ""
