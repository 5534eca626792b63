"""Answers a company's customers from its FAQ."""

import copy
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from knowledge.faq.answer_tests import A_PERSON, MUST_NOT_ANSWER, SIGN_IN, on_topic
from knowledge.faq.answerability import Answerability
from knowledge.faq.chosen_title import chosen
from knowledge.faq.critical_topics import DANGER, CriticalTopics, Topic
from knowledge.faq.dialogue_acts import Act, DialogueActs
from knowledge.faq.live import ServedFaq
from knowledge.faq.question_forms import asks, endings
from knowledge.faq.questions import joined_questions, of_parts, questions, wordings_joined
from knowledge.faq.search import Match, SearchResult, asks_alike, is_near
from knowledge.faq.wish import split_at_wish
from knowledge.privacy import mask
from knowledge.retrieval.embed import Embedder
from knowledge.retrieval.language import Language, is_foreign

from .asked import Asked
from .company import Company
from .compose import Composer
from .context import corrected, find_in_context, goes_on, is_likely, is_unclear, rejects, told_on
from .conversation import Conversation, Reply, Turn, checked, has_declined, has_failed, language_in
from .policy import FAILURES, Action
from .replies import as_written, citation, from_matches, from_search, likely, of_several, scores_of, to_small_talk
from .rewrite import Rewriter, standalone_in
from .words import opening_times, still_holds

