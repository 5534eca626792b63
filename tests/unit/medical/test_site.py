"""On which side and part of the body a finding is."""

import pytest

from knowledge.medical.case import Side, Status
from knowledge.medical.entities import EntityRecognizer
from knowledge.medical.findings import FindingRecognizer
from knowledge.medical.notes.context.site import Site, side_of, site_of

L, R, B = Side.LEFT, Side.RIGHT, Side.BOTH


@pytest.mark.parametrize(
    ("marked", "words", "side"),
    [
        ("Sudden left-sided [weakness] and slurred speech", "", L),
        ("right lower extremity [swelling] for 3 days", "right lower extremity", R),
        ("[weakness] of the left arm and leg", "left arm", L),
        ("[numbness] on the right since morning", "", R),
        ("[pain] both knees x 3 weeks", "both knees", B),
        ("bilateral [leg edema]", "", B),
        ("B LE [edema]", "B LE", B),
        ("knee [pain], left", "knee", L),
        ("[knee pain] (R)", "", R),
        ("L arm [weakness]", "L arm", L),
        ("Lt. hip [pain]", "Lt. hip", L),
        ("[rash] over the trunk", "trunk", None),
        ("my [left calf is swollen]", "left calf", L),
        ("[swelling] left ankle.", "left ankle", L),
        ("[reduced hearing] bilaterally.", "", B),
        ("左侧[肢体无力]", "", L),
        ("双[下肢水肿]", "", B),
        ("[皮疹]位于左前臂", "左前臂", L),
        ("頭痛，左上肢[麻木]", "左上肢", L),
        ("右侧[胸痛]", "", R),
    ],
)
def test_words_beside_a_finding_place_it(marked: str, words: str, side: Side | None) -> None:
    assert _site(marked) == Site(words, side)


@pytest.mark.parametrize(
    "marked",
    [
        "[chest pain] radiating to the left arm",
        "he left [nauseated]",
        "she was all right [dizzy]",
        "hepatitis B [infection]",
        "L5 [radiculopathy]",
        "[cough], left leg swelling",
        "口服[二甲双胍]",
        "[weakness], left arm pain",
        "[headache] at the right time",
        "[headache], right now",
        "发热38度左右[咳嗽]",
        "[头痛]两天",
    ],
)
def test_words_that_place_something_else_or_nothing(marked: str) -> None:
    assert _site(marked) == Site()


def test_of_a_name() -> None:
    assert side_of("Structure of left knee region") is L
    assert side_of("Right and left eye") is B
    assert side_of("Bright light") is None


def test_findings_of_a_note_keep_their_sides(recognizer: FindingRecognizer) -> None:
    note = "Left hand tremor for a week, later tremor of the right hand. No rash on the left. Fever."
    findings = {f.label: f for f in recognizer.read(note, source="text").findings}
    assert findings["Tremor"].sides == (L, R)
    assert [evidence.site for evidence in findings["Tremor"].evidence] == ["Left hand", "right hand"]
    assert findings["Skin rash"].status is Status.ABSENT
    assert findings["Skin rash"].sides == (L,)
    assert findings["Fever"].sides == ()


def test_procedures_and_diseases_keep_their_sides() -> None:
    text = "S/p left total hip replacement 2019. DVT of the right leg. Aspirin 81 mg."
    sides = {text[e.start : e.end]: e.side for e in EntityRecognizer().read(text)}
    assert sides["Aspirin"] is None
    assert sides["DVT"] is R
    assert L in sides.values()


def _site(marked: str) -> Site:
    before, _, rest = marked.partition("[")
    finding, _, after = rest.partition("]")
    return site_of(before + finding + after, len(before), len(before) + len(finding))
