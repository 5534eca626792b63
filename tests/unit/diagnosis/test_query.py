"""What a question is understood as: topic, subjects, period and pick."""

import datetime as dt
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

import apps.diagnosis.ask
from adapters.fhir.chart import chart_of_note
from adapters.fhir.observations import result_table
from apps.diagnosis.ask.asker import Asker
from apps.diagnosis.ask.periods import Period, find_period
from apps.diagnosis.ask.query import MAX_QUESTION, Pick, Topic, parse, questions
from apps.diagnosis.ask.words import SubjectKind, guess, ingredients_in, members, named_in, plain
from core.errors import InputTooLargeError
from knowledge.medical.case import Case

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("question", "topic", "subject", "pick"),
    [
        ("What was her last sodium?", Topic.RESULT, "sodium", Pick.LATEST),
        ("peak troponin in the last 3 days", Topic.RESULT, "troponin", Pick.HIGHEST),
        ("how has his weight changed over time", Topic.RESULT, "body weight", Pick.TREND),
        ("HbA1c", Topic.RESULT, "Hemoglobin A1c", Pick.ALL),
        ("hemoglobin?", Topic.RESULT, "hemoglobin", Pick.ALL),
        ("血小板最低值", Topic.RESULT, "platelets", Pick.LOWEST),
        ("首次肌酐是多少", Topic.RESULT, "creatinine", Pick.FIRST),
        ("FBC", Topic.RESULT, "full blood count", Pick.ALL),
        ("CBC", Topic.RESULT, "full blood count", Pick.ALL),
        ("last blood count", Topic.RESULT, "full blood count", Pick.LATEST),
        ("血常规", Topic.RESULT, "full blood count", Pick.ALL),
        ("U&E", Topic.RESULT, "urea and electrolytes", Pick.ALL),
        ("U&Es yesterday?", Topic.RESULT, "urea and electrolytes", Pick.ALL),
        ("last UE", Topic.RESULT, "urea and electrolytes", Pick.LATEST),
        ("肾功电解质", Topic.RESULT, "urea and electrolytes", Pick.ALL),
        ("is she on the pill?", Topic.MEDICATION, "hormonal contraceptive", Pick.ALL),
        ("Is she still on the pill and when did she start?", Topic.MEDICATION, "hormonal contraceptive", Pick.ALL),
        ("她在吃避孕药吗", Topic.MEDICATION, "hormonal contraceptive", Pick.ALL),
        ("any contraception?", Topic.FINDING, "contraception", Pick.ALL),
        ("which inhalers?", Topic.MEDICATION, "inhaler", Pick.ALL),
        ("painkillers since admission", Topic.MEDICATION, "painkiller", Pick.ALL),
        ("does he take sleeping tablets?", Topic.MEDICATION, "sleeping pill", Pick.ALL),
        ("blood thinners?", Topic.MEDICATION, "anticoagulant", Pick.ALL),
        ("LFT", Topic.RESULT, "liver function", Pick.ALL),
        ("LFTs", Topic.RESULT, "liver function", Pick.ALL),
        ("K", Topic.RESULT, "potassium", Pick.ALL),
        ("last K?", Topic.RESULT, "potassium", Pick.LATEST),
        ("K in the last 24 hours", Topic.RESULT, "potassium", Pick.ALL),
        ("highest K and Na", Topic.RESULT, "sodium", Pick.HIGHEST),
        ("最近一次K", Topic.RESULT, "potassium", Pick.LATEST),
        ("Na", Topic.RESULT, "sodium", Pick.ALL),
        ("any PE?", Topic.FINDING, "pulmonary embolism", Pick.ALL),
        ("did she have a PE in 2019?", Topic.FINDING, "pulmonary embolism", Pick.ALL),
        ("any clots?", Topic.FINDING, "blood clot", Pick.ALL),
        ("有血栓吗", Topic.FINDING, "blood clot", Pick.ALL),
        ("resus status?", Topic.FINDING, "advance directive", Pick.ALL),
        ("DNACPR?", Topic.FINDING, "advance directive", Pick.ALL),
        ("any joint replacement?", Topic.PROCEDURE, "joint replacement", Pick.ALL),
        ("做过关节置换吗", Topic.PROCEDURE, "joint replacement", Pick.ALL),
        ("has she had her appendix out?", Topic.PROCEDURE, "appendectomy", Pick.ALL),
        ("is he taking a statin?", Topic.MEDICATION, "statin", Pick.ALL),
        ("Is she on Eliquis?", Topic.MEDICATION, "apixaban", Pick.ALL),
        ("在用华法林吗", Topic.MEDICATION, "warfarin", Pick.ALL),
        ("有没有用激素", Topic.MEDICATION, "corticosteroid", Pick.ALL),
        ("penicillin allergy?", Topic.ALLERGY, "penicillin", Pick.ALL),
        ("has he had the MMR vaccine", Topic.IMMUNIZATION, "measles", Pick.ALL),
        ("Any previous appendicectomy?", Topic.PROCEDURE, "appendectomy", Pick.ALL),
        ("does she drink alcohol", Topic.FINDING, "alcohol", Pick.ALL),
        ("有冠心病吗", Topic.FINDING, "coronary artery disease", Pick.ALL),
    ],
)
def test_what_a_question_names(question: str, topic: Topic, subject: str, pick: Pick) -> None:
    query = parse(question, NOW)
    assert (query.topic, query.pick) == (topic, pick)
    assert subject in [s.name for s in query.subjects]


