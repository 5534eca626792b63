"""Which unanswered questions are still open."""

import pytest

from apps.operators.questions import still_open
from tests.exact_search import entry

ENTRIES = (
    entry("parking", "Where can I park?", "is there a car park"),
    entry("rooms", "Is there a baby's cot?"),
    entry("open", "你们几点开门？", language="zh"),
    entry("fees", "How much?"),
    entry("fines", "How much?"),
)


@pytest.mark.parametrize(
    ("asked", "is_open"),
    [
        ("where can i park", False),
        ("Is there  a car park?!", False),
        ("Ｗhere can I park？", False),
        ("你们几点开门", False),
        ("Is there a babys cot?", False),
        ("Hello, where can I park?", False),
        ("How much?", True),  # of two entries
        ("Where can I park a lorry?", True),
        ("Can I park where?", True),
        ("你们几点关门？", True),
        ("?", True),
    ],
)
def test_a_wording_of_an_entry_is_answered(asked: str, is_open: bool) -> None:
    assert still_open([asked], ENTRIES) == ([asked] if is_open else [])


def test_what_is_open_keeps_its_order_and_count() -> None:
    assert still_open(["b", "Where can I park?", "a", "b"], ENTRIES) == ["b", "a", "b"]
    assert still_open(["a"], ()) == ["a"]
