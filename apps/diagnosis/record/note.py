"""The text of a note with the recognised findings, diseases, medicines and procedures highlighted."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from adapters.fhir.chart_notes import Note
from apps.diagnosis.visit import Visit
from apps.diagnosis.words import finding_words
from apps.ui.texts import t
from knowledge.medical.case import Finding, Status
from knowledge.medical.entities import Entity
from knowledge.medical.notes.context.cue_rules import Assertion
from knowledge.retrieval.language import Language


@dataclass(frozen=True, slots=True)
class _Mark:
    """A highlighted span, the kind of thing it names, and its label."""

    start: int
    end: int
    kind: str
    label: str


def note_html(visit: Visit, note: Note, language: Language) -> str:
    """A note verbatim. Of overlapping names the earlier, then the longer one is highlighted."""
    parts, at = list[str](), 0
    for mark in sorted(_marks(visit, note, language), key=lambda mark: (mark.start, -mark.end)):
        if mark.start < at:
            continue
        words = escape(note.text[mark.start : mark.end])
        parts.append(escape(note.text[at : mark.start]))
        parts.append(f'<mark class="dx-is-{mark.kind}">{words}<small>{escape(mark.label)}</small></mark>')
        at = mark.end
    parts.append(escape(note.text[at:]))
    return f'<pre class="dx-note" tabindex="0">{"".join(parts)}</pre>'


def said_of(entity: Entity, language: Language) -> str:
    """What the context says of a named thing, such as negation; empty if it is simply present."""
    words = [t("named.allergy", language)] if entity.is_allergy else []
    plain = {Assertion.PRESENT, Assertion.HISTORICAL} if entity.is_allergy else {Assertion.PRESENT}
    if entity.assertion not in plain:
        words.append(t(f"named.{entity.assertion.value}", language))
    return " · ".join(words)


def _marks(visit: Visit, note: Note, language: Language) -> Iterator[_Mark]:
    """Findings first, since the ranking is based on them."""
    places: dict[tuple[int, int], list[Finding]] = {}
    for finding in visit.case.findings:
        for evidence in finding.evidence:
            start, end = evidence.start, evidence.end
            if evidence.source != note.source or start is None or end is None:
                continue
            if note.text[start:end] == evidence.phrase:
                places.setdefault((start, end), []).append(finding)
    for (start, end), findings in places.items():
        # A value may mean several findings: "heart rate 130" is a fast pulse and not a slow one.
        findings.sort(key=lambda finding: finding.status is not Status.PRESENT)
        words = note.text[start:end]
        yield _Mark(start, end, "finding", "; ".join(_told(finding, words, language) for finding in findings))
    for named in visit.named or ():
        if named.note == note:
            for entity in named.entities:
                kind = entity.kind.value
                yield _Mark(
                    entity.start, entity.end, kind, _joined(t(f"named.{kind}", language), said_of(entity, language))
                )


def _told(finding: Finding, words: str, language: Language) -> str:
    """The finding read from these words, by name if they differ from it, with its status unless present."""
    name = finding_words(finding.label, language)
    same = words.casefold() in (finding.label.casefold(), name.removesuffix(finding.label).strip())
    said = "" if finding.status is Status.PRESENT else t(f"visit.status_{finding.status.value}", language)
    return _joined(t("named.finding", language) if same else name, said)


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))
