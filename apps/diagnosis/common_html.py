"""Common and urgent conditions as HTML: editorial knowledge in classes, marked as such, without numbers."""

from html import escape

from apps.ui.texts import t
from knowledge.medical.case import Case
from knowledge.medical.common.rank import CommonContribution, RankedCondition
from knowledge.retrieval.language import Language

from .html_parts import english, line

_LIKELY = 2.0  # bits: a finding of moderate strength
_MOST_URGENT = 10


def likely(ranked: tuple[RankedCondition, ...]) -> list[RankedCondition]:
    """Those for which at least one finding of moderate strength speaks, in their order."""
    return [row for row in ranked if any(c.bits >= _LIKELY for c in row.contributions)]


def must_not_miss(ranked: tuple[RankedCondition, ...]) -> list[RankedCondition]:
    """Dangerous ones with a red flag or with something that speaks for them; those with red flags first."""
    urgent = [
        row
        for row in ranked
        if row.condition.must_not_miss and (row.red_flags or any(c.bits >= _LIKELY for c in row.contributions))
    ]
    return sorted(urgent, key=lambda row: not row.red_flags)[:_MOST_URGENT]


def conditions_html(rows: list[RankedCondition], case: Case, language: Language) -> str:
    """The conditions with what speaks for and against each; empty without any."""
    if not rows:
        return ""
    labels = {finding.code: finding.label for finding in case.findings}
    return (
        f"{line('visit.editorial_hint', language)}"
        f'<ol class="dx-list">{"".join(_condition(row, labels, language) for row in rows)}</ol>'
    )


def _condition(row: RankedCondition, labels: dict[str, str], language: Language) -> str:
    condition = row.condition
    supporting = [c for c in row.contributions if c.bits > 0]
    opposing = [c for c in row.contributions if c.bits < 0 and c.strength is not None]
    unexplained = len(row.contributions) - len(supporting) - len(opposing)
    counts = t(
        "visit.common_why", language, supporting=len(supporting), opposing=len(opposing), unexplained=unexplained
    )
    chinese = language == "zh"
    name = condition.name.zh if chinese else condition.name.en
    tests = condition.first_tests.zh if chinese else condition.first_tests.en
    flags = ""
    if row.red_flags:
        named = t("diagnosis.and", language).join(ref.label for ref in condition.red_flags if ref.code in row.red_flags)
        flags = f'<p class="dx-flagged">{escape(t("visit.flags_present", language, flags=named))}</p>'
    bars = "".join(_bar(c, labels, language) for c in (*supporting, *opposing))
    return (
        f'<li class="dx-card" data-row><div class="dx-head"><span class="dx-place" aria-hidden="true">·</span>'
        f"<h3>{escape(name)}</h3><code>{escape(condition.icd10cm)}</code></div>"
        f'<p class="dx-marks"><span class="dx-tag dx-editorial">{escape(t("visit.editorial", language))}</span></p>'
        f'{flags}<details data-key="{escape(condition.id)}"><summary>{escape(counts)}'
        f'<span class="r1-hidden"> {escape(name)}</span></summary><ul class="dx-classes">{bars}</ul>'
        f'<p class="dx-source">{escape(t("visit.first_tests", language, tests=tests))}</p></details></li>'
    )


def _bar(item: CommonContribution, labels: dict[str, str], language: Language) -> str:
    side = "for" if item.bits > 0 else "against"
    strength = item.strength.value if item.strength else ""
    words = t(f"visit.speaks_{side}", language, strength=t(f"visit.{strength}", language))
    absent = f'<span class="dx-tag">{escape(t("diagnosis.tag_absent", language))}</span> '
    return (
        f'<li><i class="dx-swatch dx-{side}" aria-hidden="true"></i><span>{absent if item.status == "absent" else ""}'
        f'{english(labels.get(item.code, item.code))} <span class="dx-source">{escape(words)}</span></span></li>'
    )
