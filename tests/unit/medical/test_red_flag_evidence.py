"""What is history, by the words on either side, and which ischemia is none of a limb."""

import time
from dataclasses import replace

import pytest

from knowledge.medical.case import Evidence, Finding, Sex, Status
from knowledge.medical.measurements import Measurement, Quantity
from knowledge.medical.red_flag_evidence import (
    is_dated_back,
    is_history,
    is_no_self_harm,
    is_of_a_year,
    is_of_earlier_birth,
    is_of_facial_muscles,
    is_of_facial_nerve,
    is_of_no_limb,
    is_paced,
    is_suspected,
    is_weeks_old,
)
from knowledge.medical.red_flag_rules import RULES
from knowledge.medical.red_flags import Situation


def evidence(before: str, phrase: str, after: str) -> Evidence:
    return Evidence("text", phrase, None, len(before), len(before) + len(phrase), "", before, after)


@pytest.mark.parametrize(
    ("head", "before", "phrase", "after", "is_old"),
    [
        ("既往史", "", "脑出血", "3年", True),
        ("既往史", "", "急性心肌梗死", "2.", True),
        ("Past history", "", "Stroke", " 10 years", True),
        ("既往史", "头颅CT示", "脑出血", "", False),
        ("既往史", "2小时前", "脑出血", "", False),
        ("PMH", "", "Stroke", " today", False),
        ("PMH", "Admitted with ", "stroke", "", False),
        ("既往史", "有", "自杀", "想法", False),
        ("Plan", "", "stroke", "", False),
    ],
)
def test_a_section_of_the_past_tells_history(head: str, before: str, phrase: str, after: str, is_old: bool) -> None:
    assert is_history(replace(evidence(before, phrase, after), cue=head)) is is_old


@pytest.mark.parametrize(
    ("before", "phrase", "after", "is_old"),
    [
        ("", "CVA", " 2 yrs ago", True),
        ("", "PE", " 6/12 ago", True),
        ("", "Overdose", " of paracetamol 2009", True),
        ("", "PE", " after long flight in 2018", True),
        ("5年前", "脑梗死", "，遗留左侧无力", True),
        ("", "急性闭角型青光眼", "术后2年", True),
        ("Prev ", "CVA", ", well", True),
        ("prior ischaemic ", "stroke", " with residual weakness", True),
        ("Previous smoker and ", "PE", " on CTPA", False),
        ("Day prior ", "stroke", " symptoms began", False),
        ("Previously well, ", "PE", " on CTPA", False),
        ("previous ", "PE", " found on CT today", False),
        ("Post ", "ROSC", " today", False),
        ("", "Overdose", " with paracetamol 2 h ago", False),
        ("", "overdose", " in 2019 and again today", False),
        ("2天前", "脑梗死", "，今溶栓", False),
        ("3月前因“急性", "心肌梗死", "”行PCI术", True),
        ("半年前因", "肺栓塞", "住院", True),
        ("3周前因", "脑出血", "住院", True),
        ("1周前因", "脑出血", "住院", False),
        ("10天前因", "脑出血", "住院", False),
        ("2020-05因“", "脑梗死", "”住院", True),
        ("2020-05-30因“", "脑梗死", "”住院", False),
        ("去年因", "脑梗死", "住院", True),
        ("3月前起头痛，今突发", "脑出血", "", False),
        ("3月前起头痛今突发", "脑出血", "", False),
        ("2个月前因", "自杀", "抢救", False),
        ("3 months ago he had a ", "stroke", "", True),
        ("headaches began 3 months ago, ", "stroke", " on CT", False),
        ("fell 2 months ago ", "SDH", " on CT", False),
        ("", "气胸", "术后2天", False),
        ("prior small lacunar ", "stroke", ", seen for ear wax", True),
        ("prev COPD tension ", "pneumothorax", ", needle decompressed", False),
        ("prior smoker ", "aortic dissection", " on CT", False),
        ("", "Overdose", " with alcohol 2011", True),
        ("", "Overdose", " of paracetamol 2019 mg, 3 h ago", False),
        ("", "Overdose", " of amitriptyline at 2015", False),
        ("", "stroke", " from AF 2015", True),
        ("ICD in situ for ", "VT", ".", True),
        ("H/O: ", "stroke", "", True),
        ("Known ", "PE", "", True),
        ("Known ", "ectopic pregnancy", ", collapsed", False),
        ("8 mo old ", "meningitis", "", False),
        ("6/52 old ", "sepsis", "", False),
        ("2d old ", "sepsis", "", False),
        ("Old ", "stroke", "", True),
        ("", "Anaphylaxis", ", history from mother", False),
        ("", "Stroke", " history", True),
        ("", "Stroke", ", history of", True),
        ("", "Stroke", ", history of diabetes", False),
        ("", "Pulmonary embolism", " (past)", True),
        ("Healed ", "myocardial infarction", "", True),
        ("Encounter for follow-up after ", "pulmonary embolism", "", True),
        ("Cardiac arrest following ", "myocardial infarction", "", False),
        ("ICD fired for ", "VT", " x3", False),
        ("", "stroke", " from AF 2025 today", False),
        ("", "脑梗死", "治疗后3个月，右侧肢体无力", True),
        ("", "脑梗死", "治疗后3个月再发，右侧肢体无力", False),
    ],
)
def test_what_is_history(before: str, phrase: str, after: str, is_old: bool) -> None:
    assert is_history(evidence(before, phrase, after)) is is_old


