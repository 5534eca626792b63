"""The text of a note with what was recognised in it marked: findings, diseases, medicines and procedures."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from adapters.fhir.chart_notes import Note
from apps.diagnosis.visit import Visit
from apps.ui.texts import t
from knowledge.medical.case import Status
from knowledge.medical.clinical import Entity
from knowledge.medical.cue_rules import Assertion
from knowledge.retrieval.language import Language


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place that is marked, as what, and what is said of it; empty when it is simply there."""

    start: int
    end: int
    kind: str
    said: str


def note_html(visit: Visit, note: Note, language: Language) -> str:
    """A note word for word. Where two names overlap the earlier, then the longer one is marked."""
    parts, at = list[str](), 0
    for mark in sorted(_marks(visit, note, language), key=lambda mark: (mark.start, -mark.end)):
        if mark.start < at:
            continue
        label = escape(" · ".join(filter(None, (t(f"named.{mark.kind}", language), mark.said))))
        words = escape(note.text[mark.start : mark.end])
        parts.append(escape(note.text[at : mark.start]))
        parts.append(f'<mark class="dx-is-{mark.kind}">{words}<small>{label}</small></mark>')
        at = mark.end
    parts.append(escape(note.text[at:]))
    return f'<pre class="dx-note" tabindex="0">{"".join(parts)}</pre>'


def said_of(entity: Entity, language: Language) -> str:
    """What the words around a name say of it; empty when it is simply there."""
    words = [t("named.allergy", language)] if entity.is_allergy else []
    plain = {Assertion.PRESENT, Assertion.HISTORICAL} if entity.is_allergy else {Assertion.PRESENT}
    if entity.assertion not in plain:
        words.append(t(f"named.{entity.assertion.value}", language))
    return " · ".join(words)


def _marks(visit: Visit, note: Note, language: Language) -> Iterator[_Mark]:
    """Findings first: these are what the ranking rests on."""
    for finding in visit.case.findings:
        said = "" if finding.status is Status.PRESENT else t(f"visit.status_{finding.status.value}", language)
        for evidence in finding.evidence:
            start, end = evidence.start, evidence.end
            is_here = evidence.source == note.source and start is not None and end is not None
            if is_here and note.text[start:end] == evidence.phrase:
                yield _Mark(start or 0, end or 0, "finding", said)
    for named in visit.named or ():
        if named.note == note:
            for entity in named.entities:
                yield _Mark(entity.start, entity.end, entity.kind.value, said_of(entity, language))
