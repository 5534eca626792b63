"""Age, sex and pregnancy, corrected by a clinician: the ranking, red flags and exports follow; the record stays."""

import json
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from adapters.fhir.audit import AuditTrail
from apps.diagnosis.actions import act
from apps.diagnosis.decision import Decision, decide, entries
from apps.diagnosis.document import document
from apps.diagnosis.html.page import patient_html
from apps.diagnosis.person import CHILDBIRTH, OLDEST, PREGNANCY, age_parts, stated
from apps.diagnosis.problems import frozen_visit
from apps.diagnosis.service import DiagnosisService
from apps.diagnosis.store import DiagnosisStore
from apps.diagnosis.summary import plain_text, sections
from apps.diagnosis.visit import Review, Stated, Visit
from apps.ui.texts import t
from core.errors import InputFormatError
from knowledge.medical.case import Case, Sex
from knowledge.medical.notes.context.person import AFTER_BIRTH, IN_LABOUR
from knowledge.medical.red_flags import Outcome
from knowledge.retrieval.language import Language
from tests.diagnosis_visits import DR, KNOWLEDGE, case, record, visit
from tests.unit.diagnosis.records import record as record_of

each_language = pytest.mark.parametrize("language", get_args(Language))
READ = Case((), sex=Sex.FEMALE, age_years=34.5, pregnant=True, gestation=12)
FORM = {"age": "34", "unit": "years", "sex": "female", "pregnancy": "yes", "week": "12"}
HIGH = "34-year-old woman, 30 weeks pregnant. Seizures. BP 172/115."


def opened(service: DiagnosisService, text: str) -> Visit:
    return service.accept(service.open_note(text.encode()))


def corrected(service: DiagnosisService, seen: Visit, **fields: str) -> Visit:
    return act(service, seen, {"do": "correct", **FORM, **fields})


def fired(seen: Visit) -> set[str]:
    return {flag.rule.id for flag in seen.red_flags if flag.outcome is Outcome.FIRED}


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ({}, {}),
        ({"age": "8"}, {"age_years": 8}),
        ({"age": "", "unit": "days"}, {"age_years": None}),
        ({"age": "34", "unit": "weeks"}, {"age_years": 0.6516}),
        ({"age": "1,5"}, {"age_years": 1.5}),
        ({"age": " ３４ "}, {"age_years": 34}),
        ({"sex": "other"}, {"sex": Sex.OTHER}),
        ({"sex": "male"}, {"sex": Sex.MALE, "pregnant": None, "gestation": None}),
        ({"week": "30+4"}, {"pregnant": True, "gestation": 30}),
        ({"week": ""}, {"pregnant": True, "gestation": None}),
        ({"pregnancy": "no", "week": "12"}, {"pregnant": False, "gestation": None}),
        ({"pregnancy": "unknown"}, {"pregnant": None, "gestation": None}),
        ({"pregnancy": "after_birth"}, {"pregnant": True, "gestation": AFTER_BIRTH}),
    ],
)
def test_only_what_differs_from_what_was_read_is_a_correction(typed: dict[str, str], changed: dict[str, Any]) -> None:
    assert stated(FORM | typed, READ) == changed


@pytest.mark.parametrize("age", ["-1", "131", "old", "nan", "inf", "1e999", "12;"])
def test_an_impossible_age_is_refused(age: str) -> None:
    with pytest.raises(InputFormatError) as refused:
        stated(FORM | {"age": age}, READ)
    assert refused.value.kind == "no_age"
    assert age not in str(refused.value)


@pytest.mark.parametrize("week", ["0", "43", "-3", "x", "nan"])
def test_an_impossible_week_is_refused(week: str) -> None:
    with pytest.raises(InputFormatError) as refused:
        stated(FORM | {"week": week}, READ)
    assert refused.value.kind == "no_week"


@pytest.mark.parametrize("name", ["unit", "sex", "pregnancy"])
@pytest.mark.parametrize("value", [None, "", "centuries", ["female"]])
def test_what_no_form_of_the_page_sends_is_refused(name: str, value: Any) -> None:
    with pytest.raises(InputFormatError):
        stated({**FORM, name: value}, READ)


