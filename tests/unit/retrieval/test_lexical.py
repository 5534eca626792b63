"""Words in common."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.retrieval.language import simplified
from knowledge.retrieval.lexical import LexicalIndex, content_words, words


def test_words_are_stems_and_codes_count_whole_and_in_parts() -> None:
    assert words("Transferring transfers") == ["transfer", "transfer"]
    assert {"acme-v2", "acm", "v2"} <= set(words("ACME-v2"))
    assert words("!?") == []


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("3岁小孩", ["3", "岁", "小孩"]),
        ("wifi密码", ["wifi", "密码"]),
        ("A4纸打印", ["a4", "纸", "打印"]),
        ("请问check in几点", ["请问", "check", "in", "几点"]),
        ("满1.5米", ["满", "1.5", "1", "5", "米"]),
    ],
)
def test_chinese_is_told_apart_from_letters_and_digits_beside_it(text: str, read: list[str]) -> None:
    assert words(text) == read


def test_chinese_words_are_the_same_in_both_scripts() -> None:
    assert words("銀行卡丟了怎麼辦") == words("银行卡丢了怎么办")
    assert simplified("轉賬 fee") == "转账 fee"


def test_cantonese_is_read_as_mandarin() -> None:
    assert simplified("我張卡唔見咗點算") == "我张卡不见了怎么办"
    assert simplified("俾人呃咗錢") == "被人骗了钱"
    assert simplified("呃，请问关系") == "呃，请问关系"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("ＰＩＮ　ｃｏｄｅ　１２３", "PIN code 123"),
        ("ｱﾌﾟﾘのﾊﾟｽﾜｰﾄﾞ", "アプリのパスワード"),
        ("\U0001d40f\U0001d408\U0001d40d ②", "PIN 2"),
        ("\ufb01xed", "fixed"),
        ("\u2f08\u2f2f服务", "人工服务"),  # radicals, as PDFs have them
        ("怎么改密码？（急）", "怎么改密码？（急）"),
        ("naïve café, 5 °C!", "naïve café, 5 °C!"),
    ],
)
def test_other_forms_of_letters_are_read_as_the_usual_ones(written: str, read: str) -> None:
    assert simplified(written) == read


def test_content_words_leave_out_how_it_is_asked() -> None:
    assert content_words("How do I please cancel my card?") == ["cancel", "card"]
    assert content_words("请问怎么取消信用卡？") == content_words("取消信用卡")


def test_text_with_all_the_words_scores_most() -> None:
    index = LexicalIndex(["lost card", "card fee abroad", "open an account", ""])
    scores = index.scores(words("what is the fee abroad"))
    assert scores.argmax() == 1
    assert scores[3] == 0
    assert index.idf("card") < index.idf("fee") < index.idf("unheard")


@pytest.mark.parametrize("texts", [[], ["", "!"]])
def test_library_without_words(texts: list[str]) -> None:
    np.testing.assert_array_equal(LexicalIndex(texts).scores(words("card")), np.zeros(len(texts)))


@given(st.text(max_size=60), st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_any_text_scores_between_0_and_1(question: str, texts: list[str]) -> None:
    scores = LexicalIndex(texts).scores(words(question))
    assert scores.shape == (len(texts),)
    assert (scores >= 0).all()
    assert (scores <= 1 + 1e-5).all()
