"""What the screens do alike: header, scripts, events, and what they say when something went well or wrong."""

import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any, Final

import gradio as gr

from core.errors import R1Error
from core.files import packaged
from knowledge.retrieval.language import Language

from .labels import Labels, Text, begun, words
from .language import english, language_tag
from .page import sign_out_button
from .texts import t

PRIVATE: Final[dict[str, Any]] = {"api_visibility": "private", "show_progress": "hidden"}
"""Options of every event of a screen: not in the public API, and no progress display that flickers."""


def script(package: str, name: str) -> str:
    """A script that ships in a package, for ``gr.HTML(js_on_load=...)`` or the ``js`` of an event."""
    return packaged(package, name).read_text("utf-8")


def focus(selector: str) -> str:
    """The ``js`` of an event that puts the keyboard, and the screen, on the first element that a CSS selector finds."""
    return f"() => document.querySelector('{selector}')?.focus()"


def notice(html: str) -> str:
    """A message that screen readers say at once; ``html`` is escaped already."""
    return f'<div class="r1-notice" role="alert" tabindex="-1">{html}</div>'


def done_html(html: str) -> str:
    """That something went well, which screen readers say; ``html`` is escaped already."""
    return f'<div class="r1-done" role="status" tabindex="-1">{html}</div>'


def legend(colours: Iterable[tuple[str, str]]) -> str:
    """What each colour of a chart means.

    Args:
        colours: with their names as text.
    """
    keys = "".join(f'<span><i style="background:{colour}"></i>{escape(name)}</span>' for colour, name in colours)
    return f'<p class="r1-key">{keys}</p>'


def english_error(error: R1Error) -> str:
    """HTML of an error's own words, what failed and what to do, as sentences."""
    return english(" ".join(f"{part.rstrip('.')}." for part in (error.message, error.hint) if part))


@dataclass(frozen=True, slots=True)
class Header:
    """What a page needs of its header.

    Attributes:
        row: where it has room for further buttons.
        who: for who is signed in, and the button to sign out; None on a page that anybody may open.
        switch: the button for the other language.
    """

    row: Any
    who: Any
    switch: Any


def page_header(labels: Labels, title: Text, lead: Text, *, document: Text = "", is_public: bool = False) -> Header:
    """What stands above every screen; and the document's language and title follow the switch.

    Args:
        title, lead: plain text.
        document: the document's title, if it is another one.
        is_public: nobody signs in; the switch can be pressed once the page has :func:`begun`.
    """
    labels.add(
        gr.HTML(js_on_load=script("apps.ui", "document.js"), elem_id="document"),
        value=partial(_document, document or title),
    )
    with gr.Row(elem_classes="r1-bar") as row:
        labels.add(gr.HTML(elem_classes="r1-brand"), value=partial(_brand, title, lead))
        who = None if is_public else gr.HTML(js_on_load=script("apps.ui", "session.js"), elem_id="who")
        button = gr.Button(size="sm", min_width=0, elem_id="language", interactive=not is_public)
        switch = labels.add(button, value="shared.language", **({"interactive": begun} if is_public else {}))
    return Header(row, who, switch)


def _document(title: Text, language: Language) -> str:
    """What ``document.js`` says and marks."""
    texts = {"title": words(title, language)}
    texts |= {key: t(f"shared.{key}", language) for key in ("lost", "again", "tabs", "idle", "stay")}
    data = " ".join(f'data-{name}="{escape(text)}"' for name, text in texts.items())
    return f'<span lang="{language_tag(language)}" {data} hidden></span>'


def _brand(title: Text, lead: Text, language: Language) -> str:
    return f"<h1>{escape(words(title, language))}</h1><p>{escape(words(lead, language))}</p>"


def signed_in(page: Any, who: Any, language: Any, name: Callable[[dict[str, str]], str]) -> None:
    """Fills a header with who is signed in, and the button to sign out; with nothing where nobody is.

    Args:
        page: the Gradio blocks.
        who: the header's part.
        language: the page's state.
        name: whose browser it is, by its cookies; empty for nobody's.
    """

    def show(lang: Language, request: gr.Request) -> str:
        known = name(dict(request.cookies))
        return sign_out_button(lang, known) if known else ""

    gr.on([page.load, language.change], show, language, who, **PRIVATE)


def log_failure(log: logging.Logger, what: str, error: Exception) -> str:
    """Logs an unexpected error by its kind alone, since its text may hold what a user wrote.

    Returns:
        The reference that the user is shown.
    """
    reference = secrets.token_hex(4)
    log.error("%s failed, reference %s: %s", what, reference, type(error).__name__)
    return reference
