"""Answers messages from one version of a company's FAQ."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.faq.answerability import Answerability
from knowledge.faq.chosen_title import chosen
from knowledge.faq.critical_topics import DANGER
from knowledge.faq.live import ServedFaq
from knowledge.faq.question_forms import asks, endings
from knowledge.faq.questions import joined_questions, of_parts, questions, wordings_joined
from knowledge.faq.search import Match, SearchResult, asks_alike
from knowledge.privacy import mask
from knowledge.retrieval.language import Language, is_foreign

from .asked import Asked
from .company import Company
from .compose import Composer
from .context import find_in_context, goes_on, is_likely, is_unclear
from .conversation import Conversation, Reply, Turn, has_declined, has_failed, language_in
from .critical_replies import CriticalReplies
from .policy import FAILURES, Action
from .replies import (
    as_written,
    citation,
    from_matches,
    from_search,
    likely,
    of_several,
    scores_of,
    to_small_talk,
    with_entry,
)
from .rewrite import Rewriter, standalone_in
from .triage import Triage, has_address
from .words import opening_times


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers messages, all of a request from the same version of the FAQ.

    Attributes:
        triage, critical: beside the same version.
        composer: words answers where the company allows it; None gives all of them verbatim.
        rewriter: makes follow-ups standalone for the composer; None gives it the question before as well.
    """

    company: Company
    library: ServedFaq
    triage: Triage
    critical: CriticalReplies
    composer: Composer | None
    rewriter: Rewriter | None

    def turn(self, conversation: Conversation, message: str) -> Turn:
        """The turn of a message, whose personal data is masked first."""
        before = conversation.turns[-1].reply if conversation.turns else None
        title = chosen(message, before.suggestions) if before else None
        taken = self._chosen(conversation, title or message)
        offered = before is not None and before.offers_person
        message = mask(message)
        talk = self.triage.act(conversation, message)
        language = language_in(conversation, message)
        action, topic = (
            (None, None) if talk else self.triage.before_search(title or self.triage.said(conversation, message))
        )
        if (
            action
            and before
            and before.topic in DANGER
            and self.triage.acts.act_of(message, offered=True) == "declined"
        ):
            topic = before.topic  # who would rather not call is told again
        if offered and self.triage.leaves_address(message):  # the form takes it, the chat does not
            talk, action = None, action or Action.HAND_OFF
        if taken:
            turn = Turn(message, title or message, replace(taken, topic=topic, offers_person=topic is not None))
        elif talk:
            turn = Turn(message, message, to_small_talk(talk, language))
        elif topic:
            turn = Turn(message, message, self.critical.in_conversation(conversation, topic, message, language))
        elif action is Action.SIGN_IN:
            turn = Turn(message, message, self._of_account(message, language))
        elif action:
            turn = Turn(message, message, Reply(action, language, offers_person=True))
        else:
            turn = self._searched(conversation, message, language)
        return replace(turn, reply=as_written(self.company, conversation, message, turn.reply))

    def _of_account(self, message: str, language: Language) -> Reply:
        """Where that is done, and the entry that says how; where there is no such place, a person or that entry."""
        reply = with_entry(self.library, Reply(Action.SIGN_IN, language), [message])
        return replace(reply, offers_person=not (self.company.sign_in or reply.suggestions))

    def _reached(self, message: str, result: SearchResult, language: Language) -> Reply | None:
        """How and when the company is reached, if that is asked and no entry tells; one that may tell stands beside.

        To be called is what answers on many subjects say: an entry tells how only if it is asked in words like these.
        """
        asks_hours, best = self.triage.rules.asks_hours(message), result.matches[:1]
        is_answered = result.answerability is Answerability.ANSWERABLE
        is_alike = any(asks_alike(message, match.entry) for match in best)
        if is_answered and (asks_hours or is_alike):
            return None
        if not self.triage.rules.asks_to_reach(message):
            return None
        reply = Reply(Action.HAND_OFF, language, library_version=self.library.version, offers_person=True)
        if asks_hours:
            reply = replace(reply, text=opening_times(self.company, language), text_language=language)
        if is_answered or (is_alike and result.answerability is Answerability.UNSURE):
            reply = replace(reply, suggestions=(best[0].entry.title,), scores=scores_of(best))
        return reply

    def _chosen(self, conversation: Conversation, message: str) -> Reply | None:
        """The entry of a suggestion that the customer took, whatever its title might be taken for."""
        for reply in (turn.reply for turn in reversed(conversation.turns) if message in turn.reply.suggestions):
            id, score = reply.scores[reply.suggestions.index(message)]
            entries = {entry.language: entry for entry in self.library.entries if entry.id == id}
            if entries:
                entry = entries.get(reply.language) or next(iter(entries.values()))
                match = Match(entry, score)
                return from_matches(Action.ANSWER, reply.language, [match], self.library.version)
        return None

    def _searched(self, conversation: Conversation, message: str, language: Language) -> Turn:
        """The turn of a message that has to be searched for.

        1. Searched for is what the message says beside a wish for a person, behind the question that it continues.

        Of what may be replied to what is found, the first that applies:

        2. The text on a topic, if only the question before shows it; to small talk or what names nothing, if nothing
           answers; how the company is reached, if that is asked.
        3. The answers to several questions, if the message continues nothing and no part is for a person or an account.
        4. Without an answer: that a topic's text holds, a person that is asked for, or where the account tells it.
        5. The best entry, as the company or the model words it, or titles, of each of several questions first.

        A person may be offered beside 4 and 5.
        """
        library = self.library
        asked = self._asked(message)
        question, result = find_in_context(library, conversation, asked.text, language)
        question = message if question == asked.text else question
        overriding = self._topic_or_talk(conversation, message, question, result.answerability, language)
        overriding = overriding or self._reached(message, result, language)
        if overriding:
            return Turn(message, question, overriding)
        if question == message and not any(asked.instead):  # no search answers what is for a person or an account
            search = functools.cache(lambda part: library.search(part, language=language))
            if several := of_several(asked.parts, result, search, language, library.version):
                return Turn(message, question, several)
            result = of_parts(asked.parts, result, search)
        reply = from_search(question, result, language, library.version)
        reply = replace(reply, offers_person=self._offers_person(conversation, asked, reply))
        if reply.action in FAILURES and (turn := self._unanswered(conversation, asked, reply)):
            return turn
        return Turn(message, question, self._worded(conversation, message, question, reply, result.matches))

    def _asked(self, message: str) -> Asked:
        parts = wordings_joined(message, self.library.is_wording) or questions(message) or joined_questions(message)
        instead = tuple(self.triage.before_search(part)[0] for part in parts)
        return Asked(message, tuple(parts), instead, *self.triage.split_at_wish(message))

    def _topic_or_talk(
        self, conversation: Conversation, message: str, question: str, found: Answerability, language: Language
    ) -> Reply | None:
        """The reply on a topic of what a message continues; if nothing answers, to small talk or another language."""
        if question != message and (topic := self.triage.topic_of_joined(conversation, question)):
            return self.critical.reply(topic, message, language)
        if found is Answerability.ANSWERABLE:
            return None
        if is_foreign(message):
            return to_small_talk("foreign", language)
        if question == message and is_unclear(conversation, message):
            return to_small_talk("unclear", language)
        act = self.triage.act(conversation, message, surely=False)
        return to_small_talk(act, language) if act else None

    def _offers_person(self, conversation: Conversation, asked: Asked, reply: Reply) -> bool:
        """Whether a reply offers a person: one is asked for, or the customer gets no further and has not declined."""
        rests = (self.triage.before_search(rest)[0] for rest in endings(asked.message))
        if Action.HAND_OFF in (*asked.instead, *rests):
            return True
        if has_declined(conversation):
            return False
        before = [turn.reply for turn in conversation.turns[-1:]]
        offered = any(each.offers_person for each in before)
        if reply.action in FAILURES:
            return not reply.suggestions or offered or any(map(has_failed, before))
        return offered and has_address(asked.message) and not asks(asked.message)  # it may be for the answer

    def _unanswered(self, conversation: Conversation, asked: Asked, reply: Reply) -> Turn | None:
        """The turn of a message that no entry answers, if it is about the topic before it, a person or the account."""
        message, language = asked.message, reply.language
        last = goes_on(conversation, message, self.triage.small_talk(message, surely=False))
        if last and (topic := last.reply.topic):
            return Turn(message, f"{last.standalone} {message}", self.critical.again(topic, last.standalone, language))
        if asked.only_wishes:
            return Turn(message, message, Reply(Action.HAND_OFF, language, offers_person=True))
        if not self.triage.rules.asks_of_account(message):
            return None
        of_account = self._of_account(message, language)
        offers_person = reply.offers_person or of_account.offers_person
        has_titles = reply.action is Action.CLARIFY and not of_account.suggestions
        shown = replace(reply, action=of_account.action) if has_titles else of_account
        return Turn(message, message, replace(shown, offers_person=offers_person))

    def _worded(
        self, conversation: Conversation, message: str, question: str, reply: Reply, matches: Sequence[Match]
    ) -> Reply:
        """The reply with an entry told that came first three times, or with its answer in the model's words."""
        if reply.action is Action.CLARIFY and is_likely(conversation, message, matches[0]):
            return likely(reply, matches)
        if reply.action is not Action.ANSWER or not self.composer:
            return reply
        standalone = standalone_in(conversation, message, question, self.rewriter)
        composed = self.composer.compose(standalone, [match.entry for match in matches], reply.language)
        if not composed:
            return reply
        sources = tuple(citation(entry) for entry in composed.sources)
        return replace(reply, text=composed.text, citations=sources, is_composed=True)
