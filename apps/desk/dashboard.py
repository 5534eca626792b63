"""Figures of the chat: resolved conversations, missing answers and response times."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from typing import Any

import gradio as gr

from apps.auth.accounts import Account
from apps.support.words import zone
from apps.ui.texts import t
from knowledge.retrieval.language import Language

from .desk import Desk
from .html import empty, table
from .plots import Series, lines, stacks
from .questions import period_choices
from .resolution import RETURN, Figures, Outcome, by_day, figures

_COLOURS = {
    Outcome.CONFIRMED: "light-dark(#0f766e, #14a396)",
    Outcome.ASSUMED: "light-dark(#3f9c92, #99e0d6)",
    Outcome.PENDING: "light-dark(#7b8a99, #b8c4d0)",
    Outcome.RETURNED: "light-dark(#a855f7, #d8b4fe)",
    Outcome.POINTED: "light-dark(#8d6e63, #b3958a)",
    Outcome.CRITICAL: "light-dark(#6d28d9, #a47bf5)",
    Outcome.UNANSWERED: "light-dark(#b8740a, #f59e0b)",
    Outcome.UNHELPFUL: "light-dark(#b91c1c, #f06a6a)",
    Outcome.HANDED_OFF: "light-dark(#3b5b92, #7c9fdd)",
}


class DashboardTab:
    """The tab, laid out where it is constructed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        days = gr.Radio(value=30, elem_id="period", elem_classes="desk-period")
        self._days = desk.labels.add(days, label="desk.period", choices=period_choices)
        self._figures = gr.HTML(elem_id="figures")
        desk.chosen(self._days, self.load, [self._days], [self._figures])

    def load_on(self, event: Any) -> Any:
        """Draws the tab on a Gradio event; returns the event's dependency, for chaining."""
        return self._desk.on(event, self.load, [self._days], [self._figures])

    def load(self, account: Account, lang: Language, back: int) -> dict[Any, Any]:
        """The figures of the last ``back`` days."""
        company = self._desk.chat.service.company
        now = company.local(datetime.now(UTC))
        first = (now - timedelta(days=back - 1)).date()
        talks = self._desk.records.talks(datetime.combine(first, time(), now.tzinfo).astimezone(UTC))
        if not talks:
            return {self._figures: empty("desk.none", lang)}
        whole, daily = figures(talks, now), by_day(talks, first, now.date(), now)
        plots = f'<div class="desk-plots">{_plots(daily, zone(company, lang), lang)}</div>'
        return {self._figures: _cards(whole, lang) + plots + _tables(whole, daily, lang)}


def _plots(daily: Sequence[tuple[date, Figures]], zone: str, language: Language) -> str:
    outcomes = [
        Series(t(f"outcomes.{each.value}", language), colour, [day.outcomes[each] for _, day in daily])
        for each, colour in _COLOURS.items()
    ]
    times = [
        Series(t("desk.p50", language), "var(--r1-for)", [day.p50 for _, day in daily]),
        Series(t("desk.p95", language), "var(--r1-against)", [day.p95 for _, day in daily]),
    ]
    names = [day.isoformat() for day, _ in daily]
    by_outcome = stacks(t("desk.outcomes_by_day", language, zone=zone), names, outcomes)
    return by_outcome + lines(t("desk.latency_by_day", language), names, times)


def _cards(whole: Figures, language: Language) -> str:
    cards = [
        ("confirmed", _share(whole, Outcome.CONFIRMED, language)),
        ("assumed", _share(whole, Outcome.ASSUMED, language)),
        ("handed", _share(whole, Outcome.HANDED_OFF, language)),
        ("without_answer", _percent(whole.without_answer)),
        ("p50", _seconds(whole.p50, language)),
        ("p95", _seconds(whole.p95, language)),
    ]
    shown = "".join(f"<div><dt>{t(f'desk.{name}', language)}</dt><dd>{value}</dd></div>" for name, value in cards)
    notes = [
        t("desk.how_counted", language, days=RETURN.days, old=whole.settled.total(), all=whole.outcomes.total()),
        t("desk.how_unanswered", language, count=whole.unanswered),
    ]
    return f'<dl class="desk-figures">{shown}</dl>' + "".join(
        f'<p class="r1-meta">{escape(note)}</p>' for note in notes
    )


def _tables(whole: Figures, daily: Sequence[tuple[date, Figures]], language: Language) -> str:
    """The same as tables, for those who cannot see the plots or colours; only days with conversations."""
    outcomes = [[t(f"outcomes.{each.value}", language), f"{whole.outcomes[each]:,}"] for each in _COLOURS]
    replies = [[t(f"actions.{each.value}", language), f"{count:,}"] for each, count in whole.replies.most_common()]
    counted = t("desk.count", language)
    heads = [t("desk.day", language), *(name for name, _ in outcomes), t("desk.p50", language)]
    heads.append(t("desk.p95", language))
    days = [
        [
            day.isoformat(),
            *(f"{each.outcomes[kind]:,}" for kind in _COLOURS),
            *(_seconds(of, language) for of in (each.p50, each.p95)),
        ]
        for day, each in reversed(daily)
        if each.outcomes.total()
    ]
    return (
        f'<details class="desk-numbers"><summary>{t("desk.numbers", language)}</summary>'
        + table([t("desk.outcome", language), counted], outcomes)
        + table([t("desk.reply", language), counted], replies)
        + table(heads, days)
        + "</details>"
    )


def _share(whole: Figures, outcome: Outcome, language: Language) -> str:
    """Share among settled conversations, or "too early" if none are settled."""
    too_early = whole.outcomes and not whole.settled
    return t("desk.too_early", language) if too_early else _percent(whole.share(outcome))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _seconds(value: float | None, language: Language) -> str:
    return "–" if value is None else t("desk.seconds", language, value=f"{value:.2f}")
