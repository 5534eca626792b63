"""The findings of a patient as chips: their evidence, and what a clinician can do with each."""

import functools
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from html import escape

from apps.ui.texts import t
from knowledge.medical.case import Evidence, Finding, Status, Unread
from knowledge.medical.ontology import Match
from knowledge.retrieval.language import Language

from ..visit import CLINICIAN, FindingDecision, Visit
from ..words import shortened, side_words, source_words
from .parts import button, coded_name, finding_button, line, place

_MOST_PLACES = 3  # per finding; the others are counted
_MOST_UNREAD = 30  # per reason
_LONGEST_WORDS = 60  # characters on a chip; its details have all
_MARKS = {
    Status.PRESENT.value: "✓",
    Status.ABSENT.value: "✕",
    Status.UNKNOWN.value: "?",
    "paused": "❚❚",
    "removed": "–",
}


def findings_html(visit: Visit, language: Language) -> str:
    """The groups present, absent, unknown, paused and removed, then what was not used."""
    review = visit.review
    taking_part = visit.reviewed.findings
    everything = {f.code: f for f in (*visit.case.findings, *review.added)}
    paused = [f for code, f in everything.items() if code in review.paused]
    removed = [
        f
        for code, f in everything.items()
        if review.decisions.get(code) is FindingDecision.REMOVED and code not in review.paused
    ]
    where = functools.partial(place, language=language, resources=visit.resources)
    group = functools.partial(_group, visit, read=everything, where=where, language=language)
    groups = "".join(group(status.value, [f for f in taking_part if f.status is status]) for status in Status)
    groups += group("paused", paused) + group("removed", removed) + _misread(visit, language)
    if not groups:
        groups = line("diagnosis.no_findings", language)
    english_terms = line("diagnosis.english_terms", language) if language == "zh" and everything else ""
    heading = escape(t("diagnosis.findings", language, count=len(taking_part)))
    return (
        f'<section class="dx dx-findings" aria-labelledby="dx-findings"><h2 id="dx-findings" tabindex="-1">{heading}'
        f"</h2>{english_terms}{groups}{_unread(visit.case.unread, language)}</section>"
    )


def hits_html(visit: Visit, matches: Iterable[Match], typed: str, language: Language) -> str:
    """Hits of a search for findings, each with buttons to add it as present or absent."""
    if not typed.strip():
        return ""
    rows = "".join(_hit(visit, match, language) for match in matches)
    if not rows:
        return f'<div class="dx dx-hits" role="status">{line("visit.no_hits", language)}</div>'
    return f'<ul class="dx dx-hits" aria-label="{escape(t("visit.hits", language))}">{rows}</ul>'


def _hit(visit: Visit, match: Match, language: Language) -> str:
    other = f' <span class="dx-source">{escape(match.text)}</span>' if match.text != match.label else ""
    buttons = "".join(
        button(
            t(f"visit.to_{status}", language), visit=visit.id, do="add", code=match.code, to=status, about=match.label
        )
        for status in ("present", "absent")
    )
    return (
        f'<li><p class="dx-label">{coded_name(match.label, match.code, language)}{other}</p>'
        f'<div class="dx-buttons">{buttons}</div></li>'
    )


def _group(
    visit: Visit,
    name: str,
    findings: list[Finding],
    *,
    read: Mapping[str, Finding],
    where: Callable[[Evidence], str],
    language: Language,
) -> str:
    if not findings:
        return ""
    chips = "".join(_chip(visit, finding, name, read, where, language) for finding in findings)
    key = f"diagnosis.{name}" if name in set(Status) else f"visit.{name}"
    heading = escape(t(key, language, count=len(findings)))
    mark = f'<span aria-hidden="true">{_MARKS[name]}</span>'
    return (
        f'<details open class="dx-group dx-{name}" data-key="group-{name}"><summary><h3>{mark} {heading}</h3></summary>'
        f"<ul>{chips}</ul></details>"
    )


def _misread(visit: Visit, language: Language) -> str:
    """Values of notes marked as misread, each with a button to undo that."""
    values = {value.place: value for value in visit.case.measurements if value.place in visit.review.misread}
    if not values:
        return ""
    rows = "".join(
        f'<li>{place(Evidence(value.source, value.phrase, value.time), language)}<div class="dx-buttons">'
        + button(t("visit.undo", language), visit=visit.id, do="undo", code=key, about=value.phrase)
        + "</div></li>"
        for key, value in values.items()
    )
    heading = escape(t("visit.misread_values", language, count=len(values)))
    return (
        f'<details open class="dx-group dx-removed" data-key="group-misread"><summary><h3>'
        f'<span aria-hidden="true">{_MARKS["removed"]}</span> {heading}</h3></summary><ul>{rows}</ul></details>'
    )


