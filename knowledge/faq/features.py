"""What speaks for an entry as the answer to a question."""

import itertools
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from core.files import replacing
from core.threads import one_numpy_thread

from ..retrieval.cross_encoder import Reranker
from ..retrieval.dense import ABSENT, Rows
from ..retrieval.embed import Vectors
from ..retrieval.fuse import Matrix, choose_weights, means_of_best, mixed, of_entries
from ..retrieval.language import Language, simplified
from ..retrieval.lexical import LexicalIndex, content_words, words
from .answerability import Chances, Examples, Thresholds, beside_judge, chances, shipped
from .cohesion import NEAREST, cohesion
from .learnt import Learnt, lead, learn, learn_if_worth_it
from .readers import Reader
from .regime import Answers, Wordings, regime
from .texts import Texts

_log = logging.getLogger(__name__)

Mask = npt.NDArray[np.bool_]

_LEXICAL, _SENTENCES = 0.2, 0.5  # weights beside the first model's, which is 1
_LEARNT, _SENTENCES_BESIDE_LEARNT = 1.0, 1.0
_CHOICES = (0.0, 0.1, 0.2, 0.3, 0.5)
_JUDGED, _UNJUDGED = 4, -10.0  # entries that are judged; log-odds of the others
_JUDGE, _JUDGE_AFTER = 0.8, 0.4  # weight of the log-odds beside the mix, and where the judge comes last

