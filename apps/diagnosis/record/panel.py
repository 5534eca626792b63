"""The tab with the record: questions about it, its summary, its timeline, and the source of each line."""

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
from apps.ui.labels import Labels
from apps.ui.parts import PRIVATE, focus, log_failure, notice
from apps.ui.texts import t
from core.errors import R1Error
from knowledge.retrieval.language import Language

from .named import named_html, typed_note_html
from .sources import Sources, drawer_html
from .summary import problems_html, summary_html, unread_html
from .timeline import timeline_html

_log = logging.getLogger(__name__)


def record_html(visit: Visit, language: Language) -> str:
    """Problem list, timeline, summary, and entities in the notes; for a typed note, its text and entities."""
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
    """One answer per question in a text, or one for the whole text if some part is not understood by itself."""
    answers = [service.ask(visit, question, chart) for question in questions(text)]
    if len(answers) > 1 and any(answer.outcome is Outcome.NOT_UNDERSTOOD for answer in answers):
        return [service.ask(visit, text, chart)]
    return answers


class RecordTab:
    """The tab, added to the page's views."""

    def __init__(self, panels: Panels, service: DiagnosisService, tabs: Any) -> None:
        self._service, self._page = service, panels.page
        with tabs, panels.labels.add(gr.Tab(id="record"), label="record.tab"):
            self._lay_out_question(panels.labels)
            # Emptied whenever the patient or a decision changes, so that no stale answer stays.
            self._answer = panels.add(elem_id="answer")
            self._drawer = panels.add(elem_id="drawer")
            self._record = panels.add(record_html, elem_id="record")
        self._wire()

    def _lay_out_question(self, labels: Labels) -> None:
        with gr.Row(elem_classes="dx-ask"):
            question = gr.Textbox(elem_id="question", max_length=MAX_QUESTION + 1, scale=5)
            self._question = labels.add(question, label="ask.label", placeholder="ask.example", info="ask.hint")
            send = gr.Button(variant="primary", elem_id="ask", min_width=0, scale=0)
            self._send = labels.add(send, value="ask.send")

    def _wire(self) -> None:
        # The last question counts: an earlier one's answer must not appear under it.
        events, given = [self._send.click, self._question.submit], [self._question, self._page]
        told = gr.on(events, self.ask, given, self._answer, trigger_mode="always_last", **PRIVATE)
        told.then(None, js=focus("#answer h3, #answer [role=alert]"), **PRIVATE)
        options = {"trigger_mode": "multiple", "concurrency_id": "source", **PRIVATE}
        for panel in (self._answer, self._record, self._drawer):
            opened = panel.click(self.open_source, self._page, self._drawer, **options)
            opened.then(None, js=focus("#drawer h3, #drawer [role=alert]"), **PRIVATE)

    async def ask(self, question: str, page: OpenPage) -> Any:
        """Answers a question from the record."""
        seen, language = page.visit, page.language
        if seen is None:
            return notice(t("ask.no_patient", language))
        if len(question or "") > MAX_QUESTION:
            return notice(t("ask.too_long", language, most=MAX_QUESTION))
        try:
            chart = seen.chart
            answers = await asyncio.to_thread(_answers, self._service, seen, question or "", chart)
        except R1Error as error:
            return notice_html(Problem(error), language)
        except Exception as error:
            return notice_html(Problem(reference=log_failure(_log, "Question", error)), language)
        if page.view is not seen:
            return gr.skip()
        return "".join(answer_html(answer, chart, language, seen.id) for answer in answers)

    def open_source(self, page: OpenPage, event: gr.EventData) -> str:
        """Shows the resource that is the source of a line; empty when closed."""
        asked = sent(event)
        if asked.get("do") == "close":
            return ""
        try:
            return drawer_html(page.named(asked), str(asked.get("code")), page.language)
        except R1Error as error:
            return notice_html(Problem(error), page.language)
