"""Answers a company's customers from its FAQ."""

import functools
from collections.abc import Callable

from knowledge.faq.critical_topics import CriticalTopics
from knowledge.faq.dialogue_acts import DialogueActs
from knowledge.faq.live import ServedFaq
from knowledge.retrieval.embed import Embedder

from .answerer import Answerer
from .company import Company
from .compose import Composer
from .conversation import Conversation, Reply, checked
from .critical_replies import CriticalReplies
from .rewrite import Rewriter
from .triage import Triage


class SupportService:
    """The chatbot behind every front end. It keeps nothing itself.

    Args:
        current: gives the company's FAQ as it is now.
        critical: what must reach a person, and what only an account can tell.
        acts: what messages do that ask nothing.
        multilingual: for those who group what customers ask.
        composer: words answers where the company allows it; None gives all of them verbatim.
        rewriter: makes follow-ups standalone for the composer; None gives it the question before as well.
    """

    def __init__(
        self,
        company: Company,
        current: Callable[[], ServedFaq],
        critical: CriticalTopics,
        acts: DialogueActs,
        multilingual: Embedder,
        composer: Composer | None = None,
        rewriter: Rewriter | None = None,
    ) -> None:
        self.company = company
        self.embedder = multilingual
        self._current = current
        self._critical, self._acts = critical, acts
        self._composer, self._rewriter = composer, rewriter
        # By the rules alone, as an import tells; it takes a millisecond each.
        self._taken_by = functools.lru_cache(100_000)(lambda wording: critical.topic_by_rules(wording, company.topics))

    def reply(self, conversation: Conversation, message: str) -> Reply:
        """Answers a message and remembers the turn. Personal data in the message is masked first.

        Raises:
            InputFormatError: the message is empty.
            InputTooLargeError: it has more than :data:`~.conversation.MAX_MESSAGE` characters.
        """
        turn = self._answerer().turn(conversation, checked(message))
        conversation.add(turn)
        return turn.reply

    @property
    def library(self) -> ServedFaq:
        """The FAQ as it is now."""
        return self._current()

    @property
    def triage(self) -> Triage:
        """What messages are, beside the FAQ as it is now."""
        return self._triage(self.library)

    @property
    def critical(self) -> CriticalReplies:
        """Replies on critical topics, from the FAQ as it is now."""
        return self._answerer().critical

    def _triage(self, library: ServedFaq) -> Triage:
        return Triage(self._critical, self._acts, self.company.topics, library.is_own)

    def _answerer(self) -> Answerer:
        """A request is never answered from two versions, whatever is published meanwhile."""
        library = self.library
        triage = self._triage(library)
        critical = CriticalReplies(self.company, library, triage, self._taken_by)
        return Answerer(self.company, library, triage, critical, self._composer, self._rewriter)
