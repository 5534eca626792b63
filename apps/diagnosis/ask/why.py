"""Why a disease ranks where it does, from the contributions summed by the ranking itself."""

from collections.abc import Callable, Sequence

from adapters.fhir.chart import Chart
from apps.diagnosis.assessment import Assessment
from knowledge.medical.case import Case
from knowledge.medical.differential import RankedDisease, Ranking

from .answer import Answer, Line, Outcome
from .query import Query
from .words import Subject, SubjectKind, plain

_MOST = 10  # contributions


def why(
    query: Query,
    names: Sequence[str],
    chart: Chart,
    case: Case,
    assessment: Assessment | None,
    deeper: Callable[[], Ranking] | None,
) -> Answer:
    """What speaks for and against a disease; if none is named, the first of the ranking.

    Args:
        names: of the findings in the question, since some diseases have the same name as a finding.
        deeper: ranks many more diseases, for one that is not on the page.
    """
    if assessment is None or not assessment.ranking.diseases:
        return Answer(Outcome.COULD_NOT_CHECK, query, chart.read_at)
    shown = assessment.ranking.diseases
    if not query.subjects and not names:
        return _answer(query, chart, case, 1, shown[0])
    rankings: tuple[Callable[[], Sequence[RankedDisease]], ...] = (
        lambda: shown,
        lambda: deeper().diseases if deeper else (),
    )
    for ranked in rankings:
        listed = ranked()
        if found := _find(listed, query.subjects, [plain(name) for name in names]):
            return _answer(query, chart, case, listed.index(found) + 1, found)
    return Answer(Outcome.NONE, query, chart.read_at)


def _names(disease: RankedDisease) -> tuple[str, ...]:
    condition = disease.condition
    return (condition.name.en, condition.name.zh, *condition.also) if condition else (disease.name,)


def _find(listed: Sequence[RankedDisease], subjects: Sequence[Subject], names: list[str]) -> RankedDisease | None:
    """The disease with exactly this name, otherwise the first whose name contains it."""
    words = {*names, *(word for s in subjects if s.kind is not SubjectKind.WORDS for word in s.words)}
    words |= {subject.name for subject in subjects}
    exact = (item for item in listed if words & {plain(name) for name in _names(item)})
    part = (item for item in listed if any(_has(plain(name), words, subjects) for name in _names(item)))
    return next(exact, None) or next(part, None)


def _has(name: str, words: set[str], subjects: Sequence[Subject]) -> bool:
    unknown = [subject for subject in subjects if subject.kind is SubjectKind.WORDS]
    return any(len(word) > 3 and word in name for word in words) or any(s.is_in(name) for s in unknown)


def _answer(query: Query, chart: Chart, case: Case, place: int, disease: RankedDisease) -> Answer:
    evidence = {finding.code: finding.evidence for finding in case.findings}
    contributions = sorted((*disease.supporting, *disease.opposing), key=lambda item: -abs(item.nats))
    lines = [
        Line(source, day, contribution=item, text=item.label)
        for item in contributions[:_MOST]
        for source, day in [next(((e.source, e.date) for e in evidence.get(item.code, ())), ("", None))]
    ]
    more = len(contributions) - len(lines)
    return Answer(Outcome.FOUND, query, chart.read_at, tuple(lines), more, disease=disease, place=place)
