"""From a reading to the stop and on to a ranking, with a knowledge base small enough to reason about."""

from dataclasses import replace
from typing import get_args

import pytest

from adapters.fhir.concept_map import ConceptMap
from apps.diagnosis.as_json import assessment_json
from apps.diagnosis.ask.answer import Outcome
from apps.diagnosis.assessment import percent
from apps.diagnosis.html.page import patient_html
from apps.diagnosis.html.ranking import ranking_html
from apps.diagnosis.service import DiagnosisService
from apps.diagnosis.summary import plain_text, sections
from apps.diagnosis.visit import FindingDecision, Visit
from apps.ui.texts import t
from core.errors import InputFormatError
from knowledge.medical.case import Case, CaseKind, Evidence, Finding, Sex, Status
from knowledge.medical.common import load_common
from knowledge.medical.differential import Abstention
from knowledge.medical.entities import EntityRecognizer
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.joint import JointDifferential
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.measurements import Quantity
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Outcome as FlagOutcome
from knowledge.medical.red_flags import RedFlags
from knowledge.medical.versions import versions
from knowledge.retrieval.language import Language
from tests.diagnosis_visits import CERTIFICATE
from tests.unit.diagnosis.records import record

LABEL = "Febrile seizure (within the age range of 3 months to 6 years)"


def reviewed(service: DiagnosisService, visit: Visit) -> Visit:
    return service.review(visit, visit.review)


def test_values_of_a_note_that_raise_a_flag_are_asked_about_and_can_be_taken_for_misread(
    service: DiagnosisService,
) -> None:
    def fired(visit: Visit) -> set[str]:
        return {flag.rule.id for flag in visit.red_flags if flag.outcome is FlagOutcome.FIRED}

    opened = service.open_note(b"Fever since Monday. BP 96/60, RR 24, GCS 15, glucose 2.0 mmol/L.")
    asked = reviewed(service, opened)
    assert asked.assessment is None
    assert [value.phrase for value in asked.stop.values] == ["BP 96/60", "RR 24", "glucose 2.0 mmol/L"]
    assert fired(asked) == {"sepsis", "hypoglycemia"}
    pressure, _, glucose = asked.stop.values
    misread = service.review(asked, asked.review.discard(glucose.place))
    assert fired(misread) == {"sepsis"}
    accepted = service.accept(misread)
    assert accepted.stop.count == 0
    assert accepted.assessment is not None
    later = service.review(accepted, accepted.review.discard(pressure.place))
    assert fired(later) == set()
    assert fired(service.review(later, later.review.restore(pressure.place))) == {"sepsis"}


def test_a_note_is_read_then_asked_about_then_ranked(service: DiagnosisService) -> None:
    opened = service.open_note(b"Seizures and microcephaly. No fever.")
    assert opened.assessment is None
    assert (opened.note, opened.source, opened.record) == ("Seizures and microcephaly. No fever.", "note", None)
    asked = reviewed(service, opened)
    assert asked.assessment is None
    assert {q.finding.code for q in asked.stop.questions} >= {"HP:0001250"}
    ranked = service.accept(asked)
    assert ranked.assessment is not None
    assert ranked.assessment.ranking.diseases[0].id == "OMIM:1"
    assert (ranked.id, ranked.case) == (opened.id, opened.case)


def test_codes_are_ranked_at_once(service: DiagnosisService) -> None:
    visit = reviewed(service, service.open_record(record("HP:0001250", "HP:0000252")))
    assert visit.stop.questions == ()
    assert visit.assessment is not None
    assert visit.record is not None


def test_a_passed_stop_stays_passed_whatever_is_decided(service: DiagnosisService) -> None:
    visit = service.accept(reviewed(service, service.open_note(b"Seizures, ataxia and tremor. No fever.")))
    review = visit.review.decide("HP:0001250", FindingDecision.ABSENT)
    for later in (
        review,
        review.pause("HP:0001251"),
        review.add("HP:0000107", "Renal cyst", Status.PRESENT, visit.case),
        review.undo("HP:0001250"),
    ):
        visit = service.review(visit, later)
        assert visit.stop.questions == ()
        assert visit.assessment is not None
        assert visit.assessment.case == visit.reviewed


def test_undoing_everything_brings_the_first_ranking_back(service: DiagnosisService) -> None:
    first = service.accept(reviewed(service, service.open_note(b"Seizures and microcephaly. No fever.")))
    changed = service.review(first, first.review.decide("HP:0001250", FindingDecision.REMOVED).pause("HP:0000252"))
    assert changed.assessment != first.assessment
    back = service.review(changed, changed.review.undo("HP:0001250").resume("HP:0000252"))
    assert back == replace(first, seen=True)


