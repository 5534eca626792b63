"""Finds the entries of an FAQ that answer a question."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from pathlib import Path

from core.threads import one_thread

from ..privacy import without_masks
from ..retrieval.embed import Embedders
from ..retrieval.language import HAN, Language, language_of, simplified
from ..retrieval.lexical import LexicalIndex, content_words, words
from ..retrieval.spelling import Spelling
from .answerability import Answerability, Chances, Thresholds, chances, decide
from .features import RECIPE, View
from .in_context import rank_in_context
from .organisations import asks_of_another
from .readers import reader_across, readers
from .sources import Entry
from .texts import Texts
from .wording import bare, without_opening, words_alone

_ENGLISH = re.compile("[A-Za-z]{2}")
# The models cannot distinguish emoji or words in other scripts.
_TOLD_APART = re.compile(rf"[A-Za-zÀ-ɏ\d]|{HAN.pattern}")
_DAY = {"today", "tonight", "now", "今天", "今日", "今晚", "现在"}
# How something is asked, not what. The stop words have none of these: the calibrators were fitted without them.
_ASKING = {
    "much", "many", "没有", "有没有", "不", "不会", "会不会", "能不能", "是不是", "怎么办", "多少", "哪", "哪里", "那",
    "这", "还", "还有", "很", "被", "想", "问",
}  # fmt: skip
_USUAL = 0.1  # share of an entry's wordings
_NEAR = 3  # ranks among all entries down to which one in another language is considered
_ONE_OF_TWO = 0.5
"""Maximum probability of either of two indistinguishable entries, so that the customer is asked."""


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that may answer a question.

    Attributes:
        entry: in the requested language if the FAQ has it, otherwise in the language that matched.
        score: how far it stands out among the entries, in standard deviations; comparable only within one search.
    """

    entry: Entry
    score: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The entries that may answer a question, best first, and whether the best one does.

    Attributes:
        question: as searched for: in simplified characters, with mistyped words corrected, without a greeting or an
            "also" before it, and without the marks of personal data.
        chances: calibrated probabilities that the library answers the question and that the first match does; both 1
            if the question is a wording of that entry and of no other.
        answerability: the same as one of three bands, which decides the reply; questions about another organisation
            are never answerable.
        thresholds: the limits of these bands; None if nothing was searched.
        leans: the question depends on the one before it: alone it finds another entry, or is not sure enough.
    """

    question: str
    matches: tuple[Match, ...]
    chances: Chances
    answerability: Answerability
    thresholds: Thresholds | None = None
    leans: bool = False


class FaqSearch:
    """A searchable FAQ.

    Questions are compared with texts in their language by a model that separates near neighbours in it; with texts in
    all languages by a multilingual model, so that a Chinese question also finds an English entry; and with both by
    words (BM25). The three scores are mixed with weights chosen by the library's own wordings. Each wording and each
    answer is a text; unless wordings are plenty, the answer's sentences count as well. Mistyped English words are
    corrected. A question that is a wording of exactly one entry finds it.

    If some entries exist only in the other language, all are also searched by their texts in that language (in the
    question's if they have no others): for every Chinese question, and for English ones that nothing answers. An entry
    that lacks the question's language may answer if it comes first there; if it is near, its title is shown too.

    Args:
        entries: from :func:`knowledge.faq.sources.read_faq`.
        embedders: the embedding models.
        cache: folder for vectors, indexes and weights.
        names: of the company; questions about another organisation are not for its FAQ.
        everyday: English words by which :class:`~knowledge.retrieval.spelling.Spelling` recognises mistyped ones.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        *,
        embedders: Embedders,
        cache: Path,
        names: Collection[str] = (),
        everyday: Collection[str] = (),
    ) -> None:
        self.entries = tuple(entries)
        self.version = _digest(self.entries)
        self._translation = {(entry.id, entry.language): entry for entry in self.entries}
        texts = Texts(self.entries)
        asked, lexical = readers(texts, embedders, cache), LexicalIndex(texts.texts)
        with one_thread():  # as fast for such small products, even while processors are busy
            self._views = {language: View(texts, language, asked[language], lexical, cache) for language in asked}
            for language, view in self._views.items():
                view.learn(cache / f"{self.version}-{language}-{RECIPE}.npz")
            self._elsewhere: dict[Language, _Elsewhere | None] = {
                "en": _Elsewhere.of(self.entries, "en", embedders, cache),
                "zh": _Elsewhere.of(self.entries, "zh", embedders, cache),
            }
        self._spelling = Spelling(texts.texts, everyday)
        self._own = [*(simplified(name) for name in names), *texts.texts]
        self._by_wording = by_wording(self.entries)
        self._wordings = {bare(simplified(wording)) for entry in self.entries for wording in entry.questions}
        self._title_words = {word for entry in self.entries for word in content_words(entry.title)}
        self._words_alone = {words_alone(wording) for wording in self._wordings}

    def search(self, question: str, k: int = 5, *, language: Language | None = None, before: str = "") -> SearchResult:
        """Searches for the ``k`` (at least 2) best entries, best first, each id once.

        Args:
            language: of the entries returned, where available: the customer's, who may have begun in another one.
                None means the question's.
            before: the previous question, on which it may depend.
        """
        asked = language_of(question)
        shown = language or asked
        meant, before = self._as_meant(question), self._as_meant(before)
        found = _find(self._views[asked], meant, before, k)
        plain = bare(simplified(question))
        own = self._by_wording.get(plain)
        if own and (own.language in (asked, language) or (own.id, shown) in self._translation):
            found = _with_first(found, own)
        elif plain not in self._wordings and words_alone(plain) in self._words_alone:  # € where the FAQ has $
            found = _doubted(found)
        elsewhere = self._elsewhere[asked]
        if elsewhere and (asked == "zh" or found.answerability is not Answerability.ANSWERABLE):
            found = elsewhere.beside(found, meant, before, k)
        matches = (
            replace(match, entry=self._translation.get((match.entry.id, shown), match.entry))
            for match in found.matches[:k]
        )
        answerability = found.answerability
        whole = f"{before} {question}".lstrip()
        is_doubted = asks_of_another(whole, self._own) or not (own or _TOLD_APART.search(plain))
        if answerability is Answerability.ANSWERABLE and is_doubted:
            answerability = Answerability.UNSURE
        return SearchResult(meant, tuple(matches), found.chances, answerability, found.thresholds, found.leans)

    def is_wording(self, text: str) -> bool:
        """Whether it is a wording of exactly one entry, in any language."""
        return bare(simplified(text)) in self._by_wording

    def is_word(self, text: str) -> bool:
        """Whether it is a single word, of a title: ``parking``, but not ``[phone]``, which stands for personal data."""
        found = words(text)
        return len(found) == 1 and found[0] in self._title_words and "[" not in text

    def _as_meant(self, text: str) -> str:
        return self._spelling.corrected(without_opening(simplified(without_masks(text))))


