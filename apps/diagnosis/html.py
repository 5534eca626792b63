"""The diagnosis page's own HTML. Everything that comes from a record, a person or a server is escaped here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from html import escape
from typing import Literal

from apps.ui.parts import notice
from apps.ui.texts import t
from core.errors import FhirServerError, FhirVersionError, InputFormatError, InputTooLargeError, R1Error, SettingsError
from knowledge.medical.case import Case, Evidence, Finding, Status, Unread
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.retrieval.language import Language

from .assessment import Assessment
from .ranking_html import ranking_html
from .red_flags_html import red_flags_html

Source = Literal["sample", "file", "server", "note"]

_MOST_PLACES = 3  # of one finding; the others are counted
_MOST_UNREAD = 30  # of one reason
_MARKS = {Status.PRESENT: "✓", Status.ABSENT: "✕", Status.UNKNOWN: "?"}
_ERRORS: dict[type[Exception], str] = {
    InputTooLargeError: "diagnosis.error_too_large",
    InputFormatError: "diagnosis.error_format",
    FhirVersionError: "diagnosis.error_version",
    FhirServerError: "diagnosis.error_server",
    SettingsError: "diagnosis.error_settings",
    R1Error: "diagnosis.error_other",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A patient on the screen.

    Attributes:
        origin: name of the file or address of the server; empty for the others.
        read_at: in UTC.
    """

    assessment: Assessment
    source: Source
    origin: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no patient on the screen.

    Attributes:
        error: None for an unexpected failure.
        reference: what the log calls an unexpected failure; else empty.
    """

    error: R1Error | None = None
    reference: str = ""


def notice_html(view: Reading | Problem | None, language: Language) -> str:
    """What went wrong, for everyone to see; or what is there now, for screen readers only."""
    if view is None:
        return ""
    if isinstance(view, Reading):
        case, ranking = view.assessment.case, view.assessment.ranking
        said = t("diagnosis.done", language, findings=len(case.findings), diseases=len(ranking.diseases))
        return f'<p class="r1-hidden" role="status">{escape(said)}</p>'
    if view.error is None:
        return notice(escape(t("shared.unexpected", language, reference=view.reference)))
    sentences = (view.error.message, view.error.hint)
    detail = _english(" ".join(f"{sentence.rstrip('.')}." for sentence in sentences if sentence))
    if language == "en":
        return notice(detail)
    key = next(_ERRORS[kind] for kind in type(view.error).__mro__ if kind in _ERRORS)
    label = escape(t("diagnosis.error_detail", language))
    return notice(f"{escape(t(key, language))}<br><small>{label}{detail}</small>")


def result_html(view: Reading | Problem | None, language: Language, knowledge: MedicalKnowledge) -> str:
    """Banner, red flags, findings and diseases of a patient, or the empty page."""
    if not isinstance(view, Reading):
        return empty_html(language)
    case = view.assessment.case
    return (
        f'<div class="dx" lang="{"zh-CN" if language == "zh" else "en"}">{_banner(view, language)}'
        f"{red_flags_html(view.assessment.red_flags, language)}"
        f'<div class="dx-columns">{_findings(case, language)}{ranking_html(view.assessment, language)}</div>'
        f"{_footer(knowledge, view.assessment, language)}</div>"
    )


def empty_html(language: Language) -> str:
    """What stands there before a patient is chosen."""
    steps = "".join(f"<li>{escape(t(f'diagnosis.empty_{step}', language))}</li>" for step in ("read", "rank", "why"))
    return (
        f'<div class="dx dx-card dx-empty"><h2>{escape(t("diagnosis.empty", language))}</h2>'
        f"<ol>{steps}</ol>{_line('diagnosis.empty_samples', language)}</div>"
    )


def waiting_html(language: Language) -> str:
    """What stands there while a patient is read."""
    bars = '<span class="dx-bone"></span>' * 3
    return f'<div class="dx dx-card" role="status"><p>{escape(t("diagnosis.reading", language))}</p>{bars}</div>'


def _banner(view: Reading, language: Language) -> str:
    case = view.assessment.case
    source = escape(t(f"diagnosis.source_{view.source}", language))
    if view.origin:
        source += f" <bdi>{escape(view.origin)}</bdi>"
    unknown = escape(t("diagnosis.not_given", language))
    facts = {
        "birth_date": case.birth_date.isoformat() if case.birth_date else "",
        "age": _age(case.age_years, language),
        "sex": t(f"diagnosis.sex_{case.sex.value}", language),
        "record_number": case.record_number,
    }
    cells = [(name, escape(value) or unknown) for name, value in facts.items()]
    cells += [("source", source), ("read_at", f"{view.read_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC")]
    rows = "".join(
        f"<div><dt>{escape(t(f'diagnosis.{name}', language))}</dt><dd>{value}</dd></div>" for name, value in cells
    )
    name = escape(case.name) or escape(t("diagnosis.no_name", language))
    return f'<section class="dx-card dx-banner" tabindex="-1"><h2><bdi>{name}</bdi></h2><dl>{rows}</dl></section>'


def _age(years: float | None, language: Language) -> str:
    if years is None:
        return ""
    if years < 2:
        return t("diagnosis.months", language, count=int(years * 12))
    return t("diagnosis.years", language, count=int(years))


def _findings(case: Case, language: Language) -> str:
    groups = "".join(_group(status, case.findings, language) for status in Status)
    if not case.findings:
        groups = _line("diagnosis.no_findings", language)
    english = _line("diagnosis.english_terms", language) if language == "zh" else ""
    heading = escape(t("diagnosis.findings", language, count=len(case.findings)))
    return (
        f'<section class="dx-findings" aria-labelledby="dx-findings"><h2 id="dx-findings">{heading}</h2>'
        f"{english}{groups}{_unread(case.unread, language)}</section>"
    )


def _group(status: Status, findings: Iterable[Finding], language: Language) -> str:
    chips = [_chip(finding, language) for finding in findings if finding.status is status]
    if not chips:
        return ""
    heading = escape(t(f"diagnosis.{status.value}", language, count=len(chips)))
    mark = f'<span aria-hidden="true">{_MARKS[status]}</span>'
    return (
        f'<details open class="dx-group dx-{status.value}"><summary><h3>{mark} {heading}</h3></summary>'
        f"<ul>{''.join(chips)}</ul></details>"
    )


def _chip(finding: Finding, language: Language) -> str:
    newest_first = sorted(finding.evidence, key=lambda e: e.date or date.min, reverse=True)
    places = "".join(_place(evidence, language) for evidence in newest_first[:_MOST_PLACES])
    if (more := len(newest_first) - _MOST_PLACES) > 0:
        places += _line("diagnosis.more_places", language, count=more)
    code = f"<code>{escape(finding.code)}</code>"
    return f'<li><p class="dx-label">{_english(finding.label)} {code}</p>{places}</li>'


def _place(evidence: Evidence, language: Language) -> str:
    words = f"<q>{escape(evidence.phrase)}</q>"
    if evidence.cue:
        words += f' <span class="dx-cue">{escape(t("diagnosis.cue", language, cue=evidence.cue))}</span>'
    source = escape(t("diagnosis.typed", language) if evidence.source == "text" else evidence.source)
    when = f"<time>{evidence.date.isoformat()}</time> · " if evidence.date else ""
    return f'<p class="dx-phrase">{words} <span class="dx-source">{when}{source}</span></p>'


def _unread(unread: tuple[Unread, ...], language: Language) -> str:
    if not unread:
        return ""
    by_reason: dict[str, list[Unread]] = {}
    for item in unread:
        by_reason.setdefault(item.reason, []).append(item)
    reasons = "".join(_reason(reason, items, language) for reason, items in by_reason.items())
    summary = escape(t("diagnosis.unread", language, count=len(unread)))
    return (
        f'<details class="dx-group dx-unread"><summary><h3>{summary}</h3></summary>'
        f"{_line('diagnosis.unread_hint', language)}<ul>{reasons}</ul></details>"
    )


def _reason(reason: str, items: list[Unread], language: Language) -> str:
    rows = "".join(f"<li>{_unread_row(item)}</li>" for item in items[:_MOST_UNREAD])
    if (more := len(items) - _MOST_UNREAD) > 0:
        rows += f"<li>{escape(t('diagnosis.more', language, count=more))}</li>"
    return f'<li><p class="dx-label">{escape(t(f"unread.{reason}", language))}</p><ul>{rows}</ul></li>'


def _unread_row(item: Unread) -> str:
    phrase = f": <bdi>{escape(item.phrase)}</bdi>" if item.phrase else ""
    return f"{escape(item.source)}{phrase}"


def _footer(knowledge: MedicalKnowledge, assessment: Assessment, language: Language) -> str:
    key = "diagnosis.no_certificate" if assessment.certificate is None else "diagnosis.not_a_diagnosis"
    source = t("diagnosis.knowledge", language, source=knowledge.source, version=knowledge.version)
    return (
        f'<div class="dx-footer">{_line(key, language)}'
        f"<p>{escape(source)}</p><p>{_english(knowledge.acknowledgement)}</p></div>"
    )


def _line(key: str, language: Language, **values: object) -> str:
    return f'<p class="r1-meta">{escape(t(key, language, **values))}</p>'


def _english(text: str) -> str:
    return f'<span lang="en">{escape(text)}</span>'
