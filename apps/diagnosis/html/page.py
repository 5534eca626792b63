"""The diagnosis page's own HTML. Everything that comes from a record, a person or a server is escaped here."""

from html import escape
from typing import get_args

from apps.ui.language import english
from apps.ui.parts import notice
from apps.ui.texts import t
from knowledge.medical.common import load_common
from knowledge.medical.knowledge import MedicalKnowledge
from knowledge.retrieval.language import Language

from ..view import OpenPage, Step, View
from ..visit import Visit
from ..words import lost_words
from .banner import banner_html
from .errors import error_html
from .parts import button, line
from .red_flags import red_flags_html


def above_html(page: OpenPage) -> str:
    """Messages at the top of a page: the outcome for a patient who was closed, and for the one who is open."""
    idle = notice(escape(t(f"visit.{page.idle}", page.language))) if page.idle else ""
    return idle + page.outcome + ("" if page.step else notice_html(page.view, page.language))


def notice_html(view: View, language: Language) -> str:
    """A visible error, or a summary of the page for screen readers only."""
    if view is None:
        return ""
    if isinstance(view, Visit):
        return f'<p class="r1-hidden" role="status">{escape(_spoken(view, language))}</p>'
    if view.error is None:
        return notice(escape(t("shared.unexpected", language, reference=view.reference)))
    return error_html(view.error, language)


def _spoken(visit: Visit, language: Language) -> str:
    if visit.assessment is None:
        return t("visit.stop", language, count=visit.stop.count)
    diseases = len(visit.assessment.ranking.diseases)
    return t("diagnosis.done", language, findings=len(visit.reviewed.findings), diseases=diseases)


def empty_html(language: Language) -> str:
    """The page before a patient is chosen."""
    steps = "".join(f"<li>{escape(t(f'diagnosis.empty_{step}', language))}</li>" for step in ("read", "rank", "why"))
    return (
        f'<div class="dx dx-card dx-empty"><h2>{escape(t("diagnosis.empty", language))}</h2>'
        f"<ol>{steps}</ol>{line('diagnosis.empty_samples', language)}</div>"
    )


def waiting_html(step: Step, seconds: int, language: Language) -> str:
    """The page while a patient is read: all steps, the current one, and the time elapsed since the first."""
    steps = "".join(
        f"<li{' aria-current=step' if name == step else ''}>{escape(t(f'visit.step_{name}', language))}</li>"
        for name in get_args(Step)
    )
    elapsed = escape(t("visit.elapsed", language, seconds=seconds))
    return (
        f'<div class="dx dx-card dx-waiting"><ol>{steps}</ol><p class="r1-meta">{elapsed}</p>'
        '<span class="dx-bone"></span></div>'
    )


def patient_html(visit: Visit, language: Language, *, model_runs: bool = True) -> str:
    """Banner and red flags."""
    told = ""
    if not model_runs:
        told = f'<p class="r1-notice dx-told">{escape(t("visit.model_down", language))}</p>'
    lost = lost_words(visit.case, language)
    flags = red_flags_html(visit.red_flags, language, visit.id, lost)
    return f'<div class="dx">{banner_html(visit, language)}{told}{flags}</div>'


def newer_html(page: OpenPage) -> str:
    """Announces newer data on the server, with a button to read them; the page dims what rests on older data.

    Or says that the server cannot be asked for them.
    """
    patient, visit, language = page.open, page.visit, page.language
    if patient is None or visit is None:
        return ""
    if patient.rereading:
        return f'<p class="dx dx-newer r1-meta" role="status">{escape(t("visit.rereading", language))}</p>'
    if visit.id == patient.unasked != patient.stale:
        return f'<p class="dx r1-meta">{escape(t("visit.not_asked", language))}</p>'
    if visit.id != patient.stale:
        return ""
    again = button(t("visit.rerun", language), visit=visit.id, do="reopen", kind="dx-primary")
    return (
        f'<div class="dx r1-notice dx-newer" role="alert"><p>{escape(t("visit.stale", language))}</p>'
        f'<div class="dx-buttons">{again}</div></div>'
    )


def footer_html(visit: Visit, knowledge: MedicalKnowledge, language: Language) -> str:
    """The sources of the page, and what it does not cover."""
    assessment = visit.assessment
    uncertified = assessment is None or assessment.certificate is None
    source = t("diagnosis.knowledge", language, source=knowledge.source, version=knowledge.version)
    conditions = len(load_common().conditions)
    limits = "".join(
        f"<li>{escape(t(f'visit.uncovered_{what}', language, diseases=f'{len(knowledge.diseases.diseases):,}'))}</li>"
        for what in ("rare", "time", "unread", "drugs")
    )
    limits += f"<li>{escape(t('visit.uncovered_common', language, conditions=conditions))}</li>"
    return (
        f'<div class="dx dx-footer"><details data-key="uncovered"><summary>{escape(t("visit.uncovered", language))}'
        f"</summary><ul>{limits}</ul></details>"
        f"{line('diagnosis.no_certificate' if uncertified else 'diagnosis.not_a_diagnosis', language)}"
        f"<p>{escape(source)}</p><p>{english(knowledge.acknowledgement)}</p></div>"
    )
