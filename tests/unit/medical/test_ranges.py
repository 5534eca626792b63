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
        (Q.HEART_RATE, 150, 0.2, Sex.UNKNOWN, "HP:0001649", Status.ABSENT),
        (Q.HEART_RATE, 150, 30, Sex.UNKNOWN, "HP:0001649", Status.PRESENT),
        (Q.HEMOGLOBIN, 125, 30, Sex.MALE, "HP:0001903", Status.PRESENT),
        (Q.HEMOGLOBIN, 125, 30, Sex.FEMALE, "HP:0001903", Status.ABSENT),
        (Q.HEMOGLOBIN, 125, 30, Sex.UNKNOWN, "HP:0001903", None),
        (Q.HEMOGLOBIN, 80, 30, Sex.UNKNOWN, "HP:0001903", Status.PRESENT),
        (Q.LEUKOCYTES, 20, 0.01, Sex.MALE, "HP:0001974", None),
    ],
)
def test_a_value_is_a_finding_by_age_and_sex(
    quantity: Quantity, value: float, age: float | None, sex: Sex, code: str, status: Status | None
) -> None:
    assert findings_of(Measurement(quantity, value), age, sex).get(code) is status
