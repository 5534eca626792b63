"""A clinician's decisions about findings, and the stop that asks for them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.diagnosis.stop import FIRST, MOST_TESTED, stop_for
from apps.diagnosis.visit import CLINICIAN, FindingDecision, Review
from knowledge.medical.case import Case, Evidence, Finding, Status, kind_of
from knowledge.medical.measurements import Measurement, Quantity
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Outcome, RedFlag, Rule, used_value

CODES = [f"HP:000000{n}" for n in range(6)]
STEPS = [*FindingDecision, "pause", "add"]


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

    @pytest.mark.parametrize("decision", [FindingDecision.PRESENT, FindingDecision.ABSENT, FindingDecision.UNKNOWN])
    def test_a_decision_sets_the_status_and_says_who_said_so(self, decision: FindingDecision) -> None:
        for finding in CASE.findings:
            decided = Review().decide(finding.code, decision).apply(CASE)
            now = next(f for f in decided.findings if f.code == finding.code)
            assert now.status.value == decision.value
            assert (now == finding) == (finding.status is now.status)
            assert (now.evidence[-1].source == CLINICIAN) == (finding.status is not now.status)

    def test_what_is_removed_or_paused_takes_no_part(self) -> None:
        review = Review().decide(CODES[0], FindingDecision.REMOVED).pause(CODES[1])
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
        review = Review().add("HP:9", "new", Status.PRESENT, CASE).pause("HP:9").decide("HP:9", FindingDecision.REMOVED)
        assert review == Review()

    def test_newer_data_may_bring_an_added_finding(self) -> None:
        review = Review().add("HP:9", "new", Status.PRESENT, CASE)
        newer = replace(CASE, findings=(*CASE.findings, coded("HP:9")))
        assert [f.code for f in review.apply(newer).findings].count("HP:9") == 1

    def test_a_finding_a_clinician_states_is_not_read_from_a_note(self) -> None:
        case = Case((noted(CODES[2], Status.ABSENT),))
        assert kind_of(Review().decide(CODES[2], FindingDecision.PRESENT).apply(case)) == "structured"

    @settings(deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(CODES), st.sampled_from(STEPS)), max_size=12))
    def test_reversing_all_decisions_returns_to_the_start(self, steps: list[tuple[str, str]]) -> None:
        review = Review()
        for code, step in steps:
            if step == "pause":
                review = review.pause(code)
            elif step == "add":
                review = review.add(code, code, Status.PRESENT, CASE)
            else:
                review = review.decide(code, FindingDecision(step))
        assert [f.code for f in review.apply(CASE).findings] == list(
            dict.fromkeys(f.code for f in review.apply(CASE).findings)
        )
        for code in CODES:
            review = review.resume(code).undo(code)
        for finding in review.added:
            review = review.decide(finding.code, FindingDecision.REMOVED)
        assert review.apply(CASE) == CASE
        assert review == Review()


def value(quantity: Quantity, number: float, phrase: str, start: int | None) -> Measurement:
    end = None if start is None else start + len(phrase)
    return Measurement(quantity, number, None, "DocumentReference/1", phrase, start, end)


def read_from(value: Measurement, code: str, status: Status = Status.PRESENT) -> Finding:
    evidence = Evidence(value.source, value.phrase, None, value.start, value.end)
    return Finding(code, f"name of {code}", status, (evidence,))


DIPSTICK = value(Quantity.GLUCOSE, 2.0, "glucose 2+", 6)
PRESSURES = (value(Quantity.DIASTOLIC, 60, "BP 95/60", 30), value(Quantity.SYSTOLIC, 95, "BP 95/60", 30))
COMA = value(Quantity.GCS, 14, "GCS 14", 50)
VALUES = Case(
    (
        read_from(DIPSTICK, CODES[1]),
        read_from(DIPSTICK, CODES[2], Status.ABSENT),
        read_from(PRESSURES[1], CODES[3], Status.ABSENT),
    ),
    measurements=(DIPSTICK, *PRESSURES, COMA),
)


class TestValues:
    @pytest.mark.parametrize("decision", [FindingDecision.ABSENT, FindingDecision.UNKNOWN, FindingDecision.REMOVED])
    def test_a_value_goes_with_the_finding_that_it_stood_for(self, decision: FindingDecision) -> None:
        review = Review().decide(CODES[1], decision)
        assert review.apply(VALUES).measurements == (*PRESSURES, COMA)
        assert review.undo(CODES[1]).apply(VALUES) == VALUES

    def test_a_coded_value_goes_by_its_words_and_leaves_its_neighbour(self) -> None:
        parts = tuple(replace(v, source="Observation/bp", start=None, end=None) for v in PRESSURES)
        parts = (replace(parts[1], phrase="Systolic 95"), replace(parts[0], phrase="Diastolic 60"))
        case = Case((read_from(parts[0], CODES[1]),), measurements=parts)
        assert Review().decide(CODES[1], FindingDecision.REMOVED).apply(case).measurements == parts[1:]

    def test_what_was_absent_or_is_only_paused_takes_no_value_along(self) -> None:
        for review in (Review().decide(CODES[2], FindingDecision.REMOVED), Review().pause(CODES[1])):
            assert review.apply(VALUES).measurements == VALUES.measurements

    def test_a_misread_value_takes_what_was_concluded_along(self) -> None:
        review = Review().discard(DIPSTICK.place)
        reviewed = review.apply(VALUES)
        assert [f.code for f in reviewed.findings] == [CODES[3]]
        assert reviewed.measurements == (*PRESSURES, COMA)
        assert review.restore(DIPSTICK.place).apply(VALUES) == VALUES
        assert Review().discard(PRESSURES[0].place).apply(VALUES).measurements == (DIPSTICK, COMA)

    def test_a_finding_with_other_words_stays(self) -> None:
        both = replace(noted(CODES[1]), evidence=(*read_from(DIPSTICK, CODES[1]).evidence, *noted(CODES[1]).evidence))
        case = replace(VALUES, findings=(both,))
        assert Review().discard(DIPSTICK.place).apply(case).findings == (noted(CODES[1]),)


def low(case: Case) -> tuple[RedFlag, ...]:
    """Three rules by hand: low glucose, low pressure, low coma scale, each at its thresholds."""
    limits = {Quantity.GLUCOSE: 2.9, Quantity.SYSTOLIC: 100.0, Quantity.GCS: 14.0}
    fired = {v.quantity: v for v in case.measurements if v.value <= limits.get(v.quantity, 0)}
    order = list(limits)
    return tuple(RedFlag(RULES[order.index(q)], Outcome.FIRED, (used_value(v),), ()) for q, v in fired.items())


class TestStop:
    def test_values_that_make_a_flag_fire_are_asked_about(self) -> None:
        stop = stop_for(VALUES, Review(), lambda case: (), low)
        # The glucose through its finding, the pressure and the coma scale by themselves.
        assert [(q.finding.code, q.flags) for q in stop.questions] == [(CODES[1], (RULES[0].id,))]
        assert (stop.values, stop.count) == ((PRESSURES[1], COMA), 3)

    def test_a_value_is_settled_by_either_answer(self) -> None:
        review = Review().accept((), [COMA]).discard(PRESSURES[0].place)
        assert stop_for(VALUES, review, lambda case: (), low).values == ()
        assert stop_for(VALUES, Review().accept(VALUES.findings, VALUES.measurements), present, low).count == 0

    def test_coded_values_and_those_without_which_the_flag_stays_are_not_asked_about(self) -> None:
        coded_coma = replace(COMA, source="Observation/1", start=None, end=None)
        for others in ((coded_coma,), (COMA, coded_coma)):
            case = Case((), measurements=others)
            assert stop_for(case, Review(), lambda case: (), low).count == 0

    def test_the_same_value_twice_is_asked_about(self) -> None:
        again = replace(COMA, start=90, end=96)

        def both(case: Case) -> tuple[RedFlag, ...]:
            used = tuple(used_value(v) for v in case.measurements)
            return (RedFlag(RULES[0], Outcome.FIRED, used, ()),) if used else ()

        assert stop_for(Case((), measurements=(COMA, again)), Review(), present, both).values == (COMA, again)

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
        review = Review().decide(CODES[1], FindingDecision.ABSENT).pause(CODES[2])
        assert stop_for(CASE, review, present, no_flags).questions == ()

    def test_the_number_of_tests_is_bounded_and_told(self) -> None:
        tested: list[Case] = []

        def rank(case: Case) -> tuple[str, ...]:
            tested.append(case)
            return present(case)

        case = Case(tuple(noted(f"HP:{n}") for n in range(MOST_TESTED + 7)))
        assert stop_for(case, Review(), rank, no_flags).untested == 7
        assert len(tested) == MOST_TESTED + 1
