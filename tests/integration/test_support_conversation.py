"""What the sample company's chat makes of what people say between their questions, with its real models."""

import pytest

from apps.support.conversation import Conversation, Reply
from apps.support.policy import FAILURES, Action
from apps.support.service import SupportService
from tests.messages import messages


def _after(service: SupportService, *said: str) -> Reply:
    """The reply to the last of these messages."""
    conversation = Conversation()
    return [service.reply(conversation, message) for message in said][-1]


def test_who_declines_a_person_is_not_asked_again_until_something_is_answered(support_service: SupportService) -> None:
    conversation = Conversation()
    support_service.reply(conversation, "do you sell bikes")
    assert support_service.reply(conversation, "do you sell boats").offers_person
    assert support_service.reply(conversation, "no need, maybe later").small_talk == "declined"
    for question in ("do you sell horses", "and how about carts?"):
        reply = support_service.reply(conversation, question)
        assert (reply.action in FAILURES, reply.offers_person) == (True, False)
    assert support_service.reply(conversation, "get me a person").action is Action.HAND_OFF
    support_service.reply(conversation, "I don't want a person")
    assert support_service.reply(conversation, "How do I close my account?").action is Action.ANSWER
    support_service.reply(conversation, "do you sell horses")
    assert support_service.reply(conversation, "do you sell cows").offers_person


@pytest.mark.parametrize("message", messages("yes, how? | yes I would | ok do it | 那转吧 | 好的，转吧"))
def test_an_offer_is_taken_in_many_words(support_service: SupportService, message: str) -> None:
    assert _after(support_service, "are you a bot?", message).action is Action.HAND_OFF


@pytest.mark.parametrize("message", messages("no thanks, I'll do it | I'll do that | 不用了，我自己解决"))
def test_after_a_text_on_danger_little_is_small_talk(support_service: SupportService, message: str) -> None:
    assert _after(support_service, "I want to kill myself", message).action is not Action.GREET
    assert _after(support_service, "I want to speak to a human", message).action is Action.GREET
