"""What the buttons do, and that nothing else is done; findings by name; decisions through the service."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from apps.diagnosis.actions import act
from apps.diagnosis.search import FindingSearch
from apps.diagnosis.service import DiagnosisService
from apps.diagnosis.visit import Review, Visit
from core.errors import InputFormatError
from knowledge.medical.case import Case, Evidence, Finding, Status
from knowledge.medical.common import load_common
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.medical.measurements import Measurement, Quantity

SEIZURE = Finding("HP:0001250", "Seizure", Status.PRESENT, (Evidence("text", "fits", None, 3, 7),))
VISIT = Visit("note", "", datetime.now(UTC), None, "He fits.", Case((SEIZURE,)))


class FakeService:
    """Reviews without ranking."""

    def __init__(self, search: FindingSearch) -> None:
        self.search = search

    def review(self, visit: Visit, review: Review) -> Visit:
        return Visit(visit.source, "", visit.read_at, None, "", visit.case, review, id=visit.id)

    def accept(self, visit: Visit) -> Visit:
        return self.review(visit, visit.review.accept(visit.case.findings))


@pytest.fixture
def search(medical: MedicalKnowledge) -> FindingSearch:
    return FindingSearch(medical.ontology, load_common())


@pytest.fixture
def service(search: FindingSearch) -> DiagnosisService:
    return cast(DiagnosisService, FakeService(search))


def press(service: DiagnosisService, visit: Visit = VISIT, **button: Any) -> Visit:
    return act(service, visit, {"visit": visit.id, **button})


def statuses(visit: Visit) -> dict[str, str]:
    return {finding.code: finding.status.value for finding in visit.reviewed.findings}


def test_a_value_of_a_note_is_confirmed_misread_and_taken_back(service: DiagnosisService) -> None:
    coma = Measurement(Quantity.GCS, 14, None, "text", "GCS 14", 9, 15)
    coded = Measurement(Quantity.GCS, 14, None, "Observation/1", "GCS 14")
    visit = replace(VISIT, case=replace(VISIT.case, measurements=(coma, coded)))
    assert press(service, visit, do="confirm", code=coma.place).review.right == {coma.place}
    misread = press(service, visit, do="misread", code=coma.place)
    assert misread.reviewed.measurements == (coded,)
    assert press(service, misread, do="undo", code=coma.place).reviewed.measurements == (coma, coded)
    for button in ({"do": "misread", "code": coded.place}, {"do": "pause", "code": coma.place}):
        with pytest.raises(InputFormatError):
            press(service, visit, **button)


def test_every_button(service: DiagnosisService) -> None:
    absent = press(service, do="decide", code="HP:0001250", to="absent")
    assert statuses(absent) == {"HP:0001250": "absent"}
    assert statuses(press(service, absent, do="undo", code="HP:0001250")) == {"HP:0001250": "present"}
    paused = press(service, do="pause", code="HP:0001250")
    assert statuses(paused) == {}
    assert statuses(press(service, paused, do="resume", code="HP:0001250")) == {"HP:0001250": "present"}
    added = press(service, do="add", code="HP:0001251", to="unknown")
    assert statuses(added) == {"HP:0001250": "present", "HP:0001251": "unknown"}
    assert added.reviewed.findings[1].label == "Ataxia"
    assert press(service, do="confirm", code="HP:0001250").review.is_settled(SEIZURE)
    assert press(service, do="accept").review.is_settled(SEIZURE)


@pytest.mark.parametrize(
    "button",
    [
        {"do": "add", "code": "HP:9999999", "to": "present"},
        {"do": "add", "code": "HP:0001251", "to": "removed"},
        {"do": "decide", "code": "HP:0001250", "to": "maybe"},
        {"do": "decide", "code": "HP:0001251", "to": "absent"},
        {"do": "apply", "code": "HP:0001250"},
        {"do": ["pause"], "code": "HP:0001250"},
        {"code": "HP:0001250"},
    ],
)
def test_what_no_button_of_the_page_sends_is_refused(service: DiagnosisService, button: dict[str, Any]) -> None:
    with pytest.raises(InputFormatError):
        press(service, **button)


@pytest.mark.parametrize(
    ("typed", "code"),
    [("seiz", "HP:0001250"), ("HP:0001251", "HP:0001251"), ("hp:0001251 ", "HP:0001251"), ("发热", "HP:0001945")],
)
def test_a_finding_is_found_by_name_or_code(search: FindingSearch, typed: str, code: str) -> None:
    assert search.find(typed)[0].code == code


@pytest.mark.parametrize("typed", ["", " ", "x", "zzzz", "HP:9999999", "龘"])
def test_nothing_is_found(search: FindingSearch, typed: str) -> None:
    assert search.find(typed) == ()


def test_hits_are_few_and_none_twice(search: FindingSearch) -> None:
    for typed in ("pain", "痛", "a" * 2, "fever"):
        codes = [match.code for match in search.find(typed, 5)]
        assert len(codes) == len(set(codes)) <= 5
