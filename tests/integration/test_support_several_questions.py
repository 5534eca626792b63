"""Several questions in one message to the sample company, with its real models."""

import pytest

from apps.support.chat import SupportChat
from apps.support.conversation import Conversation
from apps.support.html import reply_html
from apps.support.policy import Action
from apps.support.words import in_words
from apps.ui.texts import t


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        (
            "How much can I transfer in a day? And can I use my card abroad?",
            ["transfer-limit", "card-abroad"],
        ),
        ("What does an overdraft cost and can I repay a loan early?", ["overdraft-cost", "loan-early-repay"]),
        ("How much can I transfer in a day? When do you open?", ["transfer-limit", "branch-hours"]),
        ("每天最多能转账多少？在境外能用卡吗？", ["transfer-limit", "card-abroad"]),
        ("如何开立储蓄账户，还有怎么注销账户？", ["savings-open", "account-close"]),
    ],
)
def test_each_question_is_answered_with_its_source(chat: SupportChat, message: str, ids: list[str]) -> None:
    reply = chat.service.reply(Conversation(), message)
    assert (reply.action, [citation.id for citation in reply.citations]) == (Action.ANSWER, ids)
    assert (reply.suggestions, reply.left_open) == ((), ())
    texts = [f"{source.title}\n{source.passage} [{n}]" for n, source in enumerate(reply.citations, start=1)]
    assert in_words(chat.service.company, reply) == reply.text == "\n\n".join(texts)
    assert all(text in reply_html(chat.service, reply) for text in ("[1]", "[2]", *(s.title for s in reply.citations)))


@pytest.mark.parametrize("before", [(), ("怎么注销账户？",), ("怎么注销账户？", "谢谢")])
def test_how_much_and_how_long_are_both_answered(chat: SupportChat, before: tuple[str, ...]) -> None:
    conversation = Conversation()
    for message in (*before, "往日本汇款要多少钱，要多久？"):
        reply = chat.service.reply(conversation, message)
    assert [citation.id for citation in reply.citations] == ["international-fees", "international-time"]


def test_three_are_answered_and_the_fourth_is_offered(chat: SupportChat) -> None:
    asked = "How do I close my account? What does an overdraft cost? How much can I transfer in a day?"
    three = chat.service.reply(Conversation(), asked)
    assert [citation.id for citation in three.citations] == ["account-close", "overdraft-cost", "transfer-limit"]
    conversation = Conversation()
    four = chat.service.reply(conversation, f"{asked} Can I use my card abroad?")
    assert four.text == three.text
    assert four.suggestions == ("Can I use my card abroad and what does it cost?",)
    chosen = chat.service.reply(conversation, four.suggestions[0])
    assert [citation.id for citation in chosen.citations] == ["card-abroad"]
    five = f"{asked} Can I use my card abroad? How do I change my address?"
    assert chat.service.reply(Conversation(), five).left_open == ("How do I change my address?",)


@pytest.mark.parametrize(
    ("message", "id", "left"),
    [
        (
            "What does an overdraft cost and what is the weather in Rome?",
            "overdraft-cost",
            ["what is the weather in Rome?"],
        ),
        ("透支怎么收费？今天罗马天气怎么样？", "overdraft-cost", ["今天罗马天气怎么样"]),
        ("每天最多能转账多少？今天罗马天气怎么样？", "transfer-limit", ["今天罗马天气怎么样"]),
        (
            "What are your opening hours? How do I reset my PIN? Do you ship abroad?",
            "branch-hours",
            ["Do you ship abroad?"],
        ),
        (
            "How do I change my PIN and how high is the Eiffel Tower?",
            "card-pin-change",
            ["how high is the Eiffel Tower?"],
        ),
    ],
)
def test_each_question_that_stays_open_is_named(chat: SupportChat, message: str, id: str, left: list[str]) -> None:
    reply = chat.service.reply(Conversation(), message)
    assert (reply.action, list(reply.left_open)) == (Action.ANSWER, left)
    assert [citation.id for citation in reply.citations] == [id]
    assert in_words(chat.service.company, reply).startswith(f"{reply.text}\n")
    assert all(f"“{question}”" in in_words(chat.service.company, reply) for question in left)


def test_what_is_stored_of_it_is_read_again(chat: SupportChat) -> None:
    id, _ = chat.start("en")
    reply = chat.say(id, "How do I close my account? What does an overdraft cost? What is the weather in Rome?")
    assert (len(reply.citations), len(reply.left_open)) == (2, 1)
    assert chat.store.messages(id)[-1].reply == reply


@pytest.mark.parametrize(
    "message",
    [
        "怎么把钱汇到香港？多久能到账？",
    ],
)
def test_a_later_question_does_not_answer_for_the_first(chat: SupportChat, message: str) -> None:
    assert chat.service.reply(Conversation(), message).action is Action.CLARIFY


def test_a_question_whose_country_no_entry_names_is_answered_beside_a_later_one(chat: SupportChat) -> None:
    reply = chat.service.reply(Conversation(), "Can I wire money to China and how long does a transfer take?")
    assert {source.id for source in reply.citations} == {"international-send", "transfer-time"}


@pytest.mark.parametrize(
    "message",
    [
        "How do I deposit a cheque and what is the daily limit?",
        "How do I open a savings account? What interest do you pay?",
        "房贷怎么申请，利率是多少？",
    ],
)
def test_what_may_answer_the_other_is_offered(chat: SupportChat, message: str) -> None:
    reply = chat.service.reply(Conversation(), message)
    assert (reply.action, len(reply.citations), len(reply.suggestions), reply.left_open) == (Action.ANSWER, 1, 1, ())
    said = in_words(chat.service.company, reply)
    assert said.endswith(f"{reply.text}\n{t('support.other_question', reply.language)}\n- {reply.suggestions[0]}")


@pytest.mark.parametrize(
    "message", ["Can I speak to a person and what are your opening hours?", "网点几点开门，能不能转人工？"]
)
def test_who_also_wants_a_person_is_answered(chat: SupportChat, message: str) -> None:
    reply = chat.service.reply(Conversation(), message)
    assert (reply.action, [citation.id for citation in reply.citations]) == (Action.ANSWER, ["branch-hours"])


@pytest.mark.parametrize(
    ("message", "action"),
    [
        ("How do I change my PIN? Can I talk to a human?", Action.ANSWER),
        ("Can I speak to a person and what are your opening hours?", Action.ANSWER),
        ("Can I speak to a person and what is the weather in Rome?", Action.ABSTAIN),
        ("How do I change my PIN? What does an overdraft cost?", Action.ANSWER),
    ],
)
def test_who_also_wants_a_person_is_offered_one(chat: SupportChat, message: str, action: Action) -> None:
    reply = chat.service.reply(Conversation(), message)
    assert (reply.action, reply.offers_person) == (action, "overdraft" not in message)


def test_one_question_of_two_clauses_has_one_answer(chat: SupportChat) -> None:
    for message in ("How do I close my account and how long does it take?", "在境外可以用卡吗，怎么收费？"):
        reply = chat.service.reply(Conversation(), message)
        assert (reply.action, len(reply.citations), reply.suggestions, reply.left_open) == (Action.ANSWER, 1, (), ())
