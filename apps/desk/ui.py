"""The support desk in the browser, as a Gradio page."""

from collections.abc import Callable
from typing import Any

import gradio as gr

from apps.auth.accounts import Account
from apps.auth.sessions import Sessions
from apps.support.chat import SupportChat
from apps.ui.labels import Labels
from apps.ui.language import other, page_language
from apps.ui.page import sign_out_button
from apps.ui.parts import PRIVATE, page_header
from apps.ui.texts import t
from knowledge.retrieval.language import Language

from .conversations import ConversationsTab
from .dashboard import DashboardTab
from .desk import Desk
from .dismissals import Dismissals
from .drafts import Drafts
from .library import LibraryTab, TryTab
from .questions import QuestionsTab
from .queue import QueueTab
from .records import Records

_TABS = {
    "queue": QueueTab,
    "questions": QuestionsTab,
    "conversations": ConversationsTab,
    "library": LibraryTab,
    "dashboard": DashboardTab,
}


class DeskPage:
    """The page: who is signed in, and a tab for each task.

    Attributes:
        blocks: untyped gr.Blocks.
    """

    def __init__(
        self, chat: SupportChat, records: Records, drafts: Drafts, dismissals: Dismissals, sessions: Sessions
    ) -> None:
        self._labels = labels = Labels()
        name = chat.service.company.name
        with gr.Blocks(title=t("desk.title", "en"), analytics_enabled=False) as self.blocks:
            self._language = gr.State("en")
            with gr.Column(elem_classes="r1-wide"):
                self._header = page_header(labels, "desk.title", lambda lang: name[lang])
                said = gr.HTML(elem_id="notice")
                self._desk = Desk(chat, records, drafts, dismissals, sessions, labels, self._language, said)
                with gr.Tabs(elem_id="desk"):
                    tabs = [self._tab(key, build) for key, build in _TABS.items()]
                    self._tab("try", TryTab)
            self._wire(tabs)

    def _tab(self, name: str, build: Callable[[Desk], Any]) -> tuple[Any, Any]:
        with self._labels.add(gr.Tab(id=name, elem_id=f"tab-{name}"), label=f"desk.{name}") as tab:
            return tab, build(self._desk)

    def _wire(self, tabs: list[tuple[Any, Any]]) -> None:
        on, language = self._desk.on, self._language
        shown = [language, self._header.who, *self._labels.components]
        begun = self.blocks.load(self.begin, None, language, **PRIVATE)
        started = on(begun.then, self.draw, [], shown)
        tabs[0][1].load_on(started.then)
        switched = self._header.switch.click(other, language, language, **PRIVATE)
        drawn = on(switched.then, self.draw, [], shown)
        for tab, content in tabs:
            content.load_on(tab.select)
            drawn = content.load_on(drawn.then)

    def begin(self, request: gr.Request) -> Language:
        """The language in which the page opens."""
        return page_language(request)

    def draw(self, account: Account, lang: Language) -> dict[Any, Any]:
        """Draws who is signed in, and all labels."""
        updates = dict(zip(self._labels.components, self._labels.updates(lang), strict=True))
        return {self._language: lang, self._header.who: sign_out_button(lang, account.name), **updates}
