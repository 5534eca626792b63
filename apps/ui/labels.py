"""Changes a screen's language in place, without losing anything typed or shown."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from knowledge.retrieval.language import Language

from .texts import t

Text = str | Callable[[Language], Any]
"""A key of ``texts.toml``, or a function from a language to the value."""


class Labels:
    """Components of one screen with the sources of their texts."""

    def __init__(self) -> None:
        self._items: list[tuple[Any, dict[str, Text]]] = []

    def add(self, component: Any, **properties: Text) -> Any:
        """Registers a component whose ``properties`` depend on the language, and returns it."""
        self._items.append((component, properties))
        return component

    @property
    def components(self) -> list[Any]:
        """Everything that :meth:`updates` changes, in its order."""
        return [component for component, _ in self._items]

    def updates(self, language: Language) -> list[dict[str, Any]]:
        """One Gradio update per component."""
        return [
            gr.update(**{name: words(text, language) for name, text in properties.items()})
            for _, properties in self._items
        ]


def words(text: Text, language: Language) -> Any:
    """The value of a text in a language."""
    return t(text, language) if isinstance(text, str) else text(language)


def begun(_: Language) -> bool:
    """``interactive`` of components that start without it: Gradio ignores them until the page has its texts."""
    return True
