"""Answers a company's customers from its FAQ."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from knowledge.domains import support_prompts
from knowledge.faq.answer_tests import A_PERSON, MUST_NOT_ANSWER, SIGN_IN, on_topic
from knowledge.faq.answerability import Answerability
from knowledge.faq.chosen_title import by_place
from knowledge.faq.critical_topics import DANGER, CriticalTopics, Topic
from knowledge.faq.followup import (
    asks,
    endings,
    is_follow_up,
    is_fragment,
    is_measured_by,
    is_whole,
    said_anew,
    standalone,
)
from knowledge.faq.live import ServedFaq
from knowledge.faq.questions import answered_apart, questions
from knowledge.faq.search import Match, SearchResult, has_words, hold, is_near
from knowledge.faq.small_talk import SmallTalk, leaves_address, small_talk
from knowledge.faq.sources import Entry
from knowledge.privacy import mask
from knowledge.retrieval.embed import Embedder
from knowledge.retrieval.language import SENTENCE_END, Language

from .company import Company
from .compose import Composer
from .conversation import HISTORY_WINDOW, Citation, Conversation, Reply, Turn, checked, each_answered, language_in
from .phrases import GREETINGS, PERSON_REQUESTS
from .policy import ACTIONS, FAILURES, Action
from .rewrite import Rewriter

_INSTEAD = {Action.HAND_OFF: A_PERSON, Action.SIGN_IN: SIGN_IN}  # how answer tests call it
_NO_SUBJECT = {Action.GREET, Action.HAND_OFF}  # what follows such a reply does not continue what was said before it
_GREETING_THRESHOLD, _GREETING_LENGTH = 0.8, 30
_PERSON_THRESHOLD = 0.68  # no question of the sample company that is no such request comes above 0.62


class SupportService:
    """The chatbot behind every front end. It keeps nothing itself.

    Args:
        company: whom it speaks for.
        current: gives the company's FAQ as it is now.
        critical: what must reach a person, and what only an account can tell.
        multilingual: recognises a wish for a person that no rule foresaw, in any language.
        composer: words answers where the company allows it; None gives all of them verbatim.
        rewriter: makes follow-ups standalone; None leaves it to rules.
    """

    def __init__(
        self,
        company: Company,
        current: Callable[[], ServedFaq],
        critical: CriticalTopics,
        multilingual: Embedder,
        composer: Composer | None = None,
        rewriter: Rewriter | None = None,
    ) -> None:
        self.company = company
        self._composer, self._rewriter = composer, rewriter
        self._current = current
        self.embedder = multilingual
        self._critical = critical
        self._person_requests = multilingual.encode(PERSON_REQUESTS)
        self._greetings = multilingual.encode(list(GREETINGS))

    @property
    def library(self) -> ServedFaq:
        """The FAQ as it is now. A request takes it once, and so is never answered from two versions."""
        return self._current()

    def reply(self, conversation: Conversation, message: str) -> Reply:
        """Answers a message and remembers the turn. Personal data in the message is masked first.

        Raises:
            InputFormatError: the message is empty.
            InputTooLargeError: it has more than :data:`~.conversation.MAX_MESSAGE` characters.
        """
        message = checked(message)
        before = conversation.turns[-1].reply if conversation.turns else None
        title = by_place(message, before.suggestions) if before else None
        chosen = self._chosen(conversation, title or message)
        offered = before is not None and before.offers_person
        talk = small_talk(message, offered=offered, first=before is None)
        message = mask(message)
        language = language_in(conversation, message)
        action, topic = (None, None) if talk else self.before_search(message)
        if offered and leaves_address(message):  # the form takes it, the chat does not
            action = action or Action.HAND_OFF
        if chosen:
            turn = Turn(message, title or message, replace(chosen, topic=topic, offers_person=topic is not None))
        elif talk:
            turn = Turn(message, message, _greeted(talk, language))
        elif topic:
            turn = Turn(message, message, self._on_topic(topic, message, language))
        elif action is Action.SIGN_IN:
            turn = Turn(message, message, self._of_account(message, language))
        elif action:
            turn = Turn(message, message, Reply(action, language, offers_person=True))
        else:
            turn = self._searched(conversation, message, language)
        conversation.turns, conversation.language = [*conversation.turns, turn][-HISTORY_WINDOW:], turn.reply.language
        return turn.reply

    def before_search(self, message: str) -> tuple[Action | None, Topic | None]:
        """What is done with a message instead of a search, and what a critical one is about; None twice for most."""
        if topic := self.topic_of(message):
            return Action.CRITICAL, topic
        if self._critical.wants_person(message) or self._wants_person(message):
            return Action.HAND_OFF, None
        return Action.SIGN_IN if self._critical.concerns_account(message) else None, None

    def instead_of_search(self, message: str) -> str | None:
        """The same as answer tests call it; None where the chat searches."""
        if small_talk(message):
            return MUST_NOT_ANSWER
        action, topic = self.before_search(message)
        return on_topic(topic) if topic else _INSTEAD[action] if action else None

    def topic_of(self, message: str) -> Topic | None:
        """The gravest critical topic of a message whose personal data is masked, of those that the company has."""
        return self._critical.topic_of(message, self.company.topics)

    def critical_text(self, topic: Topic, language: Language) -> str:
        """The vetted text on a topic, the company's own where it has one, with the telephone for it."""
        own = self.company.critical.get(topic)
        text = own.text[language] if own and own.text else self._critical.texts[topic][language]
        return text.replace("{phone}", own.phone if own and own.phone else self.company.phone)

    def _on_topic(self, topic: Topic, message: str, language: Language) -> Reply:
        """The vetted text on a topic, and the entry that answers what the message asks besides, or asks at all."""
        text = self.critical_text(topic, language)
        reply = Reply(Action.CRITICAL, language, text, language, topic=topic, offers_person=True)
        if topic in DANGER:
            return reply
        ends = [end for end in endings(message) if not small_talk(end) and not self.before_search(end)[0]]
        return self._with_entry(reply, [*ends, message] if asks(message) else ends)

    def _of_account(self, message: str, language: Language) -> Reply:
        """Where that is done, and the entry that says how; where there is no such place, a person or that entry."""
        reply = self._with_entry(Reply(Action.SIGN_IN, language), [message])
        return replace(reply, offers_person=not (self.company.sign_in or reply.suggestions))

    def _asks_of_account(self, message: str) -> bool:
        """Whether one sentence of several asks for what only an account can tell: ``Where's my order? It's late.``"""
        sentences = SENTENCE_END.split(message)
        return len(sentences) > 1 and any(map(self._critical.concerns_account, sentences))

    def _with_entry(self, reply: Reply, questions: Sequence[str]) -> Reply:
        """A reply that offers the entry which answers the first of these questions that any answers."""
        library = self.library
        for question in questions:
            found = library.search(question, language=reply.language)
            if found.answerability is Answerability.ANSWERABLE:
                titles, scores = (found.matches[0].entry.title,), _scores(found.matches[:1])
                return replace(reply, suggestions=titles, scores=scores, library_version=library.version)
        return reply

    def _standalone(self, message: str, conversation: Conversation) -> str:
        if not self._rewriter:
            return standalone(message, _whole_questions(conversation))
        asked = [turn for turn in conversation.turns if turn.reply.action not in _NO_SUBJECT]
        return self._rewriter.standalone(
            message, [support_prompts.Turn(turn.question, turn.reply.text) for turn in asked]
        )

    def _chosen(self, conversation: Conversation, message: str) -> Reply | None:
        """The entry of a suggestion that the customer took, whatever its title might be taken for."""
        library = self.library
        for reply in (turn.reply for turn in reversed(conversation.turns) if message in turn.reply.suggestions):
            id, score = reply.scores[reply.suggestions.index(message)]
            entries = {entry.language: entry for entry in library.entries if entry.id == id}
            if entries:
                entry = entries.get(reply.language) or next(iter(entries.values()))
                match = Match(entry, score)
                return _from_matches(Action.ANSWER, reply.language, [match], library.version)
        return None

    def _searched(self, conversation: Conversation, message: str, language: Language) -> Turn:
        library = self.library
        parts = questions(message)
        instead = [self.before_search(part)[0] for part in parts]
        others = [part for part, action in zip(parts, instead, strict=True) if action is not Action.HAND_OFF]
        said = others[0] if len(others) == 1 < len(parts) else message  # beside a wish for a person
        question, result = self._found(library, conversation, said, language)
        question = message if question == said else question
        if question != message and (topic := self._topic_of_joined(conversation, question)):
            return Turn(message, question, self._on_topic(topic, message, language))
        if result.answerability is not Answerability.ANSWERABLE and (talk := self._like_small_talk(message)):
            return Turn(message, question, _greeted(talk, language))
        if result.answerability is not Answerability.ANSWERABLE and self._critical.asks_contact(message):
            return Turn(message, question, Reply(Action.HAND_OFF, language, offers_person=True))
        searched = question == message and not any(instead)  # no search answers what is for a person or an account
        if searched and (several := self._several(library, parts, result, language)):
            return Turn(message, question, several)
        if searched and result.answerability is Answerability.UNANSWERABLE:
            result = self._of_one_part(library, parts, language) or result
        action, matches = ACTIONS[result.answerability], result.matches
        is_far = action in FAILURES and not any(is_near(result.question, match.entry) for match in matches[:3])
        action = Action.ABSTAIN if is_far else action
        before = [turn.reply for turn in conversation.turns[-1:]]
        offers_person = action in FAILURES and any(r.action in FAILURES or r.offers_person for r in before)
        offers_person |= Action.HAND_OFF in (*instead, *(self.before_search(rest)[0] for rest in endings(message)))
        if action in FAILURES and self._asks_of_account(message):
            reply = self._of_account(message, language)
            return Turn(message, message, replace(reply, offers_person=reply.offers_person or offers_person))
        reply = replace(_from_matches(action, language, matches, library.version), offers_person=offers_person)
        if is_far:
            reply = replace(reply, suggestions=())
        if action is Action.ANSWER and self._composer:
            composed = self._composer.compose(question, [match.entry for match in matches], language)
            if composed:
                sources = tuple(_citation(entry) for entry in composed.sources)
                reply = replace(reply, text=composed.text, citations=sources, is_composed=True)
        return Turn(message, question, reply)

    def _of_one_part(self, library: ServedFaq, parts: Sequence[str], language: Language) -> SearchResult | None:
        """What the first question that finds something finds: titles, since the others stay open."""
        each = (library.search(part, language=language) for part in parts)
        found = next((one for one in each if one.answerability is not Answerability.UNANSWERABLE), None)
        return found and replace(found, answerability=Answerability.UNSURE)

    def _several(
        self, library: ServedFaq, parts: Sequence[str], whole: SearchResult, language: Language
    ) -> Reply | None:
        """The reply to several questions in one message: the answers, titles for others, and what is left."""
        apart = answered_apart(parts, whole, lambda part: library.search(part, language=language))
        if not apart:
            return None
        reply = _from_matches(Action.ANSWER, language, apart.answers, library.version)
        same = [match for match in apart.answers if match.entry.language == reply.text_language]
        offered = [*(match for match in apart.answers if match not in same), *apart.titles]
        if len(same) > 1:
            cited = tuple(_citation(match.entry) for match in same)
            reply = replace(reply, text=each_answered(cited), citations=cited)
        titles, scores = tuple(match.entry.title for match in offered), (*_scores(offered), *_scores(same))
        return replace(reply, suggestions=titles, scores=scores, left_open=apart.left)

    def _found(
        self, library: ServedFaq, conversation: Conversation, message: str, language: Language
    ) -> tuple[str, SearchResult]:
        """The question as it is searched for, and what was found.

        A message that is not answered together with what was said before may be whole: it is searched for alone too.
        """
        question = self._standalone(message, conversation)
        found = library.search(question, language=language)
        if question == message:
            short = is_fragment(message)
            return self._continued(library, conversation, question, found, language) if short else (question, found)
        joined = _without_given(found, conversation, message)
        if joined.answerability is not Answerability.ANSWERABLE and self._rewriter:
            question, joined = self._as_said(library, conversation, message, (question, joined), language)
        if joined.answerability is Answerability.ANSWERABLE:
            return question, joined
        alone = library.search(message, language=language)
        whole = alone.answerability is Answerability.ANSWERABLE
        if is_follow_up(message) and not is_whole(message):  # what was said before must say the same
            whole = whole and alone.matches[0].entry.id == found.matches[0].entry.id
        elif joined.answerability is Answerability.UNANSWERABLE:
            whole = True
        return (message, alone) if whole else (question, joined)

    def _as_said(
        self,
        library: ServedFaq,
        conversation: Conversation,
        message: str,
        written: tuple[str, SearchResult],
        language: Language,
    ) -> tuple[str, SearchResult]:
        """What the model made of a follow-up, unless the customer's own words find an answer where that finds none.

        An answer that was given already is put before the titles that the model's question found.
        """
        question = standalone(message, _whole_questions(conversation))
        said = library.search(question, language=language)
        if said.answerability is not Answerability.ANSWERABLE:
            return written
        if _without_given(said, conversation, message) is said:
            return question, said
        first, others = said.matches[0], written[1].matches
        matches = (first, *(match for match in others if match.entry.id != first.entry.id))
        return written[0], replace(written[1], matches=matches, answerability=Answerability.UNSURE)

    def _continued(
        self, library: ServedFaq, conversation: Conversation, message: str, alone: SearchResult, language: Language
    ) -> tuple[str, SearchResult]:
        """A few words, with the question before them where that finds what they do not find alone.

        That is another answer, where they have none alone, or one whose entry lacks some of the words and the other has
        all. It counts also where a question finds no titles alone and some so, one of an entry with all its words.
        """
        answered = alone.answerability is Answerability.ANSWERABLE
        fits = answered and (alone.chances.right == 1 or has_words(alone.matches[0].entry, message))
        if not fits and (earlier := _whole_questions(conversation)):
            question = f"{earlier[-1]} {message}"
            found = _without_given(library.search(question, language=language), conversation, message)
            fits = not answered or has_words(found.matches[0].entry, message)
            if fits and found.answerability is Answerability.ANSWERABLE:
                return question, found
            finds_none = alone.answerability is Answerability.UNANSWERABLE is not found.answerability
            if finds_none and asks(message) and any(has_words(match.entry, message) for match in found.matches[:3]):
                return question, found
        return message, alone

    def _wants_person(self, message: str) -> bool:
        likeness = self._person_requests @ self.embedder.encode([self._critical.as_meant(message)])[0]
        return bool(likeness.max() >= _PERSON_THRESHOLD)

    def _like_small_talk(self, message: str) -> SmallTalk | None:
        """Of a message that no rule foresaw, such as ``thank yuo``."""
        if len(message) > _GREETING_LENGTH:
            return None
        likeness = self._greetings @ self.embedder.encode([message.strip(" .,!?~。，！？～")])[0]
        return list(GREETINGS.values())[int(likeness.argmax())] if likeness.max() >= _GREETING_THRESHOLD else None

    def _topic_of_joined(self, conversation: Conversation, question: str) -> Topic | None:
        """The topic of a message with what it continues, unless that was seen to already: ``it got nicked``."""
        seen = any(turn.reply.topic for turn in conversation.turns)
        return None if seen else self._critical.topic_by_rules(question, self.company.topics)


