"""The arithmetic behind the dashboard, and what the plots draw."""

import xml.etree.ElementTree as ElementTree
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.desk.plots import Series, lines, stacks
from apps.desk.resolution import Figures, Outcome, Step, Talk, by_day, figures, outcome, percentile
from apps.support.policy import FAILURES, Action

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=20)


def talk(*steps: tuple[float, Action | None, int], handed_off: bool = False, start: datetime = LONG_AGO) -> Talk:
    """Steps as minutes after the start, action and thumb."""
    made = [
        Step(
            start + timedelta(minutes=at),
            action,
            thumb,
            0.1 if action else None,
            int(action is Action.ANSWER),
            int(action in FAILURES),
        )
        for at, action, thumb in steps
    ]
    return Talk(tuple(made), handed_off)


ASKED, ANSWERED = (0, None, 0), (0, Action.ANSWER, 0)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (talk(ASKED, ANSWERED), Outcome.ASSUMED),
        (talk(ASKED, ANSWERED, start=NOW - timedelta(days=6)), Outcome.PENDING),
        (talk(ASKED, ANSWERED, start=NOW - timedelta(days=7)), Outcome.ASSUMED),
        (talk(ASKED, ANSWERED, handed_off=True), Outcome.HANDED_OFF),
        (talk(ASKED, (0, Action.ANSWER, 1), handed_off=True), Outcome.HANDED_OFF),
        (talk(ASKED, (0, Action.ANSWER, 1), start=NOW), Outcome.CONFIRMED),
        (talk(ASKED, (0, Action.ANSWER, -1)), Outcome.UNHELPFUL),
        (talk(ASKED, (0, Action.ANSWER, 1), ASKED, (0, Action.ANSWER, -1)), Outcome.UNHELPFUL),
        (talk(ASKED, (0, Action.ABSTAIN, 0)), Outcome.UNANSWERED),
        (talk(ASKED, (0, Action.CLARIFY, 0), start=NOW), Outcome.UNANSWERED),
        (talk(ASKED, (0, Action.ABSTAIN, 0), ASKED, (0, Action.HAND_OFF, 0)), Outcome.UNANSWERED),
        (talk(ASKED), None),
        (talk(ASKED, (0, Action.GREET, 0)), None),
        (talk(ASKED, (0, Action.GREET, 0), ASKED, (0, Action.ABSTAIN, 0)), Outcome.UNANSWERED),
        (talk(ASKED, (0, Action.CRITICAL, 0)), Outcome.CRITICAL),
        (talk(ASKED, ANSWERED, ASKED, (0, Action.CRITICAL, 0)), Outcome.CRITICAL),
        (talk(ASKED, (0, Action.CRITICAL, 0), handed_off=True), Outcome.HANDED_OFF),
        (talk(ASKED, (0, Action.HAND_OFF, 0)), Outcome.POINTED),
        (talk(ASKED, (0, Action.SIGN_IN, 0), start=NOW), Outcome.POINTED),
        (talk(ASKED, (0, Action.SIGN_IN, 0), ASKED, ANSWERED), Outcome.ASSUMED),
        (talk(ASKED, (0, Action.CLARIFY, 0), (1, None, 0), (1, Action.ANSWER, 0)), Outcome.ASSUMED),
        (talk(ASKED, ANSWERED, (30, None, 0), (30, Action.ANSWER, 0)), Outcome.ASSUMED),  # the same visit
        (talk(ASKED, ANSWERED, (31, None, 0), (31, Action.ANSWER, 0)), Outcome.RETURNED),
        (talk(ASKED, ANSWERED, (7 * 1440, None, 0), (7 * 1440, Action.ANSWER, 0)), Outcome.RETURNED),
        (talk(ASKED, ANSWERED, (7 * 1440 + 1, None, 0), (7 * 1440 + 1, Action.ANSWER, 0)), Outcome.ASSUMED),
    ],
)
def test_what_became_of_a_conversation(found: Talk, expected: Outcome | None) -> None:
    assert outcome(found, NOW) is expected


