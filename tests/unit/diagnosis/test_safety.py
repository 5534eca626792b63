"""What stops suggestions: the switch on every process, and a certificate that closed cases refute."""

import random
import re
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from types import SimpleNamespace
from typing import Any, get_args

import numpy as np
import pytest
from sqlalchemy import Engine, text

from adapters.fhir.audit import AuditTrail
from adapters.fhir.concept_map import ConceptMap
from apps.diagnosis.decision import Decision, decide
from apps.diagnosis.html.page import patient_html
from apps.diagnosis.html.red_flags import red_flags_html
from apps.diagnosis.safety import LEVEL, REFRESH_SECONDS, WINDOW, Safety, State, drift
from apps.diagnosis.service import DiagnosisService
from apps.diagnosis.silent import SilentRecord
from apps.diagnosis.store import DiagnosisStore, closed_cases
from apps.ui.texts import t
from core.errors import AuditError
from knowledge.medical.case import Case, CaseKind
from knowledge.medical.case_features import PER_FINDING, WHOLE, CaseFeatures
from knowledge.medical.differential import Ranking, Scores
from knowledge.medical.measurements import Quantity
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Outcome, RedFlag, Used
from knowledge.medical.versions import versions
from knowledge.retrieval.language import Language
from tests.clock import Clock
from tests.diagnosis_visits import CERTIFICATE, DR, KNOWLEDGE, case, visit, with_condition

HIDDEN_EVERYWHERE_WITHIN = 30.0  # seconds
LISTED = visit().assessment.ranking
VALID = replace(CERTIFICATE, versions=versions(KNOWLEDGE))


@pytest.fixture
def site(database: Engine) -> Any:
    """One database, and two processes that share it."""
    store, trail, clock = DiagnosisStore(database), AuditTrail(database, b"k" * 32), Clock(0.0)
    one, other = (Safety(store, trail, clock=clock) for _ in range(2))
    return SimpleNamespace(one=one, other=other, store=store, trail=trail, clock=clock, database=database)


def said(site: Any) -> list[str]:
    return [event.get("outcomeDesc", "") for event in site.trail.events()]


def suggest(
    site: Any, number: int, outcome: int, *, right: float = 0.9, source: Any = "server", patient: str | None = None
) -> Any:
    """A suggestion that a clinician agreed with, and what it turned out to be; each of a patient of its own."""
    read = replace(case(), patient=f"Patient/{number}" if patient is None else patient)
    seen = visit(source, certified=right, id=f"visit-{number}", case=read)
    shared = {"store": site.store, "trail": site.trail, "knowledge": KNOWLEDGE}
    decide(seen, Decision("OMIM:1"), DR, language="en", **shared)
    return site.one.close(seen.id, outcome, "terminal:x", [CERTIFICATE])


def test_off_reaches_every_process_in_time_and_is_audited(site: Any) -> None:
    assert not site.other.state().off
    site.one.switch(True, "terminal:ada")
    assert site.one.state().off
    site.clock.now += HIDDEN_EVERYWHERE_WITHIN
    assert site.other.state().off
    site.one.switch(False, "terminal:ada")
    site.clock.now += REFRESH_SECONDS
    assert not site.other.state().off
    assert said(site) == ["suggestions on", "suggestions off"]
    assert site.trail.verify().events == 2
    (event, _) = site.trail.events()
    assert event["meta"]["profile"] == ["https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.Update"]


def test_the_database_is_not_asked_at_each_ranking(site: Any) -> None:
    site.other.state()
    site.store.switch(True, "behind its back")
    site.clock.now += REFRESH_SECONDS - 1
    assert not site.other.state().off


def test_a_database_that_does_not_answer_hides_suggestions(site: Any) -> None:
    with site.database.begin() as connection:
        connection.execute(text("DROP TABLE diagnosis_switch"))
    assert site.one.state() == State(off=True)


def test_off_holds_when_the_audit_trail_fails_and_on_waits_for_it(site: Any) -> None:
    with site.database.begin() as connection:
        connection.execute(text("DROP TABLE audit_event"))
    with pytest.raises(AuditError):
        site.one.switch(True, "terminal:ada")
    assert site.store.switched().off
    with pytest.raises(AuditError):
        site.one.switch(False, "terminal:ada")
    assert site.store.switched().off


