"""A clinician in the browser: findings, the required stop, decisions, the ranking."""

from typing import Any

import pytest

from apps.ui.texts import t
from tests.e2e.conftest import Server, on_the_phone
from tests.e2e.ranked import LIKELY, RANKING, chip, open_sample, rank_sample


def first_disease(page: Any) -> str:
    return str(page.inner_text(f"{LIKELY} > li:first-child h3"))


def decide(page: Any, code: str, to: str) -> None:
    chip(page, code).locator(f"[data-do=decide][data-to={to}]").click()


def add(page: Any, typed: str, code: str, to: str) -> None:
    page.fill("#search input, #search textarea", typed)
    page.locator(f"#hits [data-code='{code}'][data-to={to}]").click()
    page.wait_for_selector(f"#findings .dx-{to} [data-chip='{code}']")


def test_nothing_is_ranked_before_the_stop_is_passed(assistant: Any) -> None:
    open_sample(assistant, "Amara")
    banner = assistant.inner_text(".dx-banner")
    assert "Okafor" in banner
    assert "2010-03-14" in banner
    assert "S-100417" in banner
    # From a note, and the first five would be others without it
    assert "easy bruising" in assistant.locator(".dx-questions mark").all_inner_texts()
    assert assistant.locator(".dx-list").count() == 0
    assert "Marfan" not in assistant.inner_text("#board")


def test_a_sample_patient_shows_findings_and_a_ranking(assistant: Any) -> None:
    rank_sample(assistant, "Amara")
    present, absent = (assistant.inner_text(f"#findings .dx-{status}") for status in ("present", "absent"))
    assert "HP:0001083" in present
    assert "HP:0000175" in absent
    chip(assistant, "HP:0001083")
    assert "DocumentReference/" in assistant.inner_text("#findings .dx-present")
    assert first_disease(assistant) == "Marfan syndrome"
    assert "OMIM:154700" in assistant.inner_text(RANKING)


def test_no_probability_is_shown_where_findings_come_from_notes(assistant: Any) -> None:
    rank_sample(assistant, "Rosalind")
    for details in assistant.locator("#ranking details").all():
        details.evaluate("element => element.open = true")
    assert "%" not in assistant.inner_text(RANKING)


def test_questions_are_answered_one_by_one_or_all_at_once(assistant: Any) -> None:
    open_sample(assistant, "Amara")
    questions = assistant.locator(".dx-questions > li")
    before, code = questions.count(), questions.first.get_attribute("data-chip")
    assistant.locator(f".dx-questions [data-chip='{code}'] [data-do=confirm]").click()
    assistant.wait_for_selector(f".dx-questions [data-chip='{code}']", state="detached")
    assert 0 < questions.count() < before
    assistant.keyboard.press("Control+Enter")
    assistant.wait_for_selector(RANKING)
    assert assistant.locator(".dx-stop").count() == 0


def test_a_decision_changes_the_ranking_and_undoing_it_brings_it_back(assistant: Any) -> None:
    rank_sample(assistant, "Amara")
    order = assistant.locator(f"{LIKELY} code").all_inner_texts()
    for code in ("HP:0001083", "HP:0002616", "HP:0001065"):
        decide(assistant, code, "absent")
        assistant.wait_for_selector(f"#findings .dx-absent [data-chip='{code}']")
    changed = assistant.locator(f"{LIKELY} code").all_inner_texts()
    assert changed != order
    assert assistant.locator(".dx-stop").count() == 0, "what was accepted is not asked about again"
    for code in ("HP:0001083", "HP:0002616", "HP:0001065"):
        chip(assistant, code).locator("[data-do=undo]").click()
        assistant.wait_for_selector(f"#findings .dx-present [data-chip='{code}']")
    assert assistant.locator(f"{LIKELY} code").all_inner_texts() == order


def test_a_finding_is_paused_removed_and_added(assistant: Any) -> None:
    rank_sample(assistant, "Tomas")
    code = assistant.locator("#findings .dx-present [data-chip]").first.get_attribute("data-chip")
    chip(assistant, code).locator("[data-do=pause]").click()
    assistant.wait_for_selector(f"#findings .dx-paused [data-chip='{code}']")
    chip(assistant, code).locator("[data-do=resume]").click()
    assistant.wait_for_selector(f"#findings .dx-present [data-chip='{code}']")
    decide(assistant, code, "removed")
    assistant.wait_for_selector(f"#findings .dx-removed [data-chip='{code}']")
    add(assistant, "胸痛", "HP:0100749", "absent")
    add(assistant, "chest pain", "HP:0100749", "present")
    assert assistant.input_value("#search input, #search textarea") == ""


def test_the_next_question_is_answered_by_one_click(assistant: Any) -> None:
    rank_sample(assistant, "Amara")
    asked = assistant.get_attribute("#next [data-to=absent]", "data-code")
    assistant.click("#next [data-to=absent]")
    assistant.wait_for_selector(f"#findings .dx-absent [data-chip='{asked}']")
    assert assistant.get_attribute("#next [data-to=absent]", "data-code") != asked


