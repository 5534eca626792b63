"""Small line plots as SVG, without a plotting library."""

from collections.abc import Mapping, Sequence
from pathlib import Path

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 440, 320, 52, 44
_COLOURS = ("#0b6e99", "#b5542c", "#6b7280")

Points = Sequence[tuple[float, float]]


def line_plot(path: Path, title: str, x: str, y: str, lines: Mapping[str, Points], dots: bool = False) -> None:
    """Writes named curves over the unit square; both axes are shares, 0 to 1."""
    right, top = _WIDTH - 12, 34
    across, up = right - _LEFT, _HEIGHT - _BOTTOM - top

    def at(point: tuple[float, float]) -> str:
        return f"{_LEFT + across * point[0]:.1f},{top + up * (1 - point[1]):.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="{title}"><rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{_LEFT}" y="20" font-size="14">{title}</text>',
        f'<text x="{_LEFT + across / 2}" y="{_HEIGHT - 8}" text-anchor="middle">{x}</text>',
        f'<text transform="translate(14 {top + up / 2}) rotate(-90)" text-anchor="middle">{y}</text>',
    ]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        left, height = at((tick, tick)).split(",")
        parts += [
            f'<path d="M{_LEFT} {height}H{right}M{left} {top}V{_HEIGHT - _BOTTOM}" stroke="#e5e7eb"/>',
            f'<text x="{_LEFT - 6}" y="{float(height) + 4}" text-anchor="end">{tick:g}</text>',
            f'<text x="{left}" y="{_HEIGHT - _BOTTOM + 16}" text-anchor="middle">{tick:g}</text>',
        ]
    for number, (name, points) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        parts.append(
            f'<polyline points="{" ".join(map(at, points))}" fill="none" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{right - 4}" y="{_HEIGHT - _BOTTOM - 12 - 16 * number}" text-anchor="end" fill="{colour}">'
            f"{name}</text>"
        )
        if dots:
            parts += [
                f'<circle cx="{at(point).split(",")[0]}" cy="{at(point).split(",")[1]}" r="3.5" fill="{colour}"/>'
                for point in points
            ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>", ""]), "utf-8")
