"""Drafts that wait for a second person, the versions of the FAQ, and what the chat makes of a question."""

from typing import Any

import gradio as gr

from apps.auth.accounts import Account, Role
from apps.support.conversation import MAX_MESSAGE, Conversation
from apps.support.words import in_words
from apps.ui.length import long_text, too_long
from apps.ui.parts import PRIVATE, done_html, notice
from apps.ui.texts import t
from knowledge.faq.difference import difference
from knowledge.retrieval.language import Language

from .html import difference_html, draft_html, empty, try_html, versions_html
from .office import Office, listed

# Publishing takes as long as its tests do: that is said at once, and nothing else is decided meanwhile. It is in the
# same event, since a step before it would let another draft be chosen.
_PUBLISH = """(...given) => {
  const said = document.querySelector("#publishing p");
  if (said.textContent) throw new Error("still publishing");
  said.textContent = said.dataset.said;
  said.focus();
  document.querySelectorAll(".op-deciding button").forEach((button) => { button.disabled = true; });
  return given;
}"""
_PUBLISHED = """() => {
  document.querySelector("#publishing p").textContent = "";
  document.querySelectorAll(".op-deciding button").forEach((button) => { button.disabled = false; });
}"""


def build_library(office: Office) -> Any:
    """The components at this place; what loads them."""
    labels, drafts, company = office.labels, office.drafts, office.desk.service.company
    labels.add(gr.HTML(padding=False, elem_id="publishing"), value=_publishing)
    with gr.Row(elem_classes="op-columns"):
        with gr.Column(min_width=0, elem_classes="op-side"):
            waiting = labels.add(office.choices(elem_id="drafts"), label="office.drafts")
            none = gr.HTML(padding=False)
        with gr.Column(min_width=0, elem_classes="op-main"):
            shown_draft = gr.HTML(padding=False, elem_id="draft")
            with gr.Row(elem_classes=["op-actions", "op-deciding"], visible=False) as decide:
                publish = labels.add(
                    gr.Button(variant="primary", size="sm", elem_id="publish-draft"), value="office.publish"
                )
                reject = labels.add(gr.Button(size="sm", elem_id="reject-draft"), value="office.reject")
            waits = gr.HTML(padding=False)
    labels.add(gr.HTML(padding=False), value=lambda lang: f"<h3>{t('office.versions', lang)}</h3>")
    versions = gr.HTML(padding=False, elem_id="versions")
    with gr.Row(elem_classes=["op-actions", "op-decide", "op-deciding"], visible=False) as with_number:
        number = labels.add(gr.Dropdown(choices=[], elem_id="version-number", min_width=120), label="office.version")
        compare = labels.add(gr.Button(size="sm", elem_id="compare"), value="office.compare")
        publish_version = labels.add(gr.Button(size="sm", elem_id="publish-version"), value="office.publish_version")
        back = labels.add(gr.Button(size="sm", elem_id="roll-back"), value="office.roll_back")
    changes = gr.HTML(padding=False, elem_id="changes")
    open_draft = office.carried(gr.Number)  # nobody publishes what they have not read

    def load(account: Account, lang: Language) -> dict[Any, Any]:
        rows = [(f"{each.entry.title[:120]}\n{each.author}", each.id) for each in drafts.open()]
        versions_now, publications = drafts.library.versions(), drafts.library.publications()
        served = f"v{publications[0].version}" if publications else office.desk.service.library.version
        numbers = [version.number for version in versions_now]
        return {
            waiting: listed(rows, value=None),
            none: "" if rows else empty("office.no_drafts", lang),
            shown_draft: "",
            open_draft: None,
            decide: gr.update(visible=False),
            waits: "",
            versions: versions_html(versions_now, publications, served, company, lang),
            number: gr.update(choices=numbers, value=numbers[0] if numbers else None),
            with_number: gr.update(visible=bool(numbers) and account.may(Role.APPROVER)),
            changes: "",
        }

    def choose(account: Account, lang: Language, id: int) -> dict[Any, Any]:
        draft = next((each for each in drafts.open() if each.id == id), None)
        if draft is None:
            return load(account, lang)
        own = draft.author.casefold() == account.name.casefold()
        able = account.may(Role.APPROVER) and not own
        reason = "" if able else t("office.own_draft" if own else "office.needs_approver", lang)
        return {
            shown_draft: draft_html(draft, company, lang),
            open_draft: draft.id,
            decide: gr.update(visible=able),
            waits: f'<p class="r1-meta">{reason}</p>' if reason else "",
        }

    def done(account: Account, lang: Language, key: str) -> dict[Any, Any]:
        return {**load(account, lang), office.said: done_html(t(key, lang))}

    def publish_draft(account: Account, lang: Language, id: int) -> dict[Any, Any]:
        drafts.publish(id, account.name)
        return done(account, lang, "office.is_published")

    def reject_draft(account: Account, lang: Language, id: int) -> dict[Any, Any]:
        drafts.reject(id, account.name)
        return done(account, lang, "office.is_rejected")

    def show_changes(account: Account, lang: Language, version: int) -> dict[Any, Any]:
        content = drafts.library.content(version)
        found = difference(drafts.served().entries, content.entries)
        return {changes: difference_html(version, found, lang)}

    def publish_number(account: Account, lang: Language, version: int) -> dict[Any, Any]:
        drafts.publish_version(version, account.name)
        return done(account, lang, "office.is_published")

    def roll_back(account: Account, lang: Language, version: int) -> dict[Any, Any]:
        drafts.library.roll_back(account.name, version)
        return done(account, lang, "office.is_back")

    shown = [waiting, none, shown_draft, open_draft, decide, waits, versions, number, with_number, changes]
    office.chosen(waiting, choose, [waiting], shown)
    for button, work, which in ((publish, publish_draft, open_draft), (publish_version, publish_number, number)):
        published = office.on(button.click, work, [which], shown, Role.APPROVER, js=_PUBLISH)
        published.then(None, js=_PUBLISHED, **PRIVATE)
    office.on(reject.click, reject_draft, [open_draft], shown, Role.APPROVER)
    office.chosen(number, lambda account, lang, version: {changes: ""}, [number], [changes])  # those of another version
    office.on(compare.click, show_changes, [number], [changes], Role.APPROVER)
    office.on(back.click, roll_back, [number], shown, Role.APPROVER)
    return lambda event: office.on(event, load, [], shown)


def _publishing(language: Language) -> str:
    return f'<p class="r1-done" role="status" tabindex="-1" data-said="{t("office.publishing", language)}"></p>'


def build_try(office: Office) -> None:
    """A question, and what the chat does with it: the same search, the same thresholds, nothing stored."""
    labels = office.labels
    question = long_text(labels, "try", MAX_MESSAGE, words={"label": "office.try_question"})
    go = labels.add(
        gr.Button(variant="primary", size="sm", elem_id="try-go", elem_classes="op-button"), value="office.try"
    )
    found = gr.HTML(padding=False, elem_id="tried")

    def run(account: Account, lang: Language, asked: str) -> dict[Any, Any]:
        if not asked.strip():
            return {office.said: notice(t("office.ask_first", lang))}
        if over := too_long(asked, MAX_MESSAGE, lang):
            return {office.said: notice(over)}
        service, talk = office.desk.service, Conversation()
        reply = service.reply(talk, asked)
        result = service.library.search(talk.turns[-1].standalone, language=reply.language)
        return {found: try_html(result, reply, in_words(service.company, reply), lang)}

    for event in (go.click, question.submit):
        office.on(event, run, [question], [found])
