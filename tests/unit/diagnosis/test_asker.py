"""What is answered from a chart: which entries and sentences, and what is said of them."""

import base64
import datetime as dt
import re
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.fhir.bundle import make_record
from adapters.fhir.chart import Chart, chart_of
from adapters.fhir.reasons import Reason
from apps.diagnosis.ask.answer import Answer, Outcome
from apps.diagnosis.ask.asker import Asker
from apps.diagnosis.ask.html import answer_html
from apps.diagnosis.ask.query import Topic
from apps.diagnosis.visit import Stated
from apps.ui.texts import t
from knowledge.medical.case import Case, Sex, Unread

READ_AT = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
SUBJECT = {"reference": "Patient/p"}
Resource = dict[str, Any]


def chart(*resources: Resource) -> Chart:
    about = [r if "patient" in r else {"subject": SUBJECT, **r} for r in resources]
    numbered = [{"id": f"r{place}", **r} for place, r in enumerate(about)]
    patient = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1970-01-01"}
    return chart_of(make_record([("", r) for r in (patient, *numbered)], origin="test"), read_at=READ_AT)


def ask(question: str, given: Chart, *unread: Unread) -> Answer:
    """Without a recogniser of findings: only the tables of questions are at work."""
    nothing: Any = SimpleNamespace(mentions=lambda text: (), resolve=lambda code: None)
    return Asker(nothing, nothing).ask(question, given, Case((), unread=unread))


def shown(answer: Answer, given: Chart, language: Any = "en") -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", answer_html(answer, given, language)))


def told(answer: Answer) -> list[str]:
    """The lines of an answer, each by its first name or its sentence."""
    return [
        line.quote or (line.entry.part or line.entry.names[0] if line.entry else line.text) for line in answer.lines
    ]


def report(name: str, conclusion: str, **fields: Any) -> Resource:
    made = {"resourceType": "DiagnosticReport", "status": "final", "code": {"text": name}, "conclusion": conclusion}
    return {**made, "effectiveDateTime": "2026-11-18", **fields}


def form(text: str) -> list[Resource]:
    return [{"contentType": "text/plain", "data": base64.b64encode(text.encode()).decode()}]


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("CT Chest", "what did the CT show?"),
        ("CT Chest", "any PE on CT?"),
        ("CT Chest", "CT结果怎么样"),
        ("胸部CT", "CT结果怎么样"),
        ("Echocardiography", "echo result?"),
        ("心脏彩超", "心脏彩超结果"),
        ("MRI brain", "did the MRI find a tumour?"),
        ("Lumbar puncture", "lumbar puncture?"),
        ("Blood culture", "blood culture?"),
    ],
)
def test_a_report_is_quoted_by_its_name(name: str, question: str) -> None:
    answer = ask(question, chart(report(name, "A finding without that word.")))
    assert answer.outcome is Outcome.FOUND
    assert "A finding without that word." in told(answer)


def test_the_conclusion_of_a_report_comes_first() -> None:
    concluded = report(
        "CT Chest", "AVM on the right.", presentedForm=form("CT OF THE CHEST\n\nA round mass. No effusion.")
    )
    headed = report("CT Chest", "Likely benign.", presentedForm=form("Findings: A mass.\nImpression: Likely benign."))
    assert told(ask("CT?", chart(concluded))) == [
        "CT Chest", "AVM on the right.", "CT OF THE CHEST", "A round mass.", "No effusion.",
    ]  # fmt: skip
    assert told(ask("CT?", chart(headed))) == ["CT Chest", "Impression: Likely benign.", "Findings: A mass."]


def test_a_section_of_a_note_is_quoted_by_its_heading() -> None:
    text = "BLOODS\nNormal.\nULTRASOUND OF THE KIDNEYS\nBoth small. No stones.\nPLAN:\nHome."
    wanted = ["ULTRASOUND OF THE KIDNEYS", "Both small.", "No stones."]
    assert told(ask("did the ultrasound show anything?", chart(report("Imaging", text)))) == wanted
    chinese = chart(report("病历", "腹部超声：\n双肾缩小。\n计划：\n出院。"))
    assert told(ask("超声结果", chinese)) == ["腹部超声：", "双肾缩小。"]


