"""What is struck out, raised or lowered on a page."""

from pathlib import Path

import pytest

from core.errors import InputFormatError
from tests.unit.faq.written_pages import pairs, read

RAISED = "It costs £5<sup>2</sup>, <del>£8</del> <s>£7</s> for the 1<sup>st</sup> 10<sup><b>4</b></sup> H<sub>2</sub>O."


def test_a_footnote_makes_no_other_price_and_what_is_struck_out_is_left_out(tmp_path: Path) -> None:
    (html,) = read(tmp_path / "fees.html", f"<h2>What does it cost?</h2><p>{RAISED}</p>")
    assert html.answer == "It costs £5², for the 1st 10⁴ H₂O."
    (markdown,) = read(tmp_path / "fees.md", "## What does it cost?\n\nIt costs ~~£5~~ £3<sup>1</sup> in 2~3 days.")
    assert markdown.answer == "It costs £3¹ in 2~3 days."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("faq.html", "<h2>A?</h2><p>1</p><details><summary><s>Old?</s></summary>Old answer.</details>"),
        ("faq.html", "<h2>A?</h2><p>1</p><dl><dt><del>Old?</del><dd>Old answer.</dl>"),
        ("faq.md", "## A?\n\n1\n\n## ~~Old?~~\n\nOld answer."),
    ],
)
def test_a_question_that_is_struck_out_is_named(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(InputFormatError, match=rf"{name}, line \d: the question is struck out"):
        read(tmp_path / name, text)


def test_words_of_a_question_that_are_struck_out_are_left_out(tmp_path: Path) -> None:
    text = "## A?\n\n1\n\n## How do I ~~order~~ buy?\n\nSo.\n\n<dl><dt><s>Old?</s><dt>New?<dd>Yes.</dl>"
    entries = read(tmp_path / "faq.md", text)
    assert pairs(entries) == [("A?", "1"), ("How do I buy?", "So."), ("New?", "Yes.")]
