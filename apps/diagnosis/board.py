"""The patient on the page: banner and red flags on top, then findings, diseases and the next question side by side."""

import re
from html import escape
from typing import Any

import gradio as gr

from apps.ui.parts import script
from apps.ui.texts import t
from core.errors import R1Error
from core.server.health import Check
from knowledge.retrieval.language import Language

from .html.findings import findings_html
from .html.next import next_html
from .html.page import patient_html
from .html.ranking import ranking_html
from .html.stop import stop_html
from .panels import Panels, panel_html
from .visit import Visit


class Board:
    """The components, laid out where it is constructed.

    Attributes:
        newer: announces newer data on the server.
        body: everything except the banner and red flags, which appear before it.
        tabs: where other views of the patient can be added.
        search, hits: the search for findings.
        buttons: panels whose buttons decide about findings.
    """

    def __init__(self, panels: Panels, engine: Check) -> None:
        self._panels, self._engine = panels, engine
        patient = panels.add(self._patient_html, elem_id="result")
        self.newer = panel_html(elem_id="newer")
        with gr.Column(visible=False, elem_id="board") as self.body, gr.Tabs(elem_id="views") as self.tabs:
            first = panels.labels.add(gr.Tab(), label="visit.view_diagnosis")
            with first, gr.Row(elem_classes="dx-board"):
                with gr.Column(elem_classes="dx-centre", min_width=0):
                    ranking = panels.add(_ranking_html, elem_id="ranking")
                with gr.Column(elem_classes="dx-right", min_width=0):
                    beside = panels.add(next_html, elem_id="next")
                with gr.Column(elem_classes="dx-left", min_width=0):
                    self._lay_out_search()
                    findings = panels.add(findings_html, elem_id="findings")
        self.buttons = (patient, self.newer, self.hits, findings, ranking, beside)

    def _lay_out_search(self) -> None:
        search = gr.Textbox(elem_id="search", max_length=200)
        self.search = self._panels.labels.add(search, label="visit.search", placeholder="visit.search_example")
        self.hits = panel_html(elem_id="hits")

    def _patient_html(self, visit: Visit, language: Language) -> str:
        return patient_html(visit, language, model_runs=_passes(self._engine))


def _ranking_html(visit: Visit, language: Language) -> str:
    return stop_html(visit, language) + ranking_html(visit, language)


def _passes(check: Check) -> bool:
    try:
        check()
    except R1Error:
        return False
    return True


def keys() -> Any:
    """Listens to the page's keys; triggers ``focus`` when the window regains focus, ``click`` while it is used."""
    return gr.HTML(js_on_load=script("apps.diagnosis", "keys.js"), elem_id="keys")


def keys_html(language: Language) -> str:
    """The list of keys, and a switch for ``/``: single-character keys must have an off switch (WCAG 2.1.4)."""
    rows = "".join(
        f"<div><dt>{_pressed(pressed)}</dt><dd>{escape(t(f'visit.key_{name}', language))}</dd></div>"
        for name, pressed in (("search", "/"), ("go", "Ctrl+Enter"), ("rows", "↑ ↓"), ("tabs", "← →"))
    )
    return (
        f'<div class="dx dx-keys"><details>'
        f"<summary>{escape(t('visit.keys', language))}</summary><dl>{rows}</dl>"
        f'<label><input type="checkbox" checked> {escape(t("visit.key_switch", language))}</label>'
        "</details></div>"
    )


def _pressed(keys: str) -> str:
    return re.sub(r"[^+ ]+", lambda key: f"<kbd>{key[0]}</kbd>", keys)
