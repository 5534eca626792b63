"""A search for tests: it knows a question only by its very words."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from knowledge.faq.answer_tests import on_topic
from knowledge.faq.answerability import Answerability, Chances
from knowledge.faq.search import Match, SearchResult
from knowledge.faq.sources import Entry
from knowledge.faq.trial import Trial
from knowledge.retrieval.language import Language


def entry(name: str, *questions: str, answer: str = "Answer.", **fields: Any) -> Entry:
    return Entry.model_validate(
        {
            "id": name,
            "language": "en",
            "questions": questions or [f"{name}?"],
            "answer": answer,
            "updated": date(2026, 1, 1),
            **fields,
        }
    )


class ExactSearch:
    """Answers what is asked word for word, and offers its first entries otherwise."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = tuple(entries)
        self.version = f"{len(self.entries)} entries"

    def search(self, question: str, k: int = 5, *, language: Language | None = None, before: str = "") -> SearchResult:
        for each in self.entries:
            if question in each.questions:
                return SearchResult(
                    question=question,
                    matches=(Match(each, 1.0),),
                    chances=Chances(1.0, 1.0),
                    answerability=Answerability.ANSWERABLE,
                )
        near = tuple(Match(each, 0.1) for each in self.entries[:k])
        return SearchResult(question, matches=near, chances=Chances(0.0, 0.0), answerability=Answerability.UNANSWERABLE)


def trial(day: date) -> Trial:
    """With that search, and a chat that takes what names fraud for critical."""
    return Trial(ExactSearch, lambda question: on_topic("fraud") if "fraud" in question else None, lambda: day)
