"""When to withhold a list of diseases although one could be made.

Two findings that cannot both be true mean that one was misread; a list that explains no finding means that the
knowledge does not cover the case. Either list would look like any other. A single disease that explains no finding is
left out: it is listed only for being common or for its place in the alphabet. One contradiction is too common to
withhold the list for: a general "no seizures" in a note beside a focal seizure from elsewhere. The negation is set
aside and asked about.
"""

import datetime as dt
from dataclasses import replace

from .case import Case, Finding, Status
from .differential import Abstention, Basis, RankedDisease, Ranking
from .ontology import Ontology


def withheld(ranking: Ranking, case: Case, ontology: Ontology) -> Ranking:
    """The ranking without diseases that explain no finding, or an empty one with the reason.

    Urgent conditions are kept either way.
    """
    if ranking.reason:
        nothing_there = not any(finding.status is Status.PRESENT for finding in case.findings)
        # findings that no disease is described with are not ranked: tablets taken, the sign of a test
        return ranking if nothing_there else _empty(ranking, Abstention.OUT_OF_SCOPE)
    if conflicts := contradictions(case, ontology):
        return _empty(ranking, Abstention.CONFLICTING, conflicts)
    explaining = tuple(disease for disease in ranking.diseases if _explains(disease))
    if not explaining:
        return _empty(ranking, Abstention.OUT_OF_SCOPE)
    return replace(ranking, diseases=explaining)


def set_aside(case: Case, ontology: Ontology) -> tuple[Case, tuple[tuple[Finding, Finding], ...]]:
    """The case to rank, with outweighed negations set to unknown, and the contradicting pairs to ask about.

    A negation is outweighed when it was read only from notes and the narrower finding is coded, stated by a clinician
    or by another source: a missed finding costs more than an extra one. If one note says both, either may have been
    misread, so neither outweighs the other.
    """
    doubts = tuple(pair for pair in contradictions(case, ontology) if _outweighs(*pair))
    codes = {absent.code for _, absent in doubts}
    if not codes:
        return case, ()
    findings = (replace(f, status=Status.UNKNOWN) if f.code in codes else f for f in case.findings)
    return replace(case, findings=tuple(findings)), doubts


def contradictions(case: Case, ontology: Ontology) -> tuple[tuple[Finding, Finding], ...]:
    """Pairs of a present finding and a wider absent one: a focal seizure is present, seizures are absent.

    Statements of different days do not contradict each other, since findings come and go; nor does a past migraine
    contradict "no headache" now.
    """
    absent = {
        code: finding
        for finding in case.findings
        if finding.status is Status.ABSENT and (code := ontology.resolve(finding.code)) is not None
    }
    return tuple(
        (finding, absent[wider])
        for finding in case.findings
        if finding.status is Status.PRESENT
        and not finding.is_past
        and (code := ontology.resolve(finding.code)) is not None
        for wider in sorted(ontology.ancestors(code) & absent.keys())
        if _same_time(finding, absent[wider])
    )


def _outweighs(present: Finding, absent: Finding) -> bool:
    notes = {evidence.source for evidence in absent.evidence}
    return absent.is_from_text and any(not e.is_from_text or e.source not in notes for e in present.evidence)


def _same_time(one: Finding, other: Finding) -> bool:
    days = _day(one), _day(other)
    return None in days or days[0] == days[1]


def _day(finding: Finding) -> dt.date | None:
    """The day of the latest statement; None if any is undated, like what a clinician says now."""
    days = [evidence.date for evidence in finding.evidence]
    return None if None in days else max((day for day in days if day), default=None)


def _explains(disease: RankedDisease) -> bool:
    """Whether its description has a present finding."""
    own = (Basis.EXACT, Basis.DESCENDANT, Basis.EDITORIAL)
    return any(c.status is Status.PRESENT and c.basis in own for c in disease.supporting)


def _empty(ranking: Ranking, reason: Abstention, conflicts: tuple[tuple[Finding, Finding], ...] = ()) -> Ranking:
    return replace(ranking, diseases=(), pair=None, next_finding=None, reason=reason, conflicts=conflicts)
