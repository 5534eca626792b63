"""A clinician in the browser: a sample patient's findings and ranking, a note, and a file that cannot be read."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Server, Visit

RANKING = "#result .dx-columns > :last-child"


@pytest.fixture
def assistant(visit: Visit, suite: Server) -> Any:
    visit.page.goto(f"{suite.url}/diagnosis/")
    visit.page.wait_for_selector("#result .dx-empty")
    return visit.page


def open_sample(page: Any, name: str) -> None:
    page.get_by_role("button", name=name).click()
    page.wait_for_selector("#result .dx-banner")


def test_a_sample_patient_shows_findings_and_a_ranking(assistant: Any) -> None:
    open_sample(assistant, "Amara")
    banner = assistant.inner_text(".dx-banner")
    assert "Okafor" in banner
    assert "2010-03-14" in banner
    present, absent = (assistant.inner_text(f".dx-{status}") for status in ("present", "absent"))
    assert "HP:0001083" in present  # ectopia lentis, from a note
    assert "DocumentReference/" in present
    assert "denies" in absent
    ranking = assistant.inner_text(RANKING)
    assert "Marfan syndrome" in ranking
    assert "OMIM:154700" in ranking


def test_no_probability_is_shown(assistant: Any) -> None:
    open_sample(assistant, "Rosalind")
    for details in assistant.locator("#result details").all():
        details.evaluate("element => element.open = true")
    assert "%" not in assistant.inner_text(RANKING)


def test_another_patient_replaces_the_first(assistant: Any) -> None:
    open_sample(assistant, "Amara")
    assistant.locator("#choose button").first.click()
    assistant.get_by_role("button", name="Tomas").click()
    assistant.wait_for_function("() => document.querySelector('.dx-banner')?.innerText.includes('Lindqvist')")
    assert "Okafor" not in assistant.inner_text("#result")


def test_a_typed_note_is_read(assistant: Any) -> None:
    assistant.fill("#note textarea", "Known seizures and ataxia. No fever. Brother has deafness.")
    assistant.click("#read")
    assistant.wait_for_selector("#result .dx-findings")
    assert "HP:0001250" in assistant.inner_text(".dx-present")
    assert "HP:0001945" in assistant.inner_text(".dx-absent")
    assert "HP:0000365" not in assistant.inner_text(".dx-present")  # hearing impairment is the brother's


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("broken.json", '{"resourceType": "Bundle", "entry": [', "JSON"),
        ("empty.json", '{"resourceType": "Bundle", "type": "collection", "entry": []}', "no entries"),
        ("page.json", "<html></html>", "JSON"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    assistant: Any, tmp_path: Path, name: str, content: str, words: str
) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    with assistant.expect_file_chooser() as chooser:
        assistant.click("#upload")
    chooser.value.set_files(path)
    assistant.wait_for_selector("#notice [role=alert]")
    assert words in assistant.inner_text("#notice")
    assert assistant.locator(".dx-banner").count() == 0


def test_nothing_is_wider_than_the_screen(assistant: Any) -> None:
    open_sample(assistant, "Amara")
    assert assistant.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_language_changes_in_place(assistant: Any) -> None:
    open_sample(assistant, "Amara")
    before = assistant.inner_text(".dx-findings h2")
    assistant.click("#language")
    assistant.wait_for_function("before => document.querySelector('.dx-findings h2').innerText !== before", arg=before)
    assert "Okafor" in assistant.inner_text(".dx-banner")