def test_a_notes_general_no_beside_a_coded_finding_is_asked_about(service: DiagnosisService) -> None:
    visit = reviewed(service, service.open_record(record("No seizures. Fever.", "HP:0002373")))
    visit = service.accept(visit)
    assert visit.assessment is not None
    assert visit.assessment.ranking.diseases
    [(present, absent)] = visit.assessment.doubts
    assert (present.code, absent.code) == ("HP:0002373", "HP:0001250")
    without = replace(visit.case, findings=tuple(f for f in visit.case.findings if f.code != "HP:0001250"))
    assert visit.assessment.ranking.diseases == service.assess(without).ranking.diseases
    shown = ranking_html(visit, "en")
    assert 'data-code="HP:0001250" data-to="unknown"' in shown
    assert '<ol class="dx-list">' in shown
    assert t("export.doubt", "en", present=LABEL, absent="Seizure") in plain_text(
        sections(visit, None, service.knowledge, "en"), "en"
    )
    for code in ("HP:0001250", "HP:0002373"):
        settled = service.review(visit, visit.review.decide(code, FindingDecision.UNKNOWN)).assessment
        assert settled is not None
        assert settled.doubts == ()
        assert settled.ranking.diseases


def test_one_note_that_says_both_gives_no_list(service: DiagnosisService) -> None:
    visit = service.accept(service.open_note(b"No seizures. Febrile seizures at two years. Fever."))
    assert visit.assessment is not None
    assert visit.assessment.ranking.reason is Abstention.CONFLICTING
    shown = ranking_html(visit, "en")
    assert "at two years" in shown  # the words to judge by
    text = plain_text(sections(visit, None, service.knowledge, "en"), "en")
    assert t("abstain.conflicting", "en") in text


def test_newer_data_keep_the_decisions_and_ask_about_what_is_new(service: DiagnosisService) -> None:
    before = service.accept(reviewed(service, service.open_record(record("Seizures and microcephaly."))))
    before = service.review(before, before.review.decide("HP:0000252", FindingDecision.ABSENT))
    after = service.reopen(before, service.open_record(record("Seizures and microcephaly.", "Ataxia and tremor.")))
    asked = {question.finding.code for question in after.stop.questions}
    assert asked
    assert asked <= {"HP:0001251", "HP:0001337"}
    assert after.assessment is None
    assert {f.code: f.status for f in after.reviewed.findings}["HP:0000252"] is Status.ABSENT
    assert after.id != before.id, "buttons that were drawn for the older data do nothing any more"


def test_newer_data_of_another_patient_are_refused(service: DiagnosisService) -> None:
    mine = service.open_record(record("Seizures."))
    for other in (
        service.open_record(record("Seizures.", patient="q")),
        replace(service.open_record(record("Seizures.")), origin="https://elsewhere/fhir"),
        service.open_note(b"Seizures."),
    ):
        with pytest.raises(InputFormatError, match="another patient"):
            service.reopen(mine, other)


def test_a_probability_needs_a_certificate_for_this_kind_and_version(
    medical: MedicalKnowledge, recognizer: FindingRecognizer, entities: EntityRecognizer
) -> None:
    def certified(kind: CaseKind, holds_for: dict[str, str]) -> DiagnosisService:
        flags = RedFlags(RULES, load_common(), medical.ontology)
        certificate = replace(CERTIFICATE, kind=kind, versions=holds_for)
        joint = JointDifferential(medical)
        return DiagnosisService(medical, recognizer, entities, joint, ConceptMap(), flags, certificates=[certificate])

    current, reading = versions(medical), versions(medical, CaseKind.NOTES)
    coded = Case((Finding("HP:0000252", "Microcephaly", Status.PRESENT, (Evidence("Condition/c", "small head"),)),))
    small_head = Evidence("text", "small head", start=0, end=10)
    note = Case((Finding("HP:0000252", "Microcephaly", Status.PRESENT, (small_head,)),))
    for service, case, has_one in (
        (certified(CaseKind.STRUCTURED, current), coded, True),
        (certified(CaseKind.STRUCTURED, current), note, False),
        (certified(CaseKind.NOTES, reading), coded, False),
        (certified(CaseKind.NOTES, reading), note, True),
        (certified(CaseKind.NOTES, current), note, False),
        (certified(CaseKind.NOTES, reading | {"reading": "other"}), note, False),
        (certified(CaseKind.STRUCTURED, current | {"fitted": "other"}), coded, False),
    ):
        assessment = service.assess(case)
        assert assessment.ranking.diseases
        assert (assessment.confidence is not None) is has_one
        assert (assessment.certificate is not None) is has_one


