"""Unanswered questions, grouped by meaning and counted, and the drafts that will answer them."""

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
from knowledge.faq.clusters import clusters
from knowledge.faq.search import by_wording
from knowledge.faq.sources import MAX_QUESTION, Entry
from knowledge.faq.wording import bare
from knowledge.retrieval.language import Language, language_of, simplified

from .desk import Desk, listed
from .drafts import MOST_WORDINGS
from .html import empty, shortened

PERIODS = (7, 30, 90)
"""Periods that the page offers, in days."""

_SHOWN = 50
_MAX_ANSWER = 20_000
_OWN = re.compile(r"\d(?:[ -]?\d){4}|\[[a-z ]+\]")  # an order number, or masked personal data


class QuestionsTab:
    """The tab, laid out where it is constructed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._found = gr.State({})  # wordings by the one listed, each with the customer's last words in it
        self._read = desk.carried(gr.JSON)  # the group shown
        with gr.Row(elem_classes="desk-columns"):
            with gr.Column(min_width=0, elem_classes="desk-side"):
                days = gr.Radio(value=30, elem_classes="desk-period")
                self._days = desk.labels.add(days, label="desk.period", choices=period_choices)
                self._groups = desk.choices("clusters", label="desk.unanswered")
                self._none = gr.HTML()
            with gr.Column(min_width=0, elem_classes="desk-main"):
                ticked = gr.CheckboxGroup(choices=[], visible=False, elem_id="wordings", elem_classes="desk-list")
                self._wordings = desk.labels.add(ticked, label="desk.wordings", info="desk.wordings_ticked")
                self._dismiss = self._button("dismiss", visible=False, min_width=0)
                self._lay_out_draft()
        self._shown = [self._groups, self._found, self._none, self._wordings, self._read, self._dismiss]
        self._wire()

    def _lay_out_draft(self) -> None:
        labels = self._desk.labels
        labels.add(gr.HTML(), value=lambda lang: f"<h3>{t('desk.new_draft', lang)}</h3>")
        self._question = long_text(labels, "draft-question", MAX_QUESTION, words={"label": "desk.question"})
        words: dict[str, Text] = {"label": "desk.answer"}
        self._answer = long_text(labels, "draft-answer", _MAX_ANSWER, words=words, lines=5, max_lines=16)
        self._save = self._button("save-draft", variant="primary")

    def _button(self, name: str, **options: Any) -> Any:
        button = gr.Button(size="sm", elem_id=name, elem_classes="desk-button", **options)
        return self._desk.labels.add(button, value=f"desk.{name.replace('-', '_')}")

    def _wire(self) -> None:
        desk, question = self._desk, self._question
        drawn = [self._wordings, self._read]
        desk.chosen(self._days, self.load, [self._days], self._shown)
        desk.chosen(self._groups, self.choose, [self._groups, self._found], [*drawn, question, self._dismiss])
        desk.on(self._dismiss.click, self.leave, [self._read, self._days], [*self._shown, question])
        given = [question, self._answer, self._wordings, self._days]
        form = [question, self._answer, *self._shown]
        # Without preprocessing, as Gradio rejects ticks of a group that another choice has just replaced.
        desk.on(self._save.click, self.keep, given, form, preprocess=False)

    def load_on(self, event: Any) -> Any:
        """Draws the tab on a Gradio event; returns the event's dependency, for chaining."""
        return self._desk.on(event, self.load, [self._days], self._shown)

    def load(self, account: Account, lang: Language, back: int) -> dict[Any, Any]:
        """The open questions of the last ``back`` days."""
        desk = self._desk
        since = datetime.now(UTC) - timedelta(days=back)
        since_dismissed = desk.dismissals.open(desk.records.unanswered(since))
        last = {" ".join(each.text.split()): " ".join(each.words.split()) for each in since_dismissed}
        asked = still_open([each.text for each in since_dismissed], desk.chat.service.library.entries)
        grouped = clusters(asked, desk.chat.service.embedder)[:_SHOWN]
        drafts = [draft.entry for draft in desk.drafts.open()]
        listings = [
            (group.count, most_telling_first({text: last[text] for text in group.texts}, lang)) for group in grouped
        ]
        rows = [(_line(count, texts, drafts, lang), texts[0]) for count, texts in listings]
        return {
            self._groups: listed(rows, value=None),
            self._found: {texts[0]: {text: last[text] for text in texts} for _, texts in listings},
            self._none: "" if rows else empty("desk.all_answered", lang),
            self._wordings: listed([], value=[]),
            self._read: [],
            self._dismiss: gr.update(visible=False),
        }

    def choose(self, account: Account, lang: Language, chosen: str, known: dict[str, dict[str, str]]) -> dict[Any, Any]:
        """The wordings of a question, with the customer's own words prefilled for a draft."""
        group = known.get(chosen, {chosen: chosen})
        offered = dict(list(group.items())[:MOST_WORDINGS])
        fit = fit_for_entry(offered, self._desk.chat.service.triage.instead_of_search)
        return {
            self._wordings: listed([(text, text) for text in offered], value=fit),
            self._read: list(group),
            self._question: next(iter(fit), group[chosen]),
            self._dismiss: gr.update(visible=True),
        }

    def leave(self, account: Account, lang: Language, texts: list[str], back: int) -> dict[Any, Any]:
        """Dismisses a question that needs no answer."""
        self._desk.dismissals.dismiss(texts, account.name)
        said = done_html(t("desk.dismissed", lang))
        return {**self.load(account, lang, back), self._question: "", self._desk.said: said}

    def keep(
        self, account: Account, lang: Language, asked: str, words: str, ticked: list[str], back: int
    ) -> dict[Any, Any]:
        """Stores a question and its answer as a draft; the list then says that one waits."""
        if over := too_long(asked, MAX_QUESTION, lang) or too_long(words, _MAX_ANSWER, lang):
            return {self._desk.said: notice(over)}
        own = [text for text in ticked if language_of(text) == language_of(asked)]
        self._desk.drafts.write(asked, words, language_of(asked), account.name, wordings=own)
        said = done_html(t("desk.draft_saved", lang))
        return {**self.load(account, lang, back), self._question: "", self._answer: "", self._desk.said: said}


