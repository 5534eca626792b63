"""FAQ entries from PDF."""

import io
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from core.errors import InputFormatError, InputTooLargeError
from knowledge.faq.sources import read_faq, read_sources
from tests.conftest import require_program
from tests.pdf_files import BOLD, PLAIN, pdf
from tests.unit.faq.refusals import is_read_or_refused

WIDE = "A line that is as wide as the page is and therefore goes on in the next one,"
STYLED = [
    (BOLD, 24, "Harbour Bank", 760),
    (PLAIN, 11, "What customers ask.", 730),
    (BOLD, 16, "How do I report a card that", 700),
    (BOLD, 16, "is lost?", 680),
    (PLAIN, 11, WIDE, 650),
    (PLAIN, 11, "without a break.", 637),
    (PLAIN, 11, "* by telephone", 624),
    (BOLD, 16, "What does it cost?", 600),
    (PLAIN, 11, "Nothing?", 580),
]


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_larger_lines_are_questions(tmp_path: Path) -> None:
    path = written(tmp_path / "faq.pdf", pdf(STYLED, [(PLAIN, 11, "On the next page.", 700)]))
    lost, cost = read_faq(path)
    assert (lost.title, lost.answer) == (
        "How do I report a card that is lost?",
        f"{WIDE} without a break.\n* by telephone",
    )
    assert (cost.title, cost.answer) == ("What does it cost?", "Nothing?\nOn the next page.")
    assert lost.id == "how-do-i-report-a-card-that-is-lost"


def test_without_larger_lines_a_question_mark_tells(tmp_path: Path) -> None:
    lines = [(PLAIN, 11, "Q1: How much?", 700), (PLAIN, 11, "A: Five.", 680), (PLAIN, 11, "Is it far?", 660)]
    one, two = read_faq(written(tmp_path / "faq.pdf", pdf([*lines, (PLAIN, 11, "No.", 640)])))
    assert [(one.title, one.answer), (two.title, two.answer)] == [("How much?", "Five."), ("Is it far?", "No.")]


def test_headers_and_page_numbers_are_left_out(tmp_path: Path) -> None:
    pages = [
        [
            (PLAIN, 9, "Harbour Bank", 790),
            (BOLD, 11, f"Question {word}?", 700),
            (PLAIN, 11, f"Answer {word}.", 680),
            (PLAIN, 9, f"Page {number} of 4", 20),
        ]
        for number, word in enumerate(("one", "two", "three", "four"), start=1)
    ]
    entries = read_faq(written(tmp_path / "faq.pdf", pdf(*pages)))
    assert [entry.answer for entry in entries] == ["Answer one.", "Answer two.", "Answer three.", "Answer four."]


def test_two_pages_have_headers_and_numbers_too(tmp_path: Path) -> None:
    pages = [
        [
            (PLAIN, 9, "Bank, in confidence", 20),
            (PLAIN, 9, f"Page {number} of 2", 20),
            (PLAIN, 9, "Handbook", 790),
            (BOLD, 11, f"{number}. {question}", 700),
            (PLAIN, 11, f"The answer is {question}", 680),
            (PLAIN, 11, "That is all.", 667),
        ]
        for number, question in enumerate(("What costs plan 1?", "I can't log in"), start=1)
    ]
    one, two = read_faq(written(tmp_path / "faq.pdf", pdf(*pages)))
    assert (one.title, one.answer) == ("What costs plan 1?", "The answer is What costs plan 1? That is all.")
    assert (two.title, two.answer) == ("I can't log in", "The answer is I can't log in That is all.")
    (one,) = read_faq(written(tmp_path / "faq.pdf", pdf(pages[0])))
    assert (one.title, one.answer[-12:]) == ("1. What costs plan 1?", "That is all.")


@pytest.mark.parametrize("height", [690, 640, 80])
def test_what_two_pages_have_at_one_height_of_the_text_stays(tmp_path: Path, height: int) -> None:
    pages = [
        [
            (PLAIN, 9, "Handbook", 770),
            (BOLD, 16, f"What costs {plan}?", 715),
            (PLAIN, 11, f"{pounds} pounds a month.", height),
            (PLAIN, 11, f"Call us on 0800 {pounds}.", height - 10),
            (PLAIN, 9, f"Handbook, {pounds}", 30),
        ]
        for plan, pounds in (("Mini", 5), ("Maxi", 7))
    ]
    mini, maxi = read_faq(written(tmp_path / "faq.pdf", pdf(*pages)))
    assert (mini.title, mini.answer) == ("What costs Mini?", "5 pounds a month.\nCall us on 0800 5.")
    assert (maxi.title, maxi.answer) == ("What costs Maxi?", "7 pounds a month.\nCall us on 0800 7.")


