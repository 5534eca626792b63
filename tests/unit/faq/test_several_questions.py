"""Messages of several questions are told from single ones."""

import time
from dataclasses import replace
from datetime import date

import pytest

from knowledge.faq.answerability import Answerability, Chances
from knowledge.faq.questions import answered_apart, joined_questions, of_parts, questions, wordings_joined
from knowledge.faq.search import Match, SearchResult
from knowledge.faq.sources import Entry


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        (
            "How do I reset my PIN, and what does a replacement card cost?",
            ["How do I reset my PIN", "what does a replacement card cost?"],
        ),
        (
            "How much can I transfer in a day? Also can I use my card abroad?",
            ["How much can I transfer in a day?", "Also can I use my card abroad?"],
        ),
        (
            "Hi, what does an overdraft cost and can I repay a loan early?",
            ["what does an overdraft cost", "can I repay a loan early?"],
        ),
        (
            "1. How do I change my PIN? 2. What is the contactless limit? 3) Can I get a virtual card?",
            ["How do I change my PIN?", "What is the contactless limit?", "Can I get a virtual card?"],
        ),
        (
            "- How do I change my PIN?\n• What is the contactless limit?",
            ["- How do I change my PIN?", "• What is the contactless limit?"],
        ),
        (
            "(a) How do I change my PIN? b) What is the contactless limit?",
            ["(a) How do I change my PIN?", "b) What is the contactless limit?"],
        ),
        (
            "I've called four times, it is dreadful. How do I change my address? And how do I get a new statement?",
            ["How do I change my address?", "And how do I get a new statement?"],
        ),
        (
            "How do I close my account? How long does it take? What does an overdraft cost?",
            ["How do I close my account? How long does it take?", "What does an overdraft cost?"],
        ),
        ("How much is a check-up? Where can I park?", ["How much is a check-up?", "Where can I park?"]),
        (
            "What's your routing number and are you open Saturday?",
            ["What's your routing number", "are you open Saturday?"],
        ),
        ("Where can I park? And when do you open?", ["Where can I park?", "And when do you open?"]),
        ("等了三天没人理。怎么改地址？怎么开具账户证明？", ["怎么改地址", "怎么开具账户证明"]),
        ("每天最多能转账多少？在境外能用卡吗？", ["每天最多能转账多少", "在境外能用卡吗"]),
        ("你好，如何开立储蓄账户，还有怎么注销账户，谢谢", ["如何开立储蓄账户", "怎么注销账户"]),
        (
            "Three things: 1) how do I book a room 2) where do I park 3) what does breakfast cost",
            ["how do I book a room?", "where do I park?", "what does breakfast cost?"],
        ),
        (
            "My questions are: how do I change my address? how do I get a new badge?",
            ["how do I change my address?", "how do I get a new badge?"],
        ),
        (
            "I moved here in May. I would like to know how much a visa costs, whether I can renew it online, and what"
            " papers I need to bring.",
            ["how much a visa costs whether I can renew it online", "what papers I need to bring."],
        ),
        (
            "Could you tell me what a day ticket costs, and whether there is a discount for students?",
            ["what a day ticket costs", "whether there is a discount for students?"],
        ),
        (
            "您好，有几个问题想请教：1. 入住需要什么证件？2. 早餐多少钱？3、怎么取消预订",
            ["入住需要什么证件", "早餐多少钱", "怎么取消预订"],
        ),
        ("想问两件事：①入住需要什么证件；②怎么取消预订", ["入住需要什么证件", "怎么取消预订"]),
        ("请问1)怎么办签证2)几天能出签", ["怎么办签证", "几天能出签"]),
        ("怎么退货，运费谁出？", ["怎么退货", "运费谁出"]),
        ("往日本汇款要多少钱，要多久？", ["往日本汇款要多少钱", "往日本汇款要多久"]),
        ("退货要几天，收费吗？", ["退货要几天", "退货收费吗"]),
        ("退款几天到账？优惠券退不退？", ["退款几天到账", "优惠券退不退"]),
        ("有学生折扣吗 积分怎么用", ["有学生折扣吗", "积分怎么用"]),
        ("怎么改签？谁可以代办登机手续？", ["怎么改签", "谁可以代办登机手续"]),
        ("如何開立儲蓄帳戶和怎麼註銷帳戶", ["如何开立储蓄账户", "怎么注销账户"]),
    ],
)
def test_two_questions_are_told_apart(message: str, parts: list[str]) -> None:
    assert questions(message) == parts


@pytest.mark.parametrize(
    "message",
    [
        "How do I close my account?",
        "How do I close my account and how long does it take?",  # of the same account
        "What is a virtual card and how do I create one?",
        "I lost my card. How do I order a new one?",
        "Can I use my card in France and Spain?",
        "What are the fees and limits?",
        "Hi there? Where is my card?",
        "Hello? When do you open?",
        "Where is my card? Can you help?",
        "Can I get a virtual card? How do I apply?",
        "How do I open a savings account? Where do I start?",
        "Do you sell gift cards? Is there a fee?",
        "How do I book a room and when do I pay?",
        "What does it cost, and why?",
        "I would like to know how much an overdraft costs",
        "I'd like to know whether my card works in France, and how",
        "I'd like to know how to pay, whether online or by post",
        "How do I pay 1. the electricity bill or 2. the gas bill?",
        "Version 2) of the app crashes, how do I update it?",
        "My pass ends on 3. 5. 2026, how do I renew it?",
        "I asked how much a visa costs, and whether you could call me. Nobody answered.",
        "My flat has 1. a kitchen 2. a bath. How do I get it insured?",
        "我有个问题：怎么注销账户",
        "汇款3.5万要多少手续费",
        "第1、2页没有盖章，怎么补盖？",
        "When you search for a name, how is the list made?",
        "What is the difference between how I pay and what you charge?",
        "银行卡丢失或被盗怎么办？",
        "在境外可以用卡吗，怎么收费？",  # names too little alone
        "我的卡丢了，怎么补办？",
        "怎么取消订单？已经发货了怎么办？",
        "怎么付款？微信可以吗？",
        "微信 支付宝 都能付吗",
        "网速慢，时不时断线怎么办？",
        "我不怎么看手机，账户有变动改成发邮件提醒行不行？",
        "怎么用，要多少费用？",
        "怎么办，钥匙丢了谁来开门？",
        "谁知道刚住进来空调就坏了，怎么换房？",
        "怎么办联名账户，它要多少手续费？",
    ],
)
def test_one_question_stays_whole(message: str) -> None:
    assert questions(message) == []


