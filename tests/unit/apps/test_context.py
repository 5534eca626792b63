"""A message that names nothing, after titles."""

from datetime import date

import pytest

from apps.support.context import find_in_context
from apps.support.conversation import Conversation, Reply, Turn
from apps.support.policy import Action
from knowledge.faq.answerability import Answerability, Chances
from knowledge.faq.live import ServedFaq
from knowledge.faq.search import Match, SearchResult
from knowledge.faq.sources import Entry

OWN, HIRED = (
    Entry(id=id, language="en", questions=(question,), answer="It costs £9.", updated=date(2026, 10, 1))
    for id, question in (("own-tent", "Can I bring my tent?"), ("tent-price", "What does a tent cost?"))
)


class Answers(ServedFaq):
    """Answers everything with the price of a hired tent."""

    def search(self, question: str, *_: object, **__: object) -> SearchResult:
        matches = (Match(HIRED, 2.0), Match(OWN, 1.0))
        return SearchResult(question, matches, Chances(0.95, 0.95), Answerability.ANSWERABLE)


@pytest.mark.parametrize(
    ("first", "found"), [("own-tent", Answerability.UNSURE), ("tent-price", Answerability.ANSWERABLE)]
)
@pytest.mark.parametrize("message", ["how much is it?", "how much per tent?"])
def test_it_is_of_the_title_that_came_first(message: str, first: str, found: Answerability) -> None:
    titles = Reply(Action.CLARIFY, "en", suggestions=("A title",), scores=((first, 1.0),))
    conversation = Conversation([Turn("I have a tent, can I come", "I have a tent, can I come", titles)])
    question, result = find_in_context(Answers("v1", (OWN, HIRED), None), conversation, message, "en")
    assert question == f"I have a tent, can I come {message}"
    assert result.answerability is found
