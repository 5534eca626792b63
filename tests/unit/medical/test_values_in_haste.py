"""Values of hasty notes: which are of now, and how they are named."""

import pytest

from knowledge.medical.measurements import Quantity
from knowledge.medical.notes.values.labs import read_measurements

Q = Quantity


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("BP yesterday 92/60, today 128/74 off fluids", [(Q.SYSTOLIC, 128), (Q.DIASTOLIC, 74)]),
        (
            "On admission BP 80/45, HR 130. At discharge BP 124/72.",
            [(Q.HEART_RATE, 130), (Q.SYSTOLIC, 124), (Q.DIASTOLIC, 72)],
        ),
        ("On admission BP 80/45, HR 130.", [(Q.SYSTOLIC, 80), (Q.DIASTOLIC, 45), (Q.HEART_RATE, 130)]),
        ("Condition on arrival: GCS 6. Condition on discharge: GCS 15", [(Q.GCS, 15)]),
        ("Previous admission (Jan 2022): DKA, pH 6.9, K 2.8\nThis admission: K 4.4", [(Q.POTASSIUM, 4.4)]),
        ("Normally sats 86-88% on home O2", []),
        ("Sats 88-92% target, currently 84%, RR 22", [(Q.SATURATION, 84), (Q.RESPIRATORY_RATE, 22)]),
        ("Fetal HR 90, maternal HR 98", [(Q.HEART_RATE, 98)]),
        ("Reference range K 3.5-5.3. Result: high", []),
        ("K 6.8 haemolysed - rpt 4.3", [(Q.POTASSIUM, 4.3)]),
        ("Pleural effusion L tapped 1.2L straw coloured, pH 7.12, glucose 1.1", []),
        ("Pleural effusion L. ABG pH 7.12", [(Q.PH, 7.12)]),
        ("hypotensive 76/40 after GTN", [(Q.SYSTOLIC, 76), (Q.DIASTOLIC, 40)]),
        ("spiked 38.9 overnight", [(Q.TEMPERATURE, 38.9)]),
        ("fever 39, HR 130", [(Q.TEMPERATURE, 39), (Q.HEART_RATE, 130)]),
        ("fever 39 weeks", []),
        ("RR45 sats88% T38.9", [(Q.RESPIRATORY_RATE, 45), (Q.SATURATION, 88), (Q.TEMPERATURE, 38.9)]),
        ("RR 32, 84% RA -> 93% on 15 L", [(Q.RESPIRATORY_RATE, 32), (Q.SATURATION, 84), (Q.SATURATION, 93)]),
        ("WBC 0.3, ANC 0", [(Q.LEUKOCYTES, 0.3), (Q.NEUTROPHILS, 0)]),
        ("Lactate cleared 5.1 → 1.8", [(Q.LACTATE, 5.1), (Q.LACTATE, 1.8)]),
        ("BM 2.8 @ 0600, glucogel given, rpt BM 5.6", [(Q.GLUCOSE, 2.8), (Q.GLUCOSE, 5.6)]),
        ("Day 3 DKA resolved: ketones 0.3", [(Q.KETONES, 0.3)]),
        ("RBG 1.4 mmol/L", [(Q.GLUCOSE, 1.4)]),
        ("Cl 98, CO2 14, BUN high", [(Q.BICARBONATE, 14)]),
        ("pCO2 14, BUN high. EtCO2 32, Cr normal", []),
    ],
)
def test_values_of_now(text: str, values: list[tuple[Quantity, float]]) -> None:
    assert sorted((m.quantity, m.value) for m in read_measurements(text)[0]) == sorted(values)
