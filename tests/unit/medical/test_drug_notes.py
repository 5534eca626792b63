"""Whether a medicine that a note names is taken."""

import pytest

from knowledge.medical.entities import EntityKind, EntityRecognizer
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.notes.context.cue_rules import Assertion


@pytest.mark.parametrize(
    ("text", "assertions"),
    [
        ("Apixaban not started.", [Assertion.NEGATED]),
        ("Declined warfarin.", [Assertion.NEGATED]),
        ("Digoxin was never started. On warfarin.", [Assertion.NEGATED, Assertion.PRESENT]),
        # which still works for days
        ("Warfarin withheld.", [Assertion.PRESENT]),
        ("Drugs stopped: warfarin.", [Assertion.PRESENT]),
        ("Warfarin, antibiotics not started.", [Assertion.PRESENT]),
        ("Warfarin declined today (usually takes it).", [Assertion.PRESENT]),
        ("Has declined warfarin dose today, INR 8.", [Assertion.PRESENT]),
        ("Declined his warfarin.", [Assertion.PRESENT]),
        ("Apixaban not started back after holiday.", [Assertion.PRESENT]),
        ("Warfarin not yet started this week.", [Assertion.PRESENT]),
    ],
)
def test_a_drug_that_was_never_begun_is_not_taken(
    recognizer: FindingRecognizer, text: str, assertions: list[Assertion]
) -> None:
    assert [mention.assertion for mention in recognizer.mentions(text)] == assertions


@pytest.mark.parametrize(
    ("text", "assertions"),
    [
        ("Discharge instructions: continue warfarin.", [Assertion.PRESENT]),
        ("Plan: cont. aspirin, warfarin.", [Assertion.PRESENT]),
        ("Plan: stop warfarin.", [Assertion.HYPOTHETICAL]),
        ("Plan: start warfarin.", [Assertion.HYPOTHETICAL]),
        ("Plan: continue to hold warfarin.", [Assertion.HYPOTHETICAL]),
        ("Plan: continue aspirin, avoid warfarin.", [Assertion.HYPOTHETICAL]),
        ("Plan: continue amlodipine, may need heparin infusion.", [Assertion.HYPOTHETICAL]),
        ("Plan: continue metformin, add insulin if BM >15.", [Assertion.PRESENT, Assertion.HYPOTHETICAL]),
        ("Plan: continue usual meds except warfarin.", [Assertion.HYPOTHETICAL]),
        ("Plan: continue all meds apart from apixaban.", [Assertion.HYPOTHETICAL]),
        ("Plan: continue aspirin in place of warfarin.", [Assertion.HYPOTHETICAL]),
        ("Plan: continue obs, heparin if D-dimer positive.", [Assertion.HYPOTHETICAL]),
        ("Plan: continue apixaban if renal function stable.", [Assertion.PRESENT]),
        ("Plan: continue bisoprolol 2.5mg od, warfarin and insulin.", [Assertion.PRESENT] * 2),
        ("Plan: continue warfarin, add bisoprolol.", [Assertion.PRESENT]),
        ("Consider apixaban.", [Assertion.HYPOTHETICAL]),
        ("Continue aspirin, avoid warfarin.", [Assertion.HYPOTHETICAL]),
        ("No regular meds except warfarin.", [Assertion.PRESENT]),
        ("Consider warfarin toxicity.", [Assertion.PRESENT]),
        ("出院医嘱：1.低盐饮食；2.华法林2.5mg qd；3.如出血停用华法林", [Assertion.PRESENT, Assertion.HYPOTHETICAL]),
        ("出院医嘱：停用华法林", [Assertion.HYPOTHETICAL]),
        ("诊疗计划：继续华法林抗凝", [Assertion.PRESENT]),
        ("诊疗计划：加用华法林", [Assertion.HYPOTHETICAL]),
    ],
)
def test_what_a_plan_goes_on_with_is_taken(
    recognizer: FindingRecognizer, text: str, assertions: list[Assertion]
) -> None:
    assert [mention.assertion for mention in recognizer.mentions(text)] == assertions


@pytest.mark.parametrize(
    ("text", "assertions"),
    [
        ("既往史：高血压8年，口服硝苯地平控释片30mg qd。", [Assertion.PRESENT]),
        ("既往史：2型糖尿病10年，二甲双胍0.5g tid；长期服阿司匹林100mg。", [Assertion.PRESENT] * 2),
        ("既往史：高血压8年，曾口服硝苯地平，已停药。", [Assertion.HISTORICAL]),
        ("No calf swelling. PMH: AF on apixaban.", [Assertion.PRESENT]),
        ("PMH: leg swelling on amlodipine.", [Assertion.HISTORICAL]),
        ("AF on day 2, amiodarone now off. 氢氯噻嗪已停。", [Assertion.RESOLVED] * 2),
        ("PMH: AF, T2DM. DHx omeprazole 20mg.", [Assertion.PRESENT]),
    ],
)
def test_what_is_taken_for_an_old_disease_is_taken_now(text: str, assertions: list[Assertion]) -> None:
    drugs = [entity for entity in EntityRecognizer().read(text) if entity.kind is EntityKind.DRUG]
    assert [drug.assertion for drug in drugs] == assertions
