"""Replies on critical topics: the vetted texts, and the company's entries about them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from knowledge.faq.answerability import Answerability
from knowledge.faq.critical_topics import DANGER, Topic
from knowledge.faq.live import ServedFaq
from knowledge.faq.question_forms import asks, endings
from knowledge.faq.search import Match, is_near
from knowledge.retrieval.language import Language

from .company import Company
from .context import told_on
from .conversation import Conversation, Reply
from .policy import Action
from .replies import citation, scores_of, with_entry
from .triage import Triage
from .words import still_holds

_NEAR_A_TOPIC = 50  # entries among which the one about a topic is looked for


@dataclass(frozen=True, slots=True)
class CriticalReplies:
    """Replies on critical topics, from one version of the FAQ.

    Attributes:
        triage: beside the same version.
        taken_by: the topic that a rule sees in a wording of an entry, if any.
    """

    company: Company
    library: ServedFaq
    triage: Triage
    taken_by: Callable[[str], Topic | None]

    def text(self, topic: Topic, language: Language) -> str:
        """The vetted text on a topic, the company's own where it has one, with the telephone for it."""
        text = self.triage.rules.texts[topic][language].replace("{phone}", self.company.phone_for(topic))
        return self.company.text_on(topic, language) or text

    def reply(self, topic: Topic, message: str, language: Language) -> Reply:
        """The vetted text on a topic, the company's entry about it, and the one that answers what is asked besides.

        The entry about it is told whole: its wordings are taken by the topic, so that nobody gets it who asks them.
        """
        text = self.text(topic, language)
        reply = Reply(Action.CRITICAL, language, text, language, topic=topic, offers_person=True)
        about = self._about(topic, message, language)
        if topic not in DANGER:
            ends = [end for end in endings(message) if not self.triage.instead_of_search(end)]
            reply = with_entry(self.library, reply, [*ends, message] if asks(message) else ends, but=about)
        if not about:
            return reply
        scores, cited = (*reply.scores, *scores_of([about])), (citation(about.entry),)
        return replace(reply, citations=cited, scores=scores, library_version=self.library.version)

    def in_conversation(self, conversation: Conversation, topic: Topic, message: str, language: Language) -> Reply:
        """The text on a topic; where it was told, and nobody is in danger, that it holds, and what is nearest."""
        reply, before = self.reply(topic, message, language), told_on(conversation, topic)
        if topic in DANGER or not before:
            return reply
        told = conversation.turns[-1].told
        new = tuple(each for each in reply.citations if each.id not in told)
        reply = replace(reply, text=still_holds(self.company, topic, language), citations=new)
        if topic != "complaint" or reply.suggestions or new:  # other topics are the matter itself
            return reply
        found = self.library.search(message, language=language, before=before.standalone)
        if found.answerability is Answerability.UNANSWERABLE:
            return reply
        best = found.matches[0]
        if best.entry.id in told or not is_near(f"{before.standalone} {message}", best.entry):
            return reply
        suggestions, scores = (best.entry.title,), scores_of([best])
        return replace(reply, suggestions=suggestions, scores=scores, library_version=self.library.version)

    def again(self, topic: Topic, said: str, language: Language) -> Reply:
        """In danger what was told on a topic once more; else that it holds."""
        if topic in DANGER:
            return self.reply(topic, said, language)
        text = still_holds(self.company, topic, language)
        return Reply(Action.CRITICAL, language, text, language, topic=topic, offers_person=True)

    def _about(self, topic: Topic, message: str, language: Language) -> Match | None:
        """The entry about a topic that fits a message best.

        A rule takes one of its wordings, and it is the answer or found by the same rule: what to do about gas is wrong
        where there are sparks. Or it is the answer, and only the message's meaning tells of an emergency: "my pot
        exploded". Except in danger, a text of the company's own says what it has to say.
        """
        own = self.company.critical.get(topic)
        if topic not in DANGER and own and own.text:
            return None
        found = self.library.search(message, _NEAR_A_TOPIC, language=language)
        answer = found.matches[:1] if found.answerability is Answerability.ANSWERABLE else ()
        rules = self.triage.rules.rules_of(topic, message)
        by_meaning = topic == "emergency" and not rules
        for match in found.matches:
            taken = [wording for wording in match.entry.questions if self.taken_by(wording) == topic]
            is_same = any(rules & self.triage.rules.rules_of(topic, wording) for wording in taken)
            if is_same or (match in answer and (taken or by_meaning)):
                return match
        return None
