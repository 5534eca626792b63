"""Who waits for a person, and the thread in which the desk answers."""

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
from core.errors import InputFormatError
from knowledge.retrieval.language import Language

from .html import THREAD, empty, hand_off_html, thread_html, when
from .office import Office, listed

_POLL_SECONDS = 10
_SHOWN = 90  # characters of what is asked
_ONE_BY_ONE: Final[dict[str, Any]] = {"concurrency_id": "queue", "concurrency_limit": 1}
"""What draws the thread comes to the page in order: no look of the timer after a choice that was made later."""


def build_queue(office: Office) -> Any:
    """The components at this place; what loads them."""
    labels, company = office.labels, office.desk.service.company
    with gr.Row(elem_classes="op-columns"):
        with gr.Column(min_width=0, elem_classes="op-side"):
            waiting = labels.add(office.choices(elem_id="waiting-list"), label="office.open_hand_offs")
            nobody = gr.HTML(padding=False)
        with gr.Column(min_width=0, elem_classes="op-main"):
            thread = gr.HTML(padding=False, elem_id="thread")
            with gr.Column(visible=False) as form:
                words: dict[str, Text] = {"label": "office.answer"}
                text = long_text(labels, "answer", MAX_MESSAGE, words=words, lines=3, max_lines=12)
                with gr.Row(elem_classes="op-actions"):
                    send = labels.add(gr.Button(variant="primary", size="sm", elem_id="send"), value="office.send")
                    done = labels.add(gr.Button(size="sm", elem_id="send-close"), value="office.send_close")
                    close = labels.add(gr.Button(size="sm", elem_id="close"), value="office.close")
    timer = gr.Timer(_POLL_SECONDS)
    drawn_last = gr.State("")  # the reference of the thread that was drawn last
    on_screen = office.carried(gr.Textbox)  # that of the thread that is shown
    drafts, sent = gr.State({}), gr.State({})  # by reference, what was typed and what was sent last

    def load(account: Account, lang: Language, chosen: str) -> dict[Any, Any]:
        """The queue and the chosen thread, also one that somebody else has closed: an answer is being typed to it."""
        open_now, others = office.records.open_hand_offs()
        here = office.records.hand_off(chosen)
        is_closed = here is not None and here.state == "closed"
        if here and not is_closed and here.reference not in [each.reference for each in open_now]:
            open_now, others = [*open_now, here], others - 1
        rows = [(_line(each, company, lang), each.reference) for each in open_now]
        left_out = f'<p class="r1-meta">{t("office.not_listed", lang, count=others)}</p>' if others else ""
        shown = ""
        if here:
            messages = office.desk.store.messages(here.conversation_id, newest=THREAD + 1)
            turns = office.desk.store.turns(here.conversation_id).turns
            shown = notice(t("office.closed_meanwhile", lang)) if is_closed else ""
            shown += hand_off_html(here, turns, lang, sends_mail=office.desk.sends_mail)
            shown += thread_html(messages, company, lang)
        return {
            waiting: listed(rows, value=None) if chosen and (here is None or is_closed) else listed(rows),
            nobody: left_out if rows else empty("office.nobody_waits", lang),
            thread: shown,
            form: gr.update(visible=here is not None),
            drawn_last: here.reference if here else "",
            on_screen: here.reference if here else "",
        }

    def turn(
        account: Account,
        lang: Language,
        chosen: str,
        words: str,
        last: str,
        typed: dict[str, str],
        told: dict[str, str],
    ) -> dict[Any, Any]:
        """Another customer's thread, with what was typed for that one and not sent."""
        typed = {**typed, last: words}
        draft = typed.get(chosen, "")
        return {**load(account, lang, chosen), text: "" if draft == told.get(chosen) else draft, drafts: typed}

    def answer(
        account: Account, lang: Language, reference: str, drawn: str, words: str, told: dict[str, str], *, end: bool
    ) -> dict[Any, Any]:
        if over := too_long(words, MAX_MESSAGE, lang):
            return {office.said: notice(over)}
        try:
            office.desk.answer(reference, words, close=end, signed=account.name)
        except InputFormatError:
            return {office.said: notice(t("office.write_first", lang))}
        key = "office.sent" if office.desk.sends_mail else "office.sent_to_chat"
        return {**after(account, lang, reference, drawn, key), sent: {**told, reference: words}}

    def ended(account: Account, lang: Language, reference: str, drawn: str) -> dict[Any, Any]:
        office.desk.store.close(reference)
        return after(account, lang, reference, drawn, "office.closed")

    def after(account: Account, lang: Language, reference: str, drawn: str, key: str) -> dict[Any, Any]:
        """The thread that is there by now; what is typed for another customer than that of the reference stays."""
        cleared: dict[Any, Any] = {text: ""} if drawn == reference else {}
        here = office.records.hand_off(reference)
        is_done = drawn == reference and (here is None or here.state == "closed")
        return {**load(account, lang, "" if is_done else drawn), **cleared, office.said: done_html(t(key, lang))}

    shown = [waiting, nobody, thread, form, drawn_last, on_screen]
    office.chosen(waiting, turn, [waiting, text, on_screen, drafts, sent], [*shown, text, drafts], **_ONE_BY_ONE)
    office.on(timer.tick, load, [drawn_last], shown, used=False, **_ONE_BY_ONE)
    for button, end in ((send, False), (done, True)):
        given = [on_screen, drawn_last, text, sent]
        office.on(button.click, partial(answer, end=end), given, [*shown, text, sent], **_ONE_BY_ONE)
    office.on(close.click, ended, [on_screen, drawn_last], [*shown, text], **_ONE_BY_ONE)
    return lambda event: office.on(event, load, [drawn_last], shown, **_ONE_BY_ONE)


def _line(hand_off: HandOff, company: Company, language: Language) -> str:
    topic = f" · {t(f'topics.{hand_off.topic}', language)}" if hand_off.topic else ""
    state = t(f"office.{hand_off.state}", language)
    asked = hand_off.note or next((turn["question"] for turn in reversed(hand_off.transcript)), "")
    more = "…" if len(asked) > _SHOWN else ""
    return f"{hand_off.reference} · {state}{topic} · {when(hand_off.created_at, company)}\n{asked[:_SHOWN]}{more}"
