"""Answers as HTML, worded from templates. Text from the record is shown verbatim."""

import datetime as dt
from html import escape

from adapters.fhir.chart import Chart, EntryKind
from apps.diagnosis.assessment import name_of
from apps.diagnosis.html.conditions import strength_words
from apps.diagnosis.html.parts import line as meta
from apps.diagnosis.html.ranking import odds_factor
from apps.diagnosis.person import age_of
from apps.diagnosis.record.sources import Sources
from apps.diagnosis.record.words import entry_html, kind_html, time_html
from apps.diagnosis.visit import CLINICIAN
from apps.diagnosis.words import shortened, source_words
from apps.ui.texts import enumerated, t
from apps.ui.times import to_the_minute
from knowledge.medical.case import Status, Unread
from knowledge.medical.differential import Contribution
from knowledge.retrieval.language import Language

from .answer import Answer, Gap, Line, Looked, Outcome
from .query import Query, Topic
from .words import Subject

_MOST_GAPS = 8
_EXAMPLES = ("values", "medicines", "allergies", "problems", "notes", "why")


def answer_html(answer: Answer, chart: Chart, language: Language, visit: str = "") -> str:
    """The answer: what was understood, its lines with their sources, and what was searched.

    Args:
        visit: id of the visit whose page shows it.
    """
    sources = Sources(chart.resources, visit)
    editorial = answer.disease is not None and answer.disease.condition is not None
    lines = "".join(f"<li>{_line(line, sources, language, editorial)}</li>" for line in answer.lines)
    body = f'<ul class="dx-lines">{lines}</ul>' if lines else ""
    if answer.more:
        body += meta("ask.more", language, count=answer.more)
    if answer.outside is not None:
        body += f"<p>{escape(t('ask.outside', language))} {_line(answer.outside, sources, language)}</p>"
    return (
        f'<section class="dx dx-card dx-answer" data-outcome="{answer.outcome.value}">'
        f'<h3 tabindex="-1">{escape(_headline(answer, language))}</h3>{body}{_gaps(answer, sources, language)}'
        f"{_basis(answer, language)}</section>"
    )


def examples_html(language: Language) -> str:
    """Examples of what can be asked."""
    items = "".join(f"<li>{escape(t(f'ask.can_{name}', language))}</li>" for name in _EXAMPLES)
    return f"<p>{escape(t('ask.can', language))}</p><ul>{items}</ul>"


def _headline(answer: Answer, language: Language) -> str:
    query = answer.query
    if query.topic is Topic.WHY:
        return _why_headline(answer, language)
    if answer.outcome is Outcome.NOT_UNDERSTOOD:
        return t("ask.advice" if query.topic is Topic.ADVICE else "ask.not_understood", language)
    about = _about(query, language)
    if answer.outcome is Outcome.FOUND:
        if all(line.quote for line in answer.lines):
            return t("ask.only_notes", language, about=about)
        if query.topic is Topic.MEDICATION and all(_is_allergy(line) for line in answer.lines):
            return t("ask.only_allergies", language, about=about)
        return t("ask.found", language, about=about, count=len(answer.lines) + answer.more)
    return t("ask.none" if answer.outcome is Outcome.NONE else "ask.could_not_check", language, about=about)


def _why_headline(answer: Answer, language: Language) -> str:
    if answer.disease is None:
        return t("ask.no_ranking" if answer.outcome is Outcome.COULD_NOT_CHECK else "ask.not_ranked", language)
    key = "ask.why_editorial" if answer.disease.condition else "ask.why"
    return t(key, language, disease=name_of(answer.disease, language), place=answer.place)


def _about(query: Query, language: Language) -> str:
    """The query as understood: ``potassium, latest, since 2018-01-01``."""
    names = [_subject(subject, language) for subject in query.subjects]
    if not names or query.topic is Topic.ALLERGY:  # all allergies are shown, whichever drug is named
        names = [t(f"ask.topic_{query.topic.value}", language)]
    parts = [" / ".join(dict.fromkeys(names))]
    if query.pick.value != "all":
        parts.append(t(f"ask.pick_{query.pick.value}", language))
    period = query.period
    if period.moment:
        parts.append(t("ask.since", language, day=to_the_minute(period.moment)))
    elif period.since and period.until:
        parts.append(f"{period.since} – {period.until}")
    elif period.since:
        parts.append(t("ask.since", language, day=period.since))
    elif period.until:
        parts.append(t("ask.until", language, day=period.until))
    if period.unread:
        parts.append(t("ask.unread_period", language, words=period.unread))
    return enumerated(parts, language)


