"""HTML in the cells of FAQ tables."""

from pathlib import Path

import pytest

from core.errors import InputFormatError
from knowledge.faq.sources import read_faq
from tests.unit.faq.table_files import table


def test_html_in_a_cell_becomes_the_text_that_a_page_would_show(path: Path) -> None:
    answer = (
        '<p>Yes &ndash; we repair <b>e-bikes</b>.</p><ul><li>Bring the <a href="https://a.example/k">key</a></li></ul>'
    )
    rows = [["questions", "answer"], ["<b>Do you repair</b> e-bikes?<br>e-bike broken", answer]]
    (entry,) = read_faq(table(path, rows))
    assert entry.questions == ("Do you repair e-bikes?", "e-bike broken")
    assert entry.answer == "Yes – we repair e-bikes.\n- Bring the key (https://a.example/k)"


def test_a_footnote_in_a_cell_makes_no_other_price(path: Path) -> None:
    (entry,) = read_faq(table(path, [["question", "answer"], ["How much?", "It costs £5<sup>2</sup>."]]))
    assert entry.answer == "It costs £5²."


def test_lines_stay_where_html_has_none_of_its_own(path: Path) -> None:
    (entry,) = read_faq(table(path, [["questions", "answer"], ["Open?", "<b>Mon</b> 9&#8211;18\nSat 10 &amp; 11"]]))
    assert entry.answer == "Mon 9–18\nSat 10 & 11"


def test_entities_are_read_in_text_too(path: Path) -> None:
    answer = "It&#x27;s&nbsp;5 &lt; 6,\n\nsee https://a.example/?b=1&copy=2&amp;lt=3"
    (entry,) = read_faq(table(path, [["questions", "answer"], ["Why?", answer]]))
    assert entry.answer == "It's 5 < 6,\n\nsee https://a.example/?b=1&copy=2&lt=3"


CODE = ["if a<b or c>d", "list<i>x and y>z", "A <p> tag begins a paragraph", "Use <b>, not <strong>"]


@pytest.fixture(params=["faq.csv", "faq.xlsx"])
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / str(request.param)


@pytest.mark.parametrize("answer", ["If x < 5 and y > 3: A&B, R&D; <5 kg", "Write <name> & send", "a\n\n  b", *CODE])
def test_what_is_no_html_stays_word_for_word(path: Path, answer: str) -> None:
    (entry,) = read_faq(table(path, [["questions", "answer"], ["Why?", answer]]))
    assert entry.answer == answer


def test_html_without_text_is_no_answer(path: Path) -> None:
    with pytest.raises(InputFormatError, match="row 2: answer"):
        read_faq(table(path, [["questions", "answer"], ["Why?", "<p><img src='x.png'></p>"]]))
