"""The reviewer's page: true numbers, no patient, and outcomes only from a form of its own."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from adapters.fhir.audit import AuditTrail
from apps.auth.accounts import Accounts, Role
from apps.auth.sessions import Sessions
from apps.diagnosis.decision import Decision, decide
from apps.diagnosis.oversight import Oversight
from apps.diagnosis.problems import ProblemReports
from apps.diagnosis.review import PATH, review_routes
from apps.diagnosis.review_charts import calibration, weeks
from apps.diagnosis.safety import Safety
from apps.diagnosis.store import DiagnosisStore
from apps.ui.texts import t
from core.errors import ApprovalError
from knowledge.retrieval.language import Language
from tests.diagnosis_visits import CERTIFICATE, DR, KNOWLEDGE, NAME, NUMBER, opinion, visit

LANGUAGES = get_args(Language)
BASE = "http://r1.example.org"
OWN = {"origin": BASE}


@pytest.fixture
def site(database: Engine) -> Any:
    store, trail = DiagnosisStore(database), AuditTrail(database, b"k" * 32)
    oversight = Oversight(store, Safety(store, trail), ProblemReports(store, trail, None), trail)
    names = SimpleNamespace(index={"OMIM:1": 0}, diseases=(SimpleNamespace(name="Fit <b> syndrome"),))
    service: Any = SimpleNamespace(certificates=(CERTIFICATE,), knowledge=SimpleNamespace(diseases=names))
    app = FastAPI()
    sessions = Sessions(database, timedelta(minutes=30), secure=False)
    app.include_router(
        review_routes(service, oversight, lambda cookies: "Ada Byron", sessions, public="public.example.org")
    )
    browser = TestClient(app, base_url=BASE, follow_redirects=False)
    return SimpleNamespace(
        browser=browser, store=store, trail=trail, database=database, oversight=oversight, sessions=sessions
    )


def send(site: Any, visit_id: str = "v1", outcome: str = "OMIM:1", headers: dict[str, str] | None = None) -> Any:
    form = {"visit": visit_id, "outcome": outcome}
    return site.browser.post(PATH, data=form, headers=OWN if headers is None else headers)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_page_says_so(site: Any, language: Language) -> None:
    page = site.browser.get(PATH, params={"lang": language}).text
    assert t("review.none_yet", language) in page
    assert t("review.nothing_open", language) in page
    assert t("review.on", language) in page
    assert t("review.none_closed", language) in page
    assert "<table" not in page, "no rows of zeros"


@pytest.mark.parametrize(("role", "leads_on"), [(Role.REVIEWER, False), (Role.CLINICIAN, True), (None, True)])
def test_it_shows_who_is_signed_in_and_only_links_that_open(site: Any, role: Role | None, leads_on: bool) -> None:
    if role is not None:
        rita = Accounts(site.database, cost=4).add("Rita <b>", "correct horse battery", {Role.REVIEWER, role})
        site.browser.cookies.set(site.sessions.cookie, site.sessions.start(rita, {}))
    page = site.browser.get(PATH).text
    assert ("Rita &lt;b&gt;" in page) is (role is not None)
    for sign in ('action="/sign-out"', 'data-session="/session"', t("shared.idle", "en"), "setInterval("):
        assert (sign in page) is (role is not None)
    assert ('href="/diagnosis/"' in page) is leads_on


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_shows_agreement_disagreement_calibration_and_the_certificate(site: Any, language: Language) -> None:
    for number in range(20):
        right = number % 10 != 0
        site.store.decide(opinion(number, outcome=1 if right else 2, closed_at=datetime.now(UTC)))
    site.store.decide(opinion(20, chosen="", place=0, reason="known"))
    site.store.decide(opinion(21, chosen="OMIM:2", place=2))
    page = site.browser.get(PATH, params={"lang": language}).text
    assert t("review.overridden", language, count=2, suggested=22) in page
    assert t("review.closed", language, closed=20, first=18, five=20) in page
    assert t("review.fared", language, right=18, closed=20, chance=f"{1 - 0.87**20 - 20 * 0.13 * 0.87**19:.3f}") in page
    assert page.count("<svg") == 2
    assert "<td>0.90</td><td>0.90</td><td>20</td>" in page
    assert "<td>2026-03-02</td><td>20</td><td>1</td><td>1</td>" in page
    assert "Fit &lt;b&gt; syndrome (OMIM:1)" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_suggestion_none_is_said_to_be_overridden(site: Any, language: Language) -> None:
    site.store.decide(opinion(1, chosen="OMIM:2", place=2, suggested=False))
    page = site.browser.get(PATH, params={"lang": language}).text
    assert t("review.none_was_suggested", language) in page
    assert t("review.overridden", language, count=0, suggested=0) not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_that_nobody_saw_are_closed_here_and_are_no_opinions(site: Any, language: Language) -> None:
    site.oversight.safety.switch(True, "terminal:ada", silent=True)
    site.store.record(opinion(1, chosen="", place=0, silent=True))
    page = site.browser.get(PATH, params={"lang": language}).text
    assert t("review.silent", language) in page
    assert t("review.unseen", language) in page
    assert page.count(t("review.none_yet", language)) == 2, "neither agreement nor disagreement"
    assert send(site).status_code == 303
    page = site.browser.get(PATH, params={"lang": language}).text
    assert t("review.closed", language, closed=1, first=1, five=1) in page
    assert "<td>0.90</td><td>1.00</td><td>1</td>" in page


def test_a_patient_whose_record_was_read_again_is_one_closed_case(site: Any) -> None:
    for number, outcome in enumerate(("none", "none", "OMIM:1")):
        site.store.decide(opinion(number, patient="a" * 32))
        assert send(site, f"v{number}", outcome).status_code == 303
    page = site.browser.get(PATH, params={"lang": "en"}).text
    assert t("review.closed", "en", closed=1, first=0, five=0) in page
    assert "<td>0.90</td><td>0.00</td><td>1</td>" in page


def test_lists_that_nobody_saw_push_no_opinion_away(site: Any) -> None:
    later = datetime(2026, 5, 6, 9, tzinfo=UTC)
    site.store.decide(opinion(0))
    for number in range(1, 60):
        unseen = opinion(number, decided_at=later + timedelta(minutes=number), chosen="", place=0, silent=True)
        site.store.record(unseen)
    assert [kept.visit for kept in site.store.opinions(limit=2)] == ["v0", "v59", "v58"]
    page = site.browser.get(PATH).text
    assert page.count("<code>v") == 51
    assert page.index("<code>v0</code>") < page.index("<code>v59</code>")


def test_it_names_no_patient_and_no_clinician(site: Any) -> None:
    decide(visit(), Decision("OMIM:1"), DR, store=site.store, trail=site.trail, knowledge=KNOWLEDGE, language="en")
    page = site.browser.get(PATH).text
    assert "v1" in page
    for words in (NAME, NUMBER, "Patient/p", "Byron", "Seizure"):
        assert words not in page


def test_a_patients_opinions_are_found_by_id_and_can_be_corrected(site: Any) -> None:
    mine = site.trail.pseudonym("Patient/p")
    site.store.decide(opinion(1, patient=mine, outcome=2, closed_at=datetime.now(UTC)))
    site.store.decide(opinion(2))
    page = site.browser.post(PATH, params={"lang": "en"}, data={"patient": "p"}, headers=OWN).text
    assert "<code>v1</code>" in page
    assert "<code>v2</code>" not in page
    assert t("review.entered", "en", outcome="OMIM:2") in page
    assert send(site, "v1", "OMIM:1").status_code == 303
    assert site.store.find("v1").outcome == 1
    nobody = site.browser.post(PATH, params={"lang": "en"}, data={"patient": "q"}, headers=OWN).text
    assert t("review.found_none", "en") in nobody


def test_an_outcome_is_entered_and_can_refute_the_certificate(site: Any) -> None:
    for number in range(4):
        site.store.decide(opinion(number))
    assert send(site, "v0", "OMIM:1").status_code == 303
    assert site.store.find("v0").outcome == 1
    for number in range(1, 4):
        assert send(site, f"v{number}", "none").status_code == 303
    assert site.store.find("v3").closed_by == "Ada Byron"
    page = site.browser.get(PATH, params={"lang": "en"}).text
    assert t("review.certificate_withdrawn", "en", kind="coded findings", id=CERTIFICATE.id) in page
    assert site.trail.events()[0]["outcomeDesc"] == f"certificate {CERTIFICATE.id} withdrawn"


def test_a_disease_is_meant_and_no_place_of_a_list_that_was_replaced(site: Any) -> None:
    site.store.decide(opinion(1))
    site.store.decide(opinion(1, codes=("OMIM:3", "OMIM:1")))
    assert send(site, "v1", "OMIM:2").status_code == 400
    assert send(site, "v1", "OMIM:1").status_code == 303
    assert site.store.find("v1").outcome == 2
    with pytest.raises(ApprovalError, match="closed"):
        site.store.decide(opinion(1))


def test_a_form_of_another_site_is_refused(site: Any) -> None:
    site.store.decide(opinion(1))
    answer = send(site, headers={"origin": "http://evil.example.org"})
    assert answer.status_code == 403
    assert t("review.foreign", "en") in answer.text
    assert site.store.find("v1").outcome is None


def test_the_public_address_is_its_own_too(site: Any) -> None:
    site.store.decide(opinion(1))
    assert send(site, headers={"origin": "https://public.example.org"}).status_code == 303


@pytest.mark.parametrize(("visit_id", "outcome"), [("nobody", "1"), ("v1", "3"), ("v1", "-1"), ("v1", "x"), ("", "")])
def test_an_outcome_that_is_none_is_told(site: Any, visit_id: str, outcome: str) -> None:
    site.store.decide(opinion(1))
    answer = send(site, visit_id, outcome)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert site.store.find("v1").outcome is None


def test_a_form_that_is_too_large_is_none(site: Any) -> None:
    site.store.decide(opinion(1))
    answer = send(site, "v1", "OMIM:1" + " " * 5000)
    assert answer.status_code == 400
    assert site.store.find("v1").outcome is None


def test_a_database_that_does_not_answer_is_told(site: Any) -> None:
    with site.database.begin() as connection:
        connection.execute(text("DROP TABLE diagnosis_opinion"))
    assert 'role="alert"' in site.browser.get(PATH).text


def test_weeks_begin_on_monday() -> None:
    sunday = datetime(2026, 3, 8, 23, tzinfo=UTC)
    later = opinion(2, decided_at=sunday + timedelta(hours=2), chosen="", place=0)
    rows = [(row.monday.isoformat(), row.first, row.none) for row in weeks([opinion(1, decided_at=sunday), later])]
    assert rows == [("2026-03-02", 1, 0), ("2026-03-09", 0, 1)]


def test_calibration_counts_closed_cases_with_a_probability() -> None:
    cases: list[tuple[float, int | None]] = [(0.1, 0), (0.15, 1), (1.0, 1), (0.9, None)]
    told = [opinion(n, probability=p, outcome=o) for n, (p, o) in enumerate(cases)]
    bins = calibration([*told, opinion(9, probability=None, outcome=1)])
    assert [(round(b.expected, 3), b.right, b.cases) for b in bins] == [(0.125, 0.5, 2), (1.0, 1.0, 1)]
