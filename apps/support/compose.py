"""Answers composed by the model from vetted passages, for the tags that a company allows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.engine.request import Engine
from knowledge.domains.support_prompts import ADAPTER, REFUSAL, answer_prompt
from knowledge.faq.groundedness import check
from knowledge.faq.sources import Entry
from knowledge.retrieval.language import Language, language_of

from .company import Composing
from .written import written

_SECONDS, _TOKENS, _MOST_SENTENCES, _MOST_PASSAGES = 10.0, 160, 5, 3
_MARK = re.compile(r"\s*\[\d+\]")
_LEAD = re.compile(r"^(?:answer|回答)\s*[:：]\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Composed:
    """An answer with every sentence supported by a passage.

    Attributes:
        text: each sentence followed by the number of its source, from [1].
        sources: the cited entries, in that order.
    """

    text: str
    sources: tuple[Entry, ...]


class Composer:
    """Composes answers where the company allows it and the groundedness check finds no problem.

    Args:
        engine: the language model, used with the adapter ``support`` if it has one.
        allowed: the tags and languages allowed.
    """

    def __init__(self, engine: Engine, allowed: Composing) -> None:
        self._engine, self._allowed = engine, allowed

    def compose(self, question: str, entries: Sequence[Entry], language: Language) -> Composed | None:
        """An answer from the best entries; None if it is not allowed, not supported or not written in time.

        Args:
            question: standalone, without personal data.
            entries: best first; the first must be among the sources.
            language: of the answer.
        """
        if not entries or not self._allowed.allows(entries[0], language):
            return None
        passages = [entry for entry in entries[:_MOST_PASSAGES] if self._allowed.allows(entry, language)]
        text = self._written(question, [entry.answer for entry in passages])
        if not text or language_of(text) != language:
            return None
        findings = check(text, [entry.answer for entry in passages])
        used = sorted({finding.passage for finding in findings if finding.passage is not None})
        if not 0 < len(findings) <= _MOST_SENTENCES or any(finding.problem for finding in findings) or 0 not in used:
            return None
        if len({finding.sentence for finding in findings}) < len(findings):
            return None  # it repeats itself
        marked = [f"{f.sentence} [{used.index(f.passage) + 1}]" for f in findings if f.passage is not None]
        return Composed(" ".join(marked), tuple(passages[number] for number in used))

    def _written(self, question: str, passages: Sequence[str]) -> str:
        """The model's text; empty if it fails, refuses or does not finish."""
        adapter, prompt = ADAPTER if ADAPTER in self._engine.adapters else "", answer_prompt(question, passages)
        text = written(self._engine, prompt, adapter=adapter, tokens=_TOKENS, seconds=_SECONDS)
        return "" if REFUSAL in text else _MARK.sub("", _LEAD.sub("", text))  # the check determines the sources itself
