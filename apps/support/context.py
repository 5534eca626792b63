"""Search in context: a message continues an earlier question, or corrects it."""

import itertools
from dataclasses import replace

from knowledge.faq.answerability import Answerability
from knowledge.faq.correction import Correction, correction
from knowledge.faq.critical_topics import Topic
from knowledge.faq.dialogue_acts import Act
from knowledge.faq.followup import is_follow_up, is_fragment, is_whole, points_back
from knowledge.faq.live import ServedFaq
from knowledge.faq.measures import asks_measure, is_bare, is_measured_by, is_told_by, names_nothing
from knowledge.faq.questions import questions
from knowledge.faq.search import Match, SearchResult, asks_alike
from knowledge.faq.sources import Entry
from knowledge.faq.wording import bare
from knowledge.retrieval.language import Language, language_of

from .conversation import Conversation, Turn
from .policy import Action

_NO_SUBJECT = {Action.GREET, Action.HAND_OFF}
"""Messages after such a reply do not continue what was said before it."""

_ENDS = ("thanks", "resolved", "goodbye")  # a customer who says this is done with what was asked


def find_in_context(
    library: ServedFaq, conversation: Conversation, message: str, language: Language
) -> tuple[str, SearchResult]:
    """The question as searched for, and the result.

    For a correction, what it wants is searched for, replacing what it rejects if the previous question contains that.
    It is never answered with the entry just given, unless it asks how much or how long and that entry says so.
    """
    right = corrected(conversation, message)
    if not right:
        return _in_context(library, conversation, message, language)
    question = right.of(_question_before(library, conversation, message))
    if question:
        result = library.search(question, language=language)
    else:
        question, result = _in_context(library, conversation, right.wanted, language)
    entry = _told(library, conversation, language)
    if entry and is_told_by(right.wanted, entry.answer):
        return question, result
    answers = [turn.reply for turn in asked_before(conversation)[-1:] if turn.reply.action is Action.ANSWER]
    return question, _set_back(result, {citation.id for reply in answers for citation in reply.citations})


def is_likely(conversation: Conversation, message: str, best: Match) -> bool:
    """Whether the first title also came first in both previous replies, so that it should be the answer.

    False for one answered before, however long ago, and for a message that names nothing or is a correction.
    """
    offered = [turn.reply for turn in conversation.turns[-2:] if turn.reply.action is Action.CLARIFY]
    came_first = [id for reply in offered for id, _ in reply.scores[:1]]
    if came_first != [best.entry.id] * 2 or best.entry.id in conversation.turns[-1].told:
        return False
    return not names_nothing(message) and not corrected(conversation, message)


def is_unclear(conversation: Conversation, message: str) -> bool:
    """Whether a message names nothing and has nothing to continue, so that the customer is asked, once, of what."""
    return names_nothing(message) and not asked_before(conversation)


def told_on(conversation: Conversation, topic: Topic) -> Turn | None:
    """The last turn in which the text on a topic was given."""
    turns = (turn for turn in reversed(conversation.turns) if turn.reply.topic == topic)
    return next((turn for turn in turns if turn.reply.action is Action.CRITICAL), None)


def goes_on(conversation: Conversation, message: str, act: Act | None) -> Turn | None:
    """The last turn, if it gave the text on a topic and the message asks what to do or gives details for it."""
    last = [turn for turn in asked_before(conversation)[-1:] if turn.reply.action is Action.CRITICAL]
    return last[0] if last and (names_nothing(message) or act == "details") else None


def asked_before(conversation: Conversation) -> list[Turn]:
    """The turns that a message may continue."""
    return [
        turn
        for turn in conversation.turns
        if turn.reply.action not in _NO_SUBJECT or turn.reply.small_talk == "unclear"
    ]


def corrected(conversation: Conversation, message: str) -> Correction | None:
    """How a message corrects the last answer or offer, or itself; None if it does not."""
    said = [
        text
        for turn in asked_before(conversation)[-1:]
        for text in (turn.standalone, *(each.title for each in turn.reply.citations), *turn.reply.suggestions)
    ]
    return correction(message, " ".join(said))


def rejects(conversation: Conversation, message: str) -> bool:
    """Whether a message names what it does not mean, of what was said: it is no mere thanks then."""
    right = corrected(conversation, message)
    return right is not None and bool(right.rejected)


