"""Answers compared sentence by sentence, with embedders that count words."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from word_models import entry, library, models

from knowledge.faq import texts
from knowledge.faq.answerability import FEATURES, Kind, shipped
from knowledge.faq.features import View
from knowledge.faq.readers import readers
from knowledge.faq.texts import AnswerSentences, Texts
from knowledge.retrieval.language import Language
from knowledge.retrieval.lexical import LexicalIndex

DETAIL = "pin abroad today"
OF_OTHER_THINGS = "Early bird seats are sold while meals cost more on holidays near."
LONG = entry("long", "en", "travel", answer=f"{OF_OTHER_THINGS} Your pin works abroad today.")
OTHERS = [entry(name, "en", name, answer=f"Ask about {name}.") for name in ("loan", "fee", "limit", "parking", "gift")]


def test_a_detail_of_an_answer_finds_its_entry(tmp_path: Path) -> None:
    title = entry("title", "en", "pin", answer="Choose one.")  # nearer than the long answer as a whole
    found = library(tmp_path, LONG, title, *OTHERS).search(DETAIL)
    assert [match.entry.id for match in found.matches[:2]] == ["long", "title"]


def test_best_sentence_of_each_entry_counts(tmp_path: Path) -> None:
    searched = Texts([LONG, *OTHERS])
    embedder = models().english
    parts = AnswerSentences.of(searched, embedder, np.arange(len(searched.texts)), hub_share=0.0, cache=tmp_path)
    assert parts is not None
    query = embedder.encode(["your pin works abroad today"])[0]
    scores = parts.scores(query, np.asarray([2, 0]), otherwise=np.zeros(2, np.float32))
    assert scores[1] == pytest.approx(1, abs=1e-3)
    assert scores[0] < 0.5


def test_an_entry_without_sentences_keeps_its_score(tmp_path: Path) -> None:
    """And so does a library of such entries."""
    silent = entry("silent", "en", "a", answer="...")
    embedder = models().english
    searched = Texts([silent, LONG])
    parts = AnswerSentences.of(searched, embedder, np.arange(len(searched.texts)), hub_share=0.0, cache=tmp_path)
    assert parts is not None
    otherwise = np.asarray([0.25, 0.25], np.float32)
    scores = parts.scores(embedder.encode(["pin works"])[0], np.asarray([0, 1]), otherwise=otherwise)
    assert scores[0] == 0.25 < scores[1]
    assert AnswerSentences.of(Texts([silent]), embedder, np.arange(2), hub_share=0.0, cache=tmp_path) is None


def test_no_more_than_forty_sentences_of_an_answer_count(tmp_path: Path) -> None:
    answer = " ".join([*["We sell more."] * 40, "Your pin works abroad."])
    searched = Texts([entry("long", "en", "travel", answer=answer)])
    embedder = models().english
    parts = AnswerSentences.of(searched, embedder, np.arange(2), hub_share=0.0, cache=tmp_path)
    assert parts is not None
    query = embedder.encode(["your pin works abroad"])[0]
    assert parts.scores(query, np.asarray([0]), otherwise=np.zeros(1, np.float32))[0] < 0.5


@pytest.mark.parametrize(
    ("language", "of_entries", "wordings", "kind"),
    [("en", "en", 1, "sentences"), ("zh", "zh", 1, "sentences"), ("zh", "en", 1, "across"), ("en", "en", 5, "many")],
)
def test_what_a_question_is_judged_by(
    tmp_path: Path, language: Language, of_entries: str, wordings: int, kind: Kind
) -> None:
    """Sentences count for questions in the language of the answers."""
    entries = [
        entry(f"e{number}", of_entries, *(f"topic {number} {word}" for word in "abcde"[:wordings]))
        for number in range(12)
    ]
    searched = Texts(entries)
    asked = readers(searched, models(), tmp_path)[language]
    view = View(searched, language, asked, LexicalIndex(searched.texts), tmp_path)
    assert view.fit.names == FEATURES[kind]
    assert view.fit.thresholds == shipped(language, kind).thresholds
    assert set(view.rank("topic 1 a").features) == set(FEATURES[kind])


def test_what_was_learnt_with_other_retrievers_is_learnt_anew(tmp_path: Path) -> None:
    entries = [entry(f"e{number}", "en", *(f"topic {number} {word}" for word in "abc")) for number in range(20)]
    searched, kept = Texts(entries), tmp_path / "learnt.npz"
    asked = readers(searched, models(), tmp_path)["en"]
    without = tuple(replace(reader, sentences=None) for reader in asked)
    for some in (without, asked):
        view = View(searched, "en", some, LexicalIndex(searched.texts), tmp_path)
        view.learn(kept)
        assert view.rank("topic 1 a").entries.size


def test_a_library_of_thousands_has_no_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts, "_SENTENCES_UP_TO", 5)
    searched = Texts([LONG, *OTHERS])
    rows = np.arange(len(searched.texts))
    assert AnswerSentences.of(searched, models().english, rows, hub_share=0.0, cache=tmp_path) is None
