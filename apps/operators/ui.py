"""The operators' page in the browser, as a Gradio page."""

from typing import Any

import gradio as gr

from apps.auth.accounts import Account
from apps.auth.sessions import Sessions
from apps.support.desk import Desk
from apps.ui.labels import Labels
from apps.ui.language import other, page_language
from apps.ui.page import sign_out_button
from apps.ui.parts import PRIVATE, WATCH, document_of
from apps.ui.texts import t
from knowledge.retrieval.language import Language

from .conversations import build_conversations
from .dashboard import build_dashboard
from .dismissals import Dismissals
from .drafts import Drafts
from .library import build_library, build_try
from .office import Office
from .questions import build_questions
from .queue import build_queue
from .records import Records


def build_operators_page(
    desk: Desk, records: Records, drafts: Drafts, dismissals: Dismissals, sessions: Sessions
) -> Any:
    """The page: who is signed in, and a tab for each thing to do."""
    labels = Labels()
    with gr.Blocks(title=t("office.title", "en"), analytics_enabled=False) as page:
        language = gr.State("en")
        with gr.Column(elem_classes="r1-wide"):
            document_of(labels, lambda lang: t("office.title", lang))
            with gr.Row(elem_classes="r1-bar"):
                labels.add(gr.HTML(elem_classes="r1-brand", padding=False), value=lambda lang: _brand(desk, lang))
                who = gr.HTML(js_on_load=WATCH, padding=False, elem_id="who")
                switch = labels.add(gr.Button(size="sm", min_width=0, elem_id="language"), value="shared.language")
            said = gr.HTML(elem_id="notice", padding=False)
            office = Office(desk, records, drafts, dismissals, sessions, labels, language, said)
            with gr.Tabs(elem_id="office"):
                loads = []
                for name, build in (
                    ("queue", build_queue),
                    ("questions", build_questions),
                    ("conversations", build_conversations),
                    ("library", build_library),
                    ("dashboard", build_dashboard),
                ):
                    with labels.add(gr.Tab(id=name, elem_id=f"tab-{name}"), label=f"office.{name}") as tab:
                        loads.append((tab, build(office)))
                with labels.add(gr.Tab(id="try", elem_id="tab-try"), label="office.try"):
                    build_try(office)

        def header(account: Account, lang: Language) -> dict[Any, Any]:
            updates = dict(zip(labels.components, labels.updates(lang), strict=True))
            return {language: lang, who: sign_out_button(lang, account.name), **updates}

        shown = [language, who, *labels.components]

        def preferred(request: gr.Request) -> Language:
            return page_language(request)

        start = page.load(preferred, None, language, **PRIVATE)
        started = office.on(start.then, header, [], shown)
        loads[0][1](started.then)
        switched = switch.click(other, language, language, **PRIVATE)
        drawn = office.on(switched.then, header, [], shown)
        for tab, load in loads:
            load(tab.select)
            drawn = load(drawn.then)
    return page


def _brand(desk: Desk, language: Language) -> str:
    return f"<h1>{t('office.title', language)}</h1><p>{desk.service.company.name[language]}</p>"
