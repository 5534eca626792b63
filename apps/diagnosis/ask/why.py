"""Why a disease stands where it does in the ranking, taken from the ranking's own sums."""

from collections.abc import Callable, Sequence

from adapters.fhir.chart import Chart
from apps.diagnosis.assessment import Assessment
from knowledge.medical.case import Case
from knowledge.medical.common.rank import CommonContribution
from knowledge.medical.differential import Contribution, Ranking

from .answer import Answer, Because, Line, Outcome
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
    """What speaks for and against a disease; without a name, for the first of the ranking.

    Args:
        names: of the findings that the question names, as some diseases are called like findings.
        deeper: ranks many more diseases, for one that is not on the page.
    """
    if assessment is None or not assessment.ranking.diseases:
        return Answer(Outcome.COULD_NOT_CHECK, query, chart.read_at)
    shown = _rare(assessment.ranking)
    if not query.subjects and not names:
        return _answer(query, chart, case, 1, shown[0])
    rankings: tuple[Callable[[], list[Because]], ...] = (
        lambda: shown,
        lambda: _common(assessment),
        lambda: _rare(deeper()) if deeper else [],
    )
    for ranked in rankings:
        listed = ranked()
        if found := _find(listed, query.subjects, [plain(name) for name in names]):
            return _answer(query, chart, case, listed.index(found) + 1, found)
    return Answer(Outcome.NONE, query, chart.read_at)


def _rare(ranking: Ranking) -> list[Because]:
    return [
        Because(disease.id, disease.name, (disease.name,), (*disease.supporting, *disease.opposing))
        for disease in ranking.diseases
    ]


def _common(assessment: Assessment) -> list[Because]:
    return [
        Because(
            row.condition.icd10cm,
            row.condition.name.en,
            (row.condition.name.en, row.condition.name.zh, *row.condition.also),
            row.contributions,
        )
        for row in assessment.common
    ]


def _find(listed: list[Because], subjects: Sequence[Subject], names: list[str]) -> Because | None:
    """The disease of exactly this name, else the first whose name has it as a part."""
    words = {*names, *(word for s in subjects if s.kind is not SubjectKind.WORDS for word in s.words)}
    words |= {subject.name for subject in subjects}
    exact = (item for item in listed if words & {plain(name) for name in item.names})
    part = (item for item in listed if any(_has(plain(name), words, subjects) for name in item.names))
    return next(exact, None) or next(part, None)


def _has(name: str, words: set[str], subjects: Sequence[Subject]) -> bool:
    unknown = [subject for subject in subjects if subject.kind is SubjectKind.WORDS]
    return any(len(word) > 3 and word in name for word in words) or any(s.is_in(name) for s in unknown)


def _answer(query: Query, chart: Chart, case: Case, place: int, disease: Because) -> Answer:
    evidence = {finding.code: finding.evidence for finding in case.findings}
    labels = {finding.code: finding.label for finding in case.findings}
    strongest = sorted(disease.contributions, key=_weight)[:_MOST]
    lines = [
        Line(source, day, contribution=item, text=labels.get(item.code, item.code))
        for item in strongest
        for source, day in [next(((e.source, e.date) for e in evidence.get(item.code, ())), ("", None))]
    ]
    more = len(disease.contributions) - len(lines)
    return Answer(Outcome.FOUND, query, chart.read_at, tuple(lines), more, disease=disease, place=place)


def _weight(item: Contribution | CommonContribution) -> float:
    """For an order: the heaviest first."""
    return -abs(item.nats if isinstance(item, Contribution) else item.bits)
