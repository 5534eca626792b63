"""Searching an FAQ, with embedders that count words."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController
from word_models import entry, library, models

from benchmarks.fit_answerability import MOST_NEAR, MOST_WRONG, NEAR_MISSES, choose_thresholds
from knowledge.faq.answerability import FEATURES, Answerability, Examples, fit_logistic
from knowledge.faq.cohesion import NEAREST, cohesion
from knowledge.faq.search import FaqSearch, is_near
from knowledge.faq.sources import Entry
from knowledge.retrieval.dense import DenseRetriever
from knowledge.retrieval.embed import Vectors
from knowledge.retrieval.fuse import means_of_best
from knowledge.retrieval.language import language_of

LOST = entry("lost", "en", "card lost", "lost card", answer="card lost lost")
LOST_ZH = entry("lost", "zh", "卡丢了怎么办")
FEE = entry("fee", "en", "transfer fee")
FEE_ZH = entry("fee", "zh", "转账费多少")


@pytest.mark.parametrize(
    ("entries", "question", "asked"),
    [
        ([LOST, FEE], "card lost", {"bge-small-en", "use-multilingual-v3"}),
        ([LOST, FEE], "卡丢了", {"use-multilingual-v3"}),
        ([LOST, FEE, FEE_ZH], "卡丢了", {"multilingual-e5-small", "use-multilingual-v3"}),
        ([LOST_ZH, FEE_ZH], "card lost", {"use-multilingual-v3"}),
    ],
)
def test_only_models_that_can_read_both_are_asked(
    entries: list[Entry], question: str, asked: set[str], tmp_path: Path
) -> None:
    """A library without a text in the question's language is for the model that finds across languages."""
    embedders = models()
    search, three = FaqSearch(entries, embedders=embedders, cache=tmp_path), embedders[:3]
    before = [list(model.encoded) for model in three]  # type: ignore[attr-defined]
    search.search(question)
    after = [model.encoded for model in three]  # type: ignore[attr-defined]
    assert {model.name for model, old, new in zip(three, before, after, strict=True) if old != new} == asked


def test_each_entry_is_found_once(tmp_path: Path) -> None:
    """However many of its texts match, and in however many languages."""
    everything = library(tmp_path, LOST, LOST_ZH, FEE, FEE_ZH)
    for question in ("card lost", "卡丢了"):
        found = [match.entry.id for match in everything.search(question).matches]
        assert found == ["lost", "fee"]


def test_a_mistyped_word_is_searched_for_as_it_was_meant(tmp_path: Path) -> None:
    embedders = models()
    search = FaqSearch([LOST, FEE], embedders=embedders, cache=tmp_path, everyday={"the"})
    found = search.search("the tranfser")
    assert (found.question, found.matches[0].entry.id) == ("the transfer", "fee")
    assert embedders.english.encoded[-1] == "the transfer"  # type: ignore[attr-defined]


def test_emoji_and_other_scripts_are_answered_only_where_they_are_a_wording(tmp_path: Path) -> None:
    """To the models all of them are alike, so that one entry in Arabic would answer every emoji."""
    wording = "هل لديكم معلومات بالعربية؟"
    search = library(tmp_path, LOST, FEE, entry("arabic", "en", wording, answer="020 7946 0321"))
    for question in ("🛋️🛋️", "كيف أدفع", "Как платить"):
        assert search.search(question).answerability is not Answerability.ANSWERABLE
    found = search.search(wording)
    assert (found.answerability, found.matches[0].entry.id) == (Answerability.ANSWERABLE, "arabic")


def test_answer_is_in_the_language_of_the_question(tmp_path: Path) -> None:
    everything = library(tmp_path, LOST, LOST_ZH, FEE, FEE_ZH)
    assert everything.search("卡丢了").matches[0].entry is LOST_ZH
    assert everything.search("card lost").matches[0].entry is LOST
    unlike = entry("lost", "zh", "别的说法")  # here the English text is nearer
    assert library(tmp_path, LOST, unlike).search("卡丢了").matches[0].entry is unlike


