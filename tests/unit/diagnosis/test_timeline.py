"""The timeline of a record."""

import datetime as dt

import pytest

from adapters.fhir.bundle import PatientRecord
from adapters.fhir.chart import Chart, chart_of
from apps.diagnosis.ask.look import newest_first
from apps.diagnosis.record.sources import Sources
from apps.diagnosis.record.timeline import timeline_html
from apps.diagnosis.record.words import number


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        *((4.521, "4.521"), (4.0, "4"), (9.99996, "10"), (121.0, "121"), (121.04, "121"), (12345.6, "12346")),
        *((0.0, "0"), (0.1234, "0.1234"), (0.0032, "0.0032"), (0.00003, "0.00003"), (-0.000123456, "-0.0001235")),
    ],
)
def test_numbers_have_four_significant_digits(value: float, shown: str) -> None:
    assert number(value) == shown


def chart_with_potassium(days: list[str]) -> Chart:
    """A record with one result at each of these times."""
    results = [
        {
            "resourceType": "Observation",
            "id": f"k-{place}",
            "status": "final",
            "code": {"text": "Potassium"},
            "effectiveDateTime": day,
            "valueQuantity": {"value": 4.1, "unit": "mmol/L"},
        }
        for place, day in enumerate(days)
    ]
    record = PatientRecord(patient={"resourceType": "Patient", "id": "p"}, resources=tuple(results), origin="test")
    return chart_of(record, read_at=dt.datetime(2026, 4, 1, tzinfo=dt.UTC))


@pytest.mark.parametrize(
    ("days", "shown"), [(["2026-02-10"], ["2026-02-10"]), (["2026-02-10", "2026-03-01"], ["2026-02-10", "2026-03-01"])]
)
def test_its_axis_names_a_single_day_once(days: list[str], shown: list[str]) -> None:
    chart = chart_with_potassium(days)
    html = timeline_html(chart, Sources(chart.resources, "v"), "en")
    above, *below = (rest.split("</p>")[0] for rest in html.split("<p class='dx-axis'>")[1:])
    assert below == [above] * (len(days) > 1)
    assert above == "".join(f"<time>{day}</time>" for day in shown)


def test_times_that_stand_for_none_are_in_order() -> None:
    """The first and the last moment that many a system can write lie, in UTC, beyond the years that there are."""
    chart = chart_with_potassium(["0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-05:00", "2026-02-10"])
    assert [entry.source for entry in newest_first(chart.entries)] == [f"Observation/k-{n}" for n in (1, 2, 0)]
    assert timeline_html(chart, Sources(chart.resources, "v"), "en")