def _greeted(talk: SmallTalk, language: Language) -> Reply:
    if talk == "yes":
        return Reply(Action.HAND_OFF, language, offers_person=True)
    return Reply(Action.GREET, language, small_talk=talk, offers_person=talk in ("machine", "unhelpful"))


def _from_matches(action: Action, language: Language, matches: Sequence[Match], version: str) -> Reply:
    """The answer of the best match, or the titles of those that may be meant."""
    reply = Reply(action, language, library_version=version, scores=_scores(matches[:3]))
    if action is Action.ANSWER:
        entry = matches[0].entry
        return replace(reply, text=entry.answer, text_language=entry.language, citations=(_citation(entry),))
    return replace(reply, suggestions=tuple(match.entry.title for match in matches[:3]))


def _scores(matches: Sequence[Match]) -> tuple[tuple[str, float], ...]:
    return tuple((match.entry.id, round(match.score, 4)) for match in matches)


def _citation(entry: Entry) -> Citation:
    return Citation(entry.id, entry.title, entry.answer, str(entry.link or ""), entry.updated)


def _whole_questions(conversation: Conversation) -> list[str]:
    """What the customer asked before that leant on nothing, or the title that they picked by its place, oldest first; a
    few words that found nothing are none."""
    asked = [turn for turn in conversation.turns if turn.reply.action not in _NO_SUBJECT]
    whole = [turn for turn in asked if turn.stood_alone or turn.standalone in (c.title for c in turn.reply.citations)]
    return [
        turn.standalone for turn in whole if turn.reply.action is not Action.ABSTAIN or not is_fragment(turn.question)
    ]


def _without_given(result: SearchResult, conversation: Conversation, message: str) -> SearchResult:
    """What a follow-up finds, where that is an answer that was given before.

    It is given again if it tells how much or how long, where only that is asked, or what the follow-up names, and the
    next entry does not ask for that. Else something else is meant, or more of it: the customer chooses, first among the
    entries that have the words.
    """
    given = {citation.id for turn in conversation.turns for citation in turn.reply.citations}
    best, *others = (match.entry for match in result.matches)
    if best.id not in given:
        return result
    named, is_answer = said_anew(message), result.answerability is Answerability.ANSWERABLE
    if is_answer and is_measured_by(message, best.answer):
        return result
    if is_answer and hold([best.answer], named) and not any(hold(entry.questions, named) for entry in others[:1]):
        return result
    titles = sorted(result.matches[:3], key=lambda match: not has_words(match.entry, " ".join(named)))
    answerability = Answerability.UNSURE if is_answer else result.answerability
    return replace(result, matches=(*titles, *result.matches[3:]), answerability=answerability)
