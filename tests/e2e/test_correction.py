"""A clinician corrects age, sex and pregnancy in the browser: by keyboard and on a phone, in both languages."""

from typing import Any, get_args

from apps.ui.texts import t
from knowledge.retrieval.language import Language
from tests.e2e.accessibility import NOTHING_WRONG, settled

NOTE = "34-year-old woman, 12 weeks pregnant. Vaginal bleeding and lower abdominal pain since this morning."
PERSON = ".dx-person"
TAG = ".dx-banner dd .dx-tag"


def either(page: Any, key: str, **values: object) -> str:
    """The text of a key in the page's language."""
    language = next(lang for lang in get_args(Language) if page.locator("html").get_attribute("lang").startswith(lang))
    return t(key, language, **values)


def test_a_correction_changes_the_red_flags_and_the_exports_and_is_taken_back(assistant: Any) -> None:
    assistant.fill("#note textarea", NOTE)
    assistant.click("#read")
    assistant.wait_for_selector("#ranking .dx-stop")
    assistant.click(".dx-stop [data-do=accept]")
    assistant.wait_for_selector("#decision [data-do=agree]")
    flags = assistant.inner_text(".dx-flags")
    assert either(assistant, "quantity.pregnancy_week", week=12) in flags

    assistant.focus(f"{PERSON} > summary")
    assistant.keyboard.press("Enter")
    assert settled(assistant) == NOTHING_WRONG
    assert assistant.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assistant.fill("#dx-week", "30+2")
    assistant.keyboard.press("Enter")  # does what the button does, and leaves the page open
    assistant.wait_for_selector(TAG)
    assert either(assistant, "visit.was", status=either(assistant, "diagnosis.pregnant_week", week=12)) in (
        assistant.inner_text(".dx-banner")
    )
    assert either(assistant, "quantity.pregnancy_week", week=30) in assistant.inner_text(".dx-flags")
    assistant.wait_for_function("document.activeElement.matches('.dx-person > summary')")
    assert not assistant.locator("#dx-week").is_visible()
    assistant.click("[data-do=copy]")
    assistant.wait_for_selector("#dx-copy")
    week = {week: either(assistant, "diagnosis.pregnant_week", week=week) for week in (12, 30)}
    assert either(assistant, "export.corrected", fact=week[30], read=week[12]) in assistant.input_value("#dx-copy")

    assistant.click(f"{PERSON} > summary")
    assistant.select_option("#dx-sex", "male")
    assert not assistant.locator("#dx-pregnancy").is_visible()  # not asked of a man
    assistant.click("[data-do=as_read]")
    assistant.wait_for_selector(TAG, state="detached")
    assert assistant.inner_text(".dx-flags") == flags


def test_an_impossible_age_is_refused_and_stays_to_be_corrected(assistant: Any) -> None:
    assistant.fill("#note textarea", NOTE)
    assistant.click("#read")
    assistant.wait_for_selector("#ranking .dx-stop")
    assistant.click(f"{PERSON} > summary")
    assistant.fill("#dx-age", "340")
    assistant.click("[data-do=correct]")
    assistant.wait_for_selector("#notice [role=alert]")
    assert either(assistant, "refusal.no_age") in assistant.inner_text("#notice")
    assert assistant.input_value("#dx-age") == "340"
    assert assistant.locator(TAG).count() == 0
