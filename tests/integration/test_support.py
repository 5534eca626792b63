"""The support chatbot of the sample company with its real models and a real database."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from apps.bootstrap import build_support, open_suite_database
from apps.support.policy import Action
from apps.support.service import HISTORY_WINDOW, MAX_MESSAGE, Conversation, SupportService
from apps.support.store import HandOffStore
from core.errors import InputFormatError, InputTooLargeError
from core.hub import ModelHub
from core.settings import Settings
from knowledge.faq.answerability import Answerability
from knowledge.faq.followup import standalone
from knowledge.faq.search import SearchResult

QUESTIONS = json.loads((Path(__file__).parents[1] / "data/sample_questions.json").read_text("utf-8"))


@dataclass(frozen=True)
class Desk:
    service: SupportService
    store: HandOffStore


@pytest.fixture(scope="module")
def desk(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("support")
    database = open_suite_database(Settings(home=folder, database_url=None))
    yield Desk(build_support(Settings(home=home, company=None), ModelHub(home), database), HandOffStore(database))
    database.dispose()


@pytest.mark.parametrize(
    ("question", "id"), [("How do I close my account?", "account-close"), ("银行卡丢失或被盗怎么办？", "card-lost")]
)
def test_answer_is_the_vetted_one_and_cites_it(desk: Desk, question: str, id: str) -> None:
    reply = desk.service.reply(Conversation(), question)
    (entry,) = (each for each in desk.service.library.entries if (each.id, each.language) == (id, reply.language))
    (citation,) = reply.citations
    assert reply.action is Action.ANSWER
    assert reply.text == citation.passage == entry.answer
    assert (citation.id, citation.title, citation.updated) == (id, entry.title, entry.updated)
    assert reply.text_language == reply.language
    assert reply.library_version == desk.service.library.version


@pytest.mark.parametrize("question", ["What is the capital of Australia?", "红烧肉怎么做？"])
def test_off_topic_abstains_and_shows_the_nearest(desk: Desk, question: str) -> None:
    reply = desk.service.reply(Conversation(), question)
    titles = {entry.title for entry in desk.service.library.entries if entry.language == reply.language}
    assert reply.action is Action.ABSTAIN
    assert (reply.text, reply.citations) == ("", ())
    assert len(reply.suggestions) == 3
    assert titles.issuperset(reply.suggestions)


def test_unsure_match_is_asked_about(desk: Desk) -> None:
    reply = desk.service.reply(Conversation(), "卡丢了怎么办？")
    assert reply.action is Action.CLARIFY
    assert reply.text == ""
    assert "银行卡丢失或被盗怎么办？" in reply.suggestions


@pytest.mark.parametrize(
    "request_",
    [
        "I want to talk to a person",
        "Can I talk to a real person please",
        "talk to a person",
        "转人工客服",
        "我要找人工",
    ],
)
def test_wish_for_a_person_hands_off(desk: Desk, request_: str) -> None:
    reply = desk.service.reply(Conversation(), request_)
    assert reply.action is Action.HAND_OFF
    assert reply.text == ""


@pytest.mark.parametrize(
    "question",
    [
        "can a person open a joint account with me?",
        "How many people can use one card?",
        "Can another person pay money into my account?",
        "Can a person under 18 open an account?",
        "一个人可以开几个账户？",
        "陌生人给我打了钱怎么办？",
        "客服电话是多少？",
    ],
)
def test_question_about_persons_does_not(desk: Desk, question: str) -> None:
    assert desk.service.reply(Conversation(), question).action is not Action.HAND_OFF


def test_follow_up_leans_on_the_question_before(desk: Desk) -> None:
    conversation = Conversation()
    desk.service.reply(conversation, "How can I send money to my brother in Brazil?")
    desk.service.reply(conversation, "and how much does that cost?")
    assert conversation.turns[1].standalone.startswith("How can I send money to my brother in Brazil?")
    assert conversation.turns[1].question == "and how much does that cost?"


@pytest.mark.parametrize(
    ("first", "chain"),
    [
        ("How much can I transfer in a day?", ["And how long does it take?", "what about abroad?", "Is it free?"]),
        ("每天最多能转账多少钱？", ["那要多久？", "那国外呢？"]),
    ],
)
def test_follow_ups_neither_pile_up_nor_repeat_the_first_answer(desk: Desk, first: str, chain: list[str]) -> None:
    conversation = Conversation()
    given = desk.service.reply(conversation, first).citations[0].id
    for message in chain:
        reply = desk.service.reply(conversation, message)
        assert conversation.turns[-1].standalone == f"{first} {message}"
        assert [citation.id for citation in reply.citations] != [given]


@pytest.mark.parametrize("message", ["hi", "Hello!", "thanks", "你好", "谢谢"])
def test_a_greeting_is_greeted(desk: Desk, message: str) -> None:
    reply = desk.service.reply(Conversation(), message)
    assert reply.action is Action.GREET
    assert reply.suggestions == ()


def test_a_greeting_with_a_question_is_answered(desk: Desk) -> None:
    reply = desk.service.reply(Conversation(), "hi, how much can I transfer in a day?")
    assert reply.action in (Action.ANSWER, Action.CLARIFY)


def test_text_that_is_no_unicode_is_refused(desk: Desk) -> None:
    with pytest.raises(InputFormatError):
        desk.service.reply(Conversation(), "half \ud800")
    with pytest.raises(InputFormatError):
        desk.service.hand_off(Conversation(), email="ann@example.com", note="\udfff", language="en")


def test_conversation_keeps_five_turns(desk: Desk) -> None:
    conversation = Conversation()
    for number in range(8):
        desk.service.reply(conversation, f"Question number {number}")
    assert [turn.question for turn in conversation.turns] == [f"Question number {number}" for number in range(3, 8)]
    assert HISTORY_WINDOW == 5


def test_conversations_share_nothing(desk: Desk) -> None:
    first, second = Conversation(), Conversation()
    desk.service.reply(first, "How can I send money to my brother in Brazil?")
    desk.service.reply(second, "and how much does that cost?")
    assert second.turns[0].standalone == "and how much does that cost?"
    assert len(first.turns) == len(second.turns) == 1
    assert Conversation().turns == []


@pytest.mark.parametrize(
    ("message", "error"), [(" \n", InputFormatError), ("x" * (MAX_MESSAGE + 1), InputTooLargeError)]
)
def test_unfit_message_is_refused_and_not_remembered(desk: Desk, message: str, error: type[Exception]) -> None:
    conversation = Conversation()
    with pytest.raises(error):
        desk.service.reply(conversation, message)
    assert conversation.turns == []
    desk.service.reply(conversation, "x" * MAX_MESSAGE)


def test_hand_off_takes_the_conversation_along(desk: Desk) -> None:
    conversation = Conversation()
    reply = desk.service.reply(conversation, "How do I close my account?")
    stored = desk.service.hand_off(conversation, email=" ann@example.com ", note=" call me ", language="en")
    assert stored == desk.store.waiting()[-1]
    assert (stored.email, stored.note, stored.language) == ("ann@example.com", "call me", "en")
    assert stored.transcript == ({"question": "How do I close my account?", "action": "answer", "answer": reply.text},)


@pytest.mark.parametrize(
    "email",
    [
        *("", "ann", "ann@", "@example.com", "ann@example", "ann@@example.com", "a b@example.com", "ann@example..com"),
        *("ann@example.com\nbcc: all@example.com", "a" * 65 + "@example.com", "ann@" + "x" * 250 + ".com"),
    ],
)
def test_what_is_no_address_is_not_stored(desk: Desk, email: str) -> None:
    before = len(desk.store.waiting())
    with pytest.raises(InputFormatError) as caught:
        desk.service.hand_off(Conversation(), email=email, note="", language="en")
    assert not email or email not in str(caught.value)
    assert len(desk.store.waiting()) == before


def test_note_has_a_limit(desk: Desk) -> None:
    with pytest.raises(InputTooLargeError):
        desk.service.hand_off(Conversation(), email="ann@example.com", note="x" * (MAX_MESSAGE + 1), language="en")


@dataclass(frozen=True)
class Floor:
    """Worst figures that pass, for one language."""

    first: float  # share of questions whose entry is first
    among_three: float
    answered: float  # share of answerable questions that are answered at once
    wrong_answers: int  # of 60 answerable questions
    near_misses_answered: int  # of 30
    follow_ups_among_three: int  # of 15


# A floor against regressions, a little below what shipped when it was written (in comments). These questions are not
# held out, so it claims nothing about other companies; `make bench-faq` measures on public sets.
FLOORS = {
    # 0.62, 0.83, 0.15, 1, 1, 14
    "en": Floor(0.55, 0.77, 0.10, 3, 3, 12),
    # 0.65, 0.88, 0.25, 1, 4, 10
    "zh": Floor(0.58, 0.82, 0.18, 3, 6, 8),
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_quality_stays_above_its_floor(desk: Desk, language: str) -> None:
    floor, search = FLOORS[language], desk.service.library.search
    answerable, near_misses, off_topic, follow_ups = (
        [case for case in QUESTIONS[part] if case["language"] == language]
        for part in ("answerable", "near_misses", "off_topic", "follow_ups")
    )
    found = [(case["id"], search(case["question"])) for case in answerable]
    joined = [(case["id"], search(standalone(case["follow_up"], [case["first"]]))) for case in follow_ups]

    assert sum(_place(id, result) == 0 for id, result in found) / len(found) >= floor.first
    assert sum(_place(id, result) < 3 for id, result in found) / len(found) >= floor.among_three
    assert sum(_answers(result) for _, result in found) / len(found) >= floor.answered
    assert sum(_answers(result) and _place(id, result) > 0 for id, result in found) <= floor.wrong_answers
    assert sum(_answers(search(case["question"])) for case in near_misses) <= floor.near_misses_answered
    assert not any(_answers(search(case["question"])) for case in off_topic)
    assert sum(_place(id, result) < 3 for id, result in joined) >= floor.follow_ups_among_three


def _place(id: str, result: SearchResult) -> int:
    return next((place for place, match in enumerate(result.matches) if match.entry.id == id), 99)


def _answers(result: SearchResult) -> bool:
    return result.answerability is Answerability.ANSWERABLE
