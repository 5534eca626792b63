"""The support chatbot of the sample company with its real models and a real database."""

import itertools
import re
from pathlib import Path
from typing import get_args

import pytest

from apps.support.chat import SupportChat
from apps.support.conversation import Conversation
from apps.support.policy import Action
from apps.support.service import SupportService
from apps.support.words import in_words, opening_times, sentence
from apps.ui.texts import t
from benchmarks.common import read_jsonl
from knowledge.faq.critical_topics import Topic
from knowledge.faq.live import ServedFaq
from knowledge.retrieval.language import Language

DATA = Path(__file__).parents[1] / "data"
ACCOUNT, INJECTIONS = (read_jsonl(DATA / "support" / name) for name in ("account_requests.jsonl", "injections.jsonl"))


def test_full_width_letters_find_the_same_and_stay_as_they_were_written(chat: SupportChat) -> None:
    for usual in ("How do I change my PIN?", "thanks!", "How do I open a savings account? How can I contact you?"):
        wide = usual.translate(
            {code: code + 0xFEE0 for code in range(0x21, 0x7F) if chr(code).isalnum()} | {32: 0x3000}
        )
        conversation = Conversation()
        assert chat.service.reply(conversation, wide) == chat.service.reply(Conversation(), usual)
        assert conversation.turns[-1].question == wide


@pytest.mark.parametrize(
    ("question", "id"), [("How do I close my account?", "account-close"), ("怎么注销账户？", "account-close")]
)
def test_answer_is_the_vetted_one_and_cites_it(chat: SupportChat, question: str, id: str) -> None:
    reply = chat.service.reply(Conversation(), question)
    (entry,) = (each for each in chat.service.library.entries if (each.id, each.language) == (id, reply.language))
    (citation,) = reply.citations
    assert reply.action is Action.ANSWER
    assert reply.text == citation.passage == entry.answer
    assert (citation.id, citation.title, citation.updated) == (id, entry.title, entry.updated)
    assert reply.text_language == reply.language
    assert reply.library_version == chat.service.library.version


