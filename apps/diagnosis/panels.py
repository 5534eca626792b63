"""Parts of the page that show the visit, each a function of it and redrawn whenever it changes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from apps.ui.labels import Labels
from apps.ui.parts import script
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
