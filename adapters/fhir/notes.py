"""Text of the notes that a FHIR record carries as attachments."""

import base64
import codecs
import re
from html.parser import HTMLParser

from .elements import Json, string
from .reasons import Reason

MAX_NOTE_BYTES = 1_000_000

# Python knows codecs that are no character sets (zip, rot13) or that a note has no business to use (unicode_escape).
_CHARSETS = re.compile(r"utf-8|ascii|utf-16|utf-16-le|utf-16-be|iso8859-\d{1,2}|cp125\d|gbk|gb2312|gb18030|big5")
_BLOCKS = {
    "address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li",
    "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul",
}  # fmt: skip
_HIDDEN = {"script", "style", "head", "template"}


def note_text(attachment: Json) -> tuple[str, Reason | None]:
    """The text of an Attachment in plain text or HTML, or why it cannot be read."""
    content_type, _, parameters = string(attachment.get("contentType")).lower().partition(";")
    if content_type.strip() not in ("text/plain", "text/html"):
        return "", Reason.CONTENT_TYPE
    data = string(attachment.get("data"))
    if not data:
        return "", Reason.HELD_ELSEWHERE if attachment.get("url") else Reason.EMPTY
    if len(data) > MAX_NOTE_BYTES * 2:  # base64 is 4/3 of the bytes, and may be broken into lines
        return "", Reason.TOO_LARGE
    try:
        raw = base64.b64decode("".join(data.split()), validate=True)
    except ValueError:
        return "", Reason.BROKEN_BASE64
    charset = _charset(parameters)
    if not charset:
        return "", Reason.UNKNOWN_CHARSET
    try:
        text = raw.decode(charset).removeprefix("\ufeff")
        size = len(text.encode())
    except UnicodeError:
        return "", Reason.BROKEN_TEXT
    if size > MAX_NOTE_BYTES:
        return "", Reason.TOO_LARGE
    if content_type.strip() == "text/html":
        text = _strip_html(text)
    return (text, None) if text.strip() else ("", Reason.EMPTY)


def _charset(parameters: str) -> str:
    """Python's name of the charset parameter, UTF-8 without one, empty when it is not known."""
    match = re.search(r"charset\s*=\s*\"?([\w.:-]+)", parameters)
    try:
        name = codecs.lookup(match[1]).name if match else "utf-8"
    except LookupError:
        return ""
    return name if _CHARSETS.fullmatch(name) else ""


class _TextOf(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def _strip_html(html: str) -> str:
    parser = _TextOf()
    try:
        parser.feed(html)
        parser.close()
    except (AssertionError, ValueError):  # the parser's own checks on declarations such as <![x
        return ""
    return re.sub(r" *\n\s*", "\n", "".join(parser.parts)).strip()