def test_everything_works_by_keyboard(assistant: Any) -> None:
    assistant.get_by_role("button", name="Amara").focus()
    assistant.keyboard.press("Enter")
    assistant.wait_for_selector("#ranking .dx-stop")
    assistant.wait_for_function("document.activeElement.matches('.dx-banner')")
    correction, folded = ".dx-person > summary", "[data-key=not-fired] > summary"
    for stop in (
        correction,
        ".dx-confirmed > summary",
        folded,
        "[role=tab]",
        "[role=tab]",
        "[data-do=accept]",
    ):  # not first through fifty findings
        assistant.keyboard.press("Tab")
        assert assistant.evaluate("stop => document.activeElement.matches(stop)", stop)
    assistant.keyboard.press("Control+Enter")
    assistant.wait_for_selector(RANKING)
    assistant.locator("#dx-tab-likely").focus()
    assistant.keyboard.press("ArrowRight")
    assert assistant.locator("#dx-panel-urgent").is_visible()
    assert not assistant.locator("#dx-panel-likely").is_visible()
    assistant.keyboard.press("ArrowLeft")
    assistant.locator(f"{LIKELY} summary").first.focus()
    assistant.keyboard.press("ArrowDown")
    assistant.keyboard.press("Enter")
    opened = assistant.locator(f"{LIKELY} > li:nth-child(2) details")
    assert opened.get_attribute("open") is not None
    assistant.keyboard.press("/")
    assistant.keyboard.insert_text("HP:0001250")
    hit = assistant.locator("#hits [data-to=present]")
    hit.focus()
    assistant.keyboard.press("Enter")
    assistant.wait_for_selector("#findings [data-chip='HP:0001250'] .dx-tag")
    assistant.wait_for_function("document.activeElement.closest('#search')")  # the hits are gone


def test_what_is_open_stays_open_and_a_second_press_hits_nothing_else(assistant: Any) -> None:
    rank_sample(assistant, "Amara")
    button = chip(assistant, "HP:0001083").locator("[data-do=pause]")
    button.focus()
    assistant.keyboard.press("Enter")
    assistant.wait_for_selector("#findings .dx-paused [data-chip='HP:0001083'] details[open]")
    focused = assistant.evaluate("document.activeElement.closest('[data-chip]')?.dataset.chip ?? ''")
    assert focused == "HP:0001083"
    assert not assistant.evaluate("document.activeElement.matches('button')")


@pytest.mark.parametrize(("size", "is_phone"), [((390, 844), True), ((844, 390), True), ((390, 844), False)])
def test_a_phone_is_told_of_no_keys(browser: Any, suite: Server, size: tuple[int, int], is_phone: bool) -> None:
    """Held upright and sideways."""
    viewport = dict(zip(("width", "height"), size, strict=True))
    context = browser.new_context(viewport=viewport, is_mobile=is_phone, has_touch=is_phone)
    page = context.new_page()
    page.goto(f"{suite.url}/diagnosis/")
    open_sample(page, "Amara")
    assert [page.locator(part).is_visible() for part in (".dx-key", ".dx-keys")] == [not is_phone] * 2
    context.close()


def test_coded_findings_may_yield_a_certified_suggestion(assistant: Any) -> None:
    assistant.get_by_role("button", name="Ida").click()
    assistant.wait_for_selector(RANKING)
    note = assistant.inner_text("#ranking .dx-card[role=note]")
    assert "Peutz-Jeghers syndrome" in note
    assert "95%" in note  # of the bound
    assert assistant.inner_text(f"{LIKELY} > li:first-child strong").count("%") == 1


def test_nothing_is_wider_than_the_screen(assistant: Any) -> None:
    open_sample(assistant, "Amara")
    assert assistant.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assistant.click("[data-do=accept]")
    assistant.wait_for_selector(RANKING)
    for tab in ("urgent", "all"):
        assistant.click(f"#dx-tab-{tab}")
        assert assistant.evaluate("document.documentElement.scrollWidth <= innerWidth")


@on_the_phone("visit")
def test_on_paper_all_findings_stand_and_nothing_to_press(assistant: Any) -> None:
    rank_sample(assistant, "Amara")
    assistant.emulate_media(media="print")
    assistant.set_viewport_size({"width": 1120, "height": 760})  # A4, landscape
    cut = "[...document.querySelectorAll('.dx-board > *')].some((e) => e.scrollHeight > e.clientHeight + 1)"
    assert not assistant.evaluate(cut)
    pressed = "button:not([role=tab], .tab-container *), input, select, textarea"
    assert assistant.locator(pressed).filter(visible=True).all_inner_texts() == []


def test_on_a_phone_the_list_comes_before_the_findings(assistant: Any) -> None:
    if assistant.viewport_size["width"] > 640:
        pytest.skip("a wide screen has columns")
    rank_sample(assistant, "Amara")
    tops = [assistant.locator(where).bounding_box()["y"] for where in ("#result", "#ranking", "#next", "#findings")]
    assert tops == sorted(tops)


def test_the_language_changes_while_a_patient_is_read(assistant: Any) -> None:
    before = assistant.locator("#language").inner_text()
    assistant.get_by_role("button", name="Amara").click()
    assistant.click("#language")
    assistant.wait_for_selector("#ranking .dx-stop")
    after = "zh" if before == t("shared.language", "en") else "en"
    assistant.locator(".dx-banner").filter(has_text=t("diagnosis.supports", after)).wait_for()


def test_the_language_changes_in_place(assistant: Any) -> None:
    rank_sample(assistant, "Amara")
    before = assistant.inner_text(".dx-findings h2")
    assistant.click("#language")
    assistant.wait_for_function("before => document.querySelector('.dx-findings h2').innerText !== before", arg=before)
    assert "Okafor" in assistant.inner_text(".dx-banner")
    assert first_disease(assistant) == "Marfan syndrome"
