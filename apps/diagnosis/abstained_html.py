"""Why there is no list of diseases and what would help, and what is asked beside a list, as HTML."""

from html import escape

from apps.ui.texts import t
from knowledge.medical.case import Finding
from knowledge.medical.differential import Ranking
from knowledge.retrieval.language import Language

from .html_parts import button, english, latest, place
from .visit import Visit

_WHAT_HELPS = {
    "no_present_finding": ("no_present_finding_1", "no_present_finding_2", "no_present_finding_3"),
    "conflicting": (),
    "out_of_scope": ("out_of_scope_1", "out_of_scope_2", "out_of_scope_3"),
}
"""Texts of the points, by why there is no list; of contradictions each pair is one."""


def abstained_html(visit: Visit, ranking: Ranking, language: Language) -> str:
    """Why there is no list, and what would help."""
    assert ranking.reason is not None
    points = "".join(f"<li>{escape(t(f'abstain.{name}', language))}</li>" for name in _WHAT_HELPS[ranking.reason.value])
    body = _pairs(visit, ranking.conflicts, language) if ranking.conflicts else f"<ul>{points}</ul>"
    return _card(ranking.reason.value, body, language)


def doubts_html(visit: Visit, doubts: tuple[tuple[Finding, Finding], ...], language: Language) -> str:
    """General negations of notes that were set aside, with the buttons that settle each; empty without any."""
    return _card("doubts", _pairs(visit, doubts, language), language) if doubts else ""


def _card(key: str, body: str, language: Language) -> str:
    heading, intro = (escape(t(f"abstain.{name}", language)) for name in (key, f"{key}_help"))
    return f'<div class="dx-card dx-thin" role="status"><h3>{heading}</h3><p>{intro}</p>{body}</div>'


def _pairs(visit: Visit, pairs: tuple[tuple[Finding, Finding], ...], language: Language) -> str:
    rows = "".join(f"<li>{_side(visit, p, language)}{_side(visit, a, language)}</li>" for p, a in pairs)
    return f'<ol class="dx-pairs">{rows}</ol>'


def _side(visit: Visit, finding: Finding, language: Language) -> str:
    """One finding of a pair, where it was read, and the button that puts it in doubt."""
    status = escape(t(f"visit.status_{finding.status.value}", language))
    doubt = button(
        t("abstain.doubt", language), visit=visit.id, do="decide", code=finding.code, to="unknown", about=finding.label
    )
    return (
        f'<div class="dx-{finding.status.value}"><p class="dx-label"><span class="dx-status">{status}</span> '
        f"{english(finding.label)} <code>{escape(finding.code)}</code></p>{place(latest(finding), language)}"
        f'<div class="dx-buttons">{doubt}</div></div>'
    )
