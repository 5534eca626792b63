"""A clinician types a note or chooses a file in the browser."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.accessibility import NOTHING_WRONG, settled
from tests.e2e.conftest import on_the_phone
from tests.e2e.ranked import LIKELY, RANKING

SAMPLE = Path(__file__).parents[2] / "apps/diagnosis/sample_hospital/amara-okafor.json"


def test_a_typed_note_is_read(assistant: Any) -> None:
    assistant.fill("#note textarea", "Known seizures and ataxia. No fever. Brother has deafness.")
    assistant.focus("#note textarea")
    assistant.keyboard.press("Control+Enter")
    assistant.wait_for_selector("#ranking .dx-stop")
    assert "HP:0001250" in assistant.inner_text("#findings .dx-present")
    assert "HP:0001945" in assistant.inner_text("#findings .dx-absent")
    assert "HP:0000365" not in assistant.inner_text("#findings .dx-present")  # hearing impairment is the brother's


def test_red_flags_stand_there_before_the_review(assistant: Any) -> None:
    assistant.fill(
        "#note textarea", "Fever and confusion since this morning. BP 84/50, heart rate 128, temperature 39.4 C."
    )
    assistant.click("#read")
    assistant.wait_for_selector(".dx-flags.dx-up")
    assistant.wait_for_selector("#ranking .dx-stop")
    assert assistant.locator(".dx-flags .dx-tag").count() >= 1


def test_a_note_without_findings_says_what_would_help(assistant: Any) -> None:
    assistant.fill("#note textarea", "He was seen today.")
    assistant.click("#read")
    assistant.wait_for_selector(f"{RANKING} .dx-thin")


def test_findings_that_contradict_each_other_are_settled_by_one_click(assistant: Any) -> None:
    assistant.fill("#note textarea", "Focal seizures, now weekly. Review of systems: no seizures, no headache.")
    assistant.click("#read")
    assistant.wait_for_selector("#ranking .dx-stop")
    assistant.click("[data-do=accept]")
    assistant.wait_for_selector(f"{RANKING} .dx-pairs")
    assert assistant.locator(LIKELY).count() == 0
    assert assistant.locator("#dx-decision").count() == 0  # without a list there is nothing to agree with
    assistant.locator("#dx-panel-likely [data-code='HP:0001250'][data-to=unknown]").click()
    assistant.wait_for_selector(LIKELY)
    assert assistant.locator(".dx-pairs").count() == 0


def test_a_notes_general_no_beside_a_coded_finding_leaves_the_list(assistant: Any, tmp_path: Path) -> None:
    subject = {"reference": "Patient/p"}
    note = base64.b64encode(b"Review of systems: no seizures.").decode()
    focal = {"system": "http://purl.obolibrary.org/obo/hp.owl", "code": "HP:0007359", "display": "Focal-onset seizure"}
    resources = [
        {"resourceType": "Patient", "id": "p"},
        {"resourceType": "Condition", "id": "c", "subject": subject, "code": {"coding": [focal]}},
        {
            "resourceType": "DocumentReference",
            "id": "d",
            "status": "current",
            "subject": subject,
            "content": [{"attachment": {"contentType": "text/plain", "data": note}}],
        },
    ]
    path = tmp_path / "record.json"
    entries = [{"resource": resource} for resource in resources]
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}), "utf-8")
    upload(assistant, path)
    assistant.wait_for_selector("#ranking .dx-stop, #ranking .dx-pairs")
    if assistant.locator("#ranking .dx-stop").count():
        assistant.click("[data-do=accept]")
    assistant.wait_for_selector(f"{RANKING} .dx-pairs")
    assert assistant.locator(f"{LIKELY} > li").count() == 5
    assert settled(assistant) == NOTHING_WRONG
    assistant.locator("#dx-panel-likely [data-code='HP:0001250'][data-to=unknown]").click()
    assistant.wait_for_selector(".dx-pairs", state="detached")
    assert assistant.locator(f"{LIKELY} > li").count() == 5


def upload(page: Any, path: Path) -> None:
    page.set_input_files("#upload input", path)


@on_the_phone("visit")
def test_a_file_is_read_in_memory(assistant: Any, home: Path) -> None:
    upload(assistant, SAMPLE)
    assistant.wait_for_selector("#ranking .dx-stop")
    assert "amara-okafor.json" in assistant.inner_text(".dx-banner")
    assert [path for path in (home / "uploads").rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("broken.json", '{"resourceType": "Bundle", "entry": [', "JSON"),
        ("empty.json", json.dumps({"resourceType": "Bundle", "type": "collection", "entry": []}), "no entries"),
        ("page.json", "<html></html>", "JSON"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    assistant: Any, tmp_path: Path, name: str, content: str, words: str
) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    upload(assistant, path)
    assistant.wait_for_selector("#notice [role=alert]")
    assert words in assistant.inner_text("#notice")
    assert assistant.locator(".dx-banner").count() == 0


@on_the_phone("visit")
def test_the_whole_name_is_seen(assistant: Any, tmp_path: Path) -> None:
    bundle = json.loads(SAMPLE.read_text("utf-8"))
    patient = next(entry["resource"] for entry in bundle["entry"] if entry["resource"]["resourceType"] == "Patient")
    patient["name"] = [{"text": "Wolfeschlegelsteinhausenberger" * 4}]
    path = tmp_path / "long.json"
    path.write_text(json.dumps(bundle), "utf-8")
    upload(assistant, path)
    assistant.wait_for_selector("#ranking .dx-stop")
    assert assistant.evaluate(
        "(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)(document.querySelector('.dx-banner'))"
    )
