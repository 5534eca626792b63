"""Values of hasty notes: which are of now, and how they are named."""

import pytest

from knowledge.medical.measurements import Quantity
from knowledge.medical.notes.values.measurements import read_measurements

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
    assert read(text) == sorted(values)


def read(text: str) -> list[tuple[Quantity, float]]:
    return sorted((m.quantity, m.value) for m in read_measurements(text)[0])


def values_of(row: str) -> list[tuple[Quantity, float]]:
    """The values of a list such as ``K 6.9, BP 80/40``."""
    return sorted(pair for part in row.split(", ") if part for pair in read(part))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("More drowsy than usual GCS 9", "GCS 9"),
        ("More SOB than usual sats 82%", "sats 82%"),
        ("Drowsier than usual BM 1.9", "BM 1.9"),
        ("Taking insulin as usual BM 2.1", "BM 2.1"),
        ("Lower than usual BP 80/40", "BP 80/40"),
        ("Faster than usual HR 160", "HR 160"),
        ("Dialysed as usual K 7.1", "K 7.1"),
        ("insulin as usual ketones 6.2", "ketones 6.2"),
        ("Feeding as usual T 39.8", "T 39.8"),
        ("Breathing normally RR 36", "RR 36"),
        ("Speaking normally sats 84%", "sats 84%"),
        ("walking normally HR 140", "HR 140"),
        ("Lower than he usually has BP 80/40", "BP 80/40"),
        ("Usually BP 100/60", ""),
        ("Known COPD, usual sats 88%. Sats 74%", "sats 74%"),
        ("Pt usual sats 88% but 70% on arrival", "sats 88%"),
        ("Pt normally sats 86% on home O2 (severe COPD), today 79%", "sats 86%"),  # what is of today has no name
    ],
)
def test_usual_is_the_value_and_nothing_before_it(text: str, values: str) -> None:
    assert read(text) == values_of(values)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Normal range of movement R hip, T 39.2, HR 130", "T 39.2, HR 130"),
        ("Neck: full. Normal range of movement, HR 140, BP 80/40", "HR 140, BP 80/40"),
        ("Normal range of movement L knee HR 132", "HR 132"),
        ("Reference range for K 3.5-5.3, patient's K 6.9", "K 6.9"),
        ("Normal limits for lactate up to 2, lactate 8", "lactate 2, lactate 8"),
        ("Normal range for him BP 100/60, now BP 60/30", "BP 100/60, BP 60/30"),
        ("Reference ranges on file, K 6.9", "K 6.9"),
        ("ROM: normal. Normal range K 3.5-5.3", ""),
    ],
)
def test_a_normal_range_is_a_range_behind_its_name(text: str, values: str) -> None:
    assert read(text) == values_of(values)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("On discharge BP 130/80. On admission BP 70/40.", "BP 130/80, BP 70/40"),
        ("At discharge K 4.1, on admission K 7.2", "K 4.1, K 7.2"),
        ("Readmitted. On discharge Hb 102. On arrival Hb 61.", "Hb 102, Hb 61"),
        ("Discharged Monday; at discharge sats 96%. On arrival sats 79%, RR 36", "sats 96%, sats 79%, RR 36"),
        ("On arrival BP 70/40 (on discharge BP 130/80)", "BP 70/40, BP 130/80"),
        ("On admission K 6.9, aim on discharge K 4.5", "K 6.9, K 4.5"),
        ("Discharged last week. On arrival K 7.2, at discharge K 4.1", "K 7.2, K 4.1"),
        ("Previous admissions: none, GCS 8", "GCS 8"),
        ("Previous admissions: nil of note, BP 70/40 HR 140", "BP 70/40, HR 140"),
        ("Last admission: 3/52 ago with DKA, today K 7.1", "K 7.1"),
        ("Last attendance: yesterday, HR today 140, BP 80/40", "HR 140, BP 80/40"),
        ("Previous admission (2022): COPD, sats 84%, RR 36", "sats 84%, RR 36"),
        ("Previous admission (2022): DKA, pH 6.9, today K 7.1\nThis admission: K 6.8", "K 7.1, K 6.8"),
    ],
)
def test_the_stay_of_today_counts(text: str, values: str) -> None:
    assert read(text) == values_of(values)


