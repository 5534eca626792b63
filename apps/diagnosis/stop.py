"""The required stop: which findings from notes have to be confirmed before anything is ranked.

Codes were entered by somebody and are taken as they are. Words of a note may be misread, so those whose reversal would
change the first five diseases or a red flag are shown to the clinician first.
"""

from collections.abc import Callable
from dataclasses import replace

from knowledge.medical.case import Case, Finding, Status
from knowledge.medical.red_flags import RedFlag

from .visit import Question, Review, Stop

FIRST = 5
"""So many of the first diseases are compared."""
MOST_TESTED = 40
"""Findings whose reversal is ranked, which takes up to 25 ms each for a long record."""

First = Callable[[Case], tuple[str, ...]]
"""Ids of the first diseases of a case, best first."""
Flags = Callable[[Case], tuple[RedFlag, ...]]

_REVERSED = {Status.PRESENT: Status.ABSENT, Status.ABSENT: Status.PRESENT}


def stop_for(case: Case, review: Review, first: First, flags: Flags) -> Stop:
    """What is left to confirm.

    A reversal changes the first five when another disease joins them, or another one leads; their order below that
    does not count. Findings of unknown status take no part in a ranking and are not asked about.
    """
    open_ones = [f for f in case.findings if f.is_from_text and f.status in _REVERSED and not review.is_settled(f)]
    open_ones.sort(key=lambda finding: finding.status is Status.ABSENT)  # if not all can be tested
    if not open_ones:
        return Stop()
    reviewed = review.apply(case)
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
    return Stop(tuple(questions), max(len(open_ones) - MOST_TESTED, 0))


def _reverse(case: Case, finding: Finding) -> Case:
    other = replace(finding, status=_REVERSED[finding.status])
    return replace(case, findings=tuple(other if f.code == finding.code else f for f in case.findings))


def _outcomes(flags: tuple[RedFlag, ...]) -> set[tuple[str, str]]:
    return {(flag.rule.id, flag.outcome.value) for flag in flags}