def test_shares_are_of_what_is_old_enough() -> None:
    talks = [
        talk(ASKED, ANSWERED),
        talk(ASKED, (0, Action.ANSWER, 1)),
        talk(ASKED, (0, Action.ABSTAIN, 0)),
        talk(ASKED, ANSWERED, handed_off=True),
        talk(ASKED, (0, Action.GREET, 0)),
        talk(ASKED, ANSWERED, start=NOW),
        talk(ASKED, (0, Action.ABSTAIN, 0), start=NOW),
    ]
    whole = figures(talks, NOW)
    for known in (Outcome.ASSUMED, Outcome.CONFIRMED, Outcome.UNANSWERED, Outcome.HANDED_OFF):
        assert whole.share(known) == 1 / 4
    assert whole.outcomes.total() == 6
    assert (whole.unanswered, whole.without_answer) == (2, 2 / 6)
    assert whole.p50 == whole.p95 == 0.1


def test_of_several_questions_in_a_message_each_counts() -> None:
    several = Talk((Step(NOW, None, 0, None), Step(NOW, Action.ANSWER, 0, 0.1, answered=2, unanswered=1)), False)
    assert figures([several], NOW).without_answer == 1 / 3


def test_nothing_is_no_share() -> None:
    whole = figures([], NOW)
    assert (whole.share(Outcome.CONFIRMED), whole.without_answer, whole.p50) == (None, None, None)
    young = figures([talk(ASKED, ANSWERED, start=NOW), talk(ASKED, (0, Action.ABSTAIN, 0), start=NOW)], NOW)
    assert (young.share(Outcome.ASSUMED), young.share(Outcome.HANDED_OFF)) == (None, None)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([], 50, None),
        ([3.0], 95, 3.0),
        ([1.0, 2.0], 50, 1.0),
        ([2.0, 1.0, 3.0], 50, 2.0),
        (list(range(1, 101)), 95, 95),
    ],
)
def test_percentiles(values: list[float], percent: int, expected: float | None) -> None:
    assert percentile(values, percent) == expected


@given(st.lists(st.floats(0, 100), min_size=1), st.integers(1, 100))
def test_a_percentile_is_the_smallest_that_covers_so_many(values: list[float], percent: int) -> None:
    found = percentile(values, percent)
    assert found in values
    below = [value for value in values if value <= found]
    assert len(below) * 100 >= percent * len(values)
    assert len([value for value in values if value < found]) * 100 < percent * len(values)


def test_days_are_those_of_the_beginning_and_none_is_left_out() -> None:
    first = talk(ASKED, (2000, Action.ANSWER, 0), start=datetime(2026, 11, 1, 23, tzinfo=UTC))
    days = by_day([first], date(2026, 11, 1), date(2026, 11, 3), NOW)
    assert [day for day, _ in days] == [date(2026, 11, 1), date(2026, 11, 2), date(2026, 11, 3)]
    assert [each.outcomes.total() for _, each in days] == [1, 0, 0]
    assert isinstance(days[0][1], Figures)


def test_days_are_those_of_the_companys_time_zone() -> None:
    first = talk(ASKED, ANSWERED, start=datetime(2026, 11, 1, 23, tzinfo=UTC))
    there = NOW.astimezone(ZoneInfo("Asia/Shanghai"))
    assert [each.outcomes.total() for _, each in by_day([first], date(2026, 11, 1), date(2026, 11, 2), there)] == [0, 1]


def test_plots_are_drawings_without_gaps_for_what_is_not_there() -> None:
    series = [Series("a & b", "#000000", [1, None, 3]), Series("c", "#ffffff", [0, 0, 2.5])]
    for drawn in (stacks("Title <1>", ["d1", "d2", "d3"], series), lines("Title <1>", ["d1", "d2", "d3"], series)):
        ElementTree.fromstring(drawn)
        assert "Title &lt;1&gt;" in drawn
    bars = ElementTree.fromstring(stacks("t", ["d1", "d2", "d3"], series)).findall(".//rect")
    assert len(bars) == 3
    assert len(ElementTree.fromstring(lines("t", ["d1"], [Series("a", "#000", [None])])).findall(".//circle")) == 0
