"""Lines as notes have them, read as they are marked; what is known to be read wrongly says so."""

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

from apps.diagnosis.service import DiagnosisService
from tests.note_lines import Reader, lines


@pytest.fixture(scope="module")
def faults(diagnosis_service: DiagnosisService) -> list[tuple[dict[str, Any], list[str]]]:
    reader = Reader(diagnosis_service.knowledge.ontology)
    return [(line, reader.faults(line)) for line in lines()]


def test_lines_are_read_as_marked(faults: list[tuple[dict[str, Any], list[str]]]) -> None:
    wrong = [f"{line['text']}: {'; '.join(told)}" for line, told in faults if told and "known" not in line]
    assert not wrong, "\n".join(wrong)


def test_no_line_is_known_to_be_wrong_that_is_right(faults: list[tuple[dict[str, Any], list[str]]]) -> None:
    right = [line["text"] for line, told in faults if not told and "known" in line]
    assert not right, "take `known` from: " + "\n".join(right)


def test_marks_lie_where_they_say() -> None:
    for line in lines():
        marks = line["findings"]
        assert [line["text"][m["start"] : m["end"]] for m in marks] == [m["words"] for m in marks]
        assert all(one["end"] <= other["start"] for one, other in pairwise(marks)), line["text"]
        assert line.get("known", "said") != ""
    assert max(Counter(line["text"] for line in lines()).values()) == 1
