"""Answers questions about one patient: what to look up for each topic, and where."""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from adapters.fhir.chart import Chart, Entry, EntryKind
from adapters.fhir.elements import Json, source_of, string
from adapters.fhir.observations import result_rules
from apps.diagnosis.assessment import Assessment
from apps.diagnosis.visit import CLINICIAN, Stated
from core.errors import InputTooLargeError
from knowledge.medical.case import Case, Sex, Unread
from knowledge.medical.differential import Ranking
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.notes.context.cue_rules import Assertion
from knowledge.medical.ontology import Ontology

from .answer import Answer, Gap, Line, Outcome
from .drugs import drugs_in_notes, is_about_drugs, medications
from .look import admitted_on, all_results, has_words, lines_of, looked, not_seen, quotes, results_of, unnamed, words_of
from .pick import picked, with_comments
from .query import MAX_QUESTION, Query, Topic, parse
from .why import why
from .words import Subject, SubjectKind

_MOST_LINES = 20
_NOTHING = Stated()
_ALLERGY = has_words(
    r"allerg",
    r"intoleran",
    r"\bnkd?a\b",
    r"anaphyla",
    r"\breact(?:ed|ions?) to\b",
    r"rash (?:with|after|from|to)\b",
    "过敏",
    "不耐受",
    "不良反应|药物反应",
)
_FAMILY = has_words(
    r"\b(?:family|mother|father|sister|brother|parent|sibling|aunt|uncle|grand(?:mother|father)|cousin)",
    r"\b(?:relative|son|daughter)s?\b",
    "家族|家人|亲属|儿子|女儿|父亲|母亲|父母|兄弟|姐妹|姐姐|妹妹|哥哥|弟弟|祖父|祖母",
)
_FAMILY_HEAD = re.compile(r"\W*(?:family(?: medical)?(?: (?:history|hx))?|fhx?|家族(?:病|遗传)?史)\W*", re.IGNORECASE)
_REASON = has_words(
    r"\b(?:admitted|hospitali[sz]ed|referred|presents?|presented|presenting|brought in) (?:\w+ ){0,3}"
    r"(?:with|for|because|due|following|after|by|complain)",
    r"\bseen (?:\w+ ){0,2}(?:for|because|due)\b|year[- ]old\b.{0,40}\bwith\b",
    r"(?:presenting|chief) (?:complaint|problem)|reasons? for (?:\w+ )?(?:admission|referral|visit|attendance|consult)",
    "主诉|[因以].{1,40}(?:入院|住院|就诊|收治|收入|来院)|(?:入院|住院|就诊|转诊)(?:原因|目的)",
)
_SURGERY = has_words(
    r"surg|operat(?:ed|ion)|[a-z]ectomy|[a-z]plasty|[a-z]otomy|[a-z]scopy", "手术|切除|术后|术前|[^技艺学]术|镜检"
)
_TELL_OF_IT = (EntryKind.REPORT, EntryKind.PROBLEM, EntryKind.RESULT)
"""Other entries named after a procedure: its report, "pacemaker in situ", "ECG: sinus rhythm"."""
_VACCINE = has_words(r"vaccin|immuni[sz]|booster", "疫苗|接种")