@pytest.mark.parametrize(
    "question", ["what are the pills she takes?", "which is the pill for her heart?", "any inhaled foreign body?"]
)
def test_what_is_no_everyday_name_of_a_class(question: str) -> None:
    assert not [s for s in parse(question, NOW).subjects if s.kind in (SubjectKind.DRUG, SubjectKind.DRUG_CLASS)]


def test_a_class_in_everyday_words_has_its_members() -> None:
    (pill,) = parse("is she on the pill?", NOW).subjects
    assert {"levonorgestrel", "desogestrel"} <= {drug.name for drug in members(pill)}
    (painkillers,) = parse("any painkillers?", NOW).subjects
    assert {"paracetamol", "ibuprofen", "morphine"} <= {drug.name for drug in members(painkillers)}
    assert ingredients_in("Drospirenone 3 MG / Ethinyl Estradiol 0.03 MG") == {"drospirenone", "ethinylestradiol"}


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("list all diagnoses", Topic.PROBLEM),
        ("medical history", Topic.PROBLEM),
        ("current medications", Topic.MEDICATION),
        ("any operations?", Topic.PROCEDURE),
        ("手术史", Topic.PROCEDURE),
        ("有没有既往手术史", Topic.PROCEDURE),
        ("bloods", Topic.RESULT),
        ("when was the last admission", Topic.ENCOUNTER),
        ("上次住院是什么时候", Topic.ENCOUNTER),
        ("lab results this month", Topic.RESULT),
        ("How old is she?", Topic.PERSON),
        ("患者性别", Topic.PERSON),
        ("family history of cancer", Topic.FAMILY),
        ("接种过哪些疫苗", Topic.IMMUNIZATION),
        ("why is this the first?", Topic.WHY),
        ("为什么不是系统性红斑狼疮", Topic.WHY),
        ("why was she admitted?", Topic.REASON),
        ("why was he seen?", Topic.REASON),
        ("why is she here?", Topic.REASON),
        ("为什么住院", Topic.REASON),
        ("blood group?", Topic.RESULT),
        ("should I stop the warfarin?", Topic.ADVICE),
        ("该给他加利尿剂吗", Topic.ADVICE),
        ("", Topic.NOT_UNDERSTOOD),
        ("???", Topic.NOT_UNDERSTOOD),
    ],
)
def test_where_a_question_is_looked_for(question: str, topic: Topic) -> None:
    assert parse(question, NOW).topic is topic


