"""Several questions in one message to the sample company, with its real models."""

import pytest

from apps.support.conversation import Conversation
from apps.support.desk import Desk
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
        ("每天最多能转账多少？在境外能用卡吗？", ["transfer-limit", "card-abroad"]),
        ("如何开立储蓄账户，还有怎么注销账户？", ["savings-open", "account-close"]),
    ],
)
def test_the_second_of_two_questions_is_offered(desk: Desk, message: str, ids: list[str]) -> None:
    conversation = Conversation()
    reply = desk.service.reply(conversation, message)
    assert (reply.action, reply.leaves_open) == (Action.ANSWER, False)
    said = in_words(desk.service.company, reply)
    assert said.endswith(f"{reply.text}\n{t('support.other_question', reply.language)}\n- {reply.suggestions[0]}")
    second = desk.service.reply(conversation, reply.suggestions[0])
    assert [citation.id for each in (reply, second) for citation in each.citations] == ids


@pytest.mark.parametrize(
    "message",
    ["What does an overdraft cost and what is the weather in Rome?", "透支怎么收费？今天罗马天气怎么样？"],
)
def test_a_question_that_stays_open_is_told(desk: Desk, message: str) -> None:
    reply = desk.service.reply(Conversation(), message)
    assert (reply.action, reply.suggestions) == (Action.ANSWER, ())
    assert in_words(desk.service.company, reply) == f"{reply.text}\n{t('support.left_open', reply.language)}"


@pytest.mark.parametrize(
    "message",
    [
        "怎么把钱汇到香港？多久能到账？",
        "房贷怎么申请，利率是多少？",
        "Can I wire money to China and how long does a transfer take?",
    ],
)
def test_a_later_question_does_not_answer_for_the_first(desk: Desk, message: str) -> None:
    assert desk.service.reply(Conversation(), message).action is Action.CLARIFY


@pytest.mark.parametrize(
    ("message", "titles"),
    [
        ("How do I deposit a cheque and what is the daily limit?", 1),
        ("How do I open a savings account? What interest do you pay?", 1),
        ("每天最多能转账多少？今天罗马天气怎么样？", 0),
    ],
)
def test_nothing_is_said_to_be_open_where_something_is_near(desk: Desk, message: str, titles: int) -> None:
    reply = desk.service.reply(Conversation(), message)
    assert (reply.action, len(reply.suggestions), reply.leaves_open) == (Action.ANSWER, titles, False)


@pytest.mark.parametrize(
    "message", ["Can I speak to a person and what are your opening hours?", "网点几点开门，能不能转人工？"]
)
def test_who_also_wants_a_person_chooses_among_titles(desk: Desk, message: str) -> None:
    reply = desk.service.reply(Conversation(), message)
    assert (reply.action, reply.suggestions[0]) in {
        (Action.CLARIFY, "When are the branches open and where is the nearest one?"),
        (Action.CLARIFY, "网点营业时间是几点，最近的在哪里？"),
    }


def test_a_question_about_the_account_beside_another_stays_with_it(desk: Desk) -> None:
    reply = desk.service.reply(Conversation(), "How do I change my PIN and what was my last transaction?")
    assert (reply.action, reply.suggestions, reply.leaves_open) == (Action.ANSWER, (), False)


def test_one_question_of_two_clauses_has_one_answer(desk: Desk) -> None:
    for message in ("How do I close my account and how long does it take?", "在境外可以用卡吗，怎么收费？"):
        reply = desk.service.reply(Conversation(), message)
        assert (reply.action, reply.suggestions, reply.leaves_open) == (Action.ANSWER, (), False)