def _subject(subject: Subject, language: Language) -> str:
    name = subject.name_in(language)
    return t("ask.read_as", language, name=name) if subject.guessed else name


def _line(line: Line, sources: Sources, language: Language, editorial: bool = False) -> str:
    source = _source(line.source, sources, language)
    link = f'<span class="dx-source">{_when(line, sources, language)}{source}</span>'
    if line.quote:
        title = f"{escape(line.title)} · " if line.title else ""
        return f'<q>{escape(line.quote)}</q> <span class="dx-source">{title}</span>{link}'
    if line.contribution is not None:
        absent = f"{escape(t('diagnosis.tag_absent', language))} " if line.contribution.status is Status.ABSENT else ""
        words = escape(_weight(line.contribution, editorial, language))
        code = f"<code>{escape(line.contribution.code)}</code>"
        return f'{absent}<b lang="en">{escape(line.text)}</b> {code} {words} {link}'
    if line.entry is not None:
        reading = f" {escape(t(f'ask.read_{line.reading.value}', language))}" if line.reading else ""
        allergy = f"{escape(t('ask.allergy', language))} " if _is_allergy(line) else ""
        spoilt = f" <strong>{escape(t('ask.spoilt', language))}</strong>" if line.spoilt else ""
        comment = f" <q>{escape(line.comment)}</q>" if line.comment else ""
        return f"{allergy}{entry_html(line.entry, language)}{reading}{spoilt}{comment} {link}"
    said = f"{escape(t(f'ask.part_{line.part}', language))} <b>{escape(_part(line, language))}</b>"
    corrected = f' <span class="dx-tag">{escape(t("ask.corrected", language))}</span>'
    return f"{said}{corrected if line.source == CLINICIAN else ''} {link}"


def _source(source: str, sources: Sources, language: Language) -> str:
    """A link to a resource; words for a typed note, which is shown on the same tab."""
    return escape(source_words(source, language)) if source in ("", "text", CLINICIAN) else sources.link(source)


def _is_allergy(line: Line) -> bool:
    return line.entry is not None and line.entry.kind is EntryKind.ALLERGY


def _weight(item: Contribution, editorial: bool, language: Language) -> str:
    if editorial:
        return strength_words(item, language)
    return t(f"diagnosis.ratio_{'for' if item.nats > 0 else 'against'}", language, ratio=odds_factor(item.nats))


def _part(line: Line, language: Language) -> str:
    if not line.text:
        return t("diagnosis.not_given", language)
    if line.part == "gender" and line.text in {"female", "male", "other", "unknown"}:
        return t(f"diagnosis.sex_{line.text}", language)
    return age_of(float(line.text), language) if line.part == "age" else line.text


def _when(line: Line, sources: Sources, language: Language) -> str:
    time: dt.date | None = line.entry.time if line.entry else line.day
    return f"{time_html(time, language, sources.resources.get(line.source))} · " if time else ""


def _gaps(answer: Answer, sources: Sources, language: Language) -> str:
    if answer.outcome is Outcome.NOT_UNDERSTOOD:
        return examples_html(language)
    if not answer.gaps:
        return ""
    key = "ask.may_be_more" if answer.outcome is Outcome.FOUND else "ask.because"
    gaps = [_gap(gap, sources, language) for gap in answer.gaps]
    items = "".join(f"<li>{gap}</li>" for gap in shortened(gaps, _MOST_GAPS, language))
    return f'<div class="dx-gaps"><p>{escape(t(key, language))}</p><ul>{items}</ul></div>'


def _gap(gap: Unread, sources: Sources, language: Language) -> str:
    key = f"ask.gap_{gap.reason}" if gap.reason in set(Gap) else f"unread.{gap.reason}"
    phrase = f": <bdi>{escape(gap.phrase)}</bdi>" if gap.phrase else ""
    return f"{escape(t(key, language))}{phrase} {_source(gap.source, sources, language)}"


def _basis(answer: Answer, language: Language) -> str:
    """What was searched, and when it was read."""
    if not answer.looked:
        return ""
    places = enumerated((_place(place, language) for place in answer.looked), language)
    return meta("ask.looked", language, places="{}", read_at=to_the_minute(answer.read_at)).replace("{}", places)


def _place(place: Looked, language: Language) -> str:
    """``notes 2 (2026-02-10 – 2026-03-01)``."""
    days = " – ".join(str(day) for day in dict.fromkeys((place.first, place.last)) if day)
    return f"{kind_html(place.kind, language)} {place.count}{f' ({days})' if days else ''}"
