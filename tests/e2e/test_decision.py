"""In the browser, from the hospital's sign-in to a resource on its server: decide, read, approve, withdraw."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.hl7v2.message import parse
from adapters.hl7v2.to_fhir import convert
from apps.ui.texts import t
from tests.command import R1
from tests.e2e.conftest import VISITORS, Server, on_the_phone, start_suite, stop_suite
from tests.sekmet_server import http, sekmet, transaction
from tests.smart_hospital import CLIENT_ID, launched, smart_hospital
from tests.unit.hl7v2.hl7_fakes import MemoryInbox, listening_beside

SAMPLE = Path(__file__).parents[2] / "apps/diagnosis/sample_hospital/amara-okafor.json"
RESOURCES = [entry["resource"] for entry in json.loads(SAMPLE.read_text("utf-8"))["entry"]]
OID = "2.16.840.1.113883.19.5"  # of an authority that HL7 v2 messages can name
PATIENT = next(resource for resource in RESOURCES if resource["resourceType"] == "Patient")
PATIENT["identifier"].append({"system": f"urn:oid:{OID}", "value": "77"})


@dataclass(frozen=True)
class Hospital:
    """A suite that a hospital has joined, and the hospital's own server behind it."""

    suite: Server
    fhir: str
    records: httpx.Client
    environment: dict[str, str]
    results: MemoryInbox  # of another system

    def r1(self, *arguments: str) -> str:
        """What a command says."""
        command = [*R1, *arguments]
        environment = {**os.environ, **self.environment}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[Hospital]:
    folder = tmp_path_factory.mktemp("hospital")
    doctors = [{"resourceType": "Practitioner", "id": one, "name": [{"family": one}]} for one in ("dr", "li")]
    person = {"clinician": "Practitioner/dr", "name": "Dr Ada Byron", "patient": PATIENT["id"]}
    results = MemoryInbox()
    with (
        sekmet(folder, transaction(*doctors, *RESOURCES)) as base,
        smart_hospital(base, **person) as joined,
        listening_beside(results) as port,
    ):
        environment = {
            "R1_DATABASE_URL": f"sqlite:///{folder / 'r1.db'}",
            "R1_FHIR_URL": joined,
            "R1_SMART_CLIENT_ID": CLIENT_ID,
            "R1_SMART_USER_SCOPE": "user/*.cruds",
            "R1_INBOX_VOLUME_ENCRYPTED": "true",
            "R1_RESULT_URL": f"mllp://127.0.0.1:{port}",
            "R1_RESULT_RECEIVER": "EHR,WEST",
        }
        suite = start_suite(folder / "log", home, **environment)
        with http(base) as records:
            yield Hospital(suite, joined, records, {"R1_HOME": str(home), **environment}, results)
        stop_suite(suite)


@pytest.fixture(params=list(VISITORS.values()), ids=list(VISITORS))
def ward(request: pytest.FixtureRequest, browser: Any, hospital: Hospital) -> Iterator[Any]:
    """A clinician's browser that comes from the hospital's sign-in, with the patient's list on the screen."""
    locale, width, height = request.param
    context = browser.new_context(locale=locale, viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(120_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{hospital.suite.url}/smart/launch")
    accept_findings(page)
    yield page
    storage = page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage)]")
    page.request.post(f"{hospital.suite.url}/sign-out")  # the next one does not go on with this review
    context.close()
    assert errors == []
    assert storage == [[], []]


def accept_findings(page: Any) -> None:
    """Up to the list."""
    page.wait_for_selector(".dx-banner")
    page.wait_for_selector("[data-do=accept], #decision [data-do=agree]")
    if page.locator("[data-do=accept]").count():
        page.locator("[data-do=accept]").first.click()
    page.wait_for_selector("#decision [data-do=agree]")


def impressions(hospital: Hospital) -> list[dict[str, Any]]:
    found = hospital.records.get("ClinicalImpression").json().get("entry", ())
    return [entry["resource"] for entry in found if entry["resource"]["status"] == "completed"]