@given(st.floats(0, OLDEST))
def test_an_age_that_was_not_touched_is_not_corrected(years: float) -> None:
    age, unit = age_parts(years)
    assert stated(FORM | {"age": str(age), "unit": unit}, replace(READ, age_years=years)) == {}


def test_a_labour_without_a_week_is_not_corrected_by_another_correction() -> None:
    form = FORM | {"age": "8", "week": ""}
    assert stated(form, replace(READ, gestation=IN_LABOUR)) == {"age_years": 8}
    assert stated(form | {"week": "39"}, replace(READ, gestation=IN_LABOUR))["gestation"] == 39


@given(st.dictionaries(st.sampled_from([*FORM]), st.text(max_size=6) | st.none() | st.integers()))
def test_whatever_a_browser_sends_is_a_correction_or_refused(form: dict[str, Any]) -> None:
    try:
        changed = stated({**FORM, **form}, READ)
    except InputFormatError:
        return
    now = Review(stated=changed).apply(READ)
    assert now.age_years is None or 0 <= now.age_years <= OLDEST
    assert now.gestation is None or 1 <= now.gestation <= AFTER_BIRTH


def test_red_flags_follow_and_come_back(service: DiagnosisService) -> None:
    seen = opened(service, HIGH)
    assert "pre-eclampsia" in fired(seen)
    for change in ({"pregnancy": "no"}, {"sex": "male"}):
        after = corrected(service, seen, **change)
        assert "pre-eclampsia" not in fired(after)
        back = act(service, after, {"do": "as_read"})
        assert back.red_flags == seen.red_flags
        assert back.review.stated == {}


def test_an_unknown_pregnancy_can_be_stated(service: DiagnosisService) -> None:
    seen = opened(service, HIGH.replace(", 30 weeks pregnant", ""))
    assert "pre-eclampsia" not in fired(seen)
    assert "pre-eclampsia" in fired(corrected(service, seen))


def statuses(seen: Visit) -> dict[str, str]:
    return {f.code: f.status.value for f in seen.reviewed.findings if f.code in (PREGNANCY, CHILDBIRTH)}


def test_the_finding_follows_the_pregnancy_and_the_pregnancy_the_finding(service: DiagnosisService) -> None:
    seen = opened(service, HIGH)
    assert statuses(seen) == {PREGNANCY: "present"}
    none = corrected(service, seen, pregnancy="no")
    assert statuses(none) == {PREGNANCY: "absent"}
    born = corrected(service, none, pregnancy="after_birth")
    assert statuses(born) == {CHILDBIRTH: "present"}
    assert statuses(corrected(service, born, sex="male")) == {}
    for back in (corrected(service, born, week="30"), act(service, born, {"do": "as_read"})):
        assert back.reviewed == seen.reviewed
    for to, pregnant in (("absent", False), ("unknown", None), ("removed", None), ("present", True)):
        after = act(service, none, {"do": "decide", "code": PREGNANCY, "to": to})
        assert after.reviewed.pregnant is pregnant
        assert ("pre-eclampsia" in fired(after)) is bool(pregnant)
        undone = act(service, after, {"do": "undo", "code": PREGNANCY})
        assert (undone.reviewed.pregnant, undone.reviewed.gestation) == (True, 30)
    added = act(service, seen, {"do": "add", "code": CHILDBIRTH, "to": "present"})
    assert added.reviewed.gestation == AFTER_BIRTH
    paused = act(service, seen, {"do": "pause", "code": PREGNANCY})
    assert paused.reviewed.pregnant is True


def test_the_stop_asks_about_a_pregnancy_on_which_a_red_flag_rests(service: DiagnosisService) -> None:
    seen = service.open_note(HIGH.encode())
    seen = service.review(seen, seen.review)
    (asked,) = (question for question in seen.stop.questions if question.finding.code == PREGNANCY)
    assert "pre-eclampsia" in asked.flags


