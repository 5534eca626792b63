"""Values in the forms of fax, table and ward round, and abbreviations in their two senses."""

import time

import pytest

from knowledge.medical.case import Status
from knowledge.medical.measurements import Quantity
from knowledge.medical.notes.tables import as_prose
from knowledge.medical.notes.values.measurements import read_measurements
from knowledge.medical.notes.values.results import read_results
from knowledge.medical.notes.values.stated import EARLIER, SPOILT
from knowledge.medical.notes.words.short_forms import short_forms

Q = Quantity


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GCS E1V1M4. E4 V5 M6. GCS评分5分", {Q.GCS: 5}),
        ("格拉斯哥昏迷评分：6分", {Q.GCS: 6}),
        ("Sedated and ventilated, GCS 3T on propofol. Intubated and sedated, GCS 3. GCS 3 on propofol", {}),
        ("GCS 6 at scene, intubated and sedated", {Q.GCS: 6}),
        ("Intubated and sedated for GCS 6", {Q.GCS: 6}),
        ("Ventilated, sedation off, GCS 4", {Q.GCS: 4}),
        ("GCS 6 on sedation hold", {Q.GCS: 6}),
        ("GCS 6 sedated and intubated at scene", {Q.GCS: 6}),
        ("GCS 9 but sedated by diazepam", {Q.GCS: 9}),
        ("GCS 3 while sedated", {}),
        ("GCS 14 T 38.1", {Q.GCS: 14, Q.TEMPERATURE: 38.1}),
        ("FHx: sister asthma. Obs BP 84/46.", {Q.SYSTOLIC: 84}),
        ("FHx: HTN. T2 DM. P 128 BP 84/46.", {Q.SYSTOLIC: 84, Q.HEART_RATE: 128}),
        ("FHx: brother BP 180/100. T2 DM. Sister Hb 71", {}),
        ("GCS E2VTM4, lead V1 M2, RR 1.4 (95% CI 1.1-1.8), Resp: 4L O2", {}),
        ("lying BP 140/80, standing BP 88/50", {Q.SYSTOLIC: 88, Q.DIASTOLIC: 50}),
        ("立位血压88/50mmHg", {Q.SYSTOLIC: 88, Q.DIASTOLIC: 50}),
        ("BP 60 palp. BP 70/?; BP 80/0", {Q.SYSTOLIC: 80}),
        ("血压70／测不出，体温３８．５℃", {Q.SYSTOLIC: 70, Q.TEMPERATURE: 38.5}),
        ("BP 70/-40, BP 140/0.5, BP 120 palpitations, BP ?", {}),
        ("T-39.6 P-130 R-32 BP-82/44 SpO2-86%", {Q.TEMPERATURE: 39.6, Q.HEART_RATE: 130, Q.RESPIRATORY_RATE: 32}),
        ("HR - 88/min, RR - 20, Hb - 8.2 g/dL", {Q.HEART_RATE: 88, Q.RESPIRATORY_RATE: 20, Q.HEMOGLOBIN: 82}),
        ("PR 110/min", {Q.HEART_RATE: 110}),
        ("PR 180 ms, vitamin K-2, K-12 school, T-12 fracture", {}),
        ("Creat 512 umol/L (45-84) H", {Q.CREATININE: 512}),
        ("| Calcium | 3.21 | mmol/L | 2.2-2.6 | H |", {Q.CALCIUM: 3.21}),
        ("Calcium\t3.21\tH\tmmol/L", {Q.CALCIUM: 3.21}),
        ("Urea 38.4 (2.5-7.8) mmol/L", {Q.UREA: 38.4}),
        ("Urea 18.4, CRP 64", {Q.UREA: 18.4, Q.CRP: 64}),
        ("Urea 45, BUN 18.4, CRP 6.4", {}),
        ("Urea 120 mg/dL, CRP 6.4 mg/dL", {Q.UREA: 19.98, Q.CRP: 64}),
        ("lac 6.8, BP 84/46 P 128.", {Q.LACTATE: 6.8, Q.HEART_RATE: 128}),
        ("Forehead lac 3 stitches, lac 3.5cm. Visit 12/24 P 12", {}),
        ("Chin lac 4.5 deep. R eyebrow lac 2.5, sutured", {}),
        ("pH 7.1 lac 4.2", {Q.PH: 7.1, Q.LACTATE: 4.2}),
        ("Fever 102.5 F", {Q.TEMPERATURE: 39.167}),
        ("febrile to 39.4 overnight", {Q.TEMPERATURE: 39.4}),
        ("Fever 38 weeks pregnant, fever 40 days, low-grade fever 37.6", {}),
        ("BP R arm 188/104, L arm 142/86", {Q.SYSTOLIC: 142}),
        ("Power L arm 4/5, pain R arm 10/10", {}),
        ("Neut 0.2 x10^9/L (2.0-7.5) L", {Q.NEUTROPHILS: 0.2}),
        ("ANC 400", {Q.NEUTROPHILS: 0.4}),
        ("COHb 28%, Hb 13.1 g/dL", {Q.CARBOXYHEMOGLOBIN: 28, Q.HEMOGLOBIN: 131}),
        ("carboxyhaemoglobin level was 28 %, SpO2 99%", {Q.CARBOXYHEMOGLOBIN: 28, Q.SATURATION: 99}),
        ("碳氧血红蛋白 31.5%，血红蛋白 131g/L", {Q.CARBOXYHEMOGLOBIN: 31.5, Q.HEMOGLOBIN: 131}),
        ("COHb >30%", {Q.CARBOXYHEMOGLOBIN: 30}),
        ("Plan: COHb, aim COHb < 3%, carboxyhemoglobin pending", {}),
        ("ANC 0.1", {Q.NEUTROPHILS: 0.1}),
        ("RR 32 82% RA HR 120", {Q.RESPIRATORY_RATE: 32, Q.SATURATION: 82, Q.HEART_RATE: 120}),
        ("RR 34, 78% on air.", {Q.SATURATION: 78}),
        ("Target sats 88-92%. Today 91% RA", {Q.SATURATION: 91}),
        ("Aim 88-92% RA. Echo: EF 55% RA dilated. FiO2 40% on air. ACR50 in 60% RA patients", {}),
        ("RR 30, 82% on air despite nebs", {Q.SATURATION: 82}),
        ("Battery is 45% on air mattress, spends now 50% on air conditioning and 40 60% on air travel", {}),
        ("BM 26, vomiting and diarrhoea", {Q.GLUCOSE: 26}),
        ("UC flare: BM 20 and bleeding. BM 18 with urgency. BM 16, tenesmus", {}),
        ("BM 32, ketones 6.1", {Q.GLUCOSE: 32, Q.KETONES: 6.1}),
        ("BM 25 pH 7.1, HR 120", {Q.GLUCOSE: 25, Q.PH: 7.1, Q.HEART_RATE: 120}),
        ("BM 20, bloody. BM 12, soft. BM 18/11. No BM 20 hours. BM 24 hourly. BM 16/day", {}),
        ("患者08:00血糖2.1mmol/L", {Q.GLUCOSE: 2.1}),
        ("02:10血压降至70/40mmHg", {Q.SYSTOLIC: 70}),
        ("目标空腹血糖4.4-7.0mmol/L。控制餐后血糖10以下", {}),
        ("Plan: IV fluids. BP now 70/40", {Q.SYSTOLIC: 70}),
        ("Plan: antibiotics. She is now drowsy, SpO2 82%", {Q.SATURATION: 82}),
        ("健康宣教：若血压高于180/120mmHg请就医。患者今日血压128/80mmHg", {Q.SYSTOLIC: 128}),
        ("Imp: sepsis. Plan: BP now 60/30, pressors", {Q.SYSTOLIC: 60}),
        ("Plan: now BP 60/30", {Q.SYSTOLIC: 60}),
        ("Plan: BP now > 100/60 with fluids. SpO2 today aim 94%", {}),
        ("Plan: home. Today T 37.2", {Q.TEMPERATURE: 37.2}),
        ("Plan: now for CT, K 4.5. Today BP target 130/80. Now keep SpO2 94%", {}),
        ("Plt - 2.4 lakh", {Q.PLATELETS: 240}),
        ("Neutrophils 78%, CSF: neutrophils 0", {}),
        ("LP: protein 0.5, WCC 4, glucose 2.1 (serum 5.6). CSF clear, WCC 3. Pleural tap glucose 1.2", {}),
        ("Thoracentesis: pH 7.05, glucose 1.2. Blood neuts 6.2. Ascitic fluid WCC 0.3 neuts 0.1", {Q.NEUTROPHILS: 6.2}),
        ("CSF clear, WCC 3, blood glucose 2.1. LP clear, bloods WCC 1.8", {Q.GLUCOSE: 2.1, Q.LEUKOCYTES: 1.8}),
        (
            "LP declined, WCC 9. LP 3 days ago, WCC 18. Ascites, lactate 5.2. IV fluids given, glucose 2.1",
            {Q.LEUKOCYTES: 18, Q.LACTATE: 5.2},
        ),
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
        ("PE not excluded. PE: chest clear", ["PE"]),
        ("r/o PE, no PE on CTPA, DVT/PE", ["PE", "PE", "PE"]),
        ("PE: lungs clear. On PE no PE. PE shows a murmur", ["PE"]),
        ("PE confirmed", ["PE"]),
        ("PPH 1.8L, atony. PPH EBL 1200, PPH due to atony", ["PPH", "PPH", "PPH"]),
        ("PPH 15 mmHg, IPAH/PPH 1.5 WU, PPH 2019, PPH on sildenafil, risk of PPH", []),
        ("seizing on the ward, still seizing", ["seizing", "seizing"]),
        ("Seizing the opportunity to advise, seizing up of the knee, seizing cramps", []),
        ("Seizing again in ED. Came back seizing. L arm seizing in the ambulance", ["Seizing", "seizing", "seizing"]),
        ("joint seizing at night, back is seizing again, knees seizing, seizing in the knee", []),
        ("had LOC of 2 minutes, had LOC", ["LOC", "LOC"]),
        ("had LOC of 15 on arrival, had LOC assessed", []),
        ("LOC 2 min. +LOC, no LOC, brief LOC, LOC +ve", ["LOC", "LOC", "LOC", "LOC", "LOC"]),
        ("Murphy's +, Murphys +ve, Murphy's -ve", ["Murphy's +", "Murphys +ve"]),
        ("ST elev in V2, ST↑, AST ↑, ST elevation", ["ST elev", "ST↑"]),
        ("sudden LOC, decreased LOC, low LOC: 14", ["LOC", "decreased LOC"]),
        ("post TKR. R THR 3 weeks ago. R THR. post THR 2015. THR 150 bpm", ["TKR", "THR"]),
        ("LOC: alert, LOC 15, LOC normal, with LOC (locus of control), no LOC: alert", []),
        ("bilateral PE tubes, PE on admission: alert, PE on exam normal, here for PE, no PE findings", []),
        ("PE/DVT ppx, PE or DVT prophylaxis, DVT/PE ppx, Wells score for PE 0, on warfarin for PE", []),
        ("Concern for PE. PE on CTPA. PE/DVT", ["PE", "PE", "PE"]),
        ("Denies SI/HI. No SI. SI and HI denied.", ["SI/HI", "SI", "SI and HI"]),
        ("N&V today, D+V, no V & D, A&V fistula, R&D, V/D ratio, N&Vx", ["N", "V", "V", "V", "D", "D"]),
        ("Prior SI, none now. With SI 1.2, has SI score of 3, no SI 2", []),
        ("He has the runs. He runs marathons. EMS RUN SHEET. Runs of VT, the runs of VT", ["runs"]),
        ("VT with pulse, VT 190 bpm, VT 450 ml, Vt, NSVT, VT: 6 ml/kg", ["VT", "VT"]),
        ("GCS E4 VT M6. Low VT ventilation, VT goal 6 ml/kg, VT target", []),
        ("Slow VT on the monitor. VT, M1 occlusion. Pulsed VT", ["VT", "VT", "VT"]),
        ("Hep B (CHB), HR 45. CHB, HBV DNA low, HR 48. CHB, pulse 55", []),
        ("CHB rate 42. CHB, HR 50, pacing. ECG: CHB", ["CHB", "CHB", "CHB"]),
        ("ECG CHB. CHB, HR 30. CHB on entecavir, HR 80", ["CHB", "CHB"]),
        ("Not breathing. Not breathing well, not breathing fast", ["Not breathing"]),
        ("Glucose: LO. BM LO. BGL HI. Glucose lo, LOW", ["Glucose: LO", "BM LO", "BGL HI"]),
        ("ketones large in urine, ketones +++, ketones trace, large protein", ["ketones large", "ketones +++"]),
        ("STE V2-V4, inferior STE. STE trial, STE strain imaging, TTE: STE normal", ["STE", "STE"]),
        ("SI joint pain, no SI tenderness. Normal SI + SII, no SI units, with SI joint pain", []),
    ],
)
def test_a_short_form_is_told_from_another(text: str, phrases: list[str]) -> None:
    assert [text[a:b] for a, b, _ in short_forms(text)] == phrases


