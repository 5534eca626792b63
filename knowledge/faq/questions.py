"""Splits a message into questions: ``How do I reset my PIN, and what does a new card cost?`` asks two things."""

import itertools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ..retrieval.language import SENTENCE_END, language_of, simplified
from ..retrieval.lexical import content_words
from .answerability import Answerability
from .followup import points_back
from .measures import asks_measure, is_bare, is_told_by, measured_subject, names_nothing
from .question_forms import asks, is_question, is_short_question
from .search import Match, SearchResult, has_words, is_near

_ENGLISH_BREAK = re.compile(
    r"(?<=\?)\s+|,\s(?=(?:how|what|when|where|who|which|whether (?:i|we|you|it|there|they|my|the|an?))\b)"
    r"|(?:,\s*|\s)(?:and|also|plus)\s(?:also\s)?(?=(?:how|what|when|where|who|which"
    r"|whether (?:i|we|you|it|there|they|my|the|an?)|(?:can|could|do) i|(?:can|do) you|(?:is|are) there|are you"
    r"|(?:do|does|is|are|will) (?:it|they))\b)",
    re.IGNORECASE,
)
_CHINESE_BREAK = re.compile(
    r"(?:[？?，,；;。]\s*|(?<=[\u4e00-\u9fff])\s+(?=[\u4e00-\u9fff]))(?:还有|另外|以及|并且|顺便问一?下?)?"
    r"|(?:还有|另外|以及|并且|和)(?=怎么|怎样|如何|多少|能不能|可以|哪|你们)"
)
_JOINED = re.compile(r"(?:,\s*|\s)(?:and|also|plus)\s|[,，;；]|还有|另外|以及|并且|和", re.IGNORECASE)
_CIRCLED = str.maketrans({number: f" {place}. " for place, number in enumerate("①②③④⑤⑥⑦⑧", start=1)})
_NUMBER = re.compile(
    r"(?:(?<=[\s:：,，;；。？?（(–-])|(?<![\w.]))[（(]?(\d)(?:[)）、]|[.．](?!\d))\s*|(?<=[\u4e00-\u9fff])(?<!第)(\d)[)）、]\s*"
)
# Announcements of questions: 有几个问题想请教：, "my questions are:", "I would like to know".
_ANNOUNCED = re.compile(
    r"^[^:：?？]{0,60}(?:questions?|things|ask|know|tell me|wondering|问题|请教|咨询|问|知道|件事|几点)(?: (?:is|are))?"
    r"[^\w:：?？]{0,2}[:：][\s–-]*|^[^,.:：?？]{0,30}\bquestions? (?:is|are) "
    r"|^[^.:：?？]{0,40}\b(?:i(?:['’]?d| would) (?:like|love) to know"
    r"|i (?:also |just )?(?:want|need|wanted) to (?:know|ask)"
    r"|(?:can|could|would) you (?:please |also )?(?:tell me|let me know)|please (?:tell me|let me know)"
    r"|i(?:['’]?m| am| was) wondering)[,:]?\s+(?=(?:how|what|when|where|who|which|whether)\b)",
    re.IGNORECASE,
)
_COURTESY = {"help", "hi", "hello", "hey", "thanks", "thank", "你好", "您好", "谢谢"}
_WHETHER = re.compile(r"whether\b", re.IGNORECASE)
_MOST, _SEARCHED, _ANSWERED = 8, 4, 3

Search = Callable[[str], SearchResult]
"""Searches the FAQ for a question."""


def questions(message: str) -> list[str]:
    """The questions of a message, if it has two or more standalone ones; otherwise none.

    Statements and announcements of questions are left out. A question that names too little or points back stays with
    the one before it. A short one (``Where can I park?``) names enough after a sentence that ends with a question mark,
    or in a numbered list.
    """
    parts = list(itertools.dropwhile(lambda part: not content_words(part), _parts(message)))  # "how are you?"
    chinese = language_of(message) == "zh"
    whole: list[str] = []
    for part in parts[: _MOST + 1]:
        subject = measured_subject(whole[-1]) if chinese and whole and asks_measure(part) else ""
        if subject:
            whole.append(f"{subject}{part}")
        elif whole and (points_back(part) or not _stands(part, after=whole[-1])):
            whole[-1] += f" {part}"
        else:
            whole.append(part)
    return whole if len(whole) > 1 and len(parts) <= _MOST and _stands(whole[0]) else []


def joined_questions(message: str) -> list[str]:
    """The questions joined in an English message, though one may lean on another or name little; else none.

    ``When do you open and is there parking?`` has two, as has ``How much is it and can I bring my dog?``, but not
    ``How do I close my account and how long does it take?``. In Chinese what leans has no pronoun that tells.
    """
    parts: list[str] = []
    for part in [] if language_of(message) == "zh" else _parts(message):
        if parts and (names_nothing(part) or is_bare(part)):
            parts[-1] += f" and {part}"
        elif parts or content_words(part) or asks_measure(part):
            parts.append(part)
    return parts if 1 < len(parts) <= _SEARCHED else []


def wordings_joined(message: str, is_wording: Callable[[str], bool]) -> list[str]:
    """The two halves of a message, if each is a wording of an entry, whatever its form, and the whole is not."""
    if is_wording(message):
        return []
    joins = itertools.islice(_JOINED.finditer(message), _MOST)
    pairs = ([message[: join.start()].strip(), message[join.end() :].strip()] for join in joins)
    return next((pair for pair in pairs if all(map(is_wording, pair))), [])


