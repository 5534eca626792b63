"""The diagnostic assistant in the browser, as a Gradio page."""

import asyncio
import contextlib
import functools
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from adapters.fhir.bundle import MAX_BYTES
from apps.hospital import FhirAccess
from apps.smart import LAUNCH
from apps.ui.labels import Labels, other, preferred_language
from apps.ui.parts import log_failure
from apps.ui.texts import t
from core.errors import FhirServerError, InputError, InputFormatError, R1Error
from core.server.metrics import Metrics
from core.settings import Settings
from knowledge.medical.case import Case
from knowledge.retrieval.language import Language

from .html import Problem, Reading, Source, empty_html, notice_html, result_html, waiting_html
from .service import DiagnosisService, SamplePatient, sample_patients

_log = logging.getLogger(__name__)
_MOST_DISEASES = 10
_FORGET_AFTER = 3600  # seconds a patient stays in memory for an idle page
_SWEEP = (60, 300)  # seconds: how often, and from which age on, uploads that no event has read are deleted
_PARALLEL = 4  # readings at a time; one may wait minutes for a FHIR server
_LOOK = "() => document.querySelector('.r1-notice, .dx-banner')?.focus()"  # the button used has folded away
_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def build_diagnosis_page(  # untyped gr.Blocks
    service: DiagnosisService, metrics: Metrics, settings: Settings, access: FhirAccess
) -> Any:
    """The page: header, choice of a patient, and what was found."""
    labels = Labels()
    samples = sample_patients()

    with gr.Blocks(title=t("diagnosis.title", "en"), analytics_enabled=False, delete_cache=_SWEEP) as page:
        language = gr.State("en")
        view = gr.State(None, time_to_live=_FORGET_AFTER)  # Reading, Problem or None

        with gr.Column(elem_classes="r1-wide"):
            with gr.Row(elem_classes="r1-bar"):
                labels.add(gr.HTML(elem_classes="r1-brand", padding=False), value=_brand)
                switch = labels.add(gr.Button(size="sm", min_width=0, elem_id="language"), value="shared.language")
            chooser = labels.add(gr.Accordion(elem_id="choose"), label="diagnosis.choose")
            with chooser, gr.Row(elem_classes="dx-choose"):
                with gr.Column(min_width=280):
                    labels.add(gr.HTML(padding=False), value=_heading("diagnosis.samples"))
                    with gr.Row(elem_classes="r1-chips"):
                        buttons = [gr.Button(patient.name, size="sm", min_width=0) for patient in samples]
                    labels.add(gr.HTML(padding=False), value=_heading("diagnosis.file", "diagnosis.file_hint"))
                    upload = labels.add(gr.UploadButton(size="sm", elem_id="upload"), label="diagnosis.upload")
                    if settings.fhir_url:
                        labels.add(gr.HTML(padding=False), value=_heading("diagnosis.server"))
                        if settings.smart_client_id:
                            labels.add(gr.HTML(padding=False), value=_sign_in)
                        patient_id = labels.add(gr.Textbox(elem_id="patient"), label="diagnosis.patient_id")
                        fetch = labels.add(gr.Button(size="sm", elem_id="fetch"), value="diagnosis.fetch")
                with gr.Column(min_width=280):
                    labels.add(gr.HTML(padding=False), value=_heading("diagnosis.note", "diagnosis.note_hint"))
                    note = labels.add(
                        gr.Textbox(lines=6, max_lines=12, elem_id="note"),
                        label="diagnosis.note_label",
                        placeholder="diagnosis.note_example",
                    )
                    read_note = labels.add(gr.Button(variant="primary", elem_id="read"), value="diagnosis.read_note")
            notice = gr.HTML(elem_id="notice", padding=False)
            result = gr.HTML(elem_id="result", padding=False)

        def start(request: gr.Request) -> list[Any]:
            return translate(preferred_language(request), None)

        def translate(lang: Language, seen: Reading | Problem | None) -> list[Any]:
            return [lang, notice_html(seen, lang), result_html(seen, lang, service.knowledge), *labels.updates(lang)]

        def wait(lang: Language) -> tuple[Any, ...]:
            return None, "", waiting_html(lang), gr.update(open=False)  # nothing of the last patient stays

        async def show(
            lang: Language, source: Source, origin: str, read: Callable[[], Awaitable[Case]]
        ) -> tuple[Any, ...]:
            seen: Reading | Problem
            try:
                seen = await _assess(service, metrics, source, origin, read)
                html = result_html(seen, lang, service.knowledge)
            except Exception as error:
                seen, html = Problem(reference=log_failure(_log, "Diagnosis", error)), empty_html(lang)
            return seen, notice_html(seen, lang), html, gr.update(open=isinstance(seen, Problem))

        async def show_sample(patient: SamplePatient, lang: Language) -> tuple[Any, ...]:
            def read() -> Case:
                return service.read_file(patient.path.read_bytes(), name=patient.path.name)

            return await show(lang, "sample", "", lambda: asyncio.to_thread(read))

        async def show_file(path: str, lang: Language) -> tuple[Any, ...]:
            def read() -> Case:
                return service.read_file(_take(Path(path)), name=Path(path).name)

            return await show(lang, "file", Path(path).name, lambda: asyncio.to_thread(read))

        async def show_note(text: str, lang: Language) -> tuple[Any, ...]:
            def read() -> Case:
                # Half a surrogate pair passes here, so that the service refuses it like any other broken text.
                return service.read_note((text or "").encode("utf-8", "surrogatepass"))

            return await show(lang, "note", "", lambda: asyncio.to_thread(read))

        async def show_server(patient: str, lang: Language, request: gr.Request) -> tuple[Any, ...]:
            async def read() -> Case:
                async with access.connect(dict(request.cookies)) as client:
                    record = await client.read_patient(patient.strip())
                return await asyncio.to_thread(service.read_record, record)

            return await show(lang, "server", str(settings.fhir_url), read)

        def open_patient(request: gr.Request) -> str:
            return access.open_patient(dict(request.cookies))

        shown = [language, notice, result, *labels.components]
        page.load(start, None, shown, **_PRIVATE)
        switch.click(lambda lang, seen: translate(other(lang), seen), [language, view], shown, **_PRIVATE)

        def on(event: Any, work: Any, *inputs: Any) -> None:
            changed = [view, notice, result, chooser]
            waiting = event(wait, language, changed, **_PRIVATE)
            done = waiting.then(work, [*inputs, language], changed, concurrency_limit=_PARALLEL, **_PRIVATE)
            done.then(None, js=_LOOK, **_PRIVATE)

        for button, patient in zip(buttons, samples, strict=True):
            on(button.click, functools.partial(show_sample, patient))
        on(upload.upload, show_file, upload)
        on(read_note.click, show_note, note)
        if settings.fhir_url:
            on(fetch.click, show_server, patient_id)
            on(patient_id.submit, show_server, patient_id)
            page.load(open_patient, None, patient_id, **_PRIVATE)
    return page


