"""What a follow-up leans on, and what asks for itself."""

import pytest

from knowledge.faq.followup import is_follow_up, is_whole, standalone
from knowledge.faq.measures import asks_measure, is_bare, is_measured_by, is_told_by, names_nothing
from knowledge.faq.wording import without_opening


@pytest.mark.parametrize(
    "message",
    [
        "and how much does that cost?",
        "How long will it take?",
        "那要多少钱？",
        "它怎么启用？",
        "這個要多少錢？",
        "還有手續費嗎",
        "已经发货了怎么办",
        "微信可以吗",
    ],
)
def test_follow_up_is_joined_to_the_question_before(message: str) -> None:
    assert is_follow_up(message)
    assert standalone(message, ["older", "before"]) == f"before {message}"
    assert standalone(message, ["before", "and what about it?"]) == f"before {message}", "never to another follow-up"
    assert standalone(message, []) == message


@pytest.mark.parametrize(
    "message", ["ok, and what does an overdraft cost?", "And how do I order a new card?", "还有，透支要多少费用？"]
)
def test_a_whole_question_behind_an_opening_is_a_subject(message: str) -> None:
    assert is_follow_up(message)
    assert is_whole(message)
    assert standalone("And abroad?", ["before", message]) == f"{message} And abroad?"


@pytest.mark.parametrize(
    ("message", "question"),
    [
        ("Hi, how do I get an overdraft?", "how do I get an overdraft?"),
        ("ok seriously, what are your opening hours", "what are your opening hours"),
        ("and another question: can I pay by card?", "can I pay by card?"),
        ("另外，怎么开通透支？", "怎么开通透支？"),
        ("您好，请问怎么开户", "怎么开户"),
        ("hi, I lost my card", "hi, I lost my card"),  # no question: what stands before it may be a part of it
        ("另外一张卡怎么办", "另外一张卡怎么办"),
        ("你好", "你好"),
    ],
)
def test_an_opening_is_no_part_of_the_question(message: str, question: str) -> None:
    assert without_opening(message) == question


@pytest.mark.parametrize(
    "message",
    ["And abroad?", "and what does it cost?", "and what about a joint account?", "and the fee?", "那透支要多少费用？"],
)
def test_what_needs_the_question_before_is_not_whole(message: str) -> None:
    assert not is_whole(message)


def test_a_first_message_that_points_back_in_itself_is_continued() -> None:
    first = "My mum has died, what happens with her account?"
    assert standalone("How long does it take?", [first]) == f"{first} How long does it take?"
    assert standalone("And that?", [first, "How long does it take?"]) == f"{first} And that?"


def test_a_shouted_message_names_nothing() -> None:
    assert standalone("what does it cost?", ["WHERE IS MY NEW CARD"]) == "WHERE IS MY NEW CARD what does it cost?"
    assert standalone("is there a fee?", ["WHERE IS MY NEW CARD"]) == "is there a fee?"


@pytest.mark.parametrize("message", ["How do I open a savings account?", "hi there", "如何开立储蓄账户？"])
def test_question_of_its_own_is_left_alone(message: str) -> None:
    assert standalone(message, ["before"]) == message


def test_names_are_carried_over() -> None:
    """Also to a question that points back by no word, but names nothing."""
    assert standalone("Is there a fee?", ["Does Harbour Plus cover travel?"]) == "Harbour Plus: Is there a fee?"
    followed = standalone("And how do I cancel it?", ["Tell me about Harbour Plus", "Is there a fee?"])
    assert followed == "Harbour Plus: Is there a fee? And how do I cancel it?"
    assert standalone("Does Harbour One cost less?", ["What is Harbour Plus?"]) == "Does Harbour One cost less?"


