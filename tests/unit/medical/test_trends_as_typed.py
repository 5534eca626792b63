"""Several values of one quantity: behind one name, and which of them counts."""

import time

import pytest

from knowledge.medical.case import Status
from knowledge.medical.notes.values.measurements import read_measurements
from knowledge.medical.notes.values.results import read_results


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("K 2.3 yesterday, K 3.9 today", [3.9]),
        ("K 3.9 today, K 2.3 yesterday", [3.9]),
        ("Yesterday: K 2.3, Na 140. Today: K 3.9, Na 138.", [3.9, 138]),
        ("BP 80/40 yesterday, BP 120/70 today", [70, 120]),
        ("昨日血钾2.3，今日血钾3.9", [3.9]),
        ("昨日血钾2.2mmol/L，补钾后今晨复查3.8mmol/L", [3.8]),
        ("昨日血钾3.8mmol/L，今晨复查2.2mmol/L", [2.2]),
        ("2天前血糖1.8，现血糖6.5", [6.5]),
        ("两天前血糖6.5，现血糖1.8", [1.8]),
        ("血钾6.9mmol/L，标本溶血，复查4.5mmol/L", [4.5]),
        ("血钾6.9mmol/L，考虑溶血所致，复查7.1mmol/L", [7.1]),
        ("血钾6.9mmol/L，标本溶血", []),
        ("血钾2.2mmol/L，补钾后复查3.8mmol/L", [2.2]),
        ("11月20日血钾2.2，血钠120，11月30日血钾3.8，血钠138", [3.8, 138]),
        ("11月20日血钾3.8，11月30日血钾2.2", [2.2]),
        ("12月30日血钾2.2，1月2日血钾3.8", [3.8]),
        ("2025-12-30血钾2.2，2026-11-20血钾3.8", [3.8]),
        ("11月30日血钾2.2，今血钾3.8", [2.2, 3.8]),
        ("11月30日血钾2.2，血钾3.8", [2.2, 3.8]),
        ("胎心率180次/分，心率96次/分", [96]),
        ("胎儿心率60次/分，胎心监护：基线心率145次/分", []),
        ("Fetal heart rate 180, HR 96", [96]),
        # what treatment may have mended within the day was an emergency
        ("K 7.2 on arrival. Treated. K now 5.1.", [7.2, 5.1]),
        ("K 2.3 -> K 3.9", [2.3, 3.9]),
        ("On arrival SpO2 82%. SpO2 now 97% on 15 L.", [82, 97]),
        ("SpO2 82% -> SpO2 97%", [82, 97]),
        ("入院时SpO2 82%，目前SpO2 97%", [82, 97]),
        # who does not say which is newer leaves both
        ("K 2.3. K 3.9.", [2.3, 3.9]),
        ("K 2.3 on admission. K 3.9.", [2.3, 3.9]),
        ("K 2.3 today; K 3.9 today", [2.3, 3.9]),
        ("Now eating. K 2.3. K 3.9 this morning", [2.3, 3.9]),
        ("Currently on furosemide, K 4.0 in clinic. K 2.3 yesterday.", [4.0, 2.3]),
        ("K 2.3 now", [2.3]),
        ("K 2.3 yesterday", [2.3]),
    ],
)
def test_the_newest_value_counts_where_the_words_say_which_it_is(text: str, values: list[float]) -> None:
    assert [m.value for m in read_measurements(text)[0]] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("SpO2 82% on arrival, now 97%", [82, 97]),
        ("SpO2 97% on RA → 84% on RA", [97, 84]),
        ("SpO2 97%, then dropped to 84% on walking", [97, 84]),
        ("SpO2 96-98% -> 84%", [96, 98, 84]),
        ("SpO2 97% at 09:00, 82% at 10:15", [97, 82]),
        # as nurses write times
        ("BM 4.2 at 0600, 2.8 at 0730 - given glucogel.", [4.2, 2.8]),
        ("80M. BP 120/70 at 0800, 78/40 at 1000.", [70, 120, 40, 78]),
        ("GCS 15 at 0600, 7 at 0730.", [15, 7]),
        ("SpO2 97% at 0600h, 82% at 0730h on air", [97, 82]),
        ("K 4.2 at 6am, 6.9 at 2pm.", [4.2, 6.9]),
        ("Temp 36.8 at 0600, 39.2 at 1000. HR 88 at 6 am and 142 at 9 am", [36.8, 39.2, 88, 142]),
        ("GCS 15 at 06:00 and 7 at 07:30.", [15, 7]),
        ("K 4.2 @0600, 5.1 (1000) and 6.9 @1400h", [4.2, 5.1, 6.9]),
        ("BM 0600 4.2, 0730 2.8", [4.2, 2.8]),
        ("BP 0600: 120/70; 1000: 78/40", [70, 120, 40, 78]),
        ("HR 0600: 88, 1000: 142, 1400: 150", [88, 142, 150]),
        ("GCS: 0600 15, 1000 12, 1400 7", [15, 12, 7]),
        ("SpO2 0600 97%, 1400 82%", [97, 82]),
        ("K 0600 4.2, 1400 6.9", [4.2, 6.9]),
        ("BP: 0800 120/70, 1000 78/40", [70, 120, 40, 78]),
        ("BP 0800 120/70 1000 78/40", [70, 120, 40, 78]),
        ("BP 0800 120/70, 0900 110/60, 1000 78/40, 1100 70/40", [70, 120, 60, 110, 40, 78, 40, 70]),
        ("HR 0600 88, 1000 142", [88, 142]),
        ("K 4.2 at 06h00, 6.9 at 14h00", [4.2, 6.9]),
        ("HR 0600 88, 1000 2 L of fluid", [88]),
        ("血糖4.2（06:00），2.8（07:30）", [4.2, 2.8]),
        ("SpO2 97% at 2000 m, 82% at 4000 m", [97]),
        ("K 4.2, 1400 mls urine", [4.2]),
        ("K 4.2 at 2 weeks, 6.9 mg of it", [4.2]),
        ("Na 140 at 1400, K 6.9 at 1400.", [140, 6.9]),
        ("血氧96%，随后降至82%", [96, 82]),
        ("K 6.9 -> 4.4 -> 3.9", [6.9, 4.4, 3.9]),
        ("K 6.9 (haemolysed?) -> 4.4", [6.9, 4.4]),
        ("potassium fell from 7.0 mmol/L to 5.1", [7.0, 5.1]),
        ("血钾由7.2mmol/L降至4.8mmol/L", [7.2, 4.8]),
        ("glucose 38 -> 142 mg/dL", [2.109, 7.882]),
        ("platelets 12 x10^9/L → 90 x10^9/L", [12, 90]),
        ("GCS 15 at scene, 9 on arrival, 6 now", [15, 9, 6]),
        ("BP 85/50, then 118/70", [50, 85, 70, 118]),
        ("BP 118/70 (10:00), 82/40 (11:30)", [70, 118, 40, 82]),
        ("血压由80/50mmHg升至118/70mmHg", [50, 80, 70, 118]),
        # of another day
        ("K 6.9 yesterday, now 4.4", [4.4]),
        ("K 6.9 yesterday -> 4.4 today", [4.4]),
        ("K 6.9 at baseline, now 4.4", [4.4]),
        ("K 6.9 (11/25) > 5.8 (11/26) > 4.2 (11/27)", [4.2]),
        ("K 6.9 (11/27) > 4.2 (11/27)", [6.9, 4.2]),
        ("K 6.9 -> 5.0 -> 4.2 over 5 days", [4.2]),
        ("K 6.9 -> 4.2 over 6 hours", [6.9, 4.2]),
        ("Previous K 6.9 -> 4.2. K 4.3 now", [4.2, 4.3]),
        ("K 6.9 -> 4.2 in 2019", []),
        ("In 2019 K 6.9 -> 4.1", [4.1]),
        ("Seen. In 2019, her potassium was 6.9", []),
        ("Renal transplant in 2019, K 6.9", [6.9]),
        ("In 2026 K 6.9", [6.9]),
        ("In 2000, K 6.9", [6.9]),
        ("In 2019 K 6.9, now 7.4", [6.9, 7.4]),
        ("In 2019 K 6.9, today K 4.2", [4.2]),
        ("CKD dx. in 2019 K 6.9", [6.9]),
        ("K 5.2 @ 08:00 -> 6.9 @ 12:00", [5.2, 6.9]),
        ("BP 118/70 @ 10:00 → 82/40", [70, 118, 40, 82]),
        # a trace that the note doubts, where a better one on air follows; else it may be as low as it says
        ("SpO2 62% (poor trace) -> 98%", [62, 98]),
        ("SpO2 62% (poor trace) -> 98% on RA", [98]),
        ("SpO2 62% (poor trace) -> 84%, in air", [84]),
        ("SpO2 62% (poor trace)", [62]),
        ("SpO2 62% (poor trace) -> 98% on 15 L", [62, 98]),
        ("SpO2 62% (poor trace) -> 98% 15L NRB", [62, 98]),
        ("K 6.9 (25 Nov) → 4.2 (27 Nov)", [4.2]),
        ("K 6.9 (Mon) → 5.0 (Tue) → 4.2 (Wed)", [4.2]),
        ("K 6.9 (Wed) → 5.0 (Wed)", [6.9, 5.0]),
        ("K 6.9 (day 1) -> 4.2 (day 3)", [4.2]),
        ("K 6.9 (11/25 08:00) > 4.2 (11/27 09:00)", [4.2]),
        ("K 6.9 (08:00) > 5.2 (12:00)", [6.9, 5.2]),
        ("血钾6.9(3天前)→4.2mmol/L", [4.2]),
        ("Na 118 yesterday -> 124 -> 131", [124, 131]),
        ("Na 117 -> 134 in 3 days", [134]),
        ("Na 117 -> 134 over a week", [134]),
        ("SpO2 84% -> 96% in 2 minutes", [84, 96]),
        ("Discharge note. SpO2 84% on admission, now 97% on RA", [97]),
        ("See discharge letter. SpO2 84% on arrival, now 97% on RA", [84, 97]),
        ("Discharge summary from 2023 attached. SpO2 84% on arrival, now 97%", [84, 97]),
        ("MRN 12\n\nDISCHARGE SUMMARY\nNa 116 → 131", [131]),
        ("Discharge summary. Na 131 → 116 during stay", [116]),
        # measured again
        ("K 7.1, repeat after insulin 5.9", [7.1, 5.9]),
        ("K 7.1, calcium given. Repeat post treatment K 6.0", [7.1, 6.0]),
        ("K 4.4 repeat 6.9 -> 5.0", [6.9, 5.0]),
        ("K 6.9 -> 5.1, repeat 4.4", [4.4]),
        # aimed at, said of another, or no value
        ("SpO2 60% (artefact) -> 98%", [98]),
        ("SpO2 60% (?artefact) -> 98%", [60, 98]),
        ("Keep SpO2 94% -> 98%", []),
        ("Call if SpO2 92% then 88%", []),
        ("Call if SpO2 92%, then 88%", []),
        ("Notify MO if BP 90/60, falling to 80/50", []),
        ("Target SpO2 94-98%, but dropped to 84% on RA", [84]),
        ("Aim SpO2 92%, desaturated to 80%.", [80]),
        ("Keep SpO2 > 92%, fell to 84%", [84]),
        ("Keep K < 5.5, rose to 6.9", [6.9]),
        ("Keep SpO2 > 92%, fell to 84% again", [84]),
        ("Keep BP > 100/60, fell to 70/40 after propofol", [40, 70]),
        ("Keep BP > 100/60 but fell to 70/40", [40, 70]),
        ("维持血压>100/60mmHg，降至70/40mmHg", [40, 70]),
        ("维持血压>90/60mmHg，今晨降至68/35mmHg", [35, 68]),
        ("Keep SBP > 100, overnight fell to 70", [70]),
        ("BP target <130/80, rose to 210/130", [130, 210]),
        ("Call if BP > 180/110, rose to 190/120", []),
        ("Aim BP > 100/60, MAP > 65", []),
        ("Husband's BP > 160/90, fell to 120/70", []),
        ("SpO2 88-92% is the target; 90% on air", [90]),
        ("50M: SpO2 target 94-98%, currently 85%", [85]),
        ("O2 sats aim 94-98, actual 84%", [84]),
        ("Target SpO2 94-98% (currently 85%)", [85]),
        ("SpO2目标94-98%，目前85%", [85]),
        ("SpO2 target 94-98%, currently 2 L oxygen", []),
        ("SpO2 target 94-98%, now on 2L", []),
        ("Keep SpO2 > 92%, fell to 84% RA", [84]),
        ("SpO2 > 92%, dropped to 60% FiO2", []),
        ("Keep K < 5.0, increased to 40 mmol KCl", []),
        ("Call if SpO2 < 92%, fell to 84%", []),
        ("SpO2 > 92%, up to 98%", []),
        ("目标血压140/90mmHg，随后降至75/40mmHg", [40, 75]),
        ("Mother's glucose 25 mmol/L -> 9 mmol/L", []),
        ("Temp: [36.5 °C (97.7 °F)-39.8 °C (103.6 °F)] 39.1 °C", [39.1]),
        ("K 4.4, then 40 mmol KCl", [4.4]),
        ("Na 130, then 3% saline", [130]),
        ("SpO2 96%, then 60% oxygen", [96]),
        ("SpO2 96%, up to 2 L", [96]),
        ("HR 82, then 12-lead ECG", [82]),
        ("K 3.9 (3.5-5.1)", [3.9]),
    ],
)
def test_every_value_behind_one_name_is_read_but_those_of_another_day(text: str, values: list[float]) -> None:
    measured = read_measurements(text)[0]
    assert [m.value for m in measured] == values
    assert len({(m.quantity, m.start) for m in measured}) == len(measured)