class Asker:
    """Parses a question and looks up its answer, deterministically for the same question and record.

    Safe to share between threads; it stores nothing about a patient.
    """

    def __init__(self, recognizer: FindingRecognizer, ontology: Ontology) -> None:
        self._recognizer = recognizer
        self._ontology = ontology

    def ask(
        self,
        question: str,
        chart: Chart,
        case: Case,
        assessment: Assessment | None = None,
        deeper: Callable[[], Ranking] | None = None,
        stated: Stated = _NOTHING,
    ) -> Answer:
        """Answers a question in English or Chinese.

        Args:
            case: as it was read from the same record.
            assessment: of the reviewed case; None if there is none yet.
            deeper: ranks many more diseases, for questions about one that is not listed.
            stated: age and sex where a clinician corrects them on the page.

        Raises:
            InputTooLargeError: over :data:`~.query.MAX_QUESTION` characters.
        """
        if len(question) > MAX_QUESTION:
            raise InputTooLargeError(f"The question is over {MAX_QUESTION} characters", hint="Ask one thing at a time")
        named = frozenset(mention.code for mention in self._recognizer.mentions(question))
        query = parse(question, chart.read_at, named)
        match query.topic:
            case Topic.ADVICE | Topic.NOT_UNDERSTOOD:
                return Answer(Outcome.NOT_UNDERSTOOD, query, chart.read_at)
            case Topic.WHY:
                names = [self._name(code) for code in sorted(query.findings)]
                return why(query, names, chart, case, assessment, deeper)
            case Topic.PERSON:
                return _person(query, chart, case, stated)
        if query.period.admission:
            day = admitted_on(chart)
            if day is None:
                gaps = (Unread("Encounter", Gap.NO_ADMISSION), *not_seen(chart, Topic.ENCOUNTER))
                places = looked(chart, Topic.ENCOUNTER)
                return Answer(Outcome.COULD_NOT_CHECK, query, chart.read_at, looked=places, gaps=gaps)
            query = replace(query, period=replace(query.period, since=day))
        return self._look_up(query, chart, case)

    def _look_up(self, query: Query, chart: Chart, case: Case) -> Answer:
        found, gaps = self._structured(query, chart, case)
        structured = with_comments(found, chart, case)
        inside = [line for line in structured if query.period.has(*_span(line, query, chart))]
        gaps += [
            Unread(line.source, Gap.UNDATED)
            for line in structured
            if line.day is None and not query.period.is_open and line not in inside
        ]
        chosen = picked(query, inside, chart)
        said = [
            line
            for line in self._quoted(query, chart, case, found=bool(chosen))
            if query.period.has(line.day) or line.day is None
        ]
        lines = [*chosen, *dict.fromkeys(said)]
        if not lines and query.period.is_open and len(query.words) > 1:
            # A note may use the very words of the question for what the tables name otherwise.
            asked = Subject(SubjectKind.WORDS, "", query.words)
            lines = list(dict.fromkeys(quotes(chart, asked.is_in)))
        gaps = [*gaps, *not_seen(chart, query.topic)]
        if query.guessed and not lines:
            gaps.append(Unread("", Gap.GUESSED_WORD, ", ".join(s.name for s in query.subjects if s.guessed)))
        if query.period.unread and not lines:
            gaps.append(Unread("", Gap.UNREAD_PERIOD, query.period.unread))
        unknown = [subject for subject in query.subjects if subject.kind is SubjectKind.WORDS]
        if unknown and not lines and query.topic is Topic.WORDS:
            return Answer(Outcome.NOT_UNDERSTOOD, query, chart.read_at, looked=looked(chart, Topic.WORDS))
        if unknown and not lines:
            gaps.append(Unread("", Gap.UNKNOWN_WORD, ", ".join(subject.name for subject in unknown)))
        outcome = Outcome.FOUND if lines else Outcome.COULD_NOT_CHECK if gaps else Outcome.NONE
        outside = None
        if not lines:
            outside = max((line for line in structured if line.day), key=_day, default=None)
        return Answer(
            outcome,
            query,
            chart.read_at,
            tuple(lines[:_MOST_LINES]),
            max(0, len(lines) - _MOST_LINES),
            looked(chart, query.topic),
            tuple(dict.fromkeys(gaps)),
            outside,
        )

    def _structured(self, query: Query, chart: Chart, case: Case) -> tuple[list[Line], list[Unread]]:
        """Coded statements that answer the query, newest first, and why some may be missing."""
        encounters = list(chart.of(EntryKind.ENCOUNTER))
        match query.topic:
            case Topic.RESULT:
                results = results_of(chart, query.subjects) if query.subjects else all_results(chart, labs=query.labs)
                return lines_of(results), unnamed(chart, EntryKind.RESULT)
            case Topic.MEDICATION:
                return medications(query, chart)
            case Topic.ALLERGY:
                return lines_of(chart.of(EntryKind.ALLERGY)), []
            case Topic.PROBLEM:
                entries = (e for e in chart.of(EntryKind.PROBLEM) if e.is_current or not query.current)
                return lines_of(entries), []
            case Topic.PROCEDURE:
                kinds = (EntryKind.PROCEDURE, *(_TELL_OF_IT if query.subjects else ()))
                return lines_of(_about(query, chart, *kinds)), unnamed(chart, EntryKind.PROCEDURE)
            case Topic.ENCOUNTER:
                return lines_of(e for e in encounters if not query.setting or e.codes & query.setting), []
            case Topic.REASON:  # "admitted" may refer to a visit to an emergency department
                return lines_of([e for e in encounters if e.codes & query.setting] or encounters), []
            case Topic.FAMILY:
                return lines_of(self._of_relatives(query, chart)), unnamed(chart, EntryKind.RELATIVE)
            case Topic.IMMUNIZATION:
                return lines_of(_about(query, chart, EntryKind.IMMUNIZATION)), unnamed(chart, EntryKind.IMMUNIZATION)
            case Topic.FINDING:
                return self._findings(query, chart, case), unnamed(chart, EntryKind.PROBLEM)
        return lines_of(_about(query, chart, *EntryKind)), []

    def _findings(self, query: Query, chart: Chart, case: Case) -> list[Line]:
        """Problems, results and relatives' diseases that match the query, or from which a match is read."""
        kinds = (EntryKind.PROBLEM, EntryKind.RELATIVE, EntryKind.RESULT)
        entries = [entry for entry in chart.of(*kinds) if self._is_about(entry, query)]
        codes = self._asked(query)
        by_source = {entry.source: entry for entry in chart.of(EntryKind.RESULT)}
        read = [
            Line(e.source, by_source[e.source].day, by_source[e.source], reading=finding.status)
            for finding in case.findings
            if self._is_one_of(finding.code, codes)
            for e in finding.evidence
            if not e.is_from_text and e.source in by_source
        ]
        known = {line.source for line in read}
        lines = [*lines_of(entry for entry in entries if entry.source not in known), *read]
        if not lines:
            lines = lines_of(_deciding(chart, codes))[:1]
        return sorted(lines, key=_day, reverse=True)

    def _is_about(self, entry: Entry, query: Query) -> bool:
        if _is_named(entry, query.subjects) or any(subject.codes & entry.codes for subject in query.subjects):
            return True
        if entry.kind is EntryKind.RESULT or (not query.findings and not any(s.findings for s in query.subjects)):
            return False
        codes = self._asked(query)
        mentions = (mention for name in entry.names for mention in self._recognizer.mentions(name))
        return any(self._is_one_of(mention.code, codes) for mention in mentions)

    def _of_relatives(self, query: Query, chart: Chart) -> list[Entry]:
        relatives = list(chart.of(EntryKind.RELATIVE))
        if not query.subjects and not query.findings:
            return relatives
        return [entry for entry in relatives if self._is_about(entry, query)]

    def _quoted(self, query: Query, chart: Chart, case: Case, *, found: bool) -> Iterable[Line]:
        """Sentences of notes that belong to the answer."""
        match query.topic:
            case Topic.ALLERGY:
                return quotes(chart, lambda s: _ALLERGY(s) or is_about_drugs(query, s))
            case Topic.FAMILY:
                return self._of_family(query, chart, case)
            case Topic.REASON:
                return quotes(chart, _REASON)
            case Topic.IMMUNIZATION:
                words = words_of(query.subjects) if query.subjects else _VACCINE
                return quotes(chart, lambda s: words(s) and _VACCINE(s))
            case Topic.PROCEDURE:
                if not query.subjects:
                    return quotes(chart, _SURGERY)
            case Topic.MEDICATION:
                return drugs_in_notes(query, chart)
            case Topic.RESULT if found or not query.subjects:
                return ()
            case Topic.PROBLEM | Topic.ENCOUNTER:
                return ()
        words = words_of(query.subjects)
        spans = self._spans(self._asked(query), chart, case)
        if query.topic is Topic.FINDING:
            return quotes(chart, words, spans)
        return quotes(chart, words, spans, is_title=words)

    def _of_family(self, query: Query, chart: Chart, case: Case) -> Iterable[Line]:
        """Sentences about relatives, without mere headings; if the question names something, those that name it."""
        if not query.subjects and not query.findings:
            return (line for line in quotes(chart, _FAMILY) if not _FAMILY_HEAD.fullmatch(line.quote))
        codes, words = self._asked(query), words_of(query.subjects)

        def is_named(text: str) -> bool:
            return words(text) or any(self._is_one_of(m.code, codes) for m in self._recognizer.mentions(text))

        of_others = [u for u in case.unread if u.reason == Assertion.FAMILY.left_out and is_named(u.phrase)]
        return quotes(chart, lambda s: _FAMILY(s) and is_named(s), [(u.source, u.phrase) for u in of_others])

    def _spans(self, codes: frozenset[str], chart: Chart, case: Case) -> Iterable[tuple[str, str]]:
        """Source and phrase wherever notes name one of these findings, whether the patient's or not."""
        if not codes:
            return
        for finding in case.findings:
            if self._is_one_of(finding.code, codes):
                yield from ((e.source, e.phrase) for e in finding.evidence if e.is_from_text)
        sources = {note.source for note in chart.notes}
        phrases = {(u.source, u.phrase) for u in case.unread if u.phrase and u.source in sources}
        for source, phrase in sorted(phrases):
            if any(self._is_one_of(mention.code, codes) for mention in self._recognizer.mentions(phrase)):
                yield source, phrase

    def _asked(self, query: Query) -> frozenset[str]:
        return query.findings.union(*(subject.findings for subject in query.subjects))

    def _is_one_of(self, code: str, asked: frozenset[str]) -> bool:
        """Whether a finding is one of those asked for, or a subtype of one."""
        if code in asked:
            return True
        known = self._ontology.resolve(code)
        return known is not None and bool(asked & self._ontology.ancestors(known))

    def _name(self, code: str) -> str:
        known = self._ontology.resolve(code)
        return self._ontology.name(known) if known else ""


