"""What must reach a person is recognised, in two languages, and ordinary questions are left alone."""

import time
import weakref
from pathlib import Path
from typing import get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.common import read_jsonl
from core.errors import KnowledgeError
from knowledge.faq.critical_topics import Topic, _named, critical_topics, read_critical_topics

ROOT = Path(__file__).parents[3]
RULES = ROOT / "knowledge/faq/critical_topics.yaml"
DATA = ROOT / "tests/data/support"
EVERYDAY = frozenset(
    {"lost", "card", "stolen", "human", "agent", "please", "cart", "salary", "was", "someone"}
    | {"wife", "shooter", "scam", "care", "report"}
)
TOPICS = critical_topics(everyday=EVERYDAY)
MESSAGES = read_jsonl(DATA / "critical.jsonl")


@pytest.mark.parametrize("part", ["tuning", "held_out"])
def test_critical_messages_are_recognised_and_ordinary_ones_are_not(part: str) -> None:
    critical = [row for row in MESSAGES if row["part"] == part and row["topic"] != "none"]
    ordinary = [row for row in MESSAGES if row["part"] == part and row["topic"] == "none"]
    assert len(critical) >= 70
    assert len(ordinary) >= 70
    assert sum(TOPICS.topic_of(row["text"]) is not None for row in critical) / len(critical) >= 0.98
    assert sum(TOPICS.topic_of(row["text"]) is not None for row in ordinary) / len(ordinary) <= 0.02


def test_the_topic_is_the_right_one() -> None:
    parts = ("tuning", "held_out")  # `make bench-support` tells how far the rules reach beyond these
    critical = [row for row in MESSAGES if row["part"] in parts and row["topic"] != "none"]
    found = [(row["topic"], TOPICS.topic_of(row["text"])) for row in critical]
    assert sum(wanted == topic for wanted, topic in found) / len(found) >= 0.95


def test_the_gravest_topic_counts() -> None:
    assert TOPICS.topic_of("I lost my job and my card, and I want to kill myself") == "self_harm"


def test_simplified_traditional_and_misspelt_are_alike() -> None:
    for message in ("我的银行卡丢了", "我的銀行卡丟了", "I lost my card", "I LOST my crad!!", "i lost my  card"):
        assert TOPICS.topic_of(message) == "lost_card", message


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("i lsot my card", "lost_card"),  # a word of the patterns that everyday English has
        ("my walet was stolen", "lost_card"),  # one that only the file has
        ("I WANT TO DISPTUE A PAYMENT", "dispute"),
        ("my cart was stolen", None),  # an everyday word
        ("my wifi is dead", None),  # no misspelt wife
        ("there is a scooter in your shop", None),
        ("i want to report spam calls", None),
        ("my carer is stealing from me", "fraud"),  # a word of the patterns that the everyday ones lack
        ("my disput", None),  # no word is read as a part of one
    ],
)
def test_a_mistyped_word_of_the_rules_counts(message: str, topic: Topic | None) -> None:
    assert TOPICS.topic_of(message) == topic


def test_who_mistypes_a_wish_for_a_person_or_about_the_account_has_it() -> None:
    assert TOPICS.wants_person("huamn please")
    assert TOPICS.concerns_account("has my salery arrived")
    assert not critical_topics().wants_person("huamn please")


