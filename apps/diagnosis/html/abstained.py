"""HTML: why there is no list of diseases and what would help, and questions shown next to a list."""

from html import escape

from apps.ui.texts import t
from knowledge.medical.case import Finding
from knowledge.medical.differential import Ranking
from knowledge.retrieval.language import Language

from ..visit import Visit
from .parts import coded_name, finding_button, latest, place

_TEXTS = {
    "no_present_finding": (
        "no_present_finding_help",
        "no_present_finding_1",
        "no_present_finding_2",
        "no_present_finding_3",
    ),
    "conflicting": ("conflicting_help",),
    "out_of_scope": ("out_of_scope_help", "out_of_scope_1", "out_of_scope_2", "out_of_scope_3"),
    "doubts": ("doubts_help",),
}
"""A card's introduction and bullet points."""


def abstained_html(visit: Visit, ranking: Ranking, language: Language) -> str:
    """Why there is no list, and what would help."""
    assert ranking.reason is not None
    return _card(ranking.reason.value, visit, ranking.conflicts, language)


def doubts_html(visit: Visit, doubts: tuple[tuple[Finding, Finding], ...], language: Language) -> str:
    """General negations in notes that were set aside, with buttons to settle each; empty if there are none."""
    return _card("doubts", visit, doubts, language) if doubts else ""


def _card(name: str, visit: Visit, pairs: tuple[tuple[Finding, Finding], ...], language: Language) -> str:
    heading = escape(t(f"abstain.{name}", language))
    intro, *points = (escape(t(f"abstain.{text}", language)) for text in _TEXTS[name])
    if pairs:
        rows = "".join(f"<li>{_side(visit, p, language)}{_side(visit, a, language)}</li>" for p, a in pairs)
        body = f'<ol class="dx-pairs">{rows}</ol>'
    else:
        body = f"<ul>{''.join(f'<li>{point}</li>' for point in points)}</ul>"
    return f'<div class="dx-card dx-thin" role="status"><h3>{heading}</h3><p>{intro}</p>{body}</div>'


def _side(visit: Visit, finding: Finding, language: Language) -> str:
    """One finding of a pair, where it was read, and the button that puts it in doubt."""
    status = escape(t(f"visit.status_{finding.status.value}", language))
    doubt = finding_button(visit.id, finding, language, "abstain.doubt", "decide", "unknown")
    return (
        f'<div class="dx-{finding.status.value}"><p class="dx-label"><span class="dx-status">{status}</span> '
        f"{coded_name(finding.label, finding.code, language)}</p>"
        f"{place(latest(finding), language, visit.resources)}"
        f'<div class="dx-buttons">{doubt}</div></div>'
    )
