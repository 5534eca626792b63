"""Limits the cost of reading a PDF: a small file may unpack to a large one, and pypdf rereads fonts on every page."""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from .errors import InputTooLargeError

if TYPE_CHECKING:
    from pypdf import PageObject
    from pypdf.generic import DictionaryObject

_PAGE_BYTES = 20_000_000  # of one page, the longest stretch read without checking the clock


class PdfBudget:
    """The budget of one PDF, counted from now.

    Args:
        stream_bytes: unpacked size of content, forms and fonts, counted for every page that has them.
        operators: drawing operators of all pages, repeated forms included.
        seconds: CPU time of this thread, so that a busy machine reads no less than an idle one.
    """

    def __init__(self, *, stream_bytes: int, operators: int, seconds: float) -> None:
        self._bytes, self._operators = stream_bytes, operators
        self._until = time.thread_time() + seconds

    def admit(self, pages: Iterable["PageObject"]) -> None:
        """Checks pypdf pages before any text is extracted.

        Raises:
            InputTooLargeError: they unpack to too much.
        """
        for page in pages:
            of_page = 0
            for size in _sizes(page):
                of_page += size
                self._bytes -= size
                self.check()
                if of_page > _PAGE_BYTES:
                    raise _too_large()

    def operator(self, *_: Any) -> None:
        """Called by pypdf before each drawing operator.

        Raises:
            InputTooLargeError: see :meth:`check`.
        """
        self._operators -= 1
        self.check()

    def check(self) -> None:
        """Called after each page as well: pypdf swallows errors from parts of a page.

        Raises:
            InputTooLargeError: no more may be read.
        """
        if self._bytes < 0 or self._operators < 0 or time.thread_time() > self._until:
            raise _too_large()


def _too_large() -> InputTooLargeError:
    return InputTooLargeError("The PDF takes too much to read", hint="Split it")


def _sizes(page: "PageObject") -> Iterator[int]:
    """Unpacked sizes of the streams that pypdf reads for a page's text: its content, each font, each form once."""
    from pypdf.generic import DictionaryObject

    yield _unpacked(page.get_contents)
    seen: set[int] = set()
    holders: list[DictionaryObject] = [page]
    while holders:
        resources = holders.pop().get_inherited("/Resources")
        for font in _values(resources, "/Font"):
            yield _unpacked(partial(font.__getitem__, "/ToUnicode"))
        for drawn in _values(resources, "/XObject"):
            if drawn.get("/Subtype") == "/Form" and id(drawn) not in seen:
                seen.add(id(drawn))
                holders.append(drawn)
                yield _unpacked(drawn.get_object)


def _values(resources: Any, kind: str) -> "list[DictionaryObject]":
    """The dictionaries of a kind among resources; damaged ones have none."""
    from pypdf.generic import DictionaryObject

    found: Any = resources[kind] if isinstance(resources, DictionaryObject) and kind in resources else {}
    values = [value.get_object() for value in found.values()] if isinstance(found, dict) else []
    return [value for value in values if isinstance(value, DictionaryObject)]


def _unpacked(stream: Callable[[], Any]) -> int:
    """Unpacked size; 0 for a stream that is absent or cannot be unpacked, which fails when it is read."""
    try:
        return len(stream().get_data())
    except Exception:  # pypdf raises many kinds of errors for broken documents
        return 0
