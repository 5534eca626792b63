"""What a dipstick found in urine."""

import time

import pytest

from knowledge.medical.case import Status
from knowledge.medical.codes import code_of
from knowledge.medical.notes.values.dipsticks import read_dipsticks

NITRITES, LEUKOCYTES = code_of("HP:0031812 Nitrituria"), code_of("HP:0012085 Pyuria")
BLOOD, PROTEIN = code_of("HP:0000790 Hematuria"), code_of("HP:0000093 Proteinuria")


@pytest.mark.parametrize(
    ("text", "present", "absent"),
    [
        ("Dip: leuc ++ nit +ve bld -ve", {LEUKOCYTES, NITRITES}, {BLOOD}),
        ("urine dipstick positive for blood and protein", {BLOOD, PROTEIN}, set()),
        ("Urinalysis: protein 2+, blood 3+, nitrites negative", {PROTEIN, BLOOD}, {NITRITES}),
        ("UA shows positive nitrite and leukocyte esterase", {NITRITES, LEUKOCYTES}, set()),
        ("dip leucs/nitrites neg", set(), {LEUKOCYTES, NITRITES}),
        ("urine dip NAD. Blood cultures positive", set(), set()),
        ("UA pending, blood glucose + ketones sent", set(), set()),
        ("UA: WBC 30-40/hpf, RBC 0-2/hpf, nitrite +", {LEUKOCYTES, NITRITES}, {BLOOD}),
        ("Urine microscopy: pus cells 2 per HPF, RBC >50/HPF", {BLOOD}, {LEUKOCYTES}),
        ("Urine 3+ protein, 2+ blood", {PROTEIN, BLOOD}, set()),
        ("If dipstick positive for blood, refer", set(), set()),
        ("Last year urinalysis NAD. Protein + fibre diet", set(), set()),
    ],
)
def test_dipsticks(text: str, present: set[str], absent: set[str]) -> None:
    told = [item for result in read_dipsticks(text) for item in result.findings]
    assert {code for code, status in told if status is Status.PRESENT} == present
    assert {code for code, status in told if status is Status.ABSENT} == absent


def test_long_input_takes_no_time() -> None:
    begin = time.process_time()
    for piece in (
        "dip ",
        "dip nit ",
        "dip leuc and blood ",
        "urine: blood, protein / ",
        "urine micro WBC 3",
        "dip 9-9",
    ):
        list(read_dipsticks(piece * 5_000))
    assert time.process_time() - begin < 4
