"""A title that was offered is named by its place."""

import pytest

from knowledge.faq.chosen_title import by_place
from tests.messages import messages

TITLES = ("How do I open an account?", "What does it cost?", "How do I close it?")
NAMED = (
    messages("1 | the first one | first | No. 1 | option 1 | 第一个 | 第一个吧"),
    messages("2. | (2) | the second one please | number 2 | 我选第二个 | 第二个，谢谢"),
    messages("3 | third option | the last one | last one please | 最后一个 | 第三條"),
)


@pytest.mark.parametrize(("message", "title"), [(m, t) for t, said in zip(TITLES, NAMED, strict=True) for m in said])
def test_a_title_is_named_by_its_place(message: str, title: str) -> None:
    assert by_place(message, TITLES) == title


@pytest.mark.parametrize("message", messages("4 | 3 days | one | first direct debit | my last payment | 一个月 | £1"))
def test_whatever_says_more_names_none(message: str) -> None:
    assert by_place(message, TITLES) is None


def test_there_must_be_as_many() -> None:
    assert by_place("3", TITLES[:2]) is None
    assert by_place("the last one", ()) is None
