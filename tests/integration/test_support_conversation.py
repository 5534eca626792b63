"""What the sample company's chat makes of what people say between their questions, with its real models."""

import pytest

from apps.support.conversation import Conversation, Reply
from apps.support.policy import FAILURES, Action
from apps.support.service import SupportService
from knowledge.faq.critical_topics import Topic
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


@pytest.mark.parametrize(
    "message",
    messages("""
rubbish bot, human please | I've been round in circles for an hour, can I have a human | that's wrong!!! representative
you keep repeating yourself, I need to speak to a person | tried everything here. get me a human | I asked for an agent
stop sending me articles and give me a human | useless bot get me a person | 你们的机器人太蠢了，给我转人工
没解决，找客服
看不懂，换个真人客服 | 我都试过了转人工吧 | 我想搵真人傾吓 | 說咗都冇用，轉人工啦唔該 | 说人话！人工
"""),
)
def test_a_wish_for_a_person_may_end_a_message(support_service: SupportService, message: str) -> None:
    reply = _after(support_service, "How do I close my account?", message)
    assert (reply.action, reply.suggestions) == (Action.HAND_OFF, ())


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("I don't see the point of living any more. let me talk to someone", "self_harm"),
        ("I can't cope with anything any more, please get me a person", "self_harm"),
        ("我不想活了，转人工", "self_harm"),
        ("my mother died. I want to speak to someone", "bereavement"),
        ("someone used my card without asking, get me an agent", "fraud"),
        ("我卡被偷了，转人工", "lost_card"),
    ],
)
def test_what_it_tells_besides_goes_first(support_service: SupportService, message: str, topic: Topic) -> None:
    assert _after(support_service, message).topic == topic


@pytest.mark.parametrize(
    "message",
    messages("""
I don't want to speak to a person | I want to open an account, no human please | 不用转人工，告诉我怎么注销
my agent wants a statement, can he call me | I'd rather speak to a trainer first. Is an induction free?
how much is a transfer abroad, or put me through to someone | 我的卡坏了，人工智能能看吗
"""),
)
def test_who_asks_for_none_or_asks_something_else_gets_no_form(support_service: SupportService, message: str) -> None:
    assert _after(support_service, message).action is not Action.HAND_OFF


def test_an_answer_stands_beside_a_wish_for_a_person(support_service: SupportService) -> None:
    for message in ("My card is damaged, let me talk to someone", "How do I close my account? And get me a person"):
        reply = _after(support_service, message)
        assert (reply.action, reply.offers_person) == (Action.ANSWER, True)


@pytest.mark.parametrize("place", ["最后一个", "第三个", "3"])
def test_a_title_that_is_taken_by_its_place_is_of_no_other_topic(support_service: SupportService, place: str) -> None:
    reply = _after(support_service, "透支", place)
    assert (reply.action, reply.topic) == (Action.ANSWER, None)


@pytest.mark.parametrize(
    ("first", "said", "id"),
    [("透支", "收费的那个", "overdraft-cost"), ("overdraft", "yes, 1", None), ("透支", "就第2个", None)],
)
def test_a_title_is_taken_in_other_words(
    support_service: SupportService, first: str, said: str, id: str | None
) -> None:
    conversation = Conversation()
    offered = support_service.reply(conversation, first)
    (cited,) = support_service.reply(conversation, said).citations
    assert cited.title in offered.suggestions
    assert id in (None, cited.id)


@pytest.mark.parametrize(
    ("first", "said"), [("overdraft", "neither"), ("overdraft", "none of these"), ("透支", "都不是")]
)
def test_who_takes_no_title_is_offered_a_person(support_service: SupportService, first: str, said: str) -> None:
    assert _after(support_service, first, said).small_talk == "unhelpful"
