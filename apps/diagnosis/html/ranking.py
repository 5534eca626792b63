"""The list of diseases to consider as HTML, each with its evidence."""

import math
import re
from dataclasses import dataclass
from html import escape

from apps.ui.language import english
from apps.ui.texts import enumerated, t
from knowledge.medical.case import Status
from knowledge.medical.differential import Basis, Contribution, MissingFinding, RankedDisease, Ranking
from knowledge.medical.joint import PREFIX
from knowledge.retrieval.language import Language

from ..assessment import Assessment, percent, probabilities
from ..visit import Visit
from ..words import certified, shortened
from .abstained import abstained_html, doubts_html
from .conditions import condition_html
from .parts import coded_name, contribution_name, line

_FIRST = 5  # in the first tab; the third has all
_MOST_REFERENCES = 3  # per annotation; the others are counted


@dataclass(frozen=True, slots=True)
class _Scale:
    """A shared axis for all bars of a ranking, in nats: length of the strongest bar on each side."""

    against: float
    supporting: float

    @classmethod
    def of(cls, ranking: Ranking) -> "_Scale":
        of_base = [disease for disease in ranking.diseases if disease.condition is None]
        supporting = [c.nats for disease in of_base for c in disease.supporting]
        opposing = [-c.nats for disease in of_base for c in disease.opposing]
        return cls(max(opposing, default=0.0), max(supporting, default=0.0))

    def share(self, nats: float) -> str:
        """A length as a share of the axis, 0 to 1."""
        return f"{nats / (self.against + self.supporting):.3f}"


def ranking_html(visit: Visit, language: Language) -> str:
    """The ranking in three tabs. Percentages and suggestions appear only with a certificate."""
    assessment = visit.assessment
    if assessment is None:
        return ""
    heading = f'<h2 id="dx-ranking" tabindex="-1">{escape(t("diagnosis.consider", language))}</h2>'
    section = '<section class="dx dx-ranking" aria-labelledby="dx-ranking">'
    if assessment.switched_off:
        return f"{section}{heading}{_switched_off(language)}</section>"
    ranking = assessment.ranking
    head = abstained_html(visit, ranking, language) if ranking.reason else _certified(assessment, language)
    head += doubts_html(visit, assessment.doubts, language)
    panels = {
        "likely": head + _list(assessment, ranking.diseases[:_FIRST], language),
        "urgent": line("visit.urgent_hint", language) + _urgent(assessment, language),
        "all": head + _list(assessment, ranking.diseases, language),
    }
    return f"{section}{heading}{_tabs(panels, language)}</section>"


def _tabs(panels: dict[str, str], language: Language) -> str:
    """Tabs after the ARIA Authoring Practices pattern; the page's script switches them."""
    tabs = "".join(
        f'<button type="button" role="tab" id="dx-tab-{name}" data-tab="{name}" aria-controls="dx-panel-{name}" '
        f'aria-selected="{"true" if name == "likely" else "false"}">{escape(t(f"visit.tab_{name}", language))}</button>'
        for name in panels
    )
    bodies = "".join(
        f'<div role="tabpanel" id="dx-panel-{name}" aria-labelledby="dx-tab-{name}"'
        f"{'' if name == 'likely' else ' hidden'}>{html}</div>"
        for name, html in panels.items()
    )
    label = escape(t("diagnosis.consider", language))
    return f'<div class="dx-tabs" role="tablist" aria-label="{label}">{tabs}</div>{bodies}'


def odds_factor(nats: float) -> str:
    """The odds ratio of a contribution to two significant digits: ``1,000``, ``12``, ``1.6``, ``0.37``."""
    ratio = math.exp(nats)
    digits = 1 - math.floor(math.log10(ratio))
    rounded = round(ratio, digits)
    return f"{rounded:,.{max(digits, 0)}f}"


def frequency_words(text: str, language: Language) -> str:
    """A frequency from the knowledge base in words; shares as patients out of a hundred, never as a percentage."""
    if match := re.fullmatch(r"(\d+)/(\d+)", text):
        return t("diagnosis.patients", language, some=match[1], all=match[2])
    if match := re.fullmatch(r"([\d.]+)%", text):
        return t("diagnosis.patients", language, some=match[1], all=100)
    band = text.partition(" (")[0].lower().replace(" ", "_")
    return t(f"diagnosis.frequency_{band or 'unstated'}", language)


def _certified(assessment: Assessment, language: Language) -> str:
    """The certified probabilities, if there are any."""
    certificate, confidence = assessment.certificate, assessment.confidence
    if certificate is None or confidence is None:
        return ""
    first = english(assessment.ranking.diseases[0].name)
    key = "diagnosis.suggestion" if assessment.is_suggestion else "diagnosis.below_threshold"
    basis = certified(certificate, language)
    return (
        f'<div class="dx-card" role="note"><h3>{escape(t(key, language))} {first}</h3>'
        f'<p>{escape(probabilities(confidence, language))}</p><p class="r1-meta">{escape(basis)}</p></div>'
    )


def _switched_off(language: Language) -> str:
    heading, text = (escape(t(f"decision.{key}", language)) for key in ("switched_off", "switched_off_text"))
    return f'<div class="dx-card dx-thin" role="status"><h3>{heading}</h3><p>{text}</p></div>'


def _list(assessment: Assessment, diseases: tuple[RankedDisease, ...], language: Language) -> str:
    """Both kinds of disease in one list; only those with published frequencies have numbers."""
    if not diseases:
        return ""
    ranking = assessment.ranking
    scale = _Scale.of(ranking)
    rows = "".join(
        condition_html(str(place), disease, assessment.signs.get(disease.id, ()), language)
        if disease.condition
        else _disease(place, disease, assessment, scale, language)
        for place, disease in enumerate(diseases, start=1)
    )
    order = line("diagnosis.order", language, **_counts(assessment, language))
    editorial = line("visit.editorial_hint", language) if any(d.condition for d in diseases) else ""
    legend = _legend(language) if any(not d.condition for d in diseases) else ""
    return f'{order}{editorial}{legend}<ol class="dx-list">{rows}</ol>'