def _chip(
    visit: Visit,
    finding: Finding,
    group: str,
    read: Mapping[str, Finding],
    where: Callable[[Evidence], str],
    language: Language,
) -> str:
    newest_first = sorted(finding.evidence, key=lambda e: e.date or date.min, reverse=True)
    shown = [e for e in newest_first if e.source != CLINICIAN] or newest_first
    places = "".join(map(where, shown[:_MOST_PLACES]))
    if (more := len(shown) - _MOST_PLACES) > 0:
        places += line("diagnosis.more_places", language, count=more)
    if finding.otherwise:
        places += line("diagnosis.otherwise", language) + "".join(map(where, finding.otherwise[:_MOST_PLACES]))
    if side := side_words(finding.sides, finding.label, language):
        side = f' <span class="dx-tag dx-side">{escape(side)}</span>'
    said = _said(visit, finding, read, language)
    return (
        f'<li data-chip="{escape(finding.code)}"><details data-key="{escape(finding.code)}"><summary>'
        f'<span><span class="dx-label">{coded_name(finding.label, finding.code, language)}</span>{side} '
        f"{said}{_words(shown[0], finding.label)}</span></summary>"
        f'{places}<div class="dx-buttons">{_buttons(visit, finding, group, language)}</div></details></li>'
    )


def _words(evidence: Evidence, label: str) -> str:
    """The words a finding was read from, if they differ from its name."""
    if evidence.source == CLINICIAN or evidence.phrase.casefold() == label.casefold():
        return ""
    phrase = evidence.phrase if len(evidence.phrase) <= _LONGEST_WORDS else evidence.phrase[:_LONGEST_WORDS] + " …"
    return f'<q class="dx-words"><mark>{escape(phrase)}</mark></q>'


def _said(visit: Visit, finding: Finding, read: Mapping[str, Finding], language: Language) -> str:
    """A tag for what a clinician changed about a finding."""
    if any(added.code == finding.code for added in visit.review.added):
        words = t("visit.added", language)
    elif finding.status is not read[finding.code].status:
        words = t("visit.was", language, status=t(f"visit.status_{read[finding.code].status.value}", language))
    else:
        return ""
    return f'<span class="dx-tag">{escape(words)}</span>'


def _buttons(visit: Visit, finding: Finding, group: str, language: Language) -> str:
    one = functools.partial(finding_button, visit.id, finding, language)
    if group == "paused":
        return one("visit.resume", "resume")
    if group == "removed":
        return one("visit.undo", "undo")
    parts = [
        one(f"visit.to_{status.value}", "decide", status.value) for status in Status if status is not finding.status
    ]
    if finding.code in visit.review.decisions:
        parts.append(one("visit.undo", "undo"))
    parts += [one("visit.pause", "pause"), one("visit.remove", "decide", FindingDecision.REMOVED.value)]
    return "".join(parts)


def _unread(unread: tuple[Unread, ...], language: Language) -> str:
    if not unread:
        return ""
    by_reason: dict[str, list[Unread]] = {}
    for item in unread:
        by_reason.setdefault(item.reason, []).append(item)
    reasons = "".join(_reason(reason, items, language) for reason, items in by_reason.items())
    summary = escape(t("diagnosis.unread", language, count=len(unread)))
    return (
        f'<details class="dx-group dx-unread" data-key="unread"><summary><h3>{summary}</h3></summary>'
        f"{line('diagnosis.unread_hint', language)}<ul>{reasons}</ul></details>"
    )


def _reason(reason: str, items: list[Unread], language: Language) -> str:
    rows = "".join(
        f"<li>{row}</li>"
        for row in shortened([*(_unread_row(item, language) for item in items)], _MOST_UNREAD, language)
    )
    return f'<li><p class="dx-label">{escape(t(f"unread.{reason}", language))}</p><ul>{rows}</ul></li>'


def _unread_row(item: Unread, language: Language) -> str:
    phrase = f": <bdi>{escape(item.phrase)}</bdi>" if item.phrase else ""
    return f"{escape(source_words(item.source, language))}{phrase}"
