"""Values over time with reference ranges, and stays and medicines as bands: inline SVG next to a table.

Each quantity has its own strip on a shared axis of days. The drawing has no text: names, numbers and dates are HTML
around it, so that they keep their size on a phone, in print and at any zoom.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from adapters.fhir.chart import Chart, Entry, EntryKind
from apps.diagnosis.ask.look import newest_first
from apps.ui.texts import t
from knowledge.retrieval.language import Language

from .sources import Sources
from .words import amount, name_of, number, range_text, status_text, time_html, value_text

_OPEN = 8  # strips that are not collapsed
_ROWS = 30  # per table
_BANDS = 12
_WIDTH, _HEIGHT, _EDGE = 1000.0, 60.0, 6.0


@dataclass(frozen=True, slots=True)
class Series:
    """The numbers of one quantity in one unit.

    Attributes:
        points: results with a number and a day, oldest first.
    """

    name: str
    unit: str
    points: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of days, both included."""

    first: dt.date
    last: dt.date

    def x(self, day: dt.date) -> float:
        """Horizontal position, 0 to 1000; days outside the range lie on the edge."""
        days = max((self.last - self.first).days, 1)
        return _WIDTH * min(max((day - self.first).days / days, 0.0), 1.0)


def series_of(chart: Chart, language: Language) -> list[Series]:
    """Every quantity with numbers, those with the most days first, then by name."""
    groups: dict[tuple[str, frozenset[str], str], list[Entry]] = {}
    for entry in newest_first(chart.of(EntryKind.RESULT))[::-1]:
        if entry.value is not None and entry.value.number is not None and entry.day is not None:
            name = name_of(entry, language) if not entry.codes or entry.part else ""
            groups.setdefault((name, entry.codes, entry.value.unit), []).append(entry)
    found = [Series(name_of(points[-1], language), unit, tuple(points)) for (_, _, unit), points in groups.items()]
    return sorted(found, key=lambda s: (-len({p.day for p in s.points}), s.name.casefold()))


def timeline_html(chart: Chart, sources: Sources, language: Language) -> str:
    """The whole timeline; a plain sentence if nothing has a date."""
    series = series_of(chart, language)
    stays = [e for e in chart.of(EntryKind.ENCOUNTER) if e.day]
    medicines = [e for e in chart.of(EntryKind.MEDICATION) if e.day]
    days = [p.day for s in series for p in s.points if p.day] or [e.day for e in (*stays, *medicines) if e.day]
    heading = f"<h3>{escape(t('record.timeline', language))}</h3>"
    if not days:
        nothing = escape(t("record.no_times", language))
        return f'<section class="dx-card">{heading}<p class="r1-meta">{nothing}</p></section>'
    ends = [d for e in (*stays, *medicines) for d in (e.day, e.end) if d]
    axis = Axis(min(days), max([*days, *(d for d in ends if d <= chart.read_at.date())]))
    courses = [s for s in series if len(s.points) > 1]
    shown = "".join(_strip(s, axis, sources, language) for s in courses[:_OPEN])
    rest = "".join(_strip(s, axis, sources, language) for s in courses[_OPEN:])
    if rest:
        more = escape(t("record.more_values", language, count=len(courses) - _OPEN))
        shown += f'<details data-key="strips"><summary>{more}</summary>{rest}</details>'
    single = [s.points[0] for s in series if len(s.points) == 1]
    if single:
        title = escape(t("record.single_values", language, count=len(single)))
        shown += f'<details data-key="single"><summary>{title}</summary>{_table(single, sources, language)}</details>'
    bands = _lane(stays, axis, chart, language) + _bands(medicines, axis, chart, language)
    marks = "".join(time_html(day, language) for day in dict.fromkeys((axis.first, axis.last)))
    dates = f"<p class='dx-axis'>{marks}</p>"
    below = dates if axis.first < axis.last else ""  # a single day is told once
    legend = f'<p class="r1-meta">{escape(t("record.timeline_hint", language))}</p>'
    return f'<section class="dx-card dx-timeline">{heading}{legend}{dates}{bands}{shown}{below}</section>'


def _strip(series: Series, axis: Axis, sources: Sources, language: Language) -> str:
    newest = series.points[-1]
    numbers = [_number(point) for point in series.points]
    latest = value_text(newest.value, language) if newest.value else ""
    spoken = t(
        "record.spoken",
        language,
        name=series.name,
        count=len(numbers),
        first=series.points[0].day,
        last=newest.day,
        low=number(min(numbers)),
        high=number(max(numbers)),
        unit=series.unit,
    )
    summary = escape(t("record.as_table", language, count=len(numbers)))
    table = (
        f'<details><summary>{summary}<span class="r1-hidden"> {escape(series.name)}</span></summary>'
        f"{_table(series.points[::-1], sources, language)}</details>"
    )
    return (
        f'<div class="dx-strip"><p class="dx-strip-head"><b>{escape(series.name)}</b> <span>{escape(latest)}</span></p>'
        f'<svg viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(spoken)}">{_drawing(series, axis)}</svg>{table}</div>'
    )