@pytest.mark.parametrize(
    ("message", "answer", "tells"),
    [
        ("how much?", "A box of 100 costs $19 and arrives in 7 to 10 days.", True),
        ("and how long does it take?", "7 to 10 business days", True),
        ("那要多久", "邮寄需 7 至 10 个工作日", True),
        ("多少钱", "国内电汇 20 美元", True),
        ("how long", "It costs $19.", False),
        ("how much is a car", "It costs $19.", False),
        ("要多久", "请到分行办理。", False),
        ("要多久", "请在 3月15日前办理，客服 24 小时热线 555。", False),
        ("how long", "Our line is open 24 hours a day, 7 days a week.", False),
        ("要多久", "15 日内", True),
        ("要多久", "3至5日到账", True),
        ("要多久", "3 个月", True),
        ("how much", "Feel free to use our toll-free number.", False),
        ("how much", "It is free.", True),
        ("how much?", "There is no fee.", True),
        ("is it free?", "There is no fee.", True),
        ("is it free?", "You can send up to £500 a day.", False),
        ("do I have to pay anything", "Changing it costs £5.", True),
        ("要钱吗", "不收费。", True),
        ("要钱吗", "每天最多 500 英镑。", False),
        ("要等多久", "2 个工作日内办妥", True),
        ("when will it be done", "It takes 2 hours.", True),
        ("when will it be open", "It takes 2 hours.", False),
        ("is it free for students", "It is free.", False),
        ("how many days can I be overdrawn", "7 days", False),
        ("how long should I wait", "Wait 2 minutes, then ask for another.", True),
        ("how long should I wait", "A new one is valid for 5 minutes.", False),
        ("how long?", "Please wait 10 minutes before you try again.", False),
        ("要等多久", "请等待 2 分钟，再点重新发送。", True),
        ("要等多久", "5 分钟内有效。", False),
        ("how long", "We pay within 10 working days of the last document.", True),
        ("how long", "Send a letter of the last 3 months.", False),
        ("多少钱可以取", "不收费", False),
        ("要多少材料", "不收费", False),
    ],
)
def test_how_much_and_how_long_are_told_by_an_answer_with_a_measure(message: str, answer: str, tells: bool) -> None:
    assert is_measured_by(message, answer) is tells


@pytest.mark.parametrize(
    ("message", "told", "tells"),
    [
        ("and the cost?", "There is no fee.", True),
        ("手续费呢", "不收费。", True),
        ("how much", "A letter costs $3.", True),
        ("how much", "You can send up to £500 a day.", False),
        ("the fee?", "A late payment costs $12.", False),
        ("how long?", "It closes within 2 working days.", True),
        ("how many days", "Your card is valid for 90 days.", False),
        ("how quick is that", "After 5 wrong tries it is locked for 30 minutes.", False),
        ("how long?", "Send a bill dated within the last 3 months. It is checked within 2 days.", True),
        ("幾耐先到", "3 至 5 天到账", True),
        ("要幾錢", "每月收费 6 英镑", True),
        ("几天能好", "请在 90 天内启用。", False),
        ("多久", "锁定 30 分钟", False),
        ("how many days", "You invite the other, who confirms it within 14 days.", False),
        ("how many days", "We confirm it within 3 days.", True),
        ("what documents?", "It is free.", False),
        ("能便宜吗", "不收费", False),
    ],
)
def test_what_was_just_told_tells_the_measure_of_it(message: str, told: str, tells: bool) -> None:
    assert is_told_by(message, told) is tells


@pytest.mark.parametrize(
    ("message", "bare"),
    [
        ("how long?", True),
        ("and how much is that?", True),
        ("那要多久？", True),
        ("why?", True),
        ("可以吗", True),
        ("is it free?", True),
        ("要钱吗", True),
        ("幾時收到", True),
        ("how much per person?", True),
        ("how much is it a night", True),
        ("多少钱一晚", True),
        ("那一个人多少钱", True),
        ("how much a bag of clay", False),
        ("一间木屋多少钱", False),
        ("how long is the pool", False),
        ("when is the pool open", False),
        ("is the pool free", False),
        ("什么时候开门", False),
        ("手续费呢", False),
        ("pizza", False),
    ],
)
def test_a_message_may_name_nothing(message: str, bare: bool) -> None:
    assert is_bare(message) is bare


@pytest.mark.parametrize("message", ["怎么办", "那我该怎么办呢？", "咋办理", "现在怎么做", "what should I do now"])
def test_what_only_asks_what_to_do_names_nothing(message: str) -> None:
    assert names_nothing(message)


@pytest.mark.parametrize("message", ["卡丢了怎么办", "怎么取消", "怎么办理房贷", "how do I apply"])
def test_what_names_something_to_do_does(message: str) -> None:
    assert not names_nothing(message)


@pytest.mark.parametrize(
    ("message", "asks"),
    [
        ("how long?", True),
        ("and the fee?", True),
        ("那手续费呢？", True),
        ("and for the router", False),
        ("why?", False),
    ],
)
def test_a_message_may_ask_for_a_measure_alone(message: str, asks: bool) -> None:
    assert asks_measure(message) is asks


@pytest.mark.parametrize(
    ("message", "leans"),
    [("丢了怎么办", True), ("弄坏了怎么办？", True), ("卡丢了怎么办", False), ("停电了怎么办", False)],
)
def test_what_befell_a_thing_that_is_not_named_leans_on_the_question_before(message: str, leans: bool) -> None:
    assert is_follow_up(message) is leans
