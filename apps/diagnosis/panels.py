"""Parts of the page that show the visit, each a function of it and redrawn whenever it changes; what they send."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from adapters.fhir.limits import MAX_BYTES
from apps.ui.labels import Labels
from apps.ui.parts import script
from core.errors import InputFormatError
from knowledge.retrieval.language import Language

from .view import OpenPage
from .visit import Visit

Show = Callable[[Visit, Language], str]
"""The HTML of a panel."""


def panel_html(**options: Any) -> Any:
    """A component whose buttons (``data-do``) trigger ``click``, and which keeps its state when redrawn."""
    return gr.HTML(js_on_load=script("apps.diagnosis", "panel.js"), **options)


def sent(event: gr.EventData) -> dict[str, Any]:
    """The data that the page's script sent with an event; a browser may send anything."""
    return event._data if isinstance(event._data, dict) else {}


def uploaded(event: gr.EventData) -> bytes:
    """The bytes of a file that the browser has read.

    Raises:
        InputFormatError: the content is not in the form that the page's own script sends.
    """
    text = sent(event).get("content")
    if not isinstance(text, str) or len(text) > (MAX_BYTES + 3) // 3 * 4 + 4:
        raise InputFormatError("The file did not arrive", hint="Select it again")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise InputFormatError("The file did not arrive whole", hint="Select it again") from None


@dataclass(slots=True)
class Panels:
    """The panels of one page.

    Attributes:
        page: an :class:`OpenPage`; Gradio keeps one for each open page, shared by its events.
        labels: components whose texts follow the language.
    """

    page: Any
    labels: Labels
    _shown: list[tuple[Any, Show]] = field(default_factory=list)

    def add(self, show: Show = lambda visit, language: "", **options: Any) -> Any:
        """Lays out a panel here.

        Without ``show``, events fill it, and it is emptied whenever the visit changes.
        """
        panel = panel_html(**options)
        self._shown.append((panel, show))
        return panel

    @property
    def components(self) -> list[Any]:
        """Every panel, in the order of :meth:`updates`."""
        return [panel for panel, _ in self._shown]

    def updates(self, page: OpenPage) -> list[str]:
        """The HTML of every panel; empty without a visit."""
        page.shown = visit = page.visit
        return [show(visit, page.language) if visit else "" for _, show in self._shown]