def test_language_that_the_faq_lacks_is_answered_in_the_other(tmp_path: Path) -> None:
    assert library(tmp_path, LOST, FEE).search("卡丢了").matches[0].entry is LOST
    assert library(tmp_path, LOST_ZH, FEE_ZH).search("card lost").matches[0].entry is LOST_ZH


@pytest.mark.parametrize(
    ("question", "band", "ids"),
    [
        ("transfer fee", Answerability.ANSWERABLE, ["fee", "hours"]),
        ("card lost", Answerability.ANSWERABLE, ["lost", "hours"]),
        ("opening fee garden", Answerability.UNSURE, ["fee", "hours", "lost", "app", "card"]),
    ],
)
def test_english_question_finds_what_stands_in_chinese_only(
    tmp_path: Path, question: str, band: Answerability, ids: list[str]
) -> None:
    """Where neither answers, titles that have English texts take turns with those that are near among all others."""
    english = LOST, entry("hours", "en", "opening times", "when open"), entry("app", "en", "mobile application")
    found = library(tmp_path, *english, FEE_ZH, entry("card", "zh", "卡")).search(question)
    assert found.answerability is band
    assert [match.entry.id for match in found.matches][: len(ids)] == ids


@pytest.mark.parametrize(
    ("question", "band", "ids"),
    [
        ("卡丢了", Answerability.UNSURE, ["card", "lost"]),
        ("转账费", Answerability.ANSWERABLE, ["card"]),  # nearest to 转账费多少, but the English is of another
        ("卡转账费", Answerability.ANSWERABLE, ["card"]),
        ("转账费多少", Answerability.ANSWERABLE, ["fee"]),  # a wording counts whatever English texts say
    ],
)
def test_chinese_question_is_answered_with_what_english_texts_find_too(
    tmp_path: Path, question: str, band: Answerability, ids: list[str]
) -> None:
    """Where some entries stand in English only, the titles of both take turns if they find different ones."""
    english = entry("fee", "en", "garden"), entry("card", "en", "transfer fee card abroad"), entry("zoo", "en", "zoo")
    found = library(tmp_path, LOST, LOST_ZH, FEE_ZH, *english).search(question)
    assert found.answerability is band
    assert [match.entry.id for match in found.matches][: len(ids)] == ids


def test_best_is_first_and_k_limits(tmp_path: Path) -> None:
    many = [entry(word, "en", f"card {word}") for word in ("lost", "blocked", "fee", "abroad", "pin", "limit")]
    matches = library(tmp_path, *many).search("card abroad", k=3).matches
    assert len(matches) == 3
    assert matches[0].entry.id == "abroad"
    assert [match.score for match in matches] == sorted((match.score for match in matches), reverse=True)


def test_single_entry_is_no_tie(tmp_path: Path) -> None:
    assert library(tmp_path, LOST).search("card lost").answerability is Answerability.ANSWERABLE


def test_two_entries_alike_are_unsure(tmp_path: Path) -> None:
    twin = entry("twin", "en", "card lost")
    assert library(tmp_path, LOST, twin).search("card lost").answerability is Answerability.UNSURE


@pytest.mark.parametrize(
    ("question", "id"),
    [
        ("Is my hound ready", "hound"),
        ("hello, is MY hound ready?!", "hound"),
        ("Ｈｏｕｎｄ’s things", "hound"),
        ("卡費", "fee"),
        ("你好，卡费？", "fee"),
        ("is my hound not ready", None),
        ("is my cat ready", None),  # of two
    ],
)
def test_a_wording_of_one_entry_finds_it(tmp_path: Path, question: str, id: str | None) -> None:
    hound = entry("hound", "en", "Is my hound ready?", "hounds things", "Is my cat ready?")
    cat = entry("cat", "en", "Is my cat ready?", *(f"Is my cat {word} ready for you?" for word in "abcd"))
    fee = entry("fee", "zh", "卡费", "费用")
    found = library(tmp_path, cat, hound, fee, entry("others", "zh", "卡费用高吗")).search(question)
    assert (found.chances.right == 1.0) is (id is not None)
    if id:
        assert found.answerability is Answerability.ANSWERABLE
        assert (found.matches[0].entry.id, len({match.entry.id for match in found.matches})) == (id, 4)


