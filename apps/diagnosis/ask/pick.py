"""Picks the lines that a question asks for: the latest, the first, the highest, separately for each quantity."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from adapters.fhir.chart import Chart, EntryKind
from adapters.fhir.elements import objects
from adapters.fhir.observations import has_value
from adapters.fhir.reasons import Reason
from adapters.fhir.ucum import convert
from knowledge.medical.case import Case

from .answer import Line
from .look import bare
from .query import Pick, Query, Topic
from .words import plain, quantity_of


def with_comments(lines: Iterable[Line], chart: Chart, case: Case) -> list[Line]:
    """Adds to results the laboratory's comments, and whether the case omits them because of a spoilt sample."""
    spoilt = {item.source for item in case.unread if item.reason == Reason.SPOILT_SAMPLE}
    comments: dict[str, str] = {}
    for note in chart.notes:
        comments[note.source] = f"{comments.get(note.source, '')} {note.text}".strip()
    return [
        replace(line, comment=comments.get(line.source, ""), spoilt=line.source in spoilt)
        if line.entry and line.entry.kind is EntryKind.RESULT
        else line
        for line in lines
    ]


def picked(query: Query, lines: list[Line], chart: Chart) -> list[Line]:
    """The lines asked for, out of ``lines``, which are newest first."""
    if query.pick is Pick.ALL and not query.most:
        return lines
    if query.pick is Pick.TREND:
        return lines[::-1]
    groups: dict[str, list[Line]] = {}
    for line in lines:
        groups.setdefault(_quantity(line, query), []).append(line)
    wanted = {line for group in groups.values() for line in _of_one(query, group, chart)}
    return [line for line in dict.fromkeys(lines) if line in wanted]


def _of_one(query: Query, lines: list[Line], chart: Chart) -> list[Line]:
    match query.pick:
        case Pick.LATEST if query.topic is not Topic.MEDICATION:
            return list(_until_one_counts(lines, chart))
        case Pick.FIRST:
            return list(_until_one_counts(lines[::-1], chart))
        case Pick.HIGHEST | Pick.LOWEST if query.topic is Topic.RESULT:
            counted = [line for line in lines if not line.spoilt]
            highest = query.pick is Pick.HIGHEST
            return [*_extremes(lines, highest=highest), *_extremes(counted, highest=highest)]
    return lines[: query.most] if query.most else lines


def _quantity(line: Line, query: Query) -> str:
    """Group in which a line is compared; lines other than results form one, unless the query has several subjects."""
    entry = line.entry
    if entry is None:
        return ""
    if query.topic is Topic.RESULT:
        names = [bare(name) for name in (entry.part, *entry.names) if name]
        return quantity_of(entry.codes, names) or (names[0] if names else "")
    if query.topic is Topic.MEDICATION and entry.kind is EntryKind.ALLERGY:
        return EntryKind.ALLERGY
    if len(query.subjects) < 2:
        return ""
    return next((s.name for s in query.subjects for name in entry.names if s.is_in(plain(name))), "")


def _until_one_counts(lines: list[Line], chart: Chart) -> Iterator[Line]:
    """Lines of the resources up to the first one with a usable value; of the first alone if none has one."""
    sources = list(dict.fromkeys(line.source for line in lines))
    good = next((at for at, source in enumerate(sources) if _counts(source, lines, chart)), 0)
    yield from (line for line in lines if line.source in sources[: good + 1])


def _counts(source: str, lines: list[Line], chart: Chart) -> bool:
    if any(line.spoilt for line in lines if line.source == source):
        return False
    resource = chart.resources.get(source, {})
    return resource.get("resourceType") != "Observation" or any(
        has_value(part) for part in (resource, *objects(resource.get("component")))
    )


def _extremes(lines: Iterable[Line], *, highest: bool) -> list[Line]:
    """The highest or lowest exact results, one per unit where units do not convert into one another."""
    groups: dict[tuple[str, str], list[tuple[float, Line]]] = {}
    for line in lines:
        value = line.entry.value if line.entry else None
        if line.entry is None or value is None or value.number is None:
            continue
        for (part, unit), group in groups.items():
            converted = convert(value.number, value.unit, unit)
            if part == line.entry.part and converted is not None:
                group.append((converted, line))
                break
        else:
            groups[line.entry.part, value.unit] = [(value.number, line)]
    best = []
    for group in groups.values():
        bound = (max if highest else min)(number for number, _ in group)
        best += [line for number, line in group if number == bound]
    return best
