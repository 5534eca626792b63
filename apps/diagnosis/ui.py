"""The diagnostic assistant in the browser, as a Gradio page."""

import asyncio
import base64
import functools
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

import gradio as gr

from adapters.fhir.limits import MAX_BYTES
from adapters.fhir.patients import find_patients, has_newer
from apps.fhir_access import FhirAccess
from apps.ui.labels import Labels
from apps.ui.language import other, page_language
from apps.ui.parts import PRIVATE, document_of, log_failure, signed_in
from apps.ui.texts import t
from core.errors import FhirServerError, InputFormatError, R1Error
from core.server.health import Check
from core.server.metrics import Metrics
from core.settings import Settings
from knowledge.retrieval.language import Language

from .actions import act
from .board import build_board, keys, keys_html
from .chooser import build_chooser, found_html
from .decision_panel import Footer, build_decision
from .html.findings import hits_html
from .html.page import above_html, empty_html, newer_html, notice_html, waiting_html
from .panels import Panels, sent
from .reading import read_visit
from .record.panel import record_panel
from .service import DiagnosisService, SamplePatient, sample_patients
from .view import OpenPage, Problem
from .visit import Source, Visit

_log = logging.getLogger(__name__)
_POLL_SECONDS = 20  # between two checks of an open page whether its list may still be shown
# The button that was used has folded away.
_FOCUS = "() => document.querySelector('.r1-notice, .dx-stop h2, .dx-banner')?.focus()"
_FOCUS_FAILED = "() => document.querySelector('#notice [role=alert]')?.focus()"  # it may be off the screen