def test_to_be_judged_a_list_has_its_probability_without_a_certificate(service: DiagnosisService) -> None:
    coded = Case((Finding("HP:0000252", "Microcephaly", Status.PRESENT, (Evidence("Condition/c", "small head"),)),))
    judged, shown = service.rank(coded), service.assess(coded)
    assert judged.confidence is not None
    assert not judged.is_suggestion
    assert replace(judged, confidence=None) == shown


def test_what_is_known_of_the_patient_goes_before_the_note(service: DiagnosisService) -> None:
    note = "40-year-old man with seizures."
    assert (service.read_note(note).sex, service.read_note(note).age_years) == (Sex.MALE, 40)
    known = service.read_note(note, sex=Sex.FEMALE, age_years=41)
    assert (known.sex, known.age_years) == (Sex.FEMALE, 41)


def test_the_json_has_every_rule_with_its_outcome_values_and_window(service: DiagnosisService) -> None:
    told = assessment_json(service.assess(service.read_note("Fever. BP 120/70, heart rate 72, K 7.2.")))["red_flags"]
    assert sorted(flag["id"] for flag in told) == sorted(rule.id for rule in RULES)
    by_id = {flag["id"]: flag for flag in told}
    shock, raised = by_id["shock"], by_id["hyperkalemia"]
    assert (shock["outcome"], shock["because"], raised["outcome"]) == ("not_fired", [], "fired")
    assert {flag["window_hours"] for flag in told} == {24}
    (pressure,) = [used for used in shock["looked_at"] if used["what"] == Quantity.SYSTOLIC]
    assert (pressure["value"], pressure["unit"], pressure["phrase"]) == (120, "mm[Hg]", "BP 120/70")
    assert raised["because"][0] in raised["looked_at"]


def test_without_a_language_model_the_page_says_what_still_works(service: DiagnosisService) -> None:
    visit = service.accept(service.open_note(b"Seizures and microcephaly. Fever, BP 70/40, heart rate 140."))
    for language in get_args(Language):
        assert t("visit.model_down", language) in patient_html(visit, language, model_runs=False)
        assert t("visit.model_down", language) not in patient_html(visit, language)
    assert visit.assessment is not None
    assert visit.assessment.ranking.diseases
    answer = service.ask(visit, "any seizures?", visit.chart)
    assert answer.outcome is Outcome.FOUND


def test_what_is_not_known_is_not_asked_for_again(service: DiagnosisService) -> None:
    case = Case((Finding("HP:0001250", "Seizure", Status.PRESENT, (Evidence("Condition/c", "fits"),)),))
    seen: set[str] = set()
    for _ in range(3):
        wanted = service.assess(case).ranking.next_finding
        if wanted is None:
            break
        assert wanted.code not in seen
        seen.add(wanted.code)
        said = Finding(wanted.code, wanted.label, Status.UNKNOWN, (Evidence("clinician", wanted.label),))
        case = replace(case, findings=(*case.findings, said))
    assert len(seen) > 1


def test_the_first_diseases_are_those_of_the_ranking(service: DiagnosisService) -> None:
    case = service.open_note(b"Seizures and microcephaly. No fever.").case
    differential = service._differential
    assert differential.first(case, 3) == tuple(d.id for d in differential.rank(case, 3).diseases)
    assert differential.first(Case(()), 3) == ()


@pytest.mark.parametrize(
    ("share", "words"), [(0.0, "<1%"), (0.004, "<1%"), (0.01, "1%"), (0.876, "88%"), (0.99, "99%"), (0.9996, ">99%")]
)
def test_no_probability_is_certain(share: float, words: str) -> None:
    assert percent(share) == words


def test_no_question_is_asked_that_the_other_sex_alone_can_answer(
    service: DiagnosisService, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = service.read_note("Seizures.", sex=Sex.MALE)
    before = service.rank(case).ranking
    assert before.next_finding is not None
    barred = {Sex.FEMALE: frozenset({before.next_finding.code, "HP:7777777"}), Sex.MALE: frozenset[str]()}
    monkeypatch.setattr("knowledge.medical.next_finding._OF_ONE_SEX", barred)
    after = service.rank(case).ranking
    assert after.next_finding is not None
    assert after.next_finding.code != before.next_finding.code
    assert replace(after, next_finding=None) == replace(before, next_finding=None)
    of_a_woman = service.rank(replace(case, sex=Sex.FEMALE)).ranking.next_finding
    assert of_a_woman is not None
    assert of_a_woman.code == before.next_finding.code