@dataclass(frozen=True, slots=True)
class _Found:
    """The result of a view, best first."""

    matches: tuple[Match, ...]
    chances: Chances
    thresholds: Thresholds
    leans: bool = False

    @property
    def answerability(self) -> Answerability:
        return decide(self.thresholds, self.chances)


def _find(view: View, question: str, before: str, k: int) -> _Found:
    if before:
        ranking, leans = rank_in_context(view, question, before)
        likely, thresholds = chances(view.fit_in_context, ranking.features), view.fit_in_context.thresholds
    else:
        ranking, leans = view.rank(question), False
        likely, thresholds = view.chances(ranking), view.thresholds
    if ranking.is_tie:
        likely = replace(likely, right=min(likely.right, _ONE_OF_TWO))
    best = (Match(view.texts.entry_at(ranking.best_rows[at]), float(ranking.fused[at])) for at in ranking.order[:k])
    return _Found(tuple(best), likely, thresholds, leans)


def _with_first(found: _Found, entry: Entry) -> _Found:
    """The same with an entry that surely answers put first."""
    others = (match for match in found.matches if match.entry.id != entry.id)
    return replace(found, matches=(Match(entry, found.matches[0].score), *others), chances=Chances(1.0, 1.0))


def _doubted(found: _Found) -> _Found:
    """The same with a lower probability, so that the customer is asked."""
    return replace(found, chances=replace(found.chances, right=min(found.chances.right, _ONE_OF_TWO)))


