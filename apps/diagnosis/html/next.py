"""What to ask or look for next, answered with one click, and whether two diseases explain more than one."""

from html import escape

from apps.ui.language import english
from apps.ui.texts import enumerated, t
from knowledge.retrieval.language import Language

from ..visit import Visit
from .parts import button, coded_name, finding_name, line

_ANSWERS = {"yes": "present", "no": "absent", "not_known": "unknown"}


def next_html(visit: Visit, language: Language) -> str:
    """The cards next to the list; empty before there is one."""
    if visit.assessment is None or visit.assessment.switched_off or visit.assessment.ranking.reason:
        return ""
    return f'<div class="dx dx-beside">{_question(visit, language)}{_pair(visit, language)}</div>'


def _question(visit: Visit, language: Language) -> str:
    finding = visit.assessment.ranking.next_finding if visit.assessment else None
    heading = f'<h2 id="dx-next" tabindex="-1">{escape(t("visit.next", language))}</h2>'
    if finding is None:
        body = line("visit.next_none", language)
    else:
        answers = "".join(
            button(
                t(f"visit.{answer}", language),
                visit=visit.id,
                do="add",
                code=finding.code,
                to=status,
                about=finding.label,
            )
            for answer, status in _ANSWERS.items()
        )
        body = (
            f'<p class="dx-label">{coded_name(finding.label, finding.code, language)}</p>'
            f'{line("visit.next_hint", language)}<div class="dx-buttons">{answers}</div>'
        )
    return f'<section class="dx-card" aria-labelledby="dx-next">{heading}{body}</section>'


def _pair(visit: Visit, language: Language) -> str:
    pair = visit.assessment.ranking.pair if visit.assessment else None
    if pair is None:
        return ""
    names = "".join(
        f"<li>{english(name)} <code>{escape(code)}</code></li>" for name, code in zip(pair.names, pair.ids, strict=True)
    )
    explained = enumerated((finding_name(label, language) for label in pair.explained), language)
    return (
        f'<section class="dx-card" aria-labelledby="dx-pair"><h2 id="dx-pair">{escape(t("visit.pair", language))}</h2>'
        f'<ul>{names}</ul><p class="r1-meta">{escape(t("visit.pair_explains", language))} {explained}</p></section>'
    )
