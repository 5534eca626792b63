"""When a list of diseases is withheld although one could be made.

Two findings that cannot both be true say that one was misread, and a list that explains none of the findings says that
the knowledge does not cover them. Either list would look like all others. A single disease that explains none is left
out: it stands there for being common, or for its place in the alphabet. One contradiction is too common for that: a
note's general "no seizures" beside a focal seizure that something else states. It is set aside and asked about.
"""

import datetime as dt
from dataclasses import replace

from .case import Case, Finding, Status
from .differential import Abstention, Basis, RankedDisease, Ranking
from .ontology import Ontology


def withheld(ranking: Ranking, case: Case, ontology: Ontology) -> Ranking:
    """The ranking without diseases that explain no finding, or one without any that says why.

    What must not be missed is named in any case.
    """
    if ranking.reason:
        nothing_there = not any(finding.status is Status.PRESENT for finding in case.findings)
        # what no disease is described with takes no part in the ranking: tablets that were taken, a test's sign
        return ranking if nothing_there else _empty(ranking, Abstention.OUT_OF_SCOPE)
    if conflicts := contradictions(case, ontology):
        return _empty(ranking, Abstention.CONFLICTING, conflicts)
    explaining = tuple(disease for disease in ranking.diseases if _explains(disease))
    if not explaining:
        return _empty(ranking, Abstention.OUT_OF_SCOPE)
    return replace(ranking, diseases=explaining)


def set_aside(case: Case, ontology: Ontology) -> tuple[Case, tuple[tuple[Finding, Finding], ...]]:
    """The case to rank, in which negations that are outweighed are unknown, and the pairs to ask about.

    A negation is outweighed when it was read only from notes and the narrower finding is coded, said by a clinician or
    stated by another source: a missed finding costs more than an extra one. Where one note says both, either may have
    been misread, so nothing outweighs there.
    """
    doubts = tuple(pair for pair in contradictions(case, ontology) if _outweighs(*pair))
    codes = {absent.code for _, absent in doubts}
    if not codes:
        return case, ()
    findings = (replace(f, status=Status.UNKNOWN) if f.code in codes else f for f in case.findings)
    return replace(case, findings=tuple(findings)), doubts


def contradictions(case: Case, ontology: Ontology) -> tuple[tuple[Finding, Finding], ...]:
    """Pairs of a present finding and an absent one that is wider: seizures are absent, a focal seizure is present.

    Of two that are dated and of different days one came or went, which is no contradiction; nor is it one that a past
    migraine gives no headache now.
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
    """The day of the latest statement; None when one has no day, as what a clinician says now."""
    days = [evidence.date for evidence in finding.evidence]
    return None if None in days else max((day for day in days if day), default=None)


def _explains(disease: RankedDisease) -> bool:
    """Whether a present finding is described in it."""
    own = (Basis.EXACT, Basis.DESCENDANT, Basis.EDITORIAL)
    return any(c.status is Status.PRESENT and c.basis in own for c in disease.supporting)


def _empty(ranking: Ranking, reason: Abstention, conflicts: tuple[tuple[Finding, Finding], ...] = ()) -> Ranking:
    return replace(ranking, diseases=(), pair=None, next_finding=None, reason=reason, conflicts=conflicts)
