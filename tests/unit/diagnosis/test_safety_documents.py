"""The hazard log names a control and a test for every hazard, and the tests are there."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LOG = (ROOT / "docs/safety/hazard-log.md").read_text("utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in LOG.splitlines() if re.match(r"\| H\d", line)]


def test_there_are_enough_hazards_each_named_once() -> None:
    ids = [row[0] for row in ROWS]
    assert ids == [f"H{number:02}" for number in range(1, len(ids) + 1)]
    assert len(ids) >= 25


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_hazard_has_harm_control_test_and_judgement(row: list[str]) -> None:
    _, hazard, harm, control, test, severity, likelihood = row
    assert min(len(hazard), len(control)) > 10
    assert harm
    assert {severity, likelihood} <= set("12345")
    assert re.fullmatch(r"(`tests/[\w/]+\.py::test_\w+`(, (?=`)|$))+", test), test
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", test):
        file = ROOT / path
        assert file.is_file(), file
        assert re.search(rf"^\s*(?:async )?def {name}\(", file.read_text("utf-8"), re.MULTILINE), name


def test_the_safety_case_leads_to_hazards_of_the_log() -> None:
    case = (ROOT / "docs/safety/safety-case.md").read_text("utf-8")
    named = set(re.findall(r"\bH\d\d\b", case))
    assert named
    assert named <= {row[0] for row in ROWS}


def _criteria(page: str) -> list[list[str]]:
    lines = (ROOT / page).read_text("utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| \d\.", line)]


CRITERIA = _criteria("docs/safety/accessibility.md")
SUPPORT_CRITERIA = _criteria("docs/support-accessibility.md")
BROWSER_TESTS = "".join(file.read_text("utf-8") for file in (ROOT / "tests/e2e").glob("test_*.py"))
# https://www.w3.org/TR/WCAG22/: how many criteria of levels A and AA each guideline has.
GUIDELINES = {"1.1": 1, "1.2": 5, "1.3": 5, "1.4": 9, "2.1": 3, "2.2": 2, "2.3": 1, "2.4": 8, "2.5": 6}
GUIDELINES |= {"3.1": 2, "3.2": 5, "3.3": 6, "4.1": 2}


def test_every_criterion_has_a_record() -> None:
    numbers = [row[0] for row in CRITERIA]
    assert Counter(number.rpartition(".")[0] for number in numbers) == GUIDELINES
    assert len(set(numbers)) == len(numbers) == 55


@pytest.mark.parametrize("row", CRITERIA, ids=[row[0] for row in CRITERIA])
def test_a_criterion_has_a_test_or_says_why_not(row: list[str]) -> None:
    _, name, how, record = row
    assert min(len(name), len(how)) > 5
    if record in ("read", "none", "open"):
        return
    found = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", record)
    assert found, record
    assert re.search(rf"^def {found[2]}\(", (ROOT / found[1]).read_text("utf-8"), re.MULTILINE), record


def test_the_support_pages_have_the_same_criteria() -> None:
    assert [row[:2] for row in SUPPORT_CRITERIA] == [row[:2] for row in CRITERIA]


@pytest.mark.parametrize("row", SUPPORT_CRITERIA, ids=[row[0] for row in SUPPORT_CRITERIA])
def test_chat_widget_and_desk_have_each_a_test_or_say_why_not(row: list[str]) -> None:
    how, *records = row[2:]
    assert len(how) > 5
    assert len(records) == 3
    for record in records:
        if record not in ("looked", "read", "none", "open"):
            found = re.fullmatch(r"`(test_\w+)`", record)
            assert found, record
            assert re.search(rf"^def {found[1]}\(", BROWSER_TESTS, re.MULTILINE), record