def _parts(message: str) -> list[str]:
    """What a message asks, one after the other, without statements and courtesies."""
    text = simplified(message.translate(_CIRCLED))
    sentences = (_ANNOUNCED.sub("", sentence.strip()) for sentence in _numbered(text) or SENTENCE_END.split(text))
    asking = [sentence for sentence in sentences if asks(sentence) or _WHETHER.match(sentence)]
    split = itertools.chain(*map((_CHINESE_BREAK if language_of(text) == "zh" else _ENGLISH_BREAK).split, asking))
    return [part for part in map(str.strip, split) if part and not _says_nothing(part)]


def _says_nothing(part: str) -> bool:
    """Whether it only opens or ends a message: ``can you help me?``."""
    said = set(content_words(part))
    return bool(said) and said <= _COURTESY


def _numbered(text: str) -> list[str]:
    """The items after 1, 2 and so on as questions, with the text before them; none if one of them does not ask."""
    places = [(int(found[1] or found[2]), found.start(), found.end()) for found in _NUMBER.finditer(text)]
    if len(places) < 2 or [number for number, *_ in places] != list(range(1, len(places) + 1)):
        return []
    ends = [*(start for _, start, _ in places[1:]), len(text)]
    items = [text[begin:end].strip(" \n，,；;") for (_, _, begin), end in zip(places, ends, strict=True)]
    each = [item if item.endswith(("?", "？")) else f"{item.rstrip('.。')}?" for item in items]
    return [text[: places[0][1]], *each] if all(map(asks, items)) else []


def _stands(part: str, *, after: str = "?") -> bool:
    if _WHETHER.match(part):
        return len(content_words(part)) > 1
    return is_question(part) or (after.endswith("?") and is_short_question(part))


@dataclass(frozen=True, slots=True)
class Apart:
    """Answers to the questions of a message; no entry occurs twice.

    Attributes:
        answers: up to three; that of the whole message comes first unless each question has a surer one.
        titles: entries that may answer others.
        left: the questions that neither answers.
    """

    answers: tuple[Match, ...]
    titles: tuple[Match, ...]
    left: tuple[str, ...]


def answered_apart(parts: Sequence[str], whole: SearchResult, search: Search) -> Apart | None:
    """Answers a message with several questions; None unless the whole or the first to name anything finds an answer.

    Args:
        parts: its :func:`questions` or :func:`joined_questions`.
        whole: the result for the whole message.
        search: searches for one question.
    """
    each = [search(part) for part in parts[:_SEARCHED]]
    # A later question does not answer for the first one, unless that names nothing: "how much is it".
    named = next((one for part, one in zip(parts, each, strict=False) if not is_bare(part)), whole)
    if not each or Answerability.ANSWERABLE not in (whole.answerability, named.answerability):
        return None
    near = {match.entry.id for match in whole.matches[:3]}
    are_surer = all(
        one.answerability is Answerability.ANSWERABLE and one.chances.right > whole.chances.right for one in each
    )
    is_whole = whole.answerability is Answerability.ANSWERABLE and not are_surer
    first = (whole if is_whole else named).matches[0]
    answers, titles, left = {first.entry.id: first}, dict[str, Match](), list[str]()
    for part, result in zip(parts, each, strict=False):
        match = result.matches[0]
        if result.answerability is Answerability.UNSURE:  # entries near to the whole message are more likely meant
            match = next((one for one in result.matches if one.entry.id in near), match)
        id = match.entry.id
        fits = result.answerability is not Answerability.UNANSWERABLE and (id in near or has_words(match.entry, part))
        fits = fits or are_surer
        if result.answerability is Answerability.UNSURE:
            # An answer to another question does not fit this one, unless it answers the whole or has its words.
            is_other = id in answers and not is_whole and not has_words(match.entry, part)
            fits = fits and is_near(result.question, match.entry) and not is_other
        if fits and result.answerability is Answerability.ANSWERABLE and len(answers) < _ANSWERED:
            answers.setdefault(id, match)
        elif fits or result.answerability is Answerability.ANSWERABLE:
            titles.setdefault(id, match)
        elif not (
            has_words(first.entry, part) or is_told_by(part, first.entry.answer) or (is_whole and points_back(part))
        ):
            left.append(part)
    others = tuple(match for id, match in titles.items() if id not in answers)
    return Apart(tuple(answers.values()), others, (*left, *parts[_SEARCHED:]))


def of_parts(parts: Sequence[str], whole: SearchResult, search: Search) -> SearchResult:
    """The result for the whole message; without an answer, the first title of each of its questions comes first."""
    found = [search(part) for part in parts[:_SEARCHED]]
    found = [one for one in found if one.answerability is not Answerability.UNANSWERABLE]
    if whole.answerability is Answerability.ANSWERABLE or not found:
        return whole
    others = whole if whole.answerability is Answerability.UNSURE else found[0]
    by_id: dict[str, Match] = {}
    for match in (*(one.matches[0] for one in found if is_near(one.question, one.matches[0].entry)), *others.matches):
        by_id.setdefault(match.entry.id, match)
    return replace(others, matches=tuple(by_id.values()), answerability=Answerability.UNSURE)
