"""A conversation of the sample company that is passed on to a person, with its real models and a real database."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from apps.desk.html import hand_off_html
from apps.support.chat import MAX_ADDRESS, SupportChat
from apps.support.conversation import MAX_MESSAGE
from apps.support.policy import FAILURES, Action
from apps.support.store import HandOff, SupportStore
from apps.support.tables import OutboxRow
from apps.ui.texts import t
from core.errors import InputFormatError, InputTooLargeError
from knowledge.faq.critical_topics import Topic
from knowledge.retrieval.language import Language


def test_hand_off_takes_the_conversation_along(chat: SupportChat) -> None:
    id, _ = chat.start("en")
    reply = chat.say(id, "How do I close my account?")
    stored = chat.hand_off(id, email=" ann@example.com ", note=" call me ", language="en")
    assert stored == chat.store.waiting()[-1]
    assert (stored.email, stored.note, stored.language) == ("ann@example.com", "call me", "en")
    assert stored.transcript == ({"question": "How do I close my account?", "action": "answer", "answer": reply.text},)
    assert t("summary.entries", "en", entries=reply.citations[0].title) in stored.summary
    assert chat.hand_off(id, email="ann@example.com", note="", language="en") == stored  # sent twice, stored once


@pytest.mark.parametrize("message", ["how do I update jane@example.com", "is jane@example.com registered with you?"])
def test_a_question_about_an_address_is_searched(chat: SupportChat, message: str) -> None:
    id, _ = chat.start("en")
    chat.say(id, "I want to speak to a human")
    assert chat.say(id, message).action is not Action.HAND_OFF


@pytest.mark.parametrize(
    "message",
    [
        *("ann@example.com", "my email is ann@example.com", "07700 900123", "我的邮箱是 ann@qq.com"),
        *("I'm on 07700 900123, thanks", "yes, ann@example.com"),
    ],
)
def test_an_address_in_the_chat_leads_to_the_form(chat: SupportChat, message: str) -> None:
    id, _ = chat.start("en")
    assert chat.say(id, message).action is not Action.HAND_OFF  # no person was offered
    chat.say(id, "I want to speak to a human")
    assert chat.say(id, message).action is Action.HAND_OFF
    assert chat.say(id, "How do I change my e-mail from ann@example.com to another?").action is not Action.HAND_OFF


@pytest.mark.parametrize("message", ["text 07700 900123 please", "ring 07700 900123 after five"])
def test_the_form_stays_where_an_address_may_be_for_the_answer(chat: SupportChat, message: str) -> None:
    id, _ = chat.start("en")
    chat.say(id, "I want to speak to a human")
    assert chat.say(id, message).offers_person


def test_who_asks_on_in_vain_after_a_critical_topic_is_offered_a_person(chat: SupportChat) -> None:
    id, _ = chat.start("en")
    assert chat.say(id, "I think I've been had by someone pretending to be from your bank").topic == "fraud"
    for question in ("do you sell bikes?", "and boats?"):
        reply = chat.say(id, question)
        assert (reply.action in FAILURES, reply.offers_person) == (True, True)
    assert not chat.say(id, "How do I close my account?").offers_person


def test_the_bot_is_silent_while_a_person_has_the_conversation(chat: SupportChat) -> None:
    id, _ = chat.start("en")
    stored = chat.hand_off(id, email="ann@example.com", note="", language="en")
    assert chat.say(id, "How do I close my account?").action is Action.FORWARD
    chat.answer(stored.reference.lower(), "I'll help you with that.")
    assert [(each.author, each.text) for each in chat.store.messages(id)] == [
        ("customer", "How do I close my account?"),
        ("desk", "I'll help you with that."),
    ]
    chat.answer(stored.reference, "Done. Bye!", close=True)
    assert chat.say(id, "How do I close my account?").action is Action.ANSWER


def _sent(chat: SupportChat, reference: str) -> list[tuple[str, dict[str, Any]]]:
    """What is to be sent about a hand-off, oldest first."""
    with Session(chat.store._database) as session:
        rows = session.scalars(select(OutboxRow).order_by(OutboxRow.due_at))
        return [(row.channel, row.payload) for row in rows if reference in json.dumps(row.payload)]


def test_a_second_hand_off_corrects_the_address_and_adds_its_note(chat: SupportChat) -> None:
    told = SupportChat(chat.service, chat.store, {"email", "webhook"})
    id, _ = told.start("en")
    stored = told.hand_off(id, email="ann@exmaple.com", note="call me", language="en")
    again = told.hand_off(id, email="ann@example.com", note="after six", language="en")
    assert (again.reference, again.email, again.note) == (stored.reference, "ann@example.com", "call me")
    assert again == chat.store.open_hand_off(id)
    assert [(each.author, each.text) for each in chat.store.messages(id)] == [("customer", "after six")]
    (mail,) = (post for channel, post in _sent(told, stored.reference)[2:] if channel == "email")
    assert (mail["body"], mail["reply_to"]) == ("after six", "ann@example.com")
    told.hand_off(id, email="ann@example.org", note="call me", language="en")  # the note is known
    assert len(chat.store.messages(id)) == 1
    channel, post = _sent(told, stored.reference)[-1]
    assert (channel, post["reply_to"]) == ("email", "ann@example.org")
    assert "ann@example.org" in post["body"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 1234 5678", "13812345678"),
        ("+44 (20) 7946-0100", "+442079460100"),
        ("+44 (0)20 7946 0100", "+442079460100"),
        ("(0)20 7946 0100", "02079460100"),
        ("030/1234567", "0301234567"),
        ("138\u20111234\u20115678", "13812345678"),
        ("\u202a+86 138 1234 5678\u202c", "+8613812345678"),
        ("0571-88888888-801", "057188888888-801"),
        ("0571-88888888转801", "057188888888-801"),
        ("020 7946 0958 ext. 12", "02079460958-12"),
        ("１３８１２３４５６７８", "13812345678"),
    ],
)
def test_who_leaves_a_telephone_number_is_called(chat: SupportChat, typed: str, kept: str) -> None:
    """It goes where the e-mail address does, and nothing is sent to it."""
    told = SupportChat(chat.service, chat.store, {"email", "webhook"})
    id, _ = told.start("en")
    stored = told.hand_off(id, email=typed, note="after six", language="en")
    assert (stored.email, stored.to_be_called) == (kept, True)
    told.answer(stored.reference, "We called you.")
    (_, mail), (_, event) = sorted(_sent(told, stored.reference), key=lambda post: post[0])
    assert mail["body"].startswith(t("email.call", "en", phone=kept))
    assert "reply_to" not in mail
    assert kept not in json.dumps(event)
    again = told.hand_off(id, email="ann@example.com", note="", language="en")
    assert (again.reference, again.to_be_called) == (stored.reference, False)
    for sends_mail in (True, False):
        assert f"call {kept}." in hand_off_html(stored, [], "en", sends_mail=sends_mail)


def test_a_long_address_is_refused_whatever_is_in_it(chat: SupportChat) -> None:
    """The page's own limit is the browser's alone."""
    id, _ = chat.start("en")
    number = "020 7946 0958"
    for typed in (number + " " * MAX_ADDRESS, "1" + " " * 500_000 + "2"):
        with pytest.raises(InputFormatError, match="neither an e-mail address nor"):
            chat.hand_off(id, email=typed, note="", language="en")
    assert chat.hand_off(id, email=number.ljust(MAX_ADDRESS), note="", language="en").to_be_called


@dataclass
class Interrupted(SupportStore):
    """A store in which something happens just before a turn of the bot is kept, or a message is forwarded."""

    store: SupportStore
    then: Callable[[], Any]

    def __post_init__(self) -> None:
        super().__init__(self.store._database)

    def add_turn(self, *given: Any, **named: Any) -> tuple[int, int] | None:
        self._interrupt()
        return super().add_turn(*given, **named)

    def forward(self, *given: Any, **named: Any) -> HandOff | None:
        self._interrupt()
        return super().forward(*given, **named)

    def _interrupt(self) -> None:
        then, self.then = self.then, lambda: None
        then()


def test_a_question_that_the_bot_is_still_at_goes_to_the_person(chat: SupportChat) -> None:
    told = SupportChat(chat.service, chat.store, {"webhook"})
    id, _ = told.start("en")
    handed = []
    busy = Interrupted(
        chat.store, lambda: handed.append(told.hand_off(id, email="a@example.com", note="", language="en"))
    )
    reply = SupportChat(chat.service, busy, {"webhook"}).say(id, "How do I close my account?")
    assert reply.action is Action.FORWARD
    assert [each.author for each in chat.store.messages(id)] == ["customer"]
    *_, (_, event) = _sent(told, handed[0].reference)
    assert event["data"]["text"] == "How do I close my account?"


def test_a_message_to_a_person_who_has_closed_by_then_is_answered_by_the_bot(chat: SupportChat) -> None:
    id, _ = chat.start("en")
    stored = chat.hand_off(id, email="ann@example.com", note="", language="en")
    closing = Interrupted(chat.store, lambda: chat.store.close(stored.reference))
    assert SupportChat(chat.service, closing).say(id, "How do I close my account?").action is Action.ANSWER


@pytest.mark.parametrize(
    ("message", "language", "topic"),
    [
        ("I want to kill myself", "en", "self_harm"),
        ("我不想活了", "zh", "self_harm"),
        ("There's a fire in my room", "en", "emergency"),
    ],
)
def test_danger_is_answered_though_a_person_has_the_conversation(
    chat: SupportChat, message: str, language: Language, topic: Topic
) -> None:
    told = SupportChat(chat.service, chat.store, {"email", "webhook"})
    id, _ = told.start(language)
    stored = told.hand_off(id, email="ann@example.com", note="", language=language)
    for _ in range(2):  # each time
        reply = told.say(id, message)
        assert (reply.action, reply.topic, reply.offers_person) == (Action.CRITICAL, topic, False)
        assert reply.text == chat.service.critical.text(topic, language)
    assert [each.author for each in chat.store.messages(id)] == ["customer", "bot"] * 2
    (waiting,) = (each for each in chat.store.waiting() if each.reference == stored.reference)
    assert waiting.topic == topic
    (_, mail), (_, event) = sorted(_sent(told, stored.reference)[-2:], key=lambda sent: sent[0])
    assert mail["body"].startswith(t("summary.topic", language, topic=t(f"topics.{topic}", language)))
    assert (event["type"], event["data"]["topic"]) == ("message.created", topic)
    assert "adds" not in mail, "it waits for nothing more"


def test_other_critical_texts_are_given_once_while_a_person_has_the_conversation(chat: SupportChat) -> None:
    id, _ = chat.start("en")
    chat.hand_off(id, email="ann@example.com", note="", language="en")
    assert chat.say(id, "I lost my card").action is Action.CRITICAL
    assert chat.say(id, "I lost my card, hello?").action is Action.FORWARD


def test_where_nothing_was_answered_the_summary_names_no_entry(chat: SupportChat) -> None:
    question = "What is the weather like in Rome?"
    id, _ = chat.start("en")
    chat.say(id, question)
    lines = chat.hand_off(id, email="ann@example.com", note="", language="en").summary.splitlines()
    counts = t("summary.counts", "en", messages=1, answered=0)
    assert lines == [counts, t("summary.last", "en", question=question)]


def test_a_note_about_self_harm_is_answered(chat: SupportChat) -> None:
    id, _ = chat.start("en")
    stored = chat.hand_off(id, email="ann@example.com", note="I want to kill myself", language="en")
    assert stored.topic == "self_harm"
    assert t("topics.self_harm", "en") in stored.summary
    assert chat.store.messages(id)[-1].text == chat.service.critical.text("self_harm", "en")


def test_what_is_written_on_and_on_is_one_email_and_each_a_webhook(chat: SupportChat) -> None:
    told = SupportChat(chat.service, chat.store, {"email", "webhook"})
    id, _ = told.start("en")
    stored = told.hand_off(id, email="+44 20 7946 0100", note="", language="en")
    for number in range(5):
        told.say(id, f"message {number}")
    sent = _sent(told, stored.reference)
    assert [channel for channel, _ in sent].count("webhook") == 6
    (created, mail) = (post for channel, post in sent if channel == "email")
    call = t("email.call", "en", phone="+442079460100")
    assert created["body"].startswith(call)
    assert mail["body"] == "\n\n".join([call, *(f"message {number}" for number in range(5))])


def test_the_desk_is_told_at_once_and_without_personal_data(chat: SupportChat) -> None:
    told = SupportChat(chat.service, chat.store, {"email", "webhook"})
    database = chat.store._database
    id, _ = told.start("zh")
    told.say(id, "我被骗了，卡号6222021234567890128")
    stored = told.hand_off(id, email="li@example.com", note="", language="zh")
    told.say(id, "请快点")
    told.answer(stored.reference, "马上处理。")
    with Session(database) as session:
        rows = list(session.scalars(select(OutboxRow)))
    mine = [row for row in rows if stored.reference in json.dumps(row.payload)]
    assert sorted(row.channel for row in mine) == ["email", "email", "email", "webhook", "webhook"]
    hooks = [row.payload for row in mine if row.channel == "webhook"]
    assert {hook["type"] for hook in hooks} == {"hand_off.created", "message.created"}
    assert "li@example.com" not in json.dumps(hooks)
    assert "62220212" not in json.dumps([row.payload for row in mine])
    (created,) = (hook["data"] for hook in hooks if hook["type"] == "hand_off.created")
    assert created["topic"] == "fraud"
    assert {mail.payload["to"] for mail in mine if mail.channel == "email"} == {"help@example.com", "li@example.com"}


@pytest.mark.parametrize(
    "email",
    [
        *("", "12345", "1" * 16, "call 13812345678"),
        *("ann", "ann@", "@example.com", "ann@example", "ann@@example.com", "a b@example.com", "ann@example..com"),
        *("ann@example.com\nbcc: all@example.com", "a" * 65 + "@example.com", "ann@" + "x" * 250 + ".com"),
        *("x@[.co", "a,b@c.co", "a\0b@example.com", "张三@example.com"),  # no mail server takes the last for sure
    ],
)
def test_what_is_no_address_is_not_stored(chat: SupportChat, email: str) -> None:
    before = len(chat.store.waiting())
    with pytest.raises(InputFormatError) as caught:
        chat.hand_off(chat.start("en")[0], email=email, note="", language="en")
    assert not email or email not in str(caught.value)
    assert len(chat.store.waiting()) == before


def test_a_domain_is_kept_as_every_mail_server_takes_it(chat: SupportChat) -> None:
    stored = chat.hand_off(chat.start("en")[0], email="ann@例子.中国", note="", language="en")
    assert stored.email == "ann@xn--fsqu00a.xn--fiqs8s"


def test_note_has_a_limit(chat: SupportChat) -> None:
    with pytest.raises(InputTooLargeError):
        chat.hand_off(chat.start("en")[0], email="ann@example.com", note="x" * (MAX_MESSAGE + 1), language="en")


def test_what_was_offered_and_asked_before_ends_with_a_hand_off(chat: SupportChat) -> None:
    id, _ = chat.start("en")
    chat.say(id, "How do I close my account?")
    assert chat.say(id, "overdraft").suggestions
    stored = chat.hand_off(id, email="ann@example.com", note="", language="en")
    chat.answer(stored.reference, "Done. To rate us, answer 1 to 3.", close=True)
    assert chat.say(id, "2").action is not Action.ANSWER
    assert chat.say(id, "how long does it take?").action is not Action.ANSWER
    assert chat.say(id, "How do I close my account?").action is Action.ANSWER
    assert chat.say(id, "how long does it take?").action is Action.ANSWER


@pytest.mark.parametrize("message", ["thanks, I'll do that myself then", "辛苦啦，再见", "wait"])
def test_small_talk_with_a_person_is_of_no_topic(chat: SupportChat, message: str) -> None:
    id, _ = chat.start("en")
    chat.hand_off(id, email="ann@example.com", note="", language="en")
    assert chat.say(id, message).action is Action.FORWARD