def _drawing(series: Series, axis: Axis) -> str:
    numbers = [_number(point) for point in series.points]
    bounds = [b for p in series.points if p.value for b in (p.value.low, p.value.high) if b is not None]
    low, high = min([*numbers, *bounds]), max([*numbers, *bounds])
    room = (high - low) or abs(high) or 1.0

    def y(value: float) -> float:
        return _HEIGHT - _EDGE - (value - low) / room * (_HEIGHT - 2 * _EDGE)

    newest = series.points[-1].value
    band = ""
    if newest and (newest.low is not None or newest.high is not None):
        top = y(newest.high) if newest.high is not None else 0.0
        bottom = y(newest.low) if newest.low is not None else _HEIGHT
        band = f'<rect class="dx-normal" x="0" y="{top:.1f}" width="{_WIDTH:g}" height="{bottom - top:.1f}"/>'
    places = [(axis.x(p.day), y(_number(p)), _is_outside(p)) for p in series.points if p.day]
    line = " ".join(f"{x:.1f},{height:.1f}" for x, height, _ in places)
    dots = "".join(
        f'<path class="{"dx-dot dx-out" if outside else "dx-dot"}" d="M{x:.1f} {height:.1f}h0"/>'
        for x, height, outside in places
    )
    return f'{band}<polyline points="{line}"/>{dots}'


def _table(points: Sequence[Entry], sources: Sources, language: Language) -> str:
    columns = ("name", "when", "value", "range", "source")
    heads = "".join(f"<th scope='col'>{escape(t(f'record.{column}', language))}</th>" for column in columns)
    rows = "".join(_row(point, sources, language) for point in points[:_ROWS])
    more = max(0, len(points) - _ROWS)
    rest = f'<p class="r1-meta">{escape(t("diagnosis.more", language, count=more))}</p>' if more else ""
    return (
        f'<div class="dx-scroll" tabindex="0"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
        f"</div>{rest}"
    )


def _row(point: Entry, sources: Sources, language: Language) -> str:
    value = point.value
    if value is None:
        return ""
    flags = f" {' '.join(value.flags)}" if value.flags else ""
    mark = f" {t('record.outside', language)}" if _is_outside(point) and not flags else ""
    shown = f"{amount(value)}{flags}{mark}"
    return (
        f"<tr><th scope='row'>{escape(name_of(point, language))}</th><td>{time_html(point.time, language)}</td>"
        f"<td>{escape(shown)}</td><td>{escape(range_text(value))}</td><td>{sources.link(point.source)}</td></tr>"
    )


def _lane(stays: Sequence[Entry], axis: Axis, chart: Chart, language: Language) -> str:
    """All visits and stays on one line; they are listed by name below the timeline."""
    inside = _inside(stays, axis, chart)
    if not inside:
        return ""
    spoken = escape(t("record.spoken_visits", language, count=len(inside), first=inside[-1].day, last=inside[0].day))
    bars = "".join(_bar(entry, axis, chart) for entry in inside)
    return (
        f'<div class="dx-bands"><h4>{escape(t("record.visits_count", language, count=len(inside)))}</h4>'
        f'<svg viewBox="0 0 {_WIDTH:g} 10" preserveAspectRatio="none" role="img" aria-label="{spoken}">{bars}</svg>'
        "</div>"
    )


def _bands(medicines: Sequence[Entry], axis: Axis, chart: Chart, language: Language) -> str:
    """A line for each medicine; those that begin before the axis start at its edge."""
    inside = _inside(medicines, axis, chart)
    if not inside:
        return ""
    rows = "".join(
        f"<li><span>{escape(name_of(entry, language))} <small>{_span(entry, language)}</small></span>"
        f'<svg viewBox="0 0 {_WIDTH:g} 10" preserveAspectRatio="none" aria-hidden="true">'
        f"{_bar(entry, axis, chart)}</svg></li>"
        for entry in inside[:_BANDS]
    )
    more = len(inside) - _BANDS
    rest = f'<p class="r1-meta">{escape(t("diagnosis.more", language, count=more))}</p>' if more > 0 else ""
    return f'<div class="dx-bands"><h4>{escape(t("record.medicines", language))}</h4><ul>{rows}</ul>{rest}</div>'


def _inside(entries: Sequence[Entry], axis: Axis, chart: Chart) -> list[Entry]:
    return [e for e in newest_first(entries) if e.day and e.day <= axis.last and _end(e, chart) >= axis.first]


def _bar(entry: Entry, axis: Axis, chart: Chart) -> str:
    start = axis.x(entry.day or axis.first)
    width = max(axis.x(_end(entry, chart)) - start, 8.0)
    start = min(start, _WIDTH - width)
    return f'<rect class="dx-band" x="{start:.1f}" y="1" width="{width:.1f}" height="8"/>'


def _span(entry: Entry, language: Language) -> str:
    """``2018-02-01 – now``; for a past medicine without an end, only its start and status."""
    if entry.is_current:
        return f"{entry.day} – {escape(t('record.goes_on', language))}"
    return f"{entry.day} – {entry.end}" if entry.end else f"{entry.day} {escape(status_text(entry, language))}"


def _end(entry: Entry, chart: Chart) -> dt.date:
    if entry.end:
        return entry.end
    return chart.read_at.date() if entry.is_current else entry.day or dt.date.min


def _number(entry: Entry) -> float:
    return entry.value.number if entry.value and entry.value.number is not None else 0.0


def _is_outside(entry: Entry) -> bool:
    """Outside its own reference range, or flagged by the laboratory."""
    value = entry.value
    if value is None or value.number is None:
        return False
    low = value.low is not None and value.number < value.low
    high = value.high is not None and value.number > value.high
    return low or high or bool(set(value.flags) - {"N"})
