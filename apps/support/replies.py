"""Replies made from search results, or to messages that ask nothing."""

from collections.abc import Sequence
from dataclasses import replace

from knowledge.faq.answerability import Answerability
from knowledge.faq.live import ServedFaq
from knowledge.faq.questions import Search, answered_apart
from knowledge.faq.search import Match, SearchResult, is_near
from knowledge.faq.sources import Entry
from knowledge.privacy import without_masks
from knowledge.retrieval.language import Language, traditional

from .company import Company
from .conversation import Citation, Conversation, Reply, SmallTalk, each_answered, reads_traditional
from .policy import ACTIONS, FAILURES, Action

_OFFERS_PERSON = ("machine", "unhelpful", "details", "foreign")


def to_small_talk(act: SmallTalk, language: Language) -> Reply:
    """The reply to a message that asks nothing; a yes or a wish for a person gets the hand-off."""
    if act in ("yes", "person"):
        return Reply(Action.HAND_OFF, language, offers_person=True)
    return Reply(Action.GREET, language, small_talk=act, offers_person=act in _OFFERS_PERSON)


def from_matches(action: Action, language: Language, matches: Sequence[Match], version: str) -> Reply:
    """The answer of the best match, or the titles of the first three that may be meant."""
    reply = Reply(action, language, library_version=version, scores=scores_of(matches[:3]))
    if action is Action.ANSWER:
        entry = matches[0].entry
        return replace(reply, text=entry.answer, text_language=entry.language, citations=(citation(entry),))
    return replace(reply, suggestions=tuple(match.entry.title for match in matches[:3]))


def from_search(question: str, result: SearchResult, language: Language, version: str) -> Reply:
    """The answer of what is found, or titles; neither if the first three have no word of the question.

    Args:
        question: as asked, in its own characters.
    """
    action = ACTIONS[result.answerability]
    named = f"{without_masks(question)} {result.question}"  # with mistyped words as they were meant
    if action in FAILURES and not any(is_near(named, match.entry) for match in result.matches[:3]):
        return replace(from_matches(Action.ABSTAIN, language, result.matches, version), suggestions=())
    return from_matches(action, language, result.matches, version)


def likely(reply: Reply, matches: Sequence[Match]) -> Reply:
    """The entry of the first title, given as what may be meant, with the other titles below."""
    answer = from_matches(Action.ANSWER, reply.language, matches, reply.library_version)
    scores = (*reply.scores[1:], *reply.scores[:1])  # in the order of the titles
    answer = replace(answer, suggestions=reply.suggestions[1:], scores=scores)
    return replace(answer, is_likely=True, offers_person=reply.offers_person)


def of_several(
    parts: Sequence[str], whole: SearchResult, search: Search, language: Language, version: str
) -> Reply | None:
    """The reply to several questions in one message: answers, titles for others, and what is left."""
    apart = answered_apart(parts, whole, search)
    if not apart:
        return None
    reply = from_matches(Action.ANSWER, language, apart.answers, version)
    same = [match for match in apart.answers if match.entry.language == reply.text_language]
    offered = [*(match for match in apart.answers if match not in same), *apart.titles]
    if len(same) > 1:
        cited = tuple(citation(match.entry) for match in same)
        reply = replace(reply, text=each_answered(cited), citations=cited)
    titles, scores = tuple(match.entry.title for match in offered), (*scores_of(offered), *scores_of(same))
    return replace(reply, suggestions=titles, scores=scores, left_open=apart.left)


def with_entry(library: ServedFaq, reply: Reply, asked: Sequence[str], but: Match | None = None) -> Reply:
    """A reply that offers the entry, but one, which answers the first of these questions that any answers."""
    for question in asked:
        found = library.search(question, language=reply.language)
        if found.answerability is Answerability.ANSWERABLE and not (but and found.matches[0].entry == but.entry):
            titles, scores = (found.matches[0].entry.title,), scores_of(found.matches[:1])
            return replace(reply, suggestions=titles, scores=scores, library_version=library.version)
    return reply


def as_written(company: Company, conversation: Conversation, message: str, reply: Reply) -> Reply:
    """The reply in the characters of the message, traditional or simplified; the company's texts stay as they are."""
    if reply.language != "zh" or not reads_traditional(conversation, message):
        return reply
    is_own = reply.topic is not None and reply.text == company.text_on(reply.topic, "zh")
    stays = reply.action is Action.ANSWER or is_own
    return replace(reply, is_traditional=True, text=reply.text if stays else traditional(reply.text))


def scores_of(matches: Sequence[Match]) -> tuple[tuple[str, float], ...]:
    """The ids and scores of entries."""
    return tuple((match.entry.id, round(match.score, 4)) for match in matches)


def citation(entry: Entry) -> Citation:
    """An entry as the source of a reply."""
    return Citation(entry.id, entry.title, entry.answer, str(entry.link or ""), entry.updated)
