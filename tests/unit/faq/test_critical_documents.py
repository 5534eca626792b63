"""Where a document is sent, and texts on critical topics that suit any trade."""

import re

import pytest
from by_meaning import BY_MEANING

from knowledge.faq.critical_topics import Topic, critical_topics
from tests.messages import messages

DOCUMENTS = """
who do I send the lawyers letter to | where should we post the signed forms? | what address do i send my documents to
律師信寄給誰 | 资料要发到哪里
"""


@pytest.mark.parametrize("message", messages(DOCUMENTS))
def test_where_a_document_is_sent_says_nothing_of_what_it_is_about(message: str) -> None:
    assert BY_MEANING.topic_of(message) is None


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        ("where do I send the death certificate", "bereavement"),
        ("who do I send the complaint letter to", "complaint"),
        ("where do I send the letter I wrote before I end it all", "self_harm"),
    ],
)
def test_a_document_may_be_about_a_topic(message: str, topic: Topic) -> None:
    assert BY_MEANING.topic_of(message) == topic


BANKS = re.compile(r"cheque|bank|branch|支票|银行|网点|挂失", re.IGNORECASE)


def test_texts_that_ship_suit_a_company_that_is_no_bank() -> None:
    texts = [text for each in critical_topics().texts.values() for text in each.values()]
    assert [found for text in texts for found in BANKS.findall(text)] == []