def test_cells_of_another_fluid_are_none_of_the_blood() -> None:
    assert read_results("CSF: WCC 2, neutrophils 0, lymphocytes 2.", 30) == []
    assert read_results("Ascitic fluid WCC 0.3, neuts 0.1", 30) == []
    assert read_results("FBC: neutrophils 0.2", 30) != []


@pytest.mark.parametrize(
    ("text", "value", "left_out"),
    [
        ("K 6.9 (haemolysed), repeat 4.4", 4.4, {"K 6.9": EARLIER}),
        ("K 4.4, repeat 6.9", 6.9, {"K 4.4": EARLIER}),
        ("K 6.9 (repeat 4.4)", 4.4, {"K 6.9": EARLIER}),
        ("血钾6.9（溶血），复查4.4", 4.4, {"血钾6.9": EARLIER}),
        ("K+ 6.8 - sample clotted. Repeat K 4.1.", 4.1, {"K+ 6.8": SPOILT}),
        ("K 7.1; repeat K 4.5", 4.5, {"K 7.1": EARLIER}),
        ("血钾 6.9 mmol/L，复查血钾 4.4 mmol/L", 4.4, {"血钾 6.9 mmol/L": EARLIER}),
        ("Potassium 6.7 (haemolysed). Repeat potassium 6.8.", 6.8, {"Potassium 6.7": SPOILT}),
        ("K 3.9 but repeat K 6.9 (haemolysed)", 3.9, {"K 6.9": SPOILT}),
        ("Potassium 7.2 mmol/L (hemolyzed sample)", None, {"Potassium 7.2 mmol/L": SPOILT}),
        ("K 6.9, Na 140 - haemolysed, repeat sent.", None, {"K 6.9": SPOILT}),
        ("K 6.9. Sample haemolysed.", None, {"K 6.9": SPOILT}),
        ("K 7.3 contaminated with EDTA", None, {"K 7.3": SPOILT}),
        ("K 6.8 from a haemolysed sample", None, {"K 6.8": SPOILT}),
        ("血钾 7.0 mmol/L，标本溶血，已重抽", None, {"血钾 7.0 mmol/L": SPOILT}),
        ("K 6.8, repeat 2.", 6.8, {}),
        ("K 6.8, repeat 6/24", 6.8, {}),
        ("K 6.8, repeat 4 hourly", 6.8, {}),
        ("K 6.8. Plan: repeat K 4 hourly", 6.8, {}),
        ("K 6.8. Repeat K if >6.5", 6.8, {}),
        ("K 7.0 ?haemolysed", 7.0, {}),
        ("K 7.0, possibly haemolysed", 7.0, {}),
        ("K 7.0, not haemolysed", 7.0, {}),
        ("K 7.0 (previous sample haemolysed)", 7.0, {}),
        ("K 7.0 on repeat as previous sample haemolysed", 7.0, {}),
        ("K 7.0 haemolysed but ECG shows tented T waves", 7.0, {}),
        ("血钾7.0（无溶血）", 7.0, {}),
        ("72M. K 7.2 (haemolysed sample?), ECG peaked T waves", 7.2, {}),
        ("K 7.2 (haemolysed)?", 7.2, {}),
        ("K 7.4, haemolysed sample?", 7.4, {}),
        ("K 6.9 contaminated with EDTA? repeat sent.", 6.9, {}),
        ("血钾7.5mmol/L（标本溶血？）", 7.5, {}),
        ("血钾7.5（溶血标本可能），心率35次/分", 7.5, {}),
        ("K 7.6 lab error so repeated: 7.5", 7.6, {}),
        ("K 7.6, haemolysed. Repeat 7.5.", 7.6, {}),
        ("K 7.6 slightly haemolysed", 7.6, {}),
        ("K 2.1 (haemolysed)", 2.1, {}),
        ("血钾7.0，溶血性贫血", 7.0, {}),
        ("血钾7.0，2小时后复查", 7.0, {}),
    ],
)
def test_a_value_of_a_spoilt_sample_or_measured_again_is_not_the_one(
    text: str, value: float | None, left_out: dict[str, str]
) -> None:
    measured, unread = read_measurements(text)
    assert [m.value for m in measured if m.quantity is Q.POTASSIUM] == ([] if value is None else [value])
    assert {u.phrase: u.reason for u in unread} == left_out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Glucose 1.6 (haemolysed sample). Drowsy.", {Q.GLUCOSE: 1.6}),
        ("Na 118, K 3.1, glucose 2.1 haemolysed sample.", {Q.SODIUM: 118, Q.POTASSIUM: 3.1, Q.GLUCOSE: 2.1}),
        ("血糖1.5mmol/L，标本溶血，意识模糊", {Q.GLUCOSE: 1.5}),
        ("pH 6.95 (haemolysed sample) glucose 34 mmol/L ketones 6", {Q.PH: 6.95, Q.GLUCOSE: 34, Q.KETONES: 6}),
        ("Lactate 8.2 (haemolysed). K 7.1, Na 118 - haemolysed.", {Q.LACTATE: 8.2, Q.SODIUM: 118}),
        ("Hb 48 (haemolysed), platelets 12 (clotted)", {Q.HEMOGLOBIN: 48}),
    ],
)
def test_haemolysis_spoils_only_a_raised_potassium(text: str, expected: dict[Quantity, float]) -> None:
    assert {m.quantity: m.value for m in read_measurements(text)[0]} == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [("Hb 98 (was 132 last year)", 98), ("Hb 98 (132 in 2024)", 98), ("Hb 98 last year", None), ("Hb 98 (2024)", 98)],
)
def test_a_time_belongs_to_the_value_beside_it(text: str, value: float | None) -> None:
    assert [m.value for m in read_measurements(text)[0]] == ([] if value is None else [value])


