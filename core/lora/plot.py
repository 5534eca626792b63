"""The curves of a training as an SVG image."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP = 440, 180, 80, 20, 30
_SMOOTHED = 25  # steps averaged for a point of the loss, in a long training
_POINTS = 400  # least number of points of a curve that is thinned out

COLOURS = ("#4a90d9", "#1a3a5c", "#d9822b")
"""For the curves of loss, validation loss and drift."""


def curves(history: Sequence[dict[str, Any]], titles: tuple[str, str, str] | None = None) -> str:
    """Loss and throughput over the steps.

    Args:
        history: the lines of ``history.jsonl``.
        titles: the titles of the two panels and the label of their last step, with ``{step}``; English if None.
    """
    if titles is None:
        mean = f", mean of {count} steps" if (count := mean_of(history)) > 1 else ""
        titles = f"Loss in nats{mean} (dark: validation; orange: drift)", "Tokens per second", "step {step}"
    loss, drift = smooth(history, "loss"), smooth(history, "drift")
    validation, speeds = _values(history, "validation_loss"), _values(history, "tokens_per_s")
    loss_title, speed_title, last = titles
    panels = [_panel(0, loss_title, last, [loss, validation, drift]), _panel(1, speed_title, last, [speeds])]
    width, height = _LEFT + _WIDTH + _RIGHT, 2 * (_HEIGHT + 2 * _TOP)
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    font = 'font-family="sans-serif" font-size="12" fill="currentColor"'
    spoken = f'role="img" aria-label="{loss_title}. {speed_title}."'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font} {spoken}>{"".join(panels)}</svg>\n'


def mean_of(history: Sequence[dict[str, Any]]) -> int:
    """How many steps are averaged for a point of the loss: few in a short training, or its end would show its start."""
    return max(1, min(_SMOOTHED, len(history) // 10))


def smooth(history: Sequence[dict[str, Any]], name: str) -> list[tuple[int, float]]:
    """Moving averages of a field of the history, by step; empty if no line has it."""
    points, count = _values(history, name), mean_of(history)
    sums = [0.0, *accumulate(value for _, value in points)]
    return [
        (step, (sums[end] - sums[max(0, end - count)]) / min(end, count))
        for end, (step, _) in enumerate(points, start=1)
    ]


def _values(history: Sequence[dict[str, Any]], name: str) -> list[tuple[int, float]]:
    return [(line["step"], line[name]) for line in history if name in line]


def _panel(number: int, title: str, end: str, lines: Sequence[Sequence[tuple[int, float]]]) -> str:
    points = [point for line in lines for point in line]
    last, top = max((step for step, _ in points), default=1), max((value for _, value in points), default=0) or 1.0
    y0 = number * (_HEIGHT + 2 * _TOP) + _TOP

    def at(step: int, value: float) -> str:
        return f"{_LEFT + _WIDTH * step / last:.1f},{y0 + _HEIGHT * (1 - value / top):.1f}"

    parts = [f'<rect x="{_LEFT}" y="{y0}" width="{_WIDTH}" height="{_HEIGHT}" fill="none" stroke="#bbb"/>']
    parts.append(f'<text x="{_LEFT}" y="{y0 - 8}">{title}</text>')
    for value in (0.0, top / 2, top):
        y = y0 + _HEIGHT * (1 - value / top)
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.0f}" text-anchor="end">{_label(value)}</text>')
    parts.append(f'<text x="{_LEFT + _WIDTH}" y="{y0 + _HEIGHT + 16}" text-anchor="end">{end.format(step=last)}</text>')
    for line, colour in zip(lines, COLOURS, strict=False):
        if not line:
            continue
        shown = " ".join(at(*point) for point in line[:: max(1, len(line) // _POINTS)])
        parts.append(f'<polyline points="{shown}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        if len(line) == 1:  # a single point makes no visible line
            across, down = shown.split(",")
            parts.append(f'<circle cx="{across}" cy="{down}" r="3" fill="{colour}"/>')
    return "".join(parts)


def _label(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
