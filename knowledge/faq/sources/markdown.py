"""Reads Markdown: its headings are questions, the text below is the answer."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import InputFormatError

from .html_file import page_records
from .page import LINE, parse_page
from .record import FileFields, Record, completed, read_text
from .sidecar import sidecar_fields

if TYPE_CHECKING:
    from markdown_it.rules_core import StateCore

MAX_BYTES = 32 << 20
"""Largest file that is read."""

_FRONT_MATTER = re.compile(r"\A---[ \t]*\r?\n(.{0,65536}?)^---[ \t]*\r?$", re.DOTALL | re.MULTILINE)
_OF_SITES = re.compile(
    "author|categories|date|description|keywords|layout|nav_order|parent|permalink|sidebar_label|sidebar_position|slug|"
    "title|weight"
)
"""Front matter of site generators (Jekyll, Hugo, Docusaurus) that entries do not have. Other unknown names are refused:
a misspelt ``audience`` would publish internal entries."""
_FIELDS = "|".join([*FileFields.model_fields, _OF_SITES.pattern])
_OPENED = re.compile(
    r"\s*(?:-{3,}|\+{3})[^\n]*\n"
    r"(?:[ \t]*(?:#[^\n]*|[\"']?[\w-]+[\"']?[ \t]*[:=][^\n]*)?\r?\n)*"  # comments and other fields
    rf"[ \t{{]*[\"']?(?:{_FIELDS})[\"']?[ \t]*[:=]"
)
"""The beginning of front matter, as far as recognisable without its end."""
_ID = re.compile(r"\s*\{#([^{}\s]+)\}\s*$")


def read_markdown(path: Path) -> Iterator[Record]:
    """Yields the file's questions (CommonMark with tables and strikethrough; embedded HTML is read as on a page).

    ``{#card-lost}`` after a heading is the entry's id. Fields common to all entries may be in YAML front matter, or in
    a ``<name>.toml`` next to the file.

    Raises:
        InputError: the file cannot be read, is too large, not UTF-8 or nested too deeply, or its front matter is not
            at the top between two lines of ``---``, or has an unknown or malformed field.
    """
    from markdown_it import MarkdownIt

    text = read_text(path, MAX_BYTES)
    front = _FRONT_MATTER.match(text)
    if not front and _OPENED.match(text):  # read as text, ``audience: internal`` would publish the file
        problem = "front matter: it does not stand between two lines of ---"
        raise InputFormatError(
            f"{path.name}, {problem}", hint="Write --- on the first line, and again below the fields"
        )
    fields = FileFields.checked(_front_matter(front[1], path.name), f"{path.name}, front matter") if front else {}
    if front:  # its lines stay, emptied, so that line numbers do not change
        text = "\n" * front[0].count("\n") + text[front.end() :]
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    parser.core.ruler.after("block", "places", _mark_places)
    try:
        html = parser.render(text)
    except RecursionError:
        raise InputFormatError(f"{path.name} is nested too deeply") from None
    if not html.strip():
        return
    beside = sidecar_fields(path)
    base = str((beside | fields).get("link", ""))
    for record in page_records(parse_page(html, path.name), path.name, base):
        yield completed(path, record, beside, fields)


def _front_matter(text: str, name: str) -> Any:
    import yaml

    try:
        fields = yaml.safe_load(text) or {}
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise InputFormatError(f"{name}, front matter: not YAML ({type(error).__name__})") from None
    if not isinstance(fields, dict):
        return fields
    return {name: value for name, value in fields.items() if not _OF_SITES.fullmatch(str(name))}


def _mark_places(state: "StateCore") -> None:
    """Gives each block its line, and each heading the id after its text."""
    for token, following in pairwise(state.tokens):
        if token.map and token.nesting >= 0 and token.type != "html_block":
            token.attrSet(LINE, str(token.map[0] + 1))
        if token.type == "heading_open" and (named := _ID.search(following.content)):
            token.attrSet("data-faq-id", named[1])
            following.content = following.content[: named.start()]
