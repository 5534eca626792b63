"""The diagnostic assistant in the browser, as a Gradio page."""

import asyncio
import base64
import functools
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import gradio as gr

from adapters.fhir.bundle import MAX_BYTES
from adapters.fhir.patients import find_patients, has_newer
from apps.fhir_access import FhirAccess
from apps.ui.labels import Labels
from apps.ui.language import other, page_language
from apps.ui.parts import PRIVATE, document_of, log_failure, signed_in
from apps.ui.texts import t
from core.errors import InputFormatError, R1Error
from core.server.health import Check
from core.server.metrics import Metrics
from core.settings import Settings
from knowledge.retrieval.language import Language

from .actions import act
from .board import build_board, keys, keys_html
from .chooser import build_chooser, found_html
from .decision_panel import Footer, build_decision
from .html.findings import hits_html
from .html.page import empty_html, newer_html, notice_html, waiting_html
from .panels import Panels, sent
from .reading import read_visit
from .record.panel import record_panel
from .service import DiagnosisService, SamplePatient, sample_patients
from .view import Problem, Step, View
from .visit import Source, Visit

_log = logging.getLogger(__name__)
_FORGET_AFTER = 3600  # seconds a patient stays in memory for an idle page
_PARALLEL = 4  # readings at a time; one may wait minutes for a FHIR server
# The button that was used has folded away.
_FOCUS = "() => document.querySelector('.r1-notice, .dx-stop h2, .dx-banner')?.focus()"


