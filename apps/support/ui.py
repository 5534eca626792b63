"""The support chat in the browser, as a Gradio page."""

import logging
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import gradio as gr

from apps.ui.labels import Labels, Text, begun
from apps.ui.language import other, page_language
from apps.ui.length import long_text, too_long
from apps.ui.parts import PRIVATE, log_failure, notice, page_header, script
from apps.ui.texts import t
from core.errors import InputFormatError
from core.server.metrics import Metrics
from knowledge.retrieval.language import Language

from .chat import SupportChat
from .conversation import MAX_MESSAGE
from .html import bubbles_of, form_html, log_html, paragraph, reply_html
from .policy import Action
from .store import HandOff

_log = logging.getLogger(__name__)
_SUGGESTIONS = 3
_POLL_SECONDS = 3  # for messages from a person
# Whether the customer can see the page: a background tab does not poll, so that the answer goes by e-mail.
_IS_SEEN = "(...given) => [...given.slice(0, -1), document.visibilityState === 'visible']"


@dataclass(slots=True)
class Talk:
    """The content of a page, shared by its overlapping events: each adds to it and draws its latest state."""

    language: Language = "en"
    key: str = ""  # id and token of the conversation
    read: int = 0  # id of the last message from a person that is shown
    bubbles: list[tuple[str, str]] = field(default_factory=list)  # as log_html takes them
    wants_person: bool = False  # the customer has opened the form, so no reply closes it
    with_person: bool = False  # as far as the customer knows

    @property
    def id(self) -> str:
        """Id of the conversation; empty before it begins."""
        return self.key.partition(" ")[0]


