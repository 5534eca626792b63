"""The support chat in the browser, as a Gradio page."""

import logging
from collections.abc import Callable
from typing import Any

import gradio as gr

from apps.ui.labels import Labels
from apps.ui.language import other, page_language
from apps.ui.parts import PRIVATE, TAKE_KEY, document_of, log_failure, notice
from apps.ui.texts import t
from core.errors import InputFormatError, InputTooLargeError
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
  document.querySelectorAll("#log .r1-waiting").forEach((turn) => turn.remove());
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
# What was not answered comes back unless something else is typed by now.
_RESTORE = """(text) => {
  const box = document.querySelector("#composer textarea");
  if (box.value) return;
  box.value = text;
  box.dispatchEvent(new Event("input", { bubbles: true }));
}"""
_BACK = f"""(sent) => requestAnimationFrame(() => {{
  if (document.querySelector("#notice .r1-notice")) ({_RESTORE})(sent);
}})"""
# The log is drawn anew with each answer, which no screen reader reads out: the newest bubble is said beside it.
_SAY_NEWEST = """
const said = document.createElement('div');
said.className = 'r1-hidden';
said.ariaLive = 'polite';
element.after(said);
watch('value', () => {
  const newest = element.querySelector('.r1-log > :last-child');
  said.lang = newest?.querySelector('[lang]')?.lang ?? '';
  said.textContent = newest?.innerText ?? '';
});
"""
# Shows at once what was asked, and when nobody answers, telephone and hours.
_WAIT = """(text) => {
  const log = document.querySelector("#log"), talk = log.querySelector(".r1-log");
  if (!text.trim() || talk.querySelector(".r1-waiting")) return;
  for (const [side, words] of [["r1-user", text], ["r1-meta", talk.dataset.waiting]]) {
    const turn = document.createElement("div");
    turn.className = `r1-turn r1-waiting ${side}`;
    turn.textContent = words;
    talk.append(turn);
  }
  log.scrollTop = log.scrollHeight;
  fetch("/healthz", { signal: AbortSignal.timeout(20000) }).catch(() => {
    talk.querySelectorAll(".r1-waiting").forEach((turn) => turn.remove());
    log.querySelector(".r1-down").hidden = false;
    log.scrollTop = log.scrollHeight;
    (RESTORE)(text);
  });
}""".replace("RESTORE", _RESTORE)
# What was sent leaves the composer at once, so that the next words are not glued to it.
_SEND = f"(text) => {{ ({_WAIT})(text); return [text, '']; }}"
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


