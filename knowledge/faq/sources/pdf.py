"""Reads PDF: lines larger or bolder than the running text are questions, otherwise lines that end in ``?``.

A PDF has no reliable structure, so the result is a proposal: the difference to what is published shows every word.
"""

import io
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import InputError, InputFormatError, InputTooLargeError
from core.pdf_budget import PdfBudget

from .page import in_place
from .record import Record, completed, is_question, read_bytes
from .sidecar import sidecar_fields

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

MAX_BYTES, MAX_PAGES, MAX_SECONDS = 64 << 20, 5_000, 300
"""Maximum size of a file in bytes, of its pages, and of the time to read it in seconds."""
MAX_STREAMS, MAX_OPERATORS = 600_000_000, 20_000_000
"""Unpacked bytes of all pages' text and fonts, and number of drawing operators; read in about that time."""

_SMALLER = 0.85  # maximum ratio of a footnote's size to that of the text before it (0.83 in browsers)
_FOOTNOTE = re.compile(r"\d{1,2}(?:, ?\d{1,2})*\)?\s*")
_APART = 2.5  # distance of a header or footer from the text, in line sizes
_MARGIN = 0.09  # of a page, at top and bottom, as a share of its height
_LARGER = 1.12  # ratio of a heading's size to that of the running text
_FULL = 0.75  # minimum width of a line that continues in the next, as a share of the widest
_LONGEST_QUESTION = 300  # characters
_MARK = r"\s*(?:[:：]|\d+\s*[:：.])\s*"  # as in "Q: ", "Q1. "
_QUESTION = re.compile(rf"^(?:Q(?:uestion)?|问题?){_MARK}", re.IGNORECASE)
_ANSWER = re.compile(rf"^(?:A(?:nswer)?|答案?){_MARK}", re.IGNORECASE)
_BULLET = re.compile(r"^([•‣◦▪*–-]|\(?\d{1,3}[.)、])\s?")
_NUMBER = re.compile(r"\(?(\d{1,3})[.)、．]\s*(?=\D)")
_NOTHING = re.compile(r"(?!)")
_PAGE = re.compile(r"page\s*\d+\s*(?:of|/)\s*\d+|第\s*\d+\s*页(?:\s*[,，/]?\s*共\s*\d+\s*页)?", re.IGNORECASE)
_BROKEN = re.compile(r"([^\W\d_]+)([-\u2010\u00ad])$")  # a word at the end of a line
_BEHIND_A_HANGING_HYPHEN = ("and", "or", "to", "und", "oder", "bis")  # short- and long-term, Monday- to Friday
# Radicals and ligatures, which fonts use for letters that look the same, but which no search finds.
_LOOKALIKES = re.compile("[\u2e80-\u2fdf\ufb00-\ufb06]")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text: font size, upward height on the page in points, and whether it is in the top or bottom margin."""

    text: str
    page: int
    size: float
    bold: bool
    height: float
    in_margin: bool


def read_pdf(path: Path) -> Iterator[Record]:
    """Yields the file's questions. Fields common to all may be in a ``<name>.toml`` next to it.

    Raises:
        InputError: the file cannot be read, is too large, locked with a password or not a PDF, or has no text, or
            none below a heading that asks.
    """
    fields = sidecar_fields(path)
    lines = _without_margins(_lines(path))
    if not lines:
        raise InputFormatError(f"{path.name} has no text", hint="Run text recognition (OCR) on a scan first")
    for question, answer, left_out in _pairs(lines, path.name):
        text = _ANSWER.sub("", "\n".join(line.text for line in answer), count=1)
        found = {"questions": [_QUESTION.sub("", question.text)], "answer": text}
        yield completed(path, Record(f"{path.name}, page {question.page}", found, left_out=left_out), fields)


def _lines(path: Path) -> list[_Line]:
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs every flaw that it repairs
    content = io.BytesIO(read_bytes(path, MAX_BYTES))
    budget = PdfBudget(stream_bytes=MAX_STREAMS, operators=MAX_OPERATORS, seconds=MAX_SECONDS)
    lines: list[_Line] = []
    try:
        reader = pypdf.PdfReader(content)
        if reader.is_encrypted and not _unlocked(reader):
            raise InputFormatError(f"{path.name} is locked with a password", hint="Save it without protection")
        if len(reader.pages) > MAX_PAGES:
            raise InputTooLargeError(f"It has more than {MAX_PAGES} pages", hint="Split it")
        budget.admit(reader.pages)
        for number, page in enumerate(reader.pages, start=1):
            collector = _Collector(number, *_ends(page))
            page.extract_text(visitor_text=collector.take, visitor_operand_before=budget.operator)
            collector.end_line()
            lines += collector.lines
            budget.check()
    except InputTooLargeError as error:
        raise InputTooLargeError(f"{path.name}: {error.message}", hint=error.hint) from None
    except InputError:
        raise
    except Exception as error:  # a damaged file may raise anything
        raise InputFormatError(
            f"{path.name} cannot be read as PDF ({type(error).__name__})", hint="Export it again"
        ) from None
    return lines


def _unlocked(reader: "PdfReader") -> bool:
    """Whether it can be read without a password; with AES, only known if ``cryptography`` is installed."""
    from pypdf.errors import DependencyError

    try:
        return bool(reader.decrypt(""))
    except DependencyError:
        return False


def _ends(page: "PageObject") -> tuple[float, float]:
    """The heights of a page's bottom and top; if not stated, far beyond any line."""
    try:
        return float(page.mediabox.bottom), float(page.mediabox.top)
    except (ValueError, TypeError, ArithmeticError):
        return -1e9, 1e9


