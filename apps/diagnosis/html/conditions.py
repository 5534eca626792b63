"""Common and urgent conditions as HTML: editorial knowledge in classes, marked as such, without numbers."""

from collections.abc import Sequence
from html import escape

from apps.diagnosis.record.words import time_html
from apps.ui.texts import enumerated, joined, t
from knowledge.medical.differential import Contribution, RankedDisease
from knowledge.retrieval.language import Language

from ..assessment import code_of, name_of, opposing_of
from ..warning_signs import WarningSign
from .parts import contribution_name, finding_name


def condition_html(place: str, disease: RankedDisease, signs: Sequence[WarningSign], language: Language) -> str:
    """A list row: the condition with its warning signs and what speaks for and against it."""
    assert disease.condition is not None
    supporting, opposing = disease.supporting, opposing_of(disease)
    counts = t(
        "visit.common_why",
        language,
        supporting=len(supporting),
        opposing=len(opposing),
        unexplained=len(disease.opposing) - len(opposing),
    )
    name = escape(name_of(disease, language))
    tests = getattr(disease.condition.first_tests, language)
    bars = "".join(_class(c, language) for c in (*supporting, *opposing))
    return (
        f'<li class="dx-card" data-row><div class="dx-head"><span class="dx-place" aria-hidden="true">{place}</span>'
        f"<h3>{name}</h3><code>{escape(code_of(disease))}</code></div>"
        f'<p class="dx-marks"><span class="dx-tag dx-editorial">{escape(t("visit.editorial", language))}</span></p>'
        f'{_flags(signs, disease.raised, language)}<details data-key="{escape(disease.id)}"><summary>{escape(counts)}'
        f'<span class="r1-hidden"> {name}</span></summary><ul class="dx-classes">{bars}</ul>'
        f'<p class="dx-source">{escape(t("visit.first_tests", language, tests=tests))}</p></details></li>'
    )


def strength_words(item: Contribution, language: Language) -> str:
    """What a finding says about a common condition: a class that editors chose."""
    if item.strength is None:
        return t("ask.unexplained", language)
    strength = t(f"visit.{item.strength.value}", language)
    return t(f"visit.speaks_{'for' if item.nats > 0 else 'against'}", language, strength=strength)


def _flags(signs: Sequence[WarningSign], raised: bool, language: Language) -> str:
    """The warning signs of now, those that are too old for the box of red flags, and whether they moved it up."""
    sentences = []
    for key, is_current in (("flags_present", True), ("flags_earlier", False)):
        named = [_sign(sign, language) for sign in signs if sign.is_current is is_current]
        if named:
            sentences.append(t(f"visit.{key}", language, signs=enumerated(named, language)))
    if sentences and raised:
        sentences.append(escape(t("visit.raised", language)))
    return f'<p class="dx-flagged">{joined(sentences, language)}</p>' if sentences else ""


def _sign(sign: WarningSign, language: Language) -> str:
    """Its name, and its date if it is not of now."""
    when = "" if sign.is_current or sign.newest is None else f" ({time_html(sign.newest, language)})"
    return f"{finding_name(sign.label, language)}{when}"


def _class(item: Contribution, language: Language) -> str:
    side = "for" if item.nats > 0 else "against"
    return (
        f'<li><i class="dx-swatch dx-{side}" aria-hidden="true"></i>'
        f"<span>{contribution_name(item, language)} "
        f'<span class="dx-source">{escape(strength_words(item, language))}</span></span></li>'
    )
