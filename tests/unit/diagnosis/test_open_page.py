"""What the events of one open page share."""

from copy import deepcopy
from dataclasses import replace
from html import escape

import pytest

from apps.diagnosis.html.page import above_html, newer_html
from apps.diagnosis.view import OpenPage, Problem
from apps.ui.texts import t
from core.errors import InputFormatError
from knowledge.retrieval.language import Language
from tests.diagnosis_visits import visit


def test_a_button_of_another_patient_does_nothing() -> None:
    page = OpenPage(visit())
    assert page.named({"visit": visit().id}) is page.view
    for other in (visit().id + "x", "", None):
        with pytest.raises(InputFormatError, match="no longer open"):
            page.named({"visit": other})


@pytest.mark.parametrize("view", [None, Problem(reference="1")])
def test_without_a_patient_a_button_says_so(view: Problem | None) -> None:
    with pytest.raises(InputFormatError, match="no longer open"):
        OpenPage(view).named({"visit": visit().id})


def test_what_is_done_about_a_patient_who_was_left_changes_nothing() -> None:
    seen, other = visit(), replace(visit(), id="v2")
    page = OpenPage(seen)
    page.begin("read")
    assert not page.replace(seen, replace(seen, note="decided"))
    assert page.view is None
    page.take(other)
    assert not page.replace(seen, replace(seen, note="decided"))
    assert page.view is other


def test_a_reading_goes_from_step_to_step_and_only_the_last_one_counts() -> None:
    page = OpenPage(visit())
    first = page.begin("read")
    page.take("read")
    assert (page.view, page.step) == (None, "read")
    page.take(visit())
    assert page.step == "rank"
    page.take(visit())
    assert page.step is None
    page.begin()
    assert page.turn != first


def test_a_patient_whom_nobody_looks_at_is_closed_after_an_hour_and_a_warning() -> None:
    page = OpenPage(visit())
    assert not page.age()
    page.used -= 3500
    assert (page.age(), page.age()) == (True, False)
    assert escape(t("visit.closes", "en")) in above_html(page)
    assert (page.use(), page.use()) == (True, False)
    assert escape(t("visit.closes", "en")) not in above_html(page)
    page.used -= 3700
    assert page.age()
    assert page.view is None
    assert escape(t("visit.closed", "en")) in above_html(page)
    assert not page.age()


def test_each_open_page_has_its_own() -> None:
    first = OpenPage()
    second = deepcopy(first)  # as Gradio makes a state for each page
    first.begin("read")
    assert (second.step, second.changing is first.changing) == (None, False)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_says_that_the_server_cannot_be_asked_for_newer_data(language: Language) -> None:
    page = OpenPage(visit(), language=language)
    assert newer_html(page) == ""
    page.unasked = visit().id
    assert t("visit.not_asked", language) in newer_html(page)
    page.stale = visit().id
    assert t("visit.stale", language) in newer_html(page), "what was noticed before stays"
    page.stale = ""
    page.unasked = "of another"
    assert newer_html(page) == ""