def build_support_page(desk: Desk, metrics: Metrics) -> Any:  # gr.Blocks, which has no types
    """The page: header, log, suggestions, composer, and the form that reaches a person."""
    labels = Labels()
    service, company = desk.service, desk.service.company

    with gr.Blocks(title=f"{company.name['en']} · {t('chat.assistant', 'en')}", analytics_enabled=False) as page:
        language = gr.State("en")
        key = gr.State("")  # id and token of the conversation
        read = gr.State(0)  # id of the last message of a person that is shown
        listen = gr.Timer(_POLL_SECONDS, active=False)
        is_seen = gr.Checkbox(visible=False)  # filled by _IS_SEEN
        sent_words = gr.Textbox(visible=False)  # filled by _SEND
        kept_key = gr.Textbox(visible=False)  # filled by TAKE_KEY
        log = gr.State([])  # (side, html) of every bubble so far

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
            composer = labels.add(
                gr.Textbox(lines=1, max_lines=6, max_length=MAX_MESSAGE, interactive=False, elem_id="composer"),
                interactive=_ready,
                label="chat.composer",
                placeholder="chat.placeholder",
                submit_btn="chat.send",
            )
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
                note = labels.add(gr.Textbox(lines=2, max_length=MAX_MESSAGE), label="chat.note")
                form_alert = gr.HTML(elem_id="form-notice")
                with gr.Row():
                    submit = labels.add(gr.Button(variant="primary", elem_id="submit"), value="chat.submit")
                    cancel = labels.add(gr.Button(), value="chat.cancel")

        def start(kept: str, request: gr.Request) -> dict[Any, Any]:
            """The page as it opens, with the conversation that it had when its connection was lost."""
            lang = page_language(request)
            begun = dict(zip(shown, show(lang, "", []), strict=True))
            id, _, token = kept.partition(" ")
            try:
                thread = desk.store.thread(id, token) if token else None
                if thread is None:
                    return begun
                said, handed_off = desk.store.messages(id), desk.store.open_hand_off(id)
                newest = max((message.id for message in said), default=0)
                desk.store.see(id, newest)
            except Exception as error:
                return begun | {alert: notice(_failed(error, lang))}
            bubbles = bubbles_of(service, said, lang)
            if handed_off:
                earlier = sum(message.created_at <= handed_off.created_at for message in said)
                bubbles.insert(earlier, _passed_on(handed_off, lang))
            return dict(zip(shown, show(lang, kept, bubbles), strict=True)) | {
                key: kept,
                log: bubbles,
                read: newest,
                listen: gr.Timer(active=thread.with_person),
                example_row: gr.update(visible=not said),
            }

        def show(lang: Language, talk: str, bubbles: list[tuple[str, str]]) -> list[Any]:
            return [lang, log_html(service, lang, bubbles, talk), *labels.updates(lang)]

        def own(talk: str, lang: Language, request: gr.Request) -> str:
            """The key of the page's conversation; of a new one where there is none yet, or it was deleted.

            Empty where the customer has to wait before anything more is taken.
            """
            if not desk.store.thread(_id(talk)):
                if desk.limits.start(request.client):
                    return ""
                talk = " ".join(desk.start(lang))
            return "" if desk.limits.message(_id(talk)) else talk

        def ask(
            message: str, lang: Language, talk: str, bubbles: list[tuple[str, str]], request: gr.Request
        ) -> dict[Any, Any]:
            try:
                talk = own(talk, lang, request)
                if not talk:
                    return {alert: notice(t("chat.too_often", lang, phone=desk.service.company.phone))}
                with metrics.support_reply_seconds.time():
                    reply = desk.say(_id(talk), message)
            except (InputFormatError, InputTooLargeError) as error:
                problem = "support.empty" if isinstance(error, InputFormatError) else "support.too_long"
                return {alert: notice(t(problem, lang, limit=MAX_MESSAGE))}
            except Exception as error:
                return {alert: notice(_failed(error, lang))}
            metrics.support_replies.labels(reply.action.value, reply.language).inc()
            bubbles = [*bubbles, ("user", paragraph(message)), (reply.action.value, reply_html(service, reply))]
            buttons = {
                button: gr.update(value=title, visible=True) if title else gr.update(visible=False)
                for button, title in zip(suggestions, [*reply.suggestions, "", "", ""], strict=False)
            }
            return {
                key: talk,
                log: bubbles,
                transcript: log_html(service, lang, bubbles, talk),
                alert: "",
                suggestion_row: gr.update(visible=bool(reply.suggestions)),
                answered_row: gr.update(visible=reply.action is Action.ANSWER),
                example_row: gr.update(visible=False),
                form: gr.update(visible=reply.offers_person),
                **buttons,
            }

        def thank(lang: Language, talk: str, bubbles: list[tuple[str, str]]) -> tuple[Any, ...]:
            desk.store.rate_newest(_id(talk), 1)
            bubbles = [*bubbles, ("thanks", paragraph(t("support.thanks", lang)))]
            return bubbles, log_html(service, lang, bubbles, talk), gr.update(visible=False)

        def offer_more(lang: Language, talk: str, bubbles: list[tuple[str, str]]) -> tuple[Any, ...]:
            desk.store.rate_newest(_id(talk), -1)
            bubbles = [*bubbles, ("thanks", paragraph(t("chat.thanks", lang)))]
            return bubbles, log_html(service, lang, bubbles, talk), gr.update(visible=False), gr.update(visible=True)

        def hand_off(
            address: str, words: str, lang: Language, talk: str, bubbles: list[tuple[str, str]], request: gr.Request
        ) -> dict[Any, Any]:
            try:
                talk = own(talk, lang, request)
                if not talk:
                    return {form_alert: notice(t("chat.too_often", lang, phone=desk.service.company.phone))}
                known = desk.store.open_hand_off(_id(talk))
                stored = desk.hand_off(_id(talk), email=address, note=words, language=lang)
            except (InputFormatError, InputTooLargeError) as error:
                problem = "chat.email_wrong" if isinstance(error, InputFormatError) else "support.too_long"
                return {form_alert: notice(t(problem, lang, limit=MAX_MESSAGE))}
            except Exception as error:
                return {form_alert: notice(_failed(error, lang))}
            if not known:
                metrics.hand_offs.inc()
            bubbles = [*bubbles, _passed_on(stored, lang)]
            return {
                log: bubbles,
                transcript: log_html(service, lang, bubbles, talk),
                form_alert: "",
                form: gr.update(visible=False),
                suggestion_row: gr.update(visible=False),
                answered_row: gr.update(visible=False),
                example_row: gr.update(visible=False),
                email: "",
                note: "",
                key: talk,
                listen: gr.Timer(active=True),
            }

        def hear(
            lang: Language, talk: str, last: int, bubbles: list[tuple[str, str]], is_seen: bool
        ) -> tuple[Any, ...]:
            """What a person at the desk has written meanwhile."""
            messages = desk.store.messages(_id(talk), last) if is_seen else []
            new = [message for message in messages if message.author == "desk"]
            if not new:
                return gr.skip(), gr.skip(), gr.skip()
            desk.store.see(_id(talk), new[-1].id)
            bubbles = [*bubbles, *bubbles_of(service, new, lang)]
            return bubbles, log_html(service, lang, bubbles, talk), new[-1].id

        shown = [language, transcript, *labels.components]
        opened = [*shown, key, log, read, listen, example_row, alert]
        page.load(start, kept_key, opened, js=TAKE_KEY, **PRIVATE).then(None, js=_SETTLE, **PRIVATE)
        switch.click(lambda lang, *said: show(other(lang), *said), [language, key, log], shown, **PRIVATE)

        context = [language, key, log]
        changed = [key, log, transcript, alert, suggestion_row, answered_row, example_row, form]
        changed += suggestions
        typed = composer.submit(None, composer, [sent_words, composer], js=_SEND, **PRIVATE)
        asked = [typed.then(ask, [sent_words, *context], changed, **PRIVATE)]
        asked[0].then(None, sent_words, js=_BACK, **PRIVATE)
        for button in suggestions:
            button.click(None, button, js=_WAIT, **PRIVATE)
            asked.append(button.click(ask, [button, *context], changed, **PRIVATE))
        for button in examples:  # fills the composer, does not send
            button.click(lambda text: text, button, composer, **PRIVATE)
        asked.append(solved.click(thank, context, [log, transcript, answered_row], **PRIVATE))
        rated = unsolved.click(offer_more, context, [log, transcript, answered_row, form], **PRIVATE)
        rated.then(None, js=_SHOW_NEWEST, **PRIVATE)
        wanted = person.click(lambda: gr.update(visible=True), None, form, **PRIVATE)
        for event in (rated, wanted):
            event.then(None, js=_TO_FORM, **PRIVATE)
        asked.append(cancel.click(lambda: (gr.update(visible=False), ""), None, [form, form_alert], **PRIVATE))
        sent = [key, log, transcript, form_alert, form, email, note, listen]
        sent += [suggestion_row, answered_row, example_row]
        asked.append(gr.on([submit.click, email.submit], hand_off, [email, note, *context], sent, **PRIVATE))
        heard = [language, key, read, log, is_seen]
        listen.tick(hear, heard, [log, transcript, read], js=_IS_SEEN, **PRIVATE)
        for event in asked:
            event.then(None, js=_SETTLE, **PRIVATE)
    return page


def _button(id: str | None = None) -> Any:
    """One that is there from the beginning, and can be pressed once the page is :func:`_ready`."""
    return gr.Button(size="sm", min_width=0, interactive=False, elem_id=id)


def _ready(_: Language) -> bool:
    """Until the greeting is there nothing can be typed or pressed: Gradio would not hear it."""
    return True


def _id(key: str) -> str:
    return key.partition(" ")[0]


def _passed_on(hand_off: HandOff, language: Language) -> tuple[str, str]:
    return "hand_off", paragraph(t("support.handed_off", language, reference=hand_off.reference))


def _example(service: SupportService, place: int) -> Callable[[Language], str]:
    """The words of an example button; none where a language has fewer."""
    return lambda language: "".join(service.company.examples[language][place : place + 1])


def _has_example(service: SupportService, place: int) -> Callable[[Language], bool]:
    return lambda language: place < len(service.company.examples[language])


def _failed(error: Exception, language: Language) -> str:
    return t("shared.unexpected", language, reference=log_failure(_log, "Support chat", error))