def _beside(found: _Found, others: _Found, untranslated: Sequence[Match]) -> _Found:
    """The first result, if it answers and is not doubted; or the other, if it answers; or the titles of both, in turn.

    Wordings in the question's language are nearer to it than any text in the other one, whatever they say. So an
    answer is doubted if an entry without such wordings ranks before it in the other language.

    Args:
        untranslated: those among the first of ``others`` that lack the question's language; at least one.
    """
    best = untranslated[0].entry.id
    leads = others.matches[0].entry.id == best
    if leads and best != found.matches[0].entry.id and found.chances.right < 1:
        found = _doubted(found)
    if found.answerability is Answerability.ANSWERABLE or others.answerability is Answerability.UNANSWERABLE:
        return found
    if leads and others.answerability is Answerability.ANSWERABLE:
        return others
    has_titles = found.answerability is Answerability.UNSURE
    turns = zip_longest(found.matches, untranslated) if has_titles else zip_longest(untranslated, found.matches)
    by_id: dict[str, Match] = {}
    for match in filter(None, chain.from_iterable(turns)):
        by_id.setdefault(match.entry.id, match)
    return replace(found if has_titles else _doubted(others), matches=tuple(by_id.values()))


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """A library for questions in one language, searched by its texts in the other one.

    Attributes:
        whole: all entries; those only in the question's language with their texts in it.
        alone: the entries that lack the question's language.
        lacking: their ids.
    """

    whole: View
    alone: View
    lacking: Collection[str]

    @classmethod
    def of(cls, entries: Sequence[Entry], asked: Language, embedders: Embedders, cache: Path) -> "_Elsewhere | None":
        """None unless some entries exist only in the other language, and some do not."""
        own, other = ({each.id for each in entries if (each.language == asked) is is_own} for is_own in (True, False))
        if not own or other <= own:
            return None

        def view(some: Iterable[Entry]) -> View:
            texts = Texts(tuple(some))
            return View(texts, asked, [reader_across(texts, embedders, cache)], LexicalIndex(texts.texts), cache)

        whole = view(each for each in entries if each.language != asked or each.id not in other)
        return cls(whole, view(each for each in entries if each.id not in own), other - own)

    def beside(self, found: _Found, question: str, before: str, k: int) -> _Found:
        """A result in the question's language, joined with the entries near the question that lack it."""
        other = self._find(question, before, k)
        untranslated = [match for match in other.matches[:_NEAR] if match.entry.id in self.lacking]
        return _beside(found, other, untranslated) if untranslated else found

    def _find(self, question: str, before: str, k: int) -> _Found:
        """The result among all entries, where an entry in the other language has to stand out.

        Probabilities were fitted on libraries entirely in the other language, so the first entry also counts by those
        among ``alone``.
        """
        found = _find(self.whole, question, before, k)
        if found.matches[0].entry.id not in self.lacking:
            return found
        alone = _find(self.alone, question, before, k)
        if alone.matches[0].entry.id != found.matches[0].entry.id or alone.chances.right < found.chances.right:
            return found
        return replace(found, chances=alone.chances)


def is_near(question: str, entry: Entry) -> bool:
    """Whether an entry shares a significant word with the question.

    A word of one wording among many, such as a place, does not count, nor does the day of the question. An entry in
    another language counts without a word in common, as does any if a Chinese question contains English. A Chinese word
    also shares one that is a character of it: 能带 and 带.
    """
    if not _TOLD_APART.search(simplified(question)):
        return False
    if entry.language != language_of(question) or (entry.language == "zh" and _ENGLISH.search(question)):
        return True
    of_wordings = Counter(word for wording in entry.questions for word in content_words(wording))
    usual = (word for word, count in of_wordings.items() if count >= _USUAL * len(entry.questions))
    own = {*content_words(f"{entry.title} {entry.answer}"), *usual} - _ASKING
    asked = set(content_words(question)) - _DAY - _ASKING
    return not (own.isdisjoint(asked) and _characters(own).isdisjoint(asked) and own.isdisjoint(_characters(asked)))


def _characters(of: Iterable[str]) -> set[str]:
    """The characters of Chinese words that say something by themselves."""
    return {*content_words(" ".join(HAN.findall(" ".join(of))))} - _ASKING


def asks_alike(question: str, entry: Entry) -> bool:
    """Whether a wording of an entry has a content word of the question other than a day."""
    of_wordings = (word for wording in entry.questions for word in content_words(wording))
    return not (set(content_words(question)) - _DAY).isdisjoint(of_wordings)


def has_words(entry: Entry, text: str) -> bool:
    """Whether an entry has all content words of a text, and there are any."""
    words = set(content_words(text))
    return bool(words) and words.issubset(content_words(" ".join([*entry.questions, entry.answer])))


def by_wording(entries: Iterable[Entry]) -> dict[str, Entry]:
    """The entry of each wording that only one has; keys are :func:`~.wording.bare`, in simplified characters."""
    owners = defaultdict[str, dict[str, Entry]](dict)
    for entry in entries:
        for wording in entry.questions:
            owners[bare(simplified(wording))].setdefault(entry.id, entry)
    return {text: next(iter(those.values())) for text, those in owners.items() if len(those) == 1}


def _digest(entries: Sequence[Entry]) -> str:
    """A digest that identifies exactly these entries, in any order."""
    lines = sorted(entry.model_dump_json() for entry in entries)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]