def test_at_the_bottom_of_two_pages_stays_what_alone_answers_a_question(tmp_path: Path) -> None:
    def page(number: int, *texts: str) -> list[tuple[str, int, str, int]]:
        footer = (PLAIN, 11, f"{number} pounds a month.", 40)
        return [*((PLAIN, 11, text, 700 - 20 * place) for place, text in enumerate(texts)), footer]

    path = written(tmp_path / "faq.pdf", pdf(page(5, "What costs Mini?"), page(7, "What costs Maxi?")))
    assert [each.answer for each in read_faq(path)] == ["5 pounds a month.", "7 pounds a month."]
    written(path, pdf(page(1, "Is it far?", "No.", "What costs Maxi?"), page(2, "Nothing.")))
    assert [each.answer for each in read_faq(path)] == ["No.", "Nothing."]


def test_pages_without_a_size_are_read(tmp_path: Path) -> None:
    content = pdf(*[[(BOLD, 16, f"{text}?", 700), (PLAIN, 11, "It is so.", 600)] for text in ("Why", "How")])
    path = written(tmp_path / "faq.pdf", content.replace(b"/MediaBox", b"/MediaBux"))
    assert [(each.title, each.answer) for each in read_faq(path)] == [("Why?", "It is so."), ("How?", "It is so.")]


def test_numbers_that_do_not_run_through_all_questions_stay(tmp_path: Path) -> None:
    titles = ["3. Liga: when?", "Where?", "2. Liga: when?"]
    lines = [
        (font, size, text, 700 - 40 * place - below)
        for place, title in enumerate(titles)
        for font, size, text, below in ((BOLD, 16, title, 0), (PLAIN, 11, f"On day {place}, as always.", 20))
    ]
    assert [entry.title for entry in read_faq(written(tmp_path / "faq.pdf", pdf(lines)))] == titles


def test_the_text_below_a_title_is_an_answer_unless_others_ask(tmp_path: Path) -> None:
    def lines(title: str, other: str) -> bytes:
        texts = [(PLAIN, 11, f"Post it to {WIDE}", 730), (PLAIN, 11, "With the label.", 680)]
        return pdf([(BOLD, 20, title, 760), texts[0], (BOLD, 14, other, 700), texts[1]])

    path = written(tmp_path / "faq.pdf", lines("How do I return it?", "Before you start"))
    assert [entry.title for entry in read_faq(path)] == ["How do I return it?", "Before you start"]
    reading = read_sources([written(path, lines("Returns", "Is it free?"))])
    assert [entry.title for entry in reading.entries] == ["Is it free?"]
    assert [each.title for each in reading.left_out] == ["Returns"]


def test_words_broken_at_the_margin_are_whole_again(tmp_path: Path) -> None:
    lines = [
        (BOLD, 16, "Is a transaction safe?", 700),
        (PLAIN, 11, "With the second factor that you choose, nobody else can begin a trans-", 680),
        (PLAIN, 11, "action in your name, and whoever wants to will be asked for a one-", 667),
        (PLAIN, 11, "time code.", 654),
    ]
    (entry,) = read_faq(written(tmp_path / "faq.pdf", pdf(lines)))
    assert "begin a transaction in your name" in entry.answer
    assert entry.answer.endswith("asked for a one-time code.")


def test_a_hyphen_that_hangs_keeps_its_space(tmp_path: Path) -> None:
    lines = [
        (BOLD, 16, "Which plans are there?", 700),
        (PLAIN, 11, "With us you can choose between a plan of the kind that is short-", 680),
        (PLAIN, 11, "and a long-term one.", 667),
    ]
    (entry,) = read_faq(written(tmp_path / "faq.pdf", pdf(lines)))
    assert entry.answer.endswith("that is short- and a long-term one.")


@pytest.mark.parametrize("height", [640, 300])
def test_a_question_without_text_below_it_is_named(tmp_path: Path, height: int) -> None:
    lines = [(BOLD, 16, "How much?", 600), (PLAIN, 11, "Five pounds a month, which you pay in advance.", 580)]
    silent = (BOLD, 16, "Can I return it?", height)
    lines = sorted([*lines, silent], key=lambda line: -line[3])
    with pytest.raises(InputFormatError, match=r"faq\.pdf, page 1: the question has no answer in text"):
        read_faq(written(tmp_path / "faq.pdf", pdf(lines)))


