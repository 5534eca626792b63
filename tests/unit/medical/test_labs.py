import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.medical.case import Sex, Status
from knowledge.medical.labs import findings_of, read_measurements
from knowledge.medical.measurements import Measurement, Quantity
from knowledge.medical.person import Person, read_person

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
    ],
)
def test_values_are_read_in_one_unit(text: str, expected: dict[Quantity, float]) -> None:
    assert {m.quantity: m.value for m in read_measurements(text)} == pytest.approx(expected)


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
    ],
)
def test_what_is_no_value_of_the_patient(text: str) -> None:
    assert read_measurements(text) == []


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


@settings(deadline=None)
@given(st.text(alphabet="BPHRTK Na:/.,0123456789mgdL%°C血压体温\n", max_size=120))
def test_any_text_is_read_and_offsets_give_the_phrase(text: str) -> None:
    for m in read_measurements(text):
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
