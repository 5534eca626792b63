import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.medical.case import Sex, Status, Unread
from knowledge.medical.labs import findings_of, read_measurements
from knowledge.medical.measurements import Measurement, Quantity
from knowledge.medical.person import Person, read_person
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
    ],
)
def test_values_are_read_in_one_unit(text: str, expected: dict[Quantity, float]) -> None:
    assert {m.quantity: m.value for m in read_measurements(text)[0]} == pytest.approx(expected)


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
        ("His mother has a glucose of 15 mmol/L", "another_person", "glucose of 15 mmol/L"),
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


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("A 58-year-old man with chest pain.", Person(58, Sex.MALE, None)),
        ("Demographics: 35-year-old female. History: none", Person(35, Sex.FEMALE, None)),
        ("18 month old boy", Person(1.5, Sex.MALE, None)),
        ("患者女，62岁，胸痛", Person(62, Sex.FEMALE, None)),
        ("I'm 34 weeks pregnant", Person(None, Sex.FEMALE, True)),
        ("She isn’t pregnant.", Person(None, Sex.FEMALE, False)),
        ("The pregnancy test is negative.", Person(None, Sex.UNKNOWN, False)),
        ("Cough for 3 days", Person(None, Sex.UNKNOWN, None)),
        ("999 years old", Person(None, Sex.UNKNOWN, None)),
        ("62 y.o. male with chest pain", Person(62, Sex.MALE, None)),
        ("2 m.o. male with fever", Person(0.167, Sex.MALE, None)),
        ("62M with chest pain", Person(62, Sex.MALE, None)),
        ("Pt is a 45 yo F with headache", Person(45, Sex.FEMALE, None)),
        ("HPI: 70F, fall", Person(70, Sex.FEMALE, None)),
        ("6 mo old with fever", Person(0.5, Sex.UNKNOWN, None)),
        ("6 wk old girl", Person(0.115, Sex.FEMALE, None)),
        ("32-day-old boy", Person(0.088, Sex.MALE, None)),
        ("患儿，男，2个月，发热", Person(0.167, Sex.MALE, None)),
        ("女婴，2月龄", Person(0.167, Sex.FEMALE, None)),
        ("患儿，女，3周岁", Person(3, Sex.FEMALE, None)),
        ("男，3天前发热", Person(None, Sex.MALE, None)),
        ("发热2个月", Person(None, Sex.UNKNOWN, None)),
        ("Fever of 102F, 14F Foley catheter", Person(None, Sex.UNKNOWN, None)),
        ("Vomiting for 6 mo", Person(None, Sex.UNKNOWN, None)),
    ],
)
def test_who_the_patient_is(text: str, person: Person) -> None:
    assert read_person(text) == person


@pytest.mark.parametrize(
    ("text", "pregnant"),
    [
        ("Pelvic pain. Her sister is pregnant.", None),
        ("Pelvic pain. His wife is 20 weeks pregnant.", None),
        ("She has never been pregnant, pelvic pain.", None),
        ("Denies being pregnant, abdominal pain.", None),
        ("Trying to become pregnant, abdominal pain.", None),
        ("Has been unable to get pregnant.", None),
        ("Hypertension when pregnant 20 years ago. BP 165/95, headache.", None),
        ("She had eclampsia when she was pregnant with her son.", None),
        ("She may be pregnant.", None),
        ("Born at 34 weeks of gestation, now wheezing.", None),
        ("If pregnant, stop the drug.", None),
        ("She is not pregnant.", False),
        ("The patient is pregnant.", True),
        ("Denies vaginal bleeding, 34 weeks pregnant.", True),
        ("No fever, 8 weeks pregnant, pelvic pain.", True),
        ("History of hypertension, 34 weeks pregnant, headache.", True),
        ("Her husband brought her in; she is 30 weeks pregnant.", True),
        ("Found to be pregnant last week.", True),
        ("Got pregnant two months ago, pelvic pain.", True),
        ("Positive pregnancy test, pelvic pain.", True),
        ("Her sister is pregnant. She is 8 weeks pregnant herself.", True),
        ("其妹妹怀孕。", None),
        ("否认怀孕，腹痛。", None),
        ("计划怀孕，腹痛。", None),
        ("从未怀孕。", None),
        ("怀孕3次，流产1次。", None),
        ("孕34周，头痛。", True),
        ("无阴道流血，孕8周，腹痛。", True),
        ("已怀孕，腹痛。", True),
        ("未怀孕。", False),
    ],
)
def test_whether_the_patient_is_pregnant_now(text: str, pregnant: bool | None) -> None:
    assert read_person(text).pregnant is pregnant
