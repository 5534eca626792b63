"""Text of the attachments that a FHIR record carries: notes, reports, letters."""

import base64
import codecs
import re
from collections.abc import Iterable, Iterator

from .documents import MAX_DOCUMENT_BYTES, read_ccda, read_pdf, read_rtf
from .elements import Json, string
from .reasons import Reason

MAX_NOTE_BYTES = 1_000_000

# Python has codecs that are not character sets (zip, rot13) or that no note should use (unicode_escape).
_CHARSETS = re.compile(r"utf-8|ascii|utf-16|utf-16-le|utf-16-be|iso8859-\d{1,2}|cp125\d|gbk|gb2312|gb18030|big5")
_BLOCKS = {
    "address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li",
    "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
}  # fmt: skip
_HIDDEN = {"script", "style", "head", "template"}


def is_readable_type(attachment: Json) -> bool:
    """Whether :func:`note_text` reads attachments of this content type."""
    return _kind(attachment) in _READERS


def note_text(attachment: Json) -> tuple[str, Reason | None]:
    """The text of an Attachment in plain text, HTML, RTF, PDF or C-CDA, or why it cannot be read."""
    read = _READERS.get(_kind(attachment))
    if read is None:
        return "", Reason.CONTENT_TYPE
    data = string(attachment.get("data"))
    if not data:
        return "", Reason.HELD_ELSEWHERE if attachment.get("url") else Reason.EMPTY
    limit = MAX_DOCUMENT_BYTES if read in (read_pdf, read_ccda) else MAX_NOTE_BYTES
    if len(data) > limit * 2:  # base64 is 4/3 of the bytes, and may be broken into lines
        return "", Reason.TOO_LARGE
    try:
        raw = base64.b64decode("".join(data.split()), validate=True)
    except ValueError:
        return "", Reason.BROKEN_BASE64
    text, reason = read(raw, string(attachment.get("contentType")).lower().partition(";")[2])
    if reason is None and len(text.encode(errors="replace")) > MAX_NOTE_BYTES:
        return "", Reason.TOO_LARGE
    return (text, reason) if reason or text.strip() else ("", Reason.EMPTY)


def read_attachments(attachments: Iterable[Json]) -> Iterator[tuple[str, str, Reason | None]]:
    """Content type and text of each Attachment, or why it has none.

    In FHIR the attachments of a document are alternative formats of it, so the first readable one counts, with others
    of its type.
    """
    read = ""
    for attachment in attachments:
        kind = string(attachment.get("contentType"))
        text, reason = ("", Reason.OTHER_FORMAT) if read not in ("", _kind(attachment)) else note_text(attachment)
        if reason is None:
            read = _kind(attachment)  # without its character set
        yield kind, text, reason


def _kind(attachment: Json) -> str:
    return string(attachment.get("contentType")).lower().partition(";")[0].strip()


def _read_plain(raw: bytes, parameters: str) -> tuple[str, Reason | None]:
    charset = _charset(parameters)
    if not charset:
        return "", Reason.UNKNOWN_CHARSET
    try:
        text = raw.decode(charset).removeprefix("\ufeff")
        text.encode()
    except UnicodeError:
        return "", Reason.BROKEN_TEXT
    return text, None


def _read_html(raw: bytes, parameters: str) -> tuple[str, Reason | None]:
    text, reason = _read_plain(raw, parameters)
    # Larger ones are not parsed: the caller refuses them.
    return (_strip_html(text), None) if reason is None and len(raw) <= MAX_NOTE_BYTES else (text, reason)


def _charset(parameters: str) -> str:
    """Python's name for the charset parameter: UTF-8 if there is none, empty if it is unknown."""
    match = re.search(r"charset\s*=\s*\"?([\w.:-]+)", parameters)
    try:
        name = codecs.lookup(match[1]).name if match else "utf-8"
    except LookupError:
        return ""
    return name if _CHARSETS.fullmatch(name) else ""


class _TextOf:
    """Collects the visible text of a page from lxml's parser events."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._hidden = 0

    def start(self, tag: str, attributes: object) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BLOCKS:
            self._parts.append("\n")

    def end(self, tag: str) -> None:
        self._hidden -= tag in _HIDDEN
        if tag in _BLOCKS:
            self._parts.append("\n")

    def data(self, data: str) -> None:
        if not self._hidden:
            self._parts.append(re.sub(r"\s+", " ", data))

    def close(self) -> str:
        return "".join(self._parts)


def _strip_html(html: str) -> str:
    from lxml.etree import HTMLParser, LxmlError

    # Python's own parser takes hours on a page of unclosed tags.
    parser = HTMLParser(target=_TextOf(), huge_tree=True, no_network=True)
    try:
        parser.feed(html)
        text = str(parser.close())
    except LxmlError:  # nothing in it
        return ""
    text = re.sub(" +", " ", text)  # many pieces of one blank each would make the next line take minutes
    return re.sub(r" *\n\s*", "\n", text).strip()


_READERS = {
    "text/plain": _read_plain,
    "text/html": _read_html,
    "application/xhtml+xml": _read_html,
    "text/rtf": read_rtf,
    "application/rtf": read_rtf,
    "application/pdf": read_pdf,
    "text/xml": read_ccda,
    "application/xml": read_ccda,
    "application/cda+xml": read_ccda,
    "application/hl7-cda+xml": read_ccda,
}
