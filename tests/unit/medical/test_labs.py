import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.medical.case import Sex, Status, Unread
from knowledge.medical.labs import TABLE, UNCLEAR, findings_of, read_measurements
from knowledge.medical.measurements import Measurement, Quantity
from knowledge.medical.stated import EARLIER, NOT_MEASURED

Q = Quantity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("BP 88/50", {Q.SYSTOLIC: 88, Q.DIASTOLIC: 50}),
        ("Blood pressure: 125/80 mmHg", {Q.SYSTOLIC: 125, Q.DIASTOLIC: 80}),
        ("血压 85/50mmHg，心率120次/分", {Q.SYSTOLIC: 85, Q.DIASTOLIC: 50, Q.HEART_RATE: 120}),
        ("HR 124, RR 28, SpO2 88% on room air", {Q.HEART_RATE: 124, Q.RESPIRATORY_RATE: 28, Q.SATURATION: 88}),
        ("T 39.2", {Q.TEMPERATURE: 39.2}),
        ("Temperature: 36.6°C (97.9°F)", {Q.TEMPERATURE: 36.6}),
        ("temp 101.3 F", {Q.TEMPERATURE: 38.5}),
        ("体温39.5℃", {Q.TEMPERATURE: 39.5}),
        ("No fever, temperature was 36.8 C", {Q.TEMPERATURE: 36.8}),
        ("Hb 8.2 g/dL", {Q.HEMOGLOBIN: 82}),
        ("hemoglobin 82", {Q.HEMOGLOBIN: 82}),
        ("WBC 15,000/uL", {Q.LEUKOCYTES: 15}),
        ("platelets 90 x10^9/L", {Q.PLATELETS: 90}),
        ("glucose 450 mg/dL", {Q.GLUCOSE: 24.978}),
        ("Potassium 7.1 mmol/L, Na 128", {Q.POTASSIUM: 7.1, Q.SODIUM: 128}),
        ("pH 7.12, HCO3 8", {Q.PH: 7.12, Q.BICARBONATE: 8}),
        ("GCS 13/15", {Q.GCS: 13}),
        # Doubt, a past and a doctor's worry stand in the sentence, and the value is measured
        ("Concern for PE given SpO2 88% and HR 125", {Q.SATURATION: 88, Q.HEART_RATE: 125}),
        ("Probable sepsis with BP 78/40", {Q.SYSTOLIC: 78, Q.DIASTOLIC: 40}),
        ("Hx of HTN, BP today 72/40, HR 130", {Q.SYSTOLIC: 72, Q.DIASTOLIC: 40, Q.HEART_RATE: 130}),
        (
            "s/p appendectomy 2 days ago, now BP 80/40 and T 39.4",
            {Q.SYSTOLIC: 80, Q.DIASTOLIC: 40, Q.TEMPERATURE: 39.4},
        ),
        ("疑似脓毒症、血压70/40mmHg", {Q.SYSTOLIC: 70, Q.DIASTOLIC: 40}),
        ("既往高血压病史，现血压70/40", {Q.SYSTOLIC: 70, Q.DIASTOLIC: 40}),
        ("5 day old girl with temp 38.5", {Q.TEMPERATURE: 38.5}),
        ("32-day-old boy with SpO2 84%", {Q.SATURATION: 84}),
        ("45 yr old man with BP 80/40", {Q.SYSTOLIC: 80, Q.DIASTOLIC: 40}),
        ("6 mo old girl with temp 39.2", {Q.TEMPERATURE: 39.2}),
        ("No further vomiting, K 7.1", {Q.POTASSIUM: 7.1}),
        ("At risk of DVT, HR 130", {Q.HEART_RATE: 130}),
        ("BP 72/40, 2 years ago MI", {Q.SYSTOLIC: 72, Q.DIASTOLIC: 40}),
        ("Possible hemolysis: K 6.9", {Q.POTASSIUM: 6.9}),
        ("入院后监测血压70/40mmHg", {Q.SYSTOLIC: 70, Q.DIASTOLIC: 40}),
        ("考虑高钾血症，血钾7.1", {Q.POTASSIUM: 7.1}),
        # Chinese words and units
        (
            "测血压75/40mmHg，急查血钾6.9mmol/L，急查血糖2.1mmol/L",
            {Q.SYSTOLIC: 75, Q.DIASTOLIC: 40, Q.POTASSIUM: 6.9, Q.GLUCOSE: 2.1},
        ),
        ("空腹血糖 2.3", {Q.GLUCOSE: 2.3}),
        ("血酮体5.2", {Q.KETONES: 5.2}),
        ("入院时心率150次/分", {Q.HEART_RATE: 150}),
        ("血小板20万", {Q.PLATELETS: 200}),
        ("白细胞1.5万", {Q.LEUKOCYTES: 15}),
        ("血小板2万/uL", {Q.PLATELETS: 20}),
        ("呼吸：32次/分", {Q.RESPIRATORY_RATE: 32}),
        ("呼吸约30次/分", {Q.RESPIRATORY_RATE: 30}),
        (
            "T 38.9℃ P 120次/分 R 30次/分 BP 85/50mmHg",
            {Q.TEMPERATURE: 38.9, Q.HEART_RATE: 120, Q.RESPIRATORY_RATE: 30, Q.SYSTOLIC: 85, Q.DIASTOLIC: 50},
        ),
        (
            "T39.5℃，P120次/分，R30次/分，BP85/50mmHg",
            {Q.TEMPERATURE: 39.5, Q.HEART_RATE: 120, Q.RESPIRATORY_RATE: 30, Q.SYSTOLIC: 85, Q.DIASTOLIC: 50},
        ),
        ("查K+6.9mmol/L，Na+128", {Q.POTASSIUM: 6.9, Q.SODIUM: 128}),
        ("血红蛋白65g/L，Hb65g/L", {Q.HEMOGLOBIN: 65}),
        # A comma for the decimals, and one between thousands
        ("K 6,8 mmol/l", {Q.POTASSIUM: 6.8}),
        ("Lactate 4,6", {Q.LACTATE: 4.6}),
        ("creatinine 1,9 mg/dl", {Q.CREATININE: 167.96}),
        ("Temperature 38,9", {Q.TEMPERATURE: 38.9}),
        ("Hb 7,5", {Q.HEMOGLOBIN: 75}),
        ("pH 7,214", {Q.PH: 7.214}),
        ("platelets 12,000", {Q.PLATELETS: 12}),
        ("HR 120,RR 30", {Q.HEART_RATE: 120, Q.RESPIRATORY_RATE: 30}),
        # How else values are written
        ("potassium level was 6.9", {Q.POTASSIUM: 6.9}),
        ("His potassium came back at 7.1", {Q.POTASSIUM: 7.1}),
        ("K > 8.0", {Q.POTASSIUM: 8.0}),
        ("glucose > 600 mg/dL", {Q.GLUCOSE: 33.304}),
        ("Glucose <20 mg/dL", {Q.GLUCOSE: 1.11}),
        ("Potassium (3.5-5.1) 7.2", {Q.POTASSIUM: 7.2}),
        ("elevated potassium (7.2 mmol/L)", {Q.POTASSIUM: 7.2}),
        ("Potassium | 7.2 | H", {Q.POTASSIUM: 7.2}),
        ("K 7.2 H, Na 128 L", {Q.POTASSIUM: 7.2, Q.SODIUM: 128}),
        ("SpO2 on room air 84%", {Q.SATURATION: 84}),
        ("SpO2 on 2 L 84%", {Q.SATURATION: 84}),
        ("saturating 82%", {Q.SATURATION: 82}),
        ("Oxygen saturations were 85%", {Q.SATURATION: 85}),
        ("SBP 72", {Q.SYSTOLIC: 72}),
        ("BP 80/palp", {Q.SYSTOLIC: 80}),
        ("BP 70 systolic", {Q.SYSTOLIC: 70}),
        ("| Resp 28 |", {Q.RESPIRATORY_RATE: 28}),
        (
            "T 39.2 P 120 R 30 BP 90/60",
            {Q.TEMPERATURE: 39.2, Q.HEART_RATE: 120, Q.RESPIRATORY_RATE: 30, Q.SYSTOLIC: 90, Q.DIASTOLIC: 60},
        ),
        ("UA: ketones 3+, serum glucose 2.1 mmol/L", {Q.GLUCOSE: 2.1}),
        ("Urine output 10 mL/h, K 7.2", {Q.POTASSIUM: 7.2}),
        ("Unable to maintain SpO2 above 85%, SpO2 84% (target 88-92%)", {Q.SATURATION: 84}),
        ("requiring 15 L to maintain SpO2 84%", {Q.SATURATION: 84}),
        ("BP 190/110 goal <140/90", {Q.SYSTOLIC: 190, Q.DIASTOLIC: 110}),
        ("SpO2 84% target 88-92%", {Q.SATURATION: 84}),
        ("BP 190/110 (goal <140/90)", {Q.SYSTOLIC: 190, Q.DIASTOLIC: 110}),
        ("lactate 4.6, lactate 41 mg/dL", {Q.LACTATE: 4.552}),
        ("platelets 20", {Q.PLATELETS: 20}),
        ("potassium rose from 4.1 to 6.9", {Q.POTASSIUM: 6.9}),
        ("Lactate 2.1->4.8", {Q.LACTATE: 4.8}),
        ("BP fell from 120/80 to 70/40", {Q.SYSTOLIC: 70, Q.DIASTOLIC: 40}),
        ("血压由120/80mmHg降至70/40mmHg", {Q.SYSTOLIC: 70, Q.DIASTOLIC: 40}),
        ("血红蛋白由120g/L降至60g/L", {Q.HEMOGLOBIN: 60}),
        ("体温最高40.2℃，指脉氧85%", {Q.TEMPERATURE: 40.2, Q.SATURATION: 85}),
        ("lactate at 08:00 4.6", {Q.LACTATE: 4.6}),
        # A value directly before that of the heart rate or of magnesium
        ("T 39,2 HR 118 RR 26", {Q.TEMPERATURE: 39.2, Q.HEART_RATE: 118, Q.RESPIRATORY_RATE: 26}),
        ("SpO2 84 HR 140", {Q.SATURATION: 84, Q.HEART_RATE: 140}),
        ("spo2 84 hr 140", {Q.SATURATION: 84, Q.HEART_RATE: 140}),
        ("spo2 84 hr: 140", {Q.SATURATION: 84, Q.HEART_RATE: 140}),
        ("BP 88/52 HR 112", {Q.SYSTOLIC: 88, Q.DIASTOLIC: 52, Q.HEART_RATE: 112}),
        ("bp 88/52 hr 112", {Q.SYSTOLIC: 88, Q.DIASTOLIC: 52, Q.HEART_RATE: 112}),
        ("葡萄糖(GLU)  2.1  mmol/L  ↓  3.90-6.10", {Q.GLUCOSE: 2.1}),
        ("血色素7.2g/dL", {Q.HEMOGLOBIN: 72}),
        ("血壓70/40mmHg，血氧飽和度82%", {Q.SYSTOLIC: 70, Q.DIASTOLIC: 40, Q.SATURATION: 82}),
        ("Potassium (normal range: 3.5-5.0) 7.1", {Q.POTASSIUM: 7.1}),
        ("Reference: potassium 3.5-5.0. K 7.1", {Q.POTASSIUM: 7.1}),
        ("Critical value: K 7.1", {Q.POTASSIUM: 7.1}),
        ("GCS 6 HR 40", {Q.GCS: 6, Q.HEART_RATE: 40}),
        ("Glucose 2.1 HR 120", {Q.GLUCOSE: 2.1, Q.HEART_RATE: 120}),
        ("Na 138 K 7.1 Mg 1.8", {Q.SODIUM: 138, Q.POTASSIUM: 7.1}),
        ("potassium 7.1 mg 1.8", {Q.POTASSIUM: 7.1}),
        ("RR 32 MG level pending", {Q.RESPIRATORY_RATE: 32}),
        ("RR 34 H RATE HIGH", {Q.RESPIRATORY_RATE: 34}),
        # Numbers with an s, an arrow or the unit before them
        ("HR 190s", {Q.HEART_RATE: 190}),
        ("BP 80s/40s", {Q.SYSTOLIC: 80, Q.DIASTOLIC: 40}),
        ("K ↑ 7.1, Na ↓ 116", {Q.POTASSIUM: 7.1, Q.SODIUM: 116}),
        ("Hb ↓ 58, lactate ↑6.2", {Q.HEMOGLOBIN: 58, Q.LACTATE: 6.2}),
        ("K mmol/L 7.1", {Q.POTASSIUM: 7.1}),
        ("Glucose (mg/dL): 34", {Q.GLUCOSE: 1.887}),
        # The last of a trend, and not the extremes that a chart writes before it
        ("K 4.2 (11/25) > 5.8 (11/26) > 7.1 (11/27)", {Q.POTASSIUM: 7.1}),
        ("Lactate 2.1 > 4.8", {Q.LACTATE: 4.8}),
        ("SpO2 97% -> 84%", {Q.SATURATION: 84}),
        ("Hb 120 g/L (5/1) → 61 g/L", {Q.HEMOGLOBIN: 61}),
        ("Temp: [36.5 °C (97.7 °F)-39.8 °C (103.6 °F)] 39.1 °C", {Q.TEMPERATURE: 39.1}),
        ("SpO2: [84 %-98 %] 90 %", {Q.SATURATION: 90}),
        ("Pulse: [88-132] 118", {Q.HEART_RATE: 118}),
        ("BP: (78-120)/(40-75) 84/50", {Q.SYSTOLIC: 84, Q.DIASTOLIC: 50}),
        # Everyday names
        ("Unresponsive, BGL 1.8 mmol/L", {Q.GLUCOSE: 1.8}),
        ("cap BG 38 mg/dL", {Q.GLUCOSE: 2.109}),
        ("Accucheck 34, Accu-Chek: 41", {Q.GLUCOSE: 2.276}),
        ("BM 1.9, sweaty and confused", {Q.GLUCOSE: 1.9}),
        ("FSBG 40. CBG 2.4", {Q.GLUCOSE: 2.4}),
        ("POC glucose 38 and Glucose (POC) 36", {Q.GLUCOSE: 1.998}),
        ("fingerstick 38", {Q.GLUCOSE: 2.109}),
        (
            "VBG pH 7,12, Gluc 31,4 ket 6,1 Lac 6.2",
            {Q.PH: 7.12, Q.GLUCOSE: 31.4, Q.KETONES: 6.1, Q.LACTATE: 6.2},
        ),
        ("BHB 5.8", {Q.KETONES: 5.8}),
        ("WCC 18.2, plts 40", {Q.LEUKOCYTES: 18.2, Q.PLATELETS: 40}),
        ("T bili 4.2 mg/dL", {Q.BILIRUBIN: 71.82}),
        ("Ca 14.8", {Q.CALCIUM: 3.693}),
        ("Ca2+ 1.6 mmol/L", {Q.CALCIUM: 1.6}),
        ("O2 82% on RA", {Q.SATURATION: 82}),
        ("B/P 74/38", {Q.SYSTOLIC: 74, Q.DIASTOLIC: 38}),
        ("NIBP 70/40", {Q.SYSTOLIC: 70, Q.DIASTOLIC: 40}),
        ("BP 72 over 40", {Q.SYSTOLIC: 72, Q.DIASTOLIC: 40}),
        ("BP lying 132/74, standing 82/50", {Q.SYSTOLIC: 82, Q.DIASTOLIC: 50}),
        ("P 140 irregular", {Q.HEART_RATE: 140}),
        ("T38.9 P132 R28", {Q.TEMPERATURE: 38.9, Q.HEART_RATE: 132, Q.RESPIRATORY_RATE: 28}),
        ("HR120 RR28 K7.1 Na116", {Q.HEART_RATE: 120, Q.RESPIRATORY_RATE: 28, Q.POTASSIUM: 7.1, Q.SODIUM: 116}),
    ],
)
def test_values_are_read_in_one_unit(text: str, expected: dict[Quantity, float]) -> None:
    assert {m.quantity: m.value for m in read_measurements(text)[0]} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "HR 120-130, RR 28-32",
            {(Q.HEART_RATE, 120), (Q.HEART_RATE, 130), (Q.RESPIRATORY_RATE, 28), (Q.RESPIRATORY_RATE, 32)},
        ),
        ("SBP 70-80", {(Q.SYSTOLIC, 70), (Q.SYSTOLIC, 80)}),
        ("BP 60-70/30-40", {(Q.SYSTOLIC, 60), (Q.SYSTOLIC, 70), (Q.DIASTOLIC, 30), (Q.DIASTOLIC, 40)}),
        ("BP 88/50-92/54", {(Q.SYSTOLIC, 88), (Q.SYSTOLIC, 92), (Q.DIASTOLIC, 50), (Q.DIASTOLIC, 54)}),
        ("BP 80s-90s/40s", {(Q.SYSTOLIC, 80), (Q.SYSTOLIC, 90), (Q.DIASTOLIC, 40)}),
        ("SpO2 88-89% despite 15 L", {(Q.SATURATION, 88), (Q.SATURATION, 89)}),
        ("SpO2 80%-85% on room air", {(Q.SATURATION, 80), (Q.SATURATION, 85)}),
        ("unable to keep SpO2 at 80-85%", {(Q.SATURATION, 80), (Q.SATURATION, 85)}),
        ("Admitted for dyspnea with SpO2 80-85%", {(Q.SATURATION, 80), (Q.SATURATION, 85)}),
        ("SBP maintained at 70-80 on pressors", {(Q.SYSTOLIC, 70), (Q.SYSTOLIC, 80)}),
        ("血压维持在70-80/40mmHg", {(Q.SYSTOLIC, 70), (Q.SYSTOLIC, 80), (Q.DIASTOLIC, 40)}),
        ("K 6.8-7.2.", {(Q.POTASSIUM, 6.8), (Q.POTASSIUM, 7.2)}),
        ("GCS 14-15", {(Q.GCS, 14), (Q.GCS, 15)}),
        ("Temp 39-40 in 2 month old boy", {(Q.TEMPERATURE, 39), (Q.TEMPERATURE, 40)}),
        ("temp 101-103 F", {(Q.TEMPERATURE, 38.333), (Q.TEMPERATURE, 39.444)}),
        ("体温波动在38-39.5℃", {(Q.TEMPERATURE, 38), (Q.TEMPERATURE, 39.5)}),
        ("心率110～130次/分", {(Q.HEART_RATE, 110), (Q.HEART_RATE, 130)}),
        ("HR 110 to 130", {(Q.HEART_RATE, 110), (Q.HEART_RATE, 130)}),
        ("HR 130 - 2 L of oxygen", {(Q.HEART_RATE, 130)}),
        ("K 7.1 - 2 hours ago 5.0", {(Q.POTASSIUM, 7.1)}),
        ("GCS 15 - 3 falls", {(Q.GCS, 15)}),
        ("HR 110 - 130", {(Q.HEART_RATE, 110), (Q.HEART_RATE, 130)}),
        ("K 7.1 (3.5-5.1)", {(Q.POTASSIUM, 7.1)}),
        ("K 7.1 3.5-5.1", {(Q.POTASSIUM, 7.1)}),
    ],
)
def test_both_ends_of_a_range_are_values(text: str, expected: set[tuple[Quantity, float]]) -> None:
    assert {(m.quantity, m.value) for m in read_measurements(text)[0]} == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "glucose 20",  # mmol/L or mg/dL: both can be believed
        "potassium 71",
        "BP 50/88",
        "Return if temperature is 39 C",
        "His mother has a glucose of 15 mmol/L",
        "ph 7",
        "RR interval",
        "K 2024-05-06",
        "Urine glucose 2+, ketones negative",
        "Urinalysis: glucose 1+",
        "urine ketones 4+",
        "UA: SG 1.020, glucose 500 mg/dL, ketones 80 mg/dL, pH 7.0",
        "尿常规：葡萄糖2+，酮体3+",
        "CSF glucose 2.1 mmol/L",
        "urine sodium 120 mmol/L",
        "direct bilirubin 40 umol/L",
        "糖化血红蛋白 6.5",
        "直接胆红素40",
        "K 6,8,5",
        "SpO2 >90%",
        "Temp < 38",
        "HR <100",
        "pH > 7.2",
        "sats in the 90s",
        "potassium 10 mg",
        "calcium 1 g IV",
        "repeat lactate 4 h",
        "K at 8 am",
        "Target SpO2 88%",
        "Keep BP 80/50 as target",
        "BP goal 80/50",
        "BP 80/50 as target",
        "maintain SpO2 of 88%",
        "Notify if K > 6.0",
        "Call for HR > 120",
        "transfuse for Hb < 7",
        "目标血压80/50mmHg",
        "血压控制在80/50mmHg",
        "Previous potassium was 6.9",
        "K 7.1 in 2019",
        "既往血压180/110mmHg",
        "3年前血钾6.9",
        "如体温39℃请来院",
        "体温38.5℃以上服用布洛芬",
        "Hold lisinopril for SBP < 85 or K > 6.5",
        "if SBP < 85, K > 6.5",
        "BG < 70 hypoglycemia protocol; BG > 400 call MD",
        "BP fell by 40 over 30 min",
        "BP 120 over 30 minutes",
        "glucose 50 ml given",
        "glucose 5% 1 L",
        "葡萄糖5% 100ml",
        "5%葡萄糖500ml",
        "葡萄糖酸钙10ml",
        "脑脊液：葡萄糖 2.1mmol/L",
        "sodium 2 hrs later",
        "potassium 40 mg daily",
        "calcium 2 mg 3 times a day",
        "SpO2 >90-92%",
        "O2 60% via venturi",
        "O2 40%",
        "Lac 4 cm to forehead",
        "Lac 4 x 2 cm",
        "breast Ca 2015, Ca 19-9 35, Ca 125 40",
        "lung Ca 3 years ago",
        "ionized Ca 1.12",
        "BM 2 times today",
        "had 3 BM today",
        "T12 fracture, L3 P2",
        "K 11-27",
        "Titrate O2 to SpO2 88-92%",
        "Titrated to keep sats of 88-92%",
        "oxygen for SpO2 88-92%",
        "Target SpO2 88-92%",
        "SpO2 88-92% target",
        "aim SBP 80-90",
        "permissive hypotension, SBP goal 80-90",
        "目标血压80-90/50-60mmHg",
    ],
)
def test_what_is_no_value_of_the_patient(text: str) -> None:
    assert read_measurements(text)[0] == []


