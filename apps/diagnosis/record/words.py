"""An entry of a chart in words. The record's own text stays verbatim; only statuses and settings are translated."""

import datetime as dt
import math
from html import escape

from adapters.fhir.chart import Entry, EntryKind, Value
from adapters.fhir.elements import Json, dated_by, day_of
from apps.diagnosis.words import kind_words
from apps.ui.texts import t
from knowledge.retrieval.language import Language

_STATUSES = frozenset(
    (
        "active", "on-hold", "stopped", "completed", "cancelled", "draft", "ended", "inactive", "remission", "resolved",
        "recurrence", "relapse", "refuted", "unconfirmed", "provisional", "differential", "in-progress", "finished",
        "planned", "not-done", "not-taken", "preliminary", "do-not-perform",
    )
)  # fmt: skip

_SETTINGS = frozenset({"IMP", "ACUTE", "NONAC", "AMB", "EMER", "HH", "VR", "SS", "OBSENC", "FLD"})
"""Codes of encounters without text: https://terminology.hl7.org/ValueSet-encounter-class.html."""
_ROLES = frozenset(
    (
        "MTH", "FTH", "PRN", "NMTH", "NFTH", "SIB", "BRO", "SIS", "HBRO", "HSIS", "TWIN", "TWINBRO", "TWINSIS", "CHILD",
        "SON", "SONC", "DAU", "DAUC", "GRPRN", "GRMTH", "GRFTH", "MGRMTH", "MGRFTH", "PGRMTH", "PGRFTH", "GRNDCHILD",
        "AUNT", "MAUNT", "PAUNT", "UNCLE", "MUNCLE", "PUNCLE", "COUSN", "NEPHEW", "NIECE", "SPS", "HUSB", "WIFE",
    )
)  # fmt: skip
"""Codes of relatives that there are words for: https://terminology.hl7.org/CodeSystem-v3-RoleCode.html."""


def number(value: float) -> str:
    """A number to four significant digits, integer digits kept: ``4.521``, ``0.00003``, ``121``, ``12345``."""
    digits = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def value_text(value: Value, language: Language) -> str:
    """``5.6 mmol/L (3.5–5.1) H``."""
    shown = amount(value) if value.number is not None else value.words or t("record.no_value", language)
    if bounds := range_text(value):
        shown += f" ({bounds})"
    flags = " ".join(value.flags)
    return f"{shown} {flags}".strip()


def amount(value: Value) -> str:
    """``> 5.6 mmol/L``; a UCUM annotation such as ``{score}`` without its braces."""
    unit = value.unit[1:-1] if value.unit.startswith("{") and value.unit.endswith("}") else value.unit
    return f"{value.comparator} {number(value.number or 0.0)} {unit}".strip()


def range_text(value: Value) -> str:
    """``3.5–5.1``, ``≤ 6`` or ``≥ 94``; empty without a range."""
    if value.low is not None and value.high is not None:
        return f"{number(value.low)}–{number(value.high)}"
    if value.high is not None:
        return f"≤ {number(value.high)}"
    return f"≥ {number(value.low)}" if value.low is not None else ""


def name_of(entry: Entry, language: Language) -> str:
    """Its first name (for a component, the component's), or a plain statement that it has none."""
    name = entry.part or next(iter(entry.names), "")
    if name in _SETTINGS and entry.kind is EntryKind.ENCOUNTER:
        return t(f"record.setting_{name.lower()}", language)
    return name or t("record.no_words", language)


def entry_html(entry: Entry, language: Language) -> str:
    """One entry: its name, value, details, status and end."""
    parts = [f"<b>{escape(name_of(entry, language))}</b>"]
    if entry.value is not None:
        parts.append(escape(value_text(entry.value, language)))
    if entry.kind is EntryKind.RELATIVE:
        who = _relative(entry, language)
        parts[:0] = [escape(f"{who}: ")] if who else []
    elif entry.detail:
        parts.append(f"· {escape(entry.detail)}")
    if status := status_text(entry, language):
        parts.append(f'<span class="dx-status">{escape(status)}</span>')
    if entry.end is not None and entry.end != entry.day:
        parts.append(f"→ <time>{entry.end.isoformat()}</time>")
    return " ".join(parts)


def _relative(entry: Entry, language: Language) -> str:
    """Who a relative is: the code in words, followed by the record's own words if they say something else."""
    if entry.role not in _ROLES:
        return entry.detail
    key, detail = f"record.role_{entry.role.lower()}", entry.detail
    is_same = detail.casefold() in {"", t(key, "en").casefold(), t(key, "zh")}
    return t(key, language) if is_same else f"{t(key, language)} ({detail})"


def kind_html(kind: str, language: Language) -> str:
    """A resource type in everyday clinical words; its FHIR name is the title."""
    return f'<span title="{escape(kind)}">{escape(kind_words(kind, language))}</span>'


def status_text(entry: Entry, language: Language) -> str:
    """Its status in words; empty for one that adds nothing, such as a final result."""
    if entry.status not in _STATUSES:
        return "" if entry.status in {"", "final"} else entry.status
    if entry.status == "completed" and entry.kind in {EntryKind.IMMUNIZATION, EntryKind.PROCEDURE, EntryKind.RELATIVE}:
        return ""
    return t(f"record.status_{entry.status.replace('-', '_')}", language)


def time_html(time: dt.date | None, language: Language, of: Json | None = None) -> str:
    """A day, month or year, or a moment to the minute with its own offset; "no date" for None.

    Args:
        of: its resource, to say whether a problem's date is its onset or its recording.
    """
    if time is None:
        return escape(t("record.no_date", language))
    what = dated_by(of, day_of(time)) if of else ""
    word = f"{escape(t(f'record.{what}', language))} " if what else ""
    if isinstance(time, dt.datetime):
        return f'{word}<time datetime="{time.isoformat()}">{time:%Y-%m-%d %H:%M}</time>'
    return f"{word}<time>{time.isoformat()}</time>"
