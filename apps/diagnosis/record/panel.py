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
from apps.diagnosis.view import Problem, View
from apps.diagnosis.visit import Visit
from apps.ui.parts import PRIVATE, log_failure, notice
from apps.ui.texts import t
from core.errors import InputFormatError, R1Error
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

    async def ask(question: str, seen: View, language: Language) -> str:
        if not isinstance(seen, Visit):
            return notice(t("ask.no_patient", language))
        if len(question or "") > MAX_QUESTION:
            return notice(t("ask.too_long", language, most=MAX_QUESTION))
        try:
            chart = seen.chart
            answers = await asyncio.to_thread(_answers, service, seen, question or "", chart)
            return "".join(answer_html(answer, chart, language, seen.id) for answer in answers)
        except R1Error as error:
            return notice_html(Problem(error), language)
        except Exception as error:
            return notice_html(Problem(reference=log_failure(_log, "Question", error)), language)

    def open_source(seen: View, language: Language, event: gr.EventData) -> str:
        """A resource beside the line that rests on it; empty when it is closed."""
        asked = sent(event)
        if asked.get("do") == "close":
            return ""
        try:
            if not isinstance(seen, Visit) or asked.get("visit") != seen.id:
                raise InputFormatError("The line belongs to a patient who is no longer open", hint="Look at the name")
            return drawer_html(seen, str(asked.get("code")), language)
        except R1Error as error:
            return notice_html(Problem(error), language)

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

    for event in (send.click, question.submit):
        asked = event(ask, [question, panels.view, panels.language], answer, concurrency_id="ask", **PRIVATE)
        asked.then(None, js=_FOCUS.format("#answer h3, #answer [role=alert]"), **PRIVATE)
    for panel in (answer, record, drawer):
        opened = panel.click(open_source, [panels.view, panels.language], drawer, **PRIVATE)
        opened.then(None, js=_FOCUS.format("#drawer h3"), **PRIVATE)
