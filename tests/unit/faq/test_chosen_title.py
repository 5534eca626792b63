"""A title that was offered is named by its place, or by what it is about."""

import pytest

from knowledge.faq.chosen_title import chosen
from tests.messages import messages

TITLES = ("How do I open an account?", "What does it cost?", "How do I close my account?")
CHINESE = ("怎么申请透支？", "透支怎么收费？", "怎么取消透支？")
NAMED = (
    """
1 | the first one | first | No. 1 | option 1 | 第一个 | 第一个吧 | #1 | the top one | number one | yes, the first one
I mean the first one | 1st | 第1个 | 1号 | 就第一个 | 一 | the opening one
""",
    """
2. | (2) | the second one please | number 2 | 我选第二个 | 第二个，谢谢 | #2 | number two | second one thanks
the 2nd option | middle one | 2号 | 第2个吧 | 是第二个 | 二 | 中间那个 | the cost one | the one about cost
""",
    """
3 | third option | the last one | last one please | 最后一个 | 第三條 | yes, 3 | 3rd one please | 最后那个
the closing one
the bottom one | the one about closing it
""",
)


@pytest.mark.parametrize(
    ("message", "title"), [(m, t) for t, said in zip(TITLES, NAMED, strict=True) for m in messages(said)]
)
def test_a_title_is_named_by_its_place_or_subject(message: str, title: str) -> None:
    assert chosen(message, TITLES) == title


@pytest.mark.parametrize(
    "message",
    messages("""
4 | 3 days | one | first direct debit | my last payment | 一个月 | £1 | 2 weeks | the other one | the wrong one
the account one | yes | both | which one | 1 and 2 | 第二次 | 二月 | number 22 | I have one | the one I lost
not the first one | no, the new one | how much is the second one | the first one was wrong | 第一个怎么弄 | 不是第一个
the one about my lost card | can I open one | what is the cost one | 一下 | 最后
"""),
)
def test_whatever_says_more_names_none(message: str) -> None:
    assert chosen(message, TITLES) is None


def test_there_must_be_as_many() -> None:
    assert chosen("3", TITLES[:2]) is None
    assert chosen("the middle one", TITLES[:2]) is None
    assert chosen("the last one", ()) is None


@pytest.mark.parametrize(
    ("message", "place"), [("收费的那个", 1), ("就怎么取消的那个吧", 2), ("透支的那个", None), ("便宜的那个", None)]
)
def test_a_chinese_title_is_named_by_what_it_is_about(message: str, place: int | None) -> None:
    assert chosen(message, CHINESE) == (None if place is None else CHINESE[place])


@pytest.mark.parametrize("message", messages("yes | Yes please! | yes, that one | 是的 | 对，没错"))
def test_a_yes_takes_a_title_that_stands_alone(message: str) -> None:
    assert chosen(message, TITLES[:1]) == TITLES[0]
    assert chosen(message, TITLES) is None


@pytest.mark.parametrize("message", messages("yes, but how much | yes I lost it | 是的，怎么弄 | ok"))
def test_a_yes_that_says_more_takes_none(message: str) -> None:
    assert chosen(message, TITLES[:1]) is None