@pytest.mark.parametrize(
    ("before", "phrase", "after", "is_old"),
    [
        ("既往2015年糖尿病", "昏迷", "，现无不适", True),
        ("in a ", "coma", " for 3 weeks after RTA in 2005", True),
        ("既往糖尿病史，现", "昏迷", "2小时", False),
        ("Known diabetic in a ", "coma", " since 2 am", False),
    ],
)
def test_what_is_of_a_year(before: str, phrase: str, after: str, is_old: bool) -> None:
    assert is_of_a_year(evidence(before, phrase, after)) is is_old


@pytest.mark.parametrize(
    ("after", "is_old"),
    [
        (" to cashew 2019, no reactions since", True),
        (" history", True),
        (" (hx)", True),
        (" to prawns 20 min ago", False),
        (", known since today", False),
        (", history from mother: ate cashew", False),
        (" (hx atopy)", False),
        (" to nut bar 1900, adrenaline 1905", False),
        (" to peanut 2015, again today", False),
        ("（病史）", True),
        ("，病史由家属代述", False),
        ("（病史采集困难）", False),
    ],
)
def test_an_anaphylaxis_of_a_year_is_over(after: str, is_old: bool) -> None:
    assert is_dated_back(evidence("", "Anaphylaxis", after)) is is_old


@pytest.mark.parametrize(
    ("after", "is_old"),
    [
        (" 700ml at delivery 3 wks ago", True),
        (" in her first pregnancy", True),
        (" 1.5L in last pregnancy, now 34/40", True),
        (" last pregnancy", True),
        (" 1.5L in theatre", False),
        (" at last visit, BP 170/112", False),
        (", last baby 4 kg", False),
        (" 1.8L 20 min ago, atony", False),
        (" delivered 2 weeks ago, clots", False),
        (" 1.5L after forceps, last baby 2 years ago", False),
    ],
)
def test_a_bleeding_of_weeks_ago_is_over(after: str, is_old: bool) -> None:
    assert is_of_earlier_birth(evidence("", "PPH", after)) is is_old


@pytest.mark.parametrize(
    ("before", "is_old"),
    [
        ("Last pregnancy complicated by ", True),
        ("Previous pregnancies: ", True),
        ("Previous delivery by LSCS, now ", False),
        ("Since last delivery ", False),
        ("Since her last delivery ", False),
        ("First delivery ", False),
    ],
)
def test_a_bleeding_that_an_earlier_pregnancy_is_told_of_is_over(before: str, is_old: bool) -> None:
    assert is_of_earlier_birth(evidence(before, "PPH", "")) is is_old