class ChatPage:
    """The page: header, log, suggestions, composer, and the form for reaching a person.

    Attributes:
        blocks: untyped gr.Blocks.
    """

    def __init__(self, chat: SupportChat, metrics: Metrics) -> None:
        self._chat, self._metrics = chat, metrics
        self._service, self._company = chat.service, chat.service.company
        self._beginning = Lock()
        self._labels = Labels()
        with gr.Blocks(title=self._title("en"), analytics_enabled=False) as self.blocks:
            self._talk = gr.State(Talk())
            self._listen = gr.Timer(_POLL_SECONDS, active=False)
            self._is_seen = gr.Checkbox(visible=False)  # filled by _IS_SEEN
            self._sent_words = gr.Textbox(visible=False, max_length=4 * MAX_MESSAGE)  # by talk.send and talk.press
            self._kept_key = gr.Textbox(visible=False, max_length=100)  # by take_key.js
            with gr.Column(elem_classes="r1-page"):
                self._lay_out_header()
                self._transcript = gr.HTML(elem_id="log", js_on_load=script("apps.support", "talk.js"))
                self._lay_out_answers()
                self._lay_out_composer()
                with gr.Group(visible=False, elem_classes="r1-hand-off") as self._form:
                    self._lay_out_form()
            self._wire_page()
            self._wire_questions()
            self._wire_form()

    def _title(self, language: Language) -> str:
        return f"{self._company.name[language]} · {t('chat.assistant', language)}"

    def _lay_out_header(self) -> None:
        names = self._company.name
        header = page_header(
            self._labels, lambda lang: names[lang], "chat.assistant", document=self._title, is_public=True
        )
        self._switch = header.switch
        with header.row:
            self._person = self._labels.add(_button("person"), value="chat.person", interactive=begun)

    def _lay_out_answers(self) -> None:
        """The buttons that come with a reply, and the notice."""
        with gr.Row(elem_classes="r1-chips", visible=False, elem_id="suggestions") as self._suggestion_row:
            self._suggestions = [gr.Button(size="sm", min_width=0) for _ in range(_SUGGESTIONS)]
        with gr.Row(elem_classes="r1-chips", visible=False) as self._answered_row:
            solved = gr.Button(size="sm", min_width=0, elem_id="solved")
            self._solved = self._labels.add(solved, value="chat.solved")
            unsolved = gr.Button(size="sm", min_width=0, elem_id="unsolved")
            self._unsolved = self._labels.add(unsolved, value="chat.unsolved")
        self._alert = gr.HTML(elem_id="notice")

    def _lay_out_composer(self) -> None:
        words: dict[str, Text] = {"label": "chat.composer", "placeholder": "chat.placeholder"}
        words |= {"submit_btn": "chat.send", "interactive": begun}
        self._composer = long_text(
            self._labels, "composer", MAX_MESSAGE, words=words, lines=1, max_lines=6, interactive=False
        )
        with gr.Row(elem_classes="r1-chips", elem_id="examples") as self._example_row:
            most = max(map(len, self._company.examples.values()))
            self._examples = [self._example(place) for place in range(most)]

    def _example(self, place: int) -> Any:
        """A button with an example question; hidden if a language has fewer."""
        examples = self._company.examples
        return self._labels.add(
            _button(),
            value=lambda lang: "".join(examples[lang][place : place + 1]),
            visible=lambda lang: place < len(examples[lang]),
            interactive=begun,
        )

    def _lay_out_form(self) -> None:
        labels = self._labels
        labels.add(gr.HTML(padding=True), value=lambda lang: form_html(self._service, lang))
        known = gr.InputHTMLAttributes(autocomplete="email")
        email = gr.Textbox(max_lines=1, max_length=254, elem_id="email", html_attributes=known)
        self._email = labels.add(email, label="chat.email")
        self._note = long_text(labels, "note", MAX_MESSAGE, words={"label": "chat.note"}, lines=2)
        self._form_alert = gr.HTML(elem_id="form-notice")
        with gr.Row():
            self._submit = labels.add(gr.Button(variant="primary", elem_id="submit"), value="chat.submit")
            self._cancel = labels.add(gr.Button(), value="chat.cancel")

    def _wire_page(self) -> None:
        shown = [self._transcript, *self._labels.components]
        opened = [*shown, self._talk, self._listen, self._example_row, self._alert]
        take_key = script("apps.ui", "take_key.js")
        _settle(self.blocks.load(self.start, self._kept_key, opened, js=take_key, **PRIVATE))
        self._switch.click(self.translate, self._talk, shown, **PRIVATE)
        self._listen.tick(self.hear, [self._talk, self._is_seen], self._transcript, js=_IS_SEEN, **PRIVATE)

    def _wire_questions(self) -> None:
        composer, words, talk = self._composer, self._sent_words, self._talk
        rows = [self._suggestion_row, self._answered_row, self._example_row]
        changed = [self._transcript, self._alert, *rows, self._form, *self._suggestions]
        sending = [composer.submit(None, composer, [words, composer], js="talk.send", **PRIVATE)]
        sending += [button.click(None, button, words, js="talk.press", **PRIVATE) for button in self._suggestions]
        for event in sending:
            asked = event.then(self.ask, [words, talk], changed, concurrency_id="ask", **PRIVATE)
            asked.then(None, words, js="talk.answered", **PRIVATE)
            asked.failure(None, words, js="talk.refused", **PRIVATE)
            _settle(asked)
        for button in self._examples:  # fills the composer, does not send
            button.click(lambda text: text, button, composer, **PRIVATE)
        _settle(self._solved.click(self.thank, talk, [self._answered_row, self._transcript], **PRIVATE))

    def _wire_form(self) -> None:
        talk, form = self._talk, self._form
        rated = self._unsolved.click(self.offer_more, talk, [self._answered_row, form, self._transcript], **PRIVATE)
        rated.then(None, js="talk.showNewest", **PRIVATE)
        wanted = self._person.click(self.want, talk, form, **PRIVATE)
        for event in (rated, wanted):
            event.then(None, js="talk.toForm", **PRIVATE)
        _settle(self._cancel.click(self.leave, talk, [form, self._form_alert], **PRIVATE))
        rows = [self._suggestion_row, self._answered_row, self._example_row]
        changed = [self._transcript, self._form_alert, form, self._email, self._note, self._listen, *rows]
        events, given = [self._submit.click, self._email.submit], [self._email, self._note, talk]
        _settle(gr.on(events, self.hand_off, given, changed, **PRIVATE))

    def start(self, kept: str, request: gr.Request) -> dict[Any, Any]:
        """The page as it opens, with the conversation it had before its connection was lost."""
        talk = Talk(page_language(request))
        try:
            changes = self._restore(talk, kept)
        except Exception as error:
            changes = {self._alert: notice(_failed(error, talk.language))}
        labelled = zip(self._labels.components, self._labels.updates(talk.language), strict=True)
        return {self._talk: talk, self._transcript: self._draw(talk), **dict(labelled), **changes}

    def _restore(self, talk: Talk, key: str) -> dict[Any, Any]:
        """Restores the conversation of a key, if there is one; returns other updates of the page."""
        store, (id, _, token) = self._chat.store, key.partition(" ")
        thread = store.thread(id, token) if token else None
        if thread is None:
            return {}
        said, handed_off = store.messages(id), store.open_hand_off(id)
        newest = max((message.id for message in said), default=0)
        store.see(id, newest)
        bubbles = bubbles_of(self._service, said, talk.language)
        if handed_off:
            earlier = sum(message.created_at <= handed_off.created_at for message in said)
            bubbles.insert(earlier, _passed_on(handed_off, talk.language))
        talk.key, talk.read, talk.bubbles, talk.with_person = key, newest, bubbles, thread.with_person
        return {
            self._listen: gr.Timer(active=thread.with_person),
            self._example_row: gr.update(visible=not said),
        }

    def translate(self, talk: Talk) -> list[Any]:
        """The page in the other language."""
        talk.language = other(talk.language)
        return [self._draw(talk), *self._labels.updates(talk.language)]

    def hear(self, talk: Talk, is_seen: bool) -> Any:
        """Adds what a person at the desk has written meanwhile, and whether they have finished."""
        if not is_seen:
            return gr.skip()
        store = self._chat.store
        thread = store.thread(talk.id)  # first, so that the desk's last messages come before the end
        new = [message for message in store.messages(talk.id, talk.read) if message.author == "desk"]
        ends = talk.with_person and not (thread and thread.with_person)
        if not (new or ends):
            return gr.skip()
        if new:
            store.see(talk.id, new[-1].id)
            talk.read = new[-1].id
            talk.bubbles += bubbles_of(self._service, new, talk.language)
        if ends:
            talk.with_person = False
            talk.bubbles.append(("handed_back", paragraph(t("chat.handed_back", talk.language))))
        return self._draw(talk)

    def ask(self, message: str, talk: Talk, request: gr.Request) -> dict[Any, Any]:
        """Replies to what was typed or pressed."""
        if over := too_long(message, MAX_MESSAGE, talk.language):
            return {self._alert: notice(over)}
        try:
            id = self._own(talk, request)
            if not id:
                return {self._alert: notice(self._too_often(talk))}
            with self._metrics.support_reply_seconds.time():
                reply = self._chat.say(id, message)
        except InputFormatError:
            return {self._alert: notice(t("support.empty", talk.language))}
        except Exception as error:
            return {self._alert: notice(_failed(error, talk.language))}
        self._metrics.support_replies.labels(reply.action.value, reply.language).inc()
        talk.bubbles += [("user", paragraph(message)), (reply.action.value, reply_html(self._service, reply))]
        buttons = {
            button: gr.update(value=title, visible=True) if title else gr.update(visible=False)
            for button, title in zip(self._suggestions, [*reply.suggestions, "", "", ""], strict=False)
        }
        return {
            self._alert: "",
            self._suggestion_row: gr.update(visible=bool(reply.suggestions)),
            self._answered_row: gr.update(visible=reply.action is Action.ANSWER),
            self._example_row: gr.update(visible=False),
            self._form: gr.update(visible=reply.offers_person or talk.wants_person),
            **buttons,
            self._transcript: self._draw(talk),
        }

    def thank(self, talk: Talk) -> tuple[Any, ...]:
        """Handles "solved": the answer helped."""
        self._chat.store.rate_newest(talk.id, 1)
        talk.bubbles.append(("thanks", paragraph(t("support.thanks", talk.language))))
        return gr.update(visible=False), self._draw(talk)

    def offer_more(self, talk: Talk) -> tuple[Any, ...]:
        """Handles "unsolved": offers a person."""
        self._chat.store.rate_newest(talk.id, -1)
        talk.bubbles.append(("thanks", paragraph(t("chat.thanks", talk.language))))
        return gr.update(visible=False), self.want(talk), self._draw(talk)

    def want(self, talk: Talk) -> Any:
        """Opens the form."""
        talk.wants_person = True
        return gr.update(visible=True)

    def leave(self, talk: Talk) -> tuple[Any, ...]:
        """Closes the form."""
        talk.wants_person = False
        return gr.update(visible=False), ""

    def hand_off(self, address: str, words: str, talk: Talk, request: gr.Request) -> dict[Any, Any]:
        """Hands the conversation off to a person."""
        if over := too_long(words, MAX_MESSAGE, talk.language):
            return {self._form_alert: notice(over)}
        try:
            id = self._own(talk, request)
            if not id:
                return {self._form_alert: notice(self._too_often(talk))}
            store = self._chat.store
            known, before = store.open_hand_off(id), store.messages(id, newest=1)
            stored = self._chat.hand_off(id, email=address, note=words, language=talk.language)
            new = store.messages(id, before[0].id if before else 0) if words.strip() else []
        except InputFormatError:
            return {self._form_alert: notice(t("chat.email_wrong", talk.language))}
        except Exception as error:
            return {self._form_alert: notice(_failed(error, talk.language))}
        if not known:
            self._metrics.hand_offs.inc()
        talk.bubbles.append(_passed_on(stored, talk.language))
        noted = [message for message in new if message.author != "desk"]  # a grave note, and the vetted text on it
        talk.bubbles += bubbles_of(self._service, noted, talk.language)
        talk.wants_person, talk.with_person = False, True
        gone = (self._form, self._suggestion_row, self._answered_row, self._example_row)
        return {
            **{part: gr.update(visible=False) for part in gone},
            **dict.fromkeys((self._form_alert, self._email, self._note), ""),
            self._listen: gr.Timer(active=True),
            self._transcript: self._draw(talk),
        }

    def _own(self, talk: Talk, request: gr.Request) -> str:
        """The id of the page's conversation, or of a new one if there is none yet or it was deleted.

        Empty if the customer has to wait because of a rate limit.
        """
        chat = self._chat
        if not chat.store.thread(talk.id):
            with self._beginning:
                if not chat.store.thread(talk.id):  # a message and the form sent at once share a new one
                    if chat.limits.start(request.client):
                        return ""
                    talk.key, talk.read = " ".join(chat.start(talk.language)), 0
        return "" if chat.limits.message(talk.id, request.client) else talk.id

    def _too_often(self, talk: Talk) -> str:
        return t("chat.too_often", talk.language, phone=self._company.phone)

    def _draw(self, talk: Talk) -> str:
        return log_html(self._service, talk.language, talk.bubbles, talk.key)


def _settle(event: Any) -> None:
    event.then(None, js="talk.settle", **PRIVATE)


def _button(id: str | None = None) -> Any:
    """A button that is shown at once but can be pressed only once the page has :func:`begun`."""
    return gr.Button(size="sm", min_width=0, interactive=False, elem_id=id)


def _passed_on(hand_off: HandOff, language: Language) -> tuple[str, str]:
    return "hand_off", paragraph(t("support.handed_off", language, reference=hand_off.reference))


def _failed(error: Exception, language: Language) -> str:
    return t("shared.unexpected", language, reference=log_failure(_log, "Support chat", error))