def test_a_quantity_is_asked_for_by_every_code_that_it_is_read_by() -> None:
    file = Path(apps.diagnosis.ask.__path__[0], "subjects.toml")
    asked = [set(row["loinc"]) for row in tomllib.loads(file.read_text(encoding="utf-8"))["value"]]
    for row in result_table():
        codes = set(row["loinc"])
        assert all(codes <= found for found in asked if codes & found), row["name"]
    for code in set().union(*asked):
        assert luhn.is_valid(code.replace("-", "")), code


@pytest.mark.parametrize(
    ("words", "since", "until"),
    [
        ("since 2018", "2018-01-01", None),
        ("since March 2019", "2019-03-01", None),
        ("since 2020-02-05", "2020-02-05", None),
        ("in 2017", "2017-01-01", "2017-12-31"),
        ("between 2015 and 2016", "2015-01-01", "2016-12-31"),
        ("before 2014", None, "2013-12-31"),
        ("after 2014", "2015-01-01", None),
        ("in the last two weeks", "2026-11-06", "2026-11-20"),
        ("in the last seven days", "2026-11-13", "2026-11-20"),
        ("this year", "2026-01-01", "2026-12-31"),
        ("last month", "2026-10-01", "2026-10-31"),
        ("yesterday", "2026-11-19", "2026-11-19"),
        ("2018年以来", "2018-01-01", None),
        ("2019年3月", "2019-03-01", "2019-03-31"),
        ("从2015年到2016年", "2015-01-01", "2016-12-31"),
        ("最近三个月", "2026-08-21", "2026-11-20"),
        ("近半年", "2026-05-21", "2026-11-20"),
        ("去年", "2025-01-01", "2025-12-31"),
        ("in the last week", "2026-11-13", "2026-11-20"),
        ("over the past month", "2026-10-21", "2026-11-20"),
        ("in the last year", "2025-11-20", "2026-11-20"),
        ("past year", "2025-11-20", "2026-11-20"),
        ("in the last 7d", "2026-11-13", "2026-11-20"),
        ("last week", "2026-11-09", "2026-11-15"),
        ("last year", "2025-01-01", "2025-12-31"),
        ("上周", "2026-11-09", "2026-11-15"),
        ("3天内", "2026-11-17", "2026-11-20"),
        ("近一年", "2025-11-20", "2026-11-20"),
        ("since yesterday", "2026-11-19", None),
        ("since last week", "2026-11-09", None),
        ("before this year", None, "2025-12-31"),
        ("昨天以来", "2026-11-19", None),
        ("上周至今", "2026-11-09", None),
        ("2018年以前", None, "2017-12-31"),
        ("2018年前", None, "2017-12-31"),
        ("this morning", "2026-11-20", "2026-11-20"),
        ("今早", "2026-11-20", "2026-11-20"),
        ("overnight", "2026-11-19", "2026-11-20"),
        ("昨晚", "2026-11-19", "2026-11-20"),
        ("前天", "2026-11-18", "2026-11-18"),
        ("3 days ago", "2026-11-17", "2026-11-17"),
        ("3天前", "2026-11-17", "2026-11-17"),
        ("a week ago", "2026-11-09", "2026-11-15"),
        ("two years ago", "2024-01-01", "2024-12-31"),
        ("2年前", "2024-01-01", "2024-12-31"),
        ("on 19/11/2026", "2026-11-19", "2026-11-19"),
        ("11/18/2026", "2026-11-18", "2026-11-18"),
        ("19.11.2026", "2026-11-19", "2026-11-19"),
        ("on 19 November", "2026-11-19", "2026-11-19"),
        ("nov 19th", "2026-11-19", "2026-11-19"),
        ("since 24 December", "2025-12-24", None),
        ("on 5th of march 2019", "2019-03-05", "2019-03-05"),
        ("march 2019", "2019-03-01", "2019-03-31"),
        ("in sept", "2026-09-01", "2026-09-30"),
        ("from november to march", "2025-11-01", "2026-03-31"),
        ("2020-2022", "2020-01-01", "2022-12-31"),
        ("11月19日", "2026-11-19", "2026-11-19"),
        ("3月以来", "2026-03-01", None),
        ("12月", "2025-12-01", "2025-12-31"),
        ("十月", "2026-10-01", "2026-10-31"),
        ("去年三月", "2025-03-01", "2025-03-31"),
        ("2023年5月到7月", "2023-05-01", "2023-07-31"),
        ("from 1 march to 5 april 2019", "2019-03-01", "2019-04-05"),
        ("from november to march 2019", "2018-11-01", "2019-03-31"),
    ],
)
def test_periods(words: str, since: str | None, until: str | None) -> None:
    period, rest = find_period(plain(f"potassium {words}"), NOW)
    assert (period.since and str(period.since), period.until and str(period.until)) == (since, until)
    assert rest.strip() == "potassium"
    assert not period.unread


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        ("in the last 24 hours", 24), ("last 48 hours", 48), ("past 12h", 12), ("over the last hour", 1),
        ("最近24小时", 24), ("过去十二小时内", 12), ("24小时内", 24),
    ],
)  # fmt: skip
def test_hours_are_counted_from_the_moment_of_reading(words: str, hours: int) -> None:
    period, rest = find_period(plain(f"potassium {words}"), NOW)
    assert period.moment == NOW - dt.timedelta(hours=hours)
    assert parse(f"potassium {words}", NOW).most == 0
    assert rest.strip() == "potassium"
    assert period.has(period.moment)
    assert not period.has(period.moment - dt.timedelta(minutes=1))
    assert period.has(period.moment.date())  # of a day nobody knows the hour


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("potassium on 05/06/2026", "05/06/2026"),
        ("potassium on 45/13/2026", "45/13/2026"),
        ("potassium 19/11/26", "19/11/26"),
        ("potassium on Monday", "monday"),
        ("potassium since surgery", "since surgery"),
        ("potassium after the last dialysis", "after the last dialysis"),
        ("potassium at 6 am", "6 am"),
        ("potassium in the last few days", "few days"),
        ("potassium last fortnight", "fortnight"),
        ("potassium 6 hours ago", "6 hours ago"),
        ("potassium over 2 years ago", "2 years ago"),
        ("glucose in the 1990s", "1990s"),
        ("potassium in 2018 and 2019", "in 2018, 2019"),
        ("potassium between 1 and 5 November", "5 november, between 1"),
        ("potassium in march last year", "last year, march"),
        ("potassium November", "november"),
        ("is she on levetiracetam 2000?", "2000"),
        ("周一的血钾", "周一"),
        ("最近几天的血钾", "最近几天"),
        ("术后血钾", "术后"),
        ("出院后的血钾", "出院后"),
    ],
)
def test_a_period_that_is_not_understood_is_told(question: str, words: str) -> None:
    assert parse(question, NOW).period.unread == words