def test_a_procedure_is_also_found_as_a_problem_or_a_result() -> None:
    problem = {"resourceType": "Condition", "code": {"text": "Cardiac pacemaker in situ"}}
    result = {"resourceType": "Observation", "status": "final", "code": {"text": "ECG"}, "valueString": "Sinus rhythm"}
    assert told(ask("pacemaker?", chart(problem))) == ["Cardiac pacemaker in situ"]
    assert told(ask("心电图？", chart(result))) == ["ECG"]


def test_pictures_that_are_not_read_make_no_absence() -> None:
    study = {"resourceType": "ImagingStudy", "status": "available"}
    assert ask("any CT?", chart(study)).outcome is Outcome.COULD_NOT_CHECK


def test_of_a_finding_only_the_sentences_with_its_word_are_quoted() -> None:
    answer = ask("diabetes?", chart(report("Diabetes clinic", "Walks well. Diabetes since 2018.")))
    assert told(answer) == ["Diabetes since 2018."]


def allergy(name: str, **fields: Any) -> Resource:
    return {"resourceType": "AllergyIntolerance", "patient": SUBJECT, "code": {"text": name}, **fields}


def medicine(name: str, status: str = "active", day: str = "2026-05-01") -> Resource:
    request = {"resourceType": "MedicationRequest", "status": status, "intent": "order", "authoredOn": day}
    return {**request, "medicationCodeableConcept": {"text": name}}


@pytest.mark.parametrize(
    ("recorded", "question"),
    [
        ("Penicillin V", "penicillin?"),
        ("Penicillin V", "what happened with penicillin?"),
        ("Penicillin V", "any reaction to penicillin?"),
        ("Penicillin V", "has she ever reacted to penicillin?"),
        ("Penicillin V", "青霉素？"),
        ("青霉素", "对青霉素有反应吗"),
        ("Penicillin", "amoxicillin?"),
        ("Ibuprofen", "布洛芬能用吗"),
        ("Ibuprofen", "any NSAID?"),
        ("NSAIDs", "is she on ibuprofen?"),
    ],
)
def test_an_allergy_is_told_to_who_asks_for_the_drug(recorded: str, question: str) -> None:
    reaction = [{"manifestation": [{"text": "Anaphylaxis"}]}]
    given = chart(allergy(recorded, reaction=reaction), medicine("Metformin 500 mg"))
    answer = ask(question, given)
    assert told(answer) == [recorded]
    assert f"Allergy: {recorded} · Anaphylaxis" in shown(answer, given)
    assert "AllergyIntolerance" in [place.kind for place in answer.looked]


def test_who_asks_for_the_pill_is_not_told_all_medicines() -> None:
    given = chart(medicine("Desogestrel 75 microgram tablet"), medicine("Metformin 500 mg"))
    assert told(ask("is she on the pill?", given)) == ["Desogestrel 75 microgram tablet"]
    assert told(ask("她吃避孕药吗", given)) == ["Desogestrel 75 microgram tablet"]
    assert ask("is she on the pill?", chart(medicine("Metformin 500 mg"))).outcome is Outcome.NONE


def test_an_allergy_is_not_told_as_a_medicine() -> None:
    given = chart(allergy("Penicillin V"))
    assert "none among the medicines that were read" in shown(ask("is she on penicillin?", given), given)
    assert "过敏： Penicillin V" in shown(ask("在用青霉素吗", given), given, "zh")
    assert ask("any anticoagulant?", given).outcome is Outcome.NONE


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("any reactions?", Topic.ALLERGY),
        ("rash with amoxicillin?", Topic.ALLERGY),
        ("有药物反应吗", Topic.ALLERGY),
        ("C反应蛋白", Topic.RESULT),
        ("transfusion reaction?", Topic.FINDING),
    ],
)
def test_which_reaction_is_an_allergy(question: str, topic: Topic) -> None:
    assert ask(question, chart()).query.topic is topic


def test_a_reaction_in_a_note_is_quoted() -> None:
    given = chart(report("Letter", "Seen today. Came out in hives after amoxicillin. Walks well."))
    assert told(ask("any reaction to amoxicillin?", given)) == ["Came out in hives after amoxicillin."]
    assert told(ask("any reaction to contrast?", chart(report("Letter", "Vomited with contrast.")))) == [
        "Vomited with contrast."
    ]


