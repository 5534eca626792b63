"""The patient on the page: banner and red flags above, findings, diseases and the next question side by side."""

import re
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from apps.ui.texts import t
from core.errors import R1Error
from core.server.health import Check
from knowledge.retrieval.language import Language

from .html.findings import findings_html
from .html.next import next_html
from .html.page import patient_html
from .html.ranking import ranking_html
from .html.stop import stop_html
from .panels import Panels, script
from .visit import Visit


@dataclass(frozen=True, slots=True)
class Board:
    """Its components.

    Attributes:
        patient: banner and red flags, which are there before everything else.
        newer: says when the server has newer data.
        body: everything else.
        tabs: where other views of the patient can be added.
        buttons: panels whose buttons decide about findings.
    """

    patient: Any
    newer: Any
    body: Any
    tabs: Any
    search: Any
    hits: Any
    buttons: tuple[Any, ...]


def build_board(panels: Panels, engine: Check) -> Board:
    """The components, at this place of the page."""
    labels = panels.labels

    def top(visit: Visit, language: Language) -> str:
        return patient_html(visit, language, model_runs=_passes(engine))

    def middle(visit: Visit, language: Language) -> str:
        return stop_html(visit, language) + ranking_html(visit, language)

    patient = panels.add(top, elem_id="result")
    newer = gr.HTML(js_on_load=script("panel.js"), padding=False, elem_id="newer")
    with gr.Column(visible=False, elem_id="board") as body, gr.Tabs(elem_id="views") as tabs:
        first = labels.add(gr.Tab(), label="visit.view_diagnosis")
        with first, gr.Row(elem_classes="dx-board"):
            with gr.Column(elem_classes="dx-centre", min_width=0):
                ranking = panels.add(middle, elem_id="ranking")
            with gr.Column(elem_classes="dx-right", min_width=0):
                beside = panels.add(next_html, elem_id="next")
            with gr.Column(elem_classes="dx-left", min_width=0):
                search = labels.add(
                    gr.Textbox(elem_id="search", max_length=200),
                    label="visit.search",
                    placeholder="visit.search_example",
                )
                hits = gr.HTML(js_on_load=script("panel.js"), padding=False, elem_id="hits")
                findings = panels.add(findings_html, elem_id="findings")
    return Board(patient, newer, body, tabs, search, hits, (patient, newer, hits, findings, ranking, beside))


def _passes(check: Check) -> bool:
    try:
        check()
    except R1Error:
        return False
    return True


def keys() -> Any:
    """Hears the keys of the page; triggers ``focus`` when the window comes back, ``click`` while it is used."""
    return gr.HTML(js_on_load=script("keys.js"), padding=False, elem_id="keys")


def keys_html(language: Language) -> str:
    """The list of keys, and a switch for ``/``: a character alone must be one that can be turned off (WCAG 2.1.4)."""
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
