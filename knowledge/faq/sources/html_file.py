"""Reads HTML: schema.org's FAQPage data if a page has it, otherwise its headings, ``details`` and definition lists."""

import codecs
import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from core.errors import InputFormatError

from .page import Question, parse_page, plain_text, questions_of
from .record import Record, completed, is_question, read_bytes
from .sidecar import sidecar_fields

MAX_BYTES = 32 << 20
"""Largest file that is read."""

_OTHERS = ("details", "dt")  # elements besides headings that are questions
_OF_PAGES = re.compile(
    r"(?:was|is) this(?: page| article| answer)? (?:help|use)ful(?: to you)?|did this answer your question"
    r"|still (?:need help|have questions)"
    r"|(?:这篇|此|本)?(?:文章|文|内容|回答)?对[您你](?:是否)?有帮助吗?|[还仍](?:有疑问|需要帮助)吗?",
    re.IGNORECASE,
)
"""Questions that a page asks its readers about itself; they must match as a whole, longer ones are readers' own."""

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w-]{1,40})""", re.IGNORECASE)

# Encodings that browsers use for these names: https://encoding.spec.whatwg.org, "Names and labels".
_AS_BROWSERS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
}


def read_html(path: Path) -> Iterator[Record]:
    """Yields the page's questions. Fields common to all may be in a ``<name>.toml`` next to it.

    Raises:
        InputError: the file cannot be read, is too large, in an unknown encoding or nested too deeply.
    """
    fields = sidecar_fields(path)
    root = parse_page(_decoded(path), path.name)
    canonical = str(root.xpath("string(//link[@rel='canonical']/@href)")).strip()
    if canonical.startswith(("https://", "http://")):
        fields.setdefault("link", canonical)
    base = _base(root, str(fields.get("link", "")))
    for record in [*_linked_data(root, path.name, base)] or [*page_records(root, path.name, base, of_site=True)]:
        yield completed(path, record, fields)


def _base(root: Any, address: str) -> str:
    """Base of a page's relative links: its address, unless it names another one."""
    try:
        return urljoin(address, str(root.xpath("string(//base[@href]/@href)")).strip())
    except ValueError:  # not an address
        return address


def page_records(root: Any, name: str, base: str, *, of_site: bool = False) -> Iterator[Record]:
    """Yields the questions visible on a page, and its title if that has text; see :func:`_title`.

    Args:
        base: base of the page's relative links; empty if unknown.
        of_site: whether a site may have added questions about the page itself.

    Raises:
        InputFormatError: a question has no answer, or is struck out. (A heading without text is a section's if others
            follow below it, or if it does not ask.)
    """
    found, around = _parted(root, base)
    of_page = [each for each in found if of_site and _is_of_page(each)]
    found = [each for each in found if not (of_site and _is_of_page(each))]
    title = _title(found)
    for each, following in zip_longest(found, found[1:]):
        where = f"{name}, line {each.line}"
        if not each.questions:
            raise InputFormatError(f"{where}: the question is struck out", hint="Remove it with its answer")
        if each.answer:
            yield _record(where, each, "the title of other questions" if each is title else "")
        elif each is not title and (each.tag in _OTHERS or (_asks(each) and not _is_section(each, following))):
            raise InputFormatError(f"{where}: the question has no answer in text")

    for others, why in (
        (of_page, "a question of the page about itself"),
        (around, "outside the main part of the page"),
    ):
        for each in others:
            if each.answer and each.questions:
                yield _record(f"{name}, line {each.line}", each, why)


def _record(where: str, found: Question, left_out: str) -> Record:
    fields = {"id": found.id, "questions": found.questions, "answer": "\n".join(found.answer)}
    return Record(where, {**fields, "language": found.language}, left_out=left_out)