@pytest.mark.parametrize(
    ("question", "id"),
    [
        ("can I pay in €", "eur"),
        ("Can I pay in ＄?", "usd"),
        ("Can I pay in £?", None),
        ("What does Pro+ cost", "plus"),
        ("What does Pro cost", "pro"),
        ("Do you teach C#", None),
        ("is it open below −5", "cold"),
        ("is it open below 5", None),
        ("is it open below –5", "cold"),
        ("100％ 退款吗", "all"),
        ("Is there a 5$ fee?", "five"),
        ("is there a 5 $ fee", "five"),
        ("is there a 5€ fee", None),
        ("# Can I pay in €?", "eur"),
        ("+ can I pay in €", "eur"),
        ("What does Pro + cost", "plus"),
        ("can I use pear pay", "pay"),
        ("may i call 44 20 7946 0000", "call"),
        ("3天–5天能到吗", "days"),
        ("3天~5天能到吗", "days"),
        ("低于 5度能用吗", None),
    ],
)
def test_a_sign_tells_wordings_apart(tmp_path: Path, question: str, id: str | None) -> None:
    entries = [
        entry(name, language, wording)
        for name, language, wording in [
            ("eur", "en", "Can I pay in €?"),
            ("usd", "en", "Can I pay in $?"),
            ("plus", "en", "What does Pro+ cost?"),
            ("pro", "en", "What does Pro cost?"),
            ("c", "en", "Do you teach C++?"),
            ("cold", "en", "Is it open below -5?"),
            ("five", "en", "Is there a $5 fee?"),
            ("pay", "en", "Can I use Pear™ Pay?"),
            ("call", "en", "May I call +44 20 7946 0000?"),
            ("all", "zh", "100%退款吗？"),
            ("degrees", "zh", "低于-5度能用吗？"),
            ("days", "zh", "3天-5天能到吗？"),
        ]
    ]
    found = library(tmp_path, *entries).search(question)
    assert (found.chances.right == 1.0) is (id is not None)
    assert (found.answerability is Answerability.ANSWERABLE) is (id is not None), "it is asked which one is meant"
    if id:
        assert found.matches[0].entry.id == id


def test_a_wording_in_another_language_decides_for_its_own_customers_only(tmp_path: Path) -> None:
    found = library(tmp_path, entry("zh", "zh", "fee"), entry("en", "en", "card fee"))
    assert found.search("fee").chances.right < 1
    assert found.search("fee", language="zh").chances.right == 1


@pytest.mark.parametrize(
    ("text", "is_word"), [("Fees?", True), ("[fee]", False), ("card", False), ("fee limit", False), ("!", False)]
)
def test_a_single_word_of_a_title_is_told(tmp_path: Path, text: str, is_word: bool) -> None:
    assert library(tmp_path, entry("fee", "en", "What is the fee limit?", "card")).is_word(text) is is_word


def test_a_wording_that_the_ranking_puts_behind_comes_first_and_k_limits(tmp_path: Path) -> None:
    short = entry("short", "en", "fee")
    found = library(tmp_path, *(entry(f"f{n}", "en", f"fee fee {n}") for n in range(5)), short).search("fee?", k=2)
    assert (len(found.matches), found.matches[0].entry) == (2, short)