@pytest.mark.parametrize("message", ["What are the fees?", "Where is my transfer?", "My card was stolen. What now?"])
def test_a_version_that_is_published_while_a_message_is_answered_does_not_mix_in(
    support_service: SupportService, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    expected = support_service.reply(Conversation(), message)
    versions = itertools.chain([support_service.library], itertools.repeat(ServedFaq("later", (), None)))
    monkeypatch.setattr(support_service, "_current", lambda: next(versions))
    assert support_service.reply(Conversation(), message) == expected


@pytest.mark.parametrize("question", ["Who won the match last night?", "你们卖手机壳吗"])
def test_off_topic_abstains_and_shows_the_nearest(chat: SupportChat, question: str) -> None:
    reply = chat.service.reply(Conversation(), question)
    titles = {entry.title for entry in chat.service.library.entries if entry.language == reply.language}
    assert reply.action is Action.ABSTAIN
    assert (reply.text, reply.citations) == ("", ())
    assert len(reply.suggestions) == 3
    assert titles.issuperset(reply.suggestions)


def test_unsure_match_is_asked_about(chat: SupportChat) -> None:
    reply = chat.service.reply(Conversation(), "转账")
    assert reply.action is Action.CLARIFY
    assert reply.text == ""
    assert "每天最多能转账多少钱？" in reply.suggestions


@pytest.mark.parametrize(
    ("message", "topic", "number"),
    [
        ("银行卡丢失或被盗怎么办？", "lost_card", "0800 555 0100"),
        ("我的銀行卡被盜刷了", "fraud", "0800 555 0100"),
        ("I want to kill myself", "self_harm", "116 123"),
        ("There's a fire in my room", "emergency", "999"),
        ("房间着火了", "emergency", "119"),
        ("I can't afford my mortgage any more", "hardship", "0800 555 0100"),
    ],
)
def test_a_critical_message_gets_the_vetted_text_and_a_person(
    chat: SupportChat, message: str, topic: Topic, number: str
) -> None:
    reply = chat.service.reply(Conversation(), message)
    assert (reply.action, reply.topic, reply.offers_person) == (Action.CRITICAL, topic, True)
    assert reply.text == chat.service.critical.text(topic, reply.language)
    assert number in reply.text


@pytest.mark.parametrize(
    "message",
    [
        "What is my balance?",
        "cancel my transfer",
        "帮我取消转账",
        "Where's my refund? It should have come on Monday.",
        "我的退款到账了吗？都等了两个星期了。",
    ],
)
def test_a_request_about_the_account_leads_to_signing_in(chat: SupportChat, message: str) -> None:
    reply = chat.service.reply(Conversation(), message)
    assert reply.action is Action.SIGN_IN
    assert "https://harbour.example/sign-in" in in_words(chat.service.company, reply)


def test_it_also_gets_the_entry_that_says_how(chat: SupportChat) -> None:
    conversation = Conversation()
    reply = chat.service.reply(conversation, "cancel my direct debit")
    assert (reply.action, len(reply.suggestions), reply.offers_person) == (Action.SIGN_IN, 1, False)
    assert in_words(chat.service.company, reply).endswith(f"{t('support.besides', 'en')}\n- {reply.suggestions[0]}")
    taken = chat.service.reply(conversation, reply.suggestions[0])
    assert [citation.id for citation in taken.citations] == ["direct-debit-cancel"]


@pytest.mark.parametrize("message", ["cancel my direct debit", "have you done it?"])
def test_where_nobody_can_sign_in_the_chat_says_that_it_cannot(
    chat: SupportChat, monkeypatch: pytest.MonkeyPatch, message: str
) -> None:
    company = chat.service.company.model_copy(update={"sign_in": None})
    monkeypatch.setattr(chat.service, "company", company)
    reply = chat.service.reply(Conversation(), message)
    assert reply.action is Action.SIGN_IN
    assert in_words(company, reply).startswith(t("support.no_access", "en"))
    assert "://" not in in_words(company, reply)
    assert reply.offers_person is not bool(reply.suggestions)


def test_how_the_company_is_reached_the_faq_tells_or_else_the_chat(chat: SupportChat) -> None:
    company = chat.service.company
    told = chat.service.reply(Conversation(), "客服电话多少")
    assert [citation.id for citation in told.citations] == ["contact-us"]
    untold = chat.service.reply(Conversation(), "what's your e-mail address?")
    assert (untold.action, untold.offers_person) == (Action.HAND_OFF, True)
    assert company.email in in_words(company, untold)


@pytest.mark.parametrize("message", ["What time does your phone line close on Fridays?", "客服周末上班吗"])
def test_when_a_person_is_there_the_chat_tells(chat: SupportChat, message: str) -> None:
    reply = chat.service.reply(Conversation(), message)
    assert reply.action in (Action.HAND_OFF, Action.ANSWER)
    if reply.action is Action.HAND_OFF:
        assert in_words(chat.service.company, reply).startswith(opening_times(chat.service.company, reply.language))


def test_a_topic_that_the_company_has_not_is_searched_for(chat: SupportChat, monkeypatch: pytest.MonkeyPatch) -> None:
    company = chat.service.company.model_copy(update={"topics": frozenset({"self_harm"})})
    monkeypatch.setattr(chat.service, "company", company)
    assert chat.service.reply(Conversation(), "银行卡丢失或被盗怎么办？").action is Action.ANSWER
    assert chat.service.reply(Conversation(), "I want to kill myself").topic == "self_harm"


@pytest.mark.parametrize("message", ["Can you tell me what your fees are", "帮我查一下手续费是多少"])
def test_a_polite_question_is_searched_for(chat: SupportChat, message: str) -> None:
    reply = chat.service.reply(Conversation(), message)
    assert reply.action is not Action.SIGN_IN
    assert reply.library_version == chat.service.library.version


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("I can't make my loan or mortgage payment, what help is there?", "hardship"),
        ("I can't make a payment in the app", None),
    ],
)
def test_who_cannot_pay_is_told_from_whose_app_does_not(chat: SupportChat, message: str, topic: Topic | None) -> None:
    assert chat.service.reply(Conversation(), message).topic == topic


CLAIMS = re.compile(
    r"\b(?:I|we)(?:'ve| have)? (?:just |now )?(?:cancel|block|clos|chang|transferr|sent|refund|fr[eo]*z|paid|updat)\w*"
    r"|(?:is|are|has been|have been) now (?:cancel|block|clos|chang|refund)\w*"
    r"|已(?:经)?(?:为|帮|替)您|已(?:取消|冻结|挂失|退款|修改)",
    re.IGNORECASE,
)


def critical_texts(service: SupportService) -> list[str]:
    return [service.critical.text(topic, language) for topic in get_args(Topic) for language in get_args(Language)]


def test_the_bot_never_claims_to_have_done_something(chat: SupportChat) -> None:
    replies = [chat.service.reply(Conversation(), row["text"]) for row in ACCOUNT]
    # A FAQ answer is the company's own word; the titles of entries are the customers' questions.
    said = [sentence(chat.service.company, reply) for reply in replies if reply.action is not Action.ANSWER]
    said += critical_texts(chat.service)
    assert [text for text in said if CLAIMS.search(text)] == []
    assert CLAIMS.search("I have cancelled your transfer")
    assert CLAIMS.search("已为您冻结")