class ListedDifferential:
    """Lists these diseases, and scores the first two in this order, far apart."""

    def __init__(self, ranking: Ranking = LISTED, order: tuple[int, int] = (0, 1)) -> None:
        self.ranking, self._order = ranking, order
        self.base = self.extractor = self

    def rank(self, case: Case, limit: int) -> Ranking:
        return self.ranking

    def first(self, case: Case, count: int) -> tuple[str, ...]:
        return ()

    def extract(self, case: Case) -> CaseFeatures:
        two = np.arange(2)
        compared, whole = np.ones((1, 2, len(PER_FINDING))), np.ones((2, len(WHOLE)))
        return CaseFeatures((0,), 1, two, compared, whole, np.ones(1), two, np.ones(2, np.int64), CaseKind.STRUCTURED)

    def score(self, case_features: CaseFeatures) -> Scores:
        total = np.array([20.0, 0.0])[list(self._order)]
        return Scores(np.ones((1, 2)), np.ones(2), total, np.array(self._order))


def service(
    state: State, listed: ListedDifferential | None = None, flags: tuple[RedFlag, ...] = (), **changes: Any
) -> DiagnosisService:
    """The real service over stand-ins."""
    ontology = SimpleNamespace(
        version="2025-01-16", resolve=lambda code: code, ancestors=lambda code: frozenset({code})
    )
    diseases = SimpleNamespace(diseases=LISTED.diseases)
    knowledge: Any = SimpleNamespace(**{**vars(KNOWLEDGE), "ontology": ontology, "diseases": diseases})
    red_flags: Any = SimpleNamespace(assess=lambda case, now: flags)
    unread: Any = None  # no note is read here
    differential: Any = listed or ListedDifferential()
    given = {"certificates": [VALID], "state": lambda: state, **changes}
    return DiagnosisService(knowledge, unread, unread, differential, ConceptMap(), red_flags, **given)


def test_switched_off_there_is_no_ranking_and_the_record_stays() -> None:
    assessment = service(State(off=True)).assess(case())
    assert assessment.switched_off
    assert assessment.ranking.diseases == ()
    assert not assessment.is_suggestion
    assert assessment.case == case()


SILENT = State(off=True, silent=True)


def silent(site: Any, state: State = SILENT, listed: ListedDifferential | None = None, **changes: Any) -> Any:
    """The service as :func:`service` makes it, which records what it does not show."""
    return service(state, listed, unseen=SilentRecord(site.store, site.trail).keep, **changes)


def test_silent_mode_records_the_list_and_shows_none(site: Any) -> None:
    site.one.switch(True, "terminal:ada", silent=True)
    assert site.one.state() == SILENT
    assert said(site) == ["suggestions silent"]
    opened = visit(assessment=None)
    made = silent(site, site.one.state())
    shown = made.review(opened, opened.review)
    assert shown.assessment.switched_off
    assert (shown.assessment.ranking.diseases, shown.assessment.ranking.urgent) == ((), ())
    assert (shown.assessment.certificate, shown.assessment.confidence) == (None, None)
    (kept,) = site.store.recorded(CaseKind.STRUCTURED)
    assert (kept.silent, kept.chosen, kept.reason, kept.clinician) == (True, "", "", "")
    assert kept.codes == tuple(f"OMIM:{n}" for n in range(1, 6))
    assert (kept.suggested, kept.certificate) == (True, VALID.id)
    assert kept.probability == made.rank(case()).confidence.right
    assert kept.patient == site.trail.pseudonym("Patient/p")
    assert "Seizure" not in str(kept)


def test_without_a_certificate_silent_mode_records_the_probability_and_no_suggestion(site: Any) -> None:
    made = silent(site, certificates=[])
    opened = visit(assessment=None)
    made.review(opened, opened.review)
    (kept,) = site.store.recorded(CaseKind.STRUCTURED)
    assert (kept.suggested, kept.certificate) == (False, "")
    assert kept.probability == made.rank(case()).confidence.right
    assert site.store.recorded(CaseKind.NOTES) == []


@pytest.mark.parametrize("state", [State(), State(off=True)])
def test_on_and_off_record_nothing(site: Any, state: State) -> None:
    opened = visit(assessment=None)
    silent(site, state).review(opened, opened.review)
    assert site.store.opinions() == []


def test_a_list_that_was_seen_or_decided_on_is_not_recorded_as_unseen(site: Any) -> None:
    seen = visit()
    made = silent(site)
    hidden = made.review(seen, seen.review)
    assert hidden.assessment.switched_off
    made.review(hidden, hidden.review)
    for open_page in (seen, hidden):
        made.reopen(open_page, visit(assessment=None, id="newer"))
    assert site.store.opinions() == []
    decide(seen, Decision("OMIM:2"), DR, store=site.store, trail=site.trail, knowledge=KNOWLEDGE, language="en")
    opened = visit(assessment=None)
    made.review(opened, opened.review)
    assert site.store.find(seen.id).chosen == "OMIM:2"


