"""Text of RTF, PDF and C-CDA documents. Pictures are not read."""

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

from core.errors import InputTooLargeError
from core.pdf_budget import PdfBudget

from .reasons import Reason

MAX_DOCUMENT_BYTES = 8_000_000  # of a PDF or C-CDA, whose text is a fraction of it
MAX_PDF_PAGES = 300
MAX_PDF_STREAMS = 64_000_000  # bytes of all pages' text and fonts once unpacked
MAX_PDF_OPERATORS = 2_000_000  # of all pages, repeated drawings included
MAX_PDF_SECONDS = 30.0
_CDA = "{urn:hl7-org:v3}"
_LINES = {_CDA + name for name in ("br", "caption", "item", "paragraph", "td", "th", "title", "tr")}


def read_rtf(raw: bytes, parameters: str = "") -> tuple[str, Reason | None]:
    """The text of a Rich Text document, or why it cannot be read."""
    from striprtf.striprtf import rtf_to_text

    if not raw.lstrip().startswith(b"{\\rtf"):
        return "", Reason.BROKEN_DOCUMENT
    if raw.count(b"{") > 100_000:
        return "", Reason.TOO_LARGE
    try:
        # RTF is ASCII; other characters are escaped in the code page that it names.
        text: str = rtf_to_text(raw.decode("latin-1"), errors="replace")  # type: ignore[no-untyped-call]
        return text.strip(), None
    except Exception:  # the library raises errors of many kinds on broken documents
        return "", Reason.BROKEN_DOCUMENT


def read_pdf(raw: bytes, parameters: str = "") -> tuple[str, Reason | None]:
    """The text layer of a PDF, or why it cannot be read."""
    from pypdf import PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it logs every flaw that it repairs
    budget = PdfBudget(stream_bytes=MAX_PDF_STREAMS, operators=MAX_PDF_OPERATORS, seconds=MAX_PDF_SECONDS)
    try:
        reader = PdfReader(io.BytesIO(raw))
        if reader.is_encrypted and not reader.decrypt(""):
            return "", Reason.NO_TEXT
        if len(reader.pages) > MAX_PDF_PAGES:
            return "", Reason.TOO_LARGE
        budget.admit(reader.pages)
        pages = []
        for page in reader.pages:
            pages.append(page.extract_text(visitor_operand_before=budget.operator))
            budget.check()
    except InputTooLargeError:
        return "", Reason.TOO_LARGE
    except Exception:  # as above
        return "", Reason.BROKEN_DOCUMENT
    text = "\n".join(pages).encode(errors="replace").decode().strip()
    return (text, None) if text else ("", Reason.NO_TEXT)


def read_ccda(raw: bytes, parameters: str = "") -> tuple[str, Reason | None]:
    """The narrative of a C-CDA document: the title and text of each section, or why it cannot be read.

    http://hl7.org/cda/: the author attests the narrative, so the coded entries are not needed.
    """
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root = fromstring(raw, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return "", Reason.BROKEN_DOCUMENT
    if root.tag != f"{_CDA}ClinicalDocument":
        return "", Reason.CONTENT_TYPE
    parts = []
    for section in root.iter(f"{_CDA}section"):
        for name in ("title", "text"):
            if (element := section.find(_CDA + name)) is not None:
                parts.append("".join(_words(element)))
    text = re.sub(r"[^\S\n]+", " ", "\n".join(parts))
    return re.sub(r"\s*\n\s*", "\n", text).strip(), None


def _words(element: Any) -> Iterator[str]:
    """The text of an element in reading order, with a line for each cell, item and paragraph."""
    stack: list[Any] = [element]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            yield node
            continue
        edge = "\n" if node.tag in _LINES else ""
        inside = [edge, re.sub(r"\s+", " ", node.text or "")]
        for child in node:
            inside += [child, re.sub(r"\s+", " ", child.tail or "")]
        stack += reversed([*inside, edge])