@pytest.mark.parametrize("row", INJECTIONS, ids=lambda row: row["text"][:30])
def test_instructions_in_a_question_change_nothing(chat: SupportChat, row: dict[str, str]) -> None:
    """A reply is a vetted text, whole and verbatim, or one of the templates: there is nothing else it can be."""
    conversation = Conversation()
    reply = chat.service.reply(conversation, row["text"])
    library, service = chat.service.library, chat.service
    vetted = {entry.answer for entry in library.entries}
    vetted |= set(critical_texts(service))
    assert (reply.text in vetted) if reply.action in (Action.ANSWER, Action.CRITICAL) else reply.text == ""
    assert {entry.title for entry in library.entries}.issuperset(reply.suggestions)
    assert row["wanted"].lower() not in in_words(service.company, reply).lower()
    after = service.reply(conversation, "How do I close my account?")
    assert [citation.id for citation in after.citations] == ["account-close"]
    assert after.text in vetted


def test_two_failures_in_a_row_offer_a_person(chat: SupportChat) -> None:
    conversation, asked = Conversation(), "Who won the match last night?"  # it gets titles
    first = chat.service.reply(conversation, asked)
    second = chat.service.reply(conversation, asked)
    assert (first.offers_person, second.offers_person) == (False, True)
    said = in_words(chat.service.company, second)
    assert t("support.offer", "en") in said
    assert f"{t('support.nearest', 'en')}\n- {second.suggestions[0]}" in said
    answered = chat.service.reply(conversation, "How do I close my account?")
    third = chat.service.reply(conversation, asked)
    assert (answered.offers_person, third.offers_person) == (False, False)


@pytest.mark.parametrize(
    "message", ["asdfghjkl", "I love you", "What is the capital of Australia?", "披萨", "今天天气怎么样？"]
)
def test_what_shares_no_word_with_an_article_gets_no_titles_but_a_person(chat: SupportChat, message: str) -> None:
    reply = chat.service.reply(Conversation(), message)
    assert (reply.action, reply.suggestions, reply.offers_person) == (Action.ABSTAIN, (), True)
    said = [t(key, reply.language) for key in ("support.abstain", "support.offer")]
    assert in_words(chat.service.company, reply) == "\n".join(said)


@pytest.mark.parametrize(
    ("message", "topic", "id"),
    [
        (
            "My dad lost his card last month but he got the new one now. How does he activate it?",
            "lost_card",
            "card-activate",
        ),
        ("lost my card and also what's the overdraft rate", "lost_card", "overdraft-cost"),
        ("My mother died last year. How do I open a savings account?", "bereavement", "savings-open"),
        ("我上周把卡弄丢了,已经补办了,新卡今天寄到,请问怎么激活?", "lost_card", "card-activate"),
    ],
)
def test_what_a_critical_message_asks_besides_is_offered(
    chat: SupportChat, message: str, topic: Topic, id: str
) -> None:
    conversation = Conversation()
    reply = chat.service.reply(conversation, message)
    assert (reply.action, reply.topic, reply.offers_person) == (Action.CRITICAL, topic, True)
    said = in_words(chat.service.company, reply)
    assert said.startswith(chat.service.critical.text(topic, reply.language))
    assert said.endswith(f"{t('support.besides', reply.language)}\n- {reply.suggestions[0]}")
    assert [citation.id for citation in chat.service.reply(conversation, reply.suggestions[0]).citations] == [id]


@pytest.mark.parametrize(
    "message",
    [
        "I want to die. How do I close my account?",
        "There's a fire in my room. How do I close my account?",
        "my wallet was stolen. please help",
        "I want to make a complaint",
    ],
)
def test_else_nothing_is(chat: SupportChat, message: str) -> None:
    assert chat.service.reply(Conversation(), message).suggestions == ()


@pytest.mark.parametrize("message", ["that didn't help", "答非所问"])
def test_who_was_not_helped_is_offered_a_person(chat: SupportChat, message: str) -> None:
    conversation = Conversation()
    chat.service.reply(conversation, "How do I close my account?")
    reply = chat.service.reply(conversation, message)
    assert (reply.action, reply.small_talk, reply.offers_person) == (Action.GREET, "unhelpful", True)
    assert sentence(chat.service.company, reply) == t("support.unhelpful", reply.language)
    assert chat.service.reply(conversation, "yes").action is Action.HAND_OFF


@pytest.mark.parametrize("message", ["how much?", "多少钱", "why?", "😂😂"])
def test_who_names_nothing_is_asked_once_what_about(chat: SupportChat, message: str) -> None:
    conversation = Conversation()
    reply = chat.service.reply(conversation, message)
    assert (reply.action, reply.small_talk, reply.suggestions) == (Action.GREET, "unclear", ())
    assert sentence(chat.service.company, reply) == t("support.unclear", reply.language)
    assert chat.service.reply(conversation, message).offers_person


