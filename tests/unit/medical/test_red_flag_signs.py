"""Which signs make some red flags fire, and what keeps them from it."""

import pytest

from knowledge.medical.case import Evidence, Finding, Sex, Status
from knowledge.medical.measurements import Measurement, Quantity
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Situation

SUGAR = "HP:0002013 vomiting;HP:0003074 glucose 12"


@pytest.mark.parametrize(
    ("rule", "findings", "numbers", "fires"),
    [
        ("diabetic-ketoacidosis", SUGAR, {"GLUCOSE": 12, "KETONES": 0.3}, False),
        ("diabetic-ketoacidosis", SUGAR, {"GLUCOSE": 12, "PH": 7.4, "BICARBONATE": 26}, False),
        ("diabetic-ketoacidosis", SUGAR, {"GLUCOSE": 30, "KETONES": 0.3, "PH": 7.0}, True),
        ("diabetic-ketoacidosis", SUGAR, {"GLUCOSE": 12}, True),
        ("coma", "HP:0004372 AVPU: P", {}, True),
        ("coma", "HP:0004372 AVPU = U", {"GCS": 12}, False),
        ("coma", "HP:0004372 responds only to pain", {}, True),
        ("coma", "HP:0004372 AVPU: V", {}, False),
        ("coma", "HP:0004372 responds to voice only", {}, False),
        ("sepsis", "HP:0004372 AVPU: V;HP:0001945 fever", {"RESPIRATORY_RATE": 26}, True),
        ("tension-pneumothorax", "R1:0464 trachea shifted", {"SYSTOLIC": 74}, True),
        ("tension-pneumothorax", "R1:0464 mediastinal shift", {"SYSTOLIC": 74}, False),
        ("tension-pneumothorax", "R1:0464 trachea shifted;R1:0223 stony dull", {"SYSTOLIC": 74}, False),
        ("tension-pneumothorax", "HP:4000214 reduced air entry", {"SYSTOLIC": 74}, False),
    ],
)
def test_signs_make_a_rule_fire(rule: str, findings: str, numbers: dict[str, float], fires: bool) -> None:
    told = [one.split(" ", 1) for one in findings.split(";")]
    present = {code: Finding(code, code, Status.PRESENT, (Evidence("text", phrase),)) for code, phrase in told}
    read = [Measurement(Quantity[name], value) for name, value in numbers.items()]
    measured = {value.quantity: [value] for value in read}
    (when,) = [r.when for r in RULES if r.id == rule]
    assert (when.judge(Situation(present, measured, 40, Sex.UNKNOWN, None, None)).holds is True) is fires


@pytest.mark.parametrize(
    ("age", "rate", "fires"),
    [
        (4, 30, False),  # as fast as they breathe
        (6, 30, False),
        (3, 34, False),
        (7, 32, False),
        (11.9, 40, True),
        (4, 52, True),
        (0.5, 58, False),
        (0.5, 62, True),
        (12, 30, True),
        (70, 30, True),
        (70, 29, False),
        (None, 30, True),
    ],
)
def test_breathing_is_too_fast_for_the_age(age: float | None, rate: float, fires: bool) -> None:
    breathless = Finding("HP:0002094", "Dyspnea", Status.PRESENT, (Evidence("text", "dyspnoea"),))
    measured = {Quantity.RESPIRATORY_RATE: [Measurement(Quantity.RESPIRATORY_RATE, rate)]}
    (when,) = [r.when for r in RULES if r.id == "respiratory-failure"]
    situation = Situation({"HP:0002094": breathless}, measured, age, Sex.UNKNOWN, None, None)
    assert (when.judge(situation).holds is True) is fires