_INSTEAD = {Action.HAND_OFF: A_PERSON, Action.SIGN_IN: SIGN_IN}  # how answer tests call it
_MAY_BE_GRAVE = ("declined", "resolved", "waiting")  # "I'll do it", to a text on self-harm
_ADDRESS = re.compile(r"\[(?:email|phone)\]")  # as it is masked
_NEAR_A_TOPIC = 50  # entries among which the one about a topic is looked for


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
        self._composer, self._rewriter = composer, rewriter
        self._current = current
        self._critical, self._acts = critical, acts
        self.embedder = multilingual
        # By the rules alone, as an import tells; it takes a millisecond each.
        self._taken_by = functools.lru_cache(100_000)(lambda wording: critical.topic_by_rules(wording, company.topics))

    @property
    def library(self) -> ServedFaq:
        """The FAQ as it is now."""
        return self._current()

    def _of_one_moment(self) -> "SupportService":
        """The same with the FAQ as it is now, so that a request is never answered from two versions."""
        library, same = self._current(), copy.copy(self)
        same._current = lambda: library
        return same

    def reply(self, conversation: Conversation, message: str) -> Reply:
        """Answers a message and remembers the turn. Personal data in the message is masked first.

        Raises:
            InputFormatError: the message is empty.
            InputTooLargeError: it has more than :data:`~.conversation.MAX_MESSAGE` characters.
        """
        turn = self._of_one_moment()._turn(conversation, checked(message))
        conversation.add(turn)
        return turn.reply

    def _turn(self, conversation: Conversation, message: str) -> Turn:
        before = conversation.turns[-1].reply if conversation.turns else None
        title = chosen(message, before.suggestions) if before else None
        taken = self._chosen(conversation, title or message)
        offered = before is not None and before.offers_person
        message = mask(message)
        talk = self._act(conversation, message)
        language = language_in(conversation, message)
        action, topic = (None, None) if talk else self.before_search(title or self._said(conversation, message))
        if action and before and before.topic in DANGER and self._acts.act_of(message, offered=True) == "declined":
            topic = before.topic  # who would rather not call is told again
        if offered and self._leaves_address(message):  # the form takes it, the chat does not
            talk, action = None, action or Action.HAND_OFF
        if taken:
            turn = Turn(message, title or message, replace(taken, topic=topic, offers_person=topic is not None))
        elif talk:
            turn = Turn(message, message, to_small_talk(talk, language))
        elif topic:
            turn = Turn(message, message, self._told_topic(conversation, topic, message, language))
        elif action is Action.SIGN_IN:
            turn = Turn(message, message, self._of_account(message, language))
        elif action:
            turn = Turn(message, message, Reply(action, language, offers_person=True))
        else:
            turn = self._searched(conversation, message, language)
        return replace(turn, reply=as_written(self.company, conversation, message, turn.reply))

    def before_search(self, message: str) -> tuple[Action | None, Topic | None]:
        """What is done with a message instead of a search, and what a critical one is about; None twice for most."""
        told, wish = split_at_wish(message, self._critical, self._acts)
        topic = self._topic_beside_wish(message, told or wish) if wish else self.topic_of(message)
        if topic:
            return Action.CRITICAL, topic
        if wish and not told:
            return Action.HAND_OFF, None
        return Action.SIGN_IN if self._critical.concerns_account(message) else None, None

    def _topic_beside_wish(self, message: str, told: str) -> Topic | None:
        """By meaning, that of what is told: the wish behind it is easily taken for despair, or for a complaint."""
        if topic := self._critical.topic_by_rules(message, self.company.topics):
            return topic
        topic = self.topic_of(told)
        return None if topic == "complaint" else topic

    def instead_of_search(self, message: str) -> str | None:
        """The same as answer tests call it; None where the chat searches."""
        if self.small_talk(message):
            return MUST_NOT_ANSWER
        action, topic = self.before_search(message)
        return on_topic(topic) if topic else _INSTEAD[action] if action else None

    def small_talk(
        self, message: str, *, offered: bool = False, first: bool = False, surely: bool = True
    ) -> Act | None:
        """What a message does that asks and tells nothing; see :meth:`DialogueActs.act_of`.

        A wish for a person is none, nor is what a rule knows for something else, nor a wording or a title's word.
        """
        topic = self._critical.topic_by_rules(message, self.company.topics)
        if topic or self.library.is_own(message) or self._critical.asks_to_reach(message):
            return None
        _, wish = split_at_wish(message, self._critical, self._acts)
        return None if wish else self._acts.act_of(message, offered=offered, first=first, surely=surely)

    def topic_of(self, message: str) -> Topic | None:
        """The gravest critical topic of a message whose personal data is masked, of those that the company has."""
        return self._critical.topic_of(message, self.company.topics)

    def critical_text(self, topic: Topic, language: Language) -> str:
        """The vetted text on a topic, the company's own where it has one, with the telephone for it."""
        text = self._critical.texts[topic][language].replace("{phone}", self.company.phone_for(topic))
        return self.company.text_on(topic, language) or text

    def on_topic(self, topic: Topic, message: str, language: Language) -> Reply:
        """The vetted text on a topic, the company's entry about it, and the one that answers what is asked besides.

        The entry about it is told whole: its wordings are taken by the topic, so that nobody gets it who asks them.
        """
        text = self.critical_text(topic, language)
        reply = Reply(Action.CRITICAL, language, text, language, topic=topic, offers_person=True)
        library = self.library
        about = self._about(library, topic, message, language)
        if topic not in DANGER:
            ends = [end for end in endings(message) if not self.small_talk(end) and not self.before_search(end)[0]]
            reply = self._with_entry(library, reply, [*ends, message] if asks(message) else ends, but=about)
        if not about:
            return reply
        scores, cited = (*reply.scores, *scores_of([about])), (citation(about.entry),)
        return replace(reply, citations=cited, scores=scores, library_version=library.version)

    def _told_topic(self, conversation: Conversation, topic: Topic, message: str, language: Language) -> Reply:
        """The text on a topic; where it was told, and nobody is in danger, that it holds, and what is nearest."""
        reply, before = self.on_topic(topic, message, language), told_on(conversation, topic)
        if topic in DANGER or not before:
            return reply
        told = conversation.turns[-1].told
        new = tuple(each for each in reply.citations if each.id not in told)
        reply = replace(reply, text=still_holds(self.company, topic, language), citations=new)
        if topic != "complaint" or reply.suggestions or new:  # other topics are the matter itself
            return reply
        library = self.library
        found = library.search(message, language=language, before=before.standalone)
        best = found.matches[0]
        is_found = found.answerability is not Answerability.UNANSWERABLE and best.entry.id not in told
        if not is_found or not is_near(f"{before.standalone} {message}", best.entry):
            return reply
        return replace(
            reply, suggestions=(best.entry.title,), scores=scores_of([best]), library_version=library.version
        )

    def _again(self, topic: Topic, said: str, language: Language) -> Reply:
        """In danger what was told on a topic once more; else that it holds."""
        if topic in DANGER:
            return self.on_topic(topic, said, language)
        text = still_holds(self.company, topic, language)
        return Reply(Action.CRITICAL, language, text, language, topic=topic, offers_person=True)

    def _about(self, library: ServedFaq, topic: Topic, message: str, language: Language) -> Match | None:
        """The entry about a topic that fits a message best.

        A rule takes one of its wordings, and it is the answer or found by the same rule: what to do about gas is wrong
        where there are sparks. Or it is the answer, and only the message's meaning tells of an emergency: "my pot
        exploded". Except in danger, a text of the company's own says what it has to say.
        """
        own = self.company.critical.get(topic)
        if topic not in DANGER and own and own.text:
            return None
        found = library.search(message, _NEAR_A_TOPIC, language=language)
        answer = found.matches[:1] if found.answerability is Answerability.ANSWERABLE else ()
        rules = self._critical.rules_of(topic, message)
        by_meaning = topic == "emergency" and not rules
        for match in found.matches:
            taken = [wording for wording in match.entry.questions if self._taken_by(wording) == topic]
            is_same = any(rules & self._critical.rules_of(topic, wording) for wording in taken)
            if is_same or (match in answer and (taken or by_meaning)):
                return match
        return None

    def _of_account(self, message: str, language: Language) -> Reply:
        """Where that is done, and the entry that says how; where there is no such place, a person or that entry."""
        reply = self._with_entry(self.library, Reply(Action.SIGN_IN, language), [message])
        return replace(reply, offers_person=not (self.company.sign_in or reply.suggestions))

    def _reached(self, message: str, result: SearchResult, language: Language, version: str) -> Reply | None:
        """How and when the company is reached, if that is asked and no entry tells; one that may tell stands beside.

        To be called is what answers on many subjects say: an entry tells how only if it is asked in words like these.
        """
        asks_hours, best = self._critical.asks_hours(message), result.matches[:1]
        is_answered = result.answerability is Answerability.ANSWERABLE
        is_alike = any(asks_alike(message, match.entry) for match in best)
        if is_answered and (asks_hours or is_alike):
            return None
        if not self._critical.asks_to_reach(message):
            return None
        reply = Reply(Action.HAND_OFF, language, library_version=version, offers_person=True)
        if asks_hours:
            reply = replace(reply, text=opening_times(self.company, language), text_language=language)
        if is_answered or (is_alike and result.answerability is Answerability.UNSURE):
            reply = replace(reply, suggestions=(best[0].entry.title,), scores=scores_of(best))
        return reply

    def _with_entry(self, library: ServedFaq, reply: Reply, asked: Sequence[str], but: Match | None = None) -> Reply:
        """A reply that offers the entry, but one, which answers the first of these questions that any answers."""
        for question in asked:
            found = library.search(question, language=reply.language)
            if found.answerability is Answerability.ANSWERABLE and not (but and found.matches[0].entry == but.entry):
                titles, scores = (found.matches[0].entry.title,), scores_of(found.matches[:1])
                return replace(reply, suggestions=titles, scores=scores, library_version=library.version)
        return reply

    def _chosen(self, conversation: Conversation, message: str) -> Reply | None:
        """The entry of a suggestion that the customer took, whatever its title might be taken for."""
        library = self.library
        for reply in (turn.reply for turn in reversed(conversation.turns) if message in turn.reply.suggestions):
            id, score = reply.scores[reply.suggestions.index(message)]
            entries = {entry.language: entry for entry in library.entries if entry.id == id}
            if entries:
                entry = entries.get(reply.language) or next(iter(entries.values()))
                match = Match(entry, score)
                return from_matches(Action.ANSWER, reply.language, [match], library.version)
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
        asked = self._asked(library, message)
        question, result = find_in_context(library, conversation, asked.text, language)
        question = message if question == asked.text else question
        overriding = self._topic_or_talk(conversation, message, question, result.answerability, language)
        overriding = overriding or self._reached(message, result, language, library.version)
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

    def _asked(self, library: ServedFaq, message: str) -> Asked:
        parts = wordings_joined(message, library.is_wording) or questions(message) or joined_questions(message)
        instead = tuple(self.before_search(part)[0] for part in parts)
        return Asked(message, tuple(parts), instead, *split_at_wish(message, self._critical, self._acts))

    def _topic_or_talk(
        self, conversation: Conversation, message: str, question: str, found: Answerability, language: Language
    ) -> Reply | None:
        """The reply on a topic of what a message continues; if nothing answers, to small talk or another language."""
        if question != message and (topic := self._topic_of_joined(conversation, question)):
            return self.on_topic(topic, message, language)
        if found is Answerability.ANSWERABLE:
            return None
        if is_foreign(message):
            return to_small_talk("foreign", language)
        if question == message and is_unclear(conversation, message):
            return to_small_talk("unclear", language)
        act = self._act(conversation, message, surely=False)
        return to_small_talk(act, language) if act else None

    def _offers_person(self, conversation: Conversation, asked: Asked, reply: Reply) -> bool:
        """Whether a reply offers a person: one is asked for, or the customer gets no further and has not declined."""
        rests = (self.before_search(rest)[0] for rest in endings(asked.message))
        if Action.HAND_OFF in (*asked.instead, *rests):
            return True
        if has_declined(conversation):
            return False
        before = [turn.reply for turn in conversation.turns[-1:]]
        offered = any(each.offers_person for each in before)
        if reply.action in FAILURES:
            return not reply.suggestions or offered or any(map(has_failed, before))
        return offered and bool(_ADDRESS.search(asked.message)) and not asks(asked.message)  # it may be for the answer

    def _unanswered(self, conversation: Conversation, asked: Asked, reply: Reply) -> Turn | None:
        """The turn of a message that no entry answers, if it is about the topic before it, a person or the account."""
        message, language = asked.message, reply.language
        last = goes_on(conversation, message, self.small_talk(message, surely=False))
        if last and (topic := last.reply.topic):
            return Turn(message, f"{last.standalone} {message}", self._again(topic, last.standalone, language))
        if asked.only_wishes:
            return Turn(message, message, Reply(Action.HAND_OFF, language, offers_person=True))
        if not self._critical.asks_of_account(message):
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
        if reply.action is not Action.ANSWER or not self._composer:
            return reply
        standalone = standalone_in(conversation, message, question, self._rewriter)
        composed = self._composer.compose(standalone, [match.entry for match in matches], reply.language)
        if not composed:
            return reply
        sources = tuple(citation(entry) for entry in composed.sources)
        return replace(reply, text=composed.text, citations=sources, is_composed=True)

    def _said(self, conversation: Conversation, message: str) -> str:
        """What is read for its topic: of a correction that no rule tells of, what it wants instead.

        What follows a text on a topic is read whole: it was not him who died, but her.
        """
        if any(turn.reply.topic for turn in conversation.turns[-1:]):
            return message
        right = corrected(conversation, message)
        return message if not right or self._critical.topic_by_rules(message, self.company.topics) else right.wanted

    def _act(self, conversation: Conversation, message: str, *, surely: bool = True) -> Act | None:
        """What a message does after what was said; little after a text on a topic, least after one on danger."""
        before = conversation.turns[-1].reply if conversation.turns else None
        offered = before is not None and before.offers_person
        first = all(turn.reply.small_talk == "greeting" for turn in conversation.turns)
        act = self.small_talk(message, offered=offered, first=first, surely=surely)
        is_grave = before and before.topic in DANGER and (act in _MAY_BE_GRAVE or not surely)
        is_detail = before and before.topic and act == "details"
        return None if is_grave or is_detail or rejects(conversation, message) else act

    def _leaves_address(self, message: str) -> bool:
        """Whether a message that takes the offer of a person, or asks nothing, has an address for the answer."""
        act = self.small_talk(message, offered=True, surely=False) if _ADDRESS.search(message) else None
        return act not in (None, "declined")

    def _topic_of_joined(self, conversation: Conversation, question: str) -> Topic | None:
        """The topic of a message with what it continues, unless that was seen to already: ``it got nicked``."""
        seen = any(turn.reply.topic for turn in conversation.turns)
        return None if seen else self._critical.topic_by_rules(question, self.company.topics)