def test_a_recorded_list_follows_the_review_until_its_case_is_closed(site: Any) -> None:
    opened, listed = visit(assessment=None), ListedDifferential()
    made = silent(site, listed=listed)
    made.review(opened, opened.review)
    listed.ranking = visit(diseases=2).assessment.ranking
    made.review(opened, opened.review)
    assert site.store.find(opened.id).codes == ("OMIM:1", "OMIM:2")
    listed.ranking = visit(diseases=0).assessment.ranking
    made.review(opened, opened.review)
    assert site.store.find(opened.id) is None, "in the end there would have been no list"
    listed.ranking = visit(diseases=2).assessment.ranking
    made.review(opened, opened.review)
    site.one.close(opened.id, 2, "reviewer", [VALID])
    listed.ranking = visit().assessment.ranking
    made.review(opened, opened.review)
    kept = site.store.find(opened.id)
    assert (kept.codes, kept.outcome) == (("OMIM:1", "OMIM:2"), 2)
    assert site.one.judge(VALID).closed == 1, "closed suggestions of silent mode test the certificate, too"


def test_a_database_that_takes_no_list_holds_nobody_up(site: Any) -> None:
    with site.database.begin() as connection:
        connection.execute(text("DROP TABLE diagnosis_opinion"))
    opened = visit(assessment=None)
    assert silent(site).review(opened, opened.review).assessment.switched_off


@pytest.mark.parametrize("language", get_args(Language))
def test_that_no_red_flag_fires_is_told(language: Language) -> None:
    none = escape(t("diagnosis.no_red_flag", language, rules=len(RULES)))
    assert none in red_flags_html((), language)
    cannot = RedFlag(RULES[2], Outcome.CANNOT_ASSESS, (), ("Heart rate",))
    html = red_flags_html((cannot,), language)
    assert none in html
    assert escape(RULES[2].name[language == "zh"]) in html
    assert none not in red_flags_html((RedFlag(RULES[3], Outcome.FIRED, (), ()), cannot), language)


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("outcome", Outcome)
def test_every_rule_has_its_outcome_values_time_and_window(language: Language, outcome: Outcome) -> None:
    value = Used(Quantity.HEART_RATE.value, 72.0, datetime(2026, 3, 1, 9, tzinfo=UTC), "Observation/hr")
    flag = RedFlag(RULES[0], outcome, (value,) if outcome is Outcome.FIRED else (), (), (value,))
    html = red_flags_html((flag, RedFlag(RULES[1], Outcome.NOT_FIRED, (), ())), language)
    for words in (*(rule.name[language == "zh"] for rule in RULES[:2]), "2026-03-01 09:00", "Observation/hr"):
        assert escape(words) in html
    assert re.search(r"\b72\b", html)
    assert html.count(escape(t("diagnosis.window", language, hours=24))) == 1
    assert t("diagnosis.not_fired", language, count=1 + (outcome is Outcome.NOT_FIRED)) in html
    assert html.index("<details") < html.index(escape(RULES[1].name[language == "zh"]))
    assert f"<p>{t('diagnosis.nothing_known_for', language)}{escape(RULES[1].name[language == 'zh'])}" in html


@pytest.mark.parametrize("outcome", Outcome)
def test_a_note_that_repeats_its_values_does_not_bury_the_page(outcome: Outcome) -> None:
    def pulse(rate: float, place: int) -> Used:
        return Used(Quantity.HEART_RATE.value, rate, source="text", phrase=f"HR {rate:g}", place=str(place))

    def lines(*values: Used) -> int:
        flag = RedFlag(RULES[0], outcome, values if outcome is Outcome.FIRED else (), (), values)
        return red_flags_html((flag,), "en", "v1").count('"dx-phrase"')

    assert lines(*(pulse(72, place) for place in range(1000)), pulse(80, 1000)) == 2
    assert lines(*(pulse(40 + place, place) for place in range(1000))) < 20


def test_switched_off_the_red_flags_stay_in_the_review_and_on_the_page() -> None:
    flag = RedFlag(RULES[0], Outcome.FIRED, (), ())
    made = service(State(off=True), flags=(flag,))
    assert made.assess(case()).red_flags == (flag,)
    seen = visit(certified=0.9)
    reviewed = made.review(seen, seen.review)
    assert reviewed.assessment.switched_off
    assert reviewed.red_flags == reviewed.assessment.red_flags == (flag,)
    for number, language in enumerate(get_args(Language)):
        shown = patient_html(reviewed, language)
        assert escape(flag.rule.name[number]) in shown
        assert escape(flag.rule.action[number]) in shown


