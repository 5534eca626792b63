"""Which unanswered questions are still open, and which of them may stand in an entry."""

import pytest

from apps.desk.questions import fit_for_entry, most_telling_first, still_open
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


@pytest.mark.parametrize(
    ("wording", "is_fit"),
    [
        ("where is my router", True),
        ("which iPhone 15 cases fit in 2026?", True),
        ("192.168.1.1 does not open", True),
        ("order 4839201123 where is my router", False),
        ("订单号LK20261130我的路由器到哪了", False),
        ("订单４８３９２０ 怎么还没到", False),
        ("my code is 48 39 20", False),
        ("her account number is [account]", False),
        ("我的身份证是[national id]", False),
        ("what does [sic] mean", False),
        ("a person please", False),
    ],
)
def test_what_is_one_customers_own_is_not_fit(wording: str, is_fit: bool) -> None:
    instead = {"a person please": "a person"}.get
    assert fit_for_entry({wording: wording}, instead) == ([wording] if is_fit else [])
    assert fit_for_entry({f"Where is it? {wording}": wording, "b": "b"}, instead) == ["b"]


def test_an_entry_has_one_language() -> None:
    wordings = ("Do you sell ice?", "你们卖冰吗", "Is there ice?")
    assert fit_for_entry(dict(zip(wordings, wordings, strict=True)), lambda _: None) == [
        "Do you sell ice?",
        "Is there ice?",
    ]
    assert fit_for_entry({}, lambda _: None) == []


def test_wordings_in_the_language_of_the_page_come_first() -> None:
    texts = ("你们卖冰吗", "Do you sell ice?", "有冰吗", "Is there ice?")
    asked = dict(zip(texts, texts, strict=True))
    assert most_telling_first(asked, "en") == ["Do you sell ice?", "Is there ice?", "你们卖冰吗", "有冰吗"]
    assert most_telling_first(asked, "zh") == ["你们卖冰吗", "有冰吗", "Do you sell ice?", "Is there ice?"]


def test_a_wording_that_was_asked_by_itself_comes_before_one_read_with_an_earlier_message() -> None:
    asked = {
        "How do I pay? Is there ice?": "Is there ice?",
        "你们卖冰吗": "你们卖冰吗",
        "Do you sell ice?": "Do you sell ice?",
    }
    assert most_telling_first(asked, "en") == ["Do you sell ice?", "How do I pay? Is there ice?", "你们卖冰吗"]
