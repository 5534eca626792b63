"""Age, sex and pregnancy of the patient, as notes state them."""

import pytest

from knowledge.medical.case import Sex
from knowledge.medical.person import AFTER_BIRTH, Person, read_person


@pytest.mark.parametrize(
    ("text", "person"),
    [
        ("A 58-year-old man with chest pain.", Person(58, Sex.MALE, None)),
        ("Demographics: 35-year-old female. History: none", Person(35, Sex.FEMALE, None)),
        ("18 month old boy", Person(1.5, Sex.MALE, None)),
        ("患者女，62岁，胸痛", Person(62, Sex.FEMALE, None)),
        ("I'm 34 weeks pregnant", Person(None, Sex.FEMALE, True, 34)),
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
        ("男婴，6周，发热38.6℃", Person(0.115, Sex.MALE, None)),
        ("出生3天女婴，体温38.5℃", Person(0.008, Sex.FEMALE, None)),
        ("男婴，8个月，阵发性哭闹", Person(0.667, Sex.MALE, None)),
        ("女婴3天，发热", Person(0.008, Sex.FEMALE, None)),
        ("患儿，女，生后第5天，发热", Person(0.014, Sex.FEMALE, None)),
        ("出生后2周，发热", Person(0.038, Sex.UNKNOWN, None)),
        ("DOL 5, fever 38.4", Person(0.014, Sex.UNKNOWN, None)),
        ("男，6周前发热", Person(None, Sex.MALE, None)),
        ("女婴，3天前发热", Person(None, Sex.FEMALE, None)),
        ("患儿，男，8岁，出生3天时黄疸", Person(8, Sex.MALE, None)),
        ("52-year-old gravida 3, para 3 woman", Person(52, Sex.FEMALE, None)),
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
        ("At 34 weeks gestation, headache.", True),
        ("31yo 33w gestation, bleeding.", True),
        ("28F 36/40 BP 150/100", True),
        ("G2P1 at 34+2 wks, headache.", True),
        ("32yo G3P2002 @ 8w3d by LMP.", True),
        ("IUP at 12 weeks, pelvic pain.", True),
        ("GA 33+5, headache.", True),
        ("5 days postpartum, severe headache.", True),
        ("Day 3 postpartum, fundal tenderness.", True),
        ("PPD#2 after c-section, headache.", True),
        ("She delivered 6 days ago, headache.", True),
        ("产后5天，头痛。", True),
        ("停经，孕34+2周，头痛。", True),
        ("52-year-old gravida 3, para 3 woman with pelvic pain.", None),
        ("G3P3, last delivery 6 weeks ago in 2015.", None),
        ("8 months postpartum, headache.", None),
        ("Postpartum depression after her first child.", None),
        ("Miscarriage at 8 weeks gestation in 2015, headache.", None),
        ("6 week old boy born to a G2P1 at 39w2d, fever.", None),
        ("Newborn, 39 weeks gestation, grunting.", None),
        ("MMSE 28/40, headache.", None),
        ("BP 80/40, faint.", None),
        ("PPD 12 mm, cough.", None),
        ("产后抑郁史5年，头痛。", None),
    ],
)
def test_whether_the_patient_is_pregnant_now(text: str, pregnant: bool | None) -> None:
    assert read_person(text).pregnant is pregnant


@pytest.mark.parametrize(
    ("text", "gestation"),
    [
        ("34 weeks pregnant", 34),
        ("8 months pregnant", 34),
        ("28F 36/40 BP 150/100", 36),
        ("G2P1 at 34+2 wks", 34),
        ("32yo G3P2002 @ 8w3d", 8),
        ("Positive pregnancy test. 7 weeks' gestation on scan.", 7),
        ("孕34+2周", 34),
        ("5 days postpartum", AFTER_BIRTH),
        ("产后2周", AFTER_BIRTH),
        ("She is pregnant.", None),
        ("Fell from 12 weeks of stairs", None),
    ],
)
def test_how_far_a_pregnancy_is(text: str, gestation: int | None) -> None:
    assert read_person(text).gestation == gestation
