"""The reviewer's page in the browser: an outcome goes in by its own forms."""

from pathlib import Path

from adapters.fhir.audit import AuditTrail, site_key
from apps.diagnosis.store import DiagnosisStore
from tests.databases import sqlite_database
from tests.diagnosis_visits import opinion
from tests.e2e.conftest import Server, Visit


def test_an_outcome_is_found_by_patient_and_entered(visit: Visit, suite: Server, home: Path) -> None:
    page = visit.page
    database = sqlite_database(suite.log.parent)
    store = DiagnosisStore(database)
    width = page.viewport_size["width"]
    patient = AuditTrail(database, site_key(home)).pseudonym(f"Patient/{width}")
    store.decide(opinion(width, patient=patient, certificate=""))
    page.goto(f"{suite.url}/diagnosis/review")
    page.fill("#patient", str(width))
    page.keyboard.press("Enter")
    page.locator("code", has_text=f"v{width}").wait_for()
    page.select_option("select[name=outcome]", index=2)
    page.locator(".r1-outcomes form button").click()
    page.wait_for_url("**/diagnosis/review?lang=*")
    found = store.find(f"v{width}")
    assert found is not None
    assert found.outcome == 2
    database.dispose()
