"""Finds questions and their answers in the structure of a page, without running or loading any of it."""

import contextlib
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urljoin

from core.errors import InputFormatError

LINE = "data-r1-line"
"""Attribute with the source line of an element."""

# fmt: off
_SKIPPED = frozenset({
    "head", "script", "style", "template", "noscript", "nav", "footer", "aside", "iframe", "object", "svg",
    "canvas", "select", "textarea",
})
_STRUCK = frozenset({"del", "s", "strike"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADINGS | {
    "address", "article", "blockquote", "body", "br", "dd", "details", "div", "dl", "dt", "figcaption", "figure",
    "form", "header", "hr", "html", "li", "main", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot",
    "thead", "tr", "ul",
}
# fmt: on
_TELLING_DIGITS = 7  # last digits that identify a telephone number
_FILE_NAME = re.compile(r"\.\w{3,4}$")  # a file name in place of a description
_DIGITS = {"sup": str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"), "sub": str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")}


@dataclass(slots=True, eq=False)
class Question:
    """A question of a page with the text that answers it.

    Attributes:
        tag: its element: ``h1`` to ``h6``, ``details`` or ``dt``. (``dl`` holds the ``dt`` being read.)
        line: its line in the source, from 1; 0 if unknown.
        id: its ``data-faq-id``, or empty.
        language: primary subtag of the enclosing ``lang``, or empty.
        questions, answer: lines of text.
        is_struck: whether words of the question are struck out.
    """

    tag: str
    line: int
    id: str
    language: str
    questions: list[str] = field(default_factory=list)
    answer: list[str] = field(default_factory=list)
    is_struck: bool = False


def parse_page(html: str, name: str) -> Any:
    """The page's root element.

    Raises:
        InputFormatError: it is empty, or nested too deeply.
    """
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    parser = HTMLParser(encoding="utf-8", no_network=True)
    try:
        root = document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        raise InputFormatError(f"{name} has no HTML in it") from None
    for problem in parser.error_log:
        if problem.type_name == "ERR_RESOURCE_LIMIT":  # the rest of the page would be missing
            raise InputFormatError(f"{name}, line {problem.line}: nested too deeply")
    return root


def questions_of(root: Any, base: str) -> list[Question]:
    """The questions in page order; some may have no answer, or only struck-out words.

    Questions are headings, the ``summary`` of ``details``, and the ``dt`` of definition lists.

    Args:
        base: the page's address, for its relative links.
    """
    walk = _Walk(base)
    walk.over(root)
    return walk.found


def plain_text(html: str, name: str, base: str = "") -> str:
    """An HTML fragment as lines of text; ``base`` as in :func:`questions_of`."""
    if not html.strip():
        return ""
    whole = Question("text", 0, "", "")
    _Walk(base, whole).over(parse_page(f"<div>{html}</div>", name))
    return "\n".join(whole.answer)


def in_place(text: str, tag: str) -> str:
    """The text with raised (``sup``) or lowered (``sub``) digits; otherwise a footnote, £5², would change a price."""
    return text.translate(_DIGITS[tag])


class _Walk:
    """One pass over a page, without recursion, that assigns each line of text to the question above it.

    Args:
        base: see :func:`questions_of`.
        whole: takes all text, whatever the structure.
    """

    def __init__(self, base: str, whole: Question | None = None) -> None:
        self._base = base
        self.found: list[Question] = []
        self._plain = whole is not None
        self._open = [whole] if whole else []  # innermost last, which takes the text
        self._asked: list[str] | None = None  # the words of a question while it is read
        self._text: list[str] = []
        self._counters: list[int | None] = []  # last number in each open list, innermost last; None for bullets
        self._bullet = ""
        self._line = 0
        self._raised: list[str] = []  # open sup and sub, innermost last
        self._preformatted = 0  # number of open pre, whose line breaks are kept

    def over(self, root: Any) -> None:
        from lxml import etree

        walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
        for event, element in walk:
            if event == "start":
                if element.tag in _STRUCK and self._asked is not None:
                    self._open[-1].is_struck = True
                if element.tag in _SKIPPED | _STRUCK:
                    walk.skip_subtree()
                    continue
                self._start(element)
                self._add(element.text or "")
            else:
                if event == "end" and element.tag not in _SKIPPED | _STRUCK:
                    self._end(element)
                if element is not root:
                    self._add(element.tail or "")
        self._flush()
        while self._open:
            self._close()

    def _add_description(self, image: Any) -> None:
        description = image.get("alt", "").strip()
        if self._asked is None and not _FILE_NAME.search(description):
            self._text.append(description)

    def _add(self, text: str) -> None:
        if self._raised:
            text = in_place(text, self._raised[-1])
        if self._preformatted:
            *lines, text = text.split("\n")
            for line in lines:
                self._text.append(line)
                self._flush()
        self._text.append(text)

    def _start(self, element: Any) -> None:
        tag = element.tag
        if tag in _DIGITS:
            self._raised.append(tag)
        self._preformatted += tag == "pre"
        mark = element.get(LINE, "")
        self._line = int(mark) if re.fullmatch(r"[0-9]{1,9}", mark) else self._line
        if tag in _BLOCKS:
            self._flush()
        if tag == "img":
            self._add_description(element)
        if tag in ("ul", "ol"):
            first = re.fullmatch(r"\d{1,9}", element.get("start", "1"))
            self._counters.append((int(first[0]) - 1 if first else 0) if tag == "ol" else None)
        elif tag == "li":
            self._bullet = self._next_bullet()
        elif tag == "dt" and self._asked is not None:  # the previous dt has no end tag
            self._end_question()
            self._asked = []
        elif not self._plain and self._asked is None:
            self._start_question(tag, element)

    def _start_question(self, tag: str, element: Any) -> None:
        inner = self._open[-1].tag if self._open else ""
        if tag == "details":
            self._begin(tag, element)
        elif tag == "dl":
            self._open.append(self._question(tag, element))
        elif tag == "dt" and inner in ("dl", "dt"):
            if inner == "dt" and self._open[-1].answer:
                self._close()
                inner = "dl"
            if inner == "dl":  # otherwise it is another wording of the same question
                self._begin(tag, element)
            self._asked = []
        elif tag == "summary" and inner == "details":
            self._asked = []
        elif tag in _HEADINGS and (not inner or inner in _HEADINGS):
            if inner:
                self._close()
            self._begin(tag, element)
            self._asked = []

    def _end(self, element: Any) -> None:
        tag = element.tag
        if tag in _DIGITS:
            self._raised.pop()
        self._preformatted -= tag == "pre"
        if tag == "a":
            self._add_target(element)
        elif tag in ("td", "th"):
            self._text.append(" | ")
        if tag in _BLOCKS:
            self._flush()
        if tag in ("ul", "ol") and self._counters:
            self._counters.pop()
        elif tag == "li":
            self._bullet = ""
        elif tag in _HEADINGS or tag in ("summary", "dt"):
            self._end_question()
        elif tag in ("details", "dl"):
            self._end_frame(tag)

    def _end_question(self) -> None:
        if self._asked:
            self._open[-1].questions.append(" ".join(self._asked))
        self._asked = None

    def _end_frame(self, tag: str) -> None:
        if any(each.tag == tag for each in self._open):
            while self._open[-1].tag != tag:
                self._close()
            self._close()

    def _begin(self, tag: str, element: Any) -> None:
        self._open.append(self._question(tag, element))
        self.found.append(self._open[-1])

    def _close(self) -> None:
        """Ends the innermost question; if it asks nothing, its text goes to the one around it."""
        closed = self._open.pop()
        if closed.questions or closed.is_struck:
            return
        if closed in self.found:
            self.found.remove(closed)
        if self._open:
            self._open[-1].answer += closed.answer

    def _question(self, tag: str, element: Any) -> Question:
        language = element.xpath("string(ancestor-or-self::*[@lang][1]/@lang)").strip().lower().split("-")[0]
        return Question(tag, self._line or element.sourceline or 0, element.get("data-faq-id", ""), language)

    def _next_bullet(self) -> str:
        if not self._counters or self._counters[-1] is None:
            return "- "
        self._counters[-1] += 1
        return f"{self._counters[-1]}. "

    def _add_target(self, link: Any) -> None:
        """Adds a link's address, e-mail address or telephone number after its text, unless already in it."""
        target, text = link.get("href", "").strip(), "".join(link.itertext())
        if self._asked is not None or not target or target.startswith("#"):
            return
        with contextlib.suppress(ValueError):  # not an address
            target = urljoin(self._base, target)
        scheme, _, rest = target.partition(":")
        scheme = scheme.lower()
        if scheme in ("https", "http"):
            shown, is_there = target, target.rstrip("/") in text
        elif scheme in ("mailto", "tel"):
            shown = unquote(rest.partition("?")[0])
            is_there = shown.lower() in text.lower()
            if scheme == "tel":  # however it is grouped, with or without the country code
                is_there = re.sub(r"\D", "", shown)[-_TELLING_DIGITS:] in re.sub(r"\D", "", text)
        else:
            return
        if not is_there:
            self._text.append(f" ({shown})")

    def _flush(self) -> None:
        line = re.sub(r"\s+", " ", "".join(self._text)).strip().removesuffix("|").strip()
        self._text = []
        if line and self._asked is not None:
            self._asked.append(line)
        elif line and self._open:
            self._open[-1].answer.append(self._bullet + line)
            self._bullet = ""
