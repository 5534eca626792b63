"""Who the patient is, on top of the page: name, facts with what a clinician corrected, and the form to correct them."""

from collections.abc import Iterable
from html import escape

from apps.ui.texts import t
from apps.ui.times import to_the_minute
from knowledge.medical.case import Sex
from knowledge.retrieval.language import Language

from ..person import LAST_WEEK, PREGNANCIES, UNITS, age_parts, pregnancy_of, read_as, shown_facts
from ..visit import Visit
from ..words import told_of_patient
from .parts import button, confirmed, line

_PERSON = "person"  # names the form, to which the focus returns


def banner_html(visit: Visit, language: Language) -> str:
    """Age, sex and pregnancy come first, since everything below rests on them."""
    case = visit.case
    source = escape(t(f"diagnosis.source_{visit.source}", language))
    if visit.origin:
        source += f" <bdi>{escape(visit.origin)}</bdi>"
    unknown = escape(t("diagnosis.not_given", language))
    facts: dict[str, str] = {**shown_facts(visit, language)}
    if visit.record is not None:  # a typed note has neither
        facts["birth_date"] = case.birth_date.isoformat() if case.birth_date else ""
        facts["record_number"] = case.record_number
    cells = {name: escape(words) or unknown for name, words in facts.items()}
    for name, read in read_as(visit, language).items():
        words = t("visit.was", language, status=read) if read else t("visit.added", language)
        cells[name] += f' <span class="dx-tag">{escape(words)}</span>'
    cells |= {"source": source, "read_at": to_the_minute(visit.read_at)}
    rows = "".join(
        f"<div><dt>{escape(t(f'diagnosis.{name}', language))}</dt><dd>{value}</dd></div>"
        for name, value in cells.items()
    )
    name = escape(case.name) or escape(t("diagnosis.no_name", language))
    notices = "".join(f'<p class="dx-lost">{escape(words)}</p>' for words in told_of_patient(case, language))
    return (
        f'<section class="dx-card dx-banner" tabindex="-1" data-visit="{escape(visit.id)}"><h2><bdi>{name}</bdi>'
        f'<span class="dx-tag">{escape(t("diagnosis.supports", language))}</span></h2>'
        f'{notices}<dl>{rows}</dl><div class="dx-of-patient">'
        f"{_form(visit, language)}{_close(visit, language)}</div></section>"
    )


def _close(visit: Visit, language: Language) -> str:
    words, hint = t("visit.close", language), t("visit.discard_hint", language)
    return confirmed(words, hint, visit=visit.id, do="close")


def _form(visit: Visit, language: Language) -> str:
    """Shows what counts now. It is another one after each correction, so that it closes."""
    case, pregnancy = visit.reviewed, pregnancy_of(visit.reviewed)
    age, unit = age_parts(case.age_years) if case.age_years is not None else ("", "years")
    week = case.gestation if case.gestation and case.gestation <= LAST_WEEK else ""
    units = ((name, t(f"visit.unit_{name}", language)) for name in UNITS)
    sexes = ((sex.value, t(f"diagnosis.sex_{sex.value}", language)) for sex in Sex)
    pregnancies = ((name, t(f"diagnosis.pregnancy_{name}", language)) for name in PREGNANCIES)
    fields = (
        _field("age", f"{_input('age', age)}{_select('unit', units, unit, t('visit.unit', language))}", language)
        + _field("sex", _select("sex", sexes, case.sex.value), language)
        + _field("pregnancy", _select("pregnancy", pregnancies, pregnancy), language)
        + _field("week", _input("week", week), language)
    )
    buttons = button(t("visit.correct_now", language), visit=visit.id, do="correct", code=_PERSON, kind="dx-primary")
    if visit.review.stated:
        buttons += button(t("visit.undo", language), visit=visit.id, do="as_read", code=_PERSON)
    key = escape(" ".join(map(str, (_PERSON, age, unit, case.sex, pregnancy, week))))
    return (
        f'<details class="dx-person" data-key="{key}"><summary data-of="{_PERSON}">'
        f"{escape(t('visit.correct', language))}</summary><form>{fields}"
        f'<div class="dx-buttons">{buttons}</div></form>{line("visit.correct_hint", language)}</details>'
    )


def _field(name: str, control: str, language: Language) -> str:
    label = escape(t(f"diagnosis.{name}", language))
    return f'<div data-field="{name}"><label for="dx-{name}">{label}</label><div>{control}</div></div>'


def _input(name: str, value: object) -> str:
    return f'<input id="dx-{name}" name="{name}" inputmode="decimal" maxlength="6" autocomplete="off" value="{value}">'


def _select(name: str, options: Iterable[tuple[str, str]], chosen: str, label: str = "") -> str:
    """``label`` names it for screen readers where no text beside it does."""
    shown = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{escape(words)}</option>'
        for value, words in options
    )
    named = f' aria-label="{escape(label)}"' if label else ""
    return f'<select id="dx-{name}" name="{name}"{named}>{shown}</select>'
