"""The queue of customers waiting for a person, and the thread in which the desk answers."""

from functools import partial
from typing import Any, Final

import gradio as gr

from apps.auth.accounts import Account
from apps.support.company import Company
from apps.support.conversation import MAX_MESSAGE
from apps.support.store import HandOff
from apps.ui.labels import Text
from apps.ui.length import long_text, too_long
from apps.ui.parts import done_html, notice
from apps.ui.texts import t
from knowledge.retrieval.language import Language

from .desk import Desk, listed
from .html import THREAD, empty, hand_off_html, shortened, thread_html, when

_POLL_SECONDS = 10
_SHOWN = 90  # characters of the question in the list
_ONE_WORD = str.maketrans({" ": "\N{NO-BREAK SPACE}", "-": "\N{NON-BREAKING HYPHEN}"})
_ONE_BY_ONE: Final[dict[str, Any]] = {"concurrency_id": "queue", "concurrency_limit": 1}
"""Events that draw the thread run in order, so that no earlier timer tick overwrites a later choice."""


class QueueTab:
    """The tab, laid out where it is constructed."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._company = desk, desk.chat.service.company
        with gr.Row(elem_classes="desk-columns"):
            with gr.Column(min_width=0, elem_classes="desk-side"):
                self._waiting = desk.choices("waiting-list", label="desk.open_hand_offs")
                self._nobody = gr.HTML()
            with gr.Column(min_width=0, elem_classes="desk-main"):
                self._thread = gr.HTML(elem_id="thread")
                with gr.Column(visible=False) as self._form:
                    self._lay_out_form()
        self._timer = gr.Timer(_POLL_SECONDS)
        self._drawn_last = gr.State("")  # the reference of the thread drawn last
        self._on_screen = desk.carried(gr.Textbox)  # the reference of the thread shown
        self._drafts, self._sent = gr.State({}), gr.State({})  # by reference: text typed, and text sent last
        seen = [self._waiting, self._nobody, self._thread, self._form]
        self._shown = [*seen, self._drawn_last, self._on_screen]
        self._wire()

    def _lay_out_form(self) -> None:
        labels = self._desk.labels
        words: dict[str, Text] = {"label": "desk.answer"}
        self._text = long_text(labels, "answer", MAX_MESSAGE, words=words, lines=3, max_lines=12)
        with gr.Row(elem_classes="desk-actions"):
            self._send = labels.add(gr.Button(variant="primary", size="sm", elem_id="send"), value="desk.send")
            self._done = labels.add(gr.Button(size="sm", elem_id="send-close"), value="desk.send_close")
            self._close = labels.add(gr.Button(size="sm", elem_id="close"), value="desk.close")

    def _wire(self) -> None:
        on, typed = self._desk.on, [*self._shown, self._text]
        given = [self._waiting, self._text, self._on_screen, self._drafts, self._sent]
        self._desk.chosen(self._waiting, self.turn, given, [*typed, self._drafts], **_ONE_BY_ONE)
        on(self._timer.tick, self.load, [self._drawn_last], self._shown, used=False, **_ONE_BY_ONE)
        for button, end in ((self._send, False), (self._done, True)):
            given = [self._on_screen, self._drawn_last, self._text, self._sent]
            on(button.click, partial(self.answer, end=end), given, [*typed, self._sent], **_ONE_BY_ONE)
        on(self._close.click, self.end, [self._on_screen, self._drawn_last], typed, **_ONE_BY_ONE)

    def load_on(self, event: Any) -> Any:
        """Draws the tab on a Gradio event; returns the event's dependency, for chaining."""
        return self._desk.on(event, self.load, [self._drawn_last], self._shown, **_ONE_BY_ONE)

    def load(self, account: Account, lang: Language, chosen: str) -> dict[Any, Any]:
        """The queue and the chosen thread, even one closed by somebody else, since an answer to it is being typed."""
        desk = self._desk
        open_now, others = desk.records.open_hand_offs()
        here = desk.records.hand_off(chosen)
        is_closed = here is not None and here.state == "closed"
        if here and not is_closed and here.reference not in [each.reference for each in open_now]:
            open_now, others = [*open_now, here], others - 1
        rows = [(_line(each, self._company, lang), each.reference) for each in open_now]
        left_out = f'<p class="r1-meta">{t("desk.not_listed", lang, count=others)}</p>' if others else ""
        return {
            self._waiting: listed(rows, value=None) if chosen and (here is None or is_closed) else listed(rows),
            self._nobody: left_out if rows else empty("desk.nobody_waits", lang),
            self._thread: self._thread_html(here, lang) if here else empty("desk.choose_one", lang) if rows else "",
            self._form: gr.update(visible=here is not None),
            self._drawn_last: here.reference if here else "",
            self._on_screen: here.reference if here else "",
        }

    def _thread_html(self, here: HandOff, lang: Language) -> str:
        chat = self._desk.chat
        messages = chat.store.messages(here.conversation_id, newest=THREAD + 1)
        turns = chat.store.turns(here.conversation_id).turns
        closed = notice(t("desk.closed_meanwhile", lang)) if here.state == "closed" else ""
        summary = hand_off_html(here, turns, lang, sends_mail=chat.sends_mail)
        return closed + summary + thread_html(messages, self._company, lang)

    def turn(
        self,
        account: Account,
        lang: Language,
        chosen: str,
        words: str,
        last: str,
        typed: dict[str, str],
        told: dict[str, str],
    ) -> dict[Any, Any]:
        """Switches to another customer's thread, restoring text typed for it but not sent."""
        typed = {**typed, last: words}
        draft = typed.get(chosen, "")
        shown = self.load(account, lang, chosen)
        return {**shown, self._text: "" if draft == told.get(chosen) else draft, self._drafts: typed}

    def answer(
        self,
        account: Account,
        lang: Language,
        reference: str,
        drawn: str,
        words: str,
        told: dict[str, str],
        *,
        end: bool,
    ) -> dict[Any, Any]:
        """Sends what was typed; with ``end``, closes the thread."""
        chat, said = self._desk.chat, self._desk.said
        if over := too_long(words, MAX_MESSAGE, lang):
            return {said: notice(over)}
        if not words.strip():
            return {said: notice(t("desk.write_first", lang))}
        chat.answer(reference, words, close=end, signed=account.name)
        key = "desk.sent" if chat.sends_mail else "desk.sent_to_chat"
        return {**self._after(account, lang, reference, drawn, key), self._sent: {**told, reference: words}}

    def end(self, account: Account, lang: Language, reference: str, drawn: str) -> dict[Any, Any]:
        """Closes a thread without an answer."""
        self._desk.chat.store.close(reference)
        return self._after(account, lang, reference, drawn, "desk.closed")

    def _after(self, account: Account, lang: Language, reference: str, drawn: str, key: str) -> dict[Any, Any]:
        """The thread shown by now; text typed for a customer other than ``reference`` stays."""
        cleared: dict[Any, Any] = {self._text: ""} if drawn == reference else {}
        here = self._desk.records.hand_off(reference)
        is_done = drawn == reference and (here is None or here.state == "closed")
        shown = self.load(account, lang, "" if is_done else drawn)
        return {**shown, **cleared, self._desk.said: done_html(t(key, lang))}


def _line(hand_off: HandOff, company: Company, language: Language) -> str:
    topic = f" · {t(f'topics.{hand_off.topic}', language)}" if hand_off.topic else ""
    state = t(f"desk.{hand_off.state}", language)
    asked = hand_off.note or next((turn["question"] for turn in reversed(hand_off.transcript)), "")
    at = when(hand_off.created_at, company).translate(_ONE_WORD)
    return f"{hand_off.reference} · {state}{topic} · {at}\n{shortened(asked, _SHOWN)}"
