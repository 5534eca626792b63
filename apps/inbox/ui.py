"""The inbox in the browser, as a Gradio page."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import gradio as gr

from adapters.hl7v2.inbox_tables import State
from apps.auth.sessions import Sessions
from apps.ui.labels import Labels
from apps.ui.language import other, page_language
from apps.ui.parts import PRIVATE, done_html, log_failure, notice, page_header, script, signed_in
from apps.ui.texts import t
from core.errors import R1Error
from knowledge.retrieval.language import Language

from .html import conversion_html, error_html, messages_html, overview_html, raw_html, server_html
from .service import FhirServer, InboxService

_log = logging.getLogger(__name__)
_POLL_SECONDS = 10

Who = Callable[[Mapping[str, str]], str]
"""Maps a request's cookies to the user's name in the audit trail; refuses with an R1Error.

A call counts as use of the session, so the page's automatic requests do not call it."""

Work = Callable[[int, bool, Language, str], Awaitable[str]]
"""Takes a message's number, whether it may be delivered out of order, the language and the user; returns HTML."""


class InboxPage:
    """The page: counts, the FHIR server, the messages of a state, and what can be done with them.

    Attributes:
        blocks: untyped gr.Blocks.
    """

    def __init__(self, service: InboxService, who: Who, sessions: Sessions) -> None:
        self._service, self._who = service, who
        self._labels = Labels()
        with gr.Blocks(title=t("inbox.title", "en"), analytics_enabled=False) as self.blocks:
            self._language = gr.State("en")
            self._server = gr.State(None)  # what is known of the FHIR server
            with gr.Column(elem_classes="r1-wide"):
                header = page_header(self._labels, "inbox.title", "inbox.lead")
                self._switch = header.switch
                self._overview = gr.HTML(elem_id="overview")
                with gr.Column(elem_classes="ib-card"):
                    self._lay_out_server()
                with gr.Column(elem_classes="ib-card"):
                    self._lay_out_messages()
            signed_in(self.blocks, header.who, self._language, sessions.name)
            self._wire()

    def _lay_out_server(self) -> None:
        with gr.Row(elem_classes="r1-bar"):
            self._labels.add(gr.HTML(), value=_heading("inbox.server"))
            self._check = self._button("check")
        self._told = gr.HTML(elem_id="server")

    def _lay_out_messages(self) -> None:
        labels = self._labels
        labels.add(gr.HTML(), value=_heading("inbox.messages"))
        self._state = labels.add(
            gr.Radio(value=State.QUARANTINED.value, show_label=False, elem_id="state"),
            label="inbox.messages",
            choices=_states,
        )
        self._messages = gr.HTML(js_on_load=script("apps.inbox", "choose.js"), elem_id="messages")
        with gr.Row(elem_classes="ib-acts"):
            number = gr.Number(precision=0, min_width=140, elem_id="number")
            self._number = labels.add(number, label="inbox.number")
            self._look = self._button("look")
            self._show = self._button("show")
            self._replay = self._button("replay", variant="primary")
            self._every = self._button("every", "inbox.replay_all")
        # A checkbox created without a label never shows one.
        late = gr.Checkbox(label=t("inbox.out_of_order", "en"), elem_id="late", container=False)
        self._late = labels.add(late, label="inbox.out_of_order")
        self._said = gr.HTML(elem_id="said")

    def _button(self, name: str, text: str = "", **options: Any) -> Any:
        button = gr.Button(size="sm", min_width=0, elem_id=name, **options)
        return self._labels.add(button, value=text or f"inbox.{name}")

    def _wire(self) -> None:
        lists, labelled = [self._overview, self._messages], self._labels.components
        checked = [self._server, self._told]
        started = self.blocks.load(self.start, None, [self._language, *lists, *labelled], **PRIVATE)
        started.then(self.ask_server, self._language, checked, **PRIVATE)
        self._switch.click(
            self.translate,
            [self._language, self._state, self._server],
            [self._language, *lists, self._told, self._said, *labelled],
            **PRIVATE,
        )
        # One event whose last trigger counts, so that a timer tick cannot overwrite a later choice.
        looks = [gr.Timer(_POLL_SECONDS).tick, self._state.change]
        gr.on(looks, self.see, [self._language, self._state], lists, trigger_mode="always_last", **PRIVATE)
        self._check.click(self.ask_server, self._language, checked, **PRIVATE)
        given = [self._number, self._late, self._language, self._state]
        for button, work, numbered in (
            (self._look, self.look_at, True),
            (self._show, self.show_raw, True),
            (self._replay, self.replay_one, True),
            (self._every, self.replay_all, False),
        ):
            button.click(self._acting(work, numbered=numbered), given, [self._said, *lists], **PRIVATE)

    def start(self, request: gr.Request) -> list[Any]:
        """The page as it opens."""
        lang = page_language(request)
        return [lang, *self.see(lang, State.QUARANTINED.value), *self._labels.updates(lang)]

    def translate(self, lang: Language, chosen: str, known: FhirServer | R1Error | None) -> list[Any]:
        """The page in the other language."""
        lang = other(lang)
        return [lang, *self.see(lang, chosen), server_html(known, lang), "", *self._labels.updates(lang)]

    def see(self, lang: Language, chosen: str) -> list[str]:
        """The counts, and the messages of a state; or why they cannot be read."""
        try:
            seen = self._service.overview(State(chosen))
        except R1Error as error:
            return [error_html(error, lang), ""]
        return [overview_html(seen, lang), messages_html(seen.messages, lang)]

    async def ask_server(self, lang: Language, request: gr.Request) -> tuple[Any, str]:
        """What the FHIR server says about itself, or why it does not answer."""
        try:
            user = await asyncio.to_thread(self._who, dict(request.cookies))
            known: FhirServer | R1Error | None = await self._service.server(user)
        except R1Error as error:
            known = error
        return known, server_html(known, lang)

    def _acting(self, work: Work, *, numbered: bool) -> Any:
        """The handler of a button: shows a failure as a notice, and lists the messages again.

        Args:
            numbered: whether the work needs a message's number.
        """

        async def run(given: float | None, ahead: bool, lang: Language, chosen: str, request: gr.Request) -> list[str]:
            try:
                user = await asyncio.to_thread(self._who, dict(request.cookies))
                number = int(given or 0)  # Gradio sends 0 for an empty field
                if numbered and number < 1:
                    html = notice(t("inbox.no_number", lang))
                else:
                    html = await work(number, ahead, lang, user)
            except R1Error as error:
                html = error_html(error, lang)
            except Exception as error:
                reference = log_failure(_log, "The inbox page", error)
                html = notice(t("shared.unexpected", lang, reference=reference))
            return [html, *await asyncio.to_thread(self.see, lang, chosen)]

        return run

    async def look_at(self, given: int, ahead: bool, lang: Language, user: str) -> str:
        """What a message becomes."""
        return conversion_html(given, await asyncio.to_thread(self._service.look, given), lang)

    async def show_raw(self, given: int, ahead: bool, lang: Language, user: str) -> str:
        """A message as received."""
        return raw_html(given, await self._service.raw(given, user), lang)

    async def replay_one(self, given: int, ahead: bool, lang: Language, user: str) -> str:
        """Queues a message for delivery again."""
        await self._service.replay(given, user, out_of_order=ahead)
        return done_html(t("inbox.replayed", lang, number=given))

    async def replay_all(self, given: int, ahead: bool, lang: Language, user: str) -> str:
        """Queues all quarantined messages for delivery again."""
        again, stay = await self._service.replay_quarantined(user)
        return done_html(t("inbox.replayed_all", lang, again=again, stay=stay))


def _heading(key: str) -> Callable[[Language], str]:
    return lambda language: f"<h2 class='ib-heading'>{t(key, language)}</h2>"


def _states(language: Language) -> list[tuple[str, str]]:
    order = (State.QUARANTINED, State.WAITING, State.DONE)
    return [(t(f"inbox.{state.value}", language), state.value) for state in order]
