"""The tab with all conversations, with the version that answered and its scores."""

from typing import Any

import gradio as gr

from apps.auth.accounts import Account
from apps.support.company import Company
from apps.ui.texts import t
from knowledge.retrieval.language import Language

from .desk import Desk, listed
from .html import THREAD, empty, shortened, thread_html, when
from .records import Summary


class ConversationsTab:
    """The tab, laid out where it is constructed."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._company = desk, desk.chat.service.company
        with gr.Row(elem_classes="desk-columns"):
            with gr.Column(min_width=0, elem_classes="desk-side"):
                which = gr.Radio(value="all", elem_id="which", elem_classes="desk-period")
                self._which = desk.labels.add(which, label="desk.show", choices=_which)
                self._items = desk.choices("talks", label="desk.conversations")
                self._none = gr.HTML()
            with gr.Column(min_width=0, elem_classes="desk-main"):
                self._talk = gr.HTML(elem_id="talk")
        self._shown = [self._items, self._none, self._talk]
        desk.chosen(self._which, self.load, [self._which], self._shown)
        desk.chosen(self._items, self.choose, [self._items], [self._talk])

    def load_on(self, event: Any) -> Any:
        """Draws the tab on a Gradio event; returns the event's dependency, for chaining."""
        return self._desk.on(event, self.load, [self._which], self._shown)

    def load(self, account: Account, lang: Language, kind: str) -> dict[Any, Any]:
        """The newest conversations, or those with a thumb down."""
        found = self._desk.records.conversations(thumb=-1 if kind == "down" else None)
        rows = [(_line(each, self._company, lang), each.id) for each in found]
        none, hint = ("", empty("desk.choose_one", lang)) if rows else (empty("desk.none", lang), "")
        return {self._items: listed(rows, value=None), self._none: none, self._talk: hint}

    def choose(self, account: Account, lang: Language, id: str) -> dict[Any, Any]:
        """A conversation."""
        messages = self._desk.chat.store.messages(id, newest=THREAD + 1)
        return {self._talk: thread_html(messages, self._company, lang, details=True)}


def _which(language: Language) -> list[tuple[str, str]]:
    return [(t("desk.newest", language), "all"), (t("desk.thumbs_down", language), "down")]


def _line(each: Summary, company: Company, language: Language) -> str:
    marks = [t("desk.handed_off", language)] if each.handed_off else []
    marks += [t("desk.thumb_up", language)] if 1 in each.thumbs else []
    marks += [t("desk.thumb_down", language)] if -1 in each.thumbs else []
    spoken = t(f"desk.language_{each.language}", language)
    return f"{' · '.join([when(each.at, company), spoken, *marks])}\n{shortened(each.question, 90)}"
