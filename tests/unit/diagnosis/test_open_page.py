"""What the events of one open page share."""

from copy import deepcopy
from dataclasses import replace
from html import escape

import pytest

from apps.diagnosis.html.page import above_html, newer_html
from apps.diagnosis.open_patients import OpenPatient
from apps.diagnosis.view import CHANGED_ELSEWHERE, OpenPage, Problem
from apps.diagnosis.visit import Visit
from apps.ui.texts import t
from core.errors import InputFormatError
from knowledge.retrieval.language import Language
from tests.diagnosis_visits import visit


def showing(seen: Visit, language: Language = "en") -> OpenPage:
    """A page with a patient."""
    return OpenPage(OpenPatient(seen), shown=seen, language=language)


def test_a_button_of_another_patient_does_nothing() -> None:
    page = showing(visit())
    assert page.named({"visit": visit().id}) is page.view
    for other in (visit().id + "x", "", None):
        with pytest.raises(InputFormatError, match="no longer open"):
            page.named({"visit": other})


@pytest.mark.parametrize("problem", [None, Problem(reference="1")])
def test_without_a_patient_a_button_says_so(problem: Problem | None) -> None:
    page = OpenPage(problem=problem)
    assert page.view is problem
    with pytest.raises(InputFormatError, match="no longer open"):
        page.named({"visit": visit().id})
    with pytest.raises(InputFormatError, match="no longer open"):
        _ = page.changing


def test_what_is_done_about_a_patient_who_was_left_changes_nothing() -> None:
    seen, other = visit(), replace(visit(), id="v2")
    page = showing(seen)
    page.begin("read")
    assert not page.replace(seen, replace(seen, note="decided"))
    assert page.view is None
    page.take(other)
    assert not page.replace(seen, replace(seen, note="decided"))
    assert page.view is other


def test_a_reading_goes_from_step_to_step_and_only_the_last_one_counts() -> None:
    page = showing(visit())
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
    page = showing(visit())
    assert not page.age()
    assert page.open is not None
    page.open.used -= 3500
    assert (page.age(), page.age()) == (True, False)
    assert escape(t("visit.closes", "en")) in above_html(page)
    assert (page.use(), page.use()) == (True, False)
    assert escape(t("visit.closes", "en")) not in above_html(page)
    page.open.used -= 3700
    assert page.age()
    assert page.view is None
    assert escape(t("visit.closed", "en")) in above_html(page)
    assert not page.age()


def test_each_open_page_has_its_own() -> None:
    first = OpenPage()
    second = deepcopy(first)  # as Gradio makes a state for each page
    first.begin("read")
    assert second.step is None


def test_what_another_page_changed_is_shown_before_a_button_counts() -> None:
    one = showing(visit())
    assert one.open is not None
    other = OpenPage()
    other.join(one.open)
    other.shown = other.visit
    after = replace(visit(), note="changed")
    assert one.replace(visit(), after) is False, "another visit that looks the same"
    assert one.replace(one.named({"visit": "v1"}), after)
    assert one.named({"visit": "v1"}) is after
    with pytest.raises(InputFormatError, match="another window") as refused:
        other.named({"visit": "v1"})
    assert refused.value.kind == CHANGED_ELSEWHERE
    other.shown = other.visit
    assert other.named({"visit": "v1"}) is after


def test_use_on_one_page_keeps_the_patient_open_on_the_other() -> None:
    one = showing(visit())
    assert one.open is not None
    other = OpenPage()
    other.join(one.open)
    one.open.used -= 3500
    assert one.age()
    assert one.idle == "closes"
    other.use()
    assert one.age()
    assert escape(t("visit.closes", "en")) not in above_html(one)


def test_a_patient_whose_time_is_over_is_gone_on_every_page() -> None:
    page = showing(visit())
    assert page.open is not None
    page.open.visit = None
    assert page.age()
    assert escape(t("visit.closed", "en")) in above_html(page)
    assert page.view is None


def test_the_patient_before_is_remembered_until_another_one_is_there() -> None:
    page = showing(visit())
    before = page.open
    page.begin("read")
    page.take(Problem(reference="1"))
    page.begin("read")
    assert page.left is before


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_page_says_that_the_server_cannot_be_asked_for_newer_data(language: Language) -> None:
    page = showing(visit(), language)
    patient = page.open
    assert patient is not None
    assert newer_html(page) == ""
    patient.unasked = visit().id
    assert t("visit.not_asked", language) in newer_html(page)
    patient.stale = visit().id
    assert t("visit.stale", language) in newer_html(page), "what was noticed before stays"
    patient.stale = ""
    patient.unasked = "of another"
    assert newer_html(page) == ""