def _in_context(
    library: ServedFaq, conversation: Conversation, message: str, language: Language
) -> tuple[str, SearchResult]:
    """Searches for a message that may continue the last question.

    The search uses that question as context, except for several questions or a complete one that finds an answer by
    itself. A message that names nothing ("how long?") is searched for only together with that question and answered
    only by an entry that says just that, first of all the entry just given. After a follow-up to that question ("and
    for the router?") it gets titles.
    """
    before = "" if questions(message) else _question_before(library, conversation, message)
    told = _told(library, conversation, language)
    if before and told and is_told_by(message, told.answer):
        together = library.search(f"{before} {message}", language=language)
        return f"{before} {message}", _answered_by(together, told)
    bare_words = is_bare(message)
    whole = is_whole(message) and not bare_words
    if not before or whole or bare_words:
        alone = library.search(message, language=language)
        answers = alone.answerability is Answerability.ANSWERABLE
        is_wording = alone.chances.right == 1
        if not before or (answers and (is_wording or (whole and _names(message, alone.matches[0].entry)))):
            return message, alone
    if bare_words:
        if since := _leant_since(conversation):
            found = library.search(f"{since.question} {message}", language=language, before=before)
            return f"{since.standalone} {message}", _as_titles(found)
        together = library.search(f"{before} {message}", language=language)
        return f"{before} {message}", _measured(together, message, _offered_first(conversation))
    result = library.search(message, language=language, before=before)
    leans = is_follow_up(message) or (result.leans and result.answerability is not Answerability.UNANSWERABLE)
    return f"{before} {message}" if leans else message, result


def _names(message: str, entry: Entry) -> bool:
    """Whether a complete question shares a word with an entry's, if in its language: ``money back`` may not."""
    return entry.language != language_of(message) or asks_alike(message, entry)


def _not_done(conversation: Conversation, message: str) -> list[Turn]:
    """The turns that a message may continue: those since the last thanks, unless its words need an earlier one."""
    if names_nothing(message) or asks_measure(message) or points_back(message) or is_follow_up(message):
        return asked_before(conversation)
    since = itertools.takewhile(lambda turn: turn.reply.small_talk not in _ENDS, reversed(conversation.turns))
    return asked_before(Conversation([*since][::-1]))


def _set_back(result: SearchResult, told: set[str]) -> SearchResult:
    """The result without an entry just given as the answer; it comes third among the titles."""
    others = [match for match in result.matches if match.entry.id not in told]
    same = [match for match in result.matches if match.entry.id in told]
    ordered = replace(result, matches=(*others[:2], *same, *others[2:]))
    return _as_titles(ordered) if same and result.matches[0] in same else ordered


def _as_titles(result: SearchResult) -> SearchResult:
    """The result with titles in place of an answer."""
    is_answer = result.answerability is Answerability.ANSWERABLE
    return replace(result, answerability=Answerability.UNSURE) if is_answer else result


def _measured(result: SearchResult, message: str, offered: str) -> SearchResult:
    """The result, with titles unless the answer says how much or how long, which is all that is asked.

    Args:
        offered: the entry whose title came first just before, if any: what names nothing does not tell of another one.
    """
    best = result.matches[0].entry
    return result if is_measured_by(message, best.answer) and offered in ("", best.id) else _as_titles(result)


def _offered_first(conversation: Conversation) -> str:
    """The id of the entry whose title came first, if the last reply gave titles."""
    offered = (turn.reply for turn in asked_before(conversation)[-1:] if turn.reply.action is Action.CLARIFY)
    return next((id for reply in offered for id, _ in reply.scores[:1]), "")


def _answered_by(result: SearchResult, entry: Entry) -> SearchResult:
    """The result with this entry as the answer."""
    others = [match for match in result.matches if match.entry.id != entry.id]
    best = Match(entry, result.matches[0].score)
    return replace(result, matches=(best, *others), answerability=Answerability.ANSWERABLE)


def _told(library: ServedFaq, conversation: Conversation, language: Language) -> Entry | None:
    """The single entry that answered the last question, in this language if the FAQ has it."""
    for reply in (turn.reply for turn in asked_before(conversation)[-1:]):
        if reply.action is Action.ANSWER and len(reply.citations) == 1:
            entries = {entry.language: entry for entry in library.entries if entry.id == reply.citations[0].id}
            return entries.get(language) or next(iter(entries.values()), None)
    return None


def _leant_since(conversation: Conversation) -> Turn | None:
    """The last follow-up to the last complete question that names something."""
    leant = itertools.takewhile(lambda turn: not turn.stood_alone, reversed(asked_before(conversation)))
    return next((turn for turn in leant if not is_bare(turn.question) and not asks_measure(turn.question)), None)


def _question_before(library: ServedFaq, conversation: Conversation, message: str) -> str:
    """The last question that stood alone; empty if there is none, or if the customer was done with it.

    Fragments that found nothing do not count, nor does the message itself, repeated. A question in another language
    than the message is replaced by the title of the entry that it found.
    """
    whole = [turn for turn in _not_done(conversation, message) if turn.stood_alone]
    whole = [turn for turn in whole if turn.reply.action is not Action.ABSTAIN or not is_fragment(turn.question)]
    if not whole or bare(whole[-1].standalone) == bare(message):
        return ""
    question, language = whole[-1].standalone, language_of(message)
    if language_of(question) == language:
        return question
    reply = whole[-1].reply
    found = [citation.id for citation in reply.citations[:1]] or [id for id, _ in reply.scores[:1]]
    titles = (entry.title for entry in library.entries if entry.id in found and entry.language == language)
    return next(titles, question)
