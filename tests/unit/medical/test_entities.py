"""Diseases, drugs and procedures through the committed recogniser."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InputTooLargeError
from knowledge.medical.entities import MAX_CHARACTERS, EntityKind, EntityRecognizer
from knowledge.medical.icd10cm import icd10cm
from knowledge.medical.lexicon import NameKind, shipped_lexicon
from knowledge.medical.notes.context.cue_rules import Assertion
from knowledge.medical.notes.words.drug_notes import allergy_lists

NOTE = (
    "He has hypertension and was treated with lisinopril 10 mg daily. No pneumonia. His mother had breast cancer. "
    "A colonoscopy was done."
)


@pytest.fixture(scope="module")
def recognizer() -> EntityRecognizer:
    return EntityRecognizer()


def test_a_note(recognizer: EntityRecognizer) -> None:
    told = {NOTE[e.start : e.end]: e for e in recognizer.read(NOTE)}
    assert told["hypertension"].kind is EntityKind.DISEASE
    assert told["hypertension"].code == "I10"
    assert told["lisinopril"].kind is EntityKind.DRUG
    assert (told["lisinopril"].name, told["lisinopril"].dose, told["lisinopril"].often) == (
        "lisinopril",
        "10 mg",
        "daily",
    )
    assert told["pneumonia"].assertion is Assertion.NEGATED
    assert told["pneumonia"].cue == "No"
    assert told["breast cancer"].assertion is Assertion.FAMILY
    assert told["colonoscopy"].kind is EntityKind.PROCEDURE


def test_only_the_very_words_are_linked() -> None:
    assert icd10cm(("syphilis",)) == ("A53.9", "Syphilis, unspecified")
    assert icd10cm(("Gout",)) == ("M10", "Gout")
    assert icd10cm(("gouty", "feelings")) is None
    assert shipped_lexicon().canonical(["Tylenol"], NameKind.DRUG) == "Acetaminophen"
    assert shipped_lexicon().canonical(["Tylenol"], NameKind.DISEASE) == ""


def test_an_apostrophe_of_any_kind_belongs_to_a_name(recognizer: EntityRecognizer) -> None:
    entities = recognizer.read("No sign of Crohn’s disease, and he doesn’t have Parkinson´s disease.")
    assert [(e.name, e.assertion) for e in entities] == [
        ("Crohn's disease [regional enteritis]", Assertion.NEGATED),
        ("Parkinson's disease", Assertion.NEGATED),
    ]


@pytest.mark.parametrize("text", ["No wheezing; ibuprofen hasn't helped the pain", "he hasn’t got a temperature"])
def test_half_a_contraction_is_no_disease(recognizer: EntityRecognizer, text: str) -> None:
    assert "hasn" not in {text[e.start : e.end] for e in recognizer.read(text)}


def test_the_length_limit(recognizer: EntityRecognizer) -> None:
    with pytest.raises(InputTooLargeError):
        recognizer.read("x" * (MAX_CHARACTERS + 1))


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=200))
def test_any_text_is_read_in_order(recognizer: EntityRecognizer, text: str) -> None:
    end = 0
    for entity in recognizer.read(text):
        assert end <= entity.start < entity.end <= len(text)
        end = entity.end


def test_a_medication_list_with_doses(recognizer: EntityRecognizer) -> None:
    text = "Meds: metformin, aspirin 81 mg daily; atorvastatin 40 mg at night, apixaban 5 mg b.i.d."
    assert [(e.name, e.dose, e.often) for e in recognizer.read(text)] == [
        ("metformin", "", ""),
        ("aspirin", "81 mg", "daily"),
        ("atorvastatin", "40 mg", "at night"),
        ("apixaban", "5 mg", "b.i.d"),
    ]


def test_a_chinese_note(recognizer: EntityRecognizer) -> None:
    text = "2型糖尿病10年，口服二甲双胍 0.5g 每日两次。无高血压。父亲肺癌。2015年行胆囊切除术。"
    told = {text[e.start : e.end]: e for e in recognizer.read(text)}
    assert {words: (e.kind.value, e.assertion.value) for words, e in told.items()} == {
        "2型糖尿病": ("disease", "present"),
        "二甲双胍": ("drug", "present"),
        "高血压": ("disease", "negated"),
        "肺癌": ("disease", "family"),
        "胆囊切除术": ("procedure", "historical"),
    }
    assert (told["二甲双胍"].dose, told["二甲双胍"].often) == ("0.5g", "每日两次")


@pytest.mark.parametrize(
    ("text", "allergies"),
    [
        ("Allergies: penicillin, ibuprofen. Meds: metformin", ["penicillin", "ibuprofen"]),
        ("Penicillin allergy. No known allergy to codeine.", ["Penicillin", "codeine"]),
        ("Anaphylaxis to amoxicillin in 2010.", ["amoxicillin"]),
        ("Codeine (rash).", ["Codeine"]),
        ("对青霉素、头孢曲松过敏，口服二甲双胍", ["青霉素", "头孢曲松"]),
        ("Allergic reaction treated with adrenaline and prednisolone.", []),
        ("Allergies: NKDA, Meds: metformin", []),
        ("Allergies: none, takes metformin.", []),
        ("Her asthma is allergic; takes salbutamol.", []),
        ("Allergies: Penicillin\nAspirin 75 mg daily", ["Penicillin"]),
        ("Allergies\n- Penicillin: rash\n- Ibuprofen\nMedications: metformin", ["Penicillin", "Ibuprofen"]),
        ("Allergies – penicillin", ["penicillin"]),
        ("Drug sensitivities: penicillin, codeine", ["penicillin", "codeine"]),
        ("Allergies include penicillin, codeine", ["penicillin", "codeine"]),
        ("Penicillin: anaphylaxis", ["Penicillin"]),
        ("過敏史：青黴素。阿司匹林可耐受", ["青黴素"]),
        ("Allergies: unknown, on warfarin", []),
        ("Allergies: no known drug allergies, on aspirin 75mg od", []),
        ("Allergies: penicillin, currently on aspirin 75 mg", ["penicillin"]),
        ("Allergic to penicillin but tolerates cefuroxime", ["penicillin"]),
        ("Anaphylaxis: adrenaline 0.5 mg IM, cetirizine (hives)", []),
        ("Given hydrocortisone, allergic reaction settled", []),
        ("Allergies:\nPenicillin\nCodeine\n\nMeds: aspirin", ["Penicillin", "Codeine"]),
        ("Allergies:\n1. Penicillin\n2. Codeine\nMeds: aspirin", ["Penicillin", "Codeine"]),
        ("Allergies\nPenicillin\nMedications\nAspirin", ["Penicillin"]),
        ("Allergies:\nNKDA\nAspirin 75 mg daily", []),
        ("Allergies:\nPenicillin\nMetformin 500 mg bd", ["Penicillin"]),
        ("Allergies: none known\nAspirin", []),
        ("Allergies:\nPenicillin\nPlan\nstart doxycycline", ["Penicillin"]),
        ("过敏史：\n青霉素\n\n口服阿司匹林", ["青霉素"]),
        ("磺胺类过敏，对头孢克洛过敏，口服阿司匹林", ["磺胺", "头孢克洛"]),
    ],
)
def test_a_drug_that_is_not_tolerated(recognizer: EntityRecognizer, text: str, allergies: list[str]) -> None:
    assert [text[e.start : e.end] for e in recognizer.read(text) if e.is_allergy] == allergies


@pytest.mark.parametrize(
    "text",
    ["Allergies: NKDA.", "Salbutamol PRN", "K 5.9, creatinine 180, glucose 22", "serum iron 4, serum lithium 1.8"],
)
def test_heads_and_measures_are_no_entities(recognizer: EntityRecognizer, text: str) -> None:
    named = {text[e.start : e.end] for e in recognizer.read(text)}
    assert not named & {"Allergies", "PRN", "K", "creatinine", "glucose"}


@pytest.mark.parametrize(
    ("text", "procedure", "assertion"),
    [
        ("No pneumonia on chest x-ray.", "chest x-ray", Assertion.PRESENT),
        ("No fracture was seen on the CT scan.", "CT scan", Assertion.PRESENT),
        ("No colonoscopy was done.", "colonoscopy", Assertion.NEGATED),
        ("Possible embolism: CT angiogram requested.", "CT angiogram", Assertion.HYPOTHETICAL),
        ("MRI of the lumbar spine pending.", "MRI of the lumbar spine", Assertion.HYPOTHETICAL),
        ("拟行冠状动脉造影。", "冠状动脉造影", Assertion.HYPOTHETICAL),
        ("已行冠状动脉造影。", "冠状动脉造影", Assertion.PRESENT),
    ],
)
def test_what_is_said_of_a_procedure(
    recognizer: EntityRecognizer, text: str, procedure: str, assertion: Assertion
) -> None:
    told = {text[e.start : e.end]: e.assertion for e in recognizer.read(text)}
    assert told[procedure] is assertion


@pytest.mark.parametrize(
    ("text", "doses"),
    [
        ("Methotrexate 10 mg, folic acid daily", [("10 mg", ""), ("", "daily")]),
        ("Aspirin 75 mg and ibuprofen as needed", [("75 mg", ""), ("", "as needed")]),
        ("aspirin 100mg、华法林每日一次", [("100mg", ""), ("", "每日一次")]),
        ("Vancomycin 1,000 mg", [("1,000 mg", "")]),
        ("digoxin 125 micrograms od", [("125 micrograms", "od")]),
        ("Metformin 500 mg BD", [("500 mg", "BD")]),
        ("aspirin 75 od, atorva 40 nocte, lithium 2", [("75", "od"), ("40", "nocte"), ("", "")]),
        ("paracetamol 180 mg/L at 4 h, lithium 1.6 mmol/L", [("", ""), ("", "")]),
    ],
)
def test_a_dose_is_of_its_own_drug(recognizer: EntityRecognizer, text: str, doses: list[tuple[str, str]]) -> None:
    assert [(e.dose, e.often) for e in recognizer.read(text)] == doses


@pytest.mark.parametrize(
    ("text", "assertion"),
    [
        *(
            (f"{text}.", Assertion.RESOLVED)
            for text in (
                *("Ramipril withheld", "Hold metformin", "warfarin 5 mg od (stopped)", "Drugs stopped: warfarin"),
                *("Held: metformin", "Discontinued: ramipril", "Amoxicillin 500mg TDS for 5 days (completed)"),
            )
        ),
        *(
            (f"{text}.", Assertion.NEGATED)
            for text in ("Warfarin contraindicated", "Apixaban not started", "Refused insulin")
        ),
        ("停用华法林3天", Assertion.RESOLVED),
        *(
            (text, Assertion.NEGATED)
            for text in ("禁用青霉素", "未服用华法林", "拒绝使用胰岛素", "未行胃镜", "拒绝透析")
        ),
        *(
            (f"{text}.", Assertion.NEGATED)
            for text in ("Refused dialysis", "MRI declined", "Cholecystectomy cancelled")
        ),
        *((f"{text}.", Assertion.NEGATED) for text in ("COVID-19 PCR negative", "HIV test negative", "Rubella immune")),
        *((f"{text}.", Assertion.HYPOTHETICAL) for text in ("Awaiting ERCP", "Will need appendicectomy")),
        *(
            (f"{text}.", Assertion.PRESENT)
            for text in ("Warfarin restarted", "Takes metformin", "ERCP done", "Has COVID-19", "New: ramipril")
        ),
    ],
)
def test_what_is_stopped_refused_or_to_come(recognizer: EntityRecognizer, text: str, assertion: Assertion) -> None:
    assert [e.assertion for e in recognizer.read(text)] == [assertion]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Her husband has asthma.", {"asthma": Assertion.OTHER_PERSON}),
        ("Domestic partner has hepatitis B.", {"hepatitis B": Assertion.OTHER_PERSON}),
        ("Lives with husband. Has asthma.", {"asthma": Assertion.PRESENT}),
        (
            "Kidney donor had hepatitis C, she asthma.",
            {"hepatitis C": Assertion.OTHER_PERSON, "asthma": Assertion.PRESENT},
        ),
    ],
)
def test_a_person_is_a_cue_and_no_disease(recognizer: EntityRecognizer, text: str, told: dict[str, Assertion]) -> None:
    assert {text[e.start : e.end]: e.assertion for e in recognizer.read(text)} == told


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Mr Brown was bitten by a pet",
            "2 mm ST depression V4-V6",
            "inferior STEMI, reciprocal depression",
            "stroke volume 60 ml",
            "SpO2 95% RA",
            "88 on RA",
        ),
        *("lead II PR depression", "mother GBS +ve", "chest clear, NAD", "HPC: seen at home", "19F DSH", "wet nappies"),
    ],
)
def test_what_is_something_else(recognizer: EntityRecognizer, text: str) -> None:
    assert recognizer.read(text) == ()


def test_a_number_before_rheumatoid_arthritis_is_no_saturation(recognizer: EntityRecognizer) -> None:
    assert [e.code for e in recognizer.read("DAS28 4.1 on RA treatment")] == ["M06"]


@pytest.mark.parametrize("text", ["DM", "ICH"])
def test_short_names_of_one_meaning_stay(recognizer: EntityRecognizer, text: str) -> None:
    assert [e.kind.value for e in recognizer.read(f"PMH: {text}, HTN.")] == ["disease", "disease"]


@pytest.mark.parametrize("text", ["骨折", "贫血", "UTI"])
def test_a_wider_name_has_no_code_of_a_narrower_disease(recognizer: EntityRecognizer, text: str) -> None:
    assert [(e.kind.value, e.code, e.name) for e in recognizer.read(text)] == [("disease", "", "")]


@pytest.mark.parametrize(
    ("text", "assertions"),
    [
        ("PMH: T2DM on metformin.", [Assertion.HISTORICAL, Assertion.PRESENT]),
        ("PMH: AF on apixaban 5mg bd and bisoprolol.", [Assertion.HISTORICAL, Assertion.PRESENT, Assertion.PRESENT]),
        ("PMH: DM on metformin 2010.", [Assertion.HISTORICAL, Assertion.HISTORICAL]),
        ("PMH: hyperkalaemia on ramipril.", [Assertion.HISTORICAL, Assertion.HISTORICAL]),
        ("PMH: GI bleed on aspirin.", [Assertion.HISTORICAL]),
        ("PMH: T2DM on metformin until 2019.", [Assertion.HISTORICAL, Assertion.HISTORICAL]),
        ("PMHx of AF, presents w/ stroke.", [Assertion.HISTORICAL, Assertion.PRESENT]),
        ("PMHx of AF w/ stroke 2010.", [Assertion.HISTORICAL, Assertion.HISTORICAL]),
    ],
)
def test_what_is_taken_and_what_brought_somebody_is_of_now(
    recognizer: EntityRecognizer, text: str, assertions: list[Assertion]
) -> None:
    assert [e.assertion for e in recognizer.read(text)] == assertions


def test_a_text_without_names(recognizer: EntityRecognizer) -> None:
    assert recognizer.read("Nothing to report.") == ()


@pytest.mark.parametrize(
    "text",
    [
        "allergies: " * 1_000,
        "allergies" + "\n- x" * 3_000,
        "allergies" + "\nx" * 5_000,
        "\n" * 10_000,
        "allergic to " * 900,
    ],
)
def test_lists_of_allergies_take_no_time(text: str) -> None:
    began = time.process_time()
    list(allergy_lists(text))
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("PMH: severe AS, mild MR, TR.", {"AS": "I35", "MR": "I34", "TR": ""}),
        ("Echo: moderate AR, EF 45%. Known AS, for AVR", {"AR": "I35", "AS": "I35"}),
        ("Rheumatic MS and MR", {"MS": "I05", "MR": "I34"}),
        ("Severe MS on ocrelizumab. Moderate AR with rhinitis. Severe AS, HLA-B27 positive", {}),
        ("PAIN SEVERE AS BEFORE. MR brain normal. Cardiac MR today. MS 4 mg given", {}),
    ],
)
def test_valves_in_two_letters(recognizer: EntityRecognizer, text: str, codes: dict[str, str]) -> None:
    letters = {text[e.start : e.end]: e for e in recognizer.read(text) if e.end - e.start == 2}
    valves = {short: e.code for short, e in letters.items() if short in ("AS", "AR", "MS", "MR", "TR")}
    assert valves == codes
    assert all(letters[short].kind is EntityKind.DISEASE for short in codes)


@pytest.mark.parametrize(
    "text", ["HR 116 sats 91 RA RR 26", "sats 99% OA", "R PICA territory", "K 6.8 haemolysed", "Feeling better"]
)
def test_air_and_an_artery_are_no_disease(recognizer: EntityRecognizer, text: str) -> None:
    assert [e for e in recognizer.read(text) if e.kind is EntityKind.DISEASE] == []


@pytest.mark.parametrize(
    ("text", "diseases"),
    [
        ("PICA stroke with vertigo", ["stroke", "vertigo"]),
        ("ruptured PICA aneurysm", ["aneurysm"]),
        ("PICA eating soil", ["PICA"]),
        ("sats 95 RA flare", ["RA"]),
        ("sats 95% OA knee", ["OA"]),
    ],
)
def test_what_stands_beside_an_artery_or_air_is_kept(
    recognizer: EntityRecognizer, text: str, diseases: list[str]
) -> None:
    assert [text[e.start : e.end] for e in recognizer.read(text) if e.kind is EntityKind.DISEASE] == diseases


def test_a_denial_in_capitals_is_no_drug(recognizer: EntityRecognizer) -> None:
    (dementia,) = recognizer.read("Dementia: NO. Lives alone.")
    assert dementia.assertion is Assertion.NEGATED
