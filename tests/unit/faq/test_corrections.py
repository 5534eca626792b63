"""What a message puts right about the question before it, and what only sounds alike."""

import time

import pytest

from knowledge.faq.correction import correction


@pytest.mark.parametrize(
    ("before", "message", "wanted", "question"),
    [
        (
            "What does a savings account cost?",
            "no, not the savings account, the joint account",
            "the joint account",
            "What does a joint account cost?",
        ),
        ("How do I change my PIN?", "not my PIN, my user name", "my user name", "How do I change my user name?"),
        ("How do I get a debit card?", "the credit card, not the debit card", "the credit card", ""),
        ("Can I pay in dollars?", "I don't mean dollars but euros", "euros", "Can I pay in euros?"),
        ("Where can I park?", "No. At the airport", "At the airport", ""),
        ("Where can I park?", "sorry, I meant bicycles", "bicycles", ""),
        ("Where can I park?", "no i mean how do i leave again", "how do i leave again", ""),
        ("Where can I park?", "I was asking about lorries", "lorries", ""),
        ("Where can I park?", "That's not what I asked. When do you open?", "When do you open?", ""),
        ("Where can I park?", "no i want to cancel it", "i want to cancel it", ""),
        ("怎么补办借记卡？", "不是借记卡，是信用卡", "信用卡", "怎么补办信用卡？"),
        ("怎么补办借记卡？", "不对，我问的是存折", "存折", ""),
        ("汇款几天到账？", "不是国内，是国外", "国外", ""),
        ("汇款几天到账？", "我说的是退款", "退款", ""),
        ("汇款几天到账？", "不，我要取消", "我要取消", ""),
        ("怎么申请透支？", "要贷款，不是透支", "要贷款", "怎么申请要贷款？"),
        ("匯款幾天到帳？", "唔係呀，我問嘅係退款", "退款", ""),
    ],
)
def test_what_is_wanted_instead_is_read(before: str, message: str, wanted: str, question: str) -> None:
    found = correction(message, before)
    assert found
    assert found.wanted == wanted
    if question:
        assert found.of(before) == question


@pytest.mark.parametrize(
    "message",
    [
        "no",
        "no, thanks",
        "no, that's all",
        "no, how long?",
        "no, where do I sign it?",
        "不，多久能到",
        "不对，在哪里签字",
        "no, it still doesn't work",
        "no, I don't have the app, how else can I do it?",
        "no, my card hasn't arrived",
        "no fee then?",
        "no charge?",
        "not a problem, how do I pay?",
        "not yet, how long will it take?",
        "not sure, how do I check?",
        "not really. how do I open an account?",
        "I meant to pay yesterday, is it too late?",
        "I asked for a new card two weeks ago, where is it?",
        "I mean, how long does it take?",
        "can I do it or not?",
        "I want a credit card, not too expensive",
        "why not",
        "actually how do I close it?",
        "sorry, what does that cost?",
        "不用了，谢谢",
        "不对，还是不行",
        "不，谢谢",
        "不是本人可以办吗",
        "不是本人，是家人可以办吗",
        "不是说三天到账吗，怎么还没到",
        "不是说免费吗，是不是骗人",
        "我说的是真的",
        "我不是学生，可以开户吗",
        "没有借记卡，是信用卡可以吗",
        "不是应该免费的吗",
    ],
)
def test_what_only_sounds_like_a_correction_is_none(message: str) -> None:
    assert correction(message, "How do I open an account, and order a debit card? 怎么开户？") is None


@pytest.mark.parametrize("piece", [" ", "not ", "no, ", "不是", "，", "sorry "])
def test_no_correction_takes_long(piece: str) -> None:
    begin = time.monotonic()
    correction((piece * 10_000)[:10_000], "How do I pay?")
    assert time.monotonic() - begin < 5
