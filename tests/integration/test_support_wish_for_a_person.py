"""Who wants a person and who only asks about persons, told by the sample company's chat with its real models."""

import pytest

from apps.support.chat import SupportChat
from apps.support.conversation import Conversation
from apps.support.policy import Action


@pytest.mark.parametrize(
    "request_",
    [
        "I want to talk to a person",
        "Can I talk to a real person please",
        "talk to a person",
        "I want to speak with an agent",
        "real person please",
        "operator",
        "is there an agent I can chat to?",
        "人工服务",
        "真人客服",
        "转人工客服",
        "我要找人工",
    ],
)
def test_wish_for_a_person_hands_off(chat: SupportChat, request_: str) -> None:
    reply = chat.service.reply(Conversation(), request_)
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
def test_question_about_persons_does_not(chat: SupportChat, question: str) -> None:
    assert chat.service.reply(Conversation(), question).action is not Action.HAND_OFF
