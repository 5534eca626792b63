import pytest

from knowledge.medical.case import Sex, Status
from knowledge.medical.measurements import Measurement, Quantity
from knowledge.medical.notes.values.ranges import findings_of

Q = Quantity


@pytest.mark.parametrize(
    ("quantity", "value", "age", "sex", "code", "status"),
    [
        (Q.TEMPERATURE, 38.4, None, Sex.UNKNOWN, "HP:0001945", Status.PRESENT),
        (Q.TEMPERATURE, 36.9, None, Sex.UNKNOWN, "HP:0001945", Status.ABSENT),
        (Q.TEMPERATURE, 37.6, None, Sex.UNKNOWN, "HP:0001945", None),
        (Q.TEMPERATURE, 37.6, None, Sex.UNKNOWN, "HP:0002045", Status.ABSENT),
        (Q.BILIRUBIN, 290, 0.01, Sex.UNKNOWN, "HP:0002904", Status.PRESENT),
        (Q.BILIRUBIN, 90, 0.01, Sex.UNKNOWN, "HP:0002904", None),
        (Q.HEART_RATE, 150, 0.2, Sex.UNKNOWN, "HP:0001649", Status.ABSENT),
        (Q.HEART_RATE, 180, 0.2, Sex.UNKNOWN, "HP:0001649", None),
        (Q.HEART_RATE, 200, 0.2, Sex.UNKNOWN, "HP:0001649", Status.PRESENT),
        (Q.HEART_RATE, 180, 8 / 12, Sex.UNKNOWN, "HP:0001649", Status.PRESENT),
        (Q.HEART_RATE, 150, 8 / 12, Sex.UNKNOWN, "HP:0001649", Status.ABSENT),
        (Q.HEART_RATE, 145, 1.5, Sex.UNKNOWN, "HP:0001649", None),
        (Q.HEART_RATE, 155, 1.5, Sex.UNKNOWN, "HP:0001649", Status.PRESENT),
        (Q.HEART_RATE, 150, 30, Sex.UNKNOWN, "HP:0001649", Status.PRESENT),
        (Q.TEMPERATURE, 35.4, 0.016, Sex.UNKNOWN, "HP:0002045", Status.PRESENT),
        (Q.TEMPERATURE, 36.2, 0.016, Sex.UNKNOWN, "HP:0002045", Status.ABSENT),
        (Q.TEMPERATURE, 35.4, 0.2, Sex.UNKNOWN, "HP:0002045", Status.ABSENT),
        (Q.TEMPERATURE, 35.4, None, Sex.UNKNOWN, "HP:0002045", Status.ABSENT),
        (Q.GLUCOSE, 2.9, 0.005, Sex.UNKNOWN, "HP:0001943", Status.ABSENT),
        (Q.GLUCOSE, 2.9, 0.5, Sex.UNKNOWN, "HP:0001943", Status.PRESENT),
        (Q.HEMOGLOBIN, 125, 30, Sex.MALE, "HP:0001903", Status.PRESENT),
        (Q.HEMOGLOBIN, 125, 30, Sex.FEMALE, "HP:0001903", Status.ABSENT),
        (Q.HEMOGLOBIN, 125, 30, Sex.UNKNOWN, "HP:0001903", None),
        (Q.HEMOGLOBIN, 80, 30, Sex.UNKNOWN, "HP:0001903", Status.PRESENT),
        (Q.LEUKOCYTES, 20, 0.01, Sex.MALE, "HP:0001974", None),
        (Q.SYSTOLIC, 146, 8, Sex.MALE, "HP:0000822", Status.PRESENT),
        (Q.SYSTOLIC, 118, 8, Sex.MALE, "HP:0000822", None),
        (Q.DIASTOLIC, 96, 14, Sex.FEMALE, "HP:0000822", Status.PRESENT),
        (Q.SYSTOLIC, 118, 30, Sex.MALE, "HP:0000822", Status.ABSENT),
        (Q.RESPIRATORY_RATE, 6, 40, Sex.MALE, "HP:0046507", Status.PRESENT),
        (Q.RESPIRATORY_RATE, 14, 40, Sex.MALE, "HP:0046507", Status.ABSENT),
    ],
)
def test_a_value_is_a_finding_by_age_and_sex(
    quantity: Quantity, value: float, age: float | None, sex: Sex, code: str, status: Status | None
) -> None:
    assert findings_of(Measurement(quantity, value), age, sex).get(code) is status


@pytest.mark.parametrize(
    ("quantity", "value", "told"),
    [
        (Q.TEMPERATURE, 38.5, {"HP:0002045", "HP:0001945"}),
        (Q.HEART_RATE, 150, {"HP:0001662"}),
        (Q.HEART_RATE, 222, {"HP:0001662", "HP:0001649"}),
        (Q.RESPIRATORY_RATE, 70, {"HP:0002789"}),
        (Q.POTASSIUM, 6.0, set()),
        (Q.RESPIRATORY_RATE, 44, set()),
        (Q.SODIUM, 120, {"HP:0002902", "HP:0003228"}),
    ],
)
def test_of_a_child_of_unknown_age_counts_what_holds_at_every_age(
    quantity: Quantity, value: float, told: set[str]
) -> None:
    assert set(findings_of(Measurement(quantity, value), None, Sex.UNKNOWN, is_child=True)) == told


@pytest.mark.parametrize(
    ("age", "systolic", "code"),
    [(8, 146, "HP:0000822"), (3, 62, "HP:0002615"), (12, 84, "HP:0002615"), (8, 118, None), (8, 84, None)],
)
def test_a_pressure_that_is_out_of_range_at_any_age_of_children(age: float, systolic: float, code: str | None) -> None:
    found = findings_of(Measurement(Quantity.SYSTOLIC, systolic, None, "note"), age, Sex.UNKNOWN)
    assert found == ({code: Status.PRESENT} if code else {})
