"""The judges of pairs that ship."""

from pathlib import Path

import numpy as np
import pytest

from knowledge.retrieval.cross_encoder import BASES, CrossEncoder


@pytest.fixture(scope="module")
def judge(home: Path) -> CrossEncoder:
    return CrossEncoder(home / "models" / BASES["en"], "en")


def test_log_odds_are_one_number_a_text(judge: CrossEncoder) -> None:
    found = judge.log_odds("How long does it take?", ["It takes two days.", "", "🙂"])
    assert found.shape == (3,)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_a_text_has_the_same_log_odds_whatever_it_is_read_beside(judge: CrossEncoder) -> None:
    texts = ["What does delivery cost? It costs £4.", "When will my order come? It comes within three working days."]
    question = "when do i get my parcel"
    alone = [judge.log_odds(question, [text])[0] for text in texts]
    np.testing.assert_allclose(alone, judge.log_odds(question, texts), atol=0.2)


def test_what_answers_is_likelier_than_what_only_has_the_words(judge: CrossEncoder) -> None:
    titles = [
        "How long does a refund take? We pay refunds within five working days.",
        "How do I ask for a refund? Fill in the form in your account.",
        "Can a refund go to another card? Refunds go to the card that paid.",
    ]
    for number, question in enumerate(
        ["when will i have my money back", "where is the form to get my money back", "I closed the card I paid with"]
    ):
        assert int(judge.log_odds(question, titles).argmax()) == number


@pytest.fixture(scope="module")
def chinese(home: Path) -> CrossEncoder:
    return CrossEncoder(home / "models" / BASES["zh"], "zh")


def test_the_chinese_one_tells_what_answers_in_chinese_and_in_english(chinese: CrossEncoder) -> None:
    in_chinese = [
        "退款要多久？ 审核通过后五个工作日内退回。",
        "怎么申请退款？ 在“我的订单”里填写申请表。",
        "可以退到另一张卡吗？ 只能退回付款的那张卡。",
    ]
    in_english = [
        "How long does a refund take? We pay refunds within five working days.",
        "How do I ask for a refund? Fill in the form in your account.",
        "Can a refund go to another card? Refunds go to the card that paid.",
    ]
    asked = ["退的钱几天到账", "想退钱，在哪里填表", "那张卡已经注销了，能退到我老婆的卡上吗"]
    for number, question in enumerate(asked):
        for texts in (in_chinese, in_english):
            assert int(chinese.log_odds(question, texts).argmax()) == number


def test_very_long_texts_are_read_in_part(judge: CrossEncoder) -> None:
    assert np.isfinite(judge.log_odds("account " * 5_000, ["delivery " * 5_000, "x"])).all()