@pytest.mark.parametrize(
    ("message", "halves"),
    [
        ("What is A and why is B?", ["What is A", "why is B?"]),
        ("why is B?, what is A", ["why is B?", "what is A"]),
        ("why is B and C and what is A", []),
        ("What is A and where is D?", []),
        ("salt and why is B", []),  # itself a wording
    ],
)
def test_two_wordings_are_told_apart_whatever_their_form(message: str, halves: list[str]) -> None:
    wordings = {"what is a", "why is b", "salt", "salt and why is b"}
    assert wordings_joined(message, lambda text: text.rstrip("?").lower() in wordings) == halves


@pytest.mark.parametrize(
    ("message", "parts"),
    [
        ("when do you open and is there parking?", ["when do you open", "is there parking?"]),
        ("How much is fibre and can I get it at my address?", ["How much is fibre", "can I get it at my address?"]),
        ("How much is it and can I bring my dog?", ["How much is it", "can I bring my dog?"]),
        ("do kids need a ticket and do they need a cap?", ["do kids need a ticket", "do they need a cap?"]),
        ("How are you and how do I pay?", []),
        ("How do I close my account and how long does it take?", []),  # of the same account
        ("How do I close my account?", []),
        ("年卡多少钱，能退吗", []),
    ],
)
def test_questions_may_be_joined_though_one_leans_on_another(message: str, parts: list[str]) -> None:
    assert joined_questions(message) == parts


@pytest.mark.parametrize(
    "piece",
    [
        "how do i ? ",
        "how do i change my pin? ",
        "。",
        "\n",
        "and ",
        "- ",
        ", ",
        "hi, ",
        "怎么？",
        "还有",
        " ",
        "? ",
        "还有怎么，",
    ],
)
def test_no_message_takes_long(piece: str) -> None:
    begin = time.monotonic()
    long = (piece * 10_000)[:10_000]
    assert questions(long) == joined_questions(long) == []
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize(("part", "left"), [("要多少钱", ()), ("要多久", ("要多久",))])
def test_what_the_answer_tells_is_not_left_open(part: str, left: tuple[str, ...]) -> None:
    entry = Entry(
        id="keys", language="zh", questions=("怎么配钥匙",), answer="请到柜台，每把收费 15 元。", updated=date.today()
    )
    found = {"怎么配钥匙": Answerability.ANSWERABLE, part: Answerability.UNANSWERABLE}

    def search(question: str) -> SearchResult:
        return SearchResult(question, (Match(entry, 1.0),), Chances(1.0, 1.0), found[question])

    apart = answered_apart(["怎么配钥匙", part], search("怎么配钥匙"), search)
    assert apart is not None
    assert apart.left == left


def test_after_a_mere_how_much_the_other_question_is_answered() -> None:
    entries = [
        Entry(id=id, language="en", questions=(f"Do you have {id}?",), answer="Yes.", updated=date.today())
        for id in ("lockers", "towels")
    ]
    lockers, towels = (Match(entry, 1.0) for entry in entries)
    unsure, likely = Answerability.UNSURE, Chances(0.6, 0.6)
    found = {
        "what does it cost": SearchResult("what does it cost", (towels, lockers), likely, unsure),
        "do you have lockers?": SearchResult(
            "do you have lockers?", (lockers, towels), Chances(0.9, 0.9), Answerability.ANSWERABLE
        ),
    }
    whole = SearchResult("what does it cost and do you have lockers?", (towels, lockers), likely, unsure)
    apart = answered_apart([*found], whole, found.__getitem__)
    assert apart is not None
    assert ([match.entry.id for match in apart.answers], apart.left) == (["lockers"], ("what does it cost",))
    # But what leans on the first question, or only follows it, does not answer for it.
    found["do you have towels"] = replace(found["what does it cost"], question="do you have towels")
    assert answered_apart(["do you have towels", "do you have lockers?"], whole, found.__getitem__) is None


def test_titles_of_each_question_come_first() -> None:
    entries = [
        Entry(id=id, language="en", questions=(f"About {id}",), answer="Yes.", updated=date.today())
        for id in ("bins", "hours", "skips")
    ]
    bins, hours, skips = (Match(entry, 1.0) for entry in entries)
    unsure, likely = Answerability.UNSURE, Chances(0.6, 0.6)
    found = {
        "the hours?": SearchResult("the hours?", (hours, skips), likely, unsure),
        "a bell?": SearchResult("a bell?", (skips, bins), likely, unsure),  # shares no word with its first
    }
    whole = SearchResult("bins? the hours? a bell?", (bins, skips, hours), likely, unsure)
    titles = of_parts(list(found), whole, found.__getitem__).matches
    assert [match.entry.id for match in titles] == ["hours", "bins", "skips"]
    answered = SearchResult("bins", (bins, hours), Chances(1.0, 1.0), Answerability.ANSWERABLE)
    assert of_parts(list(found), answered, found.__getitem__) is answered
