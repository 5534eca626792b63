"""What the screens do alike: their events, and what they say when something goes wrong."""

import logging
import secrets
from typing import Any, Final

import gradio as gr

from apps.auth.pages import sign_out_button
from apps.auth.sessions import Sessions
from knowledge.retrieval.language import Language

PRIVATE: Final[dict[str, Any]] = {"api_visibility": "private", "show_progress": "hidden"}
"""Of every event of a screen: it is no part of the public API, and nothing flickers."""


def notice(html: str) -> str:
    """A message that screen readers say at once; ``html`` is escaped already."""
    return f'<div class="r1-notice" role="alert" tabindex="-1">{html}</div>'


def signed_in(page: Any, language: Any, sessions: Sessions) -> None:
    """At this place of a screen: who is signed in, and the way out; nothing where no account is needed.

    Args:
        page: the Gradio blocks.
        language: their state.
    """
    who = gr.HTML(padding=False, elem_id="who")

    def show(lang: Language, request: gr.Request) -> str:
        account = sessions.account(dict(request.cookies), used=False)
        return sign_out_button(lang, account) if account else ""

    gr.on([page.load, language.change], show, language, who, **PRIVATE)


def log_failure(log: logging.Logger, what: str, error: Exception) -> str:
    """Logs an unexpected error by its kind alone, since its text may hold what a user wrote.

    Returns:
        The reference that the user is shown.
    """
    reference = secrets.token_hex(4)
    log.error("%s failed, reference %s: %s", what, reference, type(error).__name__)
    return reference