def test_what_was_asked_without_a_name_counts_once_it_is_named(chat: SupportChat) -> None:
    conversation = Conversation()
    chat.service.reply(conversation, "how much does it cost?")
    reply = chat.service.reply(conversation, "the overdraft")
    assert conversation.turns[-1].standalone == "how much does it cost? the overdraft"
    assert [citation.id for citation in reply.citations] == ["overdraft-cost"]


@pytest.mark.parametrize("message", ["what's your email", "whats your email", "what days do you work"])
def test_who_asks_how_to_reach_the_company_is_told(chat: SupportChat, message: str) -> None:
    assert chat.service.reply(Conversation(), message).action in (Action.HAND_OFF, Action.ANSWER)


@pytest.mark.parametrize("message", ["do you do raku?", "你们招兼职吗"])
def test_a_question_is_no_small_talk_unless_it_surely_is(chat: SupportChat, message: str) -> None:
    assert chat.service.reply(Conversation(), message).small_talk is None


@pytest.mark.parametrize("word", ["mortgage", "overdraft", "网点"])
def test_a_word_of_a_title_is_searched_for(chat: SupportChat, word: str) -> None:
    assert chat.service.library.is_own(word)
    assert chat.service.reply(Conversation(), word).small_talk is None


def test_personal_data_is_not_searched_for(chat: SupportChat) -> None:
    reply = chat.service.reply(Conversation(), "my address is 22 Mill Street, Leeds LS1 4AB how do i close my account")
    assert [citation.id for citation in reply.citations] == ["account-close"]


@pytest.mark.parametrize("message", ["¿Cuánto tarda en llegar mi tarjeta?", "Combien de temps ça prend chez vous ?"])
@pytest.mark.parametrize("page", ["en", "zh"])
def test_who_writes_another_language_learns_which_the_chat_speaks(
    chat: SupportChat, message: str, page: Language
) -> None:
    conversation = Conversation(language=page)
    reply = chat.service.reply(conversation, message)
    said = sentence(chat.service.company, reply)
    assert (reply.action, reply.small_talk, reply.offers_person) == (Action.GREET, "foreign", True)
    assert "English and Chinese" in said
    assert "中文和英文" in said
    assert said.endswith(t("support.offer", reply.language))


def test_another_companys_question_is_asked_back(chat: SupportChat) -> None:
    reply = chat.service.reply(Conversation(), "what is Lloyds contactless limit")
    assert reply.action is Action.CLARIFY
    assert reply.scores[0][0] == "card-contactless-limit"
    assert chat.service.reply(Conversation(), "what is your contactless limit").action is Action.ANSWER


def test_follow_up_leans_on_the_question_before(chat: SupportChat) -> None:
    conversation = Conversation()
    chat.service.reply(conversation, "How can I send money to my brother in Brazil?")
    chat.service.reply(conversation, "and how much does that cost?")
    assert conversation.turns[1].standalone.startswith("How can I send money to my brother in Brazil?")
    assert conversation.turns[1].question == "and how much does that cost?"


@pytest.mark.parametrize(
    ("first", "chain"),
    [
        ("How much can I transfer in a day?", ["And how long does it take?", "what about abroad?", "Is it free?"]),
        ("每天最多能转账多少钱？", ["那要多久？", "那国外呢？"]),
    ],
)
def test_follow_ups_neither_pile_up_nor_repeat_the_first_answer(
    chat: SupportChat, first: str, chain: list[str]
) -> None:
    conversation = Conversation()
    given = chat.service.reply(conversation, first).citations[0].id
    for message in chain:
        reply = chat.service.reply(conversation, message)
        between = ("", *(f"{one} " for one in chain[: chain.index(message)][-1:]))  # what is still open, at most
        assert conversation.turns[-1].standalone in [f"{first} {one}{message}" for one in between]
        assert [citation.id for citation in reply.citations] != [given]


@pytest.mark.parametrize("message", ["hi", "Hello!", "thanks", "你好", "谢谢"])
def test_a_greeting_is_greeted(chat: SupportChat, message: str) -> None:
    reply = chat.service.reply(Conversation(), message)
    assert reply.action is Action.GREET
    assert reply.suggestions == ()


def test_a_greeting_with_a_question_is_answered(chat: SupportChat) -> None:
    reply = chat.service.reply(Conversation(), "hi, how much can I transfer in a day?")
    assert reply.action in (Action.ANSWER, Action.CLARIFY)
