"""Two plots over days, as SVG in the page's colours."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from apps.ui.parts import legend

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 360, 200, 44, 10, 22
_INNER_WIDTH, _INNER_HEIGHT = _WIDTH - _LEFT - 6, _HEIGHT - _TOP - _BOTTOM


@dataclass(frozen=True, slots=True)
class Series:
    """A value per day; None where there is none."""

    name: str
    colour: str
    values: Sequence[float | None]


def stacks(title: str, days: Sequence[str], series: Sequence[Series]) -> str:
    """A bar per day, with the series stacked."""
    totals = [sum(each.values[i] or 0 for each in series) for i in range(len(days))]
    top, step = _ceiling(max(*totals, 2)), _INNER_WIDTH / len(days)
    parts = []
    for i in range(len(days)):
        below = 0.0
        for each in series:
            value = each.values[i] or 0
            if value:
                y, height = _y(below + value, top), _INNER_HEIGHT * value / top
                x, width = _LEFT + i * step + step * 0.1, step * 0.8
                parts.append(_bar(x, y, width, height, each, f"{days[i]}: {each.name} {value:g}"))
                below += value
    return _figure(title, days, top, "".join(parts), series)


def lines(title: str, days: Sequence[str], series: Sequence[Series]) -> str:
    """A line per series with a dot per day; days without a value are left out."""
    top = _ceiling(max((value for each in series for value in each.values if value), default=1.0))
    step, parts = _INNER_WIDTH / len(days), []
    for each in series:
        points = [
            (_LEFT + (i + 0.5) * step, _y(value, top), f"{days[i]}: {each.name} {value:.3g}")
            for i, value in enumerate(each.values)
            if value is not None
        ]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{each.colour}" stroke-width="1.5"/>')
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{each.colour}"><title>{escape(said)}</title></circle>'
            for x, y, said in points
        ]
    return _figure(title, days, top, "".join(parts), series)


def _ceiling(value: float) -> float:
    """The next of 1, 2, 4, 10, 20, 40 and so on, so that it and its half are short, round numbers."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(power * step for step in (1, 2, 4, 10) if power * step >= value)


def _y(value: float, top: float) -> float:
    return _TOP + _INNER_HEIGHT * (1 - value / top)


def _bar(x: float, y: float, width: float, height: float, series: Series, said: str) -> str:
    box = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<rect {box} fill="{series.colour}"><title>{escape(said)}</title></rect>'


def _grid_line(value: float, top: float) -> str:
    y = _y(value, top)
    return (
        f'<line x1="{_LEFT}" x2="{_WIDTH - 6}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" stroke-opacity=".2"/>'
        f'<text x="{_LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{value:,.6g}</text>'
    )


def _figure(title: str, days: Sequence[str], top: float, marks: str, series: Sequence[Series]) -> str:
    axis = "".join(_grid_line(value, top) for value in (0.0, top / 2, top))
    ends = f'<text x="{_LEFT}" y="{_HEIGHT - 6}">{days[0]}</text>'
    ends += f'<text x="{_WIDTH - 6}" y="{_HEIGHT - 6}" text-anchor="end">{days[-1]}</text>'
    return (
        f'<figure><figcaption>{escape(title)}</figcaption><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(title)}" font-size="11" fill="currentColor">{axis}{marks}{ends}</svg>'
        f"{legend((each.colour, each.name) for each in series)}</figure>"
    )