def problem(name: str, onset: str | None = None, clinical: str = "active", ended: str | None = None) -> Resource:
    system = "http://terminology.hl7.org/CodeSystem/condition-clinical"
    days = {"onsetDateTime": onset, "abatementDateTime": ended}
    return {
        "resourceType": "Condition", "code": {"text": name},
        "clinicalStatus": {"coding": [{"system": system, "code": clinical}]}, **{k: v for k, v in days.items() if v},
    }  # fmt: skip


def stay(start: str, end: str | None = None, **fields: Any) -> Resource:
    period = {"start": start, "end": end} if end else {"start": start}
    status = "finished" if end else "in-progress"
    return {"resourceType": "Encounter", "status": status, "class": {"code": "IMP"}, "period": period, **fields}


@pytest.mark.parametrize(
    ("question", "given", "is_there"),
    [
        ("any anticoagulant this year?", medicine("Warfarin 3 mg", day="2019-01-01"), True),
        ("今年用过抗凝药吗", medicine("Warfarin 3 mg", day="2019-01-01"), True),
        ("was she on warfarin in 2020?", medicine("Warfarin 3 mg", day="2019-01-01"), True),
        ("was she on warfarin in 2018?", medicine("Warfarin 3 mg", day="2019-01-01"), False),
        ("was she on warfarin in 2020?", medicine("Warfarin 3 mg", "stopped", day="2019-01-01"), False),
        ("warfarin started this year?", medicine("Warfarin 3 mg", day="2019-01-01"), False),
        ("did she have diabetes in 2022?", problem("Diabetes", "2018-05-01"), True),
        ("2022年有糖尿病吗", problem("Diabetes", "2018-05-01"), True),
        ("did she have diabetes in 2022?", problem("Diabetes", "2018-05-01", "resolved", "2020-01-01"), False),
        ("did she have diabetes in 2019?", problem("Diabetes", "2018-05-01", "resolved", "2020-01-01"), True),
        ("diabetes this year?", problem("Diabetes"), True),
        ("did she have pneumonia in May 2017?", problem("Pneumonia", "2017", "resolved"), True),
        ("did she have pneumonia in May 2018?", problem("Pneumonia", "2017", "resolved"), False),
        ("did she have pneumonia in May 2017?", problem("Pneumonia", "2017-04", "resolved"), False),
        ("did she have pneumonia in May 2017?", problem("Pneumonia", "2017-01-01", "resolved"), False),
        ("did she have pneumonia in May 2019?", problem("Pneumonia", "2017", "resolved", "2019"), True),
        ("did she have pneumonia in May 2020?", problem("Pneumonia", "2017", "resolved", "2019"), False),
        ("admissions this month?", stay("2026-10-28"), True),
        ("admissions in March 2025?", stay("2025-02-27", "2025-03-04"), True),
        ("admissions in April 2025?", stay("2025-02-27", "2025-03-04"), False),
    ],
)
def test_what_began_before_a_period_and_went_on_lies_in_it(question: str, given: Resource, *, is_there: bool) -> None:
    assert ask(question, chart(given)).outcome is (Outcome.FOUND if is_there else Outcome.NONE)


def result(name: str, value: float | None, day: str, code: str = "", unit: str = "mmol/L", **fields: Any) -> Resource:
    coding = [{"system": "http://loinc.org", "code": code}] if code else []
    made = {"resourceType": "Observation", "status": "final", "code": {"text": name, "coding": coding}}
    quantity = {} if value is None else {"valueQuantity": {"value": value, "unit": unit, "code": unit}}
    return {**made, "effectiveDateTime": day, **quantity, **fields}


def numbers(answer: Answer) -> list[float | None]:
    return [line.entry.value.number for line in answer.lines if line.entry and line.entry.value]


