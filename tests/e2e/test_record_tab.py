"""A clinician looks things up in a patient's record: questions, timeline, and the resource behind a line."""

from pathlib import Path
from typing import Any

PATIENTS = Path(__file__).parents[1] / "data" / "record_questions" / "patients"


def open_record(page: Any, name: str) -> None:
    page.set_input_files("#upload input[type=file]", PATIENTS / f"{name}.json")
    page.wait_for_selector("#board", state="visible")
    page.locator("#views [role=tab]").nth(1).click()
    page.wait_for_selector("#record .dx-record", state="visible")


def put(page: Any, question: str, outcome: str) -> str:
    """Types a question, presses Enter, and returns the words of the answer."""
    box = page.locator("#question textarea, #question input")
    box.fill(question)
    box.press("Enter")
    page.wait_for_selector(f"#answer [data-outcome={outcome}]")
    return str(page.inner_text("#answer"))


def test_an_anticoagulant_that_only_a_note_names_is_quoted(assistant: Any) -> None:
    open_record(assistant, "elsa-brandt")
    said = put(assistant, "any anticoagulant?", "found")
    assert "she takes apixaban 5 mg twice daily" in said
    assert "DocumentReference/doc-admission" in said


def test_the_resource_behind_a_line_opens_and_nothing_of_it_is_in_the_address(assistant: Any) -> None:
    open_record(assistant, "elsa-brandt")
    put(assistant, "入院以来的血钾", "found")
    assistant.locator("#answer .dx-open").first.click()
    assistant.wait_for_selector("#drawer pre")
    assert '"id": "k-5"' in assistant.inner_text("#drawer")
    assert assistant.evaluate("document.activeElement.textContent") == "Observation/k-5"
    assert assistant.url.endswith("/diagnosis/")
    assistant.locator("#drawer .dx-button").click()
    assistant.wait_for_selector("#drawer pre", state="detached")


def test_what_was_not_read_and_what_is_no_question_are_told(assistant: Any) -> None:
    open_record(assistant, "omar-haddad")
    assert "doc-scan" in put(assistant, "any chest pain?", "could_not_check")
    put(assistant, "what is the weather?", "not_understood")


def test_two_questions_are_both_answered(assistant: Any) -> None:
    open_record(assistant, "elsa-brandt")
    put(assistant, "last potassium? any anticoagulant?", "found")
    assert assistant.locator("#answer [data-outcome=found]").count() == 2
    put(assistant, "potassium? since the weather", "found")  # what is no question is part of the one before
    assistant.wait_for_function("() => document.querySelectorAll('#answer [data-outcome]').length === 1")


def test_another_patient_leaves_no_answer_behind(assistant: Any) -> None:
    open_record(assistant, "elsa-brandt")
    put(assistant, "last potassium?", "found")
    assistant.set_input_files("#upload input[type=file]", PATIENTS / "li-wei.json")
    assistant.wait_for_function("() => document.querySelector('#record')?.innerText.includes('2型糖尿病')")
    assert assistant.locator("#answer [data-outcome]").count() == 0
    assert "Elsa" not in assistant.inner_text("body")


def test_the_timeline_has_a_table_and_nothing_is_cut_off(assistant: Any) -> None:
    open_record(assistant, "elsa-brandt")
    strip = assistant.locator("#record .dx-strip").first
    assert "5.6" in strip.locator("svg").get_attribute("aria-label")
    strip.locator("summary").click()
    assert "k-3" in strip.locator("table").inner_text()
    assert assistant.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_a_note_names_is_listed_and_marked_in_its_text(assistant: Any) -> None:
    open_record(assistant, "elsa-brandt")
    line = assistant.locator("#record li", has_text="apixaban")  # no resource names it
    assert "5 mg twice daily" in line.inner_text()
    line.locator(".dx-open").click()
    assistant.wait_for_selector("#drawer .dx-note mark")
    assert "she takes apixaban" in assistant.inner_text("#drawer .dx-note").replace("\n", " ")
    assistant.set_viewport_size({"width": 390, "height": 844})
    assert assistant.evaluate("document.documentElement.scrollWidth <= innerWidth")