def test_a_withdrawn_certificate_leaves_the_list_without_probabilities() -> None:
    valid = service(State()).assess(case())
    assert valid.is_suggestion
    withdrawn = service(State(withdrawn=frozenset({VALID.id}))).assess(case())
    assert withdrawn.ranking.diseases == valid.ranking.diseases
    assert not withdrawn.is_suggestion
    assert withdrawn.confidence is None
    assert withdrawn.certificate is None


def test_a_first_disease_that_was_not_the_best_has_no_probability() -> None:
    """The best one cannot occur in the patient's sex; a probability would be of that one."""
    assessment = service(State(), ListedDifferential(order=(1, 0))).assess(case())
    assert assessment.ranking.diseases
    assert (assessment.certificate, assessment.confidence) == (None, None)


def test_a_common_condition_in_the_first_place_has_no_probability() -> None:
    joint = with_condition(visit(certified=0.9)).assessment.ranking
    assessment = service(State(), ListedDifferential(joint)).assess(case())
    assert assessment.ranking.diseases[0].condition is not None
    assert (assessment.certificate, assessment.confidence) == (None, None)


@pytest.mark.parametrize(
    ("outcomes", "fires"),
    [
        ([], False),
        ([True] * 100, False),
        ([True] * 87 + [False] * 13, False),
        ([False] * 2, False),
        ([False] * 3, True),
        ([True] * 60 + [False] * 40, True),
        ([True] * WINDOW + [False] * 50, False),  # long ago
    ],
)
def test_the_rule_of_drift(outcomes: list[bool], fires: bool) -> None:
    assert drift(outcomes, 0.87).fires is fires


def test_the_chance_is_the_binomial_one() -> None:
    """10 of 12 with 0.9: 1 - 0.9**12 - 12 * 0.1 * 0.9**11."""
    assert drift([True] * 10 + [False] * 2, 0.9).chance == pytest.approx(1 - 0.9**12 - 12 * 0.1 * 0.9**11)


@pytest.mark.parametrize(
    ("truth", "least", "most"),
    [(0.94, 0.0, 0.02), (0.87, 0.0, 0.2), (0.6, 0.98, 1.0)],
)
def test_how_often_it_fires_within_200_cases(truth: float, least: float, most: float) -> None:
    draw = random.Random(1)
    fired = 0
    for _ in range(150):
        newest_first: list[bool] = []
        for _ in range(200):
            newest_first.insert(0, draw.random() < truth)
            if drift(newest_first, 0.87).fires:
                fired += 1
                break
    assert least <= fired / 150 <= most


def test_a_refuted_certificate_is_withdrawn_once_for_good_and_audited(site: Any) -> None:
    for number in range(20):
        found = suggest(site, number, outcome=0 if number % 2 else 1)
        if found.fires:
            break
    assert found.fires
    assert site.one.state().withdrawn == {CERTIFICATE.id}
    site.clock.now += REFRESH_SECONDS
    assert site.other.state().withdrawn == {CERTIFICATE.id}
    suggest(site, 99, outcome=0)
    (withdrawal,) = site.store.withdrawals()
    assert (withdrawal.closed, withdrawal.right) == (found.closed, found.right)
    assert found.chance < LEVEL
    assert said(site).count(f"certificate {CERTIFICATE.id} withdrawn") == 1


def test_one_patient_read_again_and_again_is_one_case(site: Any) -> None:
    for number in range(10):
        found = suggest(site, number, outcome=0, patient="Patient/p")
    assert (found.closed, found.right, found.fires) == (1, 0, False)
    assert suggest(site, 10, outcome=1, patient="Patient/p").right == 0  # the answer stood in the record by then
    assert suggest(site, 11, outcome=0, patient="").closed == 2
    assert suggest(site, 12, outcome=0, patient="").closed == 3  # a typed note names nobody


def test_a_right_suggestion_hides_no_wrong_one(site: Any) -> None:
    for number in range(20):
        suggest(site, 2 * number, outcome=0, patient=f"Patient/{number}")
        found = suggest(site, 2 * number + 1, outcome=1, patient=f"Patient/{number}")
    assert (found.right, found.fires) == (0, True)
    assert {opinion.outcome for opinion in closed_cases(site.store.opinions())} == {0}


def test_only_suggestions_about_real_patients_can_refute_it(site: Any) -> None:
    for number in range(10):
        assert suggest(site, number, outcome=0, right=0.3) is None  # below the threshold: no suggestion
        suggest(site, number + 100, outcome=0, source="sample")
    assert site.one.judge(CERTIFICATE).closed == 0
    assert site.one.state().withdrawn == frozenset()


def test_a_corrected_outcome_counts_once(site: Any) -> None:
    suggest(site, 1, outcome=0)
    found = site.one.close("visit-1", 1, "terminal:x", [CERTIFICATE])
    assert (found.closed, found.right) == (1, 1)
