"""Blows to the head, and the same words of something else."""

import pytest

from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.notes.context.cue_rules import Assertion
from knowledge.medical.notes.emergencies.head_injuries import FALL, HEAD_INJURY, head_injuries


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("Fall with headstrike. ?Head strike.", ["headstrike", "Head strike"]),
        ("hit back of head on kerb", ["hit back of head"]),
        ("Struck left side of his head on the bath", ["Struck left side of his head"]),
        (
            "golf ball struck head; kicked in the head; bump to R temple",
            ["struck head", "kicked in the head", "bump to R temple"],
        ),
        (
            "landed on head, dropped on her head, dropped on head by sibling",
            ["landed on head", "dropped on her head", "dropped on head"],
        ),
        ("不慎跌倒，枕部着地", ["枕部着地"]),
        ("后脑勺先着地，撞到头部", ["后脑勺先着地", "撞到头部"]),
        ("RTC head on collision, hit head-on. Impact on head of department. Struck head of table.", []),
        ("Pink bump on his forehead, trauma clinic, cream dropped on head of patient", []),
        ("Head struck off the list? Hit the headboard, bumped the headrest", ["Head struck"]),
        ("足部着地，头部皮疹，撞到膝部", []),
        ("左顶部被砸伤，额头磕到桌角，头先着地", ["顶部被砸", "头磕到", "头先着地"]),
        ("石头落地，肩头撞到门框，车头被撞，脚趾头撞到桌角，桌子顶部被撞击", []),
        ("fall, scalp haematoma; 4 cm head laceration", ["scalp haematoma", "head laceration"]),
        ("haematoma to the back of his head, 头皮血肿", ["haematoma to the back of his head", "头皮血肿"]),
        ("Scalp wound clean, haematoma to left thigh, lip laceration", []),
        ("landed on his head teacher's desk, struck temple bells", []),
        (
            "Fell: bruise L temple, boggy swelling over occiput, 3 cm lac to back of his head",
            ["bruise L temple", "swelling over occiput", "lac to back of his head"],
        ),
        ("Tripped, wound to R eyebrow. 跌倒后额部裂伤", ["wound to R eyebrow", "额部裂伤"]),
        ("Fell backwards onto occiput", ["Fell backwards onto occiput"]),
        ("Fell, swelling radial head, bruised arm, head CT normal", []),
        ("No falls. Lac to forehead from a razor. Fell asleep.", []),
        ("Fall 2 years ago with lac to forehead", []),
        ("SCC scalp wound 6 weeks post excision, fall onto hip", []),
        ("Fall in June, scalp wound healed", []),
        ("Sats fall to 88, forehead swelling. BP falls on standing, brow wound", []),
        ("Fall, cyst on back, lac to forehead", ["lac to forehead"]),
        ("眉弓裂伤3年，跌倒史", []),
    ],
)
def test_a_blow_to_the_head_is_told_from_other_things(text: str, phrases: list[str]) -> None:
    assert [text[a:b] for a, b, _ in head_injuries(text)] == phrases


def test_a_blow_is_a_finding_of_the_note(recognizer: FindingRecognizer) -> None:
    told = {m.code: m.assertion for m in recognizer.mentions("Fall with headstrike.")}
    assert told.get(HEAD_INJURY) is Assertion.PRESENT
    assert recognizer.mentions("No headstrike.")[0].assertion is Assertion.NEGATED


@pytest.mark.parametrize(
    ("text", "is_blow"),
    [
        ("Fell off ladder, brief LOC then lucid.", True),
        ("Hit by car, drowsy", True),
        ("Fell off bike. No helmet, LOC 1 min.", True),
        ("Fell down the stairs, GCS: 13", True),
        ("Fell off bike, was unconscious, friend called 999", True),
        ("Car accident, other driver unconscious, patient drowsy", True),
        ("Fell off his bike yesterday, wrist pain, unconscious friend", False),
        ("Car accident, patient passenger, driver unconscious", False),
        ("Fell off bike, no LOC, GCS 15", False),
        ("Fell from bed, LOC: nil", False),
        ("Fainted and fell from standing, LOC 1 min", False),
        ("Had a fall, drowsy with UTI", False),
        ("Fell on floor, found by wife, unconscious", False),
    ],
)
def test_a_hard_fall_that_took_consciousness_is_a_blow(recognizer: FindingRecognizer, text: str, is_blow: bool) -> None:
    codes = {mention.code for mention in recognizer.mentions(text)}
    assert (HEAD_INJURY in codes, FALL in codes) == (is_blow, not is_blow)