@pytest.mark.parametrize(
    ("pieces", "answer"),
    [
        ([(10, 0, "It costs £5"), (7, 4, "2"), (10, 0, " abroad, in 3 days.")], "It costs £5² abroad, in 3 days."),
        ([(10, 0, "It costs £5"), (7, 4, "2, 3)"), (10, 0, " abroad.")], "It costs £5², ³) abroad."),
        ([(12, 0, "Call "), (10, 0, "08001234567"), (12, 0, " any day.")], "Call 08001234567 any day."),
        ([(12, 0, "Call"), (10, 0, "08001234567")], "Call08001234567"),
        ([(12, 0, "It is £"), (9, 0, "25"), (12, 0, " a month.")], "It is £25 a month."),
        ([(12, 0, "Within "), (9, 0, "14"), (12, 0, " days.")], "Within 14 days."),
    ],
)
def test_a_smaller_digit_right_behind_a_word_or_number_is_a_footnote(
    tmp_path: Path, pieces: list[tuple[int, int, str]], answer: str
) -> None:
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(600, 800))
    canvas.setFont(BOLD, 16)
    canvas.drawString(50, 700, "What does it cost?")
    text = canvas.beginText(50, 680)
    for size, rise, piece in pieces:
        text.setFont(PLAIN, size)
        text.setRise(rise)
        text.textOut(piece)
    canvas.drawText(text)
    canvas.save()
    (cost,) = read_faq(written(tmp_path / "faq.pdf", file.getvalue()))
    assert cost.answer == answer


def test_page_of_a_problem_is_named(tmp_path: Path) -> None:
    page = [(BOLD, 16, "Why?", 700), (PLAIN, 11, "Because of that.", 680)]
    with pytest.raises(InputFormatError, match=r"faq\.pdf, page 2: id 'why' stands already in faq\.pdf, page 1"):
        read_faq(written(tmp_path / "faq.pdf", pdf(page, page)))


def test_what_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "faq.pdf"
    for content, problem in (
        (b"", "cannot be read as PDF"),
        (b"%PDF-1.7 and nothing", "cannot be read as PDF"),
        (pdf([]), "has no text"),
        (pdf([(PLAIN, 11, "Only a sentence.", 700)]), "has no entries"),
    ):
        with pytest.raises(InputFormatError, match=problem):
            read_faq(written(path, content))
    writer = PdfWriter(clone_from=PdfReader(written(path, pdf(STYLED))))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(path)
    with pytest.raises(InputFormatError, match="locked with a password"):
        read_faq(path)


@pytest.mark.parametrize(("limit", "value"), [("STREAMS", 300), ("OPERATORS", 5), ("SECONDS", 0), ("PAGES", 0)])
def test_what_takes_too_much_to_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(f"knowledge.faq.sources.pdf.MAX_{limit}", value)
    with pytest.raises(InputTooLargeError, match=r"faq\.pdf: (The PDF takes too much|It has more than 0 pages)"):
        read_faq(written(tmp_path / "faq.pdf", pdf(STYLED)))


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    good = pdf(STYLED)
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 60)))
    path = written(tmp_path / "faq.pdf", good[:start] + data.draw(st.binary(max_size=12)) + good[end:])
    assert is_read_or_refused(path)


def test_pdf_of_a_browser_in_both_languages(tmp_path: Path) -> None:
    """With embedded fonts, whose letters are numbered anew, and lines broken by the browser."""
    long = (
        "We block the card and send a new one, within three working days in the UK and ten elsewhere, free of charge. "
        * 2
    )
    page = tmp_path / "faq.html"
    page.write_text(
        f"<html><meta charset=utf-8><h1>FAQ</h1><h2>How do I report a lost card?</h2><p>{long}</p>"
        "<h2>卡丢了怎么办？</h2><p>请立即致电挂失。我们会在三个工作日内寄出新卡。</p></html>",
        "utf-8",
    )
    chromium = require_program("chromium")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={tmp_path}/u"]
    made = tmp_path / "faq.pdf"
    subprocess.run(
        [chromium, *options, f"--print-to-pdf={made}", page.as_uri()], check=True, capture_output=True, timeout=120
    )
    english, chinese = read_faq(made)
    assert (english.title, english.answer) == ("How do I report a lost card?", long.strip())
    assert (chinese.title, chinese.answer) == ("卡丢了怎么办？", "请立即致电挂失。我们会在三个工作日内寄出新卡。")
