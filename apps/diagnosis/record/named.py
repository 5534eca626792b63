"""Entities in the notes: diseases, medicines with their dose, and procedures, each with its code and source."""

from collections.abc import Iterable
from html import escape

from adapters.fhir.chart_notes import Note
from apps.diagnosis.visit import Visit
from apps.diagnosis.words import side_words
from apps.ui.language import english
from apps.ui.texts import t
from knowledge.medical.case import Side
from knowledge.medical.entities import Entity, EntityKind
from knowledge.medical.notes.context.cue_rules import Assertion
from knowledge.retrieval.language import Language

from .note import note_html, said_of
from .sources import Sources
from .summary import list_html, section_html
from .words import time_html

_Place = tuple[Note, Entity]


def typed_note_html(visit: Visit, language: Language) -> str:
    """A typed note as it was read."""
    hint = escape(t("named.hint", language))
    text = "".join(note_html(visit, note, language) for note in visit.chart.notes)
    return section_html("named.note", f'<p class="r1-meta">{hint}</p>{text}', language)


def named_html(visit: Visit, sources: Sources, language: Language) -> str:
    """A list for each kind; identical mentions share a line. Empty if nothing is named."""
    places = [(named.note, entity) for named in visit.named or () for entity in named.entities]
    lists = "".join(
        list_html(f"named.{kind.value}s", _lines([p for p in places if p[1].kind is kind], sources, language), language)
        for kind in EntityKind
    )
    hint = escape(t("named.not_ranked", language))
    return section_html("named.heading", lists and f'<p class="r1-meta">{hint}</p>{lists}', language)


def _lines(places: list[_Place], sources: Sources, language: Language) -> Iterable[str]:
    """First what the patient has or takes, then the rest."""
    groups: dict[tuple[str, Assertion, bool, Side | None], list[_Place]] = {}
    for note, entity in places:
        thing = entity.code or entity.name or note.text[entity.start : entity.end]
        groups.setdefault((thing.casefold(), entity.assertion, entity.is_allergy, entity.side), []).append(
            (note, entity)
        )
    present_first = sorted(groups.items(), key=lambda group: (group[0][1] is not Assertion.PRESENT, group[0][2]))
    return (_line(group, sources, language) for _, group in present_first)


def _line(group: list[_Place], sources: Sources, language: Language) -> str:
    note, entity = group[0]
    phrase = note.text[entity.start : entity.end]
    parts = [f"<b>{escape(phrase)}</b>"]
    if entity.name and entity.name.casefold() != phrase.casefold():
        parts.append(english(entity.name))
    if side := side_words([entity.side] if entity.side else [], phrase, language):
        parts.append(f'<span class="dx-tag dx-side">{escape(side)}</span>')
    if entity.code:
        parts.append(f"<code>{escape(entity.code)}</code>")
    amounts = dict.fromkeys(" ".join(filter(None, (each.dose, each.often))) for _, each in group)
    if given := "; ".join(filter(None, amounts)):
        parts.append(f"· {escape(given)}")
    if said := said_of(entity, language):
        parts.append(f'<span class="dx-status">{escape(said)}</span>')
    times = f" ×{len(group)}" if len(group) > 1 else ""
    where = "" if note.source == "text" else f"{time_html(note.day, language)} · {sources.link(note.source)}"
    return f'{" ".join(parts)} <span class="dx-source">{where}{times}</span>'
