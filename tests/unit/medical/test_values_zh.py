"""Values as Chinese wards, laboratories and emergency rooms write them."""

import pytest

from knowledge.medical.measurements import Quantity
from knowledge.medical.notes.values.measurements import read_measurements

Q = Quantity
_TPR = [(Q.HEART_RATE, 112), (Q.TEMPERATURE, 38.4), (Q.RESPIRATORY_RATE, 24)]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *((text, 38.8) for text in ("肛温38.8℃", "腋温 38.8℃", "耳温：38.8", "发热38.8℃", "发热38.8", "热峰38.8℃")),
        *((text, 39) for text in ("最高39℃", "最高达39℃", "发烧39度", "高热39℃", "BT 39 HR 132")),
        ("發燒 39 度", 39),
        ("BT: 38.9", 38.9),
        ("BT39.5", 39.5),
    ],
)
def test_temperatures_by_the_names_of_wards(text: str, value: float) -> None:
    assert _read(text) == [(Q.TEMPERATURE, value), *([(Q.HEART_RATE, 132)] if "HR" in text else [])]


@pytest.mark.parametrize(
    "text",
    ["发热39天", "发热35天，体温正常", "最高39岁", "最高38分", "BT 3 min", "发热3天", "高热40小时", "产后发热38周"],
)
def test_days_weeks_and_years_are_no_temperatures(text: str) -> None:
    assert _read(text) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("HR 110 bpm, BP 76/42 mmHg", [(Q.HEART_RATE, 110), (Q.SYSTOLIC, 76), (Q.DIASTOLIC, 42)]),
        ("HR 88 bpm BPs 120/80", [(Q.HEART_RATE, 88), (Q.SYSTOLIC, 120), (Q.DIASTOLIC, 80)]),
        ("血压：85mmHg/50mmHg", [(Q.SYSTOLIC, 85), (Q.DIASTOLIC, 50)]),
        ("血压：85/50mmHg", [(Q.SYSTOLIC, 85), (Q.DIASTOLIC, 50)]),
        ("GCS评分3+1+4=8分", [(Q.GCS, 8)]),
        ("GCS 1+1+4", [(Q.GCS, 6)]),
        ("GCS评分由13分降至7分", [(Q.GCS, 13), (Q.GCS, 7)]),
        ("格拉斯哥评分7分", [(Q.GCS, 7)]),
        ("格拉斯哥昏迷评分7分", [(Q.GCS, 7)]),
        ("Glasgow评分7分", [(Q.GCS, 7)]),
        ("GCS3分", [(Q.GCS, 3)]),
        ("GCS 15分钟评估一次", []),
        ("白细胞计数15.6×10^9/L，血小板计数15×10^9/L", [(Q.LEUKOCYTES, 15.6), (Q.PLATELETS, 15)]),
        ("血红蛋白浓度62g/L，血糖水平25.6mmol/L", [(Q.HEMOGLOBIN, 62), (Q.GLUCOSE, 25.6)]),
        ("C-反应蛋白：120 mg/L", [(Q.CRP, 120)]),
        ("血钾仅2.1mmol/L", [(Q.POTASSIUM, 2.1)]),
        ("血钠仅108mmol/L", [(Q.SODIUM, 108)]),
        ("钾离子 7.1mmol/L", [(Q.POTASSIUM, 7.1)]),
        ("尿钾离子 40mmol/L", []),
        ("SpO2下降至70%", [(Q.SATURATION, 70)]),
        ("心率减慢至28次/分", [(Q.HEART_RATE, 28)]),
        ("呼吸频率减慢至6次/分", [(Q.RESPIRATORY_RATE, 6)]),
        ("血红蛋白由120g/L下降至60g/L", [(Q.HEMOGLOBIN, 120), (Q.HEMOGLOBIN, 60)]),
        ("TPR：38.4℃/112/24，BP 100/60", [*_TPR, (Q.SYSTOLIC, 100), (Q.DIASTOLIC, 60)]),
        ("T/P/R 38.4/112/24", _TPR),
        ("TPR 12/100", []),
        ("心室率28次/分", [(Q.HEART_RATE, 28)]),
        ("胎心率180次/分", []),
        ("胎儿心率60次/分", []),
        ("葡萄糖(GLU) 1.6↓ mmol/L", [(Q.GLUCOSE, 1.6)]),
        ("葡萄糖 1.6↓ 3.9-6.1 mmol/L", [(Q.GLUCOSE, 1.6)]),
        ("5%葡萄糖 250ml", []),
        ("F/S: 36 mg/dL", [(Q.GLUCOSE, 1.998)]),
        ("意識不清, one touch 36", [(Q.GLUCOSE, 1.998)]),
        ("finger sugar 36", [(Q.GLUCOSE, 1.998)]),
        ("one touch 5.6", []),
        ("F/S: 12 nodes", []),
        ("N 0.02×10^9/L", [(Q.NEUTROPHILS, 0.02)]),
        ("N 0.02×10⁹/L", [(Q.NEUTROPHILS, 0.02)]),
        ("N 85%", []),
        ("中性粒细胞 0.88", []),
        ("中性粒细胞绝对值 0.8", [(Q.NEUTROPHILS, 0.8)]),
        ("中性粒细胞由1.8×10^9/L降至0.6×10^9/L", [(Q.NEUTROPHILS, 1.8), (Q.NEUTROPHILS, 0.6)]),
        ("白细胞 0.5×10*9/L", [(Q.LEUKOCYTES, 0.5)]),
    ],
)
def test_values(text: str, values: list[tuple[Quantity, float]]) -> None:
    assert _read(text) == values


def _read(text: str) -> list[tuple[Quantity, float]]:
    """The values in the order of the text, a pressure's higher one first."""
    read = [(m.span[0], -m.value, m.quantity) for m in read_measurements(text)[0]]
    if text.startswith(("GCS", "血红")):
        read.sort(key=lambda one: one[0])
    else:
        read.sort()
    return [(quantity, -value) for _, value, quantity in read]
