"""What was not answered, by meaning and how often, and the draft that answers it from now on."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import gradio as gr

from apps.auth.accounts import Account
from apps.ui.labels import Text
from apps.ui.length import long_text, too_long
from apps.ui.parts import done_html, notice
from apps.ui.texts import t
from knowledge.faq.clusters import Cluster, clusters
from knowledge.faq.followup import bare
from knowledge.faq.search import by_wording
from knowledge.faq.sources import MAX_QUESTION, Entry
from knowledge.retrieval.language import Language, language_of, simplified

from .html import empty, wordings_html
from .office import Office, listed

PERIODS = (7, 30, 90)
"""Days back that the page offers."""

_SHOWN = 50
_MAX_ANSWER = 20_000


def build_questions(office: Office) -> Any:
    """The components at this place; what loads them."""
    labels = office.labels
    found = gr.State({})  # wordings by the most typical one
    read = office.carried(gr.JSON)  # the wordings that are shown
    with gr.Row(elem_classes="op-columns"):
        with gr.Column(min_width=0, elem_classes="op-side"):
            days = labels.add(
                gr.Radio(value=30, elem_classes="op-period"), label="office.period", choices=period_choices
            )
            groups = labels.add(office.choices(elem_id="clusters"), label="office.unanswered")
            none = gr.HTML(padding=False)
        with gr.Column(min_width=0, elem_classes="op-main"):
            wordings = gr.HTML(padding=False)
            dismiss = labels.add(
                gr.Button(visible=False, size="sm", min_width=0, elem_id="dismiss", elem_classes="op-button"),
                value="office.dismiss",
            )
            labels.add(gr.HTML(padding=False), value=lambda lang: f"<h3>{t('office.new_draft', lang)}</h3>")
            question = long_text(labels, "draft-question", MAX_QUESTION, words={"label": "office.question"})
            words: dict[str, Text] = {"label": "office.answer"}
            answer = long_text(labels, "draft-answer", _MAX_ANSWER, words=words, lines=5, max_lines=16)
            save = labels.add(
                gr.Button(variant="primary", size="sm", elem_id="save-draft", elem_classes="op-button"),
                value="office.save_draft",
            )

    def load(account: Account, lang: Language, back: int) -> dict[Any, Any]:
        since = datetime.now(UTC) - timedelta(days=back)
        asked = office.dismissals.open(office.records.unanswered(since))
        asked = still_open(asked, office.desk.service.library.entries)
        grouped = clusters(asked, office.desk.service.embedder)[:_SHOWN]
        drafts = [draft.entry for draft in office.drafts.open()]
        rows = [(_line(group, drafts, lang), group.texts[0]) for group in grouped]
        return {
            groups: listed(rows, value=None),
            found: {group.texts[0]: group.texts for group in grouped},
            none: "" if rows else empty("office.all_answered", lang),
            wordings: "",
            read: [],
            dismiss: gr.update(visible=False),
        }

    def choose(account: Account, lang: Language, chosen: str, known: dict[str, tuple[str, ...]]) -> dict[Any, Any]:
        texts = known.get(chosen, (chosen,))
        told = wordings_html(texts, lang)
        return {wordings: told, read: list(texts), question: chosen, dismiss: gr.update(visible=True)}

    def leave(account: Account, lang: Language, texts: list[str], back: int) -> dict[Any, Any]:
        office.dismissals.dismiss(texts, account.name)
        return {**load(account, lang, back), question: "", office.said: done_html(t("office.dismissed", lang))}

    def keep(account: Account, lang: Language, asked: str, words: str, texts: list[str] | None) -> dict[Any, Any]:
        if over := too_long(asked, MAX_QUESTION, lang) or too_long(words, _MAX_ANSWER, lang):
            return {office.said: notice(over)}
        own = [text for text in texts or () if language_of(text) == language_of(asked)]
        office.drafts.write(asked, words, language_of(asked), account.name, wordings=own)
        said = done_html(t("office.draft_saved", lang))
        cleared = {question: "", answer: "", wordings: "", read: [], groups: gr.update(value=None)}
        return {**cleared, dismiss: gr.update(visible=False), office.said: said}

    shown = [groups, found, none, wordings, read, dismiss]
    office.chosen(days, load, [days], shown)
    office.chosen(groups, choose, [groups, found], [wordings, read, question, dismiss])
    office.on(dismiss.click, leave, [read, days], [*shown, question])
    office.on(save.click, keep, [question, answer, read], [question, answer, wordings, read, groups, dismiss])
    return lambda event: office.on(event, load, [days], shown)


def still_open(asked: Sequence[str], entries: Iterable[Entry]) -> list[str]:
    """Those of the questions that are no wording of one entry, with which the chat answers them."""
    known = by_wording(entries)
    return [text for text in asked if bare(simplified(text)) not in known]


def _line(group: Cluster, drafts: Sequence[Entry], language: Language) -> str:
    """A cluster in the list, and whether a draft with one of its wordings waits."""
    waits = len(still_open(group.texts, drafts)) < len(group.texts)
    return f"{group.count} × {group.texts[0][:120]}" + (f"\n{t('office.draft_waits', language)}" if waits else "")


def period_choices(language: Language) -> list[tuple[str, int]]:
    """The periods, in words."""
    return [(t("office.days", language, days=days), days) for days in PERIODS]