def test_a_time_before_a_value_is_not_left_unread() -> None:
    assert read_measurements("GCS 0600 15, 1400 7. K 0600: 4.2, 1400: 6.9")[1] == []


def test_each_value_behind_one_name_has_its_own_place() -> None:
    measured, unread = read_measurements("SpO2 82% on arrival, now 97%, K 6.9 -> 71")
    assert [m.phrase for m in measured] == ["SpO2 82%", "97%", "K 6.9"]
    assert [u.phrase for u in unread] == ["71"]


@pytest.mark.parametrize("part", ["1 -> ", "1 repeat ", "from 1 to ", "1", "1 (1) ", "<1>", "then ", "1 at 1:11, "])
def test_a_trend_without_end_takes_no_time(part: str) -> None:
    began = time.process_time()
    read_results("trop " + part * (10_000 // len(part)), 60)
    read_measurements("K " + part * (10_000 // len(part)))
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("DISCHARGE SUMMARY\n70F. K 6.8 on admission, treated. On discharge: SpO2 96% RA. K 4.5.", [96, 4.5]),
        ("DISCHARGE SUMMARY\n70F. K 6.8 on admission.\nOn discharge:\nBP 130/70\nK 4.5", [70, 130, 4.5]),
        ("DISCHARGE SUMMARY\nAdmission bloods: K 6.8, Na 117. Discharge bloods: K 4.5, Na 134.", [4.5, 134]),
        ("DISCHARGE SUMMARY\n70F. K 6.8.\nAt discharge:\n- HR: 72\n- K: 4.5\n\nFollow-up: GP", [72, 4.5]),
        ("出院小结\n入院血钾6.8mmol/L。出院时情况：心率72次/分。血钾4.5mmol/L。", [72, 4.5]),
        # another part of the note, another note, or nothing better
        ("DISCHARGE SUMMARY\n70F. K 6.1. On discharge: HR 72.\n\nAfter readmission K 6.8.", [6.1, 72, 6.8]),
        ("DISCHARGE SUMMARY\n70F. K 4.5 in clinic. On discharge: well. Course: K 6.8.", [4.5, 6.8]),
        ("DISCHARGE SUMMARY\n70F. On discharge: HR 72. K 6.8.", [72, 6.8]),
        ("Discharge letter seen. K 6.8 today. Old obs on discharge: HR 72. K 4.5.", [6.8, 72, 4.5]),
    ],
)
def test_what_stands_under_a_head_of_the_discharge_is_of_it(text: str, values: list[float]) -> None:
    assert [m.value for m in read_measurements(text)[0]] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("70M HD today. Dialysate K 2.0, Ca 1.25, bicarb 32. Pre-dialysis K 5.1.", [5.1]),
        ("Dialysate: K 2, Ca 1.5, patient K 6.9", [6.9]),
        ("PD effluent glucose 20.1. Glucose 5.1", [5.1]),
        ("透析液钾2.0，钙1.25。透析前血钾5.1", [5.1]),
        ("Drain amylase 8400, drain bilirubin 210. Bilirubin 12 umol/L.", [12]),
        ("Glucose 2.1 (urine), glucose 6.1", [6.1]),
        ("Glucose 2.1 (CSF)", []),
        ("Dialysate leaked, K 6.9.", [6.9]),
        ("80M Dialysate K 2.0, K 6.9 pre", [6.9]),
        ("Dialysate K 2.0, ketones 6.1", [6.1]),
        ("dialysate K2 Ca1.25, Hb 62, K 6.9", [62, 6.9]),
        ("Blood in drain Hb 62. K 2.1 (fluid restricted)", [62, 2.1]),
    ],
)
def test_what_other_fluids_hold_is_not_in_the_blood(text: str, values: list[float]) -> None:
    assert [m.value for m in read_measurements(text)[0]] == values


def test_amylase_of_a_drain_is_none_of_the_blood() -> None:
    results = read_results("Drain amylase 8400. Serum amylase 60.", 50)
    assert [status for result in results for _, status in result.findings] == [Status.ABSENT]
