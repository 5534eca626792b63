"""Laboratory results in values and in words become findings, by a laboratory's own word before the number."""

import pytest

from knowledge.medical.analytes import read_results
from knowledge.medical.case import Status


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("Serum ferritin: decreased.", {"HP:0012343"}),
        ("Ferritin 8 ng/mL.", {"HP:0012343"}),
        ("TSH is 0.1 mIU/L.", {"HP:0031098"}),
        ("TSH: within normal limits.", set()),
        ("ESR: 68 mm/h (elevated).", {"HP:0003565"}),
        ("Leukocyte count: 9,000/mm3 (elevated).", {"HP:0001974"}),
        ("Albumin 18 g/L, albumin 18.", {"HP:0003073"}),
        ("Protein: 4+. Blood: 3+.", {"HP:0000093", "HP:0000790"}),
        ("Free T4: 7 ug/dL.", set()),  # a unit that is not ours
        ("Her mother's TSH: elevated.", set()),
    ],
)
def test_a_result_is_the_finding_it_stands_for(text: str, present: set[str]) -> None:
    told = [pair for result in read_results(text, 40.0) for pair in result.findings]
    assert {code for code, status in told if status is Status.PRESENT} == present


def test_a_normal_result_denies_both_sides() -> None:
    (result,) = read_results("Prolactin: normal.", 30.0)
    assert {status for _, status in result.findings} == {Status.ABSENT}


def test_an_adult_range_does_not_judge_a_child() -> None:
    assert read_results("Alkaline phosphatase: 250 U/L.", 8.0) == []
    assert read_results("Alkaline phosphatase: 250 U/L (elevated).", 8.0)[0].findings == (
        ("HP:0003155", Status.PRESENT),
    )
