"""What a page says of a problem's day: how exact the record is, and whether it began or was recorded then."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.fhir.bundle import make_record
from adapters.fhir.chart import chart_of
from adapters.fhir.elements import Json, first_day
from apps.diagnosis.as_json import assessment_json
from apps.diagnosis.assessment import Assessment
from apps.diagnosis.html.findings import findings_html
from apps.diagnosis.record.sources import Sources
from apps.diagnosis.record.summary import problems_html, summary_html
from knowledge.medical.case import Evidence, Finding, Status
from knowledge.retrieval.language import Language
from tests.diagnosis_visits import visit

SUBJECT = {"reference": "Patient/p"}
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def shown(language: Language = "en", **days: str) -> tuple[str, str]:
    """The Record tab's problem list and the Diagnosis tab's findings of one Condition."""
    seizure: Json = {"resourceType": "Condition", "id": "c", "subject": SUBJECT, "code": {"text": "Seizure"}, **days}
    record = make_record([("", r) for r in ({"resourceType": "Patient", "id": "p"}, seizure)], origin="test")
    chart = chart_of(record, read_at=NOW)
    day = first_day(days.get("recordedDate")) or first_day(days.get("onsetDateTime"))
    found = Finding("HP:0001250", "Seizure", Status.PRESENT, (Evidence("Condition/c", "Seizure", day),))
    seen = visit()
    seen = replace(seen, record=record, case=replace(seen.case, findings=(found,)))
    return problems_html(chart, Sources(chart.resources, seen.id), language), findings_html(seen, language)


@pytest.mark.parametrize(
    ("days", "in_record", "in_findings"),
    [
        ({"onsetDateTime": "2026"}, "began <time>2026</time>", "began <time>2026</time>"),
        ({"onsetDateTime": "2022-11"}, "began <time>2022-11</time>", "began <time>2022-11</time>"),
        ({"onsetDateTime": "2022-11-01"}, "began <time>2022-11-01</time>", "began <time>2022-11-01</time>"),
        ({"recordedDate": "2019-09-02"}, "recorded <time>2019-09-02</time>", "recorded <time>2019-09-02</time>"),
        (
            {"onsetDateTime": "2017", "recordedDate": "2019-09-02"},
            "began <time>2017</time>",
            "recorded <time>2019-09-02</time>",
        ),
    ],
)
def test_both_tabs_say_what_a_problem_s_day_is(days: dict[str, str], in_record: str, in_findings: str) -> None:
    problems, findings = shown(**days)
    assert in_record in problems
    assert in_findings in findings


def test_the_chinese_page_says_it_too() -> None:
    problems, findings = shown("zh", onsetDateTime="2017", recordedDate="2019-09-02")
    assert "起病 <time>2017</time>" in problems
    assert "记录 <time>2019-09-02</time>" in findings


def test_a_problem_that_ended_in_a_year_ended_in_no_day() -> None:
    problems, _ = shown(onsetDateTime="2017-04", abatementDateTime="2018")
    assert "→ <time>2018</time>" in problems


def test_the_day_of_another_resource_has_no_such_word() -> None:
    done = {"status": "completed", "performedDateTime": "2018"}
    procedure = {"resourceType": "Procedure", "id": "o", "subject": SUBJECT, **done}
    record = make_record([("", r) for r in ({"resourceType": "Patient", "id": "p"}, procedure)], origin="test")
    chart = chart_of(record, read_at=NOW)
    html = summary_html(chart, Sources(chart.resources, "v"), "en")
    assert '"dx-source"><time>2018</time>' in html


def test_the_json_has_the_date_as_the_record_writes_it() -> None:
    found = Finding("HP:0001250", "Seizure", Status.PRESENT, (Evidence("Condition/c", "Seizure", first_day("2017")),))
    seen = visit().assessment
    assert seen is not None
    told = assessment_json(Assessment(replace(seen.case, findings=(found,)), seen.ranking))
    assert told["findings"][0]["evidence"][0]["date"] == "2017"
