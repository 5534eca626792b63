"""A clinician reads what was looked through in the words of a ward, not as types of FHIR resources."""

import datetime as dt
import re
from typing import get_args

import pytest

from adapters.fhir.chart import Chart
from adapters.fhir.reasons import Reason
from apps.diagnosis.ask.answer import Answer, Looked, Outcome
from apps.diagnosis.ask.html import answer_html
from apps.diagnosis.ask.look import looked
from apps.diagnosis.ask.query import Query, Topic
from apps.diagnosis.record.sources import Sources
from apps.diagnosis.record.summary import problems_html, summary_html
from apps.diagnosis.record.words import kind_html
from apps.diagnosis.words import lost_words
from knowledge.medical.case import Case, Unread
from knowledge.retrieval.language import Language

NOW = dt.datetime(2026, 12, 1, 9, 30, tzinfo=dt.UTC)
EMPTY = Chart(NOW, {}, (), ())


def words_of(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


def basis(*places: Looked, language: Language = "en") -> str:
    answer = Answer(Outcome.NONE, Query(Topic.MEDICATION), NOW, looked=places)
    return answer_html(answer, EMPTY, language)


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (dt.date(2026, 2, 10), dt.date(2026, 2, 10), "notes 1 (2026-02-10)"),
        (dt.date(2026, 2, 10), dt.date(2026, 3, 1), "notes 1 (2026-02-10 – 2026-03-01)"),
        (None, None, "notes 1. "),
    ],
)
def test_a_single_day_is_told_once(first: dt.date | None, last: dt.date | None, told: str) -> None:
    html = basis(Looked("MedicationRequest", 0, None, None), Looked("DocumentReference", 1, first, last))
    assert f"Looked through: prescriptions 0, {told}" in words_of(html)
    assert '<span title="DocumentReference">notes</span>' in html


@pytest.mark.parametrize("language", get_args(Language))
def test_no_type_of_a_resource_stands_in_what_is_read(language: Language) -> None:
    sources = Sources({}, "v")
    html = problems_html(EMPTY, sources, language) + summary_html(EMPTY, sources, language)
    html += "".join(basis(*looked(EMPTY, topic), language=language) for topic in Topic)
    assert not re.search(
        r"[A-Z][a-z]+(Request|Statement|Intolerance|Reference|Report|History)|Condition", words_of(html)
    )
    assert "{}" not in html


def test_medicines_that_were_taken_are_counted_among_those_looked_for() -> None:
    html = words_of(summary_html(EMPTY, Sources({}, "v"), "en"))
    assert "None in what was read (prescriptions 0, medicines taken 0). This does not rule it out." in html


def test_a_type_that_the_suite_does_not_look_into_keeps_its_name() -> None:
    assert kind_html("Observation", "zh") == '<span title="Observation">检查结果与测量</span>'
    assert kind_html("<Claim>", "zh") == '<span title="&lt;Claim&gt;">&lt;Claim&gt;</span>'


def test_what_no_rule_saw_is_named_so_too() -> None:
    unread = tuple(Unread(kind, Reason.REFUSED_BY_SERVER, "403") for kind in ("FamilyMemberHistory", "ServiceRequest"))
    told = lost_words(Case((), unread=unread), "en")
    assert told == "No rule saw what could not be read: family history, ServiceRequest"