def _parted(root: Any, base: str) -> tuple[list[Question], list[Question]]:
    """The questions of a page's main part, and apparent ones around it, such as headings of a banner or form.

    If the surroundings also ask and answer, the part is not the main one, and everything belongs to the page.
    """
    everything = questions_of(root, base)
    for path in ("//article[.//h1]", "//main | //*[@role='main']"):
        parts = root.xpath(path)
        found = questions_of(parts[0], base) if len(parts) == 1 else []
        inside = {(each.line, *each.questions) for each in found}
        around = [each for each in everything if (each.line, *each.questions) not in inside]
        if any(each.answer for each in found) and not any(map(_is_answered, around)):
            return found, around
    return everything, []


def _is_answered(found: Question) -> bool:
    return bool(found.answer) and _asks(found) and not _is_of_page(found)


def _title(found: Sequence[Question]) -> Question | None:
    """The single ``h1`` of a page of questions. On a page about one thing, its text is an answer like any other.

    Such a page asks in its ``h1``, has an id there, or asks nothing below it.
    """
    titles = [each for each in found if each.tag == "h1"]
    if len(titles) != 1 or len(found) == 1:
        return None
    (title,) = titles
    is_entry = title.answer and (title.id or _asks(title) or not any(map(_asks, found)))
    return None if is_entry else title


def _asks(heading: Question) -> bool:
    return heading.tag in _OTHERS or any(map(is_question, heading.questions))


def _is_of_page(heading: Question) -> bool:
    return heading.tag not in _OTHERS and any(_OF_PAGES.fullmatch(text.rstrip(" ?？")) for text in heading.questions)


def _is_section(heading: Question, following: Question | None) -> bool:
    """Whether what follows is below the heading: a deeper heading, or a question that is not a heading."""
    return following is not None and not "h1" <= following.tag <= heading.tag


def _decoded(path: Path) -> str:
    """The text, decoded as UTF-8 or in the encoding that the page names."""
    content = read_bytes(path, MAX_BYTES)
    named = _CHARSET.search(content[:4096])
    encodings = ["utf-8-sig"]
    with contextlib.suppress(LookupError, ValueError):
        name = codecs.lookup(named[1].decode() if named else "utf-8").name
        encodings += [_AS_BROWSERS.get(name, name), name]
    for encoding in encodings:
        with contextlib.suppress(LookupError, UnicodeError, ValueError, TypeError):
            return codecs.decode(content, encoding)
    raise InputFormatError(f"{path.name} is not text in UTF-8", hint="Save the page as UTF-8")


def _linked_data(root: Any, name: str, base: str) -> Iterator[Record]:
    """The questions in JSON-LD of type https://schema.org/FAQPage."""
    number = 0
    for script in root.iter("script"):
        text = script.text or ""
        if script.get("type", "").strip().lower() != "application/ld+json" or "FAQPage" not in text:
            continue
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            raise InputFormatError(
                f"{name}, line {script.sourceline}: its FAQPage data is not JSON", hint="Fix or remove it"
            ) from None
        for page in _of_type(data, "FAQPage"):
            for question in _of_type(page.get("mainEntity"), "Question"):
                number += 1
                where = f"{name}, FAQPage question {number}"
                yield Record(where, _linked_question(page, question, name, base))


def _linked_question(page: dict[str, Any], question: dict[str, Any], name: str, base: str) -> dict[str, object]:
    def inherited(key: str) -> str:
        return str(question.get(key) or page.get(key) or "")

    answers = [answer.get("text") for answer in _of_type(question.get("acceptedAnswer"), "Answer")]
    title = plain_text(str(question.get("name") or ""), name).replace("\n", " ")
    return {
        "questions": [title] if title else (),
        "answer": "\n".join(plain_text(str(text), name, base) for text in answers if text),
        "language": inherited("inLanguage").lower().split("-")[0],
        "updated": inherited("dateModified").strip()[:10],
        "link": question.get("url") or "",
    }


def _of_type(data: object, kind: str) -> Iterator[dict[str, Any]]:
    """Every object of a schema.org type, at any depth; without recursion."""
    waiting = [data]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += reversed(each)
        elif isinstance(each, dict):
            types = each.get("@type")
            if kind == types or (isinstance(types, list) and kind in types):
                yield each
            else:
                waiting += reversed(each.values())
