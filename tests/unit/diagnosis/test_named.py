"""What the record tab says that the notes name."""

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from apps.diagnosis.record.named import typed_note_html
from apps.diagnosis.record.panel import record_html
from apps.diagnosis.record.sources import drawer_html
from apps.diagnosis.service import DiagnosisService
from apps.diagnosis.visit import Visit
from knowledge.medical.case import Case, Evidence, Finding, Status
from knowledge.retrieval.language import Language
from tests.unit.diagnosis.records import record

NOTE = (
    "Seizures since childhood. PMH: hypertension. Takes bisoprolol 5 mg BID. No pneumonia. Mother had breast cancer. "
    "Allergic to penicillin. Underwent colonoscopy <2019>."
)


class _Text(HTMLParser):
    """The text of a piece of HTML that stands in its marks, and all of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.marks: list[tuple[str, str]] = []
        self._kind = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "mark":
            self._kind = (dict(attrs)["class"] or "").removeprefix("dx-is-")
        elif tag == "small":
            self._kind = ""

    def handle_data(self, data: str) -> None:
        if self._kind:
            self.marks.append((self._kind, data))


def opened(service: DiagnosisService, text: str = NOTE) -> Visit:
    visit = service.open_note(text.encode())
    return service.review(visit, visit.review)


def test_the_typed_note_is_shown_with_what_was_recognised(service: DiagnosisService) -> None:
    marks = _Text(record_html(opened(service), "en")).marks
    assert ("finding", "Seizures") in marks
    assert ("drug", "bisoprolol") in marks
    assert ("procedure", "colonoscopy") in marks
    assert ("disease", "breast cancer") in marks


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["· 5 mg BID", "absent", "in the family", "allergy", "Medicines (2)"]),
        ("zh", ["· 5 mg BID", "否认", "家族", "过敏", "药物（2）"]),
    ],
)
def test_lists_say_dose_and_context(service: DiagnosisService, language: Language, words: list[str]) -> None:
    html = record_html(opened(service), language)
    for word in words:
        assert word in html
    assert "&lt;2019&gt;" in html
    assert "<2019>" not in html


def test_notes_of_a_record_are_named_with_their_source_and_marked_in_the_drawer(service: DiagnosisService) -> None:
    visit = service.open_record(record(NOTE))
    visit = service.review(visit, visit.review)
    html = record_html(visit, "en")
    assert "Named in the notes" in html
    source = visit.chart.notes[0].source
    assert html.count(f'data-code="{source}"') > 1
    assert ("drug", "bisoprolol") in _Text(drawer_html(visit, source, "en")).marks


FAST, SLOW = "Tachycardia", "Bradycardia"
PRESENT, ABSENT = Status.PRESENT, Status.ABSENT


@pytest.mark.parametrize(
    ("words", "read", "label"),
    [
        ("heart rate 130", [(SLOW, ABSENT), (FAST, PRESENT)], "Tachycardia; Bradycardia · absent"),
        ("heart rate 75", [(SLOW, ABSENT), (FAST, ABSENT)], "Bradycardia · absent; Tachycardia · absent"),
        ("short of breath", [("Dyspnea", PRESENT)], "Dyspnea"),
        ("tachycardia", [(FAST, ABSENT)], "finding · absent"),
    ],
)
def test_a_marked_finding_is_named_where_its_words_are_others(
    words: str, read: list[tuple[str, Status]], label: str
) -> None:
    place = Evidence("text", words, start=12, end=12 + len(words))
    findings = tuple(Finding(f"HP:{n}", name, status, (place,)) for n, (name, status) in enumerate(read))
    seen = Visit("note", "", datetime.now(UTC), None, f"Seen today: {words}.", Case(findings), named=())
    assert f'<mark class="dx-is-finding">{words}<small>{label}</small></mark>' in typed_note_html(seen, "en")


def test_the_same_thing_is_one_line(service: DiagnosisService) -> None:
    html = record_html(opened(service, "Takes metformin. Metformin 1 g daily. Glucophage is metformin."), "en")
    assert "Medicines (1)" in html
    assert "×4" in html
    assert "1 g daily" in html


def test_they_are_read_once_and_only_so_far(service: DiagnosisService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.diagnosis.service.MAX_NAMED", len(NOTE))
    visit = opened(service)
    assert service.accept(visit).named is visit.named
    assert visit.named
    assert opened(service, f"{NOTE} So.").named == ()


def test_a_note_in_another_language_names_nothing(service: DiagnosisService) -> None:
    visit = opened(
        service, "Le patient présente une fièvre depuis trois jours, sans toux ni dyspnée, avec des céphalées"
    )
    assert visit.named == ()
