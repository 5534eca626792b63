"""Any conversation, with the version that answered and the scores behind it."""

from typing import Any

import gradio as gr

from apps.auth.accounts import Account
from apps.support.company import Company
from apps.ui.texts import t
from knowledge.retrieval.language import Language

from .html import THREAD, empty, thread_html, when
from .office import Office, listed
from .records import Summary


def build_conversations(office: Office) -> Any:
    """The components at this place; what loads them."""
    labels, company = office.labels, office.desk.service.company
    with gr.Row(elem_classes="op-columns"):
        with gr.Column(min_width=0, elem_classes="op-side"):
            which = labels.add(
                gr.Radio(value="all", elem_id="which", elem_classes="op-period"), label="office.show", choices=_which
            )
            items = labels.add(office.choices(elem_id="talks"), label="office.conversations")
            none = gr.HTML(padding=False)
        with gr.Column(min_width=0, elem_classes="op-main"):
            talk = gr.HTML(padding=False, elem_id="talk")

    def load(account: Account, lang: Language, kind: str) -> dict[Any, Any]:
        found = office.records.conversations(thumb=-1 if kind == "down" else None)
        rows = [(_line(each, company, lang), each.id) for each in found]
        return {items: listed(rows, value=None), none: "" if rows else empty("office.none", lang), talk: ""}

    def choose(account: Account, lang: Language, id: str) -> dict[Any, Any]:
        messages = office.desk.store.messages(id, newest=THREAD + 1)
        return {talk: thread_html(messages, company, lang, details=True)}

    shown = [items, none, talk]
    office.chosen(which, load, [which], shown)
    office.chosen(items, choose, [items], [talk])
    return lambda event: office.on(event, load, [which], shown)


def _which(language: Language) -> list[tuple[str, str]]:
    return [(t("office.newest", language), "all"), (t("office.thumbs_down", language), "down")]


def _line(each: Summary, company: Company, language: Language) -> str:
    marks = [t("office.handed_off", language)] if each.handed_off else []
    marks += [t("office.thumb_up", language)] if 1 in each.thumbs else []
    marks += [t("office.thumb_down", language)] if -1 in each.thumbs else []
    spoken = t(f"office.language_{each.language}", language)
    return f"{' · '.join([when(each.at, company), spoken, *marks])}\n{each.question[:90]}"
