"""Messages of thousands of segments: twice as many take twice as much work, counted in steps and not in seconds."""

import asyncio
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest

from adapters.fhir.gather import Found
from adapters.hl7v2.reconcile import reconcile
from tests.unit.hl7v2.hl7_conversion import adt, converted, one, oru


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


class EmptyServer:
    async def search(self, kind: str, form: dict[str, str], *, patient: str = "") -> Found:
        return Found([])


def test_a_visit_with_thousands_of_diagnoses() -> None:
    def diagnosed(number: int) -> bytes:
        diagnoses = (f"DG1|{place}||I{place}^Disease^I10||20260101|F" for place in range(number))
        return adt("PID|1||77^^^WEST", "PV1|1|I|||||||||||||||||V1^^^WEST", *diagnoses)

    assert is_linear(lambda number: converted(diagnosed(number)))
    again = converted(diagnosed(3) + b"DG1|9||I1^Disease^I10||20260101|F\r")
    assert len(one(again, "Encounter")["diagnosis"]) == 3


@pytest.mark.parametrize("code", ["2345-7^Glucose^LN", "{0}^Local^L"])
def test_thousands_of_results_beside_what_the_server_has(code: str) -> None:
    def prepare(number: int) -> Any:
        results = (
            f"OBX|{place}|NM|{code.format(place)}||5|mmol/L|||||F|||202601{place % 28 + 1:02}08{place // 28:02}"
            for place in range(number)
        )
        return converted(oru(*results))

    few, many = prepare(150), prepare(600)
    server: Any = EmptyServer()
    assert steps(lambda: asyncio.run(reconcile(many, server))) < 5 * steps(lambda: asyncio.run(reconcile(few, server)))