def _about(query: Query, chart: Chart, *kinds: EntryKind) -> list[Entry]:
    entries = chart.of(*kinds)
    if not query.subjects:
        return list(entries)
    return [entry for entry in entries if _is_named(entry, query.subjects)]


def _is_named(entry: Entry, subjects: tuple[Subject, ...]) -> bool:
    return any(subject.is_in(name) for subject in subjects for name in entry.names)


def _deciding(chart: Chart, codes: frozenset[str]) -> list[Entry]:
    """Results from which these findings would be read if they had a reference range."""
    rules = result_rules()
    loinc = {code for code, rule in rules.items() if {rule.low, rule.high, rule.positive} & (codes - {""})}
    return [entry for entry in chart.of(EntryKind.RESULT) if entry.codes & loinc]


def _span(line: Line, query: Query, chart: Chart) -> tuple[dt.date | None, dt.date | None]:
    """When a statement began and ended; a current one lasts until the record was read."""
    entry, today = line.entry, chart.read_at.date()
    if entry is None or query.begun:
        return entry.time if entry else line.day, None
    if not entry.is_current:
        return entry.time, entry.end
    return line.day or today, entry.end or today


def _day(line: Line) -> dt.date:
    return line.day or dt.date.min


def _person(query: Query, chart: Chart, case: Case, stated: Stated) -> Answer:
    """Birth date, age, sex or date of death, from the Patient resource or else the case; then what was corrected."""
    patient: Json = chart.patient
    source = source_of(patient) if patient else "text"
    given = {part: string(patient.get(part)) for part in ("birthDate", "gender", "deceasedDateTime")}
    if case.age_years is not None:
        given["age"] = str(case.age_years)
    if not given["gender"] and case.sex is not Sex.UNKNOWN:
        given["gender"] = case.sex.value
    corrected = {}
    if "age_years" in stated:
        corrected["age"] = "" if stated["age_years"] is None else str(stated["age_years"])
    if "sex" in stated:
        corrected["gender"] = stated["sex"].value
    lines = (
        *(Line(source, text=given[part], part=part) for part in query.parts if given.get(part)),
        *(Line(CLINICIAN, text=corrected[part], part=part) for part in query.parts if part in corrected),
    )
    return Answer(Outcome.FOUND if lines else Outcome.COULD_NOT_CHECK, query, chart.read_at, lines)