class _Collector:
    """Joins the pieces of text that a page draws into lines."""

    def __init__(self, page: int, bottom: float, top: float) -> None:
        self.lines: list[_Line] = []
        self._page = page
        self._middle, self._reach = (bottom + top) / 2, (0.5 - _MARGIN) * abs(top - bottom)
        self._pieces: list[tuple[str, float, bool, float]] = []

    def take(self, text: str, outer: Any, inner: Any, font: Any, size: float) -> None:
        """Called by pypdf with a piece, the matrices of page and text, the font and its size."""
        scale = abs(outer[3] * inner[3]) or abs(outer[1] * inner[2]) or 1.0
        height = inner[5] * outer[3] + outer[5]
        name = str((font or {}).get("/BaseFont", "")).lower()
        bold = any(word in name for word in ("bold", "black", "heavy"))
        for place, part in enumerate(text.split("\n")):
            if place:
                self.end_line()
            if part.strip():
                points = round(float(size) * scale, 1)
                if self._is_footnote(part, points):
                    part, points = in_place(part, "sub" if height < self._pieces[-1][3] else "sup"), self._pieces[-1][1]
                self._pieces.append((part, points, bold, height))
            elif part and self._pieces:
                self._pieces.append((" ", self._pieces[-1][1], self._pieces[-1][2], self._pieces[-1][3]))

    def _is_footnote(self, part: str, points: float) -> bool:
        """Whether it is one or two smaller digits directly after a word or number."""
        if not self._pieces or not _FOOTNOTE.fullmatch(part):
            return False
        before = self._pieces[-1]
        return before[0][-1].isalnum() and points <= _SMALLER * before[1]

    def end_line(self) -> None:
        text = " ".join("".join(piece[0] for piece in self._pieces).split())
        if text:
            text = _LOOKALIKES.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
            size, bold = max(piece[1] for piece in self._pieces), all(piece[2] for piece in self._pieces)
            height = self._pieces[0][3]
            in_margin = abs(height - self._middle) > self._reach
            self.lines.append(_Line(text, self._page, size, bold, height, in_margin))
        self._pieces = []