@pytest.mark.parametrize("question", ["potassium in the last few days", "potassium last Monday", "最近几天的血钾"])
def test_the_last_of_such_a_period_picks_nothing(question: str) -> None:
    assert parse(question, NOW).pick is Pick.ALL


@pytest.mark.parametrize(
    "question",
    [
        "how many days was she in hospital?", "24-hour urine protein", "24小时尿蛋白", "how many units a week?",
        "has she had this before?", "以前用过华法林吗", "since when is she on warfarin?", "20 pack-years?",
        "blood pressure 120/80?", "may she have dialysis?", "morning stiffness?", "night sweats?", "夜间呼吸困难",
        "一天几次", "孕20周", "周围神经病",
    ],
)  # fmt: skip
def test_what_is_no_period(question: str) -> None:
    assert parse(question, NOW).period == Period()


@pytest.mark.parametrize(
    "question", ["potassium since admission", "K+ since she was admitted", "入院以来的血钾", "本次住院期间的血钾"]
)
def test_since_admission_is_left_to_the_record(question: str) -> None:
    assert parse(question, NOW).period.admission


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("last potassium? any anticoagulant?", ["last potassium?", "any anticoagulant?"]),
        ("血钾？有没有用抗凝药？", ["血钾？", "有没有用抗凝药？"]),
        ("any ?DVT ?PE", ["any ?DVT ?PE"]),
        ("potassium", ["potassium"]),
        ("???", ["???"]),
        ("", [""]),
    ],
)
def test_several_questions_are_told_apart(text: str, parts: list[str]) -> None:
    assert questions(text) == parts