@pytest.mark.parametrize(
    ("question", "language", "near"),
    [
        ("Do you lend to students?", "en", True),  # of the title
        ("Is there interest?", "en", True),  # of the answer
        ("a sum for my house", "en", True),  # of two wordings in twenty
        ("What is the capital of Ruritania?", "en", False),  # of one
        ("Could you please tell me that?", "en", False),
        ("天气怎么样", "en", True),  # says nothing in another language
        ("天气怎么样", "zh", False),
        ("personal loan可以cancel吗", "zh", True),
        ("能借多少", "zh", True),  # a character of 借钱, and of 能借
        ("有没有多少", "zh", False),  # only how it is asked
        ("😂😂", "zh", False),
    ],
)
def test_what_is_near_to_an_entry(question: str, language: str, near: bool) -> None:
    others = ["a house in Ruritania", "my house", *(f"w{number} money" for number in range(17))]
    texts = ["Do you lend money?", *others] if language == "en" else ["怎么贷款？", *["借钱"] * 19]
    assert (
        is_near(question, entry("loan", language, *texts, answer="With interest." if language == "en" else "可以。"))
        is near
    )


def test_version_names_the_entries_whatever_their_order(tmp_path: Path) -> None:
    assert library(tmp_path, LOST, FEE).version == library(tmp_path, FEE, LOST).version
    assert library(tmp_path, LOST, FEE).version != library(tmp_path, LOST, FEE_ZH).version


def test_probability_and_band_agree(tmp_path: Path) -> None:
    everything = library(tmp_path, LOST, FEE)
    sure, off = everything.search("card lost"), everything.search("quantum gravity")
    assert sure.chances.covered >= sure.chances.right > 0.5 > off.chances.covered
    assert off.answerability is Answerability.UNANSWERABLE


def test_traditional_and_simplified_find_the_same(tmp_path: Path) -> None:
    everything = library(tmp_path, LOST_ZH, FEE_ZH)
    simple, traditional = everything.search("转账费"), everything.search("轉賬費")
    assert simple == traditional
    assert simple.matches[0].entry is FEE_ZH


def test_what_a_library_learns_is_kept(tmp_path: Path) -> None:
    """The second start takes weights and calibration from the cache; a damaged one is made again."""
    many = [entry(f"e{i}", "en", *(f"topic{i} word{i} {extra}" for extra in "abcd")) for i in range(20)]
    first = library(tmp_path, *many)
    (kept,) = tmp_path.glob(f"{first.version}-en-*.npz")
    again = library(tmp_path, *many).search("topic3 word3")
    assert again == first.search("topic3 word3")
    kept.write_bytes(b"no archive")
    assert library(tmp_path, *many).search("topic3 word3") == again


