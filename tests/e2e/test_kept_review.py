"""An open review in the browser: it outlives a reload, the way back and a sign-in, for its clinician only."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from apps.auth.accounts import Accounts, Role
from apps.ui.texts import t
from tests.databases import sqlite_database
from tests.e2e.conftest import VISITORS, Server, on_the_phone, start_suite, stop_suite
from tests.e2e.ranked import RANKING, chip, rank_sample

PASSWORD = "correct horse battery"
NOTE = "34-year-old man with fever, cough and pleuritic chest pain. No rash."
CONTINUE, DISCARD = ".dx-kept [data-do=continue]", ".dx-kept [data-do=discard]"


@dataclass(frozen=True)
class Clinic:
    """A suite with two clinicians, and its database."""

    suite: Server
    database: Path

    def end_sign_ins(self) -> None:
        """As their time does."""
        with sqlite3.connect(self.database) as connection:
            connection.execute("DELETE FROM account_session")
        connection.close()


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[Clinic]:
    folder = tmp_path_factory.mktemp("clinic")
    database = sqlite_database(folder)
    for name in ("Ada", "Eve"):
        Accounts(database, cost=4).add(name, PASSWORD, {Role.CLINICIAN})
    database.dispose()
    suite = start_suite(folder / "log", home, R1_DATABASE_URL=f"sqlite:///{folder / 'r1.db'}")
    yield Clinic(suite, folder / "r1.db")
    stop_suite(suite)


@pytest.fixture(params=list(VISITORS.values()), ids=list(VISITORS))
def browser_page(request: pytest.FixtureRequest, browser: Any) -> Iterator[Any]:
    locale, width, height = request.param
    context = browser.new_context(locale=locale, viewport={"width": width, "height": height})
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    storage = page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage), document.cookie]")
    assert storage == [[], [], ""]
    context.close()


def sign_in(page: Any, clinic: Clinic, name: str) -> None:
    if "/sign-in" not in page.url:
        page.goto(f"{clinic.suite.url}/diagnosis/")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#waiting .dx-empty")


def read_note(page: Any) -> None:
    page.fill("#note textarea", NOTE)
    page.click("#read")
    page.wait_for_selector(".dx-banner")
    page.wait_for_selector(f"[data-do=accept], {RANKING}")


def correct_age(page: Any, years: int) -> None:
    page.click(".dx-person > summary")
    page.fill("#dx-age", str(years))
    page.click("[data-do=correct]")
    page.locator(".dx-banner .dx-tag", has_text="34").wait_for()


def test_a_reload_and_the_way_back_lose_nothing(assistant: Any, suite: Server) -> None:
    rank_sample(assistant, "Amara")
    chip(assistant, "HP:0001083").locator("[data-do=decide][data-to=absent]").click()
    assistant.wait_for_selector("#findings .dx-absent [data-chip='HP:0001083']")
    ranking = assistant.inner_text(RANKING)
    assistant.reload()
    offered = assistant.wait_for_selector(".dx-kept").inner_text()
    for words in ("Amara Nkechi Okafor", "16", "2010-03-14", "S-100417"):
        assert words in offered, "nobody may take her for another patient"
    assert assistant.locator(".dx-banner").count() == 0, "nothing is shown before it is asked for"
    assistant.goto(f"{suite.url}/")
    assistant.go_back()
    assistant.click(CONTINUE)
    assistant.wait_for_selector(RANKING)
    assert assistant.inner_text(RANKING) == ranking
    assert assistant.locator("#findings .dx-absent [data-chip='HP:0001083']").count() == 1
    assistant.locator("#notice .r1-done").wait_for()
    assert assistant.locator(".dx-kept").count() == 0


@on_the_phone("visit")
def test_a_note_comes_back_with_its_text_and_corrections(assistant: Any) -> None:
    read_note(assistant)
    correct_age(assistant, 84)
    assistant.reload()
    assert "fever, cough" in assistant.wait_for_selector(".dx-kept").inner_text()
    assistant.click(CONTINUE)
    banner = assistant.wait_for_selector(".dx-banner").inner_text()
    assert "84" in banner
    assistant.wait_for_function("text => document.querySelector('#note textarea').value === text", arg=NOTE)


@on_the_phone("visit")
def test_what_is_discarded_or_closed_is_not_offered_again(assistant: Any) -> None:
    for leave in (DISCARD, ".dx-banner [data-do=close]"):
        rank_sample(assistant, "Amara")
        if leave is DISCARD:
            assistant.reload()
        assistant.click(f"{leave.split()[0]} .dx-confirmed > summary")
        assistant.click(leave)
        assistant.wait_for_selector("#notice .r1-done")
        assert assistant.locator("#notice").bounding_box()["y"] < assistant.locator("#choose").bounding_box()["y"]
        assistant.wait_for_function("document.activeElement.matches('#notice .r1-done')")
        assistant.reload()
        assistant.wait_for_selector("#waiting .dx-empty")
        assert assistant.locator(".dx-kept").count() == 0


@on_the_phone("visit")
def test_another_patient_takes_the_place_and_a_failed_reading_does_not(assistant: Any) -> None:
    rank_sample(assistant, "Amara")
    assistant.click("#choose .label-wrap")
    assistant.click("#read")  # an empty note
    assistant.wait_for_selector("#notice [role=alert]")
    assert "Amara" in assistant.inner_text(".dx-kept")
    assistant.get_by_role("button", name="Ida").click()
    assistant.wait_for_selector(RANKING)
    assistant.reload()
    offered = assistant.wait_for_selector(".dx-kept").inner_text()
    assert "Ida" in offered
    assert "Amara" not in offered


@on_the_phone("visit")
def test_another_browser_is_offered_nothing(assistant: Any, browser: Any, suite: Server) -> None:
    rank_sample(assistant, "Amara")
    context = browser.new_context()
    other = context.new_page()
    other.goto(f"{suite.url}/diagnosis/")
    other.wait_for_selector("#waiting .dx-empty")
    assert other.locator(".dx-kept").count() == 0
    context.close()


def test_a_second_window_shows_what_the_first_one_did_before_it_acts(assistant: Any, suite: Server) -> None:
    rank_sample(assistant, "Amara")
    second = assistant.context.new_page()
    second.goto(f"{suite.url}/diagnosis/")
    second.click(CONTINUE)
    second.wait_for_selector(RANKING)
    absent = "#findings .dx-absent [data-chip='HP:0001083']"
    chip(assistant, "HP:0001083").locator("[data-do=decide][data-to=absent]").click()
    assistant.wait_for_selector(absent)
    button = chip(second, "HP:0002616").locator("[data-do=pause]")
    if second.locator(absent).count() == 0:  # not yet looked by itself
        button.click()
        said = second.wait_for_selector("#notice [role=alert]").inner_text()
        assert said in {t("refusal.changed_elsewhere", "en"), t("refusal.changed_elsewhere", "zh")}
    second.wait_for_selector(absent)
    chip(second, "HP:0002616").locator("[data-do=pause]").click()
    paused = "#findings .dx-paused [data-chip='HP:0002616']"
    second.wait_for_selector(paused)
    assistant.wait_for_selector(paused)  # by itself
    second.close()


def test_a_sign_in_that_ends_loses_nothing_and_nobody_else_sees_it(browser_page: Any, clinic: Clinic) -> None:
    page = browser_page
    sign_in(page, clinic, "Ada")
    read_note(page)
    correct_age(page, 84)
    clinic.end_sign_ins()
    page.wait_for_url("**/sign-in?**")
    sign_in(page, clinic, "Eve")
    assert page.locator(".dx-kept").count() == 0
    assert "fever" not in page.content()
    clinic.end_sign_ins()
    page.wait_for_url("**/sign-in?**")
    sign_in(page, clinic, "ada")
    page.click(CONTINUE)
    page.wait_for_selector(".dx-banner .dx-tag")
    assert "84" in page.inner_text(".dx-banner")
    page.click("#who button")
    page.wait_for_url("**/sign-in")
    page.goto(f"{clinic.suite.url}/diagnosis/")
    sign_in(page, clinic, "Ada")
    assert page.locator(".dx-kept").count() == 0, "signing out gives it up"


@on_the_phone("browser_page")
def test_a_window_left_open_closes_its_patient_when_somebody_else_signs_in(browser_page: Any, clinic: Clinic) -> None:
    sign_in(browser_page, clinic, "Ada")
    read_note(browser_page)
    second = browser_page.context.new_page()
    second.goto(f"{clinic.suite.url}/sign-in")
    sign_in(second, clinic, "Eve")
    browser_page.wait_for_selector(".dx-banner", state="detached")
    assert "fever" not in browser_page.inner_text("#board, #result")
    assert browser_page.inner_text("#who span") == "Eve"
    second.close()
