"""The best entries of a library are read together with the question."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from word_models import entry, models

from knowledge.faq.answerability import FEATURES, Kind, shipped
from knowledge.faq.features import View
from knowledge.faq.readers import readers
from knowledge.faq.search import FaqSearch
from knowledge.faq.sources import Entry
from knowledge.faq.texts import Texts
from knowledge.retrieval.cross_encoder import LogOdds
from knowledge.retrieval.language import Language
from knowledge.retrieval.lexical import LexicalIndex

FEES = entry(
    "fees", "en", "card fee abroad", "fee of a card", answer="It is 2%. Cash costs more. The card fee abroad is 3%."
)
LOST = entry("lost", "en", "lost card", answer="Call us.")
OTHERS = [entry(f"other{number}", "en", f"subject {number}", answer=f"Thing {number}.") for number in range(9)]


class Wishes:
    """Judges by a word that a text has or has not."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.read: list[str] = []

    def log_odds(self, question: str, texts: Sequence[str]) -> LogOdds:
        self.read += texts
        return np.asarray([4.0 if self.word in text else -4.0 for text in texts], np.float32)


def judged(tmp_path: Path, judge: Wishes, *entries: Entry, language: Language = "en") -> View:
    """As questions in a language see it, which only the judge of that language reads."""
    searched = Texts(entries)
    judges = {"en": Wishes("never"), "zh": Wishes("never"), language: judge}
    embedders = models()._replace(english_judge=judges["en"], chinese_judge=judges["zh"])
    asked = readers(searched, embedders, tmp_path)[language]
    return View(searched, language, asked, LexicalIndex(searched.texts), tmp_path)


def first(view: View, question: str) -> str:
    ranking = view.rank(question)
    return view.texts.ids[ranking.entries[ranking.order[0]]]


def test_the_judge_puts_the_right_one_first(tmp_path: Path) -> None:
    entries = [FEES, LOST, *OTHERS]
    assert first(judged(tmp_path, Wishes("fee"), *entries), "card") == "fees"
    assert first(judged(tmp_path, Wishes("lost"), *entries), "card") == "lost"


def test_what_the_judge_says_tells_how_likely_an_answer_is(tmp_path: Path) -> None:
    view = judged(tmp_path, Wishes("fee"), FEES, LOST, *OTHERS)
    features = view.rank("card fee").features
    assert set(features) == set(FEATURES["judged"])
    assert view.fit.names == FEATURES["judged"]
    assert features["judged"] == 4.0
    assert features["judged_lead"] == 8.0
    assert judged(tmp_path, Wishes("?"), FEES, LOST, *OTHERS).rank("card fee").features["judged_lead"] == 0.0


def test_the_four_best_entries_are_read(tmp_path: Path) -> None:
    judge = Wishes("card")
    judged(tmp_path, judge, FEES, LOST, *OTHERS).rank("card fee")
    assert len(judge.read) == 4


def test_an_entry_is_read_by_its_nearest_wording_and_two_sentences_in_their_order(tmp_path: Path) -> None:
    judge = Wishes("card")
    judged(tmp_path, judge, FEES, LOST, *OTHERS).rank("fee of my card costs")
    assert judge.read[0] == "fee of a card Cash costs more. The card fee abroad is 3%."


def test_a_library_of_fewer_entries_than_are_read(tmp_path: Path) -> None:
    view = judged(tmp_path, Wishes("fee"), FEES)
    assert first(view, "card") == "fees"
    assert view.rank("card").features["judged_lead"] == 1.0


def test_an_entry_in_chinese_only_is_found_where_no_english_one_answers(tmp_path: Path) -> None:
    chinese = entry("transfer", "zh", "转账", answer="打开应用。")
    search = FaqSearch(
        [FEES, LOST, *OTHERS, chinese], embedders=models()._replace(english_judge=Wishes("?")), cache=tmp_path
    )
    assert "transfer" in [match.entry.id for match in search.search("transfer").matches]


