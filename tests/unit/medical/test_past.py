"""Which illnesses of notes are over: those that are dated before this one, and those of which a sentence says so."""

import pytest

from knowledge.medical.case import Status
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.notes.context.assertion import contexts
from knowledge.medical.notes.context.cue_rules import Assertion
from knowledge.medical.notes.words.smoking import SMOKING

from .marked import as_read

OVER = """
Last winter she was treated for a spontaneous {pneumothorax|p}, which was drained.
He was treated for {pneumonia|p} last winter.
Last summer, he had a {stroke|p}.
Two years ago she was treated for {pneumonia|p}.
In 2015 he was treated for a {pneumothorax|p}.
In 2015, she had a {stroke|p}.
In childhood she was treated for {pneumonia|p}.
As a child he was treated for {pneumonia|p}.
She was treated for {pneumonia|p}, which resolved.
Childhood {asthma|r}, grew out of it. Now {wheezy|+}.
PMH {croup|r}, resolved, {hypertension|+}.
Last winter she was treated for {pneumonia|p}. Today {fever|+}.
PMH: {cataract|p} ops 2018.
Bilateral {hernia|p} repairs, 2 years ago.
2018年{白内障|p}手术。
2016年行{白内障|p}手术。
小时候有{哮喘|p}。
左眼{白内障|p}2019年手术。
{Asthma|p} when younger.
去年冬天因{自发性气胸|p}行引流治疗。
去年冬天曾因{自发性气胸|p}住院。
脑梗死后遗症期，{右侧肢体偏瘫|p}，长期卧床。
{Stroke|p} 2012, {breast cancer|p} 2001 (mastectomy), #{NOF|p} 2017.
Left MCA {infarct|p} (Feb 2024), {PE|p} (in 2019).
Last {overdose|p} 2019.
{脑梗死|p}2012年；{乳腺癌|p}（2019年3月）。
"""
GOES_ON = """
{Asthma|+} as a child, now {cough|+}.
{Cataract|+}, for surgery.
She is being treated for {pneumonia|+}.
{STEMI|+} 2015, cath lab 2140.
{Chest pain|+} 2015, worse.
He is treated for {hypertension|+}.
She was treated for {hypertension|+} with lisinopril.
She was treated for a {pneumothorax|+}, which was drained.
Since last winter she has had {headaches|+}.
{Breathlessness|+} worse than last winter.
Last winter she was treated for {pneumonia|+}, now {dyspnea|+}.
In 2020 she developed {seizures|+}, which have persisted.
{Chest pain|+}, which resolved.
去年冬天开始{头痛|+}。
因{气胸|+}正在治疗。
"""


@pytest.mark.parametrize("marked", [*OVER.strip().splitlines(), *GOES_ON.strip().splitlines()])
def test_what_is_over_is_told_from_what_goes_on(marked: str) -> None:
    assert as_read(marked) == marked


def test_a_cough_after_asthma_as_a_child_is_of_now() -> None:
    text = "45M asthma as a child, now cough"
    asthma, cough = contexts(text, [(4, 10), (27, 32)])
    assert (asthma.assertion, cough.assertion) == (Assertion.HISTORICAL, Assertion.PRESENT)


@pytest.mark.parametrize(
    ("text", "is_past"),
    [
        ("60M ex-smoker, cough for 3 weeks.", True),
        ("60M stopped smoking 2010, cough.", True),
        ("Smoking: ex, quit 2010.", True),
        ("Smoked 20 a day for 30 years, gave up in 2015.", True),
        ("He used to smoke.", True),
        ("Ex-smoker, 20 pack-years.", True),
        ("吸烟30年，已戒烟5年。", True),
        ("吸烟史20年，戒烟10年。", True),
        ("Smoker 20/day, chest pain stopped.", False),
        ("Wants to quit smoking. Has not stopped smoking.", False),
        ("吸烟20年，未戒烟，建议戒烟。", False),
    ],
)
def test_whether_smoking_is_over(recognizer: FindingRecognizer, text: str, is_past: bool) -> None:
    (smoking,) = (each for each in recognizer.read(text, source="text").findings if each.code == SMOKING)
    assert (smoking.status, smoking.is_past) == (Status.PRESENT, is_past)