def build_diagnosis_page(  # untyped gr.Blocks
    service: DiagnosisService, metrics: Metrics, settings: Settings, access: FhirAccess, engine: Check, footer: Footer
) -> Any:
    """The page: header, choice of a patient, and what was found.

    Args:
        engine: raises while the language model cannot serve, which the page says; nothing here needs it.
    """
    labels = Labels()
    samples = sample_patients()

    with gr.Blocks(title=t("diagnosis.title", "en"), analytics_enabled=False) as page:
        language = gr.State("en")
        view = gr.State(None, time_to_live=_FORGET_AFTER)  # a View
        drawn_in = gr.State("en")  # the language of what is drawn; a reading under way keeps the one it began in
        stale = gr.State("")  # id of the visit that the server has newer data of
        panels = Panels(view, language, labels)

        with gr.Column(elem_classes="r1-wide"):
            document_of(labels, lambda lang: t("diagnosis.title", lang))
            with gr.Row(elem_classes="r1-bar"):
                labels.add(gr.HTML(elem_classes="r1-brand", padding=False), value=_brand)
                signed_in(page, language, access.name)
                switch = labels.add(gr.Button(size="sm", min_width=0, elem_id="language"), value="shared.language")
            chooser = build_chooser(labels, samples, settings)
            notice = gr.HTML(elem_id="notice", padding=False)
            board = build_board(panels, engine)
            record_panel(panels, service, board.tabs)
            with board.body:
                said = build_decision(panels, footer)
            waiting = gr.HTML(elem_id="waiting", padding=False)
            cancel = labels.add(gr.Button(size="sm", visible=False, elem_id="cancel"), value="visit.cancel")
            window = labels.add(keys(), value=keys_html)

        def screen(seen: View, lang: Language, step: Step | None = None, seconds: int = 0) -> list[Any]:
            """What belongs to ``changed``: while a step is under way no ranking is shown."""
            visit = seen if isinstance(seen, Visit) else None
            at_rest = "" if visit else empty_html(lang)
            ready = visit is not None and step is None
            return [
                seen,
                notice_html(seen, lang) if step is None else "",
                lang,
                waiting_html(step, seconds, lang) if step else at_rest,
                gr.update(open=visit is None and step is None),
                gr.update(visible=ready),
                gr.update(visible=step is not None),
                "",
                *panels.updates(visit, lang),
            ]

        changed = [view, notice, drawn_in, waiting, chooser.box, board.body, cancel, board.newer, *panels.components]

        def translate(lang: Language, seen: View, old: str) -> list[Any]:
            _, said, _, below, _, _, _, _, *drawn = screen(seen, lang)
            return [lang, lang, said, below, say_newer(seen, old, lang), *drawn, *labels.updates(lang)]

        def start(request: gr.Request) -> list[Any]:
            return translate(page_language(request), None, "")

        async def show(
            lang: Language, source: Source, read: Callable[[], Awaitable[Visit]]
        ) -> AsyncIterator[list[Any]]:
            began, seen = time.monotonic(), None
            step: Step | None = "read"
            yield screen(None, lang, step)  # nothing of the last patient stays
            try:
                async for event in read_visit(service, metrics, source, read):
                    if isinstance(event, str):
                        step = event
                    else:
                        step = "rank" if isinstance(event, Visit) and seen is None else None
                        seen = event
                    yield screen(seen, lang, step, int(time.monotonic() - began))
            except Exception as error:
                yield screen(Problem(reference=log_failure(_log, "Diagnosis", error)), lang)

        async def show_sample(patient: SamplePatient, lang: Language) -> AsyncIterator[list[Any]]:
            def read() -> Visit:
                return service.open_file(patient.path.read_bytes(), name=patient.path.name, source="sample")

            async for shown in show(lang, "sample", lambda: asyncio.to_thread(read)):
                yield shown

        async def show_file(lang: Language, event: gr.EventData) -> AsyncIterator[list[Any]]:
            def read() -> Visit:
                return service.open_file(_content(sent(event)), name=str(sent(event).get("name")))

            async for shown in show(lang, "file", lambda: asyncio.to_thread(read)):
                yield shown

        async def show_note(text: str, lang: Language) -> AsyncIterator[list[Any]]:
            def read() -> Visit:
                # Half a surrogate pair passes here, so that the service refuses it like any other broken text.
                return service.open_note((text or "").encode("utf-8", "surrogatepass"))

            async for shown in show(lang, "note", lambda: asyncio.to_thread(read)):
                yield shown

        async def from_server(patient: str, request: gr.Request) -> Visit:
            record = await access.read_patient(dict(request.cookies), patient.strip())
            return await asyncio.to_thread(service.open_record, record)

        async def show_server(patient: str, lang: Language, request: gr.Request) -> AsyncIterator[list[Any]]:
            async for shown in show(lang, "server", lambda: from_server(patient or "", request)):
                yield shown

        async def show_found(lang: Language, event: gr.EventData, request: gr.Request) -> AsyncIterator[list[Any]]:
            async for shown in show(lang, "server", lambda: from_server(str(sent(event).get("code")), request)):
                yield shown

        async def show_launched(lang: Language, request: gr.Request) -> AsyncIterator[Any]:
            """The patient whom the hospital system has open, without a further click."""
            patient = access.open_patient(dict(request.cookies))
            if not patient:
                yield [gr.skip()] * len(changed)
                return
            async for shown in show_server(patient, lang, request):
                yield shown

        async def find(name: str, born: str, number: str, lang: Language, request: gr.Request) -> list[str]:
            try:
                async with access.connect(dict(request.cookies)) as client:
                    found = await find_patients(client, name=name, birth_date=born, record_number=number)
            except R1Error as error:
                return [notice_html(Problem(error), lang), ""]
            return ["", found_html(*found, lang)]

        async def press(seen: View, lang: Language, event: gr.EventData, request: gr.Request) -> list[Any]:
            """A button of a panel. What it asks for in vain is said, and the visit stays as it is."""
            button = sent(event)
            try:
                if not isinstance(seen, Visit):
                    raise InputFormatError("The patient is no longer open", hint="Choose the patient again")
                if button.get("do") == "reopen" and button.get("visit") == seen.id:
                    newer = await from_server(seen.case.patient.removeprefix("Patient/"), request)
                    drawn = screen(await asyncio.to_thread(service.reopen, seen, newer), lang)
                else:
                    drawn = screen(await asyncio.to_thread(act, service, seen, button), lang)
                    drawn[changed.index(board.newer)] = gr.skip()  # it may have come up meanwhile
            except R1Error as error:
                return [gr.skip(), notice_html(Problem(error), lang), *[gr.skip()] * len(changed)]
            except Exception as error:
                problem = Problem(reference=log_failure(_log, "Diagnosis", error))
                return [gr.skip(), notice_html(problem, lang), *[gr.skip()] * len(changed)]
            return [*drawn, "", ""]

        def look_up(typed: str, seen: View, lang: Language) -> str:
            if not isinstance(seen, Visit):
                return ""
            return hits_html(seen, service.search.find(typed or ""), typed or "", lang)

        async def check(seen: View, old: str, request: gr.Request) -> str:
            """Asks the server for newer data; a server that does not answer now changes nothing."""
            if not isinstance(seen, Visit) or seen.record is None:
                return old
            try:
                async with access.connect(dict(request.cookies)) as client:
                    return seen.id if await has_newer(client, seen.record) else old
            except R1Error:
                return old

        def say_newer(seen: View, old: str, lang: Language) -> str:
            return newer_html(seen, lang) if isinstance(seen, Visit) and seen.id == old else ""

        shown = [language, drawn_in, notice, waiting, board.newer, *panels.components, *labels.components]
        loaded = page.load(start, None, shown, **PRIVATE)
        switch.click(
            lambda lang, seen, old: translate(other(lang), seen, old), [language, view, stale], shown, **PRIVATE
        )

        def catch_up(seen: View, lang: Language, drawn: Language) -> list[Any]:
            """Draws what was read again where the language has changed meanwhile."""
            return [gr.skip()] * len(changed) if drawn == lang else screen(seen, lang)

        readings: list[Any] = []

        def on(event: Any, work: Any, *inputs: Any) -> None:
            event(lambda: ["", ""], None, [board.search, board.hits], **PRIVATE)  # of the last patient
            done = event(work, [*inputs, language], changed, concurrency_limit=_PARALLEL, **PRIVATE)
            done.then(catch_up, [view, language, drawn_in], changed, **PRIVATE)
            done.then(None, js=_FOCUS, **PRIVATE)
            readings.append(done)

        for sample, patient in zip(chooser.samples, samples, strict=True):
            on(sample.click, functools.partial(show_sample, patient))
        on(chooser.upload.upload, show_file)
        on(chooser.read_note.click, show_note, chooser.note)
        if chooser.find:
            *fields, begin, hits = chooser.find
            on(chooser.fetch.click, show_server, chooser.patient_id)
            on(chooser.patient_id.submit, show_server, chooser.patient_id)
            on(hits.click, show_found)
            on(loaded.then, show_launched)
            for event in (begin.click, *(field.submit for field in fields)):
                event(find, [*fields, language], [notice, hits], **PRIVATE)
            checked = window.focus(check, [view, stale], stale, trigger_mode="always_last", **PRIVATE)
            checked.then(say_newer, [view, stale, language], board.newer, **PRIVATE)
        cancel.click(lambda lang: screen(None, lang), language, changed, cancels=readings, **PRIVATE)
        board.search.change(look_up, [board.search, view, language], board.hits, trigger_mode="always_last", **PRIVATE)
        for panel in (*board.buttons, said):
            pressed = panel.click(press, [view, language], [*changed, board.search, board.hits], **PRIVATE)
            pressed.then(catch_up, [view, language, drawn_in], changed, **PRIVATE)  # it may have read the record again
    return page


def _content(upload: dict[str, Any]) -> bytes:
    """The bytes of a file that the browser has read.

    Raises:
        InputFormatError: they did not come as the page's own script sends them.
    """
    text = upload.get("content")
    if not isinstance(text, str) or len(text) > (MAX_BYTES + 3) // 3 * 4 + 4:
        raise InputFormatError("The file did not arrive", hint="Choose it again")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise InputFormatError("The file did not arrive whole", hint="Choose it again") from None


def _brand(language: Language) -> str:
    return f"<h1>{t('diagnosis.title', language)}</h1><p>{t('diagnosis.supports', language)}</p>"