@pytest.mark.parametrize(
    "piece", ["K 2.3 now ", "yesterday, ", "now the ", "K 2.3 -> ", "today K 2 ", "on arrival a1 "]
)
def test_times_of_hostile_texts_take_no_time(piece: str) -> None:
    began = time.perf_counter()
    read_measurements(piece * (10_000 // len(piece)))
    assert time.perf_counter() - began < 3


@pytest.mark.parametrize(
    ("text", "pressures"),
    [
        ("Discharge summary\nOn admission BP 84/50.\nOn discharge: T 36.8, BP 132/74", {132, 74}),
        ("出院小结：入院时BP 84/50mmHg，治疗后，出院时BP 132/74mmHg", {132, 74}),
        ("Discharge summary. Seen with BP 82/40. Now well: BP 128/72", {128, 72}),
        ("Seen with BP 82/40. Now better: BP 98/62", {82, 40, 98, 62}),
        ("BP today 80/40. At discharge last week BP was 130/80.", {80, 40}),
        ("Discharge letter. On discharge BP 132/74. Came back with BP 84/50.", {132, 74, 84, 50}),
    ],
)
def test_of_a_summary_the_values_at_discharge_count(text: str, pressures: set[float]) -> None:
    measured = read_measurements(text)[0]
    assert {m.value for m in measured if m.quantity in (Q.SYSTOLIC, Q.DIASTOLIC)} == pressures


@pytest.mark.parametrize(
    "text",
    [
        "Hb 52, clotted blood passed PV",
        "Hb 62. Clotted blood PV.",
        "Hb 62, haemolysed blood on film",
        "WBC 21, contaminated wound",
    ],
)
def test_blood_that_clots_or_breaks_is_no_spoilt_sample(text: str) -> None:
    assert len(read_measurements(text)[0]) == 1


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("K 7.3, repeat 16.00", [7.3]),
        ("K 7.3, repeat 18.", [7.3]),
        ("Na 118, repeat 14.", [118]),
        ("K 7.3 repeat 14.30, calcium gluconate given", [7.3]),
        ("K 7.3, recheck 16.30 after insulin/dextrose", [7.3]),
        ("K 7.3, repeat 06.00", [7.3]),
        ("K 7.3, repeat 1600", [7.3]),
        ("K 7.3. Repeat K 06.00", [7.3, 6]),
        ("Glucose 1.9, repeat 18.30", [1.9]),
        ("Glucose 1.9, repeat 18.30 mmol/L", [18.3]),
        ("Hb 62, repeat 12.00", [62]),
    ],
)
def test_a_time_of_day_is_no_value_that_was_measured_again(text: str, values: list[float]) -> None:
    assert [m.value for m in read_measurements(text)[0]] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("BP 78/40, bolus given, repeat BP 108/60", [40, 78, 60, 108]),
        ("BP 118/70, repeat 82/44 mmHg after the scan", [70, 118, 44, 82]),
        ("SpO2 97%, repeat 84%", [97, 84]),
        ("SpO2 97%, repeat 15 min", [97]),
        ("HR 88, repeat 18:00", [88]),
        ("血压80/50mmHg，复查118/70mmHg", [50, 80, 70, 118]),
    ],
)
def test_a_vital_sign_that_is_measured_again_was_right_both_times(text: str, values: list[float]) -> None:
    assert [m.value for m in read_measurements(text)[0]] == values


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-02,Potassium,6.9,mmol/L\n2026-11-02,Sodium,138,mmol/L", {Q.POTASSIUM: 6.9, Q.SODIUM: 138}),
        ('"02/11/2026 08:15","Potassium","6.9","mmol/L"', {Q.POTASSIUM: 6.9}),
        ("02-Nov-2026;Potassium;6,9;mmol/L", {Q.POTASSIUM: 6.9}),
        ("2026-11-01,Potassium,6.9,mmol/L\n2026-11-02,Potassium,4.1,mmol/L", {Q.POTASSIUM: 4.1}),
        ("2026-11-02,Potassium,4.1,mmol/L\n2026-11-01,Potassium,6.9,mmol/L", {Q.POTASSIUM: 4.1}),
        ("2026-11-02,Sodium,118,mmol/L\n2026-11-01,Potassium,6.9,mmol/L", {Q.SODIUM: 118, Q.POTASSIUM: 6.9}),
        ("Test,Result,Unit\nPotassium,6.8,mmol/L,3.5-5.1,H\nSodium,128,mmol/L", {Q.POTASSIUM: 6.8, Q.SODIUM: 128}),
        ('"Potassium, serum","6.8","mmol/L","3.5-5.1","H"', {Q.POTASSIUM: 6.8}),
        ('"Glucose, fasting",1.9,mmol/L', {Q.GLUCOSE: 1.9}),
        ("Potassium;6,8;mmol/L;3,5-5,1;H", {Q.POTASSIUM: 6.8}),
        ("Potassium,3.5-5.1,6.8,mmol/L", {Q.POTASSIUM: 6.8}),
        ("Potassium\t3.5-5.1\t6.8\tmmol/L", {Q.POTASSIUM: 6.8}),
        ("| Potassium | 3.5-5.1 | 6.8 | mmol/L |", {Q.POTASSIUM: 6.8}),
        ("Potassium,mmol/L,6.8,3.5-5.1,H", {Q.POTASSIUM: 6.8}),
        ("血钾,6.8,mmol/L,3.5-5.5,↑", {Q.POTASSIUM: 6.8}),
        ("Platelets,128,150-400", {Q.PLATELETS: 128}),
        ("SpO2,86,%", {Q.SATURATION: 86}),
        ("Potassium,4.1,5.2,6.8", {}),
        ("Potassium,urine,6.8,mmol/L", {}),
        ("Urine potassium,6.8,mmol/L", {}),
        ("Lactate 4,6", {Q.LACTATE: 4.6}),
        ("Hb9,8", {Q.HEMOGLOBIN: 98}),
        ("He takes potassium, 20 mmol daily, and calcium, 500 mg.", {}),
        ("Plan: check Na, K, Cr, 2 hourly", {}),
        ("Potassium, 6 tablets, taken at once", {}),
        ("Glucose, 5%, 500 ml", {}),
        ("K, 7, Elm Road", {}),
    ],
)
def test_rows_of_a_laboratory_system_are_read(text: str, expected: dict[Quantity, float]) -> None:
    measured, _ = read_measurements(text)
    assert {m.quantity: m.value for m in measured} == expected
    assert all(text[m.start : m.end] == m.phrase for m in measured)