def _counts(assessment: Assessment, language: Language) -> dict[str, object]:
    """How many findings there are, how many count, and why the others do not.

    Findings of our own count for common conditions, besides those that the ranking itself counts.
    """
    findings = assessment.case.findings
    known = [finding for finding in findings if finding.status is not Status.UNKNOWN]
    own = sum(finding.code.startswith(PREFIX) for finding in known)
    used = min(assessment.ranking.findings_used + own, len(known))
    uncounted = {"unknown": len(findings) - len(known), "implied": len(known) - used}
    parts = [t(f"diagnosis.uncounted_{why}", language, count=count) for why, count in uncounted.items() if count]
    joined = enumerated(parts, language)
    others = t("diagnosis.uncounted", language, parts=joined) if parts else ""
    return {"count": len(findings), "used": used, "others": others}


def _legend(language: Language) -> str:
    sides = "".join(
        f'<span><i class="dx-swatch dx-{side}"></i>{escape(t(f"diagnosis.legend_{side}", language))}</span>'
        for side in ("for", "against")
    )
    return f'<p class="dx-legend">{sides}<span>{escape(t("diagnosis.legend_ratio", language))}</span></p>'


def _urgent(assessment: Assessment, language: Language) -> str:
    """Conditions that must not be missed, each with its place if it is in the ranking."""
    ranking, signs = assessment.ranking, assessment.signs
    if not ranking.urgent:
        return line("visit.none_urgent", language)
    places = {disease.id: str(place) for place, disease in enumerate(ranking.diseases, start=1)}
    rows = "".join(condition_html(places.get(d.id, "·"), d, signs.get(d.id, ()), language) for d in ranking.urgent)
    return f'{line("visit.editorial_hint", language)}<ol class="dx-list">{rows}</ol>'


def _disease(place: int, disease: RankedDisease, assessment: Assessment, scale: _Scale, language: Language) -> str:
    counts = t(
        "diagnosis.why",
        language,
        supporting=len(disease.supporting),
        opposing=len(disease.opposing),
        missing=len(disease.missing),
    )
    bars = "".join(_bar(c, scale, language) for c in (*disease.supporting, *disease.opposing))
    missing = "".join(_missing(finding, language) for finding in disease.missing)
    if missing:
        missing = f"<h4>{escape(t('diagnosis.would_help', language))}</h4><ul>{missing}</ul>"
    return (
        f'<li class="dx-card" data-row><div class="dx-head"><span class="dx-place" aria-hidden="true">{place}</span>'
        f'<h3 lang="en">{escape(disease.name)}</h3><code>{escape(disease.id)}</code></div>'
        f'<p class="dx-marks">{_fit(place, disease, assessment, language)}</p>'
        f'<details data-key="{escape(disease.id)}"><summary>{escape(counts)}'
        f'<span class="r1-hidden"> {english(disease.name)}</span></summary>'
        f'<ul class="dx-bars">{bars}</ul>{missing}</details></li>'
    )


def _fit(place: int, disease: RankedDisease, assessment: Assessment, language: Language) -> str:
    """The certified probability of a suggestion; for anything else, in words, how much it explains."""
    if place == 1 and assessment.is_suggestion and assessment.confidence is not None:
        share = t("visit.probability", language, right=percent(assessment.confidence.right))
        return f"<strong>{escape(share)}</strong>"
    present = [c for c in (*disease.supporting, *disease.opposing) if c.status is Status.PRESENT]
    explained = sum(c.basis in (Basis.EXACT, Basis.DESCENDANT) for c in present)
    return escape(t("visit.explains", language, some=explained, all=len(present)))


def _bar(item: Contribution, scale: _Scale, language: Language) -> str:
    side = "for" if item.nats > 0 else "against"
    ratio = odds_factor(item.nats)
    spoken = t(f"diagnosis.ratio_{side}", language, ratio=ratio)
    return (
        f'<li><p class="dx-label">{contribution_name(item, language)} <code>{escape(item.code)}</code></p>'
        f'<span class="dx-track" role="img" aria-label="{escape(spoken)}" style="--axis:{scale.share(scale.against)}">'
        f'<i class="dx-{side}" style="--size:{scale.share(abs(item.nats))}"></i></span>'
        f'<span class="dx-ratio" aria-hidden="true">{ratio}</span>'
        f'<p class="dx-source">{_basis(item, language)}</p></li>'
    )


def _basis(item: Contribution, language: Language) -> str:
    """The annotation on which a contribution is based."""
    if item.basis is Basis.NONE:
        return escape(t("diagnosis.basis_none", language))
    annotation = f"{item.annotation_label} ({item.annotation_code})"
    frequency = frequency_words(item.frequency, language)
    words = t(f"diagnosis.basis_{item.basis.value}", language, annotation=annotation, frequency=frequency)
    return escape(words) + _references(item.references, language)


def _missing(finding: MissingFinding, language: Language) -> str:
    frequency = escape(frequency_words(finding.frequency, language)) + _references(finding.references, language)
    name = coded_name(finding.label, finding.code, language)
    return f'<li><p class="dx-label">{name}</p><p class="dx-source">{frequency}</p></li>'


def _references(references: tuple[str, ...], language: Language) -> str:
    return "".join(f" · {escape(name)}" for name in shortened(references, _MOST_REFERENCES, language))