@pytest.mark.parametrize(
    ("language", "of_entries", "wordings", "answer", "kind", "reads"),
    [
        ("zh", "zh", "a", "Answer.", "judged", True),
        ("zh", "en", "a", "Answer.", "across", False),
        ("en", "en", "abcdef", "Answer.", "many", True),
        ("zh", "zh", "abcdef", "Answer.", "many", False),  # it would take too long
        ("en", "en", "abcdefghijklm", "Answer", "many", False),  # the name of an intent tells nothing
    ],
)
def test_who_is_read(
    tmp_path: Path, language: Language, of_entries: str, wordings: str, answer: str, kind: Kind, reads: bool
) -> None:
    judge = Wishes("card")
    entries = [
        entry(f"e{n}", of_entries, *(f"topic {n} {word} 卡" for word in wordings), answer=answer) for n in range(12)
    ]
    view = judged(tmp_path, judge, *entries, language=language)
    assert view.fit.names == FEATURES[kind]
    assert view.thresholds == view.fit.thresholds
    assert set(view.rank("topic 1 a").features) == set(FEATURES[kind])
    assert len(judge.read) == (4 if reads else 0)


def plenty(tmp_path: Path, judge: Wishes, answer: str = "Sorry. It costs 3%.") -> View:
    """A library of thirteen wordings an entry."""
    names = ("boat", "card", "door", "fish", "goat", "hand")
    entries = [entry(name, "en", *(f"{name} {word}" for word in "abcdefghijklm"), answer=answer) for name in names]
    return judged(tmp_path, judge, *entries)


def test_where_wordings_are_plenty_the_judge_weighs_in_beside_what_they_taught(tmp_path: Path) -> None:
    for_it, against_it = (plenty(tmp_path, Wishes(word)) for word in ("fish", "goat"))
    for view in (for_it, against_it):
        view.learn(tmp_path / "kept.npz")
        assert view.fit.names == FEATURES["many"]
        assert view.thresholds == shipped("en", "read").thresholds
    likely, unlikely = for_it.rank("fish b"), against_it.rank("fish b")
    assert set(likely.features) == {*FEATURES["many"], "read", "read_lead"}
    assert likely.features["judged"] == 0.0
    assert likely.features["read"] == 4.0
    assert for_it.chances(likely).right > against_it.chances(unlikely).right


def test_plenty_of_wordings_are_learnt_from_without_the_judge(tmp_path: Path) -> None:
    judge = Wishes("fish")
    plenty(tmp_path, judge).learn(tmp_path / "kept.npz")
    assert not judge.read


def test_where_wordings_are_plenty_sentences_are_read_and_not_compared(tmp_path: Path) -> None:
    judge = Wishes("3%")
    ranking = plenty(tmp_path, judge).rank("fish costs")
    assert ranking.features["sentence"] == 0.0
    assert all(text.endswith("It costs 3%.") for text in judge.read)


def test_a_library_that_learns_from_five_wordings_learns_what_the_judge_says_of_them(tmp_path: Path) -> None:
    topics = ("cat", "dog", "owl", "fox", "bee", "ant", "cow", "hen", "pig", "rat", "yak", "emu", "elk")
    entries = [entry(name, "en", *(f"{name} {word}" for word in "abcde"), answer="A card.") for name in topics]
    view = judged(tmp_path, Wishes("fox"), *entries)
    view.learn(tmp_path / "kept.npz")
    assert view.fit.names == FEATURES["many"]
    features = view.rank("fox b").features
    assert set(features) == set(FEATURES["many"])
    assert features["judged"] == 4.0
    with np.load(tmp_path / "kept.npz") as kept:
        said = kept["features"][:, view.fit.names.index("judged")]
    assert set(said) == {4.0, -4.0}


def test_the_weights_of_the_retrievers_are_chosen_without_the_judge(tmp_path: Path) -> None:
    judge = Wishes("topic")
    entries = [entry(f"e{n}", "en", *(f"topic {n} {word}" for word in "abc")) for n in range(25)]
    view = judged(tmp_path, judge, *entries)
    view.learn(tmp_path / "kept.npz")
    assert not judge.read


def test_a_reader_without_a_judge_is_as_before(tmp_path: Path) -> None:
    searched = Texts([FEES, LOST, *OTHERS])
    asked = readers(searched, models()._replace(english_judge=Wishes("fee")), tmp_path)["en"]
    plain = tuple(replace(reader, judge=None) for reader in asked)
    view = View(searched, "en", plain, LexicalIndex(searched.texts), tmp_path)
    assert view.fit.names == FEATURES["sentences"]
    assert set(view.rank("card fee").features) == set(FEATURES["sentences"])