def test_a_row_of_a_result_that_is_only_a_finding_is_read() -> None:
    assert [code for result in read_results("ALT,220,U/L,0-45,H", 30) for code, _ in result.findings] == ["HP:0031964"]


@pytest.mark.parametrize(
    "part",
    [
        "A,",
        "2026-11-02,",
        "1/1/11 1:11,",
        "Potassium,1-1,",
        '"',
        "K\t",
        "K,         ",
        "K,6,<1;",
        "| ",
        "aaaaaaaaaaaa \n",
    ],
)
def test_rows_without_end_take_no_time(part: str) -> None:
    text = part * (10_000 // len(part))
    assert len(as_prose(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "is_raised"),
    [
        ("Trop 12 -> 340", True),
        ("hs-trop 12→14→220", True),
        ("Troponin I 12 ng/L then 88 ng/L", True),
        ("trop 12 (0h), repeat 340 at 3h", True),
        ("troponin rose from 12 to 340", True),
        ("trop 340, repeat in 3 h", True),
        ("trop 340, repeat 3 h", True),
        ("trop 340", True),
        ("Troponin 340, repeat 12.00. Chest pain", True),
        ("Troponin 340, repeat 12 hrs", True),
        ("Troponin 1200, repeat 14 (different assay)", True),
        ("Troponin 1200 -> 14. chest pain", True),
        ("hs-trop 650 → 12. Chest pain", True),
        ("Trop 8 ng/L (340 last year) -> 9 ng/L", False),
        ("Trop 8 ng/L -> 9 ng/L", False),
        ("Trop 12 ng/L, CK 340", False),
        ("Trop 12 ng/L, lipase 340", False),
    ],
)
def test_of_a_trend_of_troponin_any_raised_value_counts(text: str, is_raised: bool) -> None:
    told = dict(finding for result in read_results(text, 60) for finding in result.findings)
    assert told["HP:0410173"] is (Status.PRESENT if is_raised else Status.ABSENT)
