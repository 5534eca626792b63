"""A clinician's decisions about findings, and the stop that asks for them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.diagnosis.stop import FIRST, MOST_TESTED, stop_for
from apps.diagnosis.visit import CLINICIAN, Decision, Review
from knowledge.medical.case import Case, Evidence, Finding, Status, kind_of
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Outcome, RedFlag, Rule

CODES = [f"HP:000000{n}" for n in range(6)]


def coded(code: str, status: Status = Status.PRESENT) -> Finding:
    return Finding(code, f"name of {code}", status, (Evidence("Condition/1", "words"),))


def noted(code: str, status: Status = Status.PRESENT) -> Finding:
    return Finding(code, f"name of {code}", status, (Evidence("DocumentReference/1", "words", None, 3, 8),))


def no_flags(case: Case) -> tuple[RedFlag, ...]:
    return ()


def present(case: Case) -> tuple[str, ...]:
    """A ranker by hand: a disease for each present finding, in the order of their codes, then others."""
    named = sorted(f.code for f in case.findings if f.status is Status.PRESENT)
    return (*named, *(f"other {n}" for n in range(FIRST)))[: FIRST + 1]


CASE = Case((coded(CODES[0]), noted(CODES[1]), noted(CODES[2], Status.ABSENT), noted(CODES[3], Status.UNKNOWN)))


class TestReview:
    def test_nothing_decided_changes_nothing(self) -> None:
        assert Review().apply(CASE) == CASE

    @pytest.mark.parametrize("decision", [Decision.PRESENT, Decision.ABSENT, Decision.UNKNOWN])
    def test_a_decision_sets_the_status_and_says_who_said_so(self, decision: Decision) -> None:
        for finding in CASE.findings:
            decided = Review().decide(finding.code, decision).apply(CASE)
            now = next(f for f in decided.findings if f.code == finding.code)
            assert now.status.value == decision.value
            assert (now == finding) == (finding.status is now.status)
            assert (now.evidence[-1].source == CLINICIAN) == (finding.status is not now.status)

    def test_what_is_removed_or_paused_takes_no_part(self) -> None:
        review = Review().decide(CODES[0], Decision.REMOVED).pause(CODES[1])
        assert [f.code for f in review.apply(CASE).findings] == [CODES[2], CODES[3]]

    def test_a_finding_is_added_once(self) -> None:
        review = Review().add("HP:9", "new", Status.PRESENT, CASE).add("HP:9", "new", Status.ABSENT, CASE)
        new = review.apply(CASE).findings[-1]
        assert (new.code, new.status, len(review.added)) == ("HP:9", Status.ABSENT, 1)

    def test_adding_what_was_read_decides_it_and_ends_its_pause(self) -> None:
        review = Review().pause(CODES[2]).add(CODES[2], "x", Status.PRESENT, CASE)
        assert review.added == ()
        assert {f.code: f.status for f in review.apply(CASE).findings}[CODES[2]] is Status.PRESENT

    def test_a_removed_addition_is_forgotten(self) -> None:
        review = Review().add("HP:9", "new", Status.PRESENT, CASE).pause("HP:9").decide("HP:9", Decision.REMOVED)
        assert review == Review()

    def test_newer_data_may_bring_an_added_finding(self) -> None:
        review = Review().add("HP:9", "new", Status.PRESENT, CASE)
        newer = replace(CASE, findings=(*CASE.findings, coded("HP:9")))
        assert [f.code for f in review.apply(newer).findings].count("HP:9") == 1

    def test_a_finding_a_clinician_states_is_not_read_from_a_note(self) -> None:
        case = Case((noted(CODES[2], Status.ABSENT),))
        assert kind_of(Review().decide(CODES[2], Decision.PRESENT).apply(case)) == "structured"

    @settings(deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from([*Decision, "pause", "add"])), max_size=12))
    def test_reversing_all_decisions_returns_to_the_start(self, steps: list[tuple[str, str]]) -> None:
        review = Review()
        for code, step in steps:
            if step == "pause":
                review = review.pause(code)
            elif step == "add":
                review = review.add(code, code, Status.PRESENT, CASE)
            else:
                review = review.decide(code, Decision(step))
        assert [f.code for f in review.apply(CASE).findings] == list(
            dict.fromkeys(f.code for f in review.apply(CASE).findings)
        )
        for code in CODES:
            review = review.resume(code).undo(code)
        for finding in review.added:
            review = review.decide(finding.code, Decision.REMOVED)
        assert review.apply(CASE) == CASE
        assert review == Review()


class TestStop:
    def test_coded_findings_are_never_asked_about(self) -> None:
        case = Case(tuple(coded(code) for code in CODES))
        assert stop_for(case, Review(), present, no_flags).questions == ()

    def test_a_finding_with_a_code_beside_the_words_counts_as_coded(self) -> None:
        both = replace(noted(CODES[1]), evidence=(*noted(CODES[1]).evidence, *coded(CODES[1]).evidence))
        assert not both.is_from_text
        assert not Finding("HP:9", "x", Status.PRESENT, ()).is_from_text

    def test_only_what_changes_the_first_five_is_asked_about(self) -> None:
        findings = [coded(code) for code in CODES[:5]] + [noted(CODES[5])]  # the sixth of the list
        assert stop_for(Case(tuple(findings)), Review(), present, no_flags).questions == ()
        asked = stop_for(CASE, Review(), present, no_flags).questions
        assert {question.finding.code for question in asked} == {CODES[1], CODES[2]}  # not the unknown one

    def test_the_most_influential_comes_first(self) -> None:
        def rank(case: Case) -> tuple[str, ...]:
            names = {f.code for f in case.findings if f.status is Status.PRESENT}
            return ("a" if CODES[1] in names else "b", *(["c", "d", "e"] if CODES[2] in names else "fgh"))

        case = Case((noted(CODES[1]), noted(CODES[2])))
        asked = stop_for(case, Review(), rank, no_flags).questions
        assert [(q.finding.code, q.moved, q.first) for q in asked] == [(CODES[2], 3, False), (CODES[1], 1, True)]

    def test_a_red_flag_outweighs_diseases(self) -> None:
        def flags(case: Case) -> tuple[RedFlag, ...]:
            up = any(f.code == CODES[3] and f.status is Status.PRESENT for f in case.findings)
            rule: Rule = RULES[0]
            return (RedFlag(rule, Outcome.FIRED, (), ()),) if up else ()

        case = Case((noted(CODES[1]), noted(CODES[3])))
        asked = stop_for(case, Review(), lambda case: (), flags).questions
        assert [(q.finding.code, q.flags) for q in asked] == [(CODES[3], (RULES[0].id,))]

    def test_what_was_accepted_is_not_asked_again_and_new_findings_are(self) -> None:
        review = Review().accept(CASE.findings)
        assert stop_for(CASE, review, present, no_flags).questions == ()
        newer = replace(CASE, findings=(*CASE.findings, noted(CODES[4])))
        assert [q.finding.code for q in stop_for(newer, review, present, no_flags).questions] == [CODES[4]]

    def test_a_finding_that_newer_data_turns_round_is_asked_again(self) -> None:
        review = Review().accept(CASE.findings)
        turned = tuple(noted(f.code) if f.code == CODES[2] else f for f in CASE.findings)
        asked = stop_for(replace(CASE, findings=turned), review, present, no_flags).questions
        assert [q.finding.code for q in asked] == [CODES[2]]

    def test_a_decided_or_paused_finding_is_settled(self) -> None:
        review = Review().decide(CODES[1], Decision.ABSENT).pause(CODES[2])
        assert stop_for(CASE, review, present, no_flags).questions == ()

    def test_the_number_of_tests_is_bounded_and_told(self) -> None:
        tested: list[Case] = []

        def rank(case: Case) -> tuple[str, ...]:
            tested.append(case)
            return present(case)

        case = Case(tuple(noted(f"HP:{n}") for n in range(MOST_TESTED + 7)))
        assert stop_for(case, Review(), rank, no_flags).untested == 7
        assert len(tested) == MOST_TESTED + 1
