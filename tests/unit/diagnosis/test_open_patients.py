"""Open patients are kept for whoever reviews them, for an hour, within limits; and nobody else finds them."""

from dataclasses import replace
from threading import Thread
from typing import Any, get_args

import pytest

from apps.diagnosis import open_patients
from apps.diagnosis.html.kept import kept_html
from apps.diagnosis.open_patients import FORGET_AFTER, OpenPatient, OpenPatients
from apps.diagnosis.visit import Visit
from apps.ui.texts import t
from knowledge.medical.case import Case
from knowledge.retrieval.language import Language
from tests.clock import Clock
from tests.diagnosis_visits import NAME, NUMBER, case, visit

ADA, EVE = "account ada", "account eve"


def at(used: float, patient: str = "", **changes: Any) -> OpenPatient:
    """One who was last used then: of the FHIR server if named, otherwise of a note."""
    seen = visit("server" if patient else "note", case=replace(case(), patient=patient), **changes)
    return OpenPatient(seen, used=used)


def test_only_the_holder_gets_a_patient_back() -> None:
    patients, patient = OpenPatients(Clock(0.0)), at(0)
    assert patients.keep(ADA, patient) is patient
    assert patients.of(ADA) == (patient,)
    assert patients.of(EVE) == ()


def test_nothing_is_kept_for_a_browser_without_a_name() -> None:
    patients = OpenPatients(Clock(0.0))
    patients.keep("", at(0))
    assert patients.of("") == ()


def test_an_hour_after_its_last_use_a_patient_is_closed_on_every_page() -> None:
    clock = Clock(0.0)
    patients, patient = OpenPatients(clock), at(0)
    patients.keep(ADA, patient)
    clock.now = FORGET_AFTER - 1
    assert patients.of(ADA) == (patient,)
    patient.used = 10
    clock.now = FORGET_AFTER + 9
    assert patients.of(ADA) == (patient,)
    clock.now = FORGET_AFTER + 10
    assert patients.of(ADA) == ()
    assert patient.visit is None


def test_it_is_closed_even_if_nobody_uses_the_suite_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []

    class Timer:
        daemon = False

        def __init__(self, seconds: float, work: object) -> None:
            self.seconds, self.work = seconds, work

        def start(self) -> None:
            started.append(self)

    monkeypatch.setattr(open_patients, "Timer", Timer)
    clock = Clock(0.0)
    patients, patient = OpenPatients(clock), at(0)
    patients.keep(ADA, patient)
    patients.keep(ADA, at(0))
    (timer,) = started
    assert (timer.daemon, FORGET_AFTER < timer.seconds < FORGET_AFTER + 10) == (True, True)
    patient.used, clock.now = 600, timer.seconds
    timer.work()
    assert patient.visit is not None
    assert started[1].seconds == pytest.approx(600, abs=10), "used meanwhile, so it waits again"
    clock.now = 600 + FORGET_AFTER
    started[1].work()
    assert patients.of(ADA) == ()
    assert len(started) == 2


def test_signing_out_and_closing_forget() -> None:
    patients, first, second = OpenPatients(Clock(0.0)), at(0), at(0)
    for patient in (first, second):
        patients.keep(ADA, patient)
    patients.keep(EVE, at(0))
    patients.drop(EVE, first)
    assert len(patients.of(ADA)) == 2, "another holder's"
    patients.drop(ADA, first)
    assert patients.of(ADA) == (second,)
    patients.end(ADA)
    assert patients.of(ADA) == ()
    assert len(patients.of(EVE)) == 1


def test_of_a_patient_of_the_server_there_is_one_review() -> None:
    patients, first, second = OpenPatients(Clock(0.0)), at(0, "Patient/p"), at(0, "Patient/p")
    assert patients.keep(ADA, first) is first
    assert patients.keep(ADA, first) is first
    assert patients.keep(ADA, second) is first
    assert patients.keep(ADA, at(0, "Patient/q")) is not first
    assert patients.of(ADA, "Patient/p") == (first,)
    assert patients.keep(EVE, second) is second


def test_two_windows_that_read_a_patient_at_once_share_one_review(monkeypatch: pytest.MonkeyPatch) -> None:
    patients, first, second = OpenPatients(Clock(0.0)), at(0, "Patient/p"), at(0, "Patient/p")
    measured, kept = open_patients._bytes, list[OpenPatient]()
    other = Thread(target=lambda: kept.append(patients.keep(ADA, second)))

    def overtaken(seen: Visit) -> int:
        monkeypatch.setattr(open_patients, "_bytes", measured)
        other.start()
        other.join(0.2)  # as far as it comes meanwhile
        return measured(seen)

    monkeypatch.setattr(open_patients, "_bytes", overtaken)
    kept.append(patients.keep(ADA, first))
    other.join()
    assert kept[0] is kept[1]
    assert patients.of(ADA) == (kept[0],)


def test_two_notes_are_two_reviews_and_the_last_used_comes_first() -> None:
    patients, first, second = OpenPatients(Clock(0.0)), at(0), at(1)
    for patient in (first, second):
        assert patients.keep(ADA, patient) is patient
    assert patients.of(ADA) == (second, first)
    first.used = 2
    assert patients.of(ADA) == (first, second)


def test_number_and_size_are_bounded_and_those_unused_for_longest_go(monkeypatch: pytest.MonkeyPatch) -> None:
    patients = OpenPatients(Clock(0.0))
    many = [patients.keep(ADA, at(used)) for used in range(7)]
    assert patients.of(ADA) == tuple(reversed(many[2:]))
    assert many[0].visit is not None, "a page that shows it goes on"
    for number in range(300):
        patients.keep(f"account {number}", at(100 + number))
    assert patients.of(ADA) == ()
    assert patients.of("account 99") == ()
    assert patients.of("account 100") != ()
    monkeypatch.setattr(open_patients, "_MOST_BYTES", 2_000)
    first, second = (patients.keep(EVE, at(used, note="x" * 1_500)) for used in (1000, 1001))
    assert first is not second
    assert patients.of(EVE) == (second,)


@pytest.mark.parametrize("language", get_args(Language))
def test_the_bar_names_the_patient_as_the_banner_does(language: Language) -> None:
    patient = at(0, "Patient/p", review=visit().review.__class__(stated={"age_years": 30.0}))
    html = kept_html([patient], language)
    for words in (NAME, NUMBER, "1990-01-02", t("diagnosis.years", language, count=30), "2026-03-01 09:05"):
        assert words in html
    assert kept_html([], language) == ""


def test_notes_without_a_name_are_told_apart_and_escaped() -> None:
    html = kept_html([OpenPatient(visit("note", case=Case(()), note="<b>Chest\npain " + "x" * 100))], "en")
    assert "&lt;b&gt;Chest pain" in html
    assert "x" * 81 not in html
    assert t("diagnosis.no_name", "en") in html