def build_diagnosis_page(  # untyped gr.Blocks
    service: DiagnosisService, metrics: Metrics, settings: Settings, access: FhirAccess, engine: Check, footer: Footer
) -> Any:
    """The page: header, choice of a patient, and what was found.

    Args:
        engine: raises while the language model cannot serve, which the page says; nothing here needs it.
    """
    labels = Labels()
    samples = sample_patients()

    with gr.Blocks(title=t("diagnosis.title", "en"), analytics_enabled=False) as blocks:
        language = gr.State("en")
        opened = gr.State(OpenPage())
        panels = Panels(opened, labels)

        with gr.Column(elem_classes="r1-wide"):
            document_of(labels, lambda lang: t("diagnosis.title", lang))
            with gr.Row(elem_classes="r1-bar"):
                labels.add(gr.HTML(elem_classes="r1-brand", padding=False), value=_brand)
                signed_in(blocks, language, access.name)
                switch = labels.add(gr.Button(size="sm", min_width=0, elem_id="language"), value="shared.language")
            chooser = build_chooser(labels, samples, settings)
            notice = gr.HTML(elem_id="notice", padding=False)
            board = build_board(panels, engine)
            record_panel(panels, service, board.tabs)
            with board.body:
                said = build_decision(panels, footer, notice)
            waiting = gr.HTML(elem_id="waiting", padding=False)
            cancel = labels.add(gr.Button(size="sm", visible=False, elem_id="cancel"), value="visit.cancel")
            window = labels.add(keys(), value=keys_html)

        drawn = [notice, waiting, chooser.box, board.body, cancel, board.newer, *panels.components]

        def draw(page: OpenPage) -> list[Any]:
            """What belongs to ``drawn``: while a step is under way no ranking is shown."""
            seconds = int(time.monotonic() - page.began)
            at_rest = "" if page.visit else empty_html(page.language)
            return [
                above_html(page),
                waiting_html(page.step, seconds, page.language) if page.step else at_rest,
                gr.update(open=page.visit is None and page.step is None),
                gr.update(visible=page.visit is not None and page.step is None),
                gr.update(visible=page.step is not None),
                newer_html(page),
                *panels.updates(page.visit, page.language),
            ]

        def leave(page: OpenPage) -> list[Any]:
            page.begin()
            return draw(page)

        def begin(page: OpenPage) -> list[Any]:
            """Nothing of the last patient stays, even while the reading waits for its turn."""
            page.begin("read")
            return ["", "", *draw(page)]

        async def show(
            page: OpenPage, source: Source, read: Callable[[], Awaitable[Visit]]
        ) -> AsyncIterator[list[Any]]:
            turn = page.begin("read")
            yield draw(page)
            try:
                async with aclosing(read_visit(service, metrics, source, read)) as events:
                    async for event in events:
                        if page.turn != turn:  # another patient was chosen meanwhile, or none
                            return
                        page.take(event)
                        yield draw(page)
            except Exception as error:
                if page.turn == turn:
                    page.take(Problem(reference=log_failure(_log, "Diagnosis", error)))
                    yield draw(page)

        async def show_sample(patient: SamplePatient, page: OpenPage) -> AsyncIterator[list[Any]]:
            def read() -> Visit:
                return service.open_file(patient.path.read_bytes(), name=patient.path.name, source="sample")

            async for shown in show(page, "sample", lambda: asyncio.to_thread(read)):
                yield shown

        async def show_file(page: OpenPage, event: gr.EventData) -> AsyncIterator[list[Any]]:
            def read() -> Visit:
                return service.open_file(_content(sent(event)), name=str(sent(event).get("name")))

            async for shown in show(page, "file", lambda: asyncio.to_thread(read)):
                yield shown

        async def show_note(text: str, page: OpenPage) -> AsyncIterator[list[Any]]:
            def read() -> Visit:
                # Half a surrogate pair passes here, so that the service refuses it like any other broken text.
                return service.open_note((text or "").encode("utf-8", "surrogatepass"))

            async for shown in show(page, "note", lambda: asyncio.to_thread(read)):
                yield shown

        async def from_server(patient: str, request: gr.Request) -> Visit:
            record = await access.read_patient(dict(request.cookies), patient.strip())
            return await asyncio.to_thread(service.open_record, record)

        async def show_server(patient: str, page: OpenPage, request: gr.Request) -> AsyncIterator[list[Any]]:
            async for shown in show(page, "server", lambda: from_server(patient or "", request)):
                yield shown

        async def show_found(page: OpenPage, event: gr.EventData, request: gr.Request) -> AsyncIterator[list[Any]]:
            async for shown in show(page, "server", lambda: from_server(str(sent(event).get("code")), request)):
                yield shown

        async def show_launched(page: OpenPage, request: gr.Request) -> AsyncIterator[Any]:
            """The patient whom the hospital system has open, without a further click."""
            patient = access.open_patient(dict(request.cookies))
            if not patient:
                yield [gr.skip()] * len(drawn)
                return
            async for shown in show_server(patient, page, request):
                yield shown

        async def find(name: str, born: str, number: str, page: OpenPage, request: gr.Request) -> list[str]:
            try:
                async with access.connect(dict(request.cookies)) as client:
                    found = await find_patients(client, name=name, birth_date=born, record_number=number)
            except R1Error as error:
                return [notice_html(Problem(error), page.language), ""]
            return ["", found_html(*found, page.language)]

        def in_vain(page: OpenPage, problem: Problem) -> dict[Any, Any]:
            return {notice: notice_html(problem, page.language), board.newer: newer_html(page)}

        async def press(page: OpenPage, event: gr.EventData, request: gr.Request) -> AsyncIterator[Any]:
            """A button of a panel. What it asks for in vain is said, and the visit stays as it is."""
            button, newer = sent(event), None
            page.told = ""
            try:
                seen = page.named(button)
                if button.get("do") == "reopen":
                    if page.rereading:
                        return
                    page.rereading = True
                    try:
                        yield {board.newer: newer_html(page)}
                        newer = await from_server(seen.case.patient.removeprefix("Patient/"), request)
                    finally:
                        page.rereading = False
                async with page.changing:
                    seen = page.named(button)  # another patient may be open by now
                    after = await asyncio.to_thread(_after, service, seen, button, newer)
                    if page.replace(seen, after):
                        yield [*draw(page), "", ""]
            except R1Error as error:
                yield in_vain(page, Problem(error))
            except Exception as error:
                yield in_vain(page, Problem(reference=log_failure(_log, "Diagnosis", error)))

        def look_up(typed: str, page: OpenPage) -> str:
            if page.visit is None:
                return ""
            return hits_html(page.visit, service.search.find(typed or ""), typed or "", page.language)

        async def check(page: OpenPage, request: gr.Request) -> Any:
            """Asks the server for newer data; that it does not answer is told."""
            seen = page.visit
            if seen is None or seen.record is None:
                return gr.skip()
            try:
                async with access.connect(dict(request.cookies)) as client:
                    newer = await has_newer(client, seen.record)
                if newer:
                    page.stale = seen.id
                page.unasked = seen.id if newer is None else ""
            except FhirServerError:
                page.unasked = seen.id
            except R1Error:
                return gr.skip()
            return newer_html(page)

        async def look(page: OpenPage) -> Any:
            """Hides in time what may not be shown any more, and a patient whom nobody has looked at for an hour."""
            seen = page.visit
            if seen is None or page.step:
                return [gr.skip()] * len(drawn)
            if page.age():
                return {notice: above_html(page)} if page.visit else draw(page)
            async with page.changing:
                seen = page.visit
                current = await asyncio.to_thread(footer.current, seen) if seen else None
                if seen is None or current is None or current is seen or not page.replace(seen, current):
                    return [gr.skip()] * len(drawn)
            return draw(page)

        def use(page: OpenPage) -> Any:
            return above_html(page) if page.use() else gr.skip()

        shown = [language, *drawn, *labels.components]

        def translate(page: OpenPage, lang: Language) -> list[Any]:
            page.language = lang
            return [lang, *draw(page), *labels.updates(lang)]

        def start(page: OpenPage, request: gr.Request) -> list[Any]:
            return translate(page, page_language(request))

        loaded = blocks.load(start, opened, shown, **PRIVATE)
        switch.click(lambda page: translate(page, other(page.language)), opened, shown, **PRIVATE)

        upload = chooser.upload.upload

        def read_on(event: Any, work: Any, *inputs: Any) -> None:
            if event is not upload:  # whose content would come twice
                event(begin, opened, [board.search, board.hits, *drawn], trigger_mode="multiple", **PRIVATE)
            done = event(work, [*inputs, opened], drawn, trigger_mode="multiple", **PRIVATE)
            if event is upload:
                done.then(lambda: ["", ""], None, [board.search, board.hits], **PRIVATE)
            done.then(None, js=_FOCUS, **PRIVATE)

        for sample, patient in zip(chooser.samples, samples, strict=True):
            read_on(sample.click, functools.partial(show_sample, patient))
        read_on(upload, show_file)
        read_on(chooser.read_note.click, show_note, chooser.note)
        if chooser.find:
            *fields, search, hits = chooser.find
            read_on(chooser.fetch.click, show_server, chooser.patient_id)
            read_on(chooser.patient_id.submit, show_server, chooser.patient_id)
            read_on(hits.click, show_found)
            loaded.then(show_launched, opened, drawn, **PRIVATE).then(None, js=_FOCUS, **PRIVATE)
            asked = [search.click, *(field.submit for field in fields)]
            found = gr.on(asked, find, [*fields, opened], [notice, hits], trigger_mode="always_last", **PRIVATE)
            found.then(None, js=_FOCUS_FAILED, **PRIVATE)
            window.focus(check, opened, board.newer, trigger_mode="always_last", **PRIVATE)
        window.click(use, opened, notice, **PRIVATE)
        cancel.click(leave, opened, drawn, **PRIVATE)
        board.search.change(look_up, [board.search, opened], board.hits, trigger_mode="always_last", **PRIVATE)
        for panel in (*board.buttons, said):
            done = panel.click(press, opened, [*drawn, board.search, board.hits], trigger_mode="multiple", **PRIVATE)
            done.then(None, js=_FOCUS_FAILED, **PRIVATE)
        gr.Timer(_POLL_SECONDS).tick(look, opened, drawn, **PRIVATE)
    return blocks


def _after(service: DiagnosisService, seen: Visit, button: Mapping[str, object], newer: Visit | None) -> Visit:
    """The visit after a button, which may have read the record again."""
    return act(service, seen, button) if newer is None else service.reopen(seen, newer)


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
