"""Messages of thousands of segments: twice as many take twice as much work, counted in steps and not in seconds."""

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

from tests.unit.hl7v2.hl7_conversion import adt, converted, one


def steps(work: Callable[[], object]) -> int:
    """How many lines of Python are run."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def is_linear(work: Callable[[int], object]) -> bool:
    work(1)  # tables are read
    return steps(partial(work, 600)) < 5 * steps(partial(work, 150))


def test_a_visit_with_thousands_of_diagnoses() -> None:
    def diagnosed(number: int) -> bytes:
        diagnoses = (f"DG1|{place}||I{place}^Disease^I10||20260101|F" for place in range(number))
        return adt("PID|1||77^^^WEST", "PV1|1|I|||||||||||||||||V1^^^WEST", *diagnoses)

    assert is_linear(lambda number: converted(diagnosed(number)))
    again = converted(diagnosed(3) + b"DG1|9||I1^Disease^I10||20260101|F\r")
    assert len(one(again, "Encounter")["diagnosis"]) == 3