async def _assess(
    service: DiagnosisService, metrics: Metrics, source: Source, origin: str, read: Callable[[], Awaitable[Case]]
) -> Reading | Problem:
    """Reads and ranks a patient; what the suite refuses becomes something to show."""
    outcome = "error"
    try:
        with metrics.diagnosis_seconds.time():
            assessment = await asyncio.to_thread(service.assess, await read(), _MOST_DISEASES)
        outcome = "too_thin" if assessment.ranking.reason else "ranked"
        return Reading(assessment, source, origin, datetime.now(UTC))
    except R1Error as error:
        if isinstance(error, InputError):
            outcome = "input_error"
        elif isinstance(error, FhirServerError):
            outcome = "server_error"
        return Problem(error)
    finally:
        metrics.diagnosis_cases.labels(source, outcome).inc()


def _take(file: Path) -> bytes:
    """Reads an upload, at most a byte over the limit, and deletes it whatever happens: it holds patient data.

    Raises:
        InputFormatError: it is gone, since somebody else uploaded the same file at the same moment.
    """
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputFormatError("The upload was lost", hint="Upload the file again") from None
    finally:
        file.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # another upload may lie beside it
            file.parent.rmdir()


def _brand(language: Language) -> str:
    return f"<h1>{t('diagnosis.title', language)}</h1><p>{t('diagnosis.supports', language)}</p>"


def _sign_in(language: Language) -> str:
    link = f'<a href="{LAUNCH}">{escape(t("diagnosis.sign_in", language))}</a>'
    return f'<div class="dx-option"><p class="r1-meta">{link}</p></div>'


def _heading(key: str, hint: str = "") -> Callable[[Language], str]:
    def html(language: Language) -> str:
        text = f'<p class="r1-meta">{escape(t(hint, language))}</p>' if hint else ""
        return f'<div class="dx-option"><h2>{escape(t(key, language))}</h2>{text}</div>'

    return html