@pytest.mark.parametrize(
    ("before", "phrase", "after", "elsewhere"),
    [
        ("", "ischemic stroke", ", L arm weakness", True),
        ("急性", "缺血性脑卒中", "，左上肢无力", True),
        ("", "ischemia", " on the ECG", True),
        ("acute ", "ischaemia", " of the leg", False),
        ("左下肢", "缺血", "3小时", False),
    ],
)
def test_an_ischemia_of_the_brain_is_none_of_a_limb(before: str, phrase: str, after: str, elsewhere: bool) -> None:
    assert is_of_no_limb(evidence(before, phrase, after)) is elsewhere


@pytest.mark.parametrize(
    ("before", "after", "is_old"),
    [
        ("", " on shelf last month", True),
        ("", " 3 weeks ago", True),
        ("", " two months ago", True),
        ("3周前", "", True),
        ("", " in 2012", True),
        ("", " at noon", False),
        ("", " 3 days ago", False),
        ("3小时前", "", False),
    ],
)
def test_a_blow_to_the_head_of_weeks_ago_explains_nothing(before: str, after: str, is_old: bool) -> None:
    hit = evidence(before, "hit head", after)
    assert is_weeks_old(hit) is is_old
    codes = ("HP:0002315", "HP:0002013", "HP:0001289")
    present = {code: Finding(code, code, Status.PRESENT, (evidence("", code, ""),)) for code in codes}
    present["R1:0151"] = Finding("R1:0151", "Head injury", Status.PRESENT, (hit,))
    rule = next(rule for rule in RULES if rule.id == "meningitis")
    assert (rule.when.judge(Situation(present, {}, 40.0, Sex.MALE, None, None)).holds is True) is is_old


@pytest.mark.parametrize(
    ("phrases", "stroke"),
    [(["Bell's palsy"], False), (["facial palsy"], True), (["Bell's palsy", "facial palsy"], True)],
)
def test_a_palsy_of_the_nerve_is_no_stroke(phrases: list[str], stroke: bool) -> None:
    said = tuple(evidence("", phrase, "") for phrase in phrases)
    palsy = {"HP:0010628": Finding("HP:0010628", "Facial palsy", Status.PRESENT, said)}
    rule = next(rule for rule in RULES if rule.id == "stroke")
    assert (rule.when.judge(Situation(palsy, {}, 40.0, Sex.MALE, None, None)).holds is True) is stroke


@pytest.mark.parametrize(
    ("before", "phrase", "after", "is_risk"),
    [
        ("19F ", "DSH", ", lacerations to both forearms", True),
        ("PMH: depression, ", "DSH", ", cut forearms with razor", True),
        ("PMH asthma, presents with ", "self-harm", "", True),
        ("PMH: depression, ", "DSH", ".", False),
        ("", "self-harm", " scars on forearms", False),
        ("injured thumb ", "cutting", " wood", False),
        ("autism, ", "self-injurious behaviour", "", False),
    ],
)
def test_self_harm_of_now_is_a_risk_of_suicide(before: str, phrase: str, after: str, is_risk: bool) -> None:
    told = evidence(before, phrase, after)
    assert is_no_self_harm(told) is not is_risk
    present = {"HP:0100716": Finding("HP:0100716", "Self-injurious behavior", Status.PRESENT, (told,))}
    rule = next(rule for rule in RULES if rule.id == "suicide-risk")
    assert (rule.when.judge(Situation(present, {}, 40.0, Sex.MALE, None, None)).holds is True) is is_risk


@pytest.mark.parametrize(
    ("phrase", "values", "is_overdose"),
    [
        ("pinpoint pupils", {Quantity.RESPIRATORY_RATE: 6.0}, True),
        ("pinpoint pupils", {Quantity.GCS: 6.0}, True),
        ("small pupils", {Quantity.RESPIRATORY_RATE: 16.0, Quantity.GCS: 15.0}, False),
        ("left miosis", {Quantity.GCS: 12.0}, False),
    ],
)
def test_small_pupils_with_slow_breathing_are_of_opioids(
    phrase: str, values: dict[Quantity, float], is_overdose: bool
) -> None:
    present = {"HP:0000616": Finding("HP:0000616", "Miosis", Status.PRESENT, (evidence("", phrase, ""),))}
    measured = {quantity: [Measurement(quantity, value)] for quantity, value in values.items()}
    rule = next(rule for rule in RULES if rule.id == "overdose")
    assert (rule.when.judge(Situation(present, measured, 40.0, Sex.MALE, None, None)).holds is True) is is_overdose


