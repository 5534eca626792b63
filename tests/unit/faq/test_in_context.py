"""A message after a question is read by itself and behind it, with embedders that count words."""

from pathlib import Path

import numpy as np
import pytest
from word_models import entry, library, models

from knowledge.faq.answerability import FEATURES, Answerability, log_odds
from knowledge.faq.features import View
from knowledge.faq.in_context import rank_in_context
from knowledge.faq.readers import readers
from knowledge.faq.sources import Entry
from knowledge.faq.texts import Texts
from knowledge.retrieval.lexical import LexicalIndex

LOST = entry("lost", "en", "card lost", answer="Call us.")
FEE = entry("fee", "en", "transfer fee", answer="It costs nothing.")
TIME = entry("time", "en", "transfer time", answer="It takes days.")
OTHERS = [entry(f"other{number}", "en", f"subject {number}", answer=f"Thing {number}.") for number in range(9)]
ENTRIES = [LOST, FEE, TIME, *OTHERS]


def view(cache: Path, *entries: Entry) -> View:
    texts = Texts(entries)
    return View(texts, "en", readers(texts, models(), cache)["en"], LexicalIndex(texts.texts), cache)


@pytest.mark.parametrize(
    ("before", "message", "id", "leans"),
    [
        ("transfer fee", "time", "time", False),  # names the other one
        ("card lost", "fee", "fee", False),
        ("transfer fee", "and then", "fee", True),  # says nothing itself
    ],
)
def test_a_message_leans_on_the_question_before_it_where_that_finds_more(
    tmp_path: Path, before: str, message: str, id: str, leans: bool
) -> None:
    found = library(tmp_path, *ENTRIES).search(message, before=before)
    assert (found.matches[0].entry.id, found.leans) == (id, leans)


def test_an_entry_counts_by_the_mean_of_both(tmp_path: Path) -> None:
    searched = view(tmp_path, *ENTRIES)
    alone, together = searched.rank("time"), searched.rank("transfer fee time")
    ranking, _ = rank_in_context(searched, "time", "transfer fee")
    np.testing.assert_allclose(ranking.fused, (alone.fused + together.fused) / 2)
    assert set(ranking.features) == set(FEATURES["context"])
    assert ranking.features["mean"] == ranking.fused.max()
    assert [searched.texts.entry_at(row).id for row in ranking.best_rows] == searched.texts.ids


def test_of_a_large_library_entries_that_one_of_both_names_are_compared(tmp_path: Path) -> None:
    """Only some are, of more than 500: those that the other one does not name count as its least."""
    many = [entry(f"e{number}", "en", f"word{number} thing", answer=f"Answer {number}.") for number in range(900)]
    searched = view(tmp_path, *many, LOST)
    alone, together = searched.rank("and then"), searched.rank("card lost and then")
    ranking, leans = rank_in_context(searched, "and then", "card lost")
    assert set(ranking.entries) == {*alone.entries, *together.entries}
    assert searched.texts.ids[ranking.entries[ranking.order[0]]] == "lost"
    assert leans


def test_an_entry_is_given_again_only_where_it_is_likely_enough(tmp_path: Path) -> None:
    search = library(tmp_path, *ENTRIES)
    assert search.search("card lost").answerability is Answerability.ANSWERABLE
    assert search.search("garden", before="card lost").answerability is not Answerability.ANSWERABLE


def test_a_wording_of_an_entry_is_answered_whatever_was_asked_before(tmp_path: Path) -> None:
    found = library(tmp_path, *ENTRIES).search("card lost", before="transfer fee")
    assert (found.matches[0].entry.id, found.chances.right) == ("lost", 1)


def test_what_another_organisation_was_asked_about_is_doubted_in_the_next_message_too(tmp_path: Path) -> None:
    search = library(tmp_path, *ENTRIES)
    assert search.search("transfer time", before="What is the Lloyds limit?").answerability is Answerability.UNSURE


@pytest.mark.parametrize("chance", [0.0, 0.3, 1.0])
def test_log_odds_have_an_end(chance: float) -> None:
    assert log_odds(chance) == pytest.approx(-log_odds(1 - chance))
    assert abs(log_odds(chance)) < 5
