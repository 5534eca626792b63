"""The language of a page: the one it opens in, the one its switch leads to, and its HTML attribute."""

from html import escape
from typing import TYPE_CHECKING

from starlette.requests import Request

from knowledge.retrieval.language import Language, Written, language_of

if TYPE_CHECKING:
    import gradio as gr


def page_language(request: "Request | gr.Request") -> Language:
    """The language in the page's address, otherwise Chinese if the browser prefers it, otherwise English.

    https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
    """
    return language_for(request.query_params.get("lang") or request.headers.get("accept-language", ""))


def chosen_language(request: Request) -> str:
    """``lang=zh``, for the next page's address, if this one names another language than the browser; or empty."""
    chosen = request.query_params.get("lang")
    preferred = language_for(request.headers.get("accept-language", ""))
    return f"lang={language_for(chosen)}" if chosen and language_for(chosen) != preferred else ""


def language_for(tag: str) -> Language:
    """The language of a page for a language tag, or a list of them as in ``Accept-Language``."""
    return "zh" if tag.strip().lower().startswith("zh") else "en"


def other(language: Language) -> Language:
    """The language that the switch leads to."""
    return "en" if language == "zh" else "zh"


def language_tag(language: Written) -> str:
    """The BCP 47 tag, for ``lang`` attributes."""
    return "zh-CN" if language == "zh" else language


def english(text: str) -> str:
    """HTML of text that is English whatever the language of the page."""
    return f'<span lang="en">{escape(text)}</span>'


def spoken(text: str) -> str:
    """The ``lang`` attribute of user-written text, so that screen readers pronounce it correctly."""
    return f'lang="{language_tag(language_of(text))}"'