@pytest.mark.parametrize("question", ["potassium in the last 24 hours", "最近24小时的血钾"])
def test_the_last_hours_are_no_number_of_values(question: str) -> None:
    days = ("2026-10-01", "2026-11-19T11:59:00Z", "2026-11-19T12:00:00Z", "2026-11-20T13:00:00+02:00", "2026-11-19")
    given = chart(*(result("Potassium", place, day, "2823-3") for place, day in enumerate(days)))
    answer = ask(question, given)
    assert numbers(answer) == [3, 2, 4]
    assert "2026-11-19 12:00 UTC" in shown(answer, given)


def test_a_period_that_is_not_understood_makes_no_absence() -> None:
    given = chart(result("Potassium", 4.1, "2026-10-01", "2823-3"))
    found, missing = ask("potassium on Monday", given), ask("sodium on Monday", given)
    assert (found.outcome, missing.outcome) == (Outcome.FOUND, Outcome.COULD_NOT_CHECK)
    assert "the period “monday” was not understood" in shown(found, given)
    assert "未能理解时间“周一”" in shown(ask("周一的血钾", given), given, "zh")


LABS = (
    result("Potassium", 5.1, "2026-11-20", "2823-3"),
    result("Potassium", 4.1, "2026-11-02", "6298-4"),
    result("Sodium", 138, "2026-11-18", "2951-2"),
    result("Sodium", 150, "2026-10-01", "2951-2"),
    result("ALT", 80, "2026-11-18", "1742-6", "U/L"),
    result("AST", 90, "2026-11-18", "1920-8", "U/L"),
    result("Bilirubin", 30, "2026-11-19", "1975-2", "umol/L"),
    result("Heart rate", 90, "2026-11-17", "8867-4", "/min"),
    result("Body temperature", 38.2, "2026-11-18", "8310-5", "Cel"),
)


@pytest.mark.parametrize(
    ("question", "values"),
    [
        ("last potassium and sodium?", [5.1, 138]),
        ("血钾和血钠最近一次是多少", [5.1, 138]),
        ("first potassium and sodium", [4.1, 150]),
        ("highest potassium and sodium", [5.1, 150]),
        ("last 2 potassium and sodium", [5.1, 138, 4.1, 150]),
        ("latest liver function", [30, 80, 90]),
        ("肝功能最近一次", [30, 80, 90]),
        ("latest vitals", [38.2, 90]),
        ("最近一次生命体征", [38.2, 90]),
        ("last labs", [5.1, 30, 138, 80, 90]),
        ("latest results", [5.1, 30, 138, 80, 90, 38.2, 90]),
        ("last potassium", [5.1]),
    ],
)
def test_each_quantity_has_its_own_latest_and_highest(question: str, values: list[float]) -> None:
    assert sorted(filter(None, numbers(ask(question, chart(*LABS))))) == sorted(values)


