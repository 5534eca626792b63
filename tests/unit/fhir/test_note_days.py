"""The day that a document speaks of, which decides whether what it says is an emergency of now."""

from datetime import date
from typing import Any

import pytest
from fhir_fakes import attachment, case_of, record_of

from adapters.fhir.chart_notes import notes_of

MARCH = {"start": "2026-03-01T08:00:00Z"}


@pytest.mark.parametrize(
    ("period", "written", "day"),
    [
        ({**MARCH, "end": "2026-03-31T18:00:00Z"}, "2026-03-31T20:00:00Z", 31),  # a whole stay, and its last day
        ({**MARCH, "end": "2026-04-30"}, "2026-03-20T20:00:00Z", 20),  # written before the stay was over
        ({**MARCH, "end": "2026-03-09"}, "2026-03-20T20:00:00Z", 9),  # a letter of later
        (MARCH, "2026-03-20T20:00:00Z", 20),  # the stay goes on
        (MARCH, "2026-03-02T06:00:00Z", 2),
        (MARCH, None, 1),
        ({}, "2026-03-20T20:00:00Z", 20),
    ],
)
def test_a_note_is_of_the_end_of_its_period_or_of_the_day_it_was_written(
    period: dict[str, str], written: str | None, day: int
) -> None:
    document: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "status": "current",
        "content": [{"attachment": attachment("Seizures.")}],
        **({"context": {"period": period}} if period else {}),
        **({"date": written} if written else {}),
    }
    (finding,) = case_of(document).findings
    ((note,), _) = notes_of(record_of(document).resources[0])
    assert (finding.evidence[0].date, note.day) == (date(2026, 3, day), date(2026, 3, day))
