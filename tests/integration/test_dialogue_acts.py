"""Messages that ask nothing are told by what they do, in wordings that nobody foresaw; questions are left alone."""

from pathlib import Path

import pytest

from apps.bootstrap import open_embedders
from apps.support.service import SupportService
from benchmarks.common import read_jsonl
from core.settings import Settings
from knowledge.faq.dialogue_acts import Act, DialogueActs
from knowledge.faq.meaning import MessageReader

DATA = Path(__file__).parents[1] / "data/support"
UNSEEN = read_jsonl(DATA / "dialogue_acts.jsonl")
CRITICAL = [row["text"] for row in read_jsonl(DATA / "critical.jsonl") if row["topic"] != "none"]


@pytest.fixture(scope="module")
def acts(home: Path) -> DialogueActs:
    return DialogueActs(MessageReader(open_embedders(Settings(home=home))))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_most_are_recognised_and_questions_are_not_taken_for_one(acts: DialogueActs, language: str) -> None:
    mine = [row for row in UNSEEN if row["language"] == language]
    said = [row for row in mine if row["act"] != "none"]
    asked = [row for row in mine if row["act"] == "none"]
    assert len(said) >= 200
    assert len(asked) >= 60
    assert sum(acts.act_of(row["text"], offered=True, surely=False) == row["act"] for row in said) / len(said) >= 0.7
    assert sum(acts.act_of(row["text"], offered=True, surely=False) is not None for row in asked) / len(asked) <= 0.03


def test_no_critical_message_is_swallowed(support_service: SupportService) -> None:
    said = [f"{before}{text}" for text in CRITICAL[::40] for before in ("", "ok ", "it works now, ", "谢谢，")]
    # One after the other: a message is read only once.
    taken = [[support_service.triage.small_talk(text, offered=offered) for offered in (False, True)] for text in said]
    for acts in zip(*taken, strict=True):
        assert sum(act not in (None, "unhelpful") for act in acts) / len(said) <= 0.01


@pytest.mark.parametrize(
    ("message", "offered", "act"),
    [
        ("yes please", True, "yes"),
        ("好的，转吧", True, "yes"),
        ("no thanks", True, "declined"),
        ("不用了，我自己弄", True, "declined"),
        ("yes please", False, "thanks"),
        ("no thanks", False, "thanks"),
        ("no", False, "unhelpful"),
        ("不是", False, "unhelpful"),
        ("不要这个", False, "unhelpful"),
        ("none of these", False, "unhelpful"),
        ("ok so no?", True, None),
        ("ok, thanks", True, "thanks"),
    ],
)
def test_a_yes_and_a_no_answer_an_offer(acts: DialogueActs, message: str, offered: bool, act: Act | None) -> None:
    assert acts.act_of(message, offered=offered) == act


def test_a_lone_mark_finds_fault_only_with_what_was_said(acts: DialogueActs) -> None:
    for mark in ("??", "!", "？"):
        assert (acts.act_of(mark, first=True), acts.act_of(mark)) == ("greeting", "unhelpful")


@pytest.mark.parametrize(
    ("message", "act"),
    [("👍🏽", "thanks"), ("😡", "unhelpful"), ("👎", "unhelpful"), ("...", None), ("", None), (" ", None)],
)
def test_signs_without_a_word(acts: DialogueActs, message: str, act: Act | None) -> None:
    assert acts.act_of(message) == act


@pytest.mark.parametrize("message", ["等着呢，急用啊", "好急，在線等"])
def test_who_is_in_a_hurry_is_not_told_to_take_their_time(acts: DialogueActs, message: str) -> None:
    assert acts.act_of(message, surely=False) != "waiting"


@pytest.mark.parametrize("message", ["換低一點的", "那有没有便宜一点的", "换个更大的"])
def test_who_wants_another_one_finds_no_fault(acts: DialogueActs, message: str) -> None:
    assert acts.act_of(message, surely=False) is None


@pytest.mark.parametrize("message", ["what are you going to do", "so what will you do about it", "你们打算怎么处理"])
def test_what_is_to_be_done_is_not_who_answers(acts: DialogueActs, message: str) -> None:
    assert acts.act_of(message, surely=False) != "machine"


@pytest.mark.parametrize("message", ["so where are you then", "oh and where's your shop", "你们店在哪儿啊"])
def test_where_the_company_is_is_a_question(acts: DialogueActs, message: str) -> None:
    assert acts.act_of(message, surely=False) is None


def test_a_long_message_is_none(acts: DialogueActs) -> None:
    assert acts.act_of("thank you " * 20) is None


@pytest.mark.parametrize(
    "message",
    [
        *("[email]", "my email is [email]", "please write to [email]", "我的邮箱是 [email]", "[phone]"),
        *("her account number is [account]", "[card]", "她的账号是[account]", "my name is Sarah Jones"),
    ],
)
def test_details_may_be_given(acts: DialogueActs, message: str) -> None:
    assert acts.act_of(message) == "details"


@pytest.mark.parametrize(
    "message",
    [
        *("how do I update [email]", "is [email] registered with you?", "do you charge for [email] transfers"),
        *("can I change [email]", "why not [phone]?", "[email]可以吗", "怎么改[email]", "her account number"),
        *("where is my money from [account]?", "I never paid these two amounts from [account] on Monday"),
    ],
)
def test_who_asks_about_details_gives_none(acts: DialogueActs, message: str) -> None:
    assert acts.act_of(message, offered=True, surely=False) is None
