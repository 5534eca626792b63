"""Results that have no LOINC code are read by their names."""

from typing import Any

import pytest
from fhir_fakes import NO, YES, case_of, observation, statuses

from adapters.fhir.local_names import named_test
from knowledge.medical.case import Status

ANEMIA, LEUKOCYTOSIS, LEUKOPENIA = "HP:0001903", "HP:0001974", "HP:0001882"
LABORATORY = [{"coding": [{"code": "laboratory"}]}]


def result(name: str, value: float, unit: str, flag: str = "", span: str = "", **more: Any) -> dict[str, Any]:
    found = observation({"text": name}, valueQuantity={"value": value, "unit": unit}, category=LABORATORY, **more)
    if flag:
        found["interpretation"] = [{"text": flag}]
    return found | ({"referenceRange": [{"text": span}]} if span else {})


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (result("白细胞计数", 15.6, "10*9/L", "↑"), {LEUKOPENIA: NO, LEUKOCYTOSIS: YES}),
        (result("*白细胞(WBC)", 15.6, "10^9/L", span="3.5-9.5"), {LEUKOPENIA: NO, LEUKOCYTOSIS: YES}),
        (result("血红蛋白", 62, "g/L", "L"), {ANEMIA: YES, "HP:0001900": NO}),
        (result("血红蛋白测定", 140, "g/L", span="130-175"), {ANEMIA: NO, "HP:0001900": NO}),
        (result("Haemoglobin", 62, "g/L", "L"), {ANEMIA: YES, "HP:0001900": NO}),
        (result("肌酐", 256, "umol/L", span="57-97"), {"HP:0003259": YES}),
        (result("C反应蛋白", 120, "mg/L", "H"), {"HP:0011227": YES}),
        (result("高敏肌钙蛋白I", 250, "ng/L", "H"), {"HP:0410173": YES}),
        (result("血糖", 25.6, "mmol/L", span="3.9-6.1"), {"HP:0001943": NO, "HP:0003074": YES}),
        (result("乳酸", 6.5, "mmol/L", span="0.5-2.2"), {"HP:0002151": YES}),
        (result("Haemoglobin estimation", 62, "g/L", "L"), {ANEMIA: YES, "HP:0001900": NO}),
        (result("Total white blood count", 15.6, "10*9/L", "H"), {LEUKOPENIA: NO, LEUKOCYTOSIS: YES}),
        (result("总胆红素", 180, "umol/L", span="0-200"), {"HP:0002904": NO}),  # of a newborn
        (result("White cell count", 15.6, "10*9/L", "H"), {LEUKOPENIA: NO, LEUKOCYTOSIS: YES}),
        (result("肌酐", 256, "umol/L"), {}),  # no range of the laboratory
        (result("血红蛋白A2", 9, "%", "H"), {}),
        (result("尿肌酐", 256, "umol/L", "H"), {}),
        (result("葡萄糖(尿)", 28, "mmol/L", "H"), {}),
        (result("白细胞", 156, "/uL", "H"), {}),  # of urine: in blood that would be low
        (result("白细胞", 15.6, "10*9/L", "H", specimen={"display": "腹水"}), {}),
    ],
)
def test_a_result_without_a_code_of_loinc_is_read_by_its_name(given: dict[str, Any], found: dict[str, Status]) -> None:
    assert statuses(case_of(given)) == found


@pytest.mark.parametrize("name", ["血钾", "钾(K)", "Serum potassium", "Potassium"])
def test_its_value_counts_for_red_flags(name: str) -> None:
    (measurement,) = case_of(result(name, 6.9, "mmol/L")).measurements
    assert (measurement.quantity, measurement.value) == ("potassium", 6.9)


def test_a_name_in_a_group_of_urine_is_of_urine() -> None:
    leukocytes = result("白细胞", 15.6, "10*9/L", "H", id="w")
    for group, found in (("血常规", {LEUKOPENIA: NO, LEUKOCYTOSIS: YES}), ("尿常规", {})):
        report = {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": group}, "id": "r"}
        assert statuses(case_of(report | {"result": [{"reference": "Observation/w"}]}, leukocytes)) == found


def test_a_loinc_code_that_is_not_in_the_table_is_not_read_by_its_name() -> None:
    code = {"coding": [{"system": "http://loinc.org", "code": "5767-9"}], "text": "白细胞"}
    assert case_of({**result("", 15.6, "10*9/L", "H"), "code": code}).findings == ()


@pytest.mark.parametrize("name", ["", "红细胞平均血红蛋白浓度", "肌酐清除率", "Albumin/creatinine", "尿白细胞", "痰"])
def test_other_names_stand_for_nothing(name: str) -> None:
    assert named_test(name) is None