def test_two_parts_of_a_blood_pressure_stay_together() -> None:
    def pressure(day: str, high: float, low: float) -> Resource:
        parts = [
            {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueQuantity": {"value": value}}
            for code, value in (("8480-6", high), ("8462-4", low))
        ]
        return result("Blood pressure", None, day, "85354-9", component=parts)

    given = chart(pressure("2026-01-01", 180, 110), pressure("2026-02-01", 150, 90))
    assert numbers(ask("last blood pressure", given)) == [150, 90]


def test_what_several_procedures_have_for_their_latest() -> None:
    days = (("CT of abdomen", "2026-01-01"), ("CT of chest", "2026-02-01"), ("MRI of brain", "2025-01-01"))
    done = [
        {"resourceType": "Procedure", "status": "completed", "code": {"text": name}, "performedDateTime": day}
        for name, day in days
    ]
    assert told(ask("last CT and MRI", chart(*done))) == ["CT of chest", "MRI of brain"]


SPOILT = Unread("Observation/r0", Reason.SPOILT_SAMPLE, "Potassium 6.8")


@pytest.mark.parametrize("question", ["last potassium?", "highest potassium this week", "potassium?", "最近一次血钾"])
def test_a_spoilt_sample_is_shown_as_one_with_a_value_that_counts(question: str) -> None:
    haemolysed = result("K", 6.8, "2026-11-20", "2823-3", note=[{"text": "Specimen grossly haemolysed"}])
    given = chart(haemolysed, result("K", 4.4, "2026-11-18", "2823-3"))
    answer = ask(question, given, SPOILT)
    assert numbers(answer) == [6.8, 4.4]
    page = shown(answer, given)
    assert page.count("(not counted: the sample was spoilt, as the laboratory says) Specimen grossly haemolysed") == 1
    assert "（不计入：检验科注明标本不合格）" in shown(answer, given, "zh")


def test_where_the_latest_has_no_value_the_one_before_is_shown_too() -> None:
    clotted = result("K", None, "2026-11-19", "2823-3", dataAbsentReason={"text": "Specimen clotted"})
    days = ("2026-11-02", "2026-10-01")
    given = chart(clotted, *(result("K", 4.4, day, "2823-3") for day in days))
    assert numbers(ask("last potassium?", given)) == [None, 4.4]
    assert numbers(ask("last potassium?", chart(clotted))) == [None]
    assert numbers(ask("first potassium?", given)) == [4.4]


def test_why_the_patient_came_is_in_visits_and_notes() -> None:
    letter = "Admitted yesterday with chest pain. Chief complaint: dyspnoea. Walks well."
    given = chart(stay("2026-11-17", reasonCode=[{"text": "Melaena"}]), report("Letter", letter))
    for question in ("why was she admitted?", "为什么住院？"):
        answer = ask(question, given)
        assert "Melaena" in shown(answer, given)
        assert told(answer)[1:] == ["Admitted yesterday with chest pain.", "Chief complaint: dyspnoea."]
    chinese = chart(report("病历", "患者因反复咳嗽入院。查体无殊。"))
    assert told(ask("why was he seen?", chinese)) == ["患者因反复咳嗽入院。"]
    emergency = chart({**stay("2026-11-17", reasonCode=[{"text": "Melaena"}]), "class": {"code": "EMER"}})
    assert "Melaena" in shown(ask("why was she admitted?", emergency), emergency)
    assert ask("why was she admitted?", chart()).outcome is Outcome.NONE


def test_a_guessed_word_is_told_above_the_answer() -> None:
    given = chart(medicine("Warfarin 3 mg"), problem("Croup", "1953-01-01", "resolved"))
    assert "read as warfarin: 1 found" in shown(ask("is she on warfrin?", given), given)
    assert "按“华法林”理解：找到 1 条" in shown(ask("is she on warfrin?", given), given, "zh")
    assert told(ask("blood group?", given)) == []


def test_bloods_are_no_vital_signs() -> None:
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    pain = result("Pain", 3, "2026-11-18", category=[{"coding": [{"system": system, "code": "survey"}]}])
    pulse, potassium = LABS[-2], LABS[0]
    given = chart(pulse, potassium, pain)
    assert told(ask("bloods", given)) == told(ask("化验", given)) == ["Potassium"]
    assert len(told(ask("all results", given))) == 3


def test_a_joint_is_replaced_in_the_words_of_the_record() -> None:
    hip = {"resourceType": "Procedure", "status": "completed", "code": {"text": "Total replacement of left hip"}}
    assert told(ask("any joint replacement?", chart(hip))) == ["Total replacement of left hip"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_corrected_age_or_sex_is_told_beside_that_of_the_record(language: Any) -> None:
    nobody: Any = SimpleNamespace(mentions=lambda text: (), resolve=lambda code: None)
    given, read = chart(), Case((), age_years=56.0)
    stated: Stated = {"age_years": 30.0, "sex": Sex.MALE}
    for question, record, corrected in (
        ("how old is she?", t("diagnosis.years", language, count=56), t("diagnosis.years", language, count=30)),
        ("what sex?", t("diagnosis.sex_female", language), t("diagnosis.sex_male", language)),
    ):
        answer = shown(Asker(nobody, nobody).ask(question, given, read, stated=stated), given, language)
        said = f"{corrected} {t('ask.corrected', language)} {t('visit.by_clinician', language)}"
        assert answer.index(record) < answer.index(said)
        assert t("ask.corrected", language) not in shown(Asker(nobody, nobody).ask(question, given, read), given)
    unknown = shown(Asker(nobody, nobody).ask("age?", given, read, stated={"age_years": None}), given, language)
    assert f"{t('diagnosis.not_given', language)} {t('ask.corrected', language)}" in unknown
