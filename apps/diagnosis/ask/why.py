"""Why a disease stands where it does in the ranking, taken from the ranking's own sums."""

from adapters.fhir.chart import Chart
from knowledge.medical.case import Case
from knowledge.medical.differential import RankedDisease, Ranking

from .answer import Answer, Line, Outcome
from .query import Query
from .words import plain

_MOST = 10  # contributions


def why(query: Query, names: list[str], words: list[str], chart: Chart, case: Case, ranking: Ranking | None) -> Answer:
    """What speaks for and against a disease; without a name, for the first of the ranking.

    Args:
        names, words: what the question calls the disease.
    """
    if ranking is None or not ranking.diseases:
        return Answer(Outcome.COULD_NOT_CHECK, query, chart.read_at)
    asked = [plain(name) for name in (*names, *words) if name]
    found = next(((i, d) for i, d in enumerate(ranking.diseases, start=1) if _is_called(d, asked)), None)
    if found is None and asked:
        return Answer(Outcome.NONE, query, chart.read_at)
    place, disease = found or (1, ranking.diseases[0])
    strongest = sorted((*disease.supporting, *disease.opposing), key=lambda c: -abs(c.nats))[:_MOST]
    evidence = {finding.code: finding.evidence for finding in case.findings}
    lines = [
        Line(source, day, contribution=item)
        for item in strongest
        for source, day in [next(((e.source, e.date) for e in evidence.get(item.code, ())), ("", None))]
    ]
    more = len(disease.supporting) + len(disease.opposing) - len(lines)
    return Answer(Outcome.FOUND, query, chart.read_at, tuple(lines), more, disease=disease, place=place)


def _is_called(disease: RankedDisease, asked: list[str]) -> bool:
    name = plain(disease.name)
    return any(word == name or (len(word) > 3 and word in name) for word in asked)