@pytest.mark.parametrize(
    ("codes", "meningitis"),
    [
        (["HP:0002315", "HP:0002013"], True),
        (["HP:0002315", "HP:0002013", "R1:0151"], False),
        (["HP:0002315", "HP:0002013", "R1:0151", "HP:0001945"], True),
    ],
)
def test_what_a_blow_to_the_head_makes_without_fever_is_no_meningitis(codes: list[str], meningitis: bool) -> None:
    present = {code: Finding(code, code, Status.PRESENT, (evidence("", code, ""),)) for code in codes}
    drowsy = {Quantity.GCS: [Measurement(Quantity.GCS, 13.0)]}
    rule = next(rule for rule in RULES if rule.id == "meningitis")
    verdict = rule.when.judge(Situation(present, drowsy, 40.0, Sex.MALE, None, None))
    assert (verdict.holds is True) is meningitis


@pytest.mark.parametrize(
    ("before", "phrase", "after", "is_of_nerve"),
    [
        ("晨起右侧", "口角歪斜", "、眼闭合不全，额纹消失，无肢体无力", True),
        ("左侧额纹变浅，", "口角歪斜", "", True),
        ("突发右侧", "口角歪斜", "，额纹对称", False),
        ("突发右侧", "口角歪斜", "，未见右侧额纹消失", False),
        ("R LMN ", "facial weakness", " with forehead involvement", True),
        ("R ", "facial droop", ", forehead involved", True),
        ("R ", "facial palsy", ", cannot close eye or raise eyebrow", True),
        ("R ", "facial droop", ", forehead not involved", False),
        ("R ", "facial droop", ", no forehead involvement", False),
        ("R ", "facial droop", ", UMN not LMN", False),
        ("R ", "facial droop", ", LMN? forehead spared", False),
        ("R ", "facial droop", ", able to raise eyebrows", False),
        ("R ", "facial droop", ", unable to raise R arm", False),
    ],
)
def test_a_forehead_shows_whether_a_face_is_lame_by_its_nerve(
    before: str, phrase: str, after: str, is_of_nerve: bool
) -> None:
    told = evidence(before, phrase, after)
    assert is_of_facial_nerve(told) is is_of_facial_muscles(told) is is_of_nerve


@pytest.mark.parametrize(
    ("before", "cue", "may_be"),
    [
        ("告知家属病情危重，随时可能出现", "可能出现", False),
        ("交代病情：可能发生呼吸衰竭、", "可能发生", False),
        ("术后可能出现肺栓塞、", "可能出现", False),
        ("可能会", "可能会", False),
        ("呼之不应，可能", "可能", True),
        ("告知家属患者可能为", "可能为", True),
        ("疑", "疑", True),
    ],
)
def test_a_warning_is_no_suspicion(before: str, cue: str, may_be: bool) -> None:
    told = Evidence("text", "心跳骤停", None, len(before), len(before) + 4, cue, before, "")
    assert is_suspected(told) is may_be


@pytest.mark.parametrize(
    ("before", "after", "paced"),
    [
        ("", ", PPM in situ.", True),
        ("Pacemaker for ", " in 2016.", True),
        ("", "，已植入起搏器。", True),
        ("", ", awaiting pacemaker.", False),
        ("", ", needs a permanent pacemaker.", False),
        ("", "，拟植入起搏器。", False),
        ("ECG: ", ", rate 32.", False),
    ],
)
def test_a_heart_block_is_paced_where_a_pacemaker_is_there(before: str, after: str, paced: bool) -> None:
    assert is_paced(Evidence("text", "complete heart block", before=before, after=after)) is paced


@pytest.mark.parametrize("piece", ["need a pacemaker ", "待起搏器", "for for ", "PPM "])
def test_a_hostile_sentence_about_pacemakers_takes_no_time(piece: str) -> None:
    began = time.perf_counter()
    is_paced(Evidence("text", "CHB", after=piece * (10_000 // len(piece))))
    assert time.perf_counter() - began < 1