class Heard:
    """Takes every message for one about self-harm, and remembers it."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def topic_of(self, message: str) -> Topic | None:
        self.messages.append(message)
        return "self_harm"


@pytest.mark.parametrize("message", ["iban", "to my wife", "And I'm 17", "to 30", "still nothing", "£40", "Leeds!"])
def test_meaning_is_not_asked_about_a_few_words_that_tell_nothing(message: str) -> None:
    assert critical_topics(Heard()).topic_of(message) is None


@pytest.mark.parametrize("message", ["been cutting again", "gun", "he is at the door", "没了", "я хочу умереть"])
def test_meaning_is_asked_about_all_others(message: str) -> None:
    assert critical_topics(Heard()).topic_of(message) == "self_harm"


@pytest.mark.parametrize(
    "message",
    [
        "can I talk to someone about not wanting to be here anymore",
        "can someone call me about my dark thoughts",
        "I'd rather talk to someone because I feel like dying",
    ],
)
def test_what_a_person_is_wanted_for_is_asked_about(message: str) -> None:
    assert TOPICS.wants_person(message)
    assert critical_topics(Heard()).topic_of(message) == "self_harm"


def test_meaning_reads_a_message_as_it_was_meant() -> None:
    heard = Heard()
    critical_topics(heard, EVERYDAY).topic_of("I WANT TO TALK TO AN AGNET")
    critical_topics(heard, EVERYDAY).topic_of("We saw a huamn at the door")
    assert heard.messages == ["i want to talk to an agent", "We saw a human at the door"]


def test_rules_that_are_gone_hold_no_model() -> None:
    heard = Heard()
    critical_topics(heard)
    kept = weakref.ref(heard)
    del heard
    assert kept() is None


def test_requests_about_the_own_account_are_told_from_questions() -> None:
    rows = read_jsonl(DATA / "account_requests.jsonl")
    wrong = [row for row in rows if TOPICS.concerns_account(row["text"]) != row["account"]]
    assert len(wrong) <= 1, wrong


def test_every_topic_has_a_text_with_a_telephone_in_both_languages() -> None:
    assert set(TOPICS.texts) == set(get_args(Topic))
    for texts in TOPICS.texts.values():
        assert set(texts) == {"en", "zh"}
        assert all("{phone}" in text for text in texts.values())


def test_a_line_of_a_text_is_a_paragraph() -> None:
    lines = [line for texts in TOPICS.texts.values() for text in texts.values() for line in text.splitlines()]
    assert [line for line in lines if line[-1:] not in {".", "。"}] == []
    assert "；欧洲 112" in TOPICS.texts["emergency"]["zh"]
    assert "in North America;" in TOPICS.texts["emergency"]["en"]


@given(st.text(max_size=200))
def test_any_text_is_taken(message: str) -> None:
    TOPICS.topic_of(message)
    TOPICS.concerns_account(message)
    TOPICS.wants_person(message)


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "card lost ",
            "a ",
            "我",
            "payment ",
            "the atm ",
            "someone else ",
            "money not ",
            "卡",
            "there is no way out ",
        ),
        *("i cant reach anyone ", "there is a bank ", "my husband just ", "他又", "有人抢", "family is "),
        *(
            "he told me to buy ",
            "won a prize ",
            "police called ",
            "i am sick ",
            "card was been ",
            "让我远",
            "who gets my money when i die ",
            "i have just been ",
            "有三名",
            "中奖先",
        ),
        *("no dont want to ", "dont call ", "send the ", "不打电话", "寄给"),
        *("please ", "tell me what is ", "real customer ", "你好", "能帮我查", "人工吗", "hi, "),
        *("我想查一下我的", "我的保单", "status of my ", "车牌[plate] "),
        *("got a shock from the ", "sparks ", "socket ", "smell burning ", "theres a bare ", "power line ", "插座漏"),
        *("nobody ", "you bunch of ", "waiting in ", "on hold for ", "被你们", "骗子", "客服没", "跟宣传", "垃圾平台"),
    ],
)
def test_no_message_takes_long(piece: str) -> None:
    begin = time.monotonic()
    for judge in (TOPICS.topic_of, TOPICS.concerns_account, TOPICS.wants_person):
        judge((piece * 2_000)[:2_000])
    assert time.monotonic() - begin < 10  # a pattern that backtracks takes minutes


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("version: 1", "version: 2", "version"),
        ("version: 1", "version: 1\nunknown: 1", "unknown"),
        ("- id: fraud", "- id: frood", "topics.2.id"),
        ("      - '\\bsuicid\\w*'", "      - '(('", "no regular expression"),
        ("version: 1", "version: [", "cannot be read"),
    ],
)
def test_malformed_rules_are_refused_with_their_place(tmp_path: Path, old: str, new: str, problem: str) -> None:
    text = RULES.read_text("utf-8")
    assert old in text
    (tmp_path / "rules.yaml").write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(KnowledgeError, match=problem):
        read_critical_topics(tmp_path / "rules.yaml")


def test_no_word_of_the_file_is_idle() -> None:
    text = RULES.read_text("utf-8")
    rules = yaml.safe_load(text)
    named = _named(pattern for topic in rules["topics"] for pattern in topic["patterns"])
    assert set(rules["quiet"]) - named == set()
    assert [name for name in rules["words"] if f"{{{name}}}" not in text] == []


def test_a_missing_topic_is_named(tmp_path: Path) -> None:
    text = RULES.read_text("utf-8")
    begin, end = text.index("  - id: complaint"), text.index("  - id: dispute")
    (tmp_path / "rules.yaml").write_text(text[:begin] + text[end:], "utf-8")
    with pytest.raises(KnowledgeError, match="complaint"):
        read_critical_topics(tmp_path / "rules.yaml")
