"""What a record says about drugs: medicines, allergies to them, and sentences of notes."""

from collections.abc import Iterable

from adapters.fhir.chart import Chart, Entry, EntryKind
from knowledge.medical.case import Unread

from .answer import Gap, Line
from .look import lines_of, quotes, unnamed, words_of
from .query import Query
from .words import Subject, SubjectKind, classes_of, ingredients_in, members

_PENICILLINS = "cillin"
"""Stem of penicillin names (WHO, Stem Book: -cillin); intolerance of one may extend to the others."""


def medications(query: Query, chart: Chart) -> tuple[list[Line], list[Unread]]:
    """Medicines and, if the question names a drug, allergies to it; and why some may be missing."""
    entries = list(chart.of(EntryKind.MEDICATION))
    gaps = unnamed(chart, EntryKind.MEDICATION)
    if not query.subjects:
        return lines_of(e for e in entries if e.is_current or not query.current), gaps
    about = [entry for entry in entries if any(is_about_drugs(query, name) for name in entry.names)]
    if any(subject.kind is SubjectKind.DRUG_CLASS for subject in query.subjects):
        gaps += [
            Unread(entry.source, Gap.UNKNOWN_MEDICINE, entry.names[0])
            for entry in entries
            if entry.names and entry not in about and not any(ingredients_in(name) for name in entry.names)
        ]
    return [*lines_of(about), *lines_of(_allergies_to(query, chart))], gaps


def drugs_in_notes(query: Query, chart: Chart) -> Iterable[Line]:
    """Sentences about the drugs asked for; if none are named, those about drugs that no entry has."""
    if query.subjects:
        return quotes(chart, lambda s: is_about_drugs(query, s))
    entries = chart.of(EntryKind.MEDICATION, EntryKind.ALLERGY)
    known = {ingredient for entry in entries for name in entry.names for ingredient in ingredients_in(name)}
    return quotes(chart, lambda s: bool(ingredients_in(s) - known))


def is_about_drugs(query: Query, text: str) -> bool:
    """Whether a text names a drug of the question, a member of its class, or its other words."""
    return bool(ingredients_in(text) & _names(query.subjects)) or words_of(query.subjects)(text)


def _allergies_to(query: Query, chart: Chart) -> Iterable[Entry]:
    """Allergies to the drugs asked for, to their class, or to another penicillin."""
    names = _names(query.subjects)
    wider = words_of(tuple(found for subject in query.subjects for found in classes_of(subject)))
    is_penicillin = any(name.endswith(_PENICILLINS) for name in names)
    for entry in chart.of(EntryKind.ALLERGY):
        for name in entry.names:
            related = is_penicillin and any(found.endswith(_PENICILLINS) for found in ingredients_in(name))
            if related or wider(name) or is_about_drugs(query, name):
                yield entry
                break


def _names(subjects: tuple[Subject, ...]) -> set[str]:
    return {member.name for subject in subjects for member in members(subject)}