def _without_margins(lines: list[_Line]) -> list[_Line]:
    """Removes text at the same height on most pages, ignoring digits: headers, footers, page numbers."""
    lines = [line for line in lines if not _PAGE.fullmatch(line.text)]
    pages = len({line.page for line in lines})
    places = Counter(map(_place, lines))
    if pages < 2:
        return lines
    if pages > 2:
        return [line for line in lines if places[_place(line)] <= max(2, pages // 2)]
    own: dict[int, list[float]] = {}
    for line in lines:
        if not line.in_margin or places[_place(line)] < 2 or line.text.endswith(("?", "？")):
            own.setdefault(line.page, []).append(line.height)
    spans = {page: (min(heights), max(heights)) for page, heights in own.items()}
    kept: list[_Line] = []
    apart: list[_Line] = []
    for each in [*lines, None]:
        if each and not _is_near(each, spans.get(each.page)):
            apart.append(each)
            continue
        if kept and _asks(kept[-1]) and (not each or _asks(each)):  # otherwise the question would have no text at all
            kept += [line for line in apart if line.page == kept[-1].page]
        kept += [each] if each else []
        apart = []
    return kept


def _place(line: _Line) -> tuple[int, str]:
    return round(line.height), re.sub(r"\d+", "#", line.text)


def _is_near(line: _Line, span: tuple[float, float] | None) -> bool:
    """Whether it is within or near the page's own text, or the page has no text of its own."""
    return span is None or span[0] - _APART * line.size < line.height < span[1] + _APART * line.size


def _pairs(lines: list[_Line], name: str) -> Iterator[tuple[_Line, list[_Line], str]]:
    """The questions with the lines below them, and why one is not an entry; empty for entries."""
    sizes: Counter[tuple[float, bool]] = Counter()
    for each in lines:
        sizes[each.size, each.bold] += len(each.text)
    (body_size, body_bold), _ = sizes.most_common(1)[0]

    def is_heading(line: _Line) -> bool:
        return line.size >= body_size * _LARGER or (line.bold and not body_bold)

    joined = _joined(lines, is_heading)
    headings = [line for line in joined if is_heading(line)]
    asked = headings or [line for line in joined if _asks(line)]
    title = _title(headings)
    number = _running_number([line for line in asked if line is not title])
    starts = {id(line) for line in asked}
    question: _Line | None = None
    answer: list[_Line] = []
    for line in [*joined, None]:
        if line is not None and id(line) not in starts:
            answer.append(line)
            continue
        if question and answer:
            left_out = "the title of other questions" if question is title else ""
            yield replace(question, text=number.sub("", question.text, count=1)), answer, left_out
        elif question and question is not title and headings and _is_over(question, line):
            raise InputFormatError(f"{name}, page {question.page}: the question has no answer in text")
        question, answer = line, []


def _running_number(asked: list[_Line]) -> re.Pattern[str]:
    """A pattern of the numbers before the questions if all are numbered in ascending order; otherwise of nothing."""
    numbers = [int(found[1]) for line in asked if (found := _NUMBER.match(line.text))]
    running = len(numbers) == len(asked) > 1 and all(one < next for one, next in pairwise(numbers))
    return _NUMBER if running else _NOTHING


def _is_over(question: _Line, following: _Line | None) -> bool:
    """Whether a heading that asks is followed by one that is not below it, or by none."""
    return question.text.endswith(("?", "？")) and (following is None or following.size >= question.size)


def _title(headings: list[_Line]) -> _Line | None:
    """The single largest heading, unless it asks itself or none of the others does."""
    if len(headings) < 2:
        return None
    *others, largest = sorted(headings, key=lambda line: line.size)
    if largest.size == others[-1].size or is_question(largest.text):
        return None
    return largest if any(is_question(_NUMBER.sub("", line.text, count=1)) for line in others) else None


def _asks(line: _Line) -> bool:
    short = len(line.text) <= _LONGEST_QUESTION
    return short and (line.text.endswith(("?", "？")) or bool(_QUESTION.match(line.text)))


def _joined(lines: list[_Line], is_heading: Callable[[_Line], bool]) -> list[_Line]:
    """Rejoins lines that were broken at the right margin."""
    widest = max(_width(line) for line in lines)
    words = set(re.findall(r"\w+", " ".join(line.text for line in lines).lower()))
    joined: list[_Line] = []
    last: _Line | None = None
    for line in lines:
        if last and _goes_on(last, line, widest, is_heading(last)):
            joined[-1] = replace(joined[-1], text=_put_together(joined[-1].text, line.text, words))
        else:
            joined.append(line)
        last = line
    return joined


def _put_together(before: str, behind: str, words: set[str]) -> str:
    """Two lines as one. A hyphen at the end is kept unless soft or the file has the joined word elsewhere."""
    broken = _BROKEN.search(before)
    rest = re.match(r"[a-zß-ÿ]+", behind)
    if broken and rest and not (broken[2] == "-" and rest[0] in _BEHIND_A_HANGING_HYPHEN):
        is_soft = broken[2] == "\u00ad" or (broken[1] + rest[0]).lower() in words
        return (before[:-1] if is_soft else before) + behind
    space = "" if _wide(before[-1]) or _wide(behind[0]) else " "
    return before + space + behind


def _goes_on(last: _Line, line: _Line, widest: float, heading: bool) -> bool:
    alike = (last.page, last.size, last.bold) == (line.page, line.size, line.bold)
    near = 0 <= last.height - line.height <= 1.6 * line.size
    full = heading or _width(last) >= _FULL * widest
    return alike and near and full and not _BULLET.match(line.text) and not _QUESTION.match(line.text)


def _width(line: _Line) -> float:
    return line.size * sum(2 if _wide(character) else 1 for character in line.text)


def _wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
