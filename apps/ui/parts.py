"""Shared by the screens: header, scripts, event options, and messages of success and failure."""

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
    """The ``js`` of an event that moves the focus, and so the view, to the first element matching a CSS selector."""
    return f"() => document.querySelector('{selector}')?.focus()"


def notice(html: str) -> str:
    """A message that screen readers announce at once; ``html`` is already escaped."""
    return f'<div class="r1-notice" role="alert" tabindex="-1">{html}</div>'


def done_html(html: str) -> str:
    """A message of success, announced by screen readers; ``html`` is already escaped."""
    return f'<div class="r1-done" role="status" tabindex="-1">{html}</div>'


def legend(colours: Iterable[tuple[str, str]]) -> str:
    """The legend of a chart.

    Args:
        colours: with their names as plain text.
    """
    keys = "".join(f'<span><i style="background:{colour}"></i>{escape(name)}</span>' for colour, name in colours)
    return f'<p class="r1-key">{keys}</p>'


def english_error(error: R1Error) -> str:
    """HTML of an error's message and hint, as sentences."""
    return english(" ".join(f"{part.rstrip('.')}." for part in (error.message, error.hint) if part))


@dataclass(frozen=True, slots=True)
class Header:
    """Components of a page's header.

    Attributes:
        row: has room for further buttons.
        who: shows who is signed in, and the button to sign out; None on a public page.
        switch: the button for the other language.
    """

    row: Any
    who: Any
    switch: Any


def page_header(labels: Labels, title: Text, lead: Text, *, document: Text = "", is_public: bool = False) -> Header:
    """The header of a screen; the document's language and title follow its switch.

    Args:
        title, lead: plain text.
        document: the document's title, if different.
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
    """The data for ``document.js``: language, title and messages."""
    texts = {"title": words(title, language)}
    texts |= {key: t(f"shared.{key}", language) for key in ("lost", "again", "tabs", "idle", "stay")}
    data = " ".join(f'data-{name}="{escape(text)}"' for name, text in texts.items())
    return f'<span lang="{language_tag(language)}" {data} hidden></span>'


def _brand(title: Text, lead: Text, language: Language) -> str:
    return f"<h1>{escape(words(title, language))}</h1><p>{escape(words(lead, language))}</p>"


def account_html(name: str, language: Language) -> str:
    """Who is signed in, and the button to sign out; nothing if nobody is (an empty ``name``)."""
    return sign_out_button(language, name) if name else ""


def signed_in(page: Any, who: Any, language: Any, name: Callable[[dict[str, str]], str]) -> None:
    """Fills a header with who is signed in and the button to sign out; with nothing if nobody is.

    Args:
        page: the Gradio blocks.
        who, language: the header's component for it, and the page's language state.
        name: the user's name by the browser's cookies; empty for nobody.
    """

    def show(lang: Language, request: gr.Request) -> str:
        return account_html(name(dict(request.cookies)), lang)

    gr.on([page.load, language.change], show, language, who, **PRIVATE)


def log_failure(log: logging.Logger, what: str, error: Exception) -> str:
    """Logs only the kind of an unexpected error, since its text may hold what a user wrote.

    Returns:
        The reference shown to the user.
    """
    reference = secrets.token_hex(4)
    log.error("%s failed, reference %s: %s", what, reference, type(error).__name__)
    return reference
