"""Statements about one finding are joined; what says so stands apart from what says otherwise."""

import datetime as dt

import pytest

from knowledge.medical.case import Evidence, Finding, Status, merge_findings

DENIED, MEASURED, DOUBTED = (Evidence("text", words) for words in ("Denies fever", "T 39.1", "? fever"))
OLD = Evidence("text", "T 36.5", dt.date(2024, 5, 1))
NEW = Evidence("text", "T 39.0", dt.date(2024, 5, 6))


def fever(status: Status, evidence: Evidence) -> Finding:
    return Finding("HP:0001945", "Fever", status, (evidence,))


def test_offsets_tell_what_was_read_from_running_text() -> None:
    coded, read = Evidence("Condition/1", "Fever"), Evidence("text", "fever", start=0, end=5)
    assert read.is_from_text
    assert not coded.is_from_text


@pytest.mark.parametrize(
    ("said", "status", "evidence", "otherwise"),
    [
        ([(Status.ABSENT, DENIED), (Status.PRESENT, MEASURED)], Status.PRESENT, (MEASURED,), (DENIED,)),
        ([(Status.PRESENT, MEASURED), (Status.ABSENT, DENIED)], Status.PRESENT, (MEASURED,), (DENIED,)),
        ([(Status.UNKNOWN, DOUBTED), (Status.ABSENT, DENIED)], Status.ABSENT, (DENIED,), (DOUBTED,)),
        ([(Status.UNKNOWN, DOUBTED)], Status.UNKNOWN, (DOUBTED,), ()),
        ([(Status.PRESENT, NEW), (Status.ABSENT, OLD)], Status.PRESENT, (NEW,), (OLD,)),
        # Both ends of a range are of one place
        ([(Status.ABSENT, MEASURED), (Status.PRESENT, MEASURED)], Status.PRESENT, (MEASURED,), ()),
    ],
)
def test_evidence_is_of_the_status(
    said: list[tuple[Status, Evidence]],
    status: Status,
    evidence: tuple[Evidence, ...],
    otherwise: tuple[Evidence, ...],
) -> None:
    (finding,) = merge_findings([fever(*one) for one in said])
    assert (finding.status, finding.evidence, finding.otherwise) == (status, evidence, otherwise)
    assert merge_findings([finding]) == (finding,)
