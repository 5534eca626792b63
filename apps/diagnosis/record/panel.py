"""The tab with the record: a question about it, its summary, its timeline, and the resource behind a line."""

import asyncio
import logging
from typing import Any

import gradio as gr

from adapters.fhir.chart import Chart
from apps.diagnosis.ask.answer import Answer, Outcome
from apps.diagnosis.ask.html import answer_html
from apps.diagnosis.ask.query import MAX_QUESTION, questions
from apps.diagnosis.html.page import notice_html
from apps.diagnosis.panels import Panels, sent
from apps.diagnosis.service import DiagnosisService
from apps.diagnosis.view import OpenPage, Problem
from apps.diagnosis.visit import Visit
from apps.ui.parts import PRIVATE, log_failure, notice
from apps.ui.texts import t
from core.errors import R1Error
from knowledge.retrieval.language import Language

from .named import named_html, typed_note_html
from .sources import Sources, drawer_html
from .summary import problems_html, summary_html, unread_html
from .timeline import timeline_html

_log = logging.getLogger(__name__)
_FOCUS = "() => document.querySelector('{}')?.focus()"


def record_html(visit: Visit, language: Language) -> str:
    """Problem list, summary, timeline, and what the notes name; of a typed note its text instead of the former."""
    chart = visit.chart
    sources = Sources(chart.resources, visit.id)
    named = named_html(visit, sources, language)
    if visit.record is None:
        return f'<div class="dx dx-record">{typed_note_html(visit, language)}{named}</div>'
    return (
        f'<div class="dx dx-record">{unread_html(chart, language)}{problems_html(chart, sources, language)}'
        f"{timeline_html(chart, sources, language)}{summary_html(chart, sources, language)}{named}</div>"
    )


def _answers(service: DiagnosisService, visit: Visit, text: str, chart: Chart) -> list[Answer]:
    """One for each question of a text, or for the whole where a part alone is not understood."""
    answers = [service.ask(visit, question, chart) for question in questions(text)]
    if len(answers) > 1 and any(answer.outcome is Outcome.NOT_UNDERSTOOD for answer in answers):
        return [service.ask(visit, text, chart)]
    return answers


def record_panel(panels: Panels, service: DiagnosisService, tabs: Any) -> None:
    """Adds the tab to the page's views."""
    labels = panels.labels

    async def ask(question: str, page: OpenPage) -> Any:
        seen, language = page.visit, page.language
        if seen is None:
            return notice(t("ask.no_patient", language))
        if len(question or "") > MAX_QUESTION:
            return notice(t("ask.too_long", language, most=MAX_QUESTION))
        try:
            chart = seen.chart
            answers = await asyncio.to_thread(_answers, service, seen, question or "", chart)
        except R1Error as error:
            return notice_html(Problem(error), language)
        except Exception as error:
            return notice_html(Problem(reference=log_failure(_log, "Question", error)), language)
        if page.view is not seen:
            return gr.skip()
        return "".join(answer_html(answer, chart, language, seen.id) for answer in answers)

    def open_source(page: OpenPage, event: gr.EventData) -> str:
        """A resource beside the line that rests on it; empty when it is closed."""
        asked = sent(event)
        if asked.get("do") == "close":
            return ""
        try:
            return drawer_html(page.named(asked), str(asked.get("code")), page.language)
        except R1Error as error:
            return notice_html(Problem(error), page.language)

    with tabs, labels.add(gr.Tab(id="record"), label="record.tab"):
        with gr.Row(elem_classes="dx-ask"):
            question = labels.add(
                gr.Textbox(elem_id="question", max_length=MAX_QUESTION + 1, scale=5),
                label="ask.label",
                placeholder="ask.example",
                info="ask.hint",
            )
            send = labels.add(gr.Button(variant="primary", elem_id="ask", min_width=0, scale=0), value="ask.send")
        # Empty whenever the patient or a decision changes: no answer stays that belongs to something else.
        answer = panels.add(elem_id="answer")
        drawer = panels.add(elem_id="drawer")
        record = panels.add(record_html, elem_id="record")

    # The last question counts: its answer must not stand under another one.
    events = [send.click, question.submit]
    told = gr.on(events, ask, [question, panels.page], answer, trigger_mode="always_last", **PRIVATE)
    told.then(None, js=_FOCUS.format("#answer h3, #answer [role=alert]"), **PRIVATE)
    for panel in (answer, record, drawer):
        opened = panel.click(open_source, panels.page, drawer, trigger_mode="multiple", **PRIVATE)
        opened.then(None, js=_FOCUS.format("#drawer h3, #drawer [role=alert]"), **PRIVATE)
