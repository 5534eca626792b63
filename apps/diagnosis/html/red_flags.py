"""The red flags of a patient as HTML, each with its grounds."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

from apps.ui.texts import enumerated, t
from apps.ui.times import to_the_minute
from knowledge.medical.measurements import Measurement
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Outcome, RedFlag, Used, used_value
from knowledge.retrieval.language import Language

from ..words import (
    quantity_words,
    red_flags_hint,
    shortened,
    source_words,
    value_words,
    window_words,
    without_echoes,
)
from .parts import button, finding_name

_LINES = 12  # of a long note or record


def red_flags_html(flags: tuple[RedFlag, ...], language: Language, visit: str = "", lost: str = "") -> str:
    """Flags that fired (or a note that none did), that cannot be assessed, and, collapsed, that did not fire.

    Args:
        visit: id of the visit in which values of notes can be marked as misread; without it there are no buttons.
        lost: parts of the record that no rule saw, in words; may be empty.
    """
    fired = "".join(_fired(flag, visit, language) for flag in flags if flag.outcome is Outcome.FIRED)
    open_ones = "".join(_open(flag, language) for flag in flags if flag.outcome is Outcome.CANNOT_ASSESS)
    none = "" if fired else f"<p>{escape(t('diagnosis.no_red_flag', language, rules=len(RULES)))}</p>"
    quiet = [flag for flag in flags if flag.outcome is Outcome.NOT_FIRED]
    heading = escape(t("diagnosis.red_flags", language))
    lost = f'<p class="dx-lost">{escape(lost)}</p>' if lost else ""
    lists = "".join(f"<ul>{rows}</ul>" for rows in (fired, open_ones) if rows)
    up = " dx-up" if fired else ""
    return (
        f'<section class="dx-card dx-flags{up}" aria-labelledby="dx-flags"><h2 id="dx-flags">{heading}</h2>'
        f'<p class="r1-meta">{escape(red_flags_hint(language))}</p>{lost}{none}{lists}'
        f"{_folded(quiet, language)}</section>"
    )


def value_html(value: Measurement, language: Language) -> str:
    """A value of a note with the words it was read from, their source and time."""
    return _used(used_value(value), language)


def misread_button(visit: str, place: str, about: str, language: Language) -> str:
    """The button that marks a value of a note as misread."""
    return button(t("visit.misread", language), visit=visit, do="misread", code=place, about=about)


def _fired(flag: RedFlag, visit: str, language: Language) -> str:
    rule, chinese = flag.rule, language == "zh"
    source = t("diagnosis.red_flag_source" if rule.follows else "diagnosis.red_flag_after", language)
    link = f'<a href="{escape(rule.source)}" target="_blank" rel="noopener noreferrer">{escape(source)}</a>'
    if not rule.checked:
        link += f" · {escape(t('diagnosis.not_checked', language))}"
    link += f" · {escape(window_words(language))}"
    mark = f'<span class="dx-tag">{escape(t("diagnosis.unreviewed", language))}</span>'
    because = _phrases(
        [f"{_used(used, language)}{_misread(used, visit, language)}" for used in without_echoes(flag.because)], language
    )
    return (
        f"<li><h3>{escape(rule.name[chinese])} {mark}</h3><p>{escape(rule.action[chinese])}</p>"
        f'{because}<p class="dx-source">{link}</p></li>'
    )


def _used(used: Used, language: Language) -> str:
    words = f"{_name(used.what, language, used.week)} {value_words(used)}".strip()
    phrase = f" <q>{escape(used.phrase)}</q>" if used.phrase else ""
    source = escape(source_words(used.source, language))
    if used.time:
        source = f"<time>{_time(used)}</time> · {source}"
    return f'{words}{phrase} <span class="dx-source">{source}</span>'


def _misread(used: Used, visit: str, language: Language) -> str:
    return misread_button(visit, used.place, used.phrase, language) if visit and used.place else ""


def _time(used: Used) -> str:
    if isinstance(used.time, datetime):
        return to_the_minute(used.time)
    return used.time.isoformat() if used.time else ""


def _open(flag: RedFlag, language: Language) -> str:
    missing = enumerated((_name(what, language) for what in flag.missing), language)
    name = escape(flag.rule.name[language == "zh"])
    words = f"{name}{escape(t('diagnosis.cannot_assess', language))}{missing}"
    return f'<li class="r1-meta">{words}{_known(flag, language)}</li>'


def _folded(flags: Sequence[RedFlag], language: Language) -> str:
    """The rules that did not fire; only the names of those for which nothing is known."""
    if not flags:
        return ""
    names = {flag: escape(flag.rule.name[language == "zh"]) for flag in flags}
    rows = "".join(f"<li>{name}{_known(flag, language)}</li>" for flag, name in names.items() if flag.looked_at)
    others = enumerated((name for flag, name in names.items() if not flag.looked_at), language)
    nothing = f"<p>{escape(t('diagnosis.nothing_known_for', language))}{others}</p>" if others else ""
    summary = escape(t("diagnosis.not_fired", language, count=len(flags)))
    return f'<details data-key="not-fired"><summary>{summary}</summary><ul>{rows}</ul>{nothing}</details>'


def _known(flag: RedFlag, language: Language) -> str:
    """What an unfired rule looked at, and its time window."""
    used = _phrases([_used(each, language) for each in without_echoes(flag.looked_at)], language)
    return f'<span class="dx-source"> · {escape(window_words(language))}</span>{used}'


def _phrases(used: Sequence[str], language: Language) -> str:
    """A line for each, up to a number that can be read."""
    return "".join(f'<p class="dx-phrase">{each}</p>' for each in shortened(used, _LINES, language))


def _name(what: str, language: Language, week: int | None = None) -> str:
    """A quantity in the page's language, or the name of a finding."""
    return escape(quantity_words(what, language, week)) or finding_name(what, language)