def test_decide_approve_and_withdraw(ward: Any, hospital: Hospital) -> None:
    assert impressions(hospital) == []
    assert ward.input_value("#decision select[name=chosen]") == ""  # nothing is agreed with by a single press
    ward.check("#decision input[name=problem_list]")
    agree(ward)
    preview = ward.inner_text("#decision .dx-preview")
    assert "Marfan syndrome" in preview
    assert "Dr Ada Byron" in preview
    assert impressions(hospital) == []  # nothing before the approval
    ward.click("#decision [data-do=approve]")
    ward.wait_for_selector("#decision [data-do=withdraw]")
    (impression,) = impressions(hospital)
    assert impression["summary"].splitlines()[0] in preview
    assert f"ClinicalImpression/{impression['id']}" in ward.text_content("#decision .r1-done")
    assert "Marfan syndrome" in ward.inner_text("#decision .r1-done")
    kinds = {"Provenance": 1, "Condition": 1}
    tag = {"_tag": next(t["code"] for t in impression["meta"]["tag"] if t["system"] == "urn:r1-suite:draft")}
    for kind, count in kinds.items():
        assert hospital.records.get(kind, params={**tag, "_summary": "count"}).json()["total"] == count
    assert "Practitioner/dr" in hospital.r1("audit", "list", "--json")
    ward.click("#decision [data-do=withdraw]")
    ward.wait_for_selector("#decision [data-do=agree]")
    assert impressions(hospital) == []


def test_a_second_window_cannot_write_the_impression_again(ward: Any, hospital: Hospital) -> None:
    second = ward.context.new_page()
    second.goto(f"{hospital.suite.url}/diagnosis/")
    second.wait_for_selector("#decision [data-do=agree]")  # the same review, without a further click
    agree(ward)
    second.reload()
    second.wait_for_selector("#decision [data-do=approve]")
    ward.click("#decision [data-do=approve]")
    ward.wait_for_selector("#decision [data-do=withdraw]")
    second.click("#decision [data-do=approve]")
    said = second.wait_for_selector("#said [role=alert]").inner_text()
    for words in ("Marfan syndrome", "Dr Ada Byron", f"{datetime.now(UTC):%Y-%m-%d}"):
        assert words in said
    second.wait_for_selector("#decision [data-do=withdraw]")
    assert len(impressions(hospital)) == 1
    second.click("#decision [data-do=withdraw]")
    second.wait_for_selector("#decision [data-do=agree]")
    assert impressions(hospital) == []
    ward.wait_for_selector("#decision [data-do=agree]")  # by itself
    second.close()


@on_the_phone("ward")
def test_two_clinicians_at_once_each_have_their_own_review_and_impression(
    ward: Any, hospital: Hospital, browser: Any
) -> None:
    """Dr Byron on a phone, Dr Li at a desk, the same patient; then Dr Li has none open."""
    context = browser.new_context(locale="en-US")
    desk = context.new_page()
    desk.set_default_timeout(120_000)
    li = {"clinician": "Practitioner/li", "name": "Dr Li Ming"}
    desk.goto(launched(hospital.suite.url, hospital.fhir, **li, patient=PATIENT["id"]))
    accept_findings(desk)
    desk.locator("#findings li summary").first.click()
    desk.locator("#findings [data-do=pause]:visible").first.click()
    desk.wait_for_selector("#findings .dx-paused")
    for page in (ward, desk):
        agree(page)
    for page in (ward, desk):
        page.click("#decision [data-do=approve]")
        page.wait_for_selector("#decision [data-do=withdraw]")
    assert ward.locator("#findings .dx-paused").count() == 0
    assert {each["assessor"]["reference"] for each in impressions(hospital)} == {"Practitioner/dr", "Practitioner/li"}
    ward.click("#decision [data-do=withdraw]")
    ward.wait_for_selector("#decision [data-do=agree]")
    assert [each["assessor"]["reference"] for each in impressions(hospital)] == ["Practitioner/li"]
    desk.click("#decision [data-do=withdraw]")
    desk.wait_for_selector("#decision [data-do=agree]")
    desk.goto(launched(hospital.suite.url, hospital.fhir, **li, patient=""))
    desk.click(".dx-kept [data-do=continue]")
    desk.wait_for_selector("#decision [data-do=agree]")
    desk.select_option("#decision select[name=chosen]", index=1)
    desk.click("#decision [data-do=agree]")
    desk.get_by_text(t("decision.kept_not_open", "en")).wait_for()
    assert desk.locator("#decision [data-do=approve]").count() == 0
    desk.request.post(f"{hospital.suite.url}/sign-out")
    context.close()