def test_no_known_drug_allergies_in_short() -> None:
    nobody: Any = SimpleNamespace(mentions=lambda text: ())
    chart = chart_of_note("Tolerated amoxicillin. NKDA. Lives alone.", read_at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    answer = Asker(nobody, nobody).ask("any allergies?", chart, Case(()))
    assert [line.quote for line in answer.lines] == ["NKDA."]


def test_a_dose_is_no_year() -> None:
    assert parse("metformin 1500 mg for 1000 days", NOW).period.is_open
    for dose in ("levetiracetam 2000 mg", "on 2000 mg of levetiracetam", "2000 units of heparin", "左乙拉西坦2000毫克"):
        assert parse(f"is she on {dose}?", NOW).period == Period()


def test_the_longest_name_counts() -> None:
    assert [s.name for found in named_in("hemoglobin a1c") for s in found.subjects] == ["Hemoglobin A1c"]
    assert ingredients_in("甘精胰岛素注射液") == {"insulin glargine"}
    assert ingredients_in("Amoxicillin 250 MG / Clavulanate") == {"amoxicillin", "clavulanic acid"}


@pytest.mark.parametrize(
    ("typed", "meant"), [("creatinin", "creatinine"), ("potasium", "potassium"), ("warfrin", "warfarin")]
)
def test_a_slip_of_the_finger(typed: str, meant: str) -> None:
    (subject,) = guess(typed)
    assert subject.name == meant
    assert subject.guessed


@pytest.mark.parametrize("word", ["weather", "hello", "price", "zorblax", "hydroxyzine", "patient", "group", "hungry"])
def test_other_words_are_not_guessed(word: str) -> None:
    assert guess(word) == ()


def test_a_long_question_is_refused_before_it_is_read() -> None:
    read: list[str] = []

    def mentions(text: str) -> tuple[()]:
        read.append(text)
        return ()

    recognizer: Any = SimpleNamespace(mentions=mentions)
    chart = chart_of_note("NKDA.", read_at=dt.datetime(2026, 11, 20, tzinfo=dt.UTC))
    asker, longest = Asker(recognizer, recognizer), "a" * MAX_QUESTION
    asker.ask(longest, chart, Case(()))
    with pytest.raises(InputTooLargeError):
        asker.ask(longest + "a", chart, Case(()))
    assert read == [longest]


@settings(deadline=None)
@given(st.text(max_size=MAX_QUESTION))
def test_any_text_is_a_question(text: str) -> None:
    query = parse(text, NOW)
    assert query.topic in Topic


_PARTS = [
    "since",
    "last",
    "入院",
    "以来",
    "2018",
    "年",
    "potassium",
    "血钾",
    "why not",
    "为什么",
    "SLE",
    "0000-99-99",
    "最近",
    "个月",
    "any",
    "?",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(_PARTS), max_size=12).map(" ".join))
def test_any_order_of_known_words_is_a_question(text: str) -> None:
    assert parse(text, NOW) == parse(text, NOW)


def test_a_product_holds_every_ingredient() -> None:
    assert ingredients_in("Bactrim DS") == {"sulfamethoxazole", "trimethoprim"}
    assert ingredients_in("Percocet") == {"oxycodone", "paracetamol"}


@pytest.mark.parametrize("question", ["vitamin K?", "K wire?", "is she on special K?", "N/A", "B/L UE weakness"])
def test_letters_among_other_words_are_no_shorthand(question: str) -> None:
    named = {subject.name for subject in parse(question, NOW).subjects}
    assert not named & {"potassium", "sodium", "urea and electrolytes"}