_ALL_UP_TO, _HITS, _CANDIDATES = 500, 200, 40
_OWN_WORDINGS, _FEWEST_WORDINGS = 400, 60
_FOLDS = 5  # of the own wordings
_SEARCHES, _SLOW_SEARCHES = 10_000, 1_500  # for them; slow where texts are many, or are judged
_MANY_WORDINGS, _PLENTY = 8, 12  # an entry, where there is no head; where there is one
_LEAD_OF = NEAREST.index(5)
_UNKNOWN = dict.fromkeys(("sentence", "sentence_lead", "judged", "judged_lead"), 0.0)
_NONE = Examples(np.empty((0, 0)), np.empty(0, np.bool_), np.empty(0, np.bool_))
RECIPE = "18"
"""Names what is learnt from a library's wordings; another one when features or their use change."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """What a question finds.

    Attributes:
        entries: numbers of the entries that were compared, ``[n]``.
        scores: what each retriever says, ``[retrievers, n]``: the models, the words, the sentences of answers and
            what many wordings taught, where there are some.
        fused: the mix, ``[n]``.
        order: places in ``entries``, best first.
        best_rows: the text of each entry that is nearest to the question, ``[n]``.
        features: of the best one, by the names in :data:`knowledge.faq.answerability.FEATURES`; those of what was
            learnt only where something was.
        is_tie: the texts nearest to the question of the best two entries have the same words.
    """

    entries: Rows
    scores: Matrix
    fused: Matrix
    order: Rows
    best_rows: Rows
    features: Mapping[str, float]
    is_tie: bool


@dataclass(frozen=True, slots=True)
class _Compared:
    """Entries and their texts, compared with a question.

    Attributes:
        entries: numbers of the entries, ``[n]``.
        rows: all their texts, entry by entry, ``[texts]``.
        starts: where the texts of each entry begin in ``rows``, and their end, ``[n + 1]``.
        by_text: scores of the models and the words, ``[retrievers, texts]``; :data:`ABSENT` for hidden texts.
        scores: as in :class:`Ranking`.
    """

    entries: Rows
    rows: Rows
    starts: Rows
    by_text: Matrix
    scores: Matrix

    def texts_of(self, place: int) -> slice:
        """Where the texts of the entry at a place are in ``rows``."""
        return slice(self.starts[place], self.starts[place + 1])

    @property
    def best_rows(self) -> Rows:
        """The text of each entry that the first model finds nearest to the question, ``[n]``."""
        spans = [self.texts_of(place) for place in range(len(self.entries))]
        return np.asarray([self.rows[span][self.by_text[0, span].argmax()] for span in spans])


class View:
    """A library as questions in one language see it.

    Args:
        texts: the library's; kept as ``texts``.
        language: of the questions.
        readers: from :func:`.readers.readers`, or :func:`.readers.reader_across` alone.
        lexical: over all texts.
        cache: folder for what is made once.
    """

    def __init__(
        self, texts: Texts, language: Language, readers: Sequence[Reader], lexical: LexicalIndex, cache: Path
    ) -> None:
        self.texts, self._language, self._lexical = texts, language, lexical
        self._dense, self._shares = [reader.retriever for reader in readers], [reader.share for reader in readers]
        # Where only the model that finds across languages is asked, texts of the language are as good as any.
        own = texts.rows_in(language) if len(readers) > 1 else np.empty(0, np.int64)
        self._wordings = own[texts.is_wording[own]]
        owners = texts.owners[self._wordings]
        self._own_entries = len(np.unique(owners))
        self._several = self._wordings[np.bincount(owners, minlength=len(texts.ids))[owners] > 1]
        self._learnt = self._learn_from_all(owners, cache) if self._can_adjust else None
        by_regime = partial(regime, language, self._amount, has_judge=readers[0].judge is not None)
        most = by_regime("sentences")  # if even then nothing reads them, none are made
        make = readers[0].sentences if most.sentences or most.judge else None
        self._sentences = make() if make else None
        answers: Answers = "none" if not self._sentences else "sentences" if self._sentences.are_told else "names"
        self._regime = by_regime(answers)
        self._judge = readers[0].judge if self._regime.judge else None
        self._judge_weight = _JUDGE_AFTER if self._regime.after else _JUDGE
        self._compared = self._sentences if self._regime.sentences else None
        of_sentences = _SENTENCES_BESIDE_LEARNT if self._learnt else _SENTENCES
        self._weights = (*(reader.weight for reader in readers), _LEXICAL, *([of_sentences] if self._compared else []))
        self._cohesion = [
            cohesion(retriever, self._wordings, owners, texts.starts) for retriever in (self._dense[0], self._dense[-1])
        ]
        self.fit = shipped(language, self._regime.calibrator)
        self._fit_after = shipped(language, self._regime.after) if self._regime.after else None
        self.fit_in_context = shipped(language, self._regime.in_context)

    @property
    def _amount(self) -> Wordings:
        """How many wordings there are in the language of the questions."""
        if not len(self._wordings):
            return "none"
        if not self._learnt:
            return "few"
        return "plenty" if len(self._wordings) >= _PLENTY * self._own_entries else "many"

    @property
    def thresholds(self) -> Thresholds:
        """What decides by :meth:`chances`."""
        return (self._fit_after or self.fit).thresholds

    def chances(self, ranking: Ranking) -> Chances:
        """What is likely of a question that :meth:`rank` compared."""
        likely = chances(self.fit, ranking.features)
        return chances(self._fit_after, beside_judge(ranking.features, likely)) if self._fit_after else likely

    @property
    def _can_adjust(self) -> bool:
        """Whether there are wordings enough to see what is usual here."""
        return len(self._several) >= _FEWEST_WORDINGS and len(self.texts.ids) > 2

    @property
    def _adjusts(self) -> bool:
        """Whether what is likely is adjusted: with one of few wordings hidden, an entry is another one."""
        return bool(self._learnt) or len(self._several) >= _MANY_WORDINGS * self._own_entries

    def _learn_from_all(self, owners: Rows, cache: Path) -> Learnt | None:
        vectors, entries = self._side_by_side(self._wordings), len(self.texts.ids)
        return learn_if_worth_it(vectors, owners, entries, cache)

    def rank(self, question: str) -> Ranking:
        """Compares a question with the entries."""
        question = simplified(question)
        queries = [retriever.embedder.encode([question])[0] for retriever in self._dense]
        return self._rank(question, queries, self._learnt, judge=self._judge)

    def learn(self, kept: Path) -> None:
        """Chooses the weights and adjusts what is likely, by wordings whose entry has others.

        A library with too few of them stays with what is shipped. Where there is no head, few wordings an entry choose
        weights only: with one of them hidden the library knows its questions less well than it will know the
        customers'.

        Args:
            kept: file for what was learnt.
        """
        if not self._can_adjust:
            return
        try:
            with np.load(kept, allow_pickle=False) as arrays:
                examples = Examples(arrays["features"], arrays["covered"], arrays["right"])
                weights = tuple(arrays["weights"].tolist())
            if len(weights) != len(self._weights):
                raise ValueError("learnt with other retrievers")
            self._weights = weights
        except (OSError, ValueError, EOFError, KeyError, BadZipFile):  # absent, or cut short when the machine went down
            _log.info("Learning from %d wordings (%s), once for these entries", len(self._wordings), self._language)
            chosen = np.random.default_rng(0).permutation(self._several)[:_OWN_WORDINGS]
            self._weights = self._choose_weights(chosen)
            examples = self._own_examples() if self._adjusts else _NONE
            with replacing(kept) as partial, partial.open("wb") as file:
                np.savez(file, allow_pickle=False, weights=self._weights, **asdict(examples))
        if self._adjusts:
            self.fit = (self.fit.rescaled(examples) if self._learnt else self.fit).adjusted(examples)

    def _choose_weights(self, wordings: Rows) -> tuple[float, ...]:
        rankings = []
        hidden = np.zeros(len(self.texts.texts), np.bool_)
        with one_numpy_thread():
            for row in wordings:
                hidden[row] = True
                ranking = self._rank_wording(row, hidden)  # not judged: it is the retrievers that are weighed
                hidden[row] = False
                place = np.flatnonzero(ranking.entries == self.texts.owners[row])
                if place.size:
                    rankings.append((ranking.scores, int(place[0])))
        return choose_weights(rankings, self._weights, [(1.0,), *[_CHOICES] * (len(self._weights) - 1)])

    def _own_examples(self) -> Examples:
        """Searches for wordings of a fold's entries, of which the library has none, and for its hidden wordings."""
        chance, owners = np.random.default_rng(0), self.texts.owners[self._wordings]
        entry_fold = chance.permutation(len(self.texts.ids)) % _FOLDS
        shuffled = chance.permutation(len(owners))
        by_entry = shuffled[np.argsort(owners[shuffled], kind="stable")]
        fold = np.empty(len(owners), np.int64)
        fold[by_entry] = (np.arange(len(owners)) + entry_fold[owners[by_entry]]) % _FOLDS
        several = np.bincount(owners, minlength=len(self.texts.ids))[owners] > 1
        judge = None if self._fit_after else self._judge  # which weighs in afterwards there
        most = (_SEARCHES if self._learnt and not judge else _SLOW_SEARCHES) // (2 * _FOLDS)
        features, covered, right = [], [], []
        for number in range(_FOLDS):
            is_near = entry_fold[owners] == number
            is_hidden = ~is_near & several & (fold == number)
            hidden = entry_fold[self.texts.owners] == number
            hidden[self._wordings[is_hidden]] = True
            learnt = self._learnt_without(hidden) if self._learnt else None
            for there, some in ((False, is_near), (True, is_hidden)):
                with one_numpy_thread():
                    for row in chance.permutation(self._wordings[some])[:most]:
                        ranking = self._rank_wording(row, hidden, learnt, judge)
                        features.append([ranking.features[name] for name in self.fit.names])
                        covered.append(there)
                        right.append(bool(ranking.entries[ranking.order[0]] == self.texts.owners[row]))
        return Examples(np.asarray(features), np.asarray(covered), np.asarray(right))

    def _learnt_without(self, hidden: Mask) -> Learnt:
        rows = self._wordings[~hidden[self._wordings]]
        vectors, owners, entries = self._side_by_side(rows), self.texts.owners[rows], len(self.texts.ids)
        return learn(vectors, owners, entries)

    def _rank_wording(
        self, row: int, hidden: Mask, learnt: Learnt | None = None, judge: Reranker | None = None
    ) -> Ranking:
        queries = [retriever.vectors[np.searchsorted(retriever.known, row)] for retriever in self._dense]
        return self._rank(self.texts.texts[row], queries, learnt, hidden, judge)

    def _rank(
        self,
        question: str,
        queries: Sequence[Vectors],
        learnt: Learnt | None,
        hidden: Mask | None = None,
        judge: Reranker | None = None,
    ) -> Ranking:
        compared = self._compare(question, queries, learnt, hidden)
        fused = mixed(compared.scores, (*self._weights, _LEARNT, _LEARNT) if learnt else self._weights)
        judged = None
        if judge:
            fused, judged = self._judged(judge, question, queries[0], compared, fused)
        order = np.argsort(-fused, kind="stable")
        place = int(order[0])
        features = {
            **self._dense_features(compared, place),
            **self._word_features(question, compared, place, hidden),
        }
        if self._compared:
            sentences = compared.scores[len(self._dense) + 1]
            features |= {"sentence": float(sentences[place]), "sentence_lead": lead(sentences, place)}
        if judged is not None:
            name = "read" if self._regime.after else "judged"
            features |= {name: float(judged[place]), f"{name}_lead": lead(judged, place)}
        if learnt:
            of_learnt = learnt.features(compared.scores[-2:], self._joined(queries), compared.entries, place)
            features = {**_UNKNOWN, **features, **of_learnt}
        best_rows = compared.best_rows
        is_tie = len(order) > 1 and self._lexical.same_words(*best_rows[order[:2]].tolist())
        return Ranking(compared.entries, compared.scores, fused, order, best_rows, features, is_tie)

    def _compare(
        self, question: str, queries: Sequence[Vectors], learnt: Learnt | None, hidden: Mask | None
    ) -> _Compared:
        lexical = self._lexical.scores(words(question))
        entries = self._candidates(queries, lexical, hidden)
        rows = self.texts.rows_of(entries)
        similar = [retriever.scores(query, rows) for retriever, query in zip(self._dense, queries, strict=True)]
        by_text = np.stack([*similar, lexical[rows]])
        if hidden is not None:
            by_text[:, hidden[rows]] = ABSENT
        sizes = self.texts.starts[entries + 1] - self.texts.starts[entries]
        starts = np.cumsum([0, *sizes])
        scores = of_entries(by_text, starts[:-1])
        if self._compared:
            scores = np.vstack([scores, self._compared.scores(queries[0], entries, otherwise=scores[0])])
        if learnt:
            scores = np.vstack([scores, learnt.scores(self._joined(queries), entries)])
        return _Compared(entries, rows, starts, by_text, scores)

    def _judged(
        self, judge: Reranker, question: str, query: Vectors, compared: _Compared, fused: Matrix
    ) -> tuple[Matrix, npt.NDArray[np.float64]]:
        """The mix after the judge has read the few best entries, and its log-odds; both ``[n]``."""
        fused, judged = fused.copy(), np.full(len(fused), _UNJUDGED)
        readable = np.flatnonzero(compared.scores[0] > ABSENT)
        if readable.size:
            best = readable[np.argsort(-fused[readable], kind="stable")][:_JUDGED]
            spans = [compared.texts_of(place) for place in best]
            passages = [self._passage(query, compared.by_text[0, span], compared.rows[span]) for span in spans]
            judged[best] = judge.log_odds(question, passages)
            fused[best] += self._judge_weight * (judged[best] - judged[best].max())
        return fused, judged

    def _passage(self, query: Vectors, likeness: Matrix, rows: Rows) -> str:
        """What an entry is judged by: its nearest wording, and what its answer tells nearest to the question."""
        wording = rows[np.where(self.texts.is_wording[rows], likeness, ABSENT).argmax()]
        sentence = self._sentences.nearest(query, int(self.texts.owners[wording])) if self._sentences else ""
        return f"{self.texts.texts[wording]} {sentence}".rstrip()

    def _candidates(self, queries: Sequence[Vectors], lexical: Matrix, hidden: Mask | None) -> Rows:
        if len(self.texts.ids) <= _ALL_UP_TO:
            chosen = np.arange(len(self.texts.ids))
        else:
            most = min(_HITS, len(lexical))
            hits = [retriever.nearest(query, most) for retriever, query in zip(self._dense, queries, strict=True)]
            hits.append(np.argpartition(-lexical, most - 1)[:most])
            hits[-1] = hits[-1][np.argsort(-lexical[hits[-1]], kind="stable")]
            firsts = [list(dict.fromkeys(self.texts.owners[rows].tolist()))[:_CANDIDATES] for rows in hits]
            chosen = np.unique(np.asarray(list(itertools.chain(*firsts)), np.int64))
        if hidden is not None:
            all_of_it = self.texts.starts[chosen + 1] - self.texts.starts[chosen]
            hidden_of_it = np.bincount(self.texts.owners, hidden, minlength=len(self.texts.ids))[chosen]
            chosen = chosen[all_of_it > hidden_of_it]
        return chosen

    def _dense_features(self, compared: _Compared, place: int) -> dict[str, float]:
        found: dict[str, float] = {}
        dense = len(self._dense)
        for number, (name, retriever) in enumerate((("main", 0), ("other", dense - 1))):
            means = means_of_best(compared.by_text[retriever], compared.starts[:-1], NEAREST)
            own = means[:, place] - self._cohesion[number][:, compared.entries[place]]
            found |= {f"{name}_{count}": float(mean) for count, mean in zip(NEAREST, own, strict=True)}
            found[f"{name}_lead"] = lead(means[_LEAD_OF], place)
        found["agreement"] = float((compared.scores[: dense + 1].argmax(1) == place).mean())
        return found

    def _word_features(self, question: str, compared: _Compared, place: int, hidden: Mask | None) -> dict[str, float]:
        lexical, rows = compared.scores[len(self._dense)], compared.rows[compared.texts_of(place)]
        shown = rows if hidden is None else rows[~hidden[rows]]
        asked = {word: self._lexical.idf(word) for word in content_words(question)}
        present = self._lexical.in_any(asked, shown)
        total = sum(asked.values())
        covered = sum(weight for word, weight in asked.items() if word in present)
        return {
            "lexical_best": float(lexical[place]),
            "lexical_lead": lead(lexical, place),
            "covered": covered / total if total else 0.5,
        }

    def _side_by_side(self, rows: Rows) -> Vectors:
        return self._joined([retriever.vectors[np.searchsorted(retriever.known, rows)] for retriever in self._dense])

    def _joined(self, vectors: Sequence[Vectors]) -> Vectors:
        """The models' vectors as one."""
        shares = np.asarray(self._shares, np.float32)
        return np.concatenate([share * part for share, part in zip(shares, vectors, strict=True)], axis=-1)
