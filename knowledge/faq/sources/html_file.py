"""Reads HTML: schema.org's FAQPage data where a page has them, else its headings, ``details`` and definition lists."""

import codecs
import contextlib
import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from core.errors import InputFormatError

from ..followup import asks
from .page import Question, parse_page, plain_text, questions_of
from .record import Record, completed, read_bytes
from .sidecar import sidecar_fields

MAX_BYTES = 32 << 20
"""Largest file that is read."""

_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([\w-]{1,40})""", re.IGNORECASE)

# What browsers read where a page names these: https://encoding.spec.whatwg.org, "Names and labels".
_AS_BROWSERS = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
}


def read_html(path: Path) -> Iterator[Record]:
    """Yields the page's questions. What holds for all of them may stand in ``<name>.toml`` beside it.

    Raises:
        InputError: the file cannot be read, is too large, in an unknown encoding or nested too deeply.
    """
    fields = sidecar_fields(path)
    root = parse_page(_decoded(path), path.name)
    canonical = str(root.xpath("string(//link[@rel='canonical']/@href)")).strip()
    if canonical.startswith(("https://", "http://")):
        fields.setdefault("link", canonical)
    base = _base(root, str(fields.get("link", "")))
    for record in [*_linked_data(root, path.name, base)] or [*page_records(root, path.name, base)]:
        yield completed(record.where, path, fields, record.fields)


def _base(root: Any, address: str) -> str:
    """What a page's relative links start from: its address, unless it names another one."""
    try:
        return urljoin(address, str(root.xpath("string(//base[@href]/@href)")).strip())
    except ValueError:  # no address at all
        return address


def page_records(root: Any, name: str, base: str) -> Iterator[Record]:
    """Yields the questions that can be seen on a page, except its title: a single ``h1``.

    Args:
        base: where the page's relative links start; empty if unknown.

    Raises:
        InputFormatError: a question has no answer, or is struck out. (A heading without text is that of a section if
            others follow below it, or if it does not ask.)
    """
    found = questions_of(root, base)
    titles = [each for each in found if each.tag == "h1"]
    for each, following in zip_longest(found, found[1:]):
        where = f"{name}, line {each.line}"
        if not each.questions:
            raise InputFormatError(f"{where}: the question is struck out", hint="Remove it with its answer")
        if len(found) > 1 and titles == [each]:
            continue
        if each.answer:
            fields = {"id": each.id, "questions": each.questions, "answer": "\n".join(each.answer)}
            yield Record(where, {**fields, "language": each.language})
        elif each.tag in ("details", "dt") or (_asks(each) and not _is_section(each, following)):
            raise InputFormatError(f"{where}: the question has no answer in text")


def _asks(heading: Question) -> bool:
    return any(text.endswith(("?", "？")) or asks(text) for text in heading.questions)


def _is_section(heading: Question, following: Question | None) -> bool:
    """Whether what follows stands below the heading: a deeper one, or a question that is no heading."""
    return following is not None and not "h1" <= following.tag <= heading.tag


def _decoded(path: Path) -> str:
    """Text in UTF-8, or in the encoding that the page names."""
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
    """The questions of JSON-LD of the type https://schema.org/FAQPage."""
    number = 0
    for script in root.iter("script"):
        text = script.text or ""
        if script.get("type", "").strip().lower() != "application/ld+json" or "FAQPage" not in text:
            continue
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            raise InputFormatError(
                f"{name}, line {script.sourceline}: its FAQPage data is not JSON", hint="Repair or remove it"
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
        "updated": inherited("dateModified")[:10],
        "link": question.get("url") or "",
    }


def _of_type(data: object, kind: str) -> Iterator[dict[str, Any]]:
    """Every object of a schema.org type, wherever it stands; without recursion."""
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
