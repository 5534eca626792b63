"""The support chat in the browser, as a Gradio page."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import gradio as gr

from apps.ui.labels import Labels, Text
from apps.ui.language import other, page_language
from apps.ui.length import long_text, too_long
from apps.ui.parts import PRIVATE, TAKE_KEY, document_of, log_failure, notice
from apps.ui.texts import t
from core.errors import InputFormatError
from core.server.metrics import Metrics
from knowledge.retrieval.language import Language

from .conversation import MAX_MESSAGE
from .desk import Desk
from .html import brand_html, bubbles_of, form_html, log_html, paragraph, reply_html
from .policy import Action
from .service import SupportService
from .store import HandOff

_log = logging.getLogger(__name__)
_SUGGESTIONS = 3
_POLL_SECONDS = 3  # for what a person has written
# Brings the newest bubble into view: its end, or its beginning when it is taller than the log.
_SHOW_NEWEST = """() => requestAnimationFrame(() => {
  const log = document.querySelector("#log"), newest = log.querySelector(".r1-log > :last-child");
  const frame = log.getBoundingClientRect(), box = newest.getBoundingClientRect();
  log.scrollTop += box.height > frame.height ? box.top - frame.top - 8 : box.bottom - frame.bottom + 16;
})"""
# What was pressed may be gone: the keyboard goes on in the composer. On a phone that would cover half of the answer.
_SETTLE = f"""() => {{
  ({_SHOW_NEWEST})();
  requestAnimationFrame(() => {{
    if (document.activeElement === document.body && matchMedia("(pointer: fine)").matches)
      document.querySelector("#composer textarea").focus();
  }});
}}"""
# What waits for its answer, as #log keeps it, stands below what was said, when another event draws that anew, too.
_DRAW_WAITING = """() => {
  const log = document.querySelector("#log"), talk = log.querySelector(".r1-log"), { asked } = log.dataset;
  talk.querySelectorAll(".r1-waiting").forEach((turn) => turn.remove());
  if (!asked?.trim() || talk.querySelectorAll(".r1-user").length > log.dataset.before) return;
  for (const [side, words] of [["r1-user", asked], ["r1-meta", talk.dataset.waiting]]) {
    const turn = document.createElement("div");
    turn.className = `r1-turn r1-waiting ${side}`;
    turn.textContent = words;
    talk.append(turn);
  }
  log.scrollTop = log.scrollHeight;
}"""
# The log is drawn anew with each answer, which no screen reader reads out: the newest bubble is said beside it.
_SAY_NEWEST = f"""
const said = document.createElement('div');
said.className = 'r1-hidden';
said.ariaLive = 'polite';
element.after(said);
watch('value', () => {{
  const newest = element.querySelector('.r1-log > :last-child');
  said.lang = newest?.querySelector('[lang]')?.lang ?? '';
  said.textContent = newest?.innerText ?? '';
  ({_DRAW_WAITING})();
}});
"""
# What was not answered comes back unless something else is typed by now.
_RESTORE = """(text) => {
  const box = document.querySelector("#composer textarea");
  if (box.value) return;
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}"""
# When nobody answers: telephone and hours.
_DOWN = f"""(text) => {{
  const log = document.querySelector("#log");
  log.querySelectorAll(".r1-waiting").forEach((turn) => turn.remove());
  log.querySelector(".r1-down").hidden = false;
  log.scrollTop = log.scrollHeight;
  ({_RESTORE})(text);
}}"""
# Shows at once what was asked. One thing at a time: an error ends the event, so that nothing is sent and Enter leaves
# what is typed where it is until the answer is there.
_WAIT = f"""(text) => {{
  const log = document.querySelector("#log");
  if ("asked" in log.dataset) throw new Error("still waiting");
  Object.assign(log.dataset, {{ asked: text, before: log.querySelectorAll(".r1-user").length }});
  ({_DRAW_WAITING})();
  fetch("/healthz", {{ signal: AbortSignal.timeout(20000) }}).catch(() => ({_DOWN})(text));
}}"""
_PRESS = f"(text) => {{ ({_WAIT})(text); return text; }}"
# What was sent leaves the composer at once, so that the next words are not glued to it.
_SEND = f"""(text) => {{
  const box = document.querySelector("#composer textarea");
  if (box.ariaInvalid) {{  // too long, as stands below it
    document.querySelector("#composer-count").scrollIntoView({{ block: "nearest" }});
    throw new Error("too long");
  }}
  ({_WAIT})(text);
  return [text, ''];
}}"""
_DONE = f"""(text) => {{
  delete document.querySelector("#log").dataset.asked;
  ({_DRAW_WAITING})();
  requestAnimationFrame(() => {{ if (document.querySelector("#notice .r1-notice")) ({_RESTORE})(text); }});
}}"""
# Gradio did not take it, as when too many wait already.
_REFUSED = f"""(text) => {{
  delete document.querySelector("#log").dataset.asked;
  ({_DOWN})(text);
}}"""
# The form comes into the page a moment later.
_TO_FORM = """() => {
  const look = setInterval(() => {
    const email = document.querySelector("#email input");
    if (!email) return;
    clearInterval(look);
    email.focus();
  }, 50);
}"""
# Whether the customer can see the page: a tab in the background hears nothing, so that the answer goes by e-mail.
_IS_SEEN = "(...given) => [...given.slice(0, -1), document.visibilityState === 'visible']"


@dataclass(slots=True)
class _Talk:
    """What a page shows. Its events overlap and share it: each adds to it, and draws it as it is at its end."""

    language: Language = "en"
    key: str = ""  # id and token of the conversation
    read: int = 0  # id of the last message of a person that is shown
    bubbles: list[tuple[str, str]] = field(default_factory=list)  # as log_html takes them
    wants_person: bool = False  # the customer has opened the form: no reply closes it
    with_person: bool = False  # as far as the customer has been told

    @property
    def id(self) -> str:
        return self.key.partition(" ")[0]


def build_support_page(desk: Desk, metrics: Metrics) -> Any:  # gr.Blocks, which has no types
    """The page: header, log, suggestions, composer, and the form that reaches a person."""
    labels = Labels()
    service, company = desk.service, desk.service.company
    beginning = Lock()

    with gr.Blocks(title=f"{company.name['en']} · {t('chat.assistant', 'en')}", analytics_enabled=False) as page:
        shared = gr.State(_Talk())
        listen = gr.Timer(_POLL_SECONDS, active=False)
        is_seen = gr.Checkbox(visible=False)  # filled by _IS_SEEN
        sent_words = gr.Textbox(visible=False, max_length=4 * MAX_MESSAGE)  # filled by _SEND and _PRESS
        kept_key = gr.Textbox(visible=False, max_length=100)  # filled by TAKE_KEY

        with gr.Column(elem_classes="r1-page"):
            document_of(labels, lambda lang: f"{company.name[lang]} · {t('chat.assistant', lang)}")
            with gr.Row(elem_classes="r1-bar"):
                labels.add(gr.HTML(elem_classes="r1-brand"), value=lambda lang: brand_html(service, lang))
                switch = labels.add(_button("language"), value="shared.language", interactive=_ready)
                person = labels.add(_button("person"), value="chat.person", interactive=_ready)
            transcript = gr.HTML(elem_id="log", js_on_load=_SAY_NEWEST)
            with gr.Row(elem_classes="r1-chips", visible=False, elem_id="suggestions") as suggestion_row:
                suggestions = [gr.Button(size="sm", min_width=0) for _ in range(_SUGGESTIONS)]
            with gr.Row(elem_classes="r1-chips", visible=False) as answered_row:
                solved = labels.add(gr.Button(size="sm", min_width=0, elem_id="solved"), value="chat.solved")
                unsolved = labels.add(gr.Button(size="sm", min_width=0, elem_id="unsolved"), value="chat.unsolved")
            alert = gr.HTML(elem_id="notice")
            words: dict[str, Text] = {"label": "chat.composer", "placeholder": "chat.placeholder"}
            words |= {"submit_btn": "chat.send", "interactive": _ready}
            composer = long_text(labels, "composer", MAX_MESSAGE, words=words, lines=1, max_lines=6, interactive=False)
            with gr.Row(elem_classes="r1-chips", elem_id="examples") as example_row:
                examples = [
                    labels.add(
                        _button(), value=_example(service, i), visible=_has_example(service, i), interactive=_ready
                    )
                    for i in range(max(map(len, company.examples.values())))
                ]
            with gr.Group(visible=False, elem_classes="r1-hand-off") as form:
                labels.add(gr.HTML(padding=True), value=lambda lang: form_html(service, lang))
                email = labels.add(
                    gr.Textbox(
                        max_lines=1,
                        max_length=254,
                        elem_id="email",
                        html_attributes=gr.InputHTMLAttributes(autocomplete="email"),
                    ),
                    label="chat.email",
                )
                note = long_text(labels, "note", MAX_MESSAGE, words={"label": "chat.note"}, lines=2)
                form_alert = gr.HTML(elem_id="form-notice")
                with gr.Row():
                    submit = labels.add(gr.Button(variant="primary", elem_id="submit"), value="chat.submit")
                    cancel = labels.add(gr.Button(), value="chat.cancel")

        def start(kept: str, request: gr.Request) -> dict[Any, Any]:
            """The page as it opens, with the conversation that it had when its connection was lost."""
            talk = _Talk(page_language(request))
            changes: dict[Any, Any] = {}
            id, _, token = kept.partition(" ")
            try:
                thread = desk.store.thread(id, token) if token else None
                if thread:
                    said, handed_off = desk.store.messages(id), desk.store.open_hand_off(id)
                    newest = max((message.id for message in said), default=0)
                    desk.store.see(id, newest)
                    bubbles = bubbles_of(service, said, talk.language)
                    if handed_off:
                        earlier = sum(message.created_at <= handed_off.created_at for message in said)
                        bubbles.insert(earlier, _passed_on(handed_off, talk.language))
                    talk.key, talk.read, talk.bubbles = kept, newest, bubbles
                    talk.with_person = thread.with_person
                    changes = {
                        listen: gr.Timer(active=thread.with_person),
                        example_row: gr.update(visible=not said),
                    }
            except Exception as error:
                changes = {alert: notice(_failed(error, talk.language))}
            return {shared: talk, **dict(zip(shown, show(talk), strict=True)), **changes}

        def draw(talk: _Talk) -> str:
            return log_html(service, talk.language, talk.bubbles, talk.key)

        def show(talk: _Talk) -> list[Any]:
            return [draw(talk), *labels.updates(talk.language)]

        def translate(talk: _Talk) -> list[Any]:
            talk.language = other(talk.language)
            return show(talk)

        def own(talk: _Talk, request: gr.Request) -> str:
            """The id of the page's conversation; of a new one where there is none yet, or it was deleted.

            Empty where the customer has to wait before anything more is taken.
            """
            if not desk.store.thread(talk.id):
                with beginning:
                    if not desk.store.thread(talk.id):  # a message and the form, sent at once, begin one together
                        if desk.limits.start(request.client):
                            return ""
                        talk.key, talk.read = " ".join(desk.start(talk.language)), 0
            return "" if desk.limits.message(talk.id, request.client) else talk.id

        def ask(message: str, talk: _Talk, request: gr.Request) -> dict[Any, Any]:
            if over := too_long(message, MAX_MESSAGE, talk.language):
                return {alert: notice(over)}
            try:
                id = own(talk, request)
                if not id:
                    return {alert: notice(t("chat.too_often", talk.language, phone=desk.service.company.phone))}
                with metrics.support_reply_seconds.time():
                    reply = desk.say(id, message)
            except InputFormatError:
                return {alert: notice(t("support.empty", talk.language))}
            except Exception as error:
                return {alert: notice(_failed(error, talk.language))}
            metrics.support_replies.labels(reply.action.value, reply.language).inc()
            talk.bubbles += [("user", paragraph(message)), (reply.action.value, reply_html(service, reply))]
            buttons = {
                button: gr.update(value=title, visible=True) if title else gr.update(visible=False)
                for button, title in zip(suggestions, [*reply.suggestions, "", "", ""], strict=False)
            }
            return {
                alert: "",
                suggestion_row: gr.update(visible=bool(reply.suggestions)),
                answered_row: gr.update(visible=reply.action is Action.ANSWER),
                example_row: gr.update(visible=False),
                form: gr.update(visible=reply.offers_person or talk.wants_person),
                **buttons,
                transcript: draw(talk),
            }

        def thank(talk: _Talk) -> tuple[Any, ...]:
            desk.store.rate_newest(talk.id, 1)
            talk.bubbles.append(("thanks", paragraph(t("support.thanks", talk.language))))
            return gr.update(visible=False), draw(talk)

        def offer_more(talk: _Talk) -> tuple[Any, ...]:
            desk.store.rate_newest(talk.id, -1)
            talk.bubbles.append(("thanks", paragraph(t("chat.thanks", talk.language))))
            return gr.update(visible=False), want(talk), draw(talk)

        def want(talk: _Talk) -> Any:
            talk.wants_person = True
            return gr.update(visible=True)

        def leave(talk: _Talk) -> tuple[Any, ...]:
            talk.wants_person = False
            return gr.update(visible=False), ""

        def hand_off(address: str, words: str, talk: _Talk, request: gr.Request) -> dict[Any, Any]:
            if over := too_long(words, MAX_MESSAGE, talk.language):
                return {form_alert: notice(over)}
            try:
                id = own(talk, request)
                if not id:
                    return {form_alert: notice(t("chat.too_often", talk.language, phone=desk.service.company.phone))}
                known = desk.store.open_hand_off(id)
                stored = desk.hand_off(id, email=address, note=words, language=talk.language)
            except InputFormatError:
                return {form_alert: notice(t("chat.email_wrong", talk.language))}
            except Exception as error:
                return {form_alert: notice(_failed(error, talk.language))}
            if not known:
                metrics.hand_offs.inc()
            talk.bubbles.append(_passed_on(stored, talk.language))
            talk.wants_person, talk.with_person = False, True
            return {
                form_alert: "",
                form: gr.update(visible=False),
                suggestion_row: gr.update(visible=False),
                answered_row: gr.update(visible=False),
                example_row: gr.update(visible=False),
                email: "",
                note: "",
                listen: gr.Timer(active=True),
                transcript: draw(talk),
            }

        def hear(talk: _Talk, is_seen: bool) -> Any:
            """What a person at the desk has written meanwhile, and that they have finished."""
            if not is_seen:
                return gr.skip()
            thread = desk.store.thread(talk.id)  # first: what the desk says last goes before the end
            new = [message for message in desk.store.messages(talk.id, talk.read) if message.author == "desk"]
            ends = talk.with_person and not (thread and thread.with_person)
            if not (new or ends):
                return gr.skip()
            if new:
                desk.store.see(talk.id, new[-1].id)
                talk.read = new[-1].id
                talk.bubbles += bubbles_of(service, new, talk.language)
            if ends:
                talk.with_person = False
                talk.bubbles.append(("handed_back", paragraph(t("chat.handed_back", talk.language))))
            return draw(talk)

        shown = [transcript, *labels.components]
        opened = [*shown, shared, listen, example_row, alert]
        page.load(start, kept_key, opened, js=TAKE_KEY, **PRIVATE).then(None, js=_SETTLE, **PRIVATE)
        switch.click(translate, shared, shown, **PRIVATE)

        changed = [transcript, alert, suggestion_row, answered_row, example_row, form, *suggestions]
        sending = [composer.submit(None, composer, [sent_words, composer], js=_SEND, **PRIVATE)]
        sending += [button.click(None, button, sent_words, js=_PRESS, **PRIVATE) for button in suggestions]
        settled = []
        for event in sending:
            asked = event.then(ask, [sent_words, shared], changed, **PRIVATE)
            asked.then(None, sent_words, js=_DONE, **PRIVATE)
            asked.failure(None, sent_words, js=_REFUSED, **PRIVATE)
            settled.append(asked)
        for button in examples:  # fills the composer, does not send
            button.click(lambda text: text, button, composer, **PRIVATE)
        settled.append(solved.click(thank, shared, [answered_row, transcript], **PRIVATE))
        rated = unsolved.click(offer_more, shared, [answered_row, form, transcript], **PRIVATE)
        rated.then(None, js=_SHOW_NEWEST, **PRIVATE)
        wanted = person.click(want, shared, form, **PRIVATE)
        for event in (rated, wanted):
            event.then(None, js=_TO_FORM, **PRIVATE)
        settled.append(cancel.click(leave, shared, [form, form_alert], **PRIVATE))
        sent = [transcript, form_alert, form, email, note, listen, suggestion_row, answered_row, example_row]
        settled.append(gr.on([submit.click, email.submit], hand_off, [email, note, shared], sent, **PRIVATE))
        listen.tick(hear, [shared, is_seen], transcript, js=_IS_SEEN, **PRIVATE)
        for event in settled:
            event.then(None, js=_SETTLE, **PRIVATE)
    return page


def _button(id: str | None = None) -> Any:
    """One that is there from the beginning, and can be pressed once the page is :func:`_ready`."""
    return gr.Button(size="sm", min_width=0, interactive=False, elem_id=id)


def _ready(_: Language) -> bool:
    """Until the greeting is there nothing can be typed or pressed: Gradio would not hear it."""
    return True


def _passed_on(hand_off: HandOff, language: Language) -> tuple[str, str]:
    return "hand_off", paragraph(t("support.handed_off", language, reference=hand_off.reference))


def _example(service: SupportService, place: int) -> Callable[[Language], str]:
    """The words of an example button; none where a language has fewer."""
    return lambda language: "".join(service.company.examples[language][place : place + 1])


def _has_example(service: SupportService, place: int) -> Callable[[Language], bool]:
    return lambda language: place < len(service.company.examples[language])


def _failed(error: Exception, language: Language) -> str:
    return t("shared.unexpected", language, reference=log_failure(_log, "Support chat", error))