def test_disagreeing_writes_nothing(ward: Any, hospital: Hospital) -> None:
    ward.select_option("#decision select[name=reason]", "finding_wrong")
    ward.click("#decision [data-do=disagree]")
    ward.wait_for_selector("#decision .r1-done")
    assert ward.locator("#decision [data-do=approve]").count() == 0
    assert impressions(hospital) == []


@on_the_phone("ward")
def test_exports_reach_the_browser_once(ward: Any, hospital: Hospital) -> None:
    ward.click("#decision [data-do=pdf]")
    link = ward.wait_for_selector("#said a")
    with ward.expect_download() as download:
        link.click()
    assert Path(download.value.path()).read_bytes().startswith(b"%PDF")
    assert download.value.suggested_filename == "r1-assessment.pdf"
    with ward.expect_popup() as opened:
        link.click()  # once more
    told = opened.value.inner_text("main")
    assert t("shared.fetched_text", "zh") in told
    opened.value.close()
    assert ward.locator(".dx-banner").is_visible()
    ward.click("#decision [data-do=copy]")
    ward.wait_for_selector("#said textarea")
    assert "Marfan syndrome (OMIM:154700)" in ward.input_value("#said textarea")


def test_a_problem_is_reported_and_handed_out(ward: Any, hospital: Hospital, tmp_path: Path) -> None:
    ward.locator("#decision details summary").last.click()
    ward.fill("#decision textarea[name=words]", "The allergy is not a sign")
    ward.click("#decision [data-do=report]")
    ward.wait_for_selector("#said [role=status]")
    number = re.findall(r"\d+", ward.inner_text("#said"))[-1]
    hospital.r1("diagnosis", "reports", "export", number, "--to", str(tmp_path / "report.json"))
    frozen = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert frozen["words"] == "The allergy is not a sign"
    assert frozen["output"]["ranking"]["diseases"][0]["id"] == "OMIM:154700"


def test_each_step_of_a_decision_reflows_and_is_seen_with_the_focus(ward: Any, hospital: Hospital) -> None:
    """WCAG 1.4.10 and 2.4.3: at 320 px, which is 1280 px at 400%."""
    ward.set_viewport_size({"width": 320, "height": 640})
    agree(ward)
    assert reflows(ward)
    assert focused(ward, ".dx-preview h3")
    ward.click("#decision [data-do=approve]")
    ward.wait_for_selector("#decision [data-do=send]")
    assert reflows(ward)
    assert focused(ward, ".dx-outcome")
    ward.click("#decision [data-do=withdraw]")
    ward.wait_for_selector("#decision [data-do=agree]")
    assert reflows(ward)
    assert focused(ward, ".dx-outcome")


def reflows(page: Any) -> bool:
    """Whether nothing of the decision lies beside the screen, where it could not even be scrolled to."""
    return bool(
        page.evaluate(
            """() => document.documentElement.scrollWidth <= innerWidth
              && [...document.querySelectorAll('#decision *')].every((e) => !e.checkVisibility()
                || e.closest('.r1-hidden') || e.getBoundingClientRect().right <= innerWidth)"""
        )
    )


def focused(page: Any, selector: str) -> bool:
    """Whether the focus comes to a part of the decision, and is on the screen."""
    page.wait_for_function("selector => document.activeElement.matches(`#decision ${selector}`)", arg=selector)
    return in_view(page, f"#decision {selector}")


def in_view(page: Any, selector: str) -> bool:
    box = page.locator(selector).bounding_box()
    return box is not None and box["y"] >= 0 and box["y"] < page.viewport_size["height"]


def ask_to_approve(page: Any) -> None:
    """Up to what was said about the approval of a draft."""
    page.click("#decision [data-do=approve]")
    page.wait_for_selector("#said [role=alert]")


def agree(page: Any) -> None:
    """With the first disease."""
    page.select_option("#decision select[name=chosen]", index=1)
    page.click("#decision [data-do=agree]")
    page.wait_for_selector("#decision [data-do=approve]")


