"""The required stop as HTML: findings and values from notes that must be confirmed before anything is ranked."""

import functools
from html import escape

from apps.ui.texts import enumerated, t
from knowledge.medical.case import Status
from knowledge.medical.measurements import Measurement
from knowledge.retrieval.language import Language

from ..visit import Question, Visit
from .parts import button, coded_name, finding_button, latest, line, place
from .red_flags import misread_button, value_html


def stop_html(visit: Visit, language: Language) -> str:
    """The questions, most influential first, and a button to accept the rest; empty once the stop is passed."""
    count = visit.stop.count
    if not count:
        return ""
    heading = escape(t("visit.stop", language, count=count))
    questions = "".join(_value(visit, value, language) for value in visit.stop.values)
    questions += "".join(_question(visit, question, language) for question in visit.stop.questions)
    untested = line("visit.untested", language, count=visit.stop.untested) if visit.stop.untested else ""
    rest = button(t("visit.accept", language), visit=visit.id, do="accept", kind="dx-primary")
    key = f'<span class="r1-meta dx-key">{escape(t("visit.accept_key", language))}</span>'
    return (
        f'<section class="dx dx-card dx-stop" aria-labelledby="dx-stop"><h2 id="dx-stop" tabindex="-1">{heading}</h2>'
        f"{line('visit.stop_hint', language)}{untested}"
        f'<div class="dx-buttons">{rest}{key}</div>'
        f'<ol class="dx-questions">{questions}</ol></section>'
    )


def _question(visit: Visit, question: Question, language: Language) -> str:
    finding = question.finding
    status = t(f"visit.status_{finding.status.value}", language)
    name = coded_name(finding.label, finding.code, language)
    changes = []
    if question.flags:
        changes.append(t("visit.changes_flag", language))
    if question.first:
        changes.append(t("visit.changes_first", language))
    if question.moved:
        changes.append(t("visit.changes_five", language, count=question.moved))
    why = t("visit.if_wrong", language, changes=enumerated(changes, language))

    one = functools.partial(finding_button, visit.id, finding, language)
    others = "".join(
        one(f"visit.to_{other.value}", "decide", other.value) for other in Status if other is not finding.status
    )
    return (
        f'<li data-chip="{escape(finding.code)}" class="dx-{finding.status.value}">'
        f'<p class="dx-label"><span class="dx-status">{escape(status)}</span> {name}</p>'
        f"{place(latest(finding), language, visit.resources)}"
        f'<p class="dx-source">{escape(why)}</p>'
        f'<div class="dx-buttons">{one("visit.right", "confirm")}{others}</div></li>'
    )


def _value(visit: Visit, value: Measurement, language: Language) -> str:
    """A value that makes a red flag fire, with buttons to confirm it or mark it as misread."""
    why = t("visit.if_wrong", language, changes=t("visit.changes_flag", language))
    right = button(t("visit.right", language), visit=visit.id, do="confirm", code=value.place, about=value.phrase)
    return (
        f'<li data-chip="{escape(value.place)}"><p class="dx-label">{value_html(value, language)}</p>'
        f'<p class="dx-source">{escape(why)}</p>'
        f'<div class="dx-buttons">{right}{misread_button(visit.id, value.place, value.phrase, language)}</div></li>'
    )
