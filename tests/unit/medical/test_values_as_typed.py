"""Values in the forms of fax, table and ward round, and abbreviations in their two senses."""

import pytest

from knowledge.medical.analytes import read_results
from knowledge.medical.labs import read_measurements
from knowledge.medical.measurements import Quantity
from knowledge.medical.short_forms import short_forms

Q = Quantity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("T-39.6 P-130 R-32 BP-82/44 SpO2-86%", {Q.TEMPERATURE: 39.6, Q.HEART_RATE: 130, Q.RESPIRATORY_RATE: 32}),
        ("HR - 88/min, RR - 20, Hb - 8.2 g/dL", {Q.HEART_RATE: 88, Q.RESPIRATORY_RATE: 20, Q.HEMOGLOBIN: 82}),
        ("PR 110/min", {Q.HEART_RATE: 110}),
        ("PR 180 ms, vitamin K-2, K-12 school, T-12 fracture", {}),
        ("Creat 512 umol/L (45-84) H", {Q.CREATININE: 512}),
        ("| Calcium | 3.21 | mmol/L | 2.2-2.6 | H |", {Q.CALCIUM: 3.21}),
        ("Calcium\t3.21\tH\tmmol/L", {Q.CALCIUM: 3.21}),
        ("Urea 38.4 (2.5-7.8) mmol/L", {Q.UREA: 38.4}),
        ("Urea 38.4 H", {}),
        ("Neut 0.2 x10^9/L (2.0-7.5) L", {Q.NEUTROPHILS: 0.2}),
        ("ANC 400", {Q.NEUTROPHILS: 0.4}),
        ("ANC 0.1", {Q.NEUTROPHILS: 0.1}),
        ("Plt - 2.4 lakh", {Q.PLATELETS: 240}),
        ("Neutrophils 78%, CSF: neutrophils 0", {}),
    ],
)
def test_values_in_every_form(text: str, expected: dict[Quantity, float]) -> None:
    values = {m.quantity: m.value for m in read_measurements(text)[0]}
    assert {quantity: value for quantity, value in values.items() if quantity in expected} == expected
    assert expected or not values


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("?PE. CTPA: bilateral PEs", ["PE", "PEs"]),
        ("r/o PE, no PE on CTPA, DVT/PE", ["PE", "PE", "PE"]),
        ("PE: lungs clear. On PE no PE. PE shows a murmur", ["PE"]),
        ("PE confirmed", ["PE"]),
        ("bilateral PE tubes, PE on admission: alert, PE on exam normal, here for PE, no PE findings", []),
        ("PE/DVT ppx, PE or DVT prophylaxis, DVT/PE ppx, Wells score for PE 0, on warfarin for PE", []),
        ("Concern for PE. PE on CTPA. PE/DVT", ["PE", "PE", "PE"]),
        ("Denies SI/HI. No SI. SI and HI denied.", ["SI/HI", "SI", "SI and HI"]),
        ("Prior SI, none now. With SI 1.2, has SI score of 3, no SI 2", []),
        ("SI joint pain, no SI tenderness. Normal SI + SII, no SI units, with SI joint pain", []),
    ],
)
def test_a_short_form_is_told_from_another(text: str, phrases: list[str]) -> None:
    assert [text[a:b] for a, b, _ in short_forms(text)] == phrases


def test_cells_of_another_fluid_are_none_of_the_blood() -> None:
    assert read_results("CSF: WCC 2, neutrophils 0, lymphocytes 2.", 30) == []
    assert read_results("FBC: neutrophils 0.2", 30) != []
