"""Drafts waiting for a second person, the versions of the FAQ, and trying out a question."""

from typing import Any

import gradio as gr

from apps.auth.accounts import Account, Role
from apps.support.conversation import MAX_MESSAGE, Conversation
from apps.support.words import in_words
from apps.ui.length import long_text, too_long
from apps.ui.parts import PRIVATE, done_html, notice, script
from apps.ui.texts import t
from knowledge.faq.difference import difference
from knowledge.retrieval.language import Language

from .desk import Desk, listed
from .html import difference_html, draft_html, empty, running_html, shortened, state_of, try_html, versions_html

_POLL_SECONDS = 3


class LibraryTab:
    """The tab with drafts and versions, laid out where it is constructed."""

    def __init__(self, desk: Desk) -> None:
        self._desk, self._drafts, self._company = desk, desk.drafts, desk.chat.service.company
        publishing = gr.HTML(js_on_load=script("apps.desk", "publishing.js"), elem_id="publishing")
        desk.labels.add(publishing, value=_publishing)
        self._running, self._timer = gr.HTML(elem_id="publishing-now"), gr.Timer(_POLL_SECONDS)
        with gr.Row(elem_classes="desk-columns"):
            with gr.Column(min_width=0, elem_classes="desk-side"):
                self._waiting = desk.choices("drafts", label="desk.drafts")
                self._none = gr.HTML()
            with gr.Column(min_width=0, elem_classes="desk-main"):
                self._lay_out_draft()
        self._lay_out_versions()
        self._open_draft = desk.carried(gr.Number)  # nobody publishes what they have not read
        drafts = [self._waiting, self._none, self._draft, self._open_draft, self._decide, self._waits]
        self._by_state = [self._publish_version, self._back]
        self._shown = [
            *drafts,
            self._running,
            self._versions,
            self._number,
            self._with_number,
            self._changes,
            *self._by_state,
        ]
        self._wire()

    def _lay_out_draft(self) -> None:
        labels = self._desk.labels
        self._draft = gr.HTML(elem_id="draft")
        with gr.Row(elem_classes=["desk-actions", "desk-deciding"], visible=False) as self._decide:
            publish = gr.Button(variant="primary", size="sm", elem_id="publish-draft")
            self._publish = labels.add(publish, value="desk.publish")
            self._reject = labels.add(gr.Button(size="sm", elem_id="reject-draft"), value="desk.reject")
        self._waits = gr.HTML()

    def _lay_out_versions(self) -> None:
        labels = self._desk.labels
        labels.add(gr.HTML(), value=lambda lang: f"<h3>{t('desk.versions', lang)}</h3>")
        self._versions = gr.HTML(elem_id="versions")
        with gr.Row(elem_classes=["desk-actions", "desk-decide", "desk-deciding"], visible=False) as self._with_number:
            number = gr.Dropdown(choices=[], elem_id="version-number", min_width=120)
            self._number = labels.add(number, label="desk.version")
            self._compare = labels.add(gr.Button(size="sm", elem_id="compare"), value="desk.compare")
            publish = gr.Button(size="sm", elem_id="publish-version")
            self._publish_version = labels.add(publish, value="desk.publish_version")
            self._back = labels.add(gr.Button(size="sm", elem_id="roll-back"), value="desk.roll_back")
        self._changes = gr.HTML(elem_id="changes")

    def _wire(self) -> None:
        on, chosen = self._desk.on, self._desk.chosen
        chosen(self._waiting, self.choose, [self._waiting], self._shown)
        for button, work, which in (
            (self._publish, self.publish_draft, self._open_draft),
            (self._publish_version, self.publish_version, self._number),
        ):
            # The same event announces the start: a separate step before it would let another draft be chosen.
            published = on(button.click, work, [which], self._shown, Role.APPROVER, js="publishing.begin")
            published.then(None, js="publishing.end", **PRIVATE)
        on(self._timer.tick, self.watch, [self._running], self._shown, used=False)
        on(self._reject.click, self.reject_draft, [self._open_draft], self._shown, Role.APPROVER)
        chosen(self._number, self.choose_version, [self._number], [self._changes, *self._by_state])
        on(self._compare.click, self.show_changes, [self._number], [self._changes], Role.APPROVER)
        on(self._back.click, self.roll_back, [self._number], self._shown, Role.APPROVER)

    def load_on(self, event: Any) -> Any:
        """Draws the tab on a Gradio event; returns the event's dependency, for chaining."""
        return self._desk.on(event, self.load, [], self._shown)

    def load(self, account: Account, lang: Language) -> dict[Any, Any]:
        """The drafts and the versions, with no draft chosen."""
        library = self._drafts.library
        rows = [(f"{shortened(each.entry.title)}\n{each.author}", each.id) for each in self._drafts.open()]
        versions, publications = library.versions(), library.publications()
        served = f"v{publications[0].version}" if publications else self._desk.chat.service.library.version
        numbers = [version.number for version in versions]
        return {
            self._waiting: listed(rows, value=None),
            self._none: "" if rows else empty("desk.no_drafts", lang),
            self._draft: empty("desk.choose_one", lang) if rows else "",
            self._open_draft: None,
            self._decide: gr.update(visible=False),
            self._waits: "",
            self._running: self._now(lang),
            self._versions: versions_html(versions, publications, served, self._company, lang),
            self._number: gr.update(choices=numbers, value=numbers[0] if numbers else None),
            self._with_number: gr.update(visible=bool(numbers) and account.may(Role.APPROVER)),
            **self.choose_version(account, lang, numbers[0] if numbers else 0),
        }

    def watch(self, account: Account, lang: Language, shown: str) -> dict[Any, Any]:
        """How far a publication is; once it is over, what came of it."""
        now = self._now(lang)
        return self.load(account, lang) if shown and not now else {self._running: now}

    def _now(self, lang: Language) -> str:
        running = self._drafts.running.now()
        return running_html(running, self._company, lang) if running else ""

    def choose(self, account: Account, lang: Language, id: int) -> dict[Any, Any]:
        """A draft, and whether this account may decide about it."""
        draft = next((each for each in self._drafts.open() if each.id == id), None)
        if draft is None:
            return self.load(account, lang)
        own = draft.author.casefold() == account.name.casefold()
        able = account.may(Role.APPROVER) and not own
        reason = "" if able else t("desk.own_draft" if own else "desk.needs_approver", lang)
        return {
            self._draft: draft_html(draft, self._company, lang),
            self._open_draft: draft.id,
            self._decide: gr.update(visible=able),
            self._waits: f'<p class="r1-meta">{reason}</p>' if reason else "",
        }

    def publish_draft(self, account: Account, lang: Language, id: int) -> dict[Any, Any]:
        """Publishes a draft."""
        self._drafts.publish(id, account.name)
        return self._done(account, lang, "desk.is_published")

    def reject_draft(self, account: Account, lang: Language, id: int) -> dict[Any, Any]:
        """Rejects a draft."""
        self._drafts.reject(id, account.name)
        return self._done(account, lang, "desk.is_rejected")

    def show_changes(self, account: Account, lang: Language, version: int) -> dict[Any, Any]:
        """How a version differs from what is served."""
        content = self._drafts.library.content(version)
        found = difference(self._drafts.served().entries, content.entries)
        return {self._changes: difference_html(version, found, lang)}

    def choose_version(self, account: Account, lang: Language, version: int) -> dict[Any, Any]:
        """What can be done with a version; clears the changes shown for another one."""
        state = state_of(version, self._drafts.library.publications())
        return {
            self._changes: "",
            self._publish_version: gr.update(visible=state == "draft"),
            self._back: gr.update(visible=state == "earlier"),
        }

    def publish_version(self, account: Account, lang: Language, version: int) -> dict[Any, Any]:
        """Publishes an imported version."""
        self._drafts.publish_version(version, account.name)
        return self._done(account, lang, "desk.is_published")

    def roll_back(self, account: Account, lang: Language, version: int) -> dict[Any, Any]:
        """Publishes an earlier version again."""
        self._drafts.library.roll_back(account.name, version)
        return self._done(account, lang, "desk.is_back")

    def _done(self, account: Account, lang: Language, key: str) -> dict[Any, Any]:
        return {**self.load(account, lang), self._desk.said: done_html(t(key, lang))}


