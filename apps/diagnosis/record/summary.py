"""A summary of a record: problems, medicines, allergies and the rest, each line with its source."""

from collections.abc import Callable, Iterable
from html import escape

from adapters.fhir.chart import Chart, Entry, EntryKind
from adapters.fhir.chart_notes import Note
from adapters.fhir.reasons import NOT_SEEN, Reason
from apps.diagnosis.ask.look import newest_first
from apps.ui.texts import enumerated, t
from knowledge.retrieval.language import Language

from .sources import Sources
from .words import entry_html, kind_html, time_html

_SHOWN = 6  # lines shown before the rest is collapsed


def problems_html(chart: Chart, sources: Sources, language: Language) -> str:
    """The problem list: active problems, then past, refuted or doubtful ones."""
    keys = "record.problems_active", "record.problems_past"
    body = _current_and_past(chart.of(EntryKind.PROBLEM), keys, sources, language)
    return section_html("record.problems", body or _none(chart, language, "Condition"), language)


def summary_html(chart: Chart, sources: Sources, language: Language) -> str:
    """Everything else, a card for each kind."""
    line = _entry_line(sources, language)
    keys = "record.medicines_current", "record.medicines_past"
    body = _current_and_past(chart.of(EntryKind.MEDICATION), keys, sources, language)
    cards = section_html(
        "record.medicines", body or _none(chart, language, "MedicationRequest", "MedicationStatement"), language
    )
    for kind, key, resource in (
        (EntryKind.ALLERGY, "record.allergies", "AllergyIntolerance"),
        (EntryKind.PROCEDURE, "record.procedures", "Procedure"),
        (EntryKind.IMMUNIZATION, "record.vaccinations", "Immunization"),
        (EntryKind.RELATIVE, "record.family", "FamilyMemberHistory"),
        (EntryKind.ENCOUNTER, "record.visits", "Encounter"),
    ):
        entries = newest_first(chart.of(kind))
        cards += section_html(
            key, list_html("", map(line, entries), language) or _none(chart, language, resource), language
        )
    titles = list({note.source: note for note in chart.newest_notes()}.values())
    listed = list_html("", map(_note_line(sources, language), titles), language)
    cards += section_html(
        "record.notes", listed or _none(chart, language, "DocumentReference", "DiagnosticReport"), language
    )
    return f'<div class="dx-cards">{cards}</div>'


def unread_html(chart: Chart, language: Language) -> str:
    """A warning with the number of unreadable parts; empty if there are none."""
    lost = [item for item in chart.unread if item.reason in NOT_SEEN and item.reason != Reason.NOT_USED]
    if not lost:
        return ""
    return f'<p class="dx-lost">{escape(t("record.lost", language, count=len(lost)))}</p>'


def _entry_line(sources: Sources, language: Language) -> Callable[[Entry], str]:
    def line(entry: Entry) -> str:
        when = time_html(entry.time, language, sources.resources.get(entry.source))
        return f'{entry_html(entry, language)} <span class="dx-source">{when} · {sources.link(entry.source)}</span>'

    return line


def _note_line(sources: Sources, language: Language) -> Callable[[Note], str]:
    def line(note: Note) -> str:
        title = escape(note.title or t("record.untitled", language))
        when = time_html(note.day, language)
        return f'<b>{title}</b> <span class="dx-source">{when} · {sources.link(note.source)}</span>'

    return line


def _current_and_past(entries: Iterable[Entry], keys: tuple[str, str], sources: Sources, language: Language) -> str:
    """Current entries, and below them, collapsed, past ones; the keys are those of the headings."""
    line, newest = _entry_line(sources, language), newest_first(entries)
    current, past = ([line(entry) for entry in newest if entry.is_current is now] for now in (True, False))
    return list_html(keys[0], current, language) + list_html(keys[1], past, language, folded=True)


def section_html(key: str, body: str, language: Language) -> str:
    """A card; empty if there is nothing to show."""
    if not body:
        return ""
    return f'<section class="dx-card"><h3>{escape(t(key, language))}</h3>{body}</section>'


def list_html(key: str, lines: Iterable[str], language: Language, *, folded: bool = False) -> str:
    """Lines under a heading, if there are any; those beyond the first six, or all if ``folded``, are collapsed."""
    rows = [f"<li>{line}</li>" for line in lines]
    if not rows:
        return ""
    heading = escape(t(key, language, count=len(rows))) if key else ""
    if folded:
        return f'<details data-key="{key}"><summary><h4>{heading}</h4></summary>{_ul(rows)}</details>'
    title = f"<h4>{heading}</h4>" if heading else ""
    if len(rows) <= _SHOWN:
        return title + _ul(rows)
    more = escape(t("diagnosis.more", language, count=len(rows) - _SHOWN))
    rest = f"<details><summary>{more}</summary>{_ul(rows[_SHOWN:])}</details>"
    return title + _ul(rows[:_SHOWN]) + rest


def _ul(rows: list[str]) -> str:
    return f'<ul class="dx-lines">{"".join(rows)}</ul>'


def _none(chart: Chart, language: Language, *kinds: str) -> str:
    counts = (f"{kind_html(kind, language)} {chart.counts.get(kind, 0)}" for kind in kinds)
    words = escape(t("record.none", language, counts="{}")).replace("{}", enumerated(counts, language))
    return f'<p class="r1-meta">{words}</p>'
