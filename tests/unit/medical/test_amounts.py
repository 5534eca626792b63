"""Findings told by a number or an amount."""

import time

import pytest

from knowledge.medical.codes import code_of
from knowledge.medical.notes.words.amounts import amounts

LOST, GAINED = code_of("HP:0001824 Weight loss"), code_of("HP:0004324 Increased body weight")
NO_PERIODS, RARE_PERIODS = code_of("HP:0000141 Amenorrhea"), code_of("HP:0000876 Oligomenorrhea")
AT_NIGHT, RETENTION = code_of("HP:0000017 Nocturia"), code_of("HP:0000016 Urinary retention")
POSTURAL, SUGAR = code_of("HP:0001278 Orthostatic hypotension"), code_of("HP:0003074 Hyperglycemia")
ALCOHOL = code_of("R1:0719 Alcohol use")
STIFF, VOICES = code_of("HP:0005197 Generalized morning stiffness"), code_of("HP:0008765 Auditory hallucination")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Has lost about 4 kg since June, or two stone in all", [LOST]),
        ("losing 10-12 pounds; lost 3.5 kg in weight", [LOST, LOST]),
        ("Wants to lose 5 kg. Lost 8 kg on a low-calorie diet. Lost 20 kg after gastric bypass", []),
        ("lost 4 kg with diuretics. Lost 2 units of blood", []),
        ("put on 6 kg this year", [GAINED]),
        ("28 weeks pregnant, gained 9 kg", []),
        ("She hasn't had a period since March", [NO_PERIODS]),
        ("last period was 5 months ago", [NO_PERIODS]),
        ("last period was 2 weeks ago. Has not had period pains", []),
        ("periods every 3 to 4 months", [RARE_PERIODS]),
        ("periods every 4 weeks", []),
        ("Drinks 40 units/week. EtOH: 30 units per week. Given 2 units of blood this week", [ALCOHOL, ALCOHOL]),
        ("gets up three times a night to urinate", [AT_NIGHT]),
        ("gets up at night to feed the baby", []),
        ("bladder scan 720 ml", [RETENTION]),
        ("bladder scan 90 ml", []),
        ("BP 142/80 mmHg lying, 118/70 mmHg standing", [POSTURAL]),
        ("lying 130/80 standing 126/66", [POSTURAL]),
        ("BP 128/80 lying and 124/78 standing", []),
        ("fasting glucose 8.2, fasting plasma glucose 131 mg/dL", [SUGAR, SUGAR]),
        ("fasting glucose 6.1 mmol/L, fasting sugar 104 mg/dL, glucose 8.2", []),
        ("stiffness for one hour every morning", [STIFF]),
        ("hears several strange voices", [VOICES]),
        ("hears the voices of her children next door", []),
    ],
)
def test_amounts(text: str, codes: list[str]) -> None:
    assert [code for _, _, code in amounts(text)] == codes


def test_long_input_takes_no_time() -> None:
    begin = time.process_time()
    for piece in (
        "lost about over nearly ",
        "120/70 lying and ",
        "gets up the the ",
        "periods every two ",
        "stiffness ",
    ):
        list(amounts(piece * 5_000))
    assert time.process_time() - begin < 4
