"""Fields for long texts: pasted text is not cut, and excess characters are counted below the field."""

from html import escape
from typing import Any

import gradio as gr

from knowledge.retrieval.language import Language

from .labels import Labels, Text
from .parts import PRIVATE, script
from .texts import t

# Text that the page itself writes into a field triggers no input event in the browser.
_CHANGED = "() => requestAnimationFrame(() => document.dispatchEvent(new Event('input')))"


def long_text(labels: Labels, elem_id: str, limit: int, *, words: dict[str, Text], **options: Any) -> Any:
    """A text field, and below it the number of excess characters.

    The handler must refuse longer texts: the browser would cut them silently.

    Args:
        words: the properties that depend on the language.
        options: of the Gradio text field.
    """
    field = labels.add(gr.Textbox(elem_id=elem_id, **options), **words)
    counter = gr.HTML(js_on_load=script("apps.ui", "count.js"), elem_classes="r1-counter")
    labels.add(counter, value=lambda lang: _counter(elem_id, limit, lang))
    field.change(None, None, js=_CHANGED, **PRIVATE)
    return field


def too_long(text: str, limit: int, language: Language) -> str:
    """A message with the number of excess characters; empty if there are none."""
    over = len(text.strip()) - limit
    return t("shared.too_long", language, limit=f"{limit:,}", over=f"{over:,}") if over > 0 else ""


def _counter(field: str, limit: int, language: Language) -> str:
    said = t("shared.too_long", language, limit=f"{limit:,}", over="#")
    about = f'id="{field}-count" data-field="{field}" data-limit="{limit}" data-said="{escape(said)}"'
    return f'<p class="r1-too-long" role="status" {about}></p>'