def _publishing(language: Language) -> str:
    said = t("desk.publishing", language)
    return f'<p class="r1-done" role="status" tabindex="-1" data-said="{said}"></p>'


class TryTab:
    """Shows what the chat does with a question: the same search, the same thresholds, nothing stored."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        question = long_text(
            desk.labels, "try", MAX_MESSAGE, words={"label": "desk.try_question", "info": "desk.try_hint"}
        )
        button = gr.Button(variant="primary", size="sm", elem_id="try-go", elem_classes="desk-button")
        go = desk.labels.add(button, value="desk.try")
        self._found = gr.HTML(elem_id="tried")
        for event in (go.click, question.submit):
            desk.on(event, self.run, [question], [self._found])

    def run(self, account: Account, lang: Language, asked: str) -> dict[Any, Any]:
        """What the chat would reply."""
        if not asked.strip():
            return {self._desk.said: notice(t("desk.ask_first", lang))}
        if over := too_long(asked, MAX_MESSAGE, lang):
            return {self._desk.said: notice(over)}
        service, talk = self._desk.chat.service, Conversation()
        reply = service.reply(talk, asked)
        result = service.library.search(talk.turns[-1].standalone, language=reply.language)
        return {self._found: try_html(result, reply, in_words(service.company, reply), lang)}
