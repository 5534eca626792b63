"""What was not answered, by meaning and how often, and the draft that answers it from now on."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
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

from .drafts import MOST_WORDINGS
from .html import empty
from .office import Office, listed

PERIODS = (7, 30, 90)
"""Days back that the page offers."""

_SHOWN = 50
_MAX_ANSWER = 20_000
_OWN = re.compile(r"\d(?:[ -]?\d){4}|\[[a-z ]+\]")  # an order's number, or personal data that was taken out


def build_questions(office: Office) -> Any:
    """The components at this place; what loads them."""
    labels = office.labels
    found = gr.State({})  # wordings by the most typical one, and whether an earlier message is part of each
    read = office.carried(gr.JSON)  # the group that is shown
    with gr.Row(elem_classes="op-columns"):
        with gr.Column(min_width=0, elem_classes="op-side"):
            days = labels.add(
                gr.Radio(value=30, elem_classes="op-period"), label="office.period", choices=period_choices
            )
            groups = labels.add(office.choices(elem_id="clusters"), label="office.unanswered")
            none = gr.HTML(padding=False)
        with gr.Column(min_width=0, elem_classes="op-main"):
            wordings = labels.add(
                gr.CheckboxGroup(choices=[], visible=False, elem_id="wordings", elem_classes="op-list"),
                label="office.wordings",
                info="office.wordings_ticked",
            )
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
        since_dismissed = office.dismissals.open(office.records.unanswered(since))
        joined = {" ".join(each.text.split()) for each in since_dismissed if each.is_joined}
        asked = still_open([each.text for each in since_dismissed], office.desk.service.library.entries)
        grouped = clusters(asked, office.desk.service.embedder)[:_SHOWN]
        drafts = [draft.entry for draft in office.drafts.open()]
        rows = [(_line(group, drafts, lang), group.texts[0]) for group in grouped]
        return {
            groups: listed(rows, value=None),
            found: {group.texts[0]: {text: text in joined for text in group.texts} for group in grouped},
            none: "" if rows else empty("office.all_answered", lang),
            wordings: listed([], value=[]),
            read: [],
            dismiss: gr.update(visible=False),
        }

    def choose(account: Account, lang: Language, chosen: str, known: dict[str, dict[str, bool]]) -> dict[Any, Any]:
        group = known.get(chosen, {chosen: False})
        offered = dict(list(group.items())[:MOST_WORDINGS])
        fit = fit_for_entry(offered, office.desk.service.instead_of_search)
        return {
            wordings: listed([(text, text) for text in offered], value=fit),
            read: list(group),
            question: next(iter(fit), chosen),
            dismiss: gr.update(visible=True),
        }

    def leave(account: Account, lang: Language, texts: list[str], back: int) -> dict[Any, Any]:
        office.dismissals.dismiss(texts, account.name)
        return {**load(account, lang, back), question: "", office.said: done_html(t("office.dismissed", lang))}

    def keep(account: Account, lang: Language, asked: str, words: str, ticked: list[str]) -> dict[Any, Any]:
        if over := too_long(asked, MAX_QUESTION, lang) or too_long(words, _MAX_ANSWER, lang):
            return {office.said: notice(over)}
        own = [text for text in ticked if language_of(text) == language_of(asked)]
        office.drafts.write(asked, words, language_of(asked), account.name, wordings=own)
        said = done_html(t("office.draft_saved", lang))
        cleared = {question: "", answer: "", wordings: listed([], value=[]), read: [], groups: gr.update(value=None)}
        return {**cleared, dismiss: gr.update(visible=False), office.said: said}

    shown = [groups, found, none, wordings, read, dismiss]
    office.chosen(days, load, [days], shown)
    office.chosen(groups, choose, [groups, found], [wordings, read, question, dismiss])
    office.on(dismiss.click, leave, [read, days], [*shown, question])
    # As it comes: Gradio refuses what is ticked in a group in place of which another one has just been chosen.
    form = [question, answer, wordings, read, groups, dismiss]
    office.on(save.click, keep, [question, answer, wordings], form, preprocess=False)
    return lambda event: office.on(event, load, [days], shown)


def still_open(asked: Sequence[str], entries: Iterable[Entry]) -> list[str]:
    """Those of the questions that are no wording of one entry, with which the chat answers them."""
    known = by_wording(entries)
    return [text for text in asked if bare(simplified(text)) not in known]


def fit_for_entry(wordings: Mapping[str, bool], instead_of_search: Callable[[str], str | None]) -> list[str]:
    """Those of the customers' wordings that may stand in one entry: each asks by itself, and nothing of one customer.

    They are in the language of the first of them.

    Args:
        wordings: and whether an earlier message is part of each.
        instead_of_search: tells what the chat does with a message that it does not search for.
    """
    alone = (text for text, is_joined in wordings.items() if not is_joined and not _OWN.search(text))
    fit = [text for text in alone if not instead_of_search(text)]
    return [text for text in fit if language_of(text) == language_of(fit[0])]


def _line(group: Cluster, drafts: Sequence[Entry], language: Language) -> str:
    """A cluster in the list, and whether a draft with one of its wordings waits."""
    waits = len(still_open(group.texts, drafts)) < len(group.texts)
    return f"{group.count} × {group.texts[0][:120]}" + (f"\n{t('office.draft_waits', language)}" if waits else "")


def period_choices(language: Language) -> list[tuple[str, int]]:
    """The periods, in words."""
    return [(t("office.days", language, days=days), days) for days in PERIODS]
