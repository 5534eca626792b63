"""What a message means after others: in another language, with a name before it, or as a suggestion that is taken."""

import pytest

from apps.support.policy import Action
from apps.support.service import Conversation, SupportService


@pytest.mark.parametrize(
    ("first", "second", "id"),
    [
        ("怎么注销账户？", "So how do I close my account?", "account-close"),
        ("How do I close my account?", "那怎么注销账户呢？", "account-close"),
        ("国际汇款要多少钱？", "And what fees do you charge?", "international-fees"),
    ],
)
def test_who_changes_the_language_is_answered_in_it(
    support_service: SupportService, first: str, second: str, id: str
) -> None:
    conversation = Conversation()
    support_service.reply(conversation, first)
    reply = support_service.reply(conversation, second)
    assert [citation.id for citation in reply.citations] == [id]
    assert reply.text_language == reply.language


def test_suggestions_are_in_the_language_of_the_message(support_service: SupportService) -> None:
    conversation = Conversation()
    support_service.reply(conversation, "怎么申请个人贷款？")
    reply = support_service.reply(conversation, "Can I pay it back early?")
    english = {entry.title for entry in support_service.library.entries if entry.language == "en"}
    assert reply.suggestions
    assert english.issuperset(reply.suggestions)


@pytest.mark.parametrize(
    ("first", "second", "id"),
    [
        ("Does Apple Pay work with my card?", "What are the fees?", "fees-list"),
        ("Does Harbour Bank work in France?", "Where is the nearest branch?", "branch-hours"),
    ],
)
def test_a_whole_question_is_answered_whatever_was_named_before(
    support_service: SupportService, first: str, second: str, id: str
) -> None:
    conversation = Conversation()
    support_service.reply(conversation, first)
    assert [citation.id for citation in support_service.reply(conversation, second).citations] == [id]


def test_what_has_no_answer_is_kept_as_it_was_asked(support_service: SupportService) -> None:
    conversation = Conversation()
    support_service.reply(conversation, "Do you work in Paris?")
    support_service.reply(conversation, "Who won the world cup?")
    assert conversation.turns[-1].standalone == "Who won the world cup?"


@pytest.mark.parametrize("first", ["card", "卡"])
def test_a_suggestion_that_is_taken_gives_its_entry(support_service: SupportService, first: str) -> None:
    """Its title alone would be taken for a critical topic."""
    conversation = Conversation()
    offered = support_service.reply(conversation, first)
    titles = {entry.title: entry for entry in support_service.library.entries}
    title = next(each for each in offered.suggestions if support_service.before_search(each)[0])
    reply = support_service.reply(conversation, title)
    assert (reply.action, reply.text) == (Action.ANSWER, titles[title].answer)
    assert reply.offers_person
    assert reply.topic
    assert reply.language == offered.language
    assert support_service.reply(Conversation(), title).action is not Action.ANSWER