@pytest.mark.parametrize(
    "text",
    [
        *("GCS recovered 10 minutes later", "sats recovered 60 minutes later", "HR improved 60 min after bolus"),
        *("RR improved 30 min after neb", "sats falling 60% O2", "sats falling 40% venturi", "sats improved 60% FiO2"),
        *("glucose falling on 6 units/h", "GCS worsened 3 points", "CRP spiked 39.5", "WCC spiked to 38.9"),
        *("glucose spiked to 38.5", "ALP spiking 39.5", "Hyperkalaemia resolved: K was 7.2"),
        *("DKA resolved: pH 6.9 on arrival", "AKI resolved: K 7.1 yesterday"),
        *("Sepsis resolved: lactate 8 on admission", "ANC 0 visits, unbooked 34/40", "ANC 0, unbooked"),
        *("HR rising 30 in an hour", "glucose falling 4 mmol/h", "Hb falling 20 g/L"),
        *("HR rising 20 bpm", "Hb falling 2 g/dL", "glucose falling 3 mmol/L/h", "ketones clearing 0.5/h"),
        *("K rising 5.1, 5.9, 6.8", "Platelets falling 140, 80, 22"),
    ],
)
def test_a_time_oxygen_or_what_was_is_no_value(text: str) -> None:
    assert read(text) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("VBG pH 7.05, CO2 25, AG 30", "pH 7.05"),
        ("ABG pH 7.02 CO2 18 AG 28", "pH 7.02"),
        ("VBG: pH 7.05 CO2 2.5, AG 30 (kPa)", "pH 7.05"),
        ("VBG pH 7.1 CO2 55, Glu 30", "pH 7.1"),
        ("VBG pH 7.01 Na 130 Cl 95 CO2 22 AG 30", "pH 7.01, Na 130"),
        ("Na 130 K 5.9 Cl 95 CO2 9 BUN 40", "Na 130, K 5.9, HCO3 9"),
        ("pericardial effusion drained 300 ml lactate 9 pH 7.1", "lactate 9, pH 7.1"),
        ("L pleural effusion drained: lactate 8, pH 7.1", "lactate 8, pH 7.1"),
        ("Hb 58, fluids ran in same arm, repeat Hb 121", "Hb 121"),
        ("Na 110 IV fluids arm, repeat Na 138", "Na 138"),
        ("Na 118 from drip arm with fluids, repeat Na 139", "Na 139"),
        ("K 7.1 contaminated by fluids, repeat K 4.1", "K 4.1"),
        ("K 7.0. On insulin for diabetes. Repeat K 4.3", "K 4.3"),
        ("K 7.0, insulin given, repeat K 4.3", "K 7.0, K 4.3"),
    ],
)
def test_what_the_other_value_is_of(text: str, values: str) -> None:
    assert read(text) == values_of(values)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("BP 120/70 at 0800 then 78/40", "BP 120/70, BP 78/40"),
        ("BP 120/70 0800 then 78/40", "BP 120/70, BP 78/40"),
        ("K 4.1 at 0800 then 7.2", "K 4.1, K 7.2"),
        ("GCS 15 at 0800, then 6", "GCS 15, GCS 6"),
        ("GCS 15 at 0800, then 3 falls", "GCS 15"),
        ("lactate 8 at 1200 then 2 L crystalloid", "lactate 8"),
        ("BP 120/80 now 70/40", "BP 120/80, BP 70/40"),
        ("GCS 15, now 9", "GCS 15, GCS 9"),
        ("sats 96% now 84%", "sats 96%, sats 84%"),
        ("K 3.1, now 40 mmol KCl", "K 3.1"),
        ("HR 140, now 15 min later", "HR 140"),
        ("Was hypotensive 70/40 now 120/80", "BP 70/40, BP 120/80"),
    ],
)
def test_a_later_value_without_a_name(text: str, values: str) -> None:
    assert read(text) == values_of(values)