def test_a_library_learns_with_one_thread_of_numpy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wait for each other on a busy machine, for ten times as long as one takes."""
    scores, seen, pools = DenseRetriever.scores, set[int](), ThreadpoolController()

    def watched(*given: Any) -> Any:
        seen.update(one["num_threads"] for one in pools.info() if one["user_api"] == "blas")
        return scores(*given)

    monkeypatch.setattr(DenseRetriever, "scores", watched)
    library(tmp_path, *(entry(f"e{i}", "en", *(f"topic{i} word{k}" for k in range(8))) for i in range(9)))
    assert seen == {1}


def test_an_entry_of_one_language_leaves_questions_in_the_other_answered(tmp_path: Path) -> None:
    chinese = [entry(f"e{n}", "zh", *(f"卡{n} 丢{k}" for k in range(15)), answer="答。") for n in range(4)]
    library(tmp_path, *chinese)
    grown = library(tmp_path, *chinese, entry("horse", "en", "do you lend money to buy a horse"))
    assert grown.search("卡3 丢2").matches


def test_library_asks_itself_for_what_it_lacks(tmp_path: Path) -> None:
    """A wording of a hidden entry counts as a near miss, a hidden wording of one that is there as answerable.

    Every wording is asked, however many there are below the limit.
    """
    extras = [one + other for one in "abcdefgh" for other in "vwxyz"]
    many = [entry(f"e{i}", "en", *(f"topic{i} word{i} {extra}" for extra in extras)) for i in range(20)]
    found = library(tmp_path, *many)
    (kept,) = tmp_path.glob(f"{found.version}-en-*.npz")
    with np.load(kept) as own:
        assert own["features"].shape == (len(own["covered"]), len(FEATURES["many"]))
        assert (~own["covered"]).sum() == 800
        assert own["covered"].sum() == 640
        assert not own["right"][~own["covered"]].any()


@pytest.mark.parametrize(("entries", "wordings", "learns"), [(12, 5, True), (6, 8, False), (20, 3, False)])
def test_a_head_needs_wordings_an_entry_and_in_all(tmp_path: Path, entries: int, wordings: int, learns: bool) -> None:
    asked = [[f"subject{n} words{k}" for k in range(wordings)] for n in range(entries)]
    library(tmp_path, *(entry(f"entry-{n}", "en", *questions) for n, questions in enumerate(asked)))
    assert any(tmp_path.rglob("*.head.npy")) is learns


def test_narrow_entry_is_more_cohesive_than_a_broad_one(tmp_path: Path) -> None:
    """So the same likeness with both says less for the narrow one; an entry of one wording is as is usual."""
    vectors = np.asarray([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0.6, 0.8], [0.6, 0.8, 0]], np.float32)

    class Fixed:
        name = "fixed"

        def encode(self, texts: Sequence[str]) -> Vectors:
            return vectors[[int(text) for text in texts]]

    owners = np.asarray([0, 0, 1, 1, 2])
    dense = DenseRetriever(Fixed(), list("01234"), owners, np.arange(5), hub_share=0, cache=tmp_path)
    over = cohesion(dense, np.arange(5), owners, np.asarray([0, 2, 4, 5]))
    assert over.shape == (len(NEAREST), 3)
    narrow, broad = (1 - 0.8) * 2 / 7, (0.6 - 0.8) * 2 / 7  # shrunk: two wordings beside five of the library's mean
    assert over[0] == pytest.approx([narrow, broad, 0], abs=1e-6)


def test_mean_of_best_texts_leaves_out_unknown_ones() -> None:
    scores = np.asarray([0.2, 0.8, -1, 0.4, -1, -1], np.float32)
    found = means_of_best(scores, np.asarray([0, 3, 4]), (1, 2))
    assert found == pytest.approx(np.asarray([[0.8, 0.4, -1], [0.5, 0.4, -1]]))


def test_thresholds_keep_wrong_answers_and_near_misses_few() -> None:
    """100 covered questions with falling chances, every tenth found wrong from the 60th on; near misses below 0.8."""
    right = np.concatenate([np.linspace(1, 0.51, 100), np.linspace(0.8, 0.01, 100)])
    covered = np.arange(200) < 100
    is_right = covered & ~((np.arange(200) >= 60) & (np.arange(200) % 10 == 0))
    answer_at, suggest_at = choose_thresholds(right, right, Examples(np.empty((200, 0)), covered, is_right))
    shown = right >= answer_at
    weight = np.where(covered, 1 - NEAR_MISSES, NEAR_MISSES)
    assert (weight * (shown & ~is_right)).sum() / (weight * shown).sum() <= MOST_WRONG
    assert shown[~covered].mean() <= MOST_NEAR
    assert 0.5 < suggest_at < answer_at < 0.8


def test_calibrator_finds_its_minimum_from_far_away() -> None:
    """Whole Newton steps from there would never come back."""
    features = np.hstack([np.linspace(-5, 5, 200)[:, None], np.ones((200, 1))])
    right = features[:, 0] > 1
    found = fit_logistic(features, right, around=np.asarray([-8.0, 9.0]), trust=0.1)
    assert ((features @ found > 0) == right).mean() > 0.98


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I open an account?", "en"),
        ("怎么开户？", "zh"),
        ("我的 Apple Pay 用不了", "zh"),
        ("Where on the map can I find the city of 北京?", "en"),
        ("12345 ???", "en"),
    ],
)
def test_language_of_a_text(text: str, language: str) -> None:
    assert language_of(text) == language