@pytest.mark.parametrize(
    ("text", "reason", "phrase"),
    [
        ("Previous potassium was 6.9", EARLIER, "potassium was 6.9"),
        ("BP 180/110 in 2015", EARLIER, "BP 180/110"),
        ("Target SpO2 88%", NOT_MEASURED, "SpO2 88%"),
        ("Return if temperature is 39 C", NOT_MEASURED, "temperature is 39 C"),
        ("Normal range: K 3.5-5.0", NOT_MEASURED, "K 3.5-5.0"),
        ("參考值：鉀 3.5-5.0", NOT_MEASURED, "鉀 3.5-5.0"),
        ("His mother has a glucose of 15 mmol/L", "another_person", "glucose of 15 mmol/L"),
        ("Titrate O2 to SpO2 88-92%", NOT_MEASURED, "SpO2 88-92%"),
        ("Confused, glucose 20", UNCLEAR, "glucose 20"),
        ("Na+ 1288", UNCLEAR, "Na+ 1288"),
        ("| BP | Pulse |\n| 74/38 | 132 |", TABLE, "| BP | Pulse |"),
    ],
)
def test_what_is_left_out_is_told(text: str, reason: str, phrase: str) -> None:
    assert read_measurements(text) == ([], [Unread("text", reason, phrase)])


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


def test_blanks_without_end_take_no_time() -> None:
    assert read_measurements("K" + " " * 20_000 + "HR is " + "is " * 10_000) == ([], [])


@settings(deadline=None)
@given(st.text(alphabet="BPHRTK Na:/.,<>(+0123456789mgdL%°C血压体温\n", max_size=120))
def test_any_text_is_read_and_offsets_give_the_phrase(text: str) -> None:
    for m in read_measurements(text)[0]:
        assert text[m.start : m.end] == m.phrase
