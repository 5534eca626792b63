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
from apps.ui.parts import PRIVATE, document_of, done_html, log_failure, notice, signed_in
from apps.ui.texts import t
from core.errors import R1Error
from knowledge.retrieval.language import Language

from .html import conversion_html, error_html, messages_html, overview_html, raw_html, server_html
from .service import FhirServer, InboxService

_log = logging.getLogger(__name__)
_POLL_SECONDS = 10
# The number stands in its field before any button can be pressed; what was ticked was ticked for another message.
_CHOOSE = """element.addEventListener("click", (event) => {
  const button = event.target.closest(".ib-choose");
  if (!button) return;
  const field = document.querySelector("#number input"), late = document.querySelector("#late input");
  field.value = button.textContent;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  if (late.checked) late.click();
});"""

Who = Callable[[Mapping[str, str]], str]
"""Takes the cookies of a request and says who works there, as the audit trail names them; refuses with an R1Error.

To ask counts as use of the session, so what the page does by itself does not ask."""


def build_inbox_page(service: InboxService, who: Who, sessions: Sessions) -> Any:  # untyped gr.Blocks
    """The page: counts, the FHIR server, the messages of a state, and what can be done with them."""
    labels = Labels()

    with gr.Blocks(title=t("inbox.title", "en"), analytics_enabled=False) as page:
        language = gr.State("en")
        server = gr.State(None)
        with gr.Column(elem_classes="r1-wide"):
            document_of(labels, lambda lang: t("inbox.title", lang))
            with gr.Row(elem_classes="r1-bar"):
                labels.add(gr.HTML(elem_classes="r1-brand", padding=False), value=_brand)
                signed_in(page, language, sessions.name)
                switch = labels.add(gr.Button(size="sm", min_width=0, elem_id="language"), value="shared.language")
            overview = gr.HTML(elem_id="overview", padding=False)
            with gr.Column(elem_classes="ib-card"):
                with gr.Row(elem_classes="r1-bar"):
                    labels.add(gr.HTML(padding=False), value=_heading("inbox.server"))
                    check = labels.add(gr.Button(size="sm", min_width=0, elem_id="check"), value="inbox.check")
                told = gr.HTML(elem_id="server", padding=False)
            with gr.Column(elem_classes="ib-card"):
                labels.add(gr.HTML(padding=False), value=_heading("inbox.messages"))
                state = labels.add(
                    gr.Radio(value=State.QUARANTINED.value, show_label=False, elem_id="state"),
                    label="inbox.messages",
                    choices=_states,
                )
                messages = gr.HTML(js_on_load=_CHOOSE, elem_id="messages", padding=False)
                with gr.Row(elem_classes="ib-acts"):
                    number = labels.add(gr.Number(precision=0, min_width=140, elem_id="number"), label="inbox.number")
                    look = labels.add(gr.Button(size="sm", min_width=0, elem_id="look"), value="inbox.look")
                    show = labels.add(gr.Button(size="sm", min_width=0, elem_id="show"), value="inbox.show")
                    replay = labels.add(
                        gr.Button(size="sm", min_width=0, variant="primary", elem_id="replay"), value="inbox.replay"
                    )
                    every = labels.add(gr.Button(size="sm", min_width=0, elem_id="every"), value="inbox.replay_all")
                # A checkbox that begins without a label never shows one.
                box = gr.Checkbox(label=t("inbox.out_of_order", "en"), elem_id="late", container=False)
                late = labels.add(box, label="inbox.out_of_order")
                said = gr.HTML(elem_id="said", padding=False)

        def see(lang: Language, chosen: str) -> list[str]:
            seen = service.overview(State(chosen))
            return [overview_html(seen, lang), messages_html(seen.messages, lang)]

        def translate(lang: Language, chosen: str, known: FhirServer | R1Error | None) -> list[Any]:
            return [lang, *see(lang, chosen), server_html(known, lang), "", *labels.updates(lang)]

        def start(request: gr.Request) -> list[Any]:
            lang = page_language(request)
            return [lang, *see(lang, State.QUARANTINED.value), *labels.updates(lang)]

        async def ask_server(lang: Language, request: gr.Request) -> tuple[Any, str]:
            try:
                user = await asyncio.to_thread(who, dict(request.cookies))
                known: FhirServer | R1Error | None = await service.server(user)
            except R1Error as error:
                known = error
            return known, server_html(known, lang)

        def act(work: Callable[[int, bool, Language, str], Awaitable[str]], *, numbered: bool = True) -> Any:
            async def run(
                given: float | None, ahead: bool, lang: Language, chosen: str, request: gr.Request
            ) -> list[str]:
                try:
                    user = await asyncio.to_thread(who, dict(request.cookies))
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
                return [html, *await asyncio.to_thread(see, lang, chosen)]

            return run

        async def look_at(given: int, _: bool, lang: Language, user: str) -> str:
            return conversion_html(given, await asyncio.to_thread(service.look, given), lang)

        async def show_raw(given: int, _: bool, lang: Language, user: str) -> str:
            return raw_html(given, await service.raw(given, user), lang)

        async def replay_one(given: int, ahead: bool, lang: Language, user: str) -> str:
            await service.replay(given, user, out_of_order=ahead)
            return done_html(t("inbox.replayed", lang, number=given))

        async def replay_all(given: int, ahead: bool, lang: Language, user: str) -> str:
            again, stay = await service.replay_quarantined(user)
            return done_html(t("inbox.replayed_all", lang, again=again, stay=stay))

        shown = [overview, messages]
        labelled = labels.components
        page.load(start, None, [language, *shown, *labelled], **PRIVATE).then(
            ask_server, language, [server, told], **PRIVATE
        )
        switch.click(
            lambda lang, chosen, known: translate(other(lang), chosen, known),
            [language, state, server],
            [language, *shown, told, said, *labelled],
            **PRIVATE,
        )
        # One event, of which the last one counts: a look of the timer must not replace what is chosen after it began.
        looks = [gr.Timer(_POLL_SECONDS).tick, state.change]
        gr.on(looks, see, [language, state], shown, trigger_mode="always_last", **PRIVATE)
        check.click(ask_server, language, [server, told], **PRIVATE)
        for button, work in ((look, look_at), (show, show_raw), (replay, replay_one)):
            button.click(act(work), [number, late, language, state], [said, *shown], **PRIVATE)
        every.click(act(replay_all, numbered=False), [number, late, language, state], [said, *shown], **PRIVATE)
    return page


def _brand(language: Language) -> str:
    return f"<h1>{t('inbox.title', language)}</h1><p>{t('inbox.lead', language)}</p>"


def _heading(key: str) -> Callable[[Language], str]:
    return lambda language: f"<h2 class='ib-heading'>{t(key, language)}</h2>"


def _states(language: Language) -> list[tuple[str, str]]:
    order = (State.QUARANTINED, State.WAITING, State.DONE)
    return [(t(f"inbox.{state.value}", language), state.value) for state in order]
