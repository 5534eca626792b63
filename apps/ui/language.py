"""The language of a page: the one it begins in, the one its switch leads to, and how HTML marks it."""

from html import escape
from typing import TYPE_CHECKING

from starlette.requests import Request

from knowledge.retrieval.language import Language, language_of

if TYPE_CHECKING:
    import gradio as gr


def page_language(request: "Request | gr.Request") -> Language:
    """The language that the page's address names, or else the one that the browser asks for first, or English.

    https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
    """
    wanted = request.query_params.get("lang") or request.headers.get("accept-language", "")
    return "zh" if wanted.strip().lower().startswith("zh") else "en"


def other(language: Language) -> Language:
    """The language that the switch leads to."""
    return "en" if language == "zh" else "zh"


def language_tag(language: Language) -> str:
    """As BCP 47 writes it, for ``lang`` attributes."""
    return "zh-CN" if language == "zh" else "en"


def english(text: str) -> str:
    """HTML of words that are English whatever the language of the page."""
    return f'<span lang="en">{escape(text)}</span>'


def spoken(text: str) -> str:
    """The ``lang`` attribute of words that somebody wrote, so that a screen reader says them as what they are."""
    return f'lang="{language_tag(language_of(text))}"'
