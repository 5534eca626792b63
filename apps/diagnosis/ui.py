"""The diagnostic assistant in the browser, as a Gradio page."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any

import gradio as gr

from adapters.fhir.patients import find_patients, has_newer
from apps.fhir_access import FhirAccess
from apps.ui.labels import Labels
from apps.ui.language import other, page_language
from apps.ui.parts import PRIVATE, account_html, focus, log_failure, page_header, signed_in
from apps.ui.texts import t
from core.errors import FhirServerError, InputFormatError, R1Error
from core.server.health import Check
from core.server.metrics import Metrics
from core.settings import Settings
from knowledge.retrieval.language import Language

from .actions import act
from .board import Board, keys, keys_html
from .chooser import Chooser, ServerChooser, found_html
from .decision_panel import DecisionPanel, Footer
from .html.findings import hits_html
from .html.kept import kept_html
from .html.page import above_html, empty_html, newer_html, notice_html, waiting_html
from .kept import KeptReviews
from .panels import Panels, panel_html, sent, uploaded
from .reading import read_visit
from .record.panel import RecordTab
from .service import DiagnosisService, SamplePatient, sample_patients
from .view import CHANGED_ELSEWHERE, OpenPage, Problem
from .visit import Source, Visit

_log = logging.getLogger(__name__)
_POLL_SECONDS = 20  # between two checks whether an open page's list may still be shown
# Where the focus goes: the button that was used is collapsed by now, or may be off the screen.
_FOCUS = focus(".r1-notice, .r1-done, .dx-kept h2, .dx-stop h2, .dx-banner")
_FOCUS_FAILED = focus("#notice [role=alert], #notice .r1-done")
# The hits of a search, on a phone, are below the screen; the focus stays in the field.
_SHOW_FOUND = """() => {
  const failed = document.querySelector('#notice [role=alert]');
  failed ? failed.focus() : document.querySelector('#found [role=status]')?.scrollIntoView({ block: 'nearest' });
}"""


class DiagnosisPage:
    """The page: header, choice of a patient, and what was found.

    Args:
        engine: raises while the language model is unavailable, which the page reports; nothing here needs it.

    Attributes:
        blocks: untyped gr.Blocks.
    """

    def __init__(
        self,
        service: DiagnosisService,
        metrics: Metrics,
        settings: Settings,
        access: FhirAccess,
        engine: Check,
        footer: Footer,
    ) -> None:
        self._service, self._metrics, self._access, self._footer = service, metrics, access, footer
        self._reviews = KeptReviews(footer)
        self._samples = sample_patients()
        self._labels = labels = Labels()
        with gr.Blocks(title=t("diagnosis.title", "en"), analytics_enabled=False) as self.blocks:
            self._language = gr.State("en")
            self._page = gr.State(OpenPage())
            self._panels = panels = Panels(self._page, labels)
            with gr.Column(elem_classes="r1-wide"):
                header = page_header(labels, "diagnosis.title", "diagnosis.supports")
                self._switch = header.switch
                self._notice = gr.HTML(elem_id="notice")
                self._kept = panel_html(elem_id="kept")
                self._chooser = Chooser(labels, self._samples, settings)
                self._board = board = Board(panels, engine)
                RecordTab(panels, service, board.tabs)
                with board.body:
                    self._said = DecisionPanel(panels, footer, self._notice).said
                self._waiting = gr.HTML(elem_id="waiting")
                cancel = gr.Button(size="sm", visible=False, elem_id="cancel")
                self._cancel = labels.add(cancel, value="visit.cancel")
                self._window = labels.add(keys(), value=keys_html)
            self._searched = [board.search, board.hits]
            above = [self._notice, self._kept, self._waiting, self._chooser.box, board.body, self._cancel, board.newer]
            self._drawn = [*above, *panels.components]
            self._emptied = [*self._drawn, *self._searched, self._chooser.note]
            self._who = header.who
            signed_in(self.blocks, header.who, self._language, access.name)
            loaded = self._wire_page()
            self._wire_chooser()
            if self._chooser.server:
                self._wire_server(self._chooser.server, loaded)
            self._wire_board()

    def _wire_page(self) -> Any:
        """Returns the load event."""
        page, shown = self._page, [self._language, *self._drawn, *self._labels.components]
        self._switch.click(self.translate, page, shown, **PRIVATE)
        self._window.click(self.use, page, self._notice, **PRIVATE)
        for event in (gr.Timer(_POLL_SECONDS).tick, self._window.focus):
            event(self.look, page, [*self._drawn, self._who], **PRIVATE)
        taken = self._kept.click(self.take_up, page, self._emptied, trigger_mode="multiple", **PRIVATE)
        taken.then(None, js=_FOCUS, **PRIVATE)
        return self.blocks.load(self.start, page, shown, **PRIVATE)

    def _wire_chooser(self) -> None:
        chooser = self._chooser
        for sample, patient in zip(chooser.samples, self._samples, strict=True):
            self._reads(sample.click, partial(self.show_sample, patient))
        self._reads(chooser.read_note.click, self.show_note, chooser.note)
        # Without :meth:`begin` as a separate event, since each event sends the upload's content.
        uploaded = self._shows(chooser.upload.upload, self.show_file)
        uploaded.then(lambda: ["", ""], None, self._searched, **PRIVATE)
        self._cancel.click(self.leave, self._page, self._drawn, **PRIVATE)

    def _wire_server(self, chooser: ServerChooser, loaded: Any) -> None:
        page, patient = self._page, chooser.patient_id
        for event in (chooser.fetch.click, patient.submit):
            self._reads(event, self.show_server, patient, concurrency_id="server")
        self._reads(chooser.hits.click, self.show_found)
        launched = loaded.then(self.show_launched, page, self._drawn, **PRIVATE)
        launched.then(None, js=_FOCUS, **PRIVATE)
        events, given = [chooser.search.click, *(field.submit for field in chooser.fields)], [*chooser.fields, page]
        found = gr.on(events, self.find, given, [self._notice, chooser.hits], trigger_mode="always_last", **PRIVATE)
        found.then(None, js=_SHOW_FOUND, **PRIVATE)
        self._window.focus(self.check, page, self._board.newer, trigger_mode="always_last", **PRIVATE)

    def _wire_board(self) -> None:
        page, board = self._page, self._board
        typed = [board.search, page]
        board.search.change(self.look_up, typed, board.hits, trigger_mode="always_last", **PRIVATE)
        options = {"trigger_mode": "multiple", "concurrency_id": "press", **PRIVATE}
        for panel in (*board.buttons, self._said):
            done = panel.click(self.press, page, self._emptied, **options)
            done.then(None, js=_FOCUS_FAILED, **PRIVATE)

    def _reads(self, event: Any, work: Any, *inputs: Any, **options: Any) -> None:
        """Makes an event close the patient at once, and then show another one."""
        event(self.begin, self._page, [*self._searched, *self._drawn], trigger_mode="multiple", **PRIVATE)
        self._shows(event, work, *inputs, **options)

    def _shows(self, event: Any, work: Any, *inputs: Any, **options: Any) -> Any:
        given = [*inputs, self._page]
        done = event(work, given, self._drawn, trigger_mode="multiple", **options, **PRIVATE)
        done.then(None, js=_FOCUS, **PRIVATE)
        return done

    async def start(self, page: OpenPage, request: gr.Request) -> list[Any]:
        """The page as it opens."""
        page.holder = await asyncio.to_thread(self._access.holder, dict(request.cookies))
        page.launched = self._access.open_patient(dict(request.cookies))
        return self._in_language(page, page_language(request))

    def translate(self, page: OpenPage) -> list[Any]:
        """The page in the other language."""
        return self._in_language(page, other(page.language))

    def _in_language(self, page: OpenPage, lang: Language) -> list[Any]:
        page.language = lang
        return [lang, *self._draw(page), *self._labels.updates(lang)]

    def _draw(self, page: OpenPage) -> list[Any]:
        """Updates of ``_drawn``; no ranking is shown while a step is in progress."""
        seconds = int(time.monotonic() - page.began)
        at_rest = "" if page.visit else empty_html(page.language)
        return [
            above_html(page),
            kept_html(self._reviews.offered(page), page.language),
            waiting_html(page.step, seconds, page.language) if page.step else at_rest,
            gr.update(open=page.visit is None and page.step is None),
            gr.update(visible=page.visit is not None and page.step is None),
            gr.update(visible=page.step is not None),
            newer_html(page),
            *self._panels.updates(page),
        ]

    def begin(self, page: OpenPage) -> list[Any]:
        """Clears the last patient at once, even while the reading waits for its turn."""
        page.begin("read")
        return ["", "", *self._draw(page)]

    def leave(self, page: OpenPage) -> list[Any]:
        """Cancels a reading."""
        page.begin()
        return self._draw(page)

    async def _show(
        self, page: OpenPage, source: Source, read: Callable[[], Awaitable[Visit]]
    ) -> AsyncIterator[list[Any]]:
        turn = page.begin("read")
        yield self._draw(page)
        try:
            async with aclosing(read_visit(self._service, self._metrics, source, read)) as events:
                async for event in events:
                    if page.turn != turn:  # another patient was chosen meanwhile, or none
                        return
                    page.take(event)
                    if page.open and page.step is None:
                        await self._reviews.keep(page, page.open)
                    yield self._draw(page)
        except Exception as error:
            if page.turn == turn:
                page.take(Problem(reference=log_failure(_log, "Diagnosis", error)))
                yield self._draw(page)

    async def show_sample(self, patient: SamplePatient, page: OpenPage) -> AsyncIterator[list[Any]]:
        """A sample patient."""

        def read() -> Visit:
            return self._service.open_file(patient.path.read_bytes(), name=patient.path.name, source="sample")

        async for shown in self._show(page, "sample", lambda: asyncio.to_thread(read)):
            yield shown

    async def show_file(self, page: OpenPage, event: gr.EventData) -> AsyncIterator[list[Any]]:
        """The patient of an uploaded file."""

        def read() -> Visit:
            return self._service.open_file(uploaded(event), name=str(sent(event).get("name")))

        async for shown in self._show(page, "file", lambda: asyncio.to_thread(read)):
            yield shown

    async def show_note(self, text: str, page: OpenPage) -> AsyncIterator[list[Any]]:
        """The patient of a typed note."""

        def read() -> Visit:
            # A lone surrogate passes here, so that the service rejects it like any other broken text.
            return self._service.open_note((text or "").encode("utf-8", "surrogatepass"))

        async for shown in self._show(page, "note", lambda: asyncio.to_thread(read)):
            yield shown

    async def show_server(self, patient: str, page: OpenPage, request: gr.Request) -> AsyncIterator[Any]:
        """A patient of the FHIR server, by id; as they are under review, if they are."""
        if known := self._reviews.of_server(page, (patient or "").strip()):
            await self._reviews.go_on(page, known[0])
            yield self._draw(page)
            yield {self._board.newer: await self.check(page, request)}
            return
        async for shown in self._show(page, "server", lambda: self._from_server(patient or "", request)):
            yield shown

    async def show_found(self, page: OpenPage, event: gr.EventData, request: gr.Request) -> AsyncIterator[Any]:
        """A patient from the search hits."""
        async for shown in self.show_server(str(sent(event).get("code")), page, request):
            yield shown

    async def show_launched(self, page: OpenPage, request: gr.Request) -> AsyncIterator[Any]:
        """The patient whom the hospital system has open, without a further click."""
        patient = self._access.open_patient(dict(request.cookies))
        if not patient:
            yield gr.skip()
            return
        async for shown in self.show_server(patient, page, request):
            yield shown

    async def _from_server(self, patient: str, request: gr.Request) -> Visit:
        record = await self._access.read_patient(dict(request.cookies), patient.strip())
        return await asyncio.to_thread(self._service.open_record, record)

    async def find(self, name: str, born: str, number: str, page: OpenPage, request: gr.Request) -> list[str]:
        """Searches the FHIR server for patients."""
        try:
            async with self._access.connect(dict(request.cookies)) as client:
                found = await find_patients(client, name=name, birth_date=born, record_number=number)
        except R1Error as error:
            return [notice_html(Problem(error), page.language), ""]
        return ["", found_html(*found, page.language)]

    async def take_up(self, page: OpenPage, event: gr.EventData, request: gr.Request) -> AsyncIterator[Any]:
        """Goes on with a review that was kept, or gives it up."""
        asked, stays = sent(event), [gr.skip()] * len(self._searched)
        holder = await asyncio.to_thread(self._access.holder, dict(request.cookies))
        offered = self._reviews.offered(page) if holder == page.holder else ()
        patient = next((each for each in offered if each.id == asked.get("code")), None)
        if patient is None:
            page.problem = Problem(InputFormatError("This review is no longer kept", kind="no_review"))
            yield [*self._draw(page), *stays, gr.skip()]
        elif asked.get("do") == "discard":
            self._reviews.give_up(page, patient)
            yield [*self._draw(page), *stays, gr.skip()]
        else:
            await self._reviews.go_on(page, patient)
            yield [*self._draw(page), *stays, page.visit.note if page.visit else ""]
            yield {self._board.newer: await self.check(page, request)}

    async def press(self, page: OpenPage, event: gr.EventData, request: gr.Request) -> AsyncIterator[Any]:
        """Handles a panel's button. A failure is shown, and the visit stays as it is."""
        button, newer = sent(event), None
        page.outcome = ""
        try:
            seen = page.named(button)
            if button.get("do") == "close" and page.open:
                self._reviews.give_up(page, page.open)
                yield [*self._draw(page), "", "", ""]
                return
            if button.get("do") == "reopen":
                reread = page.open
                if reread is None or reread.rereading:
                    return
                reread.rereading = True
                try:
                    yield {self._board.newer: newer_html(page)}
                    newer = await self._from_server(seen.case.patient.removeprefix("Patient/"), request)
                finally:
                    reread.rereading = False
            async with page.changing:
                seen = page.named(button)  # another patient may be open by now
                after = await asyncio.to_thread(_after, self._service, seen, button, newer)
                if page.open and page.replace(seen, after):
                    await self._reviews.keep_on(page, page.open)
                    yield [*self._draw(page), "", "", gr.skip()]
        except R1Error as error:
            if error.kind == CHANGED_ELSEWHERE:
                yield [*self._draw(page), "", "", gr.skip()]
            yield self._in_vain(page, Problem(error))
        except Exception as error:
            yield self._in_vain(page, Problem(reference=log_failure(_log, "Diagnosis", error)))

    def _in_vain(self, page: OpenPage, problem: Problem) -> dict[Any, Any]:
        return {self._notice: notice_html(problem, page.language), self._board.newer: newer_html(page)}

    def look_up(self, typed: str, page: OpenPage) -> str:
        """The findings that match what was typed."""
        if page.visit is None:
            return ""
        return hits_html(page.visit, self._service.search.find(typed or ""), typed or "", page.language)

    async def check(self, page: OpenPage, request: gr.Request) -> Any:
        """Asks the server for newer data; says so if it does not answer."""
        patient, seen = page.open, page.visit
        if patient is None or seen is None or seen.record is None or not seen.is_of_server:
            return gr.skip()
        try:
            async with self._access.connect(dict(request.cookies)) as client:
                newer = await has_newer(client, seen.record)
            if newer:
                patient.stale = seen.id
            patient.unasked = seen.id if newer is None else ""
        except FhirServerError:
            patient.unasked = seen.id
        except R1Error:
            return gr.skip()
        return newer_html(page)

    async def look(self, page: OpenPage, request: gr.Request) -> Any:
        """Hides what may no longer be shown, and a patient after an hour without use; shows what another page changed.

        Somebody else may have signed in with this browser meanwhile.
        """
        cookies = dict(request.cookies)
        holder = await asyncio.to_thread(self._access.holder, cookies)
        if holder != page.holder:
            page.begin()
            page.holder, page.left = holder, None
            page.launched = self._access.open_patient(cookies)
            name = await asyncio.to_thread(self._access.name, cookies)
            return [*self._draw(page), account_html(name, page.language)]
        if page.open is None or page.step:
            return gr.skip()
        if page.visit is not None and page.visit is not page.shown:
            return [*self._draw(page), gr.skip()]
        if page.age():
            return {self._notice: above_html(page)} if page.visit else [*self._draw(page), gr.skip()]
        async with page.changing:
            seen = page.visit
            current = await asyncio.to_thread(self._footer.current, seen) if seen else None
            if seen is None or current is None or current is seen or not page.replace(seen, current):
                return gr.skip()
        return [*self._draw(page), gr.skip()]

    def use(self, page: OpenPage) -> Any:
        """Notes that the page is in use."""
        return above_html(page) if page.use() else gr.skip()


def _after(service: DiagnosisService, seen: Visit, button: Mapping[str, object], newer: Visit | None) -> Visit:
    """The visit after a button, which may have read the record again."""
    return act(service, seen, button) if newer is None else service.reopen(seen, newer)
