"""The required stop: which findings and values from notes must be confirmed before anything is ranked.

Codes were entered by somebody and are taken as they are. Notes may be misread, so findings whose reversal would change
the first five diseases or a red flag are shown to the clinician first, as are values that make a red flag fire but have
no present finding (a coma scale, a pressure that is low only given a fever).
"""

from collections.abc import Callable
from dataclasses import replace

from knowledge.medical.case import Case, Finding, Status
from knowledge.medical.measurements import Measurement
from knowledge.medical.red_flags import Outcome, RedFlag

from .person import CHILDBIRTH, PREGNANCY, following
from .visit import FindingDecision, Question, Review, Stop, without_values

FIRST = 5
"""Number of top diseases that are compared."""
MOST_TESTED = 40
"""Findings whose reversal is tested; each takes a ranking of up to 25 ms for a long record."""

First = Callable[[Case], tuple[str, ...]]
"""Ids of the first diseases of a case, best first."""
Flags = Callable[[Case], tuple[RedFlag, ...]]

_REVERSED = {Status.PRESENT: Status.ABSENT, Status.ABSENT: Status.PRESENT}


def stop_for(case: Case, review: Review, first: First, flags: Flags) -> Stop:
    """What is left to confirm.

    A reversal changes the first five if another disease enters them or takes first place; their order otherwise does
    not count. Findings of unknown status are not ranked and not asked about.
    """
    reviewed = review.apply(case)
    left = {finding.code for finding in reviewed.findings}
    open_ones = [f for f in case.findings if f.is_from_text and f.status in _REVERSED and not review.is_settled(f)]
    open_ones = [finding for finding in open_ones if finding.code in left]
    open_ones.sort(key=lambda finding: finding.status is Status.ABSENT)  # present ones first, if not all can be tested
    values = _values(reviewed, review, flags)
    if not open_ones:
        return Stop(values=values)
    diseases, raised = first(reviewed)[:FIRST], _outcomes(flags(reviewed))
    questions = []
    for finding in open_ones[:MOST_TESTED]:
        reverse = _reverse(reviewed, finding)
        others = first(reverse)[:FIRST]
        moved = len(set(diseases) ^ set(others))
        question = Question(
            finding,
            flags=tuple(sorted({rule for rule, _ in raised ^ _outcomes(flags(reverse))})),
            moved=(moved + 1) // 2,
            first=diseases[:1] != others[:1],
        )
        if question.flags or question.moved or question.first:
            questions.append(question)
    questions.sort(key=lambda q: (-len(q.flags), -q.moved, not q.first, q.finding.code))
    return Stop(tuple(questions), max(len(open_ones) - MOST_TESTED, 0), values)


def _values(case: Case, review: Review, flags: Flags) -> tuple[Measurement, ...]:
    """Values to ask about, one per place."""
    fired = {flag.rule.id: flag for flag in flags(case) if flag.outcome is Outcome.FIRED}
    used = {(used.what, used.place) for flag in fired.values() for used in flag.because}
    stood_for = {e.place for f in case.findings if f.status is Status.PRESENT for e in f.evidence}
    asked: dict[str, Measurement] = {}
    for value in case.measurements:
        place = value.place
        is_open = place not in stood_for and place not in review.right and place not in asked
        if is_open and (value.quantity.value, place) in used:
            others = {v.place for v in case.measurements if v.is_from_text and v.quantity is value.quantity}
            still = {f.rule.id for f in flags(without_values(case, others)) if f.outcome is Outcome.FIRED}
            if fired.keys() - still:
                asked[place] = value
    return tuple(asked.values())


def _reverse(case: Case, finding: Finding) -> Case:
    """The case with a finding reversed, and a pregnancy with it; if present, without the values it was read from."""
    other = replace(finding, status=_REVERSED[finding.status])
    if finding.code in (PREGNANCY, CHILDBIRTH):
        decided = Review().decide(finding.code, FindingDecision(other.status.value))
        case = replace(case, **following(decided, case).stated)
    places = {evidence.place for evidence in finding.evidence} if finding.status is Status.PRESENT else set()
    findings = tuple(other if f.code == finding.code else f for f in case.findings)
    return without_values(replace(case, findings=findings), places)


def _outcomes(flags: tuple[RedFlag, ...]) -> set[tuple[str, str]]:
    return {(flag.rule.id, flag.outcome.value) for flag in flags}