def test_a_patient_merged_during_the_review_gets_nothing(ward: Any, hospital: Hospital) -> None:
    """An ADT^A40 arrives while the page is open."""
    agree(ward)
    assigned = f"^^^&{OID}&ISO^MR"
    header = "MSH|^~\\&|ADT|WEST|R1|R1|20261125||ADT^A40|M1|P|2.5"
    a40 = f"{header}\rPID|1||900{assigned}||Okafor^Amara\rMRG|77{assigned}\r".encode()
    try:
        hospital.records.post("", json=convert(parse(a40), source="ab" * 32).bundle).raise_for_status()
        assert hospital.records.get(f"Patient/{PATIENT['id']}").json()["active"] is False
        ask_to_approve(ward)
        said = ward.inner_text("#said [role=alert]")
        assert said in (t("refusal.merged", "en"), t("refusal.merged", "zh"))
        assert impressions(hospital) == []
        assert ward.locator("#decision [data-do=withdraw]").count() == 0
    finally:
        hospital.records.put(f"Patient/{PATIENT['id']}", json=PATIENT).raise_for_status()


@on_the_phone("ward")
def test_a_result_that_came_during_the_review_is_named_and_reviewed(ward: Any, hospital: Hospital) -> None:
    agree(ward)
    potassium = {
        "resourceType": "Observation",
        "id": "new-potassium",
        "status": "final",
        "subject": {"reference": f"Patient/{PATIENT['id']}"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}], "text": "Potassium in serum"},
        "effectiveDateTime": datetime.now(UTC).isoformat(timespec="seconds"),
        "valueQuantity": {"value": 7.1, "unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"},
    }
    try:
        hospital.records.put("Observation/new-potassium", json=potassium).raise_for_status()
        ask_to_approve(ward)
        assert "Potassium in serum 7.1 mmol/L" in ward.inner_text("#said [role=alert]")
        assert impressions(hospital) == []
        ward.click("#said [data-do=reopen]")
        ward.wait_for_selector("#decision [data-do=approve]", state="detached")
        ward.wait_for_selector("#decision [data-do=agree]")
        assert "7.1 mmol/L" in ward.inner_text("#result .dx-flags")
        agree(ward)
        ward.click("#decision [data-do=approve]")
        ward.wait_for_selector("#decision [data-do=withdraw]")
        assert len(impressions(hospital)) == 1
        ward.click("#decision [data-do=withdraw]")
        ward.wait_for_selector("#decision [data-do=agree]")
    finally:
        hospital.records.delete("Observation/new-potassium").raise_for_status()


def test_what_was_written_is_sent_to_another_system_after_a_second_approval(ward: Any, hospital: Hospital) -> None:
    """The first time the other system does not take it."""
    hospital.results.kept.clear()
    hospital.results.broken = True
    agree(ward)
    ward.click("#decision [data-do=approve]")
    ward.wait_for_selector("#decision [data-do=send]")
    preview = ward.inner_text("#decision .dx-preview")
    assert "EHR WEST" in preview
    assert "Marfan syndrome" in preview
    assert "Dr Ada Byron" in ward.inner_text("#decision [data-do=send]")
    ward.click("#decision .dx-preview summary")
    shown = ward.inner_text("#decision .dx-preview pre")
    assert ward.evaluate("document.documentElement.scrollWidth <= innerWidth")
    ward.click("#decision [data-do=send]")
    ward.wait_for_selector("#said [role=alert]")
    assert "did not say that it has accepted" in ward.inner_text("#said [role=alert]")
    assert hospital.results.kept == []
    hospital.results.broken = False
    ward.click("#decision [data-do=send]")
    ward.wait_for_selector("#decision [data-do=send]", state="detached")
    (message,) = hospital.results.kept
    assert message.decode().split("\r") == shown.split("\n")
    ward.click("#decision [data-do=withdraw]")
    ward.wait_for_selector("#decision [data-do=agree]")
    assert "EHR WEST" in ward.inner_text("#decision .r1-notice")
    assert in_view(ward, "#decision .r1-notice")  # it asks the clinician to inform the other system


@on_the_phone("ward")
def test_switched_off_an_open_page_loses_its_list_within_a_minute(ward: Any, hospital: Hospital) -> None:
    """The last test of the file: it leaves suggestions on again."""
    try:
        hospital.r1("diagnosis", "off")
        ward.wait_for_function("() => !document.querySelector('#decision [data-do=agree]')")
        assert ward.locator("#ranking .dx-list").count() == 0
        assert "Marfan" not in ward.inner_text("#ranking")
        assert ward.locator("#findings").inner_text() != ""
    finally:
        hospital.r1("diagnosis", "on")
    ward.wait_for_selector("#decision [data-do=agree]")