def still_open(asked: Sequence[str], entries: Iterable[Entry]) -> list[str]:
    """The questions that are not a wording of exactly one entry, with which the chat would answer them."""
    known = by_wording(entries)
    return [text for text in asked if bare(simplified(text)) not in known]


def most_telling_first(wordings: Mapping[str, str], language: Language) -> list[str]:
    """Wordings, those in the page's language first, and of these the ones that were asked by themselves.

    Args:
        wordings: each with the customer's last words in it, to which an earlier message may be joined.
    """
    return sorted(wordings, key=lambda text: (language_of(text) != language, text != wordings[text]))


def fit_for_entry(wordings: Mapping[str, str], instead_of_search: Callable[[str], str | None]) -> list[str]:
    """Customers' wordings that fit one entry: complete questions without one customer's data, in one language.

    The language is that of the first one that fits.

    Args:
        wordings: each with the customer's last words in it, to which an earlier message may be joined.
        instead_of_search: what the chat does with a message that it does not search for; None if it does.
    """
    alone = (text for text, last in wordings.items() if text == last and not _OWN.search(text))
    fit = [text for text in alone if not instead_of_search(text)]
    return [text for text in fit if language_of(text) == language_of(fit[0])]


def _line(count: int, texts: Sequence[str], drafts: Sequence[Entry], language: Language) -> str:
    """A cluster as a list item, and whether a draft with one of its wordings is waiting."""
    waits = len(still_open(texts, drafts)) < len(texts)
    return f"{count} × {shortened(texts[0])}" + (f"\n{t('desk.draft_waits', language)}" if waits else "")


def period_choices(language: Language) -> list[tuple[str, int]]:
    """The periods, in words."""
    return [(t("desk.days", language, days=days), days) for days in PERIODS]
