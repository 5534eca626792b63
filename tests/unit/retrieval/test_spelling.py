"""Mistyped words of English questions."""

import json
from pathlib import Path

import pytest

from knowledge.retrieval.spelling import Spelling, everyday_words

TEXTS = (
    "How do I get a refund?",
    "Transfers to another account",
    "transfer",
    "A loan",
    "Type of card",
    "browser",
    "cards",
    "保险箱",
)
EVERYDAY = frozenset({"how", "do", "can", "didn", "my", "get", "want", "cart", "sent", "taps"})


@pytest.fixture(scope="module")
def spelling() -> Spelling:
    return Spelling(TEXTS, EVERYDAY)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("how do i get a refudn", "how do i get a refund"),  # two letters changed places
        ("my acount.", "my account."),  # one too few
        ("Refundd, please", "refund, please"),  # one too many, in the first word
        ("tranzfer", "transfer"),  # a wrong one; other endings of the same word do not compete
        ("crad", "card"),
        ("ccount, acrd", "account, card"),  # at the beginning
    ],
)
def test_a_mistyped_word_is_read_as_the_one_that_was_meant(spelling: Spelling, written: str, meant: str) -> None:
    assert spelling.corrected(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "can i get my refunds refunded",  # other forms of the library's words
        "cart",  # an everyday word, however near
        "carts",  # another form of one
        "lard",  # hardly anybody hits another key at the beginning
        "can i browse",  # what something of the library is there to do
        "i cant get a loan, and didnt get my card",  # no "want"
        "loaan2 re-fundd cards' don’t accountt@example.com www.acount.com [accout]",
        "how about Revolut and IBANN, pls",
        "我的acount呢 保险厢",
        f"{'a' * 1_000}ccount",  # would have 60,000 neighbours of a thousand letters
        "crd",  # three letters have too many neighbours
        "tarsnfre",  # two errors
    ],
)
def test_everything_else_stays(spelling: Spelling, written: str) -> None:
    assert spelling.corrected(written) == written


def test_a_word_that_could_be_two_stays() -> None:
    assert Spelling(["loan"], EVERYDAY).corrected("loam") == "loan"
    assert Spelling(["loan", "loaf"], EVERYDAY).corrected("loam") == "loam"
    assert Spelling(["loan", "moat"], EVERYDAY).corrected("loat") == "loat"


def test_without_everyday_words_nothing_is_corrected() -> None:
    assert Spelling(TEXTS, ()).corrected("refudn") == "refudn"


def test_whole_words_are_taken_from_a_tokenizer(tmp_path: Path) -> None:
    vocabulary = {"[CLS]": 0, "refund": 1, "##ing": 2, "7": 3, "é": 4, "card": 5}
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {"vocab": vocabulary}}), "utf-8")
    assert everyday_words(tmp_path) == {"refund", "card"}
