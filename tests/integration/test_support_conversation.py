"""What the chat keeps of a conversation, and messages that it refuses."""

import re

import pytest

from apps.support.chat import SupportChat
from apps.support.conversation import HISTORY_WINDOW, MAX_MESSAGE, Conversation
from apps.support.words import in_words
from apps.ui.texts import t
from core.errors import InputFormatError, InputTooLargeError


def test_the_language_follows_the_customer(chat: SupportChat) -> None:
    conversation = Conversation()
    languages = [
        chat.service.reply(conversation, message).language
        for message in ("How do I close my account?", "怎么注销账户？", "500?", "and how long does it take?")
    ]
    assert languages == ["en", "zh", "zh", "en"]


def test_traditional_characters_are_answered_in_them(chat: SupportChat) -> None:
    """A message that may be either follows the one before; the company's own texts stay as they are."""
    conversation = Conversation()
    said = [
        in_words(chat.service.company, chat.service.reply(conversation, message))
        for message in ("謝謝", "好", "thank you", "好", "谢谢", "好", "我的銀行卡丟了")
    ]
    traditional, simplified = t("support.welcome", "zh-Hant"), t("support.welcome", "zh")
    assert "不客氣" in traditional
    assert said[:6] == [traditional, traditional, t("support.welcome", "en"), traditional, simplified, simplified]
    assert said[6].startswith(chat.service.company.text_on("lost_card", "zh"))


def test_vetted_texts_of_the_suite_are_given_in_the_characters_of_the_customer(chat: SupportChat) -> None:
    id, _ = chat.start("zh")
    assert chat.say(id, "我要投訴你們的服務").text.startswith("很抱歉給您帶來不好的體驗")
    chat.hand_off(id, email="wang@example.com", note="", language="zh")
    assert chat.say(id, "還要等多久？").written == "zh-Hant"
    assert chat.store.turns(id).turns[0].reply.is_traditional


def test_a_new_topic_leaves_the_old_one(chat: SupportChat) -> None:
    conversation = Conversation()
    chat.service.reply(conversation, "How can I send money to my brother in Brazil?")
    reply = chat.service.reply(conversation, "How do I close my account?")
    assert [citation.id for citation in reply.citations] == ["account-close"]


def test_personal_data_is_masked_before_it_is_remembered_or_stored(chat: SupportChat) -> None:
    id, _ = chat.start("en")
    chat.say(id, "My card 4111 1111 1111 1111 was declined, write to ann@example.com")
    stored = chat.hand_off(id, email="ann@example.com", note="call 07700 900123", language="en")
    chat.say(id, "卡号6222021234567890128")
    kept = repr([chat.store.turns(id), chat.store.messages(id), stored.note, stored.summary, stored.transcript])
    assert "[card]" in kept
    assert "[phone]" in kept
    assert not re.search(r"4111|900123|ann@example|62220212", kept)


def test_text_that_is_no_unicode_is_refused(chat: SupportChat) -> None:
    with pytest.raises(InputFormatError):
        chat.service.reply(Conversation(), "half \ud800")
    with pytest.raises(InputFormatError):
        chat.hand_off(chat.start("en")[0], email="ann@example.com", note="\udfff", language="en")


def test_conversation_keeps_five_turns(chat: SupportChat) -> None:
    conversation = Conversation()
    for number in range(8):
        chat.service.reply(conversation, f"Question number {number}")
    assert [turn.question for turn in conversation.turns] == [f"Question number {number}" for number in range(3, 8)]
    assert HISTORY_WINDOW == 5


def test_conversations_share_nothing(chat: SupportChat) -> None:
    first, second = Conversation(), Conversation()
    chat.service.reply(first, "How can I send money to my brother in Brazil?")
    chat.service.reply(second, "and how much does that cost?")
    assert second.turns[0].standalone == "and how much does that cost?"
    assert len(first.turns) == len(second.turns) == 1
    assert Conversation().turns == []


@pytest.mark.parametrize(
    ("message", "error"), [(" \n", InputFormatError), ("x" * (MAX_MESSAGE + 1), InputTooLargeError)]
)
def test_unfit_message_is_refused_and_not_remembered(chat: SupportChat, message: str, error: type[Exception]) -> None:
    conversation = Conversation()
    with pytest.raises(error):
        chat.service.reply(conversation, message)
    assert conversation.turns == []
    chat.service.reply(conversation, "x" * MAX_MESSAGE)
