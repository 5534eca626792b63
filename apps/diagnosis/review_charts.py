"""The reviewer's two charts as SVG, with descriptions for screen readers."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape

from apps.ui.parts import legend
from apps.ui.texts import t
from knowledge.retrieval.language import Language

from .store import Opinion

_BINS = 5
_WIDTH, _HEIGHT, _LEFT, _FLOOR = 560, 240, 44, 200
_SHARES = ("first", "listed", "none")
_COLOURS = {"first": "var(--r1-for)", "listed": "var(--r1-absent)", "none": "var(--r1-against)"}


@dataclass(frozen=True, slots=True)
class Week:
    """Counts of a week's opinions, from Monday: for the first disease, another listed one, none."""

    monday: date
    first: int
    listed: int
    none: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Closed cases of similar probability: mean probability, share that was right, number."""

    expected: float
    right: float
    cases: int


def weeks(opinions: Sequence[Opinion]) -> list[Week]:
    """Opinions counted by week, oldest first; weeks without any are left out."""
    counts: dict[date, list[int]] = {}
    for opinion in opinions:
        day = opinion.decided_at.date()
        monday = day - timedelta(days=day.weekday())
        kind = 2 if not opinion.chosen else 0 if opinion.place == 1 else 1
        counts.setdefault(monday, [0, 0, 0])[kind] += 1
    return [Week(monday, *counts[monday]) for monday in sorted(counts)]


def calibration(opinions: Sequence[Opinion]) -> list[Bin]:
    """Closed cases with a probability, in bins of equal width; empty bins are left out. Pass each patient only once."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for opinion in opinions:
        if opinion.probability is not None and opinion.outcome is not None:
            place = min(int(opinion.probability * _BINS), _BINS - 1)
            bins[place].append((opinion.probability, opinion.outcome == 1))
    return [
        Bin(math.fsum(p for p, _ in cases) / len(cases), sum(right for _, right in cases) / len(cases), len(cases))
        for cases in bins
        if cases
    ]


def agreement_svg(rows: Sequence[Week], language: Language) -> str:
    """Bars of equal height, one per week: the shares of the three kinds of opinion."""
    rows = rows[-26:]
    step = min((_WIDTH - _LEFT - 8) / max(len(rows), 1), 60)
    bars = ""
    for place, week in enumerate(rows):
        floor, total = float(_FLOOR), week.first + week.listed + week.none
        for kind in _SHARES:
            height = (_FLOOR - 16) * getattr(week, kind) / total
            floor -= height
            bars += (
                f'<rect x="{_LEFT + place * step + 1:.1f}" y="{floor:.1f}" width="{step - 2:.1f}" '
                f'height="{height:.1f}" fill="{_COLOURS[kind]}"/>'
            )
    labels = f'<text x="{_LEFT}" y="{_FLOOR + 18}">{rows[0].monday.isoformat()}</text>' if rows else ""
    if len(rows) * step > 200:
        end = _LEFT + len(rows) * step
        labels += f'<text x="{end:.0f}" y="{_FLOOR + 18}" text-anchor="end">{rows[-1].monday.isoformat()}</text>'
    spoken = t("review.chart_agreement", language, weeks=len(rows))
    key = legend((_COLOURS[kind], t(f"review.{kind}", language)) for kind in _SHARES)
    return f'{_svg(_axis() + bars + labels, spoken)}<div aria-hidden="true">{key}</div>'


def calibration_svg(bins: Sequence[Bin], language: Language) -> str:
    """A reliability plot: points on the diagonal mean calibrated probabilities."""

    def x(share: float) -> float:
        return _LEFT + share * (_FLOOR - 16)

    def y(share: float) -> float:
        return _FLOOR - share * (_FLOOR - 16)

    diagonal = (
        f'<line x1="{x(0):.0f}" y1="{y(0):.0f}" x2="{x(1):.0f}" y2="{y(1):.0f}" stroke="var(--r1-soft)" '
        'stroke-dasharray="4 4"/>'
    )
    points = "".join(
        f'<circle cx="{x(b.expected):.1f}" cy="{y(b.right):.1f}" r="{min(4 + math.sqrt(b.cases), 14):.1f}" '
        f'fill="var(--r1-for)" fill-opacity=".75"/><text x="{x(b.expected) + 16:.1f}" y="{y(b.right) + 4:.1f}">'
        f"{b.cases}</text>"
        for b in bins
    )
    ticks = "".join(
        f'<text x="{x(share):.0f}" y="{_FLOOR + 18}" text-anchor="middle">{share:.1f}</text>'
        for share in (0.0, 0.5, 1.0)
    )
    name = f'<text x="{x(1) + 24:.0f}" y="{_FLOOR + 18}">{escape(t("review.axis_said", language))}</text>'
    return _svg(_axis() + diagonal + points + ticks + name, t("review.chart_calibration", language, bins=len(bins)))


def _axis() -> str:
    ticks = "".join(
        f'<text x="{_LEFT - 8}" y="{_FLOOR - share * (_FLOOR - 16) + 4:.0f}" text-anchor="end">{share:.1f}</text>'
        for share in (0.0, 0.5, 1.0)
    )
    return f'<line x1="{_LEFT}" y1="16" x2="{_LEFT}" y2="{_FLOOR}" stroke="var(--r1-line)"/>{ticks}'


def _svg(inner: str, spoken: str) -> str:
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(spoken)}">{inner}</svg>'