@pytest.mark.parametrize("by_record", [False, True])
def test_values_are_judged_again_by_the_corrected_age(service: DiagnosisService, by_record: bool) -> None:
    """A pressure that is high in an adult means nothing in a newborn."""
    note = "Reviewed on the ward. BP 150/95."
    seen = service.accept(service.open_record(record_of(note)) if by_record else service.open_note(note.encode()))
    labels = {finding.label for finding in seen.reviewed.findings}
    assert labels == {"Hypertension"}
    form = {"age": "3", "unit": "days", "sex": seen.case.sex.value, "pregnancy": "unknown", "week": ""}
    newborn = corrected(service, seen, **form)
    assert newborn.reviewed.findings == ()
    assert newborn.case.age_years == seen.case.age_years, "what was read is still known"
    back = act(service, newborn, {"do": "as_read"})
    assert back.reviewed == seen.reviewed


def test_a_correction_outlives_a_newer_reading_of_the_record(service: DiagnosisService) -> None:
    seen = service.accept(service.open_record(record_of("BP 150/95.")))
    form = {"age": "3", "unit": "days", "pregnancy": "unknown", "week": ""}
    newer = service.open_record(record_of("BP 150/95.", "BP 152/95."))
    after = service.reopen(corrected(service, seen, **form), newer)
    assert after.reviewed.age_years == pytest.approx(3 / 365.25, abs=1e-4)
    assert after.reviewed.findings == ()


@each_language
def test_page_and_exports_say_what_was_corrected_and_what_had_been_read(language: Language) -> None:
    changes = Stated(age_years=8.0, pregnant=True, gestation=9)
    seen = visit(review=Review(stated=changes))
    page = patient_html(seen, language)
    text = plain_text(sections(seen, None, KNOWLEDGE, language), language)
    eight, before = (t("diagnosis.years", language, count=years) for years in (8, 36))
    week = t("diagnosis.pregnant_week", language, week=9)
    assert f'{eight} <span class="dx-tag">{t("visit.was", language, status=before)}</span>' in page
    assert t("export.corrected", language, fact=eight, read=before) in text
    assert f'{week} <span class="dx-tag">{t("visit.added", language)}</span>' in page
    assert t("export.stated", language, fact=week) in text
    assert t("visit.undo", language) in page


@each_language
def test_an_unknown_pregnancy_is_shown_where_it_matters(language: Language) -> None:
    label = f"<dt>{t('diagnosis.pregnancy', language)}</dt>"
    for shown, changes in (
        (True, {}),
        (True, {"age_years": None}),
        (False, {"age_years": 8.0}),
        (False, {"age_years": 80.0}),
        (False, {"sex": Sex.MALE}),
    ):
        banner = patient_html(visit(case=replace(case(), **changes)), language)
        assert (label in banner) is shown


def test_a_correction_is_never_written_as_patient_data(database: Engine) -> None:
    changes = Stated(age_years=8.0, sex=Sex.MALE, pregnant=True, gestation=9)
    seen = visit(review=Review(stated=changes))
    store, trail = DiagnosisStore(database), AuditTrail(database, b"k" * 32)
    made = decide(seen, Decision("OMIM:1"), DR, store=store, trail=trail, knowledge=KNOWLEDGE, language="en")
    assert made.draft is not None
    written = [entry["resource"] for entry in entries(made.draft, DR)]
    assert {each["resourceType"] for each in written} == {"ClinicalImpression", "Provenance"}
    assert not any(word in json.dumps(written) for word in ("gender", "birthDate"))
    assert "Age: 8 years (corrected by the clinician; read as: 36 years)." in made.draft.summary
    exported = [entry["resource"] for entry in document(seen, made, KNOWLEDGE, "en")["entry"]]
    assert next(each for each in exported if each["resourceType"] == "Patient") == record().patient


def test_a_reported_problem_has_the_corrections() -> None:
    changes = Stated(age_years=8.0, sex=Sex.MALE)
    frozen = frozen_visit(visit(review=Review(stated=changes)), "", KNOWLEDGE)
    assert json.loads(json.dumps(frozen))["review"]["stated"] == {"age_years": 8.0, "sex": "male"}
